"""Planes into FFmpeg's frames, sample for sample, and planes into RGB."""

from typing import Any

import numpy as np

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.media.encode_tags import luma_weights
from tcvc_studio.media.info import Picture

_BAND = 64


def check_picture(picture: Picture, target: PlaneFormat, height: int, width: int) -> None:
    """Raise ValueError where a picture does not have the size and type of the encoder's planes."""
    dtype = np.uint8 if target.depth == 8 else np.uint16
    chroma = target.chroma_size(height, width)
    for name, plane, shape in (
        ("y", picture.y, (height, width)),
        ("cb", picture.cb, chroma),
        ("cr", picture.cr, chroma),
    ):
        if plane.shape != shape or plane.dtype != dtype:
            raise ValueError(f"{name} is {plane.dtype} {plane.shape}, the encoder takes {np.dtype(dtype)} {shape}")


def fill_planar(frame: Any, picture: Picture) -> None:
    """Copy y, cb, cr into a planar YCbCr frame of the same size, subsampling and depth."""
    for plane, source in zip(frame.planes, (picture.y, picture.cb, picture.cr), strict=True):
        _rows(plane, "<u2" if source.dtype == np.uint16 else "u1")[:, : source.shape[1]] = source


def fill_p010(frame: Any, picture: Picture) -> None:
    """Copy 10-bit 4:2:0 planes into a p010le frame: values in the high ten bits, Cb and Cr interleaved."""
    luma, chroma = (_rows(plane, "<u2") for plane in frame.planes)
    width = picture.cb.shape[1]
    luma[:, : picture.y.shape[1]] = picture.y << 6
    chroma[:, 0 : 2 * width : 2] = picture.cb << 6
    chroma[:, 1 : 2 * width : 2] = picture.cr << 6


def fill_rgb(frame: Any, picture: Picture, target: PlaneFormat) -> None:
    """Convert 4:4:4 planes and write them into a packed RGB frame: rgb24, rgb48le or rgb48be."""
    packed = "u1" if target.depth == 8 else (">u2" if frame.format.name == "rgb48be" else "<u2")
    (plane,) = frame.planes
    height, width = picture.y.shape
    _rows(plane, packed)[:, : 3 * width] = rgb_from_planes(picture, target).reshape(height, 3 * width)


def rgb_from_planes(picture: Picture, target: PlaneFormat) -> np.ndarray:
    """R'G'B' from 4:4:4 Y'CbCr planes, in float64, rounded to the nearest code and held to the codes there are.

    Inverts ITU-R BT.709-6 item 3.3 (and its like for other matrices): R = Y + 2(1 - Kr)Cr, B = Y + 2(1 - Kb)Cb,
    G = (Y - Kr R - Kb B) / Kg.
    Returns uint8 or uint16 [H, W, 3], full range, of the planes' depth.
    """
    red_weight, green_weight, blue_weight = luma_weights(target)
    black, luma_span = target.luma_scale
    zero, chroma_span = target.chroma_scale
    top = 2**target.depth - 1
    rgb = np.empty((*picture.y.shape, 3), picture.y.dtype)
    # Band by band: a 4K frame in float64 is half a gigabyte.
    for first in range(0, len(rgb), _BAND):
        rows = slice(first, first + _BAND)
        y = (picture.y[rows] - black) / luma_span
        red = y + 2 * (1 - red_weight) / chroma_span * (picture.cr[rows] - zero)
        blue = y + 2 * (1 - blue_weight) / chroma_span * (picture.cb[rows] - zero)
        green = (y - red_weight * red - blue_weight * blue) / green_weight
        for channel, plane in enumerate((red, green, blue)):
            rgb[rows, :, channel] = np.clip(np.rint(plane * top), 0, top)
    return rgb


def _rows(plane: Any, dtype: str) -> np.ndarray:
    """A plane's memory as writable rows, padding at their ends included."""
    return np.frombuffer(plane, dtype).reshape(plane.height, -1)
