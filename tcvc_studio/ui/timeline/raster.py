"""Pictures made with numpy, where thousands of marks would take QPainter too long."""

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter


def argb(color: str, opacity: float = 1.0) -> int:
    """A color as it stands in a Raster: premultiplied, 0xAARRGGBB."""
    own = QColor(color)
    alpha = round(255 * min(1.0, max(0.0, opacity)))
    red, green, blue = (round(part * alpha / 255) for part in (own.red(), own.green(), own.blue()))
    return alpha << 24 | red << 16 | green << 8 | blue


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
        wide_own = max(1, round(wide * self.ratio))
        left = (left[:, None] + np.arange(wide_own)).ravel() if wide_own > 1 else left
        left = np.unique(left[(left >= 0) & (left < self.columns)])
        if len(left) == 0:
            return
        stop = len(self.pixels) if bottom is None else round(bottom * self.ratio)
        rows = np.arange(max(0, round(top * self.ratio)), min(len(self.pixels), stop))
        if dash:
            rows = rows[(rows // max(1, round(dash * self.ratio))) % 2 == 0]
        self.pixels[np.ix_(rows, left)] = color

    def band(self, low: np.ndarray, high: np.ndarray, color: int) -> None:
        """Every column filled from row `low` to row `high`, both included and in device pixels; nan draws nothing.

        low, high: float [columns], in either order.
        """
        count = min(len(low), self.columns)
        known = np.isfinite(low[:count]) & np.isfinite(high[:count])
        top = np.where(known, np.minimum(low[:count], high[:count]), 1e9)
        bottom = np.where(known, np.maximum(low[:count], high[:count]), -1e9)
        rows = np.arange(len(self.pixels), dtype=np.float32)[:, None]
        inside = (rows >= np.round(top.astype(np.float32))) & (rows <= np.round(bottom.astype(np.float32)))
        self.pixels[:, :count][inside] = color

    def draw(self, painter: QPainter) -> None:
        """Draw at the painter's origin."""
        rows, columns = self.pixels.shape
        image = QImage(self.pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self.ratio)
        painter.drawImage(QPointF(0, 0), image)
