"""R'G'B' and Y'CbCr, and the codes that carry Y'CbCr in a film's planes (ITU-R BT.601, BT.709, BT.2020)."""

import functools

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.formats import LUMA_WEIGHTS, PlaneFormat

Plane = np.ndarray | Tensor


def luma_weights(matrix: str) -> tuple[float, float, float]:
    """(Kr, Kg, Kb) of a matrix by its name in `formats.LUMA_WEIGHTS`; Kr + Kg + Kb = 1. Raises ValueError."""
    if matrix not in LUMA_WEIGHTS:
        raise ValueError(f"unknown matrix {matrix!r}, expected one of {', '.join(LUMA_WEIGHTS)}")
    red, blue = LUMA_WEIGHTS[matrix]
    return red, 1 - red - blue, blue


def rgb_to_ycbcr(rgb: Tensor, matrix: str) -> Tensor:
    """R'G'B' float32 [..., 3, h, w] in 0..1 to Y' (0..1), Cb and Cr (-0.5..0.5), same shape."""
    kr, kg, kb = luma_weights(matrix)
    red, green, blue = rgb.unbind(-3)
    luma = kr * red + kg * green + kb * blue
    return torch.stack((luma, (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))), dim=-3)


def ycbcr_to_rgb(ycbcr: Tensor, matrix: str) -> Tensor:
    """Y' (0..1), Cb and Cr (-0.5..0.5), float32 [..., 3, h, w], to R'G'B', same shape, not clipped."""
    kr, kg, kb = luma_weights(matrix)
    luma, cb, cr = ycbcr.unbind(-3)
    red = luma + 2 * (1 - kr) * cr
    blue = luma + 2 * (1 - kb) * cb
    green = luma - (2 * kb * (1 - kb) * cb + 2 * kr * (1 - kr) * cr) / kg
    return torch.stack((red, green, blue), dim=-3)


def dequantize_luma(plane: Plane, fmt: PlaneFormat) -> Tensor:
    """Y plane as coded, integers of any shape, to Y' float32, same shape: 0 is black, 1 is white.

    Codes below black and above white give values outside 0..1.
    """
    return _dequantize(plane, *fmt.luma_scale)


def dequantize_chroma(plane: Plane, fmt: PlaneFormat) -> Tensor:
    """Cb or Cr plane as coded, integers of any shape, to float32 in -0.5..0.5, same shape."""
    return _dequantize(plane, *fmt.chroma_scale)


def quantize_luma(luma: Tensor, fmt: PlaneFormat) -> np.ndarray:
    """Y' to codes, rounded to the nearest: uint8 (depth 8) or uint16, same shape.

    Limited range keeps foot and head room (all codes but the lowest and highest 2**(depth-8), which carry sync).
    """
    return _quantize(luma, fmt.luma_scale, luma_codes(fmt), fmt.depth)


def quantize_chroma(chroma: Tensor, fmt: PlaneFormat) -> np.ndarray:
    """Cb or Cr in -0.5..0.5 to codes, rounded to the nearest and held in the legal range: uint8 or uint16, same shape.

    Legal is 16..240 times 2**(depth-8) in limited range, every code in full range; exact 0 is exactly neutral.
    """
    return _quantize(chroma, fmt.chroma_scale, chroma_codes(fmt), fmt.depth)


def luma_codes(fmt: PlaneFormat) -> tuple[int, int]:
    """Lowest and highest code that Y may take."""
    step = 2 ** (fmt.depth - 8)
    return (0, 2**fmt.depth - 1) if fmt.range == "full" else (step, 2**fmt.depth - 1 - step)


def chroma_codes(fmt: PlaneFormat) -> tuple[int, int]:
    """Lowest and highest code that Cb and Cr may take."""
    step = 2 ** (fmt.depth - 8)
    return (0, 2**fmt.depth - 1) if fmt.range == "full" else (16 * step, 240 * step)


def plane_type(fmt: PlaneFormat) -> type[np.unsignedinteger]:
    """dtype of a plane: uint8 at depth 8, else uint16."""
    return np.uint8 if fmt.depth == 8 else np.uint16


def recode_luma(plane: np.ndarray, source: PlaneFormat, target: PlaneFormat) -> np.ndarray:
    """Y codes of one coding in another.

    plane: uint8 or uint16, any shape. Depth and range alike: the same array, not a copy. Within limited range a
    greater depth is an exact shift and a smaller one rounds to the nearest (halves up); between the ranges black and
    white are kept, and what a full-range film cannot hold beyond them is cut.
    """
    if (source.depth, source.range) == (target.depth, target.range):
        return plane
    return _luma_table(source.depth, source.range, target.depth, target.range).take(plane, mode="clip")


@functools.lru_cache(maxsize=4)
def _luma_table(depth: int, range_: str, to_depth: int, to_range: str) -> np.ndarray:
    source, target = PlaneFormat(depth=depth, range=range_), PlaneFormat(depth=to_depth, range=to_range)
    (black, span), (to_black, to_span) = source.luma_scale, target.luma_scale
    codes = np.arange(2**depth, dtype=np.float64)
    moved = np.floor((codes - black) * (to_span / span) + to_black + 0.5)
    # A shift must stay one at the reserved codes too: only what does not fit is cut.
    return moved.clip(0, 2**to_depth - 1).astype(plane_type(target))


def _dequantize(plane: Plane, zero: float, span: float) -> Tensor:
    # numpy makes the floats: torch has few operations on uint16.
    if isinstance(plane, np.ndarray):
        plane = torch.from_numpy(plane.astype(np.float32))
    else:
        plane = plane.to(torch.float32, copy=True)
    return plane.sub_(zero).div_(span)


def _quantize(values: Tensor, scale: tuple[float, float], legal: tuple[int, int], depth: int) -> np.ndarray:
    zero, span = scale
    # Codes are not negative, so that cutting off the fraction of what lies half a code higher rounds to the nearest.
    codes = (values * span).add_(zero + 0.5).clamp_(legal[0] + 0.5, legal[1] + 0.5)
    # Whole numbers are made here: GPUs know little of uint16.
    return codes.cpu().to(torch.uint8 if depth == 8 else torch.uint16).numpy()
