"""Scores of cut detection with the threshold that makes proposals of them."""

import numpy as np
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tcvc_studio.ui.timeline.data import Hit, TimelineData
from tcvc_studio.ui.timeline.raster import Raster, argb
from tcvc_studio.ui.timeline.rows.row import REACH, Row, RowView

_EDGE = 3.0


class ScoresRow(Row):
    """A bar for every frame as high as its score, bright where it reaches the threshold, whose line can be dragged."""

    key = "scores"
    title = "Cut score"
    least = 36
    stretch = 2
    watches = frozenset({"cut_scores", "threshold", "frames"})

    def shown(self, data: TimelineData) -> bool:
        return data.cut_scores is not None

    def paint(self, painter: QPainter, view: RowView) -> None:
        curve = view.derived.scores
        if curve is None:
            return
        raster = Raster(view.width, view.height, ratio=view.ratio)
        _, high = curve.columns(view.scale, view.ratio)
        tops = score_y(high.astype(np.float64), view.height) * view.ratio
        above = high >= view.data.threshold
        raster.bars(tops, argb(view.colors.tick), where=~above)
        raster.bars(tops, argb(view.colors.score), where=above)
        raster.draw(painter)
        y = round(score_y(view.data.threshold, view.height)) + 0.5
        painter.setPen(QPen(QColor(view.colors.threshold), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(0, y, view.width, y))

    def hit(self, view: RowView, x: float, y: float) -> Hit | None:
        near = abs(score_y(view.data.threshold, view.height) - y) <= REACH
        return Hit("threshold", view.scale.frame(x)) if near else None

    def tip(self, view: RowView, x: float, y: float) -> str:
        frame = view.scale.frame(x)
        score = float(view.derived.scores.values[frame]) if view.derived.scores is not None else float("nan")
        return (
            f"Cut score at {view.address(frame)}: {score:.2f}. "
            f"Scores from {view.data.threshold:.2f} are proposed; drag the line to change that."
        )


def score_y(score: float | np.ndarray, height: float) -> float | np.ndarray:
    """Where a score 0..1 stands, in pixels from above."""
    return height - _EDGE - score * (height - 2 * _EDGE)


def score_at(y: float, height: float) -> float:
    """The score at a place, to a hundredth, 0.01..1."""
    return min(1.0, max(0.01, round((height - _EDGE - y) / (height - 2 * _EDGE), 2)))
