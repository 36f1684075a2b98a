"""Measures on a few frames of a film: is there color in it, and is it interlaced whatever its flags say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tcvc_studio.media.decode import UndecodableFrame
from tcvc_studio.media.planes import layout_of, luma_of, samples

if TYPE_CHECKING:
    import av

_PLACES = 5
#: Consecutive frames looked at in each place: a film with pulldown shows its two combed frames of five in any six.
_RUN = 6
_BLOCK = 16

#: At 8 bits: chroma further from neutral than this, on more than this share of the picture, is color.
_NEUTRAL = 2
_COLORED_SHARE = 0.01

#: A moving block is combed where lines differ from the next by this much more than from the next but one.
_COMBED_RATIO = 1.5
_LEAST_MOTION = 4.0
_COMBED_BLOCKS = 0.02


@dataclass(frozen=True, slots=True)
class Survey:
    """has_color: chroma found. flagged: frames flagged as interlaced. combed: combing found by measure.
    notes: what could not be read."""

    has_color: bool
    flagged: bool
    combed: bool
    notes: tuple[str, ...] = ()


def survey(picture: "Callable[[int], av.VideoFrame]", frames: int, keys: np.ndarray, *, pixels: int) -> Survey:
    """Look at runs of frames spread over a film.

    picture: gives frame n. keys: frames at which decoding begins; a place too far behind one is moved nearer to it, so
    that a survey costs seconds at most. pixels: of one picture.
    """
    has_color = flagged = False
    combed = moving = 0
    notes: list[str] = []
    for begin in _places(frames, keys, reach=min(120, 48 * 1280 * 720 // max(1, pixels))):
        before: np.ndarray | None = None
        try:
            for number in range(begin, min(begin + _RUN, frames)):
                frame = picture(number)
                flagged = flagged or bool(frame.interlaced_frame)
                if before is None:
                    has_color = has_color or is_colored(frame)
                luma = luma_of(frame, "bt709")
                if before is not None and before.shape == luma.shape:
                    share = combed_share(luma, before, depth=layout_of(frame.format).depth)
                    moving += share is not None
                    combed += share is not None and share > _COMBED_BLOCKS
                before = luma
        except UndecodableFrame as error:
            notes.append(str(error))
    # Two combed frames of five is what pulldown leaves; fewer than one in five may be a few odd pictures.
    return Survey(has_color, flagged, combed >= 2 and combed >= moving / 5, tuple(dict.fromkeys(notes)))


def is_colored(frame: "av.VideoFrame") -> bool:
    """Whether more than 1 % of a picture's chroma lies more than 2 codes (of 8 bits) from neutral."""
    planes = samples(frame)
    if len(planes) == 1:
        return False
    layout = layout_of(frame.format)
    limit = _NEUTRAL * 2.0 ** (layout.depth - 8)
    if layout.kind == "rgb":
        red, green, blue = (plane.astype(np.float32) for plane in planes)
        away = np.maximum(np.abs(red - green), np.abs(blue - green))
    else:
        middle = 2.0 ** (layout.depth - 1)
        away = np.maximum(*(np.abs(plane.astype(np.float32) - middle) for plane in planes[1:]))
    return float(np.mean(away > limit)) > _COLORED_SHARE


def combed_share(luma: np.ndarray, before: np.ndarray, *, depth: int) -> float | None:
    """Share of the picture's 16x16 blocks that are combed; None where nothing moves.

    In an interlaced picture of something moving, neighbouring lines were taken at different times and differ more than
    lines of one field, two apart: mean |Y[y] - Y[y+1]| exceeds mean |Y[y] - Y[y+2]|. In a progressive picture it is
    the other way round, and equal at most for pure noise. Only blocks that changed since the frame before count, so
    that a still pattern of fine lines is no combing; a block must also differ by some codes, so that noise is none.

    luma, before: uint8 or uint16 [height, width] of two consecutive frames; depth: their bits a sample.
    """
    scale = np.float32(2.0 ** (8 - depth))
    rows, columns = (luma.shape[0] - 2) // _BLOCK, luma.shape[1] // _BLOCK
    if rows < 1 or columns < 1:
        return None
    high, wide = rows * _BLOCK, columns * _BLOCK
    now = luma[: high + 2, :wide].astype(np.float32) * scale
    then = before[:high, :wide].astype(np.float32) * scale
    moved = _blocks(np.abs(now[:high] - then)) > _LEAST_MOTION
    if not moved.any():
        return None
    near = _blocks(np.abs(now[:high] - now[1 : high + 1]))
    far = _blocks(np.abs(now[:high] - now[2 : high + 2]))
    combed = moved & (near > _COMBED_RATIO * far) & (near > _LEAST_MOTION)
    return float(combed.mean())


def _blocks(plane: np.ndarray) -> np.ndarray:
    """Mean of each block."""
    height, width = plane.shape
    return plane.reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK).mean(axis=(1, 3))


def _places(frames: int, keys: np.ndarray, *, reach: int) -> list[int]:
    """First frames of the runs: spread over the film, none further than `reach` behind a key."""
    wanted = [frames * (2 * i + 1) // (2 * _PLACES) for i in range(_PLACES)]
    places = set()
    for place in wanted:
        at = int(np.searchsorted(keys, place, side="right")) - 1
        key = int(keys[at]) if at >= 0 else 0
        places.add(min(place, key + reach))
    return sorted(places)
