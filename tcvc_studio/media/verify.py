"""Reading back what was written, and comparing it with the film."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.audio import SoundDigest, digest_sound
from tcvc_studio.media.codecs import codec_named, target_format
from tcvc_studio.media.container import film_stream, open_container
from tcvc_studio.media.encode_sequence import sequence_names
from tcvc_studio.media.encode_tags import ColorTags, luma_weights, tags_for
from tcvc_studio.media.encode_times import export_timecode, export_times, last_duration, stream_end
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.media.planes import layout_of, samples

#: mkv keeps milliseconds; a time and a duration may each be off by one.
_MATROSKA = Fraction(2, 1000)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export holds, and where that is not what the film asks of it.

    seconds: from the first frame's beginning to the last one's end. Tags are FFmpeg's names.
    sound: its streams, with the sha256 of their packets. differences: one sentence each; none where all is well.
    """

    path: Path
    frames: int
    width: int
    height: int
    rate: Fraction
    seconds: Fraction
    timecode: str | None
    sar: Fraction
    rotation: int
    range: str
    matrix: str
    primaries: str
    transfer: str
    sound: tuple[SoundDigest, ...]
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.differences


def verify_export(
    path: Path,
    info: FilmInfo,
    *,
    codec: str,
    first: int = 0,
    count: int,
    audio: bool = True,
    depth: int | None = None,
) -> ExportReport:
    """Read an export back, to its last packet, and compare it with the film it was made from.

    path, codec, first, count, audio, depth: as given to `create_encoder`.
    Compared: number of frames, their times, rate and duration, size, sample aspect ratio, rotation, time code, color
    tags, and of the sound its streams, the bytes of their packets, and their distance from the picture.
    Raises StudioError where the export cannot be read at all.
    """
    target = target_format(codec, info, depth)
    if codec_named(codec).sequence:
        return _verify_sequence(path, info, codec=codec, first=first, count=count, target=target)
    found = _read(path)
    times = export_times(info, first=first, count=count, sound_starts=(), last_duration=last_duration(info))
    wanted_tags = tags_for(info, target)
    differences = _Differences()
    differences.compare("number of frames", found.frames, count)
    differences.compare("size", f"{found.width}x{found.height}", f"{info.width}x{info.height}")
    if not info.vfr:
        differences.compare("frame rate", found.rate, info.rate)
    differences.compare("sample aspect ratio", found.sar, info.sar)
    differences.compare("rotation", found.rotation % 360, info.rotation % 360)
    for name in ("range", "matrix", "primaries", "transfer"):
        differences.compare(name, getattr(found.tags, f"{name}_name"), getattr(wanted_tags, f"{name}_name"))
    differences.compare("time code", found.timecode, _timecode(info, first))
    ticks = [times.pts(index) - times.start for index in range(count)]
    differences.times(found, [tick * times.time_base for tick in ticks])
    length = (ticks[-1] + times.duration(count - 1)) * times.time_base
    differences.close("duration", found.seconds, length, found.tolerance)
    sound, source = digest_sound(path), ()
    if audio and info.audio and info.kind == "video":
        partial = not found.tolerance
        indices = [stream.index for stream in info.audio]
        source = digest_sound(info.path, indices, window=times.window, partial=partial)
    differences.sound(sound, source)
    picture = int(info.pts[first]) * info.time_base
    for number, (is_, should) in enumerate(zip(sound, source, strict=False), 1):
        differences.distance(number, is_.begins - found.begins, should.begins - picture)
    return ExportReport(
        path=path,
        frames=found.frames,
        width=found.width,
        height=found.height,
        rate=found.rate,
        seconds=found.seconds,
        timecode=found.timecode,
        sar=found.sar,
        rotation=found.rotation,
        range=found.tags.range_name,
        matrix=found.tags.matrix_name,
        primaries=found.tags.primaries_name,
        transfer=found.tags.transfer_name,
        sound=sound,
        differences=tuple(differences.sentences),
    )


@dataclass(frozen=True, slots=True)
class LumaDifference:
    """How far the luma of decoded pictures lies from what was written, in codes of the export's plane format.

    frames: how many were compared. largest: the largest |dY|. mean: over all their pixels.
    """

    frames: int
    largest: float
    mean: float


def luma_difference(
    path: Path,
    luma: Iterable[np.ndarray],
    *,
    info: FilmInfo,
    codec: str,
    first: int = 0,
    count: int,
    depth: int | None = None,
) -> float:
    """The largest |dY| of `luma_differences`, the same arguments."""
    return luma_differences(path, luma, info=info, codec=codec, first=first, count=count, depth=depth).largest


def luma_differences(
    path: Path,
    luma: Iterable[np.ndarray],
    *,
    info: FilmInfo,
    codec: str,
    first: int = 0,
    count: int,
    depth: int | None = None,
) -> LumaDifference:
    """|dY| between an export's decoded pictures and the luma that was written into it: 0 for FFV1, the codec's own
    error for others, its rounding for RGB pictures.

    path, info, codec, first, count, depth: as for `verify_export`. luma: Y planes [H, W] in the export's plane format,
    in order. Raises StudioError where the export has more or fewer frames than `luma` has planes.
    """
    target = target_format(codec, info, depth)
    pictures = _pictures(_files(path, info, codec=codec, first=first, count=count))
    frames, largest, total = 0, 0.0, 0.0
    try:
        for decoded, given in zip(pictures, luma, strict=True):
            off = _difference(decoded, given, target)
            frames, largest, total = frames + 1, max(largest, float(off.max())), total + float(off.mean())
    except ValueError as error:
        if "zip()" not in str(error):
            raise
        raise StudioError(f"{path.name} does not have as many frames as were written: export it again.") from error
    return LumaDifference(frames, largest, total / max(1, frames))


def check_whole(path: Path, count: int) -> None:
    """Open a file just written, count its frames, and decode the last one that stands alone.

    The sample table of mov and mp4 is believed; mkv is read to its end.
    Raises StudioError where frames are missing.
    """
    with contextlib.closing(open_container(path)) as container:
        stream = film_stream(container, path)
        times = [entry.timestamp for entry in stream.index_entries if entry.size]
        if container.format.name.startswith("matroska") or len(times) != stream.frames:
            times = [packet.pts for packet in container.demux(stream) if packet.size]
        found = len(times)
        if found == count:
            container.seek(max(times), stream=stream)
            found -= not any(container.decode(stream))
    if found != count:
        raise StudioError(
            f"The file written has {found} frames instead of {count}, so it was removed: check the disk and try again."
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file holds; times in seconds from its zero."""

    frames: int
    width: int
    height: int
    rate: Fraction
    begins: Fraction
    times: tuple[Fraction, ...]
    seconds: Fraction
    timecode: str | None
    sar: Fraction
    rotation: int
    tags: ColorTags
    tolerance: Fraction


def _read(path: Path) -> _Found:
    with contextlib.closing(open_container(path)) as container:
        stream = film_stream(container, path)
        frame = next(container.decode(stream), None)
        if frame is None:
            raise StudioError(f"{path.name} has no frame that can be decoded: export it again.")
        matroska = container.format.name.startswith("matroska")
        metadata = {key.lower(): value for key, value in {**container.metadata, **stream.metadata}.items()}
        rate, sar = Fraction(stream.average_rate or 0), Fraction(stream.sample_aspect_ratio or 1)
        end = stream_end(stream)
    with contextlib.closing(open_container(path)) as container:
        stream = film_stream(container, path)
        base = Fraction(stream.time_base)
        shown = sorted(packet.pts * base for packet in container.demux(stream) if packet.size)
    begins = shown[0]
    return _Found(
        frames=len(shown),
        width=frame.width,
        height=frame.height,
        rate=rate,
        begins=begins,
        times=tuple(time - begins for time in shown),
        seconds=(shown[-1] if end is None else end) - begins,
        timecode=metadata.get("timecode"),
        sar=sar,
        rotation=int(frame.rotation),
        tags=ColorTags.of(frame),
        tolerance=_MATROSKA if matroska else Fraction(0),
    )


def _timecode(info: FilmInfo, first: int) -> str | None:
    try:
        timecode = export_timecode(info, first)
    except StudioError:
        return None
    return None if timecode is None else str(timecode)


class _Differences:
    """Collects sentences about what differs."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def compare(self, name: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.sentences.append(f"The {name} should be {wanted} and is {found}.")

    def close(self, name: str, found: Fraction, wanted: Fraction, tolerance: Fraction) -> None:
        """Compare seconds."""
        if abs(found - wanted) > tolerance:
            self.sentences.append(f"The {name} should be {float(wanted):.6f} s and is {float(found):.6f} s.")

    def times(self, found: _Found, wanted: list[Fraction]) -> None:
        """Compare when frames are shown, counted from the first."""
        pairs = zip(found.times, wanted, strict=False)
        wrong = [number for number, (is_, should) in enumerate(pairs) if abs(is_ - should) > found.tolerance]
        if wrong:
            self.sentences.append(f"{len(wrong)} frames are shown at the wrong time, first of them frame {wrong[0]}.")

    def sound(self, found: tuple[SoundDigest, ...], wanted: tuple[SoundDigest, ...]) -> None:
        self.compare("number of sound streams", len(found), len(wanted))
        for number, (is_, should) in enumerate(zip(found, wanted, strict=False), 1):
            if is_.digest != should.digest:
                self.sentences.append(
                    f"Sound stream {number} differs: {is_.bytes} bytes in {is_.packets} packets, and not the film's "
                    f"{should.bytes} in {should.packets}."
                )

    def distance(self, number: int, found: Fraction, wanted: Fraction) -> None:
        """Compare how far after the picture a sound stream begins, to a thousandth of a second."""
        if abs(found - wanted) > Fraction(1, 1000):
            off = float(1000 * (found - wanted))
            self.sentences.append(f"Sound stream {number} lies {off:+.1f} ms from where it should.")


def _verify_sequence(
    path: Path, info: FilmInfo, *, codec: str, first: int, count: int, target: PlaneFormat
) -> ExportReport:
    files = _files(path, info, codec=codec, first=first, count=count)
    differences = _Differences()
    missing = [file for file in files if not file.is_file()]
    if missing:
        differences.sentences.append(f"{len(missing)} pictures are missing, first of them {missing[0].name}.")
    there = [file for file in files if file not in set(missing)]
    tags = tags_for(info, target, rgb=True)
    for file, picture in zip(there, _pictures(there), strict=True):
        size = (picture.width, picture.height)
        if size != (info.width, info.height) or layout_of(picture.format).depth != target.depth:
            differences.sentences.append(f"{file.name} is {size[0]}x{size[1]} {picture.format.name}.")
    return ExportReport(
        path=path,
        frames=len(there),
        width=info.width,
        height=info.height,
        rate=info.rate,
        seconds=count / info.rate,
        timecode=None,
        sar=info.sar,
        rotation=0,
        range=tags.range_name,
        matrix=tags.matrix_name,
        primaries=tags.primaries_name,
        transfer=tags.transfer_name,
        sound=(),
        differences=tuple(differences.sentences),
    )


def _files(path: Path, info: FilmInfo, *, codec: str, first: int, count: int) -> list[Path]:
    chosen = codec_named(codec)
    if not chosen.sequence:
        return [path]
    names = sequence_names(path, chosen, info)
    return [names.file(info.first_number + number) for number in range(first, first + count)]


def _pictures(files: list[Path]) -> Iterator[Any]:
    for file in files:
        with contextlib.closing(open_container(file)) as container:
            stream = film_stream(container, file)
            stream.thread_type = "AUTO"
            yield from container.decode(stream)


def _difference(decoded: Any, given: np.ndarray, target: PlaneFormat) -> np.ndarray:
    planes = [plane.astype(np.float64) for plane in samples(decoded)]
    layout = layout_of(decoded.format)
    if layout.kind == "rgb":
        luma = sum(weight * plane for weight, plane in zip(luma_weights(target), planes, strict=True))
    else:
        luma = planes[0]
    # ProRes 4444 decodes with two bits more than it was given.
    return np.abs(luma / 2.0 ** (layout.depth - target.depth) - given)
