"""What can be exported and what it will take: presets, ranges, sizes and names. No widgets here."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcvc_studio.app.export_request import Content
from tcvc_studio.media.codecs import codec_named
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.shots import Shot
from tcvc_studio.project.timecode import Timecode
from tcvc_studio.ui.parts import readable_size, readable_time

RangeName = Literal["film", "marks", "shots"]

CONTENTS: tuple[tuple[Content, str], ...] = (
    ("tcvc", "TCVC, the colored film"),
    ("backbone", "Backbone alone, for comparison"),
    ("side-by-side", "Backbone and TCVC side by side, with labels"),
    ("gray", "The gray film"),
)

_NAME_PARTS = {"tcvc": "tcvc", "backbone": "backbone", "side-by-side": "compare", "gray": "gray"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A way to export that has a name. depth, quality: None for what the codec takes by itself."""

    id: str
    title: str
    text: str
    codec: str
    depth: int | None = None
    quality: float | None = None

    @property
    def suffix(self) -> str:
        """Of the file, or of each picture."""
        return codec_named(self.codec).suffixes[0]

    @property
    def sequence(self) -> bool:
        """Whether every frame is a file of its own."""
        return codec_named(self.codec).sequence


PRESETS: tuple[Preset, ...] = (
    Preset(id="prores-hq", title="ProRes 422 HQ", codec="prores-hq",
           text="For the grade: 10 bit, 4:2:2, in a .mov file."),
    Preset(id="prores-4444", title="ProRes 4444", codec="prores-4444",
           text="For the grade where color edges matter most: 4:4:4, in a .mov file."),
    Preset(id="review", title="MP4 for review (H.264)", codec="h264", depth=8, quality=18.0,
           text="Small and played everywhere: 8 bit, 4:2:0, in an .mp4 file."),
    Preset(id="h265", title="H.265, 10 bit", codec="h265", depth=10, quality=18.0,
           text="Smaller still, 10 bit, 4:2:0, in an .mp4 file."),
    Preset(id="ffv1", title="FFV1, for the archive", codec="ffv1",
           text="Lossless, with the film's own depth and range, in an .mkv file."),
    Preset(id="tiff", title="TIFF pictures, 16 bit", codec="tiff",
           text="A folder of RGB pictures, numbered as the film is."),
    Preset(id="png", title="PNG pictures, 16 bit", codec="png", depth=16,
           text="A folder of RGB pictures, smaller than TIFF."),
    Preset(id="png-8", title="PNG pictures, 8 bit", codec="png", depth=8,
           text="A folder of small RGB pictures, to look at."),
)  # fmt: skip


def preset_named(id: str) -> Preset:
    """Raises KeyError for an id that is none."""
    for preset in PRESETS:
        if preset.id == id:
            return preset
    raise KeyError(id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSource:
    """What there is to export.

    marked: the marked range, half-open, or None. selected: the selected shots, ascending. shots: all of them.
    name: of the film or project, for the suggested file name. folder: where to suggest it.
    """

    info: FilmInfo
    name: str
    folder: Path
    marked: tuple[int, int] | None = None
    selected: tuple[Shot, ...] = ()
    shots: tuple[Shot, ...] = ()

    def spans(self, range_name: RangeName) -> tuple[tuple[int, int], ...]:
        """Half-open spans of frames, ascending; shots that touch are one span. Empty where there is no such range."""
        if range_name == "film":
            return ((0, self.info.frames),)
        if range_name == "marks":
            return () if self.marked is None else (self.marked,)
        spans: list[tuple[int, int]] = []
        for shot in self.selected:
            if spans and spans[-1][1] == shot.start:
                spans[-1] = (spans[-1][0], shot.stop)
            else:
                spans.append((shot.start, shot.stop))
        return tuple(spans)

    def timecode(self, frame: int) -> str:
        """What the export's time code will be, in words, if it begins at a frame."""
        info = self.info
        if info.timecode is None:
            return "none: the film has none"
        first = Timecode.parse(info.timecode, info.rate)
        return f"begins at {Timecode(first.frames + frame, info.rate, first.drop)}, as in the film"

    def suggested(self, preset: Preset, content: Content) -> Path:
        """A file, or for pictures a folder, that is not there yet."""
        stem = f"{self.name}-{_NAME_PARTS[content]}"
        suffix = "" if preset.sequence else preset.suffix
        path = self.folder / f"{stem}{suffix}"
        number = 2
        while path.exists() and number < 1000:
            path = self.folder / f"{stem}-{number}{suffix}"
            number += 1
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an export will take. seconds, free: None where unknown. free: bytes on the disk it goes to."""

    frames: int
    size: int
    seconds: float | None = None
    free: int | None = None

    @property
    def fits(self) -> bool:
        """False only where the disk is known to be too small."""
        return self.free is None or self.size < self.free

    @property
    def text(self) -> str:
        """In words."""
        parts = [f"{self.frames:,} frame{'' if self.frames == 1 else 's'}", f"about {readable_size(self.size)}"]
        if self.seconds is not None:
            parts.append(f"about {readable_time(self.seconds)}")
        if self.free is not None:
            parts.append(f"{readable_size(self.free)} free")
        return "  ·  ".join(parts)


def free_bytes(path: Path) -> int | None:
    """Room on the disk that a path lies on, or would; None where that cannot be told."""
    for folder in (path, *path.parents):
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return None


def with_suffix(path: Path, preset: Preset, *, usual: bool = False) -> Path:
    """The path as the preset wants it: with one of its codec's suffixes, or none for a folder of pictures.

    usual: the codec's usual suffix takes the place of another that it could have.
    """
    known = {suffix for other in PRESETS for suffix in codec_named(other.codec).suffixes}
    codec = codec_named(preset.codec)
    bare = path.with_suffix("") if path.suffix.lower() in known else path
    if preset.sequence:
        return path if "%" in path.name or "#" in path.name else bare
    fits = path.suffix.lower() in (codec.suffixes[:1] if usual else codec.suffixes)
    return path if fits else bare.with_name(bare.name + preset.suffix)

