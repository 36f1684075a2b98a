"""Pictures made with numpy, where thousands of marks would take QPainter too long."""

from functools import cache, lru_cache

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

#: A row below every picture.
_NOWHERE = 30_000


@lru_cache(maxsize=256)
def argb(color: str, opacity: float = 1.0) -> int:
    """A color as it stands in a Raster: premultiplied, 0xAARRGGBB."""
    own = QColor(color)
    alpha = round(255 * min(1.0, max(0.0, opacity)))
    red, green, blue = (round(part * alpha / 255) for part in (own.red(), own.green(), own.blue()))
    return alpha << 24 | red << 16 | green << 8 | blue


@cache
def _opacities(color: str) -> np.ndarray:
    """The color from transparent to opaque: uint32 [256]."""
    return np.array([argb(color, step / 255) for step in range(256)], np.uint32)


class Raster:
    """A transparent picture in device pixels to be written into and drawn once.

    pixels: uint32 [rows, columns], premultiplied 0xAARRGGBB.
    """

    def __init__(self, width: float, height: float, *, ratio: float) -> None:
        self.ratio = ratio
        self.pixels = np.zeros((max(1, round(height * ratio)), max(1, int(np.ceil(width * ratio)))), np.uint32)

    @property
    def columns(self) -> int:
        """Device pixels across."""
        return self.pixels.shape[1]

    @property
    def thin(self) -> int:
        """Device pixels of a line one pixel wide."""
        return max(1, round(self.ratio))

    def lines(
        self, xs: np.ndarray, color: int, *, top: float = 0.0, bottom: float | None = None, dash: float = 0.0,
        wide: float = 1.0,
    ) -> None:
        """Upright lines from top to bottom (pixels, the picture's height if None), left edges at xs (pixels).

        dash: length of dashes and gaps in pixels; 0 for solid lines. wide: in pixels.
        """  # fmt: skip
        left = np.round(np.asarray(xs) * self.ratio).astype(np.int64)
        columns = np.zeros(self.columns, bool)
        for step in range(max(1, round(wide * self.ratio))):
            columns[left[(left >= -step) & (left < self.columns - step)] + step] = True
        first, stop = round(top * self.ratio), len(self.pixels) if bottom is None else round(bottom * self.ratio)
        first, stop = max(0, first), min(len(self.pixels), stop)
        length = max(1, round(dash * self.ratio)) if dash else len(self.pixels)
        for row in range(first, stop, 2 * length):
            np.copyto(self.pixels[row : min(stop, row + length)], np.uint32(color), where=columns)

    def bars(self, tops: np.ndarray, color: int, *, where: np.ndarray) -> None:
        """Every column that `where` names, filled from `tops` (device pixels) to the lower edge.

        tops: float [columns]; where: bool [columns].
        """
        rows = np.arange(len(self.pixels), dtype=np.int32)[:, None]
        tops = np.where(where, np.nan_to_num(np.round(tops), nan=1e6), 1e6)[: self.columns].astype(np.int32)
        np.copyto(self.pixels[:, : len(tops)], np.uint32(color), where=rows >= tops)

    def curve(self, high: np.ndarray, low: np.ndarray, color: str, *, foot: float | None, shade: float) -> None:
        """A line along `high`, and below it, as opaque as `shade`, an area down to `low`, or to `foot`.

        high, low: device pixels from above, float [columns], high <= low, nan where nothing is known. What was in the
        picture is gone.
        """
        first = np.nan_to_num(np.round(high), nan=_NOWHERE).astype(np.int16)
        end = np.nan_to_num(np.round(low) + 1, nan=0).astype(np.int16)
        rows = np.arange(len(self.pixels), dtype=np.int16)[:, None]
        under = rows >= first
        self.pixels[:, : len(first)] = np.where(
            under if foot is not None else under & (rows < end), np.uint32(argb(color, shade)), np.uint32(0)
        )
        under &= rows < np.minimum(np.maximum(end, first + self.thin), first + 2 * self.thin)
        np.copyto(self.pixels[:, : len(first)], np.uint32(argb(color)), where=under)

    def smooth_curve(self, high: np.ndarray, low: np.ndarray, color: str, *, foot: float | None, shade: float) -> None:
        """`curve` with soft edges, for lines of few frames; it takes three times as long."""
        high = np.nan_to_num(high.astype(np.float32), nan=1e6)
        low = np.nan_to_num(low.astype(np.float32), nan=-1e6)
        thick = np.float32(0.6 * self.thin)
        rows = np.arange(len(self.pixels), dtype=np.float32)[:, None]
        # The share of each pixel that lies within the line; QPainter's own lines take ten times as long.
        line = np.minimum(rows + 1, np.minimum(low, high + 2 * self.thin) + thick)
        line -= np.maximum(rows, high - thick)
        np.clip(line, 0, 1, out=line)
        line *= 255
        opacity = line.astype(np.uint8)
        end = np.where(high < 1e6, np.float32(foot), np.float32(-1e6)) if foot is not None else low
        inside = (rows >= high) & (rows < end)
        np.maximum(opacity, np.uint8(255 * shade), out=opacity, where=inside)
        self.pixels[:, : opacity.shape[1]] = _opacities(color)[opacity]

    def draw(self, painter: QPainter) -> None:
        """Draw at the painter's origin."""
        rows, columns = self.pixels.shape
        image = QImage(self.pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self.ratio)
        painter.drawImage(QPointF(0, 0), image)
