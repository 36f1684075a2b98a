"""What the timeline's keys do; the same methods serve menus and tool bars."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QToolTip

from tcvc_studio.ui.timeline.gestures import MOST_MOVED
from tcvc_studio.ui.timeline.marks import contains, shift_limits, with_mark, within
from tcvc_studio.ui.timeline.selection import Kind, Selection

if TYPE_CHECKING:
    from tcvc_studio.ui.timeline.widget import Timeline

_ZOOM = 1.6


class Commands:
    """Commands of a Timeline, which inherits them. Without a film none of them does anything."""

    def step(self: "Timeline", frames: int) -> None:
        """Ask for the playhead so many frames on (or back)."""
        self.seek(self.playhead + frames)

    def go_to(self: "Timeline", end: str) -> None:
        """Ask for the "first" or "last" frame."""
        self.seek(0 if end == "first" else self.scale.frames - 1)

    def go_to_mark(self: "Timeline", direction: int, extend: bool = False) -> None:
        """Select the mark of the focused row before or after the playhead and seek to it."""
        kind = self.focused_kind
        frames = self.frames_of(kind)
        place = int(np.searchsorted(frames, self.playhead, side="left" if direction < 0 else "right"))
        place += -1 if direction < 0 else 0
        if not 0 <= place < len(frames):
            return
        frame = int(frames[place])
        self.select(
            self.selection.extended(kind, frame, frames) if extend else self.selection.only(kind, frame)
        )
        self.seek(frame)

    def nudge(self: "Timeline", frames: int) -> None:
        """Move what is selected in the focused row, and the playhead with its first; at walls it stops."""
        kind = self.focused_kind
        moved = self.movable(kind, self.selection.of(kind))
        if not moved:
            return
        if len(moved) > MOST_MOVED:
            self.say(f"More than {MOST_MOVED} marks cannot be moved at once: select fewer.")
            return
        limits = shift_limits(
            self.frames_of(kind), moved, first=1 if kind == "cut" else 0, last=self.scale.frames - 1
        )
        frames = min(limits[1], max(limits[0], frames))
        self.shift(kind, moved, frames)
        if frames:
            self._nudging = True
            self.seek(min(moved) + frames)

    def focus_row(self: "Timeline", direction: int) -> None:
        """Give the keyboard's focus to the row of marks above or below."""
        kinds = [row for row in self.rows_shown if row.kind is not None]
        keys = [row.key for row in kinds]
        if not keys:
            return
        place = keys.index(self.focused_row) + direction if self.focused_row in keys else 0
        self.set_focused_row(keys[min(len(keys) - 1, max(0, place))])

    def scroll_pages(self: "Timeline", pages: float) -> None:
        """Scroll by so many widths of the window."""
        self.set_scale(self.scale.scrolled(self.scale.first + pages * self.scale.shown))

    def accept_or_add(self: "Timeline") -> None:
        """Accept the selected proposed cuts; where none is selected, add a mark at the playhead."""
        proposed = self.derived.cuts[self.derived.cut_proposed]
        chosen = tuple(sorted(frame for frame in self.selection.cuts if contains(proposed, frame)))
        if self.focused_kind == "cut" and chosen:
            self.cuts_accepted.emit(chosen)
        else:
            self.add_mark()

    def add_mark(self: "Timeline") -> None:
        """Ask for a cut or an anchor, whichever row has the focus, at the playhead."""
        if self.focused_kind == "cut":
            self.add_cut()
        else:
            self.add_anchor()

    def add_cut(self: "Timeline") -> None:
        """Ask for a cut at the playhead; a proposed one there is accepted."""
        self.request_cut(self.playhead)

    def add_anchor(self: "Timeline") -> None:
        """Ask for an anchor at the playhead."""
        if not contains(self.derived.anchors, self.playhead):
            self.anchor_added.emit(self.playhead)

    def delete_selected(self: "Timeline") -> None:
        """Ask for the selected cuts and anchors to be deleted; locked anchors stay."""
        cuts = tuple(sorted(self.selection.cuts))
        anchors = tuple(sorted(self.movable("anchor", self.selection.anchors)))
        if self.selection.anchors and not anchors:
            self.say("Locked anchors stay: unlock them to delete them.")
        if cuts:
            self.cuts_removed.emit(cuts)
        if anchors:
            self.anchors_removed.emit(anchors)

    def select_all(self: "Timeline") -> None:
        """Select every mark of the focused row."""
        kind = self.focused_kind
        every = frozenset(self.frames_of(kind).tolist())
        self.select(Selection(cuts=every) if kind == "cut" else Selection(anchors=every))

    def select_shot(self: "Timeline", frame: int) -> None:
        """Select the anchors of the shot that holds a frame."""
        cuts = self.derived.cuts
        number = int(np.searchsorted(cuts, frame, side="right"))
        start = int(cuts[number - 1]) if number else 0
        stop = int(cuts[number]) if number < len(cuts) else self.scale.frames
        inside = self.derived.anchors[within(self.derived.anchors, start, stop)]
        self.select(Selection(anchors=frozenset(inside.tolist())))

    def escape(self: "Timeline") -> None:
        """Give up a drag; without one, select nothing."""
        if not self.cancel_gesture():
            self.select(Selection())

    def mark(self: "Timeline", which: str) -> None:
        """Ask for the "in" or "out" mark at the playhead."""
        data = self.view_data
        if data is not None:
            marks = with_mark((data.in_frame, data.out_frame), which=which, frame=self.playhead)
            self.marks_requested.emit(*marks)

    def zoom_in(self: "Timeline") -> None:
        """Wider frames, about the playhead if it is seen."""
        self.zoom(_ZOOM)

    def zoom_out(self: "Timeline") -> None:
        """Narrower frames, about the playhead if it is seen."""
        self.zoom(1 / _ZOOM)

    def fit(self: "Timeline") -> None:
        """Show the whole film."""
        self.set_scale(type(self.scale).fitted(self.scale.frames, self.scale.width))

    def zoom_to(self: "Timeline", start: int, stop: int) -> None:
        """Show the frames start .. stop - 1 as wide as the window, with a little room around them."""
        fitted = type(self.scale).fitted(self.scale.frames, self.scale.width)
        shown = max(1, stop - start) * 1.06
        zoomed = fitted.zoomed(fitted.width / shown / fitted.per_frame, 0)
        self.set_scale(zoomed.scrolled((start + stop) / 2 - zoomed.shown / 2))

    def request_cut(self: "Timeline", frame: int) -> None:
        """Ask for a cut at a frame; a proposed one there is accepted. The film's first frame begins a shot anyway."""
        cuts, proposed = self.derived.cuts, self.derived.cut_proposed
        if contains(cuts, frame):
            if proposed[int(np.searchsorted(cuts, frame))]:
                self.cuts_accepted.emit((frame,))
        elif frame > 0:
            self.cut_added.emit(frame)

    def movable(self: "Timeline", kind: Kind, frames: frozenset[int]) -> frozenset[int]:
        """Those marks that may be moved and deleted: all but locked anchors."""
        if kind == "cut" or not frames:
            return frames
        return frames - frozenset(self.derived.anchors[self.derived.anchor_locked].tolist())

    def say(self: "Timeline", text: str) -> None:
        """Tell something beside the playhead, where the eyes are."""
        place = self.viewport().mapToGlobal(self.playhead_rect().center())
        QToolTip.showText(place, text, self.viewport())
