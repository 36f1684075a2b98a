"""Anchors: proposed ones hollow, those set by hand full, with a still square, locked ones with a lock."""

import numpy as np
from PySide6.QtGui import QPainter

from tcvc_studio.ui.timeline.data import Hit
from tcvc_studio.ui.timeline.marks import mark_at, within
from tcvc_studio.ui.timeline.raster import Raster, argb
from tcvc_studio.ui.timeline.rows.row import REACH, Row, RowView

#: Pixels between two anchors from which on they are diamonds; nearer ones are bars.
_ROOM = 10.0


class AnchorsRow(Row):
    """Anchors in the middle of their frames."""

    key = "anchors"
    title = "Anchors"
    least = 29
    stretch = 1
    watches = frozenset({"anchors", "proposed_anchors", "frames", "selection"})
    kind = "anchor"

    def paint(self, painter: QPainter, view: RowView) -> None:
        scale, derived, colors = view.scale, view.derived, view.colors
        start, stop = scale.visible()
        free = derived.proposed_anchors[within(derived.proposed_anchors, start - 1, stop + 1)]
        hand = within(derived.anchors, start - 1, stop + 1)
        frames, edited, locked = (own[hand] for own in (derived.anchors, derived.anchor_edited, derived.anchor_locked))
        chosen = view.selection.anchors
        picked = np.isin(frames, list(chosen)) if chosen else np.zeros(len(frames), bool)
        middle = round(view.height / 2 - 2)
        free_xs, xs = scale.xs(free + 0.5), scale.xs(frames + 0.5)
        raster = Raster(view.width, view.height, ratio=view.ratio)
        many_free, many = len(free) * _ROOM > view.width, len(frames) * _ROOM > view.width
        if many_free:
            crowd = min(1.0, max(0.3, view.width / (3 * len(free))))
            raster.lines(free_xs, argb(colors.proposed, 0.8 * crowd), top=middle - 3, bottom=middle + 4)
        if many:
            crowd = min(1.0, max(0.5, view.width / (2 * len(frames))))
            raster.lines(xs[~picked], argb(colors.anchor, crowd), top=middle - 9, bottom=middle + 10)
            raster.lines(xs[edited], argb(colors.cut), top=middle - 12, bottom=middle - 9, wide=2)
            raster.lines(xs[locked], argb(colors.cut), top=middle + 11, bottom=middle + 14, wide=2)
            raster.lines(xs[picked] - 0.5, argb(colors.accent), top=middle - 12, bottom=middle + 13, wide=2)
        if many_free or many:
            raster.draw(painter)
        if not many_free:
            for x in free_xs.tolist():
                view.glyphs.draw(painter, "proposed", x=x, y=middle)
        if not many:
            marks = zip(xs.tolist(), edited.tolist(), locked.tolist(), picked.tolist(), strict=True)
            for x, is_edited, is_locked, is_picked in marks:
                name = "edited" if is_edited else "hand"
                view.glyphs.draw(painter, f"{name} selected" if is_picked else name, x=x, y=middle)
                if is_locked:
                    view.glyphs.draw(painter, "lock", x=x, y=middle + 12)

    def hit(self, view: RowView, x: float, y: float) -> Hit | None:
        derived, scale = view.derived, view.scale
        hand = mark_at(derived.anchors, scale, x, reach=REACH + 1, middle=True)
        if hand is not None:
            return Hit("anchor", hand)
        free = mark_at(derived.proposed_anchors, scale, x, reach=REACH, middle=True)
        return Hit("proposed_anchor", free) if free is not None else None

    def tip(self, view: RowView, x: float, y: float) -> str:
        hit = self.hit(view, x, y)
        if hit is None:
            return f"{view.address(view.scale.frame(x))}. Double-click adds an anchor."
        if hit.kind == "proposed_anchor":
            return f"Proposed anchor at {view.address(hit.frame)}. Double-click sets it by hand."
        anchor = view.data.anchors[int(np.searchsorted(view.derived.anchors, hit.frame))]
        color = f", colored by {anchor.still.name}" if anchor.still is not None else ""
        manner = "Locked: unlock it to move or delete it." if anchor.locked else "Drag to move it, Delete removes it."
        return f"Anchor at {view.address(hit.frame)}, set by hand{color}. {manner}"
