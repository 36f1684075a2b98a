"""How much the color of each layer flickers, both on one scale."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from tcvc_studio.ui.timeline.curve import CurvePyramid, joined
from tcvc_studio.ui.timeline.raster import Raster, argb
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
    if view.scale.shown <= 600:
        _paint_single_frames(painter, view, curve, top=top, color=color, filled=filled)
        return
    raster = Raster(view.width, view.height, ratio=view.ratio)
    rows = len(raster.pixels)
    low, high = joined(*curve.columns(view.scale, view.ratio))
    y_high, y_low = (_height(value, top, rows, raster.thin) for value in (high, low))
    if filled:
        known = np.where(np.isfinite(y_high), rows, np.nan)
        raster.band(y_high, known, argb(color, 0.35))
        raster.band(y_high, np.minimum(y_low, y_high + 2 * raster.thin), argb(color))
    else:
        raster.band(y_high, y_low + (raster.thin - 1), argb(color, 0.55))
        raster.band(y_high, y_high + (2 * raster.thin - 1), argb(color))
    raster.draw(painter)


def _paint_single_frames(
    painter: QPainter, view: RowView, curve: CurvePyramid, *, top: float, color: str, filled: bool
) -> None:
    start, stop = view.scale.visible()
    start, stop = max(0, start - 1), min(len(curve.values), stop + 1)
    values = curve.values[start:stop]
    ys = _height(values.astype(np.float64), top, view.height, 1)
    xs = view.scale.xs(np.arange(start, stop) + 0.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shade = QColor(color)
    shade.setAlphaF(0.35)
    for run in _runs(np.isfinite(values)):
        points = [QPointF(x, y) for x, y in zip(xs[run].tolist(), ys[run].tolist(), strict=True)]
        if len(points) == 1:
            points.append(points[0] + QPointF(1, 0))
        if filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            feet = [QPointF(points[-1].x(), view.height), QPointF(points[0].x(), view.height)]
            painter.drawPolygon(QPolygonF(points + feet))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(color), 1.2))
        painter.drawPolyline(QPolygonF(points))
        if view.scale.per_frame >= 12:
            painter.setPen(QPen(QColor(color), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(QPolygonF(points))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _runs(known: np.ndarray) -> list[slice]:
    """Where the known values lie."""
    steps = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def _height(values: np.ndarray, top: float, rows: float, thin: float) -> np.ndarray:
    """Place from above, within the row: what exceeds the scale is cut off at its edge."""
    return rows - thin - np.clip(values / top if top > 0 else values * 0, 0, 1) * (rows - 3 * thin)


def _ceiling(view: RowView) -> float:
    known = [curve.ceiling for curve in view.derived.flicker.values() if curve is not None]
    return max(known, default=0.0) * 1.1


def _said(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "not known yet"
