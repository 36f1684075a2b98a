"""What is rendered of a layer: each state has its own pattern, not only its own color."""

from functools import lru_cache

import numpy as np
from PySide6.QtGui import QColor, QPainter

from tcvc_studio.ui.timeline.colors import TimelineColors
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
        top, bottom = round(4 * view.ratio), len(raster.pixels) - round(4 * view.ratio)
        tiles = _tiles(bottom - top, max(1, round(view.ratio)), view.colors)
        # The pattern stands still on the film while it is scrolled.
        shift = round(view.scale.first * view.scale.per_frame * view.ratio)
        across = (np.arange(len(columns)) + shift) % tiles.shape[2]
        raster.pixels[top:bottom, : len(columns)] = tiles[columns, :, across].T
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


@lru_cache(maxsize=8)
def _tiles(rows: int, unit: int, colors: TimelineColors) -> np.ndarray:
    """A pattern for each state and one for what lies past the film, all of the same period: uint32 [patterns, rows,
    columns]. unit: device pixels in a pixel."""
    period = 120
    x = (np.arange(period * unit) // unit)[None, :]
    y = (np.arange(rows) // unit)[:, None]
    high = -(-rows // unit)
    rim = (y == 0) | (y >= high - 1) | (x < 0)
    bright = {
        "none": rim,
        "fresh": np.ones_like(rim),
        "stale": ((x + y) % 6 < 3) | rim,
        "rendering": (x + np.abs(y - high // 2)) % 10 < 5,
        "failed": ((x + y) % 8 < 2) | ((x - y) % 8 < 2) | rim,
    }
    named = {"fresh": colors.fresh, "stale": colors.stale, "rendering": colors.rendering, "failed": colors.failed}
    tiles = np.zeros((len(STATES) + 1, *rim.shape), np.uint32)
    for rank, state in enumerate(STATES):
        dark = QColor(named[state]).darker(230).name() if state in named else colors.back
        tiles[rank] = np.where(bright[state], argb(named.get(state, colors.line)), argb(dark))
    return tiles
