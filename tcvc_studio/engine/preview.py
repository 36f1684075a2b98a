"""Pictures for a screen: a film's luma, upright and with square pixels, in gray or with its color.

The mathematics are those of `color.compose`: Y', a and b are solved for at working size, what must be added to Y' for
R', G' and B' is enlarged, and what then leaves the gamut loses chroma at its own Y'. Two things are left out that no
screen shows at play: chroma is enlarged by cubic interpolation alone, and R'G'B' are rounded to 8 bits.

Nothing here loads torch before a picture has color.
"""

import cv2
import numpy as np

from tcvc_studio.color.formats import LUMA_WEIGHTS
from tcvc_studio.media.info import FilmInfo

#: One Newton step is within .1 of an 8-bit code of the solution for chroma up to 40, within 2 codes beyond 100.
_STEPS = 1
#: Chroma of less is small enough for a draft.
_DRAFT_SIDE = 160
_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


def display_size(info: FilmInfo) -> tuple[int, int]:
    """(width, height) of a film's picture as it is shown: upright, with square pixels, its height as coded."""
    width, height = max(1, round(info.width * info.sar)), info.height
    return (height, width) if info.rotation // 90 % 2 else (width, height)


def proxy_size(info: FilmInfo, divisor: int) -> tuple[int, int]:
    """The display size divided by a whole number, at least 1x1."""
    width, height = display_size(info)
    return -(-width // divisor), -(-height // divisor)


def fitted_size(info: FilmInfo, most: tuple[int, int]) -> tuple[int, int]:
    """The largest (width, height) of the film's proportions within `most`, no larger than the display size."""
    width, height = display_size(info)
    scale = min(1.0, most[0] / width, most[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def display_luma(luma: np.ndarray, info: FilmInfo, *, size: tuple[int, int] | None = None) -> np.ndarray:
    """A Y plane as a screen shows it.

    luma: uint8 or uint16 [height, width] as coded. size: upright (width, height), the display size by default; where
    it is the film's own, no pixel is resampled.
    Returns uint8 [height, width], black 0, white 255; codes beyond them are cut.
    """
    turn = info.rotation // 90 % 4
    width, height = size or display_size(info)
    coded = (height, width) if turn % 2 else (width, height)
    if coded != luma.shape[::-1]:
        luma = _resized(luma, coded)
    black, span = info.format.luma_scale
    if (black, span) != (0.0, 255.0) or luma.dtype != np.uint8:
        luma = cv2.addWeighted(luma, 255.0 / span, luma, 0.0, -black * 255.0 / span, dtype=cv2.CV_8U)
    return cv2.rotate(luma, _TURNS[turn]) if turn else np.ascontiguousarray(luma)


def gray_picture(luma: np.ndarray, info: FilmInfo, *, size: tuple[int, int] | None = None) -> np.ndarray:
    """A Y plane as a gray picture, uint8 [height, width, 4], the four B, G, R and 255; arguments as `display_luma`."""
    return cv2.cvtColor(display_luma(luma, info, size=size), cv2.COLOR_GRAY2BGRA)


def color_picture(
    luma: np.ndarray, ab: np.ndarray, info: FilmInfo, *, size: tuple[int, int] | None = None, draft: bool = False
) -> np.ndarray:
    """A Y plane with its color, uint8 [height, width, 4]: B, G, R and 255.

    luma, size: as `display_luma`. ab: a and b, float32 [2, h, w] in Lab units, upright, at working size or any other.
    draft: find the color at half that size where it is large, which takes half the time and is seen by no one at play.
    Raises ValueError where ab is no such array or holds values that are not finite.
    """
    if ab.ndim != 3 or ab.shape[0] != 2 or not np.isfinite(ab).all():
        raise ValueError(f"expected finite chroma [2, h, w], not {list(ab.shape)}")
    if draft and min(ab.shape[1:]) >= _DRAFT_SIDE:
        ab = np.stack([_resized(plane, (ab.shape[2] // 2, ab.shape[1] // 2)) for plane in ab])
    shown = display_luma(luma, info, size=size)
    height, width = shown.shape
    away = [_resized(plane, (width, height), cubic=True) for plane in _away_from_gray(luma, ab, info)]
    _hold_in_gamut(shown, away)
    picture = np.empty((height, width, 4), np.uint8)
    planes = [cv2.add(shown, plane, dtype=cv2.CV_8U) for plane in away]
    return cv2.merge([*planes, np.full_like(shown, 255)], dst=picture)


def difference_picture(one: np.ndarray, other: np.ndarray, *, gain: float = 1.0) -> np.ndarray:
    """How far two pictures lie apart: |one - other| times the gain in each of B, G and R, cut at 255.

    one, other: uint8 [height, width, 4] of one size. Returns such a picture; black where they agree.
    Raises ValueError for sizes that differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"pictures of one size have a difference, not {list(one.shape)} and {list(other.shape)}")
    apart = cv2.convertScaleAbs(cv2.absdiff(one, other), alpha=gain)
    apart[..., 3] = 255
    return apart


def _away_from_gray(luma: np.ndarray, ab: np.ndarray, info: FilmInfo) -> tuple[np.ndarray, ...]:
    """B' - Y', G' - Y' and R' - Y' at the size of ab, in 8-bit codes, int16 [h, w] each."""
    import torch

    from tcvc_studio.color.chroma import chroma_for_luma

    height, width = ab.shape[1:]
    turn = info.rotation // 90 % 4
    small = _resized(luma.astype(np.float32), (height, width) if turn % 2 else (width, height))
    black, span = info.format.luma_scale
    y = np.ascontiguousarray(np.rot90((small - np.float32(black)) / np.float32(span), turn))
    matrix = info.format.matrix
    asked = torch.from_numpy(np.ascontiguousarray(ab, np.float32))[None]
    solved = chroma_for_luma(torch.from_numpy(y)[None, None], asked, matrix=matrix, steps=_STEPS)
    cb, cr = (plane[0, 0].numpy() for plane in solved)
    kr, kb = LUMA_WEIGHTS[matrix]
    blue, red = cb * (2 * (1 - kb) * 255), cr * (2 * (1 - kr) * 255)
    green = (kr * red + kb * blue) * (-1 / (1 - kr - kb))
    return tuple(np.rint(plane).astype(np.int16) for plane in (blue, green, red))


def _hold_in_gamut(luma: np.ndarray, away: list[np.ndarray]) -> None:
    """Divide the differences, in place, where with their luma they would leave 0..255: hue and Y' stay."""
    most = cv2.max(cv2.max(away[0], away[1]), away[2])
    least = cv2.min(cv2.min(away[0], away[1]), away[2])
    above = cv2.add(luma, most, dtype=cv2.CV_16S) > 255
    below = cv2.add(luma, least, dtype=cv2.CV_16S) < 0
    where = np.flatnonzero(above | below)
    if not len(where):
        return
    y = luma.reshape(-1)[where].astype(np.float32)
    excess = np.maximum(
        most.reshape(-1)[where] / np.maximum(255 - y, 1e-6), -least.reshape(-1)[where] / np.maximum(y, 1e-6)
    )
    for plane in away:
        flat = plane.reshape(-1)
        flat[where] = np.rint(flat[where] / np.maximum(excess, 1)).astype(np.int16)


def _resized(plane: np.ndarray, size: tuple[int, int], *, cubic: bool = False) -> np.ndarray:
    """A plane at (width, height): means over areas where it shrinks."""
    if plane.shape[::-1] == size:
        return plane
    if size[0] <= plane.shape[1] and size[1] <= plane.shape[0]:
        return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR)
