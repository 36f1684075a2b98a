"""What a press of the mouse begins: one class a gesture, each with what it does on moving, ending and giving up."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tcvc_studio.ui.timeline.marks import shift_limits, snapped, with_mark, within
from tcvc_studio.ui.timeline.rows.scores import score_at
from tcvc_studio.ui.timeline.selection import Kind, Selection

if TYPE_CHECKING:
    from tcvc_studio.ui.timeline.widget import Timeline

#: Pixels from which a mark snaps, and to which a press is no drag.
SNAP, SLACK = 8.0, 4.0
#: Marks that are moved together at most: each move is an edit of its own.
MOST_MOVED = 200


class Gesture:
    """Points are in pixels of the area right of the titles; y from the viewport's upper edge."""

    cursor = Qt.CursorShape.ArrowCursor
    #: Whether the area scrolls when the cursor leaves it.
    scrolls = True

    def __init__(self, timeline: "Timeline", start: QPointF) -> None:
        self.timeline = timeline
        self.start = start
        self.dragged = False

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The cursor is elsewhere (or the film has been scrolled beneath it)."""
        if not self.dragged and (point - self.start).manhattanLength() < SLACK:
            return
        self.dragged = True
        self.drag(point, modifiers)

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Move, once it is more than a click."""

    def finish(self) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """Give up: all is as it was before."""

    def data_changed(self) -> None:
        """The timeline has other data than before."""

    def paint(self, painter: QPainter, height: float) -> None:
        """Paint above the rows; the origin is the area's upper left corner."""


class Scrub(Gesture):
    """The playhead follows the cursor; with Shift it snaps to cuts, anchors and marks."""

    def __init__(self, timeline: "Timeline", start: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(timeline, start)
        self._origin = timeline.playhead
        self.dragged = True
        self.drag(start, modifiers)

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        timeline = self.timeline
        frame = timeline.scale.frame(point.x())
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            targets = [*timeline.snap_targets("cut", with_playhead=False), timeline.derived.cuts]
            frame = snapped(frame, targets, reach=SNAP / timeline.scale.per_frame, without=frozenset())
        timeline.seek(frame)

    def cancel(self) -> None:
        self.timeline.seek(self._origin)


class Pan(Gesture):
    """The film follows the cursor."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, timeline: "Timeline", start: QPointF) -> None:
        super().__init__(timeline, start)
        self._first = timeline.scale.first

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        scale = self.timeline.scale
        self.timeline.set_scale(scale.scrolled(self._first - (point.x() - self.start.x()) / scale.per_frame))

    def cancel(self) -> None:
        self.timeline.set_scale(self.timeline.scale.scrolled(self._first))


class MoveMarks(Gesture):
    """Selected cuts or anchors follow the cursor together; the grabbed one snaps, unless Ctrl is held."""

    cursor = Qt.CursorShape.SizeHorCursor

    def __init__(self, timeline: "Timeline", start: QPointF, *, kind: Kind, frame: int, moved: frozenset[int]) -> None:
        super().__init__(timeline, start)
        self._kind, self._grabbed = kind, frame
        self._moved = moved
        self._delta = self._confirmed = 0
        self._offset = start.x() - timeline.scale.x(frame)
        self._targets = timeline.snap_targets(kind)
        self._limits = shift_limits(
            timeline.frames_of(kind), moved, first=1 if kind == "cut" else 0, last=timeline.scale.frames - 1
        )

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        scale = self.timeline.scale
        frame = scale.boundary(point.x() - self._offset)
        if not modifiers & Qt.KeyboardModifier.ControlModifier:
            frame = snapped(frame, self._targets, reach=SNAP / scale.per_frame, without=self._moved)
        self._to(frame - self._grabbed)

    def _to(self, delta: int) -> None:
        delta = min(self._limits[1], max(self._limits[0], delta))
        step, before = delta - self._delta, self._delta
        if step == 0:
            return
        # Set first: the document may answer within the signal.
        self._delta = delta
        self.timeline.shift(self._kind, frozenset(frame + before for frame in self._moved), step)
        self.timeline.seek(self._grabbed + self._delta)
        self.timeline.viewport().update()

    def finish(self) -> None:
        if self.dragged:
            self.timeline.drag_finished.emit()

    def cancel(self) -> None:
        self._to(0)
        self.finish()

    def data_changed(self) -> None:
        """Follow what the document made of it: a move that it refused did not happen."""
        frames = self.timeline.frames_of(self._kind)
        for delta in (self._delta, self._confirmed):
            place = int(np.searchsorted(frames, self._grabbed + delta))
            if place < len(frames) and frames[place] == self._grabbed + delta:
                self._delta = self._confirmed = delta
                return

    def paint(self, painter: QPainter, height: float) -> None:
        if self.dragged:
            frame = self._grabbed + self._delta
            x = self.timeline.scale.x(frame + (0.5 if self._kind == "anchor" else 0.0))
            sign = f"{self._delta:+,}" if self._delta else "±0"
            paint_guide(painter, self.timeline, x=x, height=height, text=f"{self.timeline.address(frame)}  ({sign})")


class MoveEnd(Gesture):
    """The in or out mark follows the cursor."""

    cursor = Qt.CursorShape.SizeHorCursor

    def __init__(self, timeline: "Timeline", start: QPointF, *, which: str) -> None:
        super().__init__(timeline, start)
        self._which = which
        data = timeline.view_data
        assert data is not None
        self._marks = (data.in_frame, data.out_frame)
        self._frame: int | None = None

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        timeline = self.timeline
        # The out mark stands behind its frame.
        behind = 1 if self._which == "out" else 0
        frame = timeline.scale.boundary(point.x())
        if not modifiers & Qt.KeyboardModifier.ControlModifier:
            targets = [*timeline.snap_targets("cut"), timeline.derived.cuts]
            frame = snapped(frame, targets, reach=SNAP / timeline.scale.per_frame, without=frozenset())
        if behind and timeline.scale.place(point.x()) >= timeline.scale.frames - 0.5:
            frame = timeline.scale.frames
        # A mark stops at the other one.
        start, stop = self._marks
        frame = max(0, frame - behind)
        frame = min(frame, stop) if not behind and stop is not None else frame
        frame = max(frame, start) if behind and start is not None else frame
        if frame != self._frame:
            self._frame = frame
            timeline.marks_requested.emit(*with_mark(self._marks, which=self._which, frame=frame))

    def finish(self) -> None:
        if self.dragged:
            self.timeline.drag_finished.emit()

    def cancel(self) -> None:
        if self.dragged:
            self.timeline.marks_requested.emit(*self._marks)
            self.timeline.drag_finished.emit()


class MoveThreshold(Gesture):
    """The threshold of cut detection follows the cursor."""

    cursor = Qt.CursorShape.SizeVerCursor
    scrolls = False

    def __init__(self, timeline: "Timeline", start: QPointF, *, top: float, height: float, threshold: float) -> None:
        super().__init__(timeline, start)
        self._top, self._height, self._origin = top, height, threshold
        self._threshold = threshold

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._to(score_at(point.y() - self._top, self._height))

    def _to(self, threshold: float) -> None:
        if threshold != self._threshold:
            self._threshold = threshold
            self.timeline.threshold_requested.emit(threshold)

    def finish(self) -> None:
        if self.dragged:
            self.timeline.drag_finished.emit()

    def cancel(self) -> None:
        self._to(self._origin)
        self.finish()


class Band(Gesture):
    """A rectangle that selects the marks in it; with Ctrl or Shift in addition. A mere click selects nothing and
    seeks."""

    def __init__(self, timeline: "Timeline", start: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(timeline, start)
        self._place = timeline.scale.place(start.x())
        adding = modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        self._before = timeline.selection
        self._kept = timeline.selection if adding else Selection()
        self._point = start

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._point = point
        timeline = self.timeline
        left, right = sorted((self._place, timeline.scale.place(point.x())))
        kinds = timeline.kinds_between(*sorted((self.start.y(), point.y())))
        cuts = _between(timeline.derived.cuts, left, right) if "cut" in kinds else frozenset()
        anchors = _between(timeline.derived.anchors, left - 0.5, right - 0.5) if "anchor" in kinds else frozenset()
        timeline.select(self._kept.added(cuts, anchors))
        timeline.viewport().update()

    def finish(self) -> None:
        if not self.dragged:
            self.timeline.select(self._kept)
            self.timeline.seek(self.timeline.scale.frame(self.start.x()))

    def cancel(self) -> None:
        self.timeline.select(self._before)

    def paint(self, painter: QPainter, height: float) -> None:
        if self.dragged:
            x = self.timeline.scale.x(self._place)
            rect = QRectF(QPointF(x, self.start.y()), self._point).normalized()
            fill = QColor(self.timeline.colors.accent)
            fill.setAlpha(40)
            painter.fillRect(rect, fill)
            painter.setPen(QPen(QColor(self.timeline.colors.accent), 1))
            painter.drawRect(rect)


class Click(Gesture):
    """A suggestion is taken when the button is released on it."""

    scrolls = False

    def __init__(self, timeline: "Timeline", start: QPointF, *, frame: int) -> None:
        super().__init__(timeline, start)
        self._frame = frame

    def finish(self) -> None:
        if not self.dragged:
            self.timeline.anchor_added.emit(self._frame)


def paint_guide(painter: QPainter, timeline: "Timeline", *, x: float, height: float, text: str) -> None:
    """A line through all rows where a dragged mark stands, with its address."""
    colors = timeline.colors
    painter.setPen(QPen(QColor(colors.accent), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(round(x) + 0.5, 0), QPointF(round(x) + 0.5, height))
    metrics = painter.fontMetrics()
    wide, high = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
    left = x + 8 if x + 8 + wide < timeline.scale.width else x - 8 - wide
    rect = QRectF(left, 2, wide, high)
    painter.fillRect(rect, QColor(colors.back))
    painter.setPen(QColor(colors.accent))
    painter.drawRect(rect)
    painter.setPen(QColor(colors.text))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _between(frames: np.ndarray, left: float, right: float) -> frozenset[int]:
    return frozenset(frames[within(frames, int(np.ceil(left)), int(np.floor(right)) + 1)].tolist())
