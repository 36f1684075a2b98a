"""Sound: every stream copied packet by packet, never decoded, never cut short."""

import contextlib
import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av

from tcvc_studio.errors import StudioError
from tcvc_studio.media.audio_trial import copied_stream, require_fit
from tcvc_studio.media.container import open_container
from tcvc_studio.media.info import FilmInfo

#: Bytes of sound held back at most while looking for the next packet of a stream that lies far from the others.
_HELD = 32 * 2**20

#: How FFmpeg spells in mov the languages that have several codes; another spelling of them would be dropped.
_MOV_LANGUAGES = MappingProxyType(
    {
        **{"sqi": "alb", "hye": "arm", "eus": "baq", "mya": "bur", "zho": "chi", "cze": "ces", "nld": "dut"},
        **{"fre": "fra", "kat": "geo", "deu": "ger", "ell": "gre", "isl": "ice", "mkd": "mac", "msa": "may"},
        **{"fas": "per", "rum": "ron", "slo": "slk", "bod": "tib", "cym": "wel", "swe": "sve"},
    }
)

#: A stretch of a film in seconds, half-open; None for all that the film has on that side.
Window = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, slots=True)
class SoundDigest:
    """What the packets of a sound stream hold.

    digest: sha256 of all their bytes in order. begins, ends: of the first and last packet, in seconds of the file;
    a codec's priming, which players leave out, counts too.
    """

    codec: str
    packets: int
    bytes: int
    digest: str
    begins: Fraction
    ends: Fraction


class SoundCopy:
    """Copies a film's sound streams into an output container, in step with its pictures.

    The film is opened anew, so that its decoder elsewhere is not disturbed, and its video packets are skipped.
    Use as: `require_sound_fits`, open, `add_to` before the container's header is written, `pump` beside the video
    packets, `close`.
    """

    def __init__(self, info: FilmInfo) -> None:
        """Open the film at `info.path` for the streams of `info.audio`. Raises StudioError where that fails."""
        self._info = info
        self._source, self._streams = _open_streams(info.path, [audio.index for audio in info.audio])
        self._packets: Iterator[Any] = iter(())
        self._queues: dict[int, deque[Any]] = {stream.index: deque() for stream in self._streams}
        self._outputs: dict[int, Any] = {}
        self._last_dts: dict[int, int] = {}
        self._held = 0
        self._exhausted = False
        self._origin = Fraction(0)
        self._container: Any = None

    @property
    def starts(self) -> tuple[Fraction, ...]:
        """When each stream begins to sound (after any priming of its codec), in seconds of the film."""
        return tuple(start for stream in self._streams if (start := _start(stream)) is not None)

    @property
    def rates(self) -> tuple[int, ...]:
        """Sampling rates of the streams."""
        return tuple(audio.rate for audio in self._info.audio if audio.rate)

    @property
    def has_subtitles(self) -> bool:
        """True where the film has subtitles, which no export carries."""
        return bool(self._source.streams.subtitles)

    def add_to(self, container: Any, *, origin: Fraction, window: Window, partial: bool) -> None:
        """Add the streams to an output container whose header is not yet written.

        origin: second of the film that becomes zero. window: seconds of the film to copy. partial: copy a packet that
        merely reaches into the window as well; a container with edit lists then trims it to the sample.
        """
        self._container, self._origin = container, origin
        self._packets = _packets(self._source, self._streams, window=window, partial=partial)
        kept = ["language", "title"] + ([] if container.format.name == "matroska" else ["handler_name"])
        for stream in self._streams:
            output = copied_stream(container, stream)
            metadata = {key: stream.metadata[key] for key in kept if key in stream.metadata}
            if container.format.name == "mov" and "language" in metadata:
                metadata["language"] = _MOV_LANGUAGES.get(metadata["language"], metadata["language"])
            output.metadata.update(metadata)
            output.disposition = int(stream.disposition)
            self._outputs[stream.index] = output

    def pump(self, until: Fraction | None = None) -> None:
        """Write the packets that begin before `until`, in seconds of the export; without it, all that are left."""
        while True:
            for index, queue in self._queues.items():
                while queue and (until is None or _time(queue[0], queue[0].dts) - self._origin < until):
                    self._write(index, queue.popleft())
            if self._exhausted or self._held > _HELD or (until is not None and all(self._queues.values())):
                return
            packet = self._read()
            if packet is None:
                self._exhausted = True
            else:
                self._queues[packet.stream.index].append(packet)
                self._held += packet.size

    def close(self) -> None:
        """Close the film."""
        self._packets = iter(())
        self._source.close()

    def _read(self) -> Any:
        try:
            return next(self._packets, None)
        except (av.error.FFmpegError, OSError) as error:
            raise StudioError(
                f"The sound of {self._info.path.name} cannot be read to its end ({error.strerror}): copy the film "
                "again from its source, or leave the sound out."
            ) from error

    def _write(self, index: int, packet: Any) -> None:
        self._held -= packet.size
        shift = round(self._origin / packet.time_base)
        # Some films repeat a decode time, which no muxer takes.
        dts = max(packet.dts - shift, self._last_dts.get(index, packet.dts - shift - 1) + 1)
        packet.pts = max(packet.pts - shift, dts)
        packet.dts = self._last_dts[index] = dts
        packet.stream = self._outputs[index]
        self._container.mux(packet)


def require_sound_fits(info: FilmInfo, suffix: str, others: Sequence[str]) -> None:
    """Raise StudioError where a file of that suffix cannot hold the film's sound; it names one that can.

    others: suffixes of the containers that the video codec could go into.
    """
    source, streams = _open_streams(info.path, [audio.index for audio in info.audio])
    with contextlib.closing(source):
        require_fit(source, streams, info.audio, suffix, others)


def digest_sound(
    path: Path, indices: Sequence[int] | None = None, *, window: Window = (None, None), partial: bool = True
) -> tuple[SoundDigest, ...]:
    """What the sound streams of a file hold; `indices` among its streams, else all its sound streams in order.

    window, partial: as for `SoundCopy.add_to`: the packets that an export of that stretch has.
    """
    source, streams = _open_streams(path, indices)
    with source:
        hashes = {stream.index: hashlib.sha256() for stream in streams}
        counts = {stream.index: [0, 0] for stream in streams}
        spans: dict[int, tuple[Fraction, Fraction]] = {}
        for packet in _packets(source, streams, window=window, partial=partial) if streams else ():
            index = packet.stream.index
            data = _payload(packet)
            hashes[index].update(data)
            counts[index][0] += 1
            counts[index][1] += len(data)
            begin = _time(packet, packet.pts)
            spans[index] = (spans.get(index, (begin, begin))[0], begin + _time(packet, packet.duration or 0))
        nothing = (Fraction(0), Fraction(0))
        return tuple(
            SoundDigest(
                codec=stream.codec_context.name,
                packets=counts[stream.index][0],
                bytes=counts[stream.index][1],
                digest=hashes[stream.index].hexdigest(),
                begins=spans.get(stream.index, nothing)[0],
                ends=spans.get(stream.index, nothing)[1],
            )
            for stream in streams
        )


def _open_streams(path: Path, indices: Sequence[int] | None) -> tuple[Any, list[Any]]:
    source = open_container(path)
    audio = {stream.index: stream for stream in source.streams.audio}
    if indices is not None and not set(indices) <= set(audio):
        source.close()
        raise StudioError(f"{path} no longer has the sound it had when it was opened: open the film again.")
    streams = list(audio.values()) if indices is None else [audio[index] for index in indices]
    for stream in source.streams:
        # Before PyAV 18 there is no such switch; the other packets are then read and dropped.
        if stream not in streams:
            with contextlib.suppress(AttributeError):
                stream.discard = 48
    return source, streams


def _packets(source: Any, streams: list[Any], *, window: Window, partial: bool) -> Iterator[Any]:
    """The packets of some streams that lie in a window, each with pts and dts, in the order of the file."""
    begin, end = window
    passed: set[int] = set()
    clocks = {stream.index: _Clock(stream) for stream in streams}
    for packet in source.demux(streams):
        # The last, empty packet only asks a decoder for what it holds back; one without dts is a packet like others.
        if packet.size == 0:
            continue
        clocks[packet.stream.index].set_times(packet)
        first, last = _time(packet, packet.pts), _time(packet, packet.pts + (packet.duration or 0))
        if end is not None and first >= end:
            passed.add(packet.stream.index)
            if len(passed) == len(streams):
                return
        elif begin is None or first >= begin or (partial and last > begin):
            yield packet


class _Clock:
    """Gives every packet of a stream its times, and sharpens those that the film's time base has blurred.

    mkv stores milliseconds: frames of 1024 samples at 44100 Hz come 23, 23, 23, 24 ms apart. Where a packet lasts its
    codec's frame size and comes within a tick of where the last one ended, it is put there to the sample.
    """

    def __init__(self, stream: Any) -> None:
        context = stream.codec_context
        self._tick = Fraction(stream.time_base)
        self._frame = Fraction(context.frame_size or 0, context.sample_rate or 1)
        self._sample = Fraction(1, context.sample_rate or 1)
        self._next: Fraction | None = None

    def set_times(self, packet: Any) -> None:
        packet.time_base = Fraction(packet.time_base)
        if packet.pts is None:
            packet.pts = packet.dts if packet.dts is not None else round((self._next or 0) / self._tick)
        if packet.dts is None:
            packet.dts = packet.pts
        begin = packet.pts * self._tick
        length = (packet.duration or 0) * self._tick
        if self._frame and self._tick > self._sample and abs(length - self._frame) <= self._tick:
            if self._next is not None and abs(self._next - begin) <= self._tick:
                begin = self._next
            length = self._frame
            packet.time_base = self._sample
            packet.pts = packet.dts = round(begin / self._sample)
            packet.duration = round(self._frame / self._sample)
        self._next = begin + length


def _time(packet: Any, ticks: int) -> Fraction:
    return ticks * Fraction(packet.time_base)


def _start(stream: Any) -> Fraction | None:
    return None if stream.start_time is None else stream.start_time * Fraction(stream.time_base)


def _payload(packet: Any) -> bytes:
    """A packet's bytes without the ADTS header that AAC carries in streams that have no other header (ISO 13818-7)."""
    data = bytes(packet)
    context = packet.stream.codec_context
    if context.name == "aac" and not context.extradata and data[:1] == b"\xff" and data[1] & 0xF6 == 0xF0:
        return data[7 if data[1] & 1 else 9 :]
    return data
