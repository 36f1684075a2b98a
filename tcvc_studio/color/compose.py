"""Predicted chroma and the film's untouched luma, put together as planes for an encoder; and the way back."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.chroma import chroma_for_luma, limit_to_gamut
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.lab import lightness_to_luma, rgb_to_lab
from tcvc_studio.color.resize import shrink
from tcvc_studio.color.siting import expand_chroma, reduce_chroma
from tcvc_studio.color.upsample import upsample_chroma
from tcvc_studio.color.ycbcr import (
    dequantize_chroma,
    dequantize_luma,
    plane_type,
    quantize_chroma,
    recode_luma,
    ycbcr_to_rgb,
)


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture in some PlaneFormat: y [H, W], cb and cr [h, w], uint8 at depth 8, else uint16."""

    y: np.ndarray
    cb: np.ndarray
    cr: np.ndarray


def compose(
    luma: np.ndarray,
    ab: Tensor,
    *,
    source: PlaneFormat,
    target: PlaneFormat,
    working_l: Tensor | None = None,
    edge_aware: bool = True,
) -> Planes:
    """The film's luma with the chroma a and b, in the target's coding.

    luma: Y as coded in `source`, uint8 or uint16 [H, W]. In Planes.y it is the same array where depth and range are the
        target's, and recoded by `ycbcr.recode_luma` where they are not.
    ab: float32 [1, 2, h, w], Lab units, at working size or the film's, on any device.
    target: coding to make; chroma is found so that R'G'B' under its matrix has the film's Y'. The source's matrix plays
        no part: a black-and-white film's Y' is that of gray under every matrix.
    working_l: CIE lightness [1, 1, h, w] at the size of ab (`working.working_lightness`), made here where it is None.
    edge_aware: see `upsample.upsample_chroma`.
    Where ab has the film's size the solution holds at every pixel; where it is smaller, Y', a and b are solved for at
    working size, Cb and Cr enlarged, and what leaves the gamut there loses chroma at its own Y'. ab of 0 gives exactly
    neutral codes.
    Raises ValueError where sizes or types do not fit, or where ab is not finite.
    """
    if luma.ndim != 2 or luma.dtype != plane_type(source):
        raise ValueError(f"expected a Y plane of {plane_type(source).__name__}, not {luma.dtype} {list(luma.shape)}")
    if ab.ndim != 4 or ab.shape[:2] != (1, 2):
        raise ValueError(f"expected chroma [1, 2, h, w], not {list(ab.shape)}")
    ab = ab.to(torch.float32)
    if not bool(torch.isfinite(ab).all()):
        raise ValueError("the predicted chroma holds values that are not finite")
    y = dequantize_luma(luma, source)[None, None].to(ab.device)
    if ab.shape[2:] == y.shape[2:]:
        chroma = torch.cat(chroma_for_luma(y, ab, matrix=target.matrix), dim=1)
    else:
        chroma = _enlarged(y, ab, working_l, target.matrix, edge_aware)
    chroma = reduce_chroma(chroma, target)[0]
    return Planes(
        y=recode_luma(luma, source, target),
        cb=quantize_chroma(chroma[0], target),
        cr=quantize_chroma(chroma[1], target),
    )


def _enlarged(y: Tensor, ab: Tensor, working_l: Tensor | None, matrix: str, edge_aware: bool) -> Tensor:
    if working_l is None:
        small = shrink(y, *ab.shape[2:]).clamp_(0, 1)
    else:
        small = lightness_to_luma(working_l.to(ab.device, torch.float32))
    chroma = torch.cat(chroma_for_luma(small, ab, matrix=matrix), dim=1)
    return limit_to_gamut(y, upsample_chroma(chroma, small, y, edge_aware=edge_aware), matrix=matrix)


def rgb_of_planes(y: np.ndarray, cb: np.ndarray, cr: np.ndarray, *, fmt: PlaneFormat) -> Tensor:
    """What planes show: R'G'B' float32 [1, 3, H, W], cut to 0..1.

    y [H, W], cb and cr [h, w]: as coded in fmt. Raises ValueError where the sizes do not fit.
    """
    luma = dequantize_luma(y, fmt)[None, None]
    chroma = torch.stack((dequantize_chroma(cb, fmt), dequantize_chroma(cr, fmt)))[None]
    full = expand_chroma(chroma, fmt, *y.shape)
    return ycbcr_to_rgb(torch.cat((luma, full), dim=1), fmt.matrix).clamp_(0, 1)


def ab_of_planes(y: np.ndarray, cb: np.ndarray, cr: np.ndarray, *, fmt: PlaneFormat) -> Tensor:
    """The chroma of planes: a and b, float32 [1, 2, H, W], Lab units; the inverse of `compose`, for measurements."""
    return rgb_to_lab(rgb_of_planes(y, cb, cr, fmt=fmt))[:, 1:].contiguous()
