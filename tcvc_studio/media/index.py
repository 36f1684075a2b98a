"""Which frames a film has, when each is shown, and where a decoder can begin to reach it."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.media import ffv1
from tcvc_studio.media.container import configure, film_stream, marks_damage, open_container, reason
from tcvc_studio.media.decode import FrameIndex, FrameReader, UndecodableFrame
from tcvc_studio.media.progress import Progress, no_progress
from tcvc_studio.media.rates import as_fraction

if TYPE_CHECKING:
    import av

#: Packets between two calls of a progress callback.
_TOLD_EVERY = 16
#: Frames decoded at the head of a film to see whether packets and pictures agree.
_TRIED = 24
#: The tail is only tried where the last key is not further from the end than this.
_LONGEST_TAIL = 1000

#: Codecs with packets that repeat a picture or hold none; AVI, whatever the codec, guesses the order of B-frames.
_LOOSE = frozenset({"mpeg4", "msmpeg4", "msmpeg4v2", "h263", "flv", "vp6", "vp6f", "theora", "rv30", "rv40", "wmv3"})


def build_index(path: Path, *, progress: Progress = no_progress) -> FrameIndex:
    """Index a film. Fast where the container can be trusted: its table (intra-only QuickTime) or one pass over the
    packets without decoding; else, where packets and pictures do not match one to one, by decoding it all.

    Packets that an edit list takes out of the film are left out, as a decoder leaves them out.
    progress: called with the bytes passed over and those of the file, now and then; what it raises ends the work.
    Raises StudioError for files that are missing, no film, without video or without frames.
    """
    with contextlib.closing(open_container(path)) as container:
        stream = film_stream(container, path)
        number, time_base = stream.index, as_fraction(stream.time_base)
        codec = stream.codec_context.codec
        is_mov = "mov" in container.format.name.split(",")
        table = _table(stream) if is_mov and codec.intra_only else None
        tells = codec.intra_only or not (container.format.name == "avi" or codec.name in _LOOSE)
    if time_base is None:
        raise StudioError(f"{path.name} does not say how its frames are timed: remux it to MOV or MKV.")
    checked = codec.name == "ffv1" and _has_checksums(path, number)
    if table is not None:
        index = FrameIndex(number, time_base, *table)
        if len(index) and _agrees(path, index, progress):
            return index
    packets = _packets(path, number, progress) if tells else None
    if packets is not None:
        index = FrameIndex(number, time_base, *packets, checked=checked)
        if len(index) and (_agrees(path, index, progress) or _breaks(path, index)):
            return index
    return replace(_decoded(path, number, time_base, progress), checked=checked)


def _has_checksums(path: Path, number: int) -> bool:
    """Whether FFV1 packets carry checksums: some of the first do, even if one of them is damaged."""
    return any(ffv1.is_checked(bytes(packet)) for packet in itertools.islice(_demuxed(path, number), 8))


#: pts, keys, key_times and open_keys of a FrameIndex.
_Times = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _table(stream: "av.VideoStream") -> _Times | None:
    """Times and keys from QuickTime's sample table, where every frame stands alone and is shown as it is stored."""
    shown = [entry.timestamp for entry in stream.index_entries if not entry.is_discard and entry.size]
    pts = np.array(shown, np.int64)
    return (pts, np.arange(len(pts)), pts, np.zeros(len(pts), bool)) if len(pts) and (np.diff(pts) > 0).all() else None


def _packets(path: Path, number: int, progress: Progress) -> _Times | None:
    """Times and keys from a pass over the packets; None where a packet has no time or two have the same."""
    times: list[int] = []
    keys = _Keys()
    tell = _Bytes(path, progress)
    for packet in _demuxed(path, number):
        tell(packet)
        if packet.is_discard or _is_hidden(packet):
            continue
        if packet.pts is None:
            return None
        times.append(packet.pts)
        keys.add(packet)
    pts = np.unique(np.array(times, np.int64))
    return (pts, *keys.among(pts)) if len(pts) == len(times) else None


class _Bytes:
    """Tells how far into a file its packets are."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._progress = progress
        self._total = path.stat().st_size
        self._packets = itertools.count()

    def __call__(self, packet: "av.Packet") -> None:
        if next(self._packets) % _TOLD_EVERY == 0:
            self._progress(min(max(0, packet.pos or 0), self._total), self._total)


class _Keys:
    """Key frames collected from packets in the order of decoding."""

    def __init__(self) -> None:
        self._dts: dict[int, int] = {}
        self._open: set[int] = set()
        self._last: int | None = None

    def add(self, packet: "av.Packet") -> None:
        if packet.pts is None:
            return
        if packet.is_keyframe:
            self._last = packet.pts
            self._dts[packet.pts] = packet.pts if packet.dts is None else min(packet.dts, packet.pts)
        elif self._last is not None and packet.pts < self._last and packet.stream.codec_context.name == "h264":
            self._open.add(self._last)

    def among(self, pts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """keys, key_times and open_keys of the film whose frames are shown at pts."""
        shown = np.array(sorted(self._dts), np.int64)
        shown = shown[np.isin(shown, pts)]
        times = np.array([self._dts[time] for time in shown.tolist()], np.int64)
        return np.searchsorted(pts, shown), times, np.array([time in self._open for time in shown.tolist()], bool)


def _demuxed(path: Path, number: int) -> Iterator["av.Packet"]:
    import av

    with contextlib.closing(open_container(path)) as container:
        try:
            for packet in container.demux(container.streams[number]):
                if packet.size:
                    yield packet
        except (av.FFmpegError, OSError):
            # What cannot be read is reported as the frame that is missing when the film is played.
            return


def _is_hidden(packet: "av.Packet") -> bool:
    """Whether a VP8 or VP9 packet holds only a picture that is never shown (their "alternate reference")."""
    name = packet.stream.codec_context.name
    if name not in ("vp8", "vp9", "libvpx", "libvpx-vp9"):
        return False
    data = bytes(packet)
    if name in ("vp8", "libvpx"):
        return not data[0] & 0x10  # RFC 6386, 9.1
    if data[-1] & 0xE0 == 0xC0:
        return False  # a superframe, which carries one shown picture
    # VP9 bitstream, 6.2: marker (2 bits), profile (2, and a reserved one for 3), show_existing_frame, frame_type,
    # show_frame.
    at = 5 if data[0] & 0x30 == 0x30 else 4
    bits = int.from_bytes(data[:2].ljust(2, b"\0"), "big")
    existing, shown = bits >> (15 - at) & 1, bits >> (13 - at) & 1
    return not existing and not shown


def _agrees(path: Path, index: FrameIndex, progress: Progress) -> bool:
    """Whether decoding the head of the film, and its tail from the last key, yields the frames of the index.

    A tail that does not decode is no disagreement: it is reported when it is read.
    """
    with contextlib.closing(FrameReader(path, index)) as reader:
        try:
            for number in range(min(_TRIED, len(index))):
                reader.picture(number)
        except UndecodableFrame:
            return False
        with contextlib.suppress(UndecodableFrame):
            start = int(index.keys[-1]) if len(index.keys) else 0
            if len(index) - start > _LONGEST_TAIL:
                return True
            for number in range(start if start >= _TRIED else min(_TRIED, len(index)), len(index)):
                # All but done: this tells no more than that the work may be ended here.
                progress(1, 1)
                reader.picture(number)
            return reader.at_end()
    return True


def _breaks(path: Path, index: FrameIndex) -> bool:
    """Whether the head is damaged rather than counted wrongly: the first frames are there until one does not decode."""
    with contextlib.closing(FrameReader(path, index)) as reader:
        try:
            for number in range(min(_TRIED, len(index))):
                reader.picture(number)
        except UndecodableFrame as error:
            # Without a first frame the packets before the first key may simply be the end of something cut off.
            return error.damaged and error.number > 0
    return False


def _decoded(path: Path, number: int, time_base: Fraction, progress: Progress) -> FrameIndex:
    """An index by decoding the whole film, for streams whose packets do not tell."""
    import av

    times: list[int | None] = []
    keys = _Keys()
    with contextlib.closing(open_container(path)) as container:
        stream = container.streams[number]
        configure(stream, threads="AUTO", strict=not marks_damage(stream))
        rate = as_fraction(stream.average_rate) or as_fraction(stream.guessed_rate) or Fraction(24)
        damage: Exception | None = None
        begun = False
        tell = _Bytes(path, progress)
        try:
            for packet in container.demux(stream):
                tell(packet)
                begun = begun or packet.is_keyframe
                keys.add(packet)
                try:
                    for frame in packet.decode():
                        times.append(frame.pts)
                except av.FFmpegError as error:
                    # Ahead of the first key there is nothing to decode; after it, a film that breaks is no film.
                    if begun:
                        damage = error
                        break
        except (av.FFmpegError, OSError) as error:
            damage = error
    if not times:
        raise StudioError(f"{path.name} has no frames that can be decoded: check the file, or copy it again.")
    if damage:
        raise StudioError(
            f"{path.name} cannot be decoded beyond frame {len(times) - 1} ({reason(damage)}): copy it again from its "
            "source, or cut it before that frame."
        )
    known = np.array([time if time is not None else -(2**62) for time in times], np.int64)
    if (known > -(2**62)).all() and (np.diff(known) > 0).all():
        return FrameIndex(number, time_base, known, *keys.among(known))
    note = "Its frames carry no usable times, so going back in it is slow: convert it to ProRes or FFV1 for quick work."
    made_up = np.arange(len(times), dtype=np.int64)
    start = np.zeros(1, np.int64)
    return FrameIndex(number, 1 / rate, made_up, start, start, np.zeros(1, bool), timed=False, notes=(note,))
