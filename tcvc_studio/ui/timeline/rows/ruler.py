"""The ruler: time codes, and the marked range."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from tcvc_studio.ui.timeline.data import Hit
from tcvc_studio.ui.timeline.raster import Raster, argb
from tcvc_studio.ui.timeline.rows.row import REACH, Row, RowView
from tcvc_studio.ui.timeline.ticks import ruler_ticks

_MARK_HEIGHT = 9.0


class RulerRow(Row):
    """Ticks with time codes; below them the marked range between two brackets."""

    key = "ruler"
    title = "Time code"
    least = 32
    watches = frozenset({"rate", "timecode", "in_frame", "out_frame"})

    def paint(self, painter: QPainter, view: RowView) -> None:
        scale, height = view.scale, view.height
        painter.setFont(view.font)
        metrics = view.small
        room = metrics.horizontalAdvance(view.derived.clock.text(view.data.frames - 1)) + 22
        ticks = ruler_ticks(scale, view.derived.clock, room=room)
        raster = Raster(view.width, height, ratio=view.ratio)
        small, large = (
            scale.xs(np.array([tick.frame for tick in ticks if bool(tick.text) == named])) for named in (False, True)
        )
        raster.lines(small, argb(view.colors.tick), top=height - 5)
        raster.lines(large, argb(view.colors.dim), top=height - 13)
        raster.draw(painter)
        painter.setPen(QColor(view.colors.text))
        baseline = metrics.ascent() + 3
        for tick in ticks:
            if tick.text:
                painter.drawText(QPointF(scale.x(tick.frame) + 4, baseline), tick.text)
        self._paint_marks(painter, view)

    def _paint_marks(self, painter: QPainter, view: RowView) -> None:
        data, scale, bottom = view.data, view.scale, view.height
        if data.in_frame is None and data.out_frame is None:
            return
        left = scale.x(0 if data.in_frame is None else data.in_frame)
        right = scale.x(data.frames if data.out_frame is None else data.out_frame + 1)
        color = QColor(view.colors.marked)
        band = QColor(color)
        band.setAlpha(90)
        painter.fillRect(QRectF(left, bottom - _MARK_HEIGHT, max(1.0, right - left), _MARK_HEIGHT), band)
        painter.setPen(QPen(QColor(view.colors.text), 2))
        for x, inward, there in ((left, 5, data.in_frame is not None), (right, -5, data.out_frame is not None)):
            if there:
                x += 1 if inward > 0 else -1
                painter.drawPolyline([
                    QPointF(x + inward, bottom - _MARK_HEIGHT - 3), QPointF(x, bottom - _MARK_HEIGHT - 3),
                    QPointF(x, bottom - 1), QPointF(x + inward, bottom - 1),
                ])  # fmt: skip

    def hit(self, view: RowView, x: float, y: float) -> Hit | None:
        if y < view.height - _MARK_HEIGHT - 4:
            return None
        data = view.data
        ends = [(abs(view.scale.x(data.in_frame) - x), "in", data.in_frame)] if data.in_frame is not None else []
        if data.out_frame is not None:
            ends.append((abs(view.scale.x(data.out_frame + 1) - x), "out", data.out_frame))
        near = min(ends, default=None)
        return Hit(near[1], near[2]) if near is not None and near[0] <= REACH else None

    def tip(self, view: RowView, x: float, y: float) -> str:
        hit = self.hit(view, x, y)
        if hit is not None:
            name, key = ("In mark", "I") if hit.kind == "in" else ("Out mark", "O")
            return f"{name} at {view.address(hit.frame)}. Drag to move it, {key} sets it at the playhead."
        return f"{view.address(view.scale.frame(x))}. Drag to scrub."
