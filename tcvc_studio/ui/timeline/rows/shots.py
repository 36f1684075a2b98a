"""Shots, the cuts between them and fades."""

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from tcvc_studio.ui.timeline.data import Hit
from tcvc_studio.ui.timeline.marks import mark_at, span_at, within
from tcvc_studio.ui.timeline.raster import Raster, argb
from tcvc_studio.ui.timeline.rows.row import REACH, Row, RowView

#: Pixels between two cuts from which on they carry flags.
_ROOM = 9.0


class ShotsRow(Row):
    """Shots in two grays with their numbers. A cut set by hand is a solid line under a full flag, a proposed one dashed
    under a hollow flag, a rejected one a faint cross."""

    key = "shots"
    title = "Shots"
    least = 34
    stretch = 1
    watches = frozenset({"cuts", "rejected", "fades", "frames", "selection"})
    kind = "cut"

    def paint(self, painter: QPainter, view: RowView) -> None:
        scale, derived = view.scale, view.derived
        start, stop = scale.visible()
        near = within(derived.cuts, start - 1, stop + 1)
        cuts, proposed = derived.cuts[near], derived.cut_proposed[near]
        picked = np.isin(cuts, list(view.selection.cuts)) if view.selection.cuts else np.zeros(len(cuts), bool)
        raster = Raster(view.width, view.height, ratio=view.ratio)
        edges = scale.edges(view.ratio)[: raster.columns]
        tones = np.array([argb(view.colors.shot), argb(view.colors.shot_other)], np.uint32)
        band = slice(round(2 * view.ratio), len(raster.pixels) - round(2 * view.ratio))
        raster.pixels[band, : len(edges)] = tones[np.searchsorted(derived.cuts, edges, side="right") & 1]
        raster.pixels[:, : len(edges)][:, edges >= scale.frames] = 0
        rejected = derived.rejected[within(derived.rejected, start, stop + 1)]
        # Where cuts crowd, lines fade so that shots are still seen.
        crowd = min(1.0, max(0.35, view.width / (3 * max(1, len(cuts)))))
        xs = scale.xs(cuts)
        raster.lines(scale.xs(rejected), argb(view.colors.rejected, 0.6 * crowd), top=view.height * 0.55, dash=1)
        raster.lines(xs[proposed & ~picked], argb(view.colors.cut, 0.8 * crowd), dash=3)
        raster.lines(xs[~proposed & ~picked], argb(view.colors.cut, crowd))
        raster.lines(xs[picked] - 0.5, argb(view.colors.accent), wide=2)
        fades = derived.fades[(derived.fades[:, 1] > start) & (derived.fades[:, 0] < stop)]
        wide = (fades[:, 1] - fades[:, 0]) * scale.per_frame >= 5
        raster.lines(scale.xs(fades[~wide, 0]), argb(view.colors.fade, 0.8), top=4, wide=2)
        raster.draw(painter)
        self._paint_fades(painter, view, fades[wide])
        if len(cuts) * 24 < view.width or scale.per_frame > 2:
            self._paint_numbers(painter, view, start, stop)
        if len(cuts) * _ROOM < view.width:
            for x, is_proposed, is_picked in zip(xs.tolist(), proposed.tolist(), picked.tolist(), strict=True):
                name = "flag_proposed" if is_proposed else "flag"
                view.glyphs.draw(painter, f"{name} selected" if is_picked else name, x=x + 0.5, y=7)
        if len(rejected) * _ROOM < view.width:
            for x in scale.xs(rejected).tolist():
                view.glyphs.draw(painter, "rejected", x=x + 0.5, y=view.height - 8)

    def _paint_fades(self, painter: QPainter, view: RowView, fades: np.ndarray) -> None:
        """A fade grows darker to its middle and lighter again."""
        top, bottom = 2.0, view.height - 2
        painter.setPen(QPen(QColor(view.colors.rejected), 0))
        shade = QColor(view.colors.fade)
        shade.setAlpha(200)
        painter.setBrush(shade)
        for left, right in view.scale.xs(fades).tolist():
            middle = (left + right) / 2
            painter.drawPolygon(QPolygonF([QPointF(left, bottom), QPointF(middle, top + 4), QPointF(right, bottom)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_numbers(self, painter: QPainter, view: RowView, start: int, stop: int) -> None:
        cuts = view.derived.cuts
        shown = within(cuts, start, stop)
        starts = [0 if shown.start == 0 else int(cuts[shown.start - 1]), *cuts[shown].tolist()]
        ends = [*starts[1:], int(cuts[shown.stop]) if shown.stop < len(cuts) else view.data.frames]
        # Words end where a fade begins.
        fades = view.derived.fades[:, 0]
        painter.setFont(view.font)
        painter.setPen(QColor(view.colors.text))
        baseline = view.height - view.small.descent() - 5
        for number, (first, last) in enumerate(zip(starts, ends, strict=True), start=shown.start + 1):
            left, right = max(0.0, view.scale.x(first)), min(view.width, view.scale.x(last))
            fade = int(np.searchsorted(fades, first))
            if fade < len(fades) and fades[fade] < last:
                right = min(right, view.scale.x(int(fades[fade])) + 4)
            for text in (f"{number} · {last - first:,} frames", str(number)):
                if view.small.horizontalAdvance(text) + 16 <= right - left:
                    painter.drawText(QPointF(left + 8, baseline), text)
                    break

    def hit(self, view: RowView, x: float, y: float) -> Hit | None:
        derived, scale = view.derived, view.scale
        cut = mark_at(derived.cuts, scale, x, reach=REACH, middle=False)
        if cut is not None:
            return Hit("cut", cut)
        rejected = mark_at(derived.rejected, scale, x, reach=REACH, middle=False)
        if rejected is not None:
            return Hit("rejected", rejected)
        fade = span_at(view.data.fades, scale.frame(x))
        return Hit("fade", fade[0]) if fade is not None else None

    def tip(self, view: RowView, x: float, y: float) -> str:
        hit = self.hit(view, x, y)
        if hit is None:
            return self._shot_tip(view, x)
        if hit.kind == "cut":
            proposed = view.derived.cut_proposed[np.searchsorted(view.derived.cuts, hit.frame)]
            manner = "Enter accepts it, Delete rejects it" if proposed else "Drag to move it, Delete removes it"
            return f"{'Proposed cut' if proposed else 'Cut'} at {view.address(hit.frame)}. {manner}."
        if hit.kind == "rejected":
            return f"Rejected cut at {view.address(hit.frame)}. Double-click sets it after all."
        stop = next(stop for start, stop in view.data.fades if start == hit.frame)
        return f"Fade from {view.address(hit.frame)}, {stop - hit.frame} frames.\n{self._shot_tip(view, x)}"

    def _shot_tip(self, view: RowView, x: float) -> str:
        cuts, frame = view.derived.cuts, view.scale.frame(x)
        number = int(np.searchsorted(cuts, frame, side="right"))
        first = int(cuts[number - 1]) if number else 0
        stop = int(cuts[number]) if number < len(cuts) else view.data.frames
        return f"Shot {number + 1} from {view.address(first)}, {stop - first:,} frames. Double-click adds a cut."
