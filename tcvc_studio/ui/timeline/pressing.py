"""Which gesture a press of the mouse begins."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from tcvc_studio.ui.timeline.canvas import HEADER
from tcvc_studio.ui.timeline.gestures import (
    MOST_MOVED,
    Band,
    Click,
    Gesture,
    MoveEnd,
    MoveMarks,
    MoveThreshold,
    Pan,
    Scrub,
)
from tcvc_studio.ui.timeline.selection import Kind

if TYPE_CHECKING:
    from tcvc_studio.ui.timeline.widget import Timeline


def gesture_for(timeline: "Timeline", event: QMouseEvent) -> Gesture | None:
    """The gesture that a press begins; None where it is done with the press itself."""
    point, modifiers = event.position() - QPointF(HEADER, 0), event.modifiers()
    if event.button() == Qt.MouseButton.MiddleButton:
        return Pan(timeline, point)
    found = timeline.row_at(event.position().y())
    if event.button() != Qt.MouseButton.LeftButton or found is None:
        return None
    row, place = found
    if row.kind is not None:
        timeline.set_focused_row(row.key)
    if point.x() < 0:
        return None
    hit = timeline.hit_at(event.position())
    if hit is not None:
        if hit.kind in ("cut", "anchor"):
            return _on_mark(timeline, point, modifiers, kind=hit.kind, frame=hit.frame)
        if hit.kind in ("in", "out"):
            return MoveEnd(timeline, point, which=hit.kind)
        if hit.kind == "suggestion":
            return Click(timeline, point, frame=hit.frame)
        if hit.kind == "threshold":
            data = timeline.derived.data
            return MoveThreshold(timeline, point, top=place.top, height=place.height, threshold=data.threshold)
    return Band(timeline, point, modifiers) if row.kind is not None else Scrub(timeline, point, modifiers)


def _on_mark(
    timeline: "Timeline", point: QPointF, modifiers: Qt.KeyboardModifier, *, kind: Kind, frame: int
) -> Gesture | None:
    selection = timeline.selection
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        timeline.select(selection.extended(kind, frame, timeline.frames_of(kind)))
        return None
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        timeline.select(selection.toggled(kind, frame))
        return None
    if frame not in selection.of(kind):
        timeline.select(selection.only(kind, frame))
    moved = timeline.movable(kind, timeline.selection.of(kind))
    if frame not in moved:
        return _Still(timeline, point, "The anchor is locked: unlock it to move it.")
    if len(moved) > MOST_MOVED:
        return _Still(timeline, point, f"More than {MOST_MOVED} marks cannot be moved at once: select fewer.")
    return MoveMarks(timeline, point, kind=kind, frame=frame, moved=moved)


class _Still(Gesture):
    """What is dragged does not move, and it is said why."""

    cursor = Qt.CursorShape.ForbiddenCursor
    scrolls = False

    def __init__(self, timeline: "Timeline", start: QPointF, why: str) -> None:
        super().__init__(timeline, start)
        self._why = why

    def drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.timeline.say(self._why)
