"""What is known of a film, and one frame of it."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from tcvc_studio.color.formats import PlaneFormat


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """One audio stream. index: its number among the container's streams; packets are never decoded."""

    index: int
    codec: str
    rate: int
    channels: int
    layout: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class FilmInfo:
    """A film as probed. Tags are FFmpeg's names ("bt709", "smpte170m", "unspecified", ...).

    path: the file, or the pattern of an image sequence ("reel.%06d.dpx").
    kind: "video" for a container, "sequence" for numbered images.
    frames: number of pictures that a decode yields, counted, not taken from a header.
    first_number: number of the first picture: 0 for a video, the first file's number for a sequence.
    width, height: coded size in pixels, before rotation and sample aspect ratio.
    rate: frames a second, exact; for a film of varying rate the nominal one.
    pts: presentation time of each frame in units of time_base, ascending, int64 [frames].
    vfr: true where the frame durations differ by more than rounding of the time base.
    format: coding of the planes as the decoder yields them (for RGB: full range, 4:4:4, matrix used for its luma).
    bit_depth: bits a sample as stored, 32 for float pictures; format.depth is that of the planes.
    matrix, primaries, transfer: the tags as the film carries them, "unspecified" where it has none.
    rotation: degrees counterclockwise by which a player turns the picture, -180..180; planes are not turned.
    timecode: of the first frame, ";" before the frames where it is drop-frame; None where there is none.
    interlaced: flagged so, or found combed; has_color: the film's own chroma is not neutral; notes: sentences on
        these and on whatever else a restorer should know before the work begins.
    """

    path: Path
    kind: Literal["video", "sequence"]
    codec: str
    frames: int
    first_number: int
    width: int
    height: int
    rate: Fraction
    time_base: Fraction
    pts: np.ndarray = field(repr=False, compare=False)
    vfr: bool
    pixel_format: str
    bit_depth: int
    format: PlaneFormat
    matrix: str
    primaries: str
    transfer: str
    sar: Fraction
    rotation: int
    timecode: str | None
    audio: tuple[AudioInfo, ...]
    interlaced: bool
    has_color: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture's luma as decoded.

    number: 0-based place in the film (not the file number of a sequence).
    pts: presentation time in units of the film's time_base.
    luma: Y plane, uint8 or uint16 [height, width], values as coded; owned by the frame, never reused.
    """

    number: int
    pts: int
    luma: np.ndarray


@dataclass(frozen=True, slots=True)
class Picture:
    """Planes on their way to an encoder, in its PlaneFormat: y [H, W], cb and cr [h, w], uint8 or uint16."""

    y: np.ndarray
    cb: np.ndarray
    cr: np.ndarray
