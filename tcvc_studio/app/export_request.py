"""What is to be exported, and into which files. Pure; nothing here is written."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcvc_studio.engine.side_by_side import side_by_side_info
from tcvc_studio.media.codecs import bytes_a_frame, codec_named, target_format
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.shots import Shot

Content = Literal["tcvc", "backbone", "side-by-side", "gray"]

#: Pixels a second that two cores write, roughly, until something better was measured.
_PIXELS_A_SECOND = {
    "prores-hq": 15e6, "prores-422": 15e6, "prores-4444": 12e6, "h264": 12e6, "h265": 5e6, "ffv1": 20e6, "png": 6e6,
    "tiff": 15e6,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """One export. path to audio: as `media.encode.create_encoder` takes them.

    spans: half-open spans of frames; several make one file each, named by their shots (pictures go into one folder,
        numbered as the film is). content: what is written.
    """

    path: Path
    codec: str
    spans: tuple[tuple[int, int], ...]
    content: Content = "tcvc"
    depth: int | None = None
    quality: float | None = None
    fast: bool = False
    hardware: bool = False
    audio: bool = True

    @property
    def frames(self) -> int:
        """Number of frames in all files."""
        return sum(stop - start for start, stop in self.spans)


@dataclass(frozen=True, slots=True)
class ExportEstimate:
    """About what an export takes. seconds: None where nobody can tell."""

    bytes: int
    seconds: float | None


def files_of(request: ExportRequest, shots: Sequence[Shot]) -> tuple[tuple[Path, int, int], ...]:
    """(path, start, stop) of each file. Several are numbered by the shot they begin in, counted from 1."""
    if len(request.spans) == 1 or codec_named(request.codec).sequence:
        return tuple((request.path, start, stop) for start, stop in request.spans)
    starts = [shot.start for shot in shots]
    digits = max(3, len(str(len(starts))))
    named: dict[str, int] = {}
    files = []
    for start, stop in request.spans:
        name = f"{request.path.stem}-shot-{bisect_right(starts, start):0{digits}d}"
        named[name] = named.get(name, 0) + 1
        if named[name] > 1:
            name += f"-{named[name]}"
        files.append((request.path.with_name(name + request.path.suffix), start, stop))
    return tuple(files)


def written_info(request: ExportRequest, info: FilmInfo) -> FilmInfo:
    """What is known of the film that is written."""
    return side_by_side_info(info) if request.content == "side-by-side" else info


def estimated_bytes(request: ExportRequest, info: FilmInfo) -> int:
    """About how large it becomes. Raises StudioError for a codec or a depth that is none."""
    wide = written_info(request, info)
    return request.frames * bytes_a_frame(request.codec, wide, target_format(request.codec, wide, request.depth))


def guessed_writing(request: ExportRequest, info: FilmInfo) -> float:
    """Seconds to write one frame, as long as nothing was measured."""
    wide = written_info(request, info)
    rate = _PIXELS_A_SECOND.get(request.codec, 10e6) * (3 if request.fast or request.hardware else 1)
    return wide.width * wide.height / rate
