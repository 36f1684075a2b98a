"""The timeline: rows over the frames of a film, from the whole film down to single frames."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from PySide6.QtCore import QBasicTimer, QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimerEvent, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from tcvc_studio.ui.timeline.canvas import HEADER, Canvas, Placed
from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.commands import Commands
from tcvc_studio.ui.timeline.data import Hit, MenuRequest, TimelineData
from tcvc_studio.ui.timeline.derived import Derived
from tcvc_studio.ui.timeline.gestures import Gesture
from tcvc_studio.ui.timeline.glyphs import Glyphs
from tcvc_studio.ui.timeline.keys import binding_for
from tcvc_studio.ui.timeline.layout import Place, stacked, total
from tcvc_studio.ui.timeline.pressing import gesture_for
from tcvc_studio.ui.timeline.rows import Row, default_rows
from tcvc_studio.ui.timeline.rows.row import Pictures, RowView
from tcvc_studio.ui.timeline.scale import Scale
from tcvc_studio.ui.timeline.selection import Kind, Selection

_WHEEL_STEP = 1.25
_EMPTY = "Open a film: its shots, cuts and anchors appear here."


class Timeline(Commands, QAbstractScrollArea):
    """Shows a TimelineData and asks for edits; it changes nothing but its own selection and zoom.

    While a mark is dragged its signals come live, one for each frame it passes; `drag_finished` ends the drag (and a
    series of nudges when Alt is released). `set_view_data` is expected in answer to each. cut_moved and anchor_moved
    carry (from, to); the signals of many frames carry ascending tuples; marks_requested carries in and out frame, None
    for no mark; menu_requested carries a MenuRequest.
    """

    seek_requested = Signal(int)
    cut_added = Signal(int)
    cut_moved = Signal(int, int)
    cuts_removed = Signal(object)
    cuts_accepted = Signal(object)
    cuts_selected = Signal(object)
    anchor_added = Signal(int)
    anchor_moved = Signal(int, int)
    anchors_removed = Signal(object)
    anchors_selected = Signal(object)
    marks_requested = Signal(object, object)
    threshold_requested = Signal(float)
    drag_finished = Signal()
    menu_requested = Signal(object)
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
        self.focused_row: str | None = next((row.key for row in self._rows if row.kind is not None), None)
        self._places: tuple[Place, ...] = ()
        self._pictures: Pictures | None = None
        self._gesture: Gesture | None = None
        self._point, self._modifiers = QPointF(), Qt.KeyboardModifier.NoModifier
        self._autoscroll = QBasicTimer()
        self._nudging = False
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

    # -- what is shown

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
        changed = {f.name for f in fields(data) if getattr(data, f.name) is not getattr(before, f.name)}
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
        """Take thumbnails from `pictures.image(frame)`; if it has a signal `changed`, follow it."""
        if self._pictures is not None and hasattr(self._pictures, "changed"):
            self._pictures.changed.disconnect(self._pictures_changed)
        self._pictures = pictures
        if pictures is not None and hasattr(pictures, "changed"):
            pictures.changed.connect(self._pictures_changed)
        self._pictures_changed()

    def set_scale(self, scale: Scale) -> None:
        """Show another part of the film."""
        if scale == self.scale:
            return
        self.scale = scale
        self._sync_scroll_bars()
        self._spoil(None)
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

    # -- for gestures and commands

    def seek(self, frame: int) -> None:
        """Ask for the playhead at a frame, as near as the film has it."""
        frame = min(self.scale.frames - 1, max(0, frame))
        if self._data is not None and frame != self.playhead:
            self.seek_requested.emit(frame)
            if self._gesture is None:
                self.set_scale(self.scale.showing(frame, margin=24))

    def emit_moved(self, kind: Kind, frame: int, to: int) -> None:
        """Ask for a mark to be moved; the selection goes with it."""
        selection = self.selection.moved(kind, frame, to)
        # Told once the document has answered: until then there is no mark at `to`.
        quiet, self.selection = self.selection, selection
        (self.cut_moved if kind == "cut" else self.anchor_moved).emit(frame, to)
        if quiet != self.selection:
            self._spoil({"selection"})
            chosen = tuple(sorted(self.selection.of(kind)))
            (self.cuts_selected if kind == "cut" else self.anchors_selected).emit(chosen)

    def frames_of(self, kind: Kind) -> np.ndarray:
        """All cuts, or all anchors set by hand: sorted int64."""
        return self.derived.cuts if kind == "cut" else self.derived.anchors

    def snap_targets(self, kind: Kind, *, with_playhead: bool = True) -> list[np.ndarray]:
        """Sorted arrays of the frames that a cut or an anchor snaps to."""
        data = self.derived.data
        single = [data.in_frame, data.out_frame if kind == "anchor" else _after(data.out_frame)]
        targets = [np.array([frame], np.int64) for frame in single if frame is not None]
        if with_playhead:
            targets.append(np.array([self.playhead], np.int64))
        # An anchor belongs at the first or the last frame of a shot, a cut at what else may begin one.
        own = [self.derived.cuts, self.derived.cuts - 1] if kind == "anchor" else [self.derived.anchors]
        return [*own, *targets]

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

    def cancel_gesture(self) -> bool:
        """Give up what the mouse has begun; False if it has begun nothing."""
        gesture, self._gesture = self._gesture, None
        self._autoscroll.stop()
        if gesture is None:
            return False
        gesture.cancel()
        self._after_gesture()
        return True

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

    # -- events

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._data is None or self._gesture is not None:
            return
        self._point, self._modifiers = self._inside(event.position()), event.modifiers()
        self._gesture = gesture_for(self, event)
        if self._gesture is not None:
            self.viewport().setCursor(self._gesture.cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is None:
            self._set_cursor(event.position())
            return
        self._point, self._modifiers = self._inside(event.position()), event.modifiers()
        self._gesture.move(self._point, self._modifiers)
        outside = not 0 <= self._point.x() <= self.scale.width
        if outside and self._gesture is not None and self._gesture.scrolls:
            if not self._autoscroll.isActive():
                self._autoscroll.start(33, self)
        else:
            self._autoscroll.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        self._autoscroll.stop()
        if gesture is not None:
            gesture.finish()
            self._after_gesture()
            self._set_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self.row_at(event.position().y())
        x = event.position().x() - HEADER
        if self._data is None or found is None or event.button() != Qt.MouseButton.LeftButton or x < 0:
            return
        hit = self.hit_at(event.position())
        if found[0].kind == "cut":
            if hit is None or hit.kind in ("rejected", "fade"):
                self.request_cut(hit.frame if hit is not None and hit.kind == "rejected" else self.scale.boundary(x))
            else:
                self.request_cut(hit.frame)
        elif found[0].kind == "anchor" and (hit is None or hit.kind == "proposed_anchor"):
            self.anchor_added.emit(hit.frame if hit is not None else self.scale.frame(x))
        elif found[0].kind is None:
            # A second press in a row without marks is a press like the first.
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        across, down = event.angleDelta().x(), event.angleDelta().y()
        if self._data is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            across, down = across or down, 0
        if abs(across) > abs(down):
            self.set_scale(self.scale.scrolled(self.scale.first - across / 120 * self.scale.shown / 8))
        elif event.position().x() < HEADER:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - down // 3)
        else:
            self.zoom(_WHEEL_STEP ** (down / 120), event.position().x() - HEADER)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        binding = binding_for(event)
        if binding is None or self._data is None:
            super().keyPressEvent(event)
            return
        getattr(self, binding.method)(*binding.arguments)
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Alt:
            self._end_nudging()
        super().keyReleaseEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            binding = binding_for(event)
            if binding is not None and binding.own and self._data is not None:
                event.accept()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._describe()
        self._spoil(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._end_nudging()
        self._spoil(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._data is None:
            return
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        point = QPointF(self.playhead_rect().center()) if by_key else QPointF(event.pos())
        hit = None if by_key else self.hit_at(point)
        if hit is not None and hit.kind in ("cut", "anchor") and hit.frame not in self.selection.of(hit.kind):
            self.select(self.selection.only(hit.kind, hit.frame))
        found = self.row_at(point.y())
        row = self.focused_row if by_key else (found[0].key if found is not None else None)
        self.menu_requested.emit(
            MenuRequest(
                position=self.viewport().mapToGlobal(point.toPoint()),
                frame=self.playhead if by_key else self.scale.frame(point.x() - HEADER),
                row=row,
                hit=hit,
                cuts=tuple(sorted(self.selection.cuts)),
                anchors=tuple(sorted(self.selection.anchors)),
            )
        )

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tip_at(QPointF(event.pos()))
            near = QRect(event.pos() - QPoint(3, 3), QSize(7, 7))
            QToolTip.showText(event.globalPos(), text, self.viewport(), near)
            return True
        return super().viewportEvent(event)

    def timerEvent(self, event: QTimerEvent) -> None:
        if event.timerId() != self._autoscroll.timerId():
            super().timerEvent(event)
            return
        if self._gesture is None or self._point.isNull():
            self._autoscroll.stop()
            return
        x = self._point.x()
        beyond = x if x < 0 else max(0.0, x - self.scale.width)
        self.set_scale(self.scale.scrolled(self.scale.first + beyond / 3 / self.scale.per_frame))
        self._gesture.move(self._point, self._modifiers)

    # -- inside

    def _start_over(self, data: TimelineData | None) -> None:
        self.cancel_gesture()
        self.derived = Derived(data or TimelineData(frames=1))
        self.scale = Scale.fitted(self.derived.data.frames, self.viewport().width() - HEADER)
        self.playhead = min(self.playhead, self.derived.data.frames - 1)
        self._lay_out()
        self._sync_scroll_bars()
        self._spoil(None)
        self.select(Selection())
        self._describe()
        self.scale_changed.emit()

    def _view(self, place: Place) -> RowView:
        return RowView(
            scale=self.scale, width=self.scale.width, height=place.height, ratio=self.viewport().devicePixelRatioF(),
            data=self.derived.data, derived=self.derived, selection=self.selection, colors=self.colors,
            glyphs=self._glyphs, font=self._label_font, pictures=self._pictures,
        )  # fmt: skip

    def _placed(self) -> list[Placed]:
        """The rows and where they are seen; the first one is pinned above the others."""
        shift = self.verticalScrollBar().value()
        pinned = self._places[0].bottom + 1 if self._places else 0
        return [
            Placed(row, place if number == 0 else Place(place.top - shift, place.height), 0 if number == 0 else pinned)
            for number, (row, place) in enumerate(zip(self.rows_shown, self._places, strict=True))
        ]

    def _lay_out(self) -> None:
        data = self.derived.data
        self.rows_shown = tuple(row for row in self._rows if row.shown(data))
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

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The base class would move pixels; what is seen is painted anew instead."""

    @Slot()
    def _pictures_changed(self) -> None:
        self._spoil({"pictures"})

    def _after_gesture(self) -> None:
        self.viewport().unsetCursor()
        self.viewport().update()

    def _end_nudging(self) -> None:
        if self._nudging:
            self._nudging = False
            self.drag_finished.emit()

    def _inside(self, point: QPointF) -> QPointF:
        return point - QPointF(HEADER, 0)

    def _set_cursor(self, point: QPointF) -> None:
        hit = self.hit_at(point)
        shapes = {
            "cut": Qt.CursorShape.SizeHorCursor, "anchor": Qt.CursorShape.SizeHorCursor,
            "in": Qt.CursorShape.SizeHorCursor, "out": Qt.CursorShape.SizeHorCursor,
            "threshold": Qt.CursorShape.SizeVerCursor, "suggestion": Qt.CursorShape.PointingHandCursor,
        }  # fmt: skip
        self.viewport().setCursor(shapes.get(hit.kind if hit is not None else "", Qt.CursorShape.ArrowCursor))

    def _set_label_font(self) -> None:
        self._label_font = QFont(self.font())
        if self.font().pointSizeF() > 0:
            self._label_font.setPointSizeF(self.font().pointSizeF() * 0.9)
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


def _after(frame: int | None) -> int | None:
    return None if frame is None else frame + 1
