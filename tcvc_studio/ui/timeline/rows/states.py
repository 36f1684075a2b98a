"""What is rendered of a layer: each state has its own pattern, not only its own color."""

import numpy as np
from PySide6.QtGui import QColor, QPainter

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
        raster = Raster(view.width, view.height, ratio=view.ratio)
        edges = view.scale.edges(view.ratio)[: raster.columns + 1]
        columns = view.derived.states(self.layer, edges[:-1], np.maximum(edges[1:], edges[:-1] + 1))
        columns[edges[:-1] >= view.scale.frames] = len(STATES)
        unit = max(1, round(view.ratio))
        top, bottom = round(4 * view.ratio), len(raster.pixels) - round(4 * view.ratio)
        # The pattern stands still on the film while it is scrolled.
        shift = round(view.scale.first * view.scale.per_frame * view.ratio)
        x = (np.arange(len(columns), dtype=np.int32) // unit + shift // unit % 120)[None, :]
        y = np.arange(bottom - top, dtype=np.int32)[:, None] // unit
        palette = _tones(view)
        bright = _pattern(columns[None, :], x, y, (bottom - top) // unit)
        raster.pixels[top:bottom, : len(columns)] = np.where(bright, palette[1][columns], palette[0][columns])
        starts = np.flatnonzero(np.diff(columns.astype(np.int16)) != 0) + 1
        if view.scale.per_frame * view.ratio > 0.05 and len(starts) < 200:
            raster.pixels[top:bottom, starts] = argb(view.colors.back)
        raster.draw(painter)
        self._paint_signs(painter, view, columns, starts)

    def _paint_signs(self, painter: QPainter, view: RowView, columns: np.ndarray, starts: np.ndarray) -> None:
        """A sign on what has failed, which nobody may overlook."""
        ends = np.concatenate(([0], starts, [len(columns)]))
        failed = np.flatnonzero(columns[ends[:-1]] == STATES.index("failed"))
        if len(failed) > 100:
            return
        for left, right in zip(ends[failed].tolist(), ends[failed + 1].tolist(), strict=True):
            view.glyphs.draw(painter, "failed", x=(left + right) / 2 / view.ratio, y=view.height / 2)

    def tip(self, view: RowView, x: float, y: float) -> str:
        frame = view.scale.frame(x)
        state = STATES[int(view.derived.states(self.layer, np.array([frame]), np.array([frame + 1]))[0])]
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
    count = len(STATES)
    seen = {int(rank) for rank in np.unique(ranks)}
    rim = (y == 0) | (y >= rows - 1)
    bright = np.zeros((len(y), ranks.shape[1]), bool)
    patterns = {
        "none": lambda: np.broadcast_to(rim, bright.shape),
        "fresh": lambda: np.ones_like(bright),
        "stale": lambda: ((x + y) % 6 < 3) | rim,
        "rendering": lambda: (x + np.abs(y - rows // 2)) % 10 < 5,
        "failed": lambda: ((x + y) % 8 < 2) | ((x - y) % 8 < 2) | rim,
    }
    for rank in seen - {count}:
        np.copyto(bright, patterns[STATES[rank]](), where=ranks == rank)
    return bright
