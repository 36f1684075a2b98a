"""How much the color of each layer flickers, both on one scale."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tcvc_studio.ui.timeline.curve import CurvePyramid, joined
from tcvc_studio.ui.timeline.raster import Raster
from tcvc_studio.ui.timeline.rows.row import Row, RowView

_NAMES = {"backbone": "Backbone", "tcvc": "TCVC"}


class FlickerRow(Row):
    """The backbone's curve is filled down to zero, TCVC's is a line: they are told apart without their grays."""

    key = "flicker"
    title = "Flicker"
    least = 42
    stretch = 3
    watches = frozenset({"flicker", "frames"})

    def paint(self, painter: QPainter, view: RowView) -> None:
        top = _ceiling(view)
        painter.setPen(QPen(QColor(view.colors.line), 0, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(0, view.height / 2), QPointF(view.width, view.height / 2))
        backbone, tcvc = view.derived.flicker.get("backbone"), view.derived.flicker.get("tcvc")
        if backbone is not None:
            paint_curve(painter, view, backbone, top=top, color=view.colors.backbone, filled=True)
        if tcvc is not None:
            paint_curve(painter, view, tcvc, top=top, color=view.colors.tcvc, filled=False)

    def paint_title(self, painter: QPainter, rect: QRectF, view: RowView) -> None:
        painter.setFont(view.font)
        line = view.small.height()
        y = rect.top() + max(0.0, (rect.height() - 3 * line) / 2)
        painter.setPen(QColor(view.colors.text))
        painter.drawText(QPointF(rect.left() + 10, y + view.small.ascent()), self.title)
        painter.setPen(QColor(view.colors.dim))
        for number, (layer, color) in enumerate((("backbone", view.colors.backbone), ("tcvc", view.colors.tcvc)), 1):
            base = y + number * line + view.small.ascent()
            if base > rect.bottom() - 2:
                break
            painter.drawText(QPointF(rect.left() + 24, base), _NAMES[layer])
            middle = base - view.small.ascent() / 2 + 1
            if layer == "backbone":
                painter.fillRect(QRectF(rect.left() + 10, middle - 3, 10, 6), QColor(color))
            else:
                painter.fillRect(QRectF(rect.left() + 10, middle - 1, 10, 2), QColor(color))

    def tip(self, view: RowView, x: float, y: float) -> str:
        frame = view.scale.frame(x)
        values = (
            f"{_NAMES[layer]} {_said(curve.values[frame])}"
            for layer in ("backbone", "tcvc")
            if (curve := view.derived.flicker.get(layer)) is not None
        )
        return f"Flicker at {view.address(frame)}: {', '.join(values) or 'not known yet'}."


def paint_curve(
    painter: QPainter, view: RowView, curve: CurvePyramid, *, top: float, color: str, filled: bool
) -> None:
    """Draw a curve with 0 at the row's lower edge and `top` at the upper; filled: down to zero."""
    raster = Raster(view.width, view.height, ratio=view.ratio)
    rows, thin = len(raster.pixels), raster.thin
    if view.scale.per_frame * view.ratio > 2:
        low, high = _between_frames(view, curve, raster.columns)
    else:
        low, high = joined(*curve.columns(view.scale, view.ratio))
    y_high, y_low = _height(high, top, rows, thin), _height(low, top, rows, thin)
    draw = raster.smooth_curve if view.scale.per_frame * view.ratio > 0.5 else raster.curve
    draw(y_high, y_low, color, foot=rows if filled else None, shade=0.35 if filled else 0.55)
    raster.draw(painter)
    if view.scale.per_frame >= 12:
        _paint_dots(painter, view, curve, top=top, color=color)


def _between_frames(view: RowView, curve: CurvePyramid, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """(least, greatest) in each column of lines from the middle of a frame to the middle of the next."""
    places = view.scale.first + np.arange(columns + 1) / (view.scale.per_frame * view.ratio)
    start, stop = view.scale.visible()
    start, stop = max(0, start - 1), min(len(curve.values), stop + 1)
    values = curve.values[start:stop]
    ends = np.interp(places, np.arange(start, stop) + 0.5, values)
    own = values[np.clip(places.astype(np.int64) - start, 0, len(values) - 1)]
    # Beside an unknown frame there is nothing to draw a line to, but the frame's own value.
    ends = np.where(np.isnan(ends), own, ends)
    ends[places > view.scale.frames] = np.nan
    return np.fmin(ends[:-1], ends[1:]), np.fmax(ends[:-1], ends[1:])


def _paint_dots(painter: QPainter, view: RowView, curve: CurvePyramid, *, top: float, color: str) -> None:
    start, stop = view.scale.visible()
    values = curve.values[start:stop]
    known = np.flatnonzero(np.isfinite(values))
    ys = _height(values[known], top, view.height, 1)
    for x, y in zip(view.scale.xs(start + known + 0.5).tolist(), ys.tolist(), strict=True):
        painter.fillRect(QRectF(round(x) - 1.5, y - 1.5, 3, 3), QColor(color))


def _height(values: np.ndarray, top: float, rows: float, thin: float) -> np.ndarray:
    """Place from above, within the row: what exceeds the scale is cut off at its edge."""
    return rows - thin - np.clip(values / top if top > 0 else values * 0, 0, 1) * (rows - 3 * thin)


def _ceiling(view: RowView) -> float:
    known = [curve.ceiling for curve in view.derived.flicker.values() if curve is not None]
    return max(known, default=0.0) * 1.1


def _said(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "not known yet"
