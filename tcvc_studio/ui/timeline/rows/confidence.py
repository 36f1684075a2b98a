"""How far the flow can be trusted, and where an anchor would help."""

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from tcvc_studio.ui.timeline.data import Hit
from tcvc_studio.ui.timeline.marks import mark_at, within
from tcvc_studio.ui.timeline.rows.flicker import paint_curve
from tcvc_studio.ui.timeline.rows.row import REACH, Row, RowView

_ROOM = 19.0
_WORDS = "Add an anchor here"


class ConfidenceRow(Row):
    """The curve of confidence; a plus in a diamond suggests an anchor, and a click on it sets one."""

    key = "confidence"
    title = "Flow trust"
    least = 30
    stretch = 2
    watches = frozenset({"confidence", "suggestions", "frames"})

    def paint(self, painter: QPainter, view: RowView) -> None:
        curve = view.derived.confidence
        if curve is not None:
            paint_curve(painter, view, curve, top=1.0, color=view.colors.confidence, filled=True)
        start, stop = view.scale.visible()
        frames = view.derived.suggestions[within(view.derived.suggestions, start, stop)]
        xs = view.scale.xs(frames + 0.5).tolist()
        painter.setFont(view.font)
        wide = view.small.horizontalAdvance(_WORDS)
        y = view.height / 2
        # Where they crowd, one stands for those beside it.
        drawn = _apart(xs, _ROOM)
        for x, after in pairwise([*drawn, view.width + wide]):
            if after - x > wide + 34:
                back = QRectF(x, y - view.small.height() / 2 - 1, wide + 18, view.small.height() + 2)
                painter.fillRect(back, QColor(view.colors.back))
                painter.setPen(QColor(view.colors.text))
                painter.drawText(QPointF(x + 12, y + view.small.ascent() / 2 - 1), _WORDS)
            view.glyphs.draw(painter, "suggestion", x=x, y=y)

    def hit(self, view: RowView, x: float, y: float) -> Hit | None:
        found = mark_at(view.derived.suggestions, view.scale, x, reach=REACH + 3, middle=True)
        return Hit("suggestion", found) if found is not None else None

    def tip(self, view: RowView, x: float, y: float) -> str:
        hit = self.hit(view, x, y)
        frame = view.scale.frame(x) if hit is None else hit.frame
        curve = view.derived.confidence
        value = float(curve.values[frame]) if curve is not None else float("nan")
        said = f"{value:.0%}" if np.isfinite(value) else "not known yet"
        here = " The flow is weakest here: a click adds an anchor." if hit is not None else ""
        return f"Trust in the flow at {view.address(frame)}: {said}.{here}"


def _apart(xs: list[float], room: float) -> list[float]:
    """Those of the ascending places that stand at least `room` after the one taken before."""
    taken: list[float] = []
    for x in xs:
        if not taken or x - taken[-1] >= room:
            taken.append(x)
    return taken
