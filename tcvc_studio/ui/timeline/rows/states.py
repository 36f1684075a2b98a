"""What is rendered of a layer: each state has its own pattern, not only its own color."""

from itertools import pairwise

import numpy as np
from PySide6.QtGui import QColor, QPainter

from tcvc_studio.ui.timeline.curve import reduced
from tcvc_studio.ui.timeline.derived import STATES
from tcvc_studio.ui.timeline.raster import Raster, argb
from tcvc_studio.ui.timeline.rows.row import Row, RowView

_WORDS = {
    "none": "not rendered yet",
    "fresh": "fresh",
    "stale": "stale: will be rendered again",
    "rendering": "being rendered",
    "failed": "failed",
}


class StatesRow(Row):
    """Fresh is full, stale hatched, rendering an arrow pattern, failed crossed and marked, the rest an empty groove."""

    least = 17
    watches = frozenset({"spans", "frames"})

    def __init__(self, layer: str, title: str) -> None:
        self.layer = layer
        self.key = f"state {layer}"
        self.title = title

    def paint(self, painter: QPainter, view: RowView) -> None:
        ranks = view.derived.states(self.layer)
        if ranks is None:
            ranks = np.zeros(view.data.frames, np.uint8)
        raster = Raster(view.width, view.height, ratio=view.ratio)
        edges = view.scale.edges(view.ratio)[: raster.columns + 1]
        columns = reduced(np.maximum, ranks, edges, 255)
        unit = max(1, round(view.ratio))
        top, bottom = round(4 * view.ratio), len(raster.pixels) - round(4 * view.ratio)
        # The pattern stands still on the film while it is scrolled.
        shift = round(view.scale.first * view.scale.per_frame * view.ratio)
        x = (np.arange(len(columns)) + shift)[None, :] // unit
        y = np.arange(bottom - top)[:, None] // unit
        palette = _tones(view)
        bright = _pattern(columns[None, :], x, y, (bottom - top) // unit)
        indices = np.where(columns == 255, len(STATES), columns).astype(np.intp)
        raster.pixels[top:bottom, : len(columns)] = np.where(bright, palette[1][indices], palette[0][indices])
        starts = np.flatnonzero(np.diff(columns.astype(np.int16)) != 0) + 1
        if view.scale.per_frame * view.ratio > 0.05 and len(starts) < 200:
            raster.pixels[top:bottom, starts] = argb(view.colors.back)
        raster.draw(painter)
        self._paint_words(painter, view, columns, starts)

    def _paint_words(self, painter: QPainter, view: RowView, columns: np.ndarray, starts: np.ndarray) -> None:
        """A sign on what has failed, which nobody may overlook."""
        if len(starts) > 400:
            return
        painter.setPen(QColor(view.colors.text))
        for left, right in pairwise([0, *starts.tolist(), len(columns)]):
            if columns[left] == STATES.index("failed"):
                view.glyphs.draw(painter, "failed", x=(left + right) / 2 / view.ratio, y=view.height / 2)

    def tip(self, view: RowView, x: float, y: float) -> str:
        frame = view.scale.frame(x)
        ranks = view.derived.states(self.layer)
        state = STATES[int(ranks[frame])] if ranks is not None else "none"
        return f"{self.title} at {view.address(frame)}: {_WORDS[state]}."


def _tones(view: RowView) -> np.ndarray:
    """[dark and bright, states and what lies past the film]."""
    colors = view.colors
    named = {"fresh": colors.fresh, "stale": colors.stale, "rendering": colors.rendering, "failed": colors.failed}
    dark = [argb(colors.back), *(argb(QColor(named[s]).darker(230).name()) for s in STATES[1:]), 0]
    bright = [argb(colors.line), *(argb(named[s]) for s in STATES[1:]), 0]
    return np.array([dark, bright], np.uint32)


def _pattern(ranks: np.ndarray, x: np.ndarray, y: np.ndarray, rows: int) -> np.ndarray:
    """Which pixels are bright: bool [rows, columns]."""
    hatch = (x + y) % 6 < 3
    cross = ((x + y) % 8 < 2) | ((x - y) % 8 < 2)
    arrow = (x + np.abs(y - rows // 2)) % 10 < 5
    rim = (y == 0) | (y >= rows - 1)
    whole = np.ones_like(hatch)
    choices = [np.broadcast_to(rim, hatch.shape), whole, hatch | rim, arrow, cross | rim]
    return np.select([ranks == rank for rank in range(len(STATES))], choices, False)


