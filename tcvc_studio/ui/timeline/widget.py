"""The timeline: rows over the frames of a film, from the whole film down to single frames."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from tcvc_studio.ui.timeline.canvas import HEADER
from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.commands import Commands
from tcvc_studio.ui.timeline.data import MenuRequest
from tcvc_studio.ui.timeline.keys import binding_for
from tcvc_studio.ui.timeline.marks import moves
from tcvc_studio.ui.timeline.pressing import gesture_for
from tcvc_studio.ui.timeline.rows import Row
from tcvc_studio.ui.timeline.selection import Kind
from tcvc_studio.ui.timeline.view import TimelineView

_WHEEL_STEP = 1.25
#: Milliseconds between two steps while a mark is dragged beyond the edge.
_AUTOSCROLL = 33


class Timeline(Commands, TimelineView):
    """Asks for edits of what it shows; it changes nothing but its own selection and zoom.

    Constructed with the parent; rows and colors may be given by keyword. While a mark is dragged its signals come
    live, one for each frame it passes; `drag_finished` ends the drag (and a series of nudges when Alt is released).
    `set_view_data` is expected in answer to each. cut_moved and anchor_moved carry (from, to); the signals of many
    frames carry ascending tuples. Several marks moved together come as (frames, by how many) in cuts_shifted and
    anchors_shifted if `shifts_together` is set, else one by one in an order in which none meets another.
    marks_requested carries in and out frame, None for no mark; threshold_requested 0..1; menu_requested a MenuRequest.
    """

    seek_requested = Signal(int)
    cut_added = Signal(int)
    cut_moved = Signal(int, int)
    cuts_shifted = Signal(object, int)
    cuts_removed = Signal(object)
    cuts_accepted = Signal(object)
    anchor_added = Signal(int)
    anchor_moved = Signal(int, int)
    anchors_shifted = Signal(object, int)
    anchors_removed = Signal(object)
    marks_requested = Signal(object, object)
    threshold_requested = Signal(float)
    drag_finished = Signal()
    menu_requested = Signal(object)

    def __init__(
        self, parent: QWidget | None = None, *, rows: Sequence[Row] | None = None, colors: TimelineColors | None = None
    ) -> None:
        super().__init__(parent, rows=rows, colors=colors)
        self._point, self._modifiers = QPointF(), Qt.KeyboardModifier.NoModifier
        self._autoscroll = QTimer(self, interval=_AUTOSCROLL)
        self._autoscroll.timeout.connect(self._scroll_on)
        self._nudging = False
        self.shifts_together = False
        self.snapping = True

    def seek(self, frame: int) -> None:
        """Ask for the playhead at a frame, as near as the film has it."""
        frame = min(self.scale.frames - 1, max(0, frame))
        if self._data is not None and frame != self.playhead:
            self.seek_requested.emit(frame)
            if self._gesture is None:
                self.set_scale(self.scale.showing(frame, margin=24))

    def shift(self, kind: Kind, frames: frozenset[int], delta: int) -> None:
        """Ask for marks to be moved by as many frames, in one signal where `shifts_together` says so."""
        together = self.cuts_shifted if kind == "cut" else self.anchors_shifted
        if len(frames) == 1 or not self.shifts_together:
            for frame, to in moves(frames, delta):
                self._emit_moved(kind, frame, to)
        elif delta:
            for frame, to in moves(frames, delta):
                self.selection = self.selection.moved(kind, frame, to)
            together.emit(tuple(sorted(frames)), delta)
            self._spoil({"selection"})
            self._tell_selected(kind)

    def _emit_moved(self, kind: Kind, frame: int, to: int) -> None:
        """Ask for a mark to be moved; the selection goes with it."""
        selection = self.selection.moved(kind, frame, to)
        # Told once the document has answered: until then there is no mark at `to`.
        quiet, self.selection = self.selection, selection
        (self.cut_moved if kind == "cut" else self.anchor_moved).emit(frame, to)
        if quiet != self.selection:
            self._spoil({"selection"})
            self._tell_selected(kind)

    def _tell_selected(self, kind: Kind) -> None:
        chosen = tuple(sorted(self.selection.of(kind)))
        (self.cuts_selected if kind == "cut" else self.anchors_selected).emit(chosen)

    def snap_targets(self, kind: Kind, *, with_playhead: bool = True) -> list[np.ndarray]:
        """Sorted arrays of the frames that a cut or an anchor snaps to; none where `snapping` is off."""
        if not self.snapping:
            return []
        data = self.derived.data
        single = [data.in_frame, data.out_frame if kind == "anchor" else _after(data.out_frame)]
        targets = [np.array([frame], np.int64) for frame in single if frame is not None]
        if with_playhead:
            targets.append(np.array([self.playhead], np.int64))
        # An anchor belongs at the first or the last frame of a shot, a cut at what else may begin one.
        own = [self.derived.cuts, self.derived.cuts - 1] if kind == "anchor" else [self.derived.anchors]
        return [*own, *targets]

    def cancel_gesture(self) -> bool:
        """Give up what the mouse has begun; False if it has begun nothing."""
        gesture, self._gesture = self._gesture, None
        self._autoscroll.stop()
        if gesture is None:
            return False
        gesture.cancel()
        self._after_gesture()
        return True

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
                self._autoscroll.start()
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

    @Slot()
    def _scroll_on(self) -> None:
        """A mark is held beyond the edge."""
        if self._gesture is None or self._point.isNull():
            self._autoscroll.stop()
            return
        x = self._point.x()
        beyond = x if x < 0 else max(0.0, x - self.scale.width)
        self.set_scale(self.scale.scrolled(self.scale.first + beyond / 3 / self.scale.per_frame))
        self._gesture.move(self._point, self._modifiers)

    def _give_up_gesture(self) -> None:
        self._autoscroll.stop()
        self.viewport().unsetCursor()
        super()._give_up_gesture()

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


def _after(frame: int | None) -> int | None:
    return None if frame is None else frame + 1
