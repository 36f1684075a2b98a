"""A decoded picture as full-range 16-bit R'G'B', for stills and thumbnails; films stay in their own planes."""

from typing import TYPE_CHECKING

import numpy as np

from tcvc_studio.color.formats import LUMA_WEIGHTS, PlaneFormat
from tcvc_studio.media.planes import layout_of, samples

if TYPE_CHECKING:
    import av


def rgb_of(frame: "av.VideoFrame", coding: PlaneFormat) -> np.ndarray:
    """R'G'B' of a picture, uint16 [height, width, 3], 0..65535.

    coding: what the planes mean. YCbCr is turned by its matrix and range (ITU-R BT.709-6, section 3.5) in float32,
    chroma interpolated linearly from where its samples lie; values out of range are clipped. RGB is scaled only.
    """
    planes = samples(frame)
    kind = layout_of(frame.format).kind
    if kind == "rgb":
        return np.stack([_widened(plane, coding.depth) for plane in planes], axis=-1)
    if kind == "gray" and coding.range == "full":
        return np.repeat(_widened(planes[0], coding.depth)[..., None], 3, axis=-1)
    return rgb_of_coded(planes[0], *planes[1:], coding=coding)


def rgb_of_coded(
    y: np.ndarray, cb: np.ndarray | None = None, cr: np.ndarray | None = None, *, coding: PlaneFormat
) -> np.ndarray:
    """R'G'B' of YCbCr planes, uint16 [height, width, 3], 0..65535; without Cb and Cr a gray picture.

    y [height, width], cb and cr at their own size: codes that coding gives a meaning.
    """
    black, span = coding.luma_scale
    luma = (y.astype(np.float32) - np.float32(black)) / np.float32(span)
    if cb is None or cr is None:
        return _coded(np.repeat(luma[..., None], 3, axis=-1))
    zero, chroma_span = coding.chroma_scale
    cb, cr = (
        upsampled((plane.astype(np.float32) - np.float32(zero)) / np.float32(chroma_span), luma.shape, coding)
        for plane in (cb, cr)
    )
    kr, kb = LUMA_WEIGHTS[coding.matrix]
    red = luma + 2 * (1 - kr) * cr
    blue = luma + 2 * (1 - kb) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return _coded(np.stack([red, green, blue], axis=-1))


def upsampled(plane: np.ndarray, shape: tuple[int, int], coding: PlaneFormat) -> np.ndarray:
    """A chroma plane float32 [h, w] at luma size [height, width], linear between the samples, clamped at borders."""
    h, v = coding.subsampling
    height, width = shape
    # Where the middle of a block lies among its luma samples: 0 is upon the first of them.
    across = 0.0 if coding.siting in ("left", "topleft") else (h - 1) / 2
    down = 0.0 if coding.siting == "topleft" else (v - 1) / 2
    tall = plane if v == 1 else _interpolated(plane, height, step=v, offset=down)
    return tall if h == 1 else _interpolated(tall.T, width, step=h, offset=across).T


def _interpolated(plane: np.ndarray, size: int, *, step: int, offset: float) -> np.ndarray:
    """Rows at luma positions 0..size-1 between rows that lie at offset, offset + step, ..."""
    place = np.clip((np.arange(size, dtype=np.float32) - offset) / step, 0, len(plane) - 1)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, len(plane) - 1)
    share = (place - low)[:, None]
    return plane[low] * (1 - share) + plane[high] * share


def _widened(plane: np.ndarray, depth: int) -> np.ndarray:
    """Full-range codes of any depth as 16 bits: black stays 0, white becomes 65535."""
    if depth == 16:
        return plane
    return np.rint(plane * (65535.0 / (2**depth - 1))).astype(np.uint16)


def _coded(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0.0, 1.0) * 65535.0).astype(np.uint16)
