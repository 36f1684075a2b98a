"""The timeline as it is seen: layout, painting, zoom, playhead and selection; what the mouse does is in widget.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from tcvc_studio.ui.timeline.canvas import HEADER, Canvas, Placed
from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.data import Hit, TimelineData
from tcvc_studio.ui.timeline.derived import Derived
from tcvc_studio.ui.timeline.gestures import Gesture
from tcvc_studio.ui.timeline.glyphs import Glyphs
from tcvc_studio.ui.timeline.layout import Place, stacked, total
from tcvc_studio.ui.timeline.rows import Row, default_rows
from tcvc_studio.ui.timeline.rows.row import Pictures, RowView
from tcvc_studio.ui.timeline.scale import Scale
from tcvc_studio.ui.timeline.selection import Kind, Selection

#: Milliseconds that a zoom or scroll rests before thumbnails are made for what is seen.
_LOOK = 150
_EMPTY = "Open a film: its shots, cuts and anchors appear here."


class TimelineView(QAbstractScrollArea):
    """Shows a TimelineData, a playhead and a selection, at any zoom.

    cuts_selected, anchors_selected: ascending tuples of frames. scale_changed: another part of the film is seen.
    """

    cuts_selected = Signal(object)
    anchors_selected = Signal(object)
    scale_changed = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, rows: Sequence[Row] | None = None, colors: TimelineColors | None = None
    ) -> None:
        super().__init__(parent)
        self.colors = colors or TimelineColors()
        self._rows = tuple(rows) if rows is not None else default_rows()
        self._data: TimelineData | None = None
        self.derived = Derived(TimelineData(frames=1))
        self.scale = Scale.fitted(1, 1)
        self.selection = Selection()
        self.playhead = 0
        self.rows_shown: tuple[Row, ...] = ()
        self._hidden: frozenset[str] = frozenset()
        self.focused_row: str | None = next((row.key for row in self._rows if row.kind is not None), None)
        self._places: tuple[Place, ...] = ()
        self._pictures: Pictures | None = None
        self._gesture: Gesture | None = None
        self._look = QTimer(self, singleShot=True, interval=_LOOK)
        self._look.timeout.connect(self._look_around)
        self._syncing = False
        self._glyphs = Glyphs(self.colors)
        self._canvas = Canvas(self.colors)
        self._label_font = QFont()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline")
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled_across)
        self.horizontalScrollBar().setAccessibleName("Scroll along the film")
        self.verticalScrollBar().valueChanged.connect(self._scrolled_down)
        self.verticalScrollBar().setAccessibleName("Scroll the rows")
        self._set_label_font()
        self._describe()

    @property
    def view_data(self) -> TimelineData | None:
        """What is shown; None without a film."""
        return self._data

    def set_view_data(self, data: TimelineData | None) -> None:
        """Show other data. Rows are painted anew only where their fields are other objects than before."""
        before, self._data = self._data, data
        if data is None or before is None or data.frames != before.frames:
            self._start_over(data)
            return
        changed = {f.name for f in fields(data) if not _same(getattr(data, f.name), getattr(before, f.name))}
        if not changed:
            return
        self.derived.update(data)
        if changed & {"rate", "timecode"}:
            changed.add("frames")
        if any(row.shown(data) != row.shown(before) for row in self._rows):
            self._lay_out()
        self._spoil(changed)
        if changed & {"cuts", "anchors"}:
            if self._gesture is not None:
                self._gesture.data_changed()
            self.select(self.selection.kept(self.derived.cuts, self.derived.anchors))

    def set_playhead(self, frame: int, *, follow: bool = True) -> None:
        """Show the playhead at a frame; follow: turn the page when it leaves the window."""
        frame = min(self.scale.frames - 1, max(0, frame))
        if frame == self.playhead:
            return
        self.viewport().update(self.playhead_rect())
        self.playhead = frame
        if follow and self._gesture is None:
            self.set_scale(self.scale.paged(frame))
        self.viewport().update(self.playhead_rect())
        if self.hasFocus():
            self._describe()

    def set_thumbnails(self, pictures: Pictures | None) -> None:
        """Take thumbnails from `pictures.image(frame)`.

        If it has a signal `changed`, it is followed; if it has `set_focus(start, stop)`, it is told what is seen.
        """
        if self._pictures is not None and hasattr(self._pictures, "changed"):
            self._pictures.changed.disconnect(self._pictures_changed)
        self._pictures = pictures
        if pictures is not None and hasattr(pictures, "changed"):
            pictures.changed.connect(self._pictures_changed)
        self._pictures_changed()
        self._look.start()

    def set_scale(self, scale: Scale) -> None:
        """Show another part of the film."""
        if scale == self.scale:
            return
        self.scale = scale
        self._sync_scroll_bars()
        self._canvas.spoil_areas()
        self.viewport().update()
        self._look.start()
        self.scale_changed.emit()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Frames `factor` times as wide; what is at x (else the playhead if it is seen, else the middle) stays."""
        if x is None:
            x = self.scale.x(self.playhead + 0.5)
            x = x if 0 <= x <= self.scale.width else self.scale.width / 2
        self.set_scale(self.scale.zoomed(factor, x))

    def select(self, selection: Selection) -> None:
        """Select marks and say so."""
        before, self.selection = self.selection, selection
        if selection.cuts != before.cuts:
            self.cuts_selected.emit(tuple(sorted(selection.cuts)))
        if selection.anchors != before.anchors:
            self.anchors_selected.emit(tuple(sorted(selection.anchors)))
        if selection.cuts != before.cuts or selection.anchors != before.anchors:
            self._spoil({"selection"})
            self._describe()

    def select_frames(self, *, cuts: Sequence[int] = (), anchors: Sequence[int] = ()) -> None:
        """Select marks by frame, as another list would; those that do not exist are left out."""
        wanted = Selection(frozenset(cuts), frozenset(anchors))
        self.select(wanted.kept(self.derived.cuts, self.derived.anchors))

    def frames_of(self, kind: Kind) -> np.ndarray:
        """All cuts, or all anchors set by hand: sorted int64."""
        return self.derived.cuts if kind == "cut" else self.derived.anchors

    def kinds_between(self, top: float, bottom: float) -> set[Kind]:
        """Kinds of marks whose rows are touched by top..bottom of the viewport."""
        return {
            placed.row.kind
            for placed in self._placed()
            if placed.row.kind is not None and placed.place.top <= bottom and placed.place.bottom > top
        }

    def address(self, frame: int) -> str:
        """Time code and number of a frame."""
        return f"{self.derived.clock.text(frame)}, frame {frame:,}"

    @property
    def focused_kind(self) -> Kind:
        """The kind of marks that the keyboard edits."""
        return next((row.kind for row in self._rows if row.key == self.focused_row and row.kind), "anchor")

    def set_focused_row(self, key: str) -> None:
        """Give a row of marks the keyboard's focus."""
        if key != self.focused_row:
            self.focused_row = key
            self._spoil(None)
            self._describe()

    def row_at(self, y: float) -> tuple[Row, Place] | None:
        """The row at a height of the viewport, and its place there."""
        found = [p for p in self._placed() if max(p.place.top, p.above) <= y < p.place.bottom]
        return (found[0].row, found[0].place) if found else None

    def hit_at(self, point: QPointF) -> Hit | None:
        """The mark at a point of the viewport."""
        found = self.row_at(point.y())
        if self._data is None or found is None or point.x() < HEADER:
            return None
        row, place = found
        return row.hit(self._view(place), point.x() - HEADER, point.y() - place.top)

    def tip_at(self, point: QPointF) -> str:
        """What is said of a point of the viewport."""
        found = self.row_at(point.y())
        if self._data is None or found is None or point.x() < HEADER:
            return ""
        row, place = found
        return row.tip(self._view(place), point.x() - HEADER, point.y() - place.top)

    def playhead_rect(self) -> QRect:
        """What the playhead covers of the viewport."""
        left = HEADER + self.scale.x(self.playhead)
        left, right = max(-1e6, min(1e6, left)), max(-1e6, min(1e6, left + self.scale.per_frame))
        return QRect(int(left) - 9, 0, int(right - left) + 20, self.viewport().height())

    def sizeHint(self) -> QSize:
        return QSize(1200, sum(row.least + 1 for row in self._rows) + self.horizontalScrollBar().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(HEADER + 200, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            if self._data is None:
                self._paint_empty(painter)
            else:
                self._paint(painter, event)
        finally:
            painter.end()

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        focus = self.focused_row if self.hasFocus() else None
        self._canvas.draw(
            painter, event.region(), rows=self._placed(), view=lambda placed: self._view(placed.place), focus=focus
        )
        painter.save()
        painter.setClipRect(QRect(HEADER, 0, self.viewport().width() - HEADER, self.viewport().height()))
        painter.translate(HEADER, 0)
        self._paint_playhead(painter)
        if self._gesture is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setFont(self._label_font)
            self._gesture.paint(painter, self.viewport().height())
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.colors.accent), 1))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        scale = self.scale.resized(self.viewport().width() - HEADER)
        if scale != self.scale:
            self.scale = scale
            self.scale_changed.emit()
        self._sync_scroll_bars()
        self._spoil(None)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_canvas"):
            self._set_label_font()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tip_at(QPointF(event.pos()))
            near = QRect(event.pos() - QPoint(3, 3), QSize(7, 7))
            QToolTip.showText(event.globalPos(), text, self.viewport(), near)
            return True
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The base class would move pixels; what is seen is painted anew instead."""

    def _start_over(self, data: TimelineData | None) -> None:
        self._give_up_gesture()
        self.derived = Derived(data or TimelineData(frames=1))
        self.scale = Scale.fitted(self.derived.data.frames, self.viewport().width() - HEADER)
        self.playhead = min(self.playhead, self.derived.data.frames - 1)
        self._lay_out()
        self._sync_scroll_bars()
        self._spoil(None)
        self.select(Selection())
        self._describe()
        self.scale_changed.emit()

    def _give_up_gesture(self) -> None:
        """What the mouse has begun ends with the film."""
        self._gesture = None

    def _view(self, place: Place) -> RowView:
        return RowView(
            scale=self.scale, width=self.scale.width, height=place.height, ratio=self.viewport().devicePixelRatioF(),
            data=self.derived.data, derived=self.derived, selection=self.selection, colors=self.colors,
            glyphs=self._glyphs, font=self._label_font, small=self._metrics, pictures=self._pictures,
        )  # fmt: skip

    def _placed(self) -> list[Placed]:
        """The rows and where they are seen; the first one is pinned above the others."""
        shift = self.verticalScrollBar().value()
        pinned = self._places[0].bottom + 1 if self._places else 0
        return [
            Placed(row, place if number == 0 else Place(place.top - shift, place.height), 0 if number == 0 else pinned)
            for number, (row, place) in enumerate(zip(self.rows_shown, self._places, strict=True))
        ]

    def hide_rows(self, keys: Collection[str]) -> None:
        """Leave rows out, by their keys; all others are shown where they have something to show."""
        if frozenset(keys) != self._hidden:
            self._hidden = frozenset(keys)
            self._lay_out()

    def _lay_out(self) -> None:
        data = self.derived.data
        self.rows_shown = tuple(row for row in self._rows if row.shown(data) and row.key not in self._hidden)
        height = self.viewport().height()
        self._places = stacked([(row.least, row.stretch) for row in self.rows_shown], height)
        bar = self.verticalScrollBar()
        bar.setPageStep(height)
        bar.setSingleStep(20)
        bar.setRange(0, max(0, total(self._places) - height) if self._data is not None else 0)
        self._spoil(None)

    def _spoil(self, changed: set[str] | None) -> None:
        """Have rows painted anew: those that watch what has changed, or all."""
        if changed is None:
            self._canvas.spoil()
            self.viewport().update()
            return
        for placed in self._placed():
            if placed.row.watches & changed:
                self._canvas.spoil((placed.row.key,))
                top = max(placed.place.top, placed.above)
                self.viewport().update(0, top, self.viewport().width(), placed.place.bottom - top)

    def _sync_scroll_bars(self) -> None:
        bar, scale = self.horizontalScrollBar(), self.scale
        self._syncing = True
        bar.setRange(0, round(scale.last_first * scale.per_frame))
        bar.setPageStep(max(1, round(scale.width)))
        bar.setSingleStep(max(1, round(max(scale.per_frame, scale.width / 20))))
        bar.setValue(round(scale.first * scale.per_frame))
        self._syncing = False

    @Slot(int)
    def _scrolled_across(self, value: int) -> None:
        if not self._syncing:
            self.set_scale(self.scale.scrolled(value / self.scale.per_frame))

    @Slot(int)
    def _scrolled_down(self, value: int) -> None:
        self._spoil(None)

    @Slot()
    def _pictures_changed(self) -> None:
        self._spoil({"pictures"})

    @Slot()
    def _look_around(self) -> None:
        """Tell who makes thumbnails what is seen."""
        if self._data is not None and hasattr(self._pictures, "set_focus"):
            self._pictures.set_focus(*self.scale.visible())

    def _set_label_font(self) -> None:
        self._label_font = QFont(self.font())
        if self.font().pointSizeF() > 0:
            self._label_font.setPointSizeF(self.font().pointSizeF() * 0.9)
        self._metrics = QFontMetricsF(self._label_font)
        self._spoil(None)

    def _describe(self) -> None:
        """What a screen reader says."""
        if self._data is None:
            self.setAccessibleDescription("No film is open.")
            return
        chosen = f"{len(self.selection.cuts)} cuts and {len(self.selection.anchors)} anchors selected"
        row = {"cut": "cuts", "anchor": "anchors"}[self.focused_kind]
        self.setAccessibleDescription(f"Playhead at {self.address(self.playhead)}; {chosen}; keys edit {row}.")

    def _paint_empty(self, painter: QPainter) -> None:
        painter.fillRect(self.viewport().rect(), QColor(self.colors.back))
        painter.setPen(QColor(self.colors.dim))
        painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, _EMPTY)

    def _paint_playhead(self, painter: QPainter) -> None:
        scale, height = self.scale, self.viewport().height()
        left = scale.x(self.playhead)
        if left > scale.width + 10 or left + scale.per_frame < -10:
            return
        color = QColor(self.colors.playhead)
        if scale.per_frame >= 4:
            # Without the playhead's hue: there are pictures beneath.
            cell = QColor(self.colors.cut)
            cell.setAlpha(34)
            painter.fillRect(QRect(round(left), 0, round(left + scale.per_frame) - round(left), height), cell)
        x = int(left + scale.per_frame / 2) + 0.5
        painter.setPen(QPen(color, 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        bottom = self._places[0].bottom if self._places else 0
        shape = ((-6, -13), (6, -13), (6, -6), (0, 0), (-6, -6))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, bottom + dy) for dx, dy in shape]))


def _same(one: object, other: object) -> bool:
    """Whether a field is what it was. Arrays and long tuples are compared by identity: they are never changed."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(one[key] is other[key] for key in one)
    return one is other or (isinstance(one, (int, float, str)) and one == other)
