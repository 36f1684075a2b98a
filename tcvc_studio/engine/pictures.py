"""Pictures for an encoder: a frame with its color, without any, or two of them side by side."""

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.compose import compose
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.ycbcr import plane_type, recode_luma
from tcvc_studio.engine.side_by_side import side_by_side_info
from tcvc_studio.engine.window import upright
from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import FilmInfo, Frame, Picture

_FONT = cv2.FONT_HERSHEY_SIMPLEX
#: How far the ground of a label darkens the picture.
_GROUND = 0.6


class Composer(Protocol):
    """Makes the picture that an encoder takes of a frame and its color."""

    def picture(self, frame: Frame, ab: Tensor) -> Picture:
        """ab: [1, 2, h, w] Lab units, coded orientation, at working size or at the film's."""
        ...


class FilmComposer:
    """The film's own luma with its color.

    source, target: coding of the film's planes and of the encoder's. Where they agree in depth and range, Y is written
    as it was read, and each frame is checked for it.
    """

    def __init__(self, source: PlaneFormat, target: PlaneFormat, *, edge_aware: bool = True) -> None:
        self._source, self._target = source, target
        self._edge_aware = edge_aware
        self._same_luma = (source.depth, source.range) == (target.depth, target.range)

    def picture(self, frame: Frame, ab: Tensor) -> Picture:
        planes = compose(frame.luma, ab, source=self._source, target=self._target, edge_aware=self._edge_aware)
        if self._same_luma and not np.array_equal(planes.y, frame.luma):
            raise StudioError(f"Frame {frame.number} would change its luma; the export was stopped; please report it.")
        return Picture(planes.y, planes.cb, planes.cr)


class GrayComposer:
    """The film's own luma, and neutral chroma whatever the color."""

    def __init__(self, source: PlaneFormat, target: PlaneFormat, info: FilmInfo) -> None:
        self._source, self._target = source, target
        shape = target.chroma_size(info.height, info.width)
        self._neutral = np.full(shape, 2 ** (target.depth - 1), plane_type(target))

    def picture(self, frame: Frame, ab: Tensor | None = None) -> Picture:
        return Picture(recode_luma(frame.luma, self._source, self._target), self._neutral, self._neutral)


class SideBySideComposer:
    """Two colors of the same frame, the left one fetched by frame number, each with its label burnt in.

    info: the film's. target: of an encoder made for `side_by_side_info`. left: ab [1, 2, h, w] as coded, of a frame.
    labels: of the left and the right picture.
    """

    def __init__(
        self, info: FilmInfo, target: PlaneFormat, *, left: Callable[[int], Tensor], labels: tuple[str, str]
    ) -> None:
        self._info, self._target = info, target
        self._left = left
        wide = side_by_side_info(info)
        self._width, self._height = wide.width // 2, wide.height
        self._labels = [_Label(text, self._width, self._height, target) for text in labels]

    def picture(self, frame: Frame, ab: Tensor) -> Picture:
        halves = []
        for color, label in zip((self._left(frame.number), ab), self._labels, strict=True):
            luma = np.ascontiguousarray(np.rot90(frame.luma, self._info.rotation // 90 % 4))
            planes = compose(
                luma, upright(color, self._info.rotation), source=self._info.format, target=self._target
            )
            width = self._target.chroma_size(self._height, self._width)[1]
            half = [planes.y[:, : self._width].copy(), planes.cb[:, :width].copy(), planes.cr[:, :width].copy()]
            label.burn(*half)
            halves.append(half)
        return Picture(*(np.ascontiguousarray(np.hstack(pair)) for pair in zip(*halves, strict=True)))


class _Label:
    """White words on a darkened ground in the lower left corner of a picture."""

    def __init__(self, text: str, width: int, height: int, target: PlaneFormat) -> None:
        scale = max(0.45, height / 720)
        stroke = max(1, round(scale * 1.6))
        (across, up), down = cv2.getTextSize(text, _FONT, scale, stroke)
        pad = max(4, round(up * 0.6))
        fits = min(1.0, (width - 2 * pad) / max(1, across))
        if fits < 1:
            scale, stroke = scale * fits, 1
            (across, up), down = cv2.getTextSize(text, _FONT, scale, stroke)
        ink = np.zeros((height, width), np.uint8)
        ground = np.zeros((height, width), np.float32)
        bottom = height - pad
        ground[max(0, bottom - up - down - 2 * pad) : bottom, pad : pad + across + 2 * pad] = _GROUND
        cv2.putText(ink, text, (2 * pad, bottom - pad - down // 2), _FONT, scale, 255, stroke, cv2.LINE_AA)
        black, span = target.luma_scale
        self._ink = ink.astype(np.float32) / 255
        # y becomes y * keep + add: first darkened towards black, then inked towards white.
        keep = (1 - ground) * (1 - self._ink)
        add = black * ground * (1 - self._ink) + (black + span) * self._ink
        rows = np.flatnonzero((ground + self._ink).any(1))
        h, v = target.subsampling
        # Whole chroma samples, so that luma and chroma of the label end together.
        first, last = rows[0] // v * v, min(height, -(-(rows[-1] + 1) // v) * v)
        self._rows = slice(first, last)
        self._keep, self._add = keep[self._rows], add[self._rows]
        self._chroma_rows = slice(first // v, -(-last // v))
        cover = np.maximum(self._ink, ground)[self._rows]
        shape = (-(-width // h), self._chroma_rows.stop - self._chroma_rows.start)
        self._color = 1 - cv2.resize(cover, shape, interpolation=cv2.INTER_AREA)
        self._zero = target.chroma_scale[0]

    def burn(self, y: np.ndarray, cb: np.ndarray, cr: np.ndarray) -> None:
        """Write the label into planes."""
        y[self._rows] = np.rint(y[self._rows] * self._keep + self._add)
        for plane in (cb, cr):
            part = plane[self._chroma_rows]
            part[:] = np.rint(self._zero + (part - self._zero) * self._color)


def as_tensor(ab: np.ndarray) -> Tensor:
    """Chroma [2, h, w] as [1, 2, h, w]."""
    return torch.from_numpy(np.ascontiguousarray(ab))[None]
