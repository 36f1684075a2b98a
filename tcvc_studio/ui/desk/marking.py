"""The Edit, Film and Anchors menus: what is done to cuts and anchors at the playhead or to those selected."""

from bisect import bisect_left, bisect_right
from functools import partial

from PySide6.QtCore import QObject, Slot

from tcvc_studio.project.anchors import all_anchors
from tcvc_studio.project.edits import (
    accept_cuts,
    add_anchor,
    add_cut,
    lock_anchors,
    remove_anchors,
    remove_cuts,
    set_shot_interval,
    set_still,
)
from tcvc_studio.project.model import BY_HAND_ONLY
from tcvc_studio.ui.ask import PICTURES
from tcvc_studio.ui.desk.parts import Parts


class Marking(QObject):
    """Connects what sets, moves and removes cuts and anchors."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts, self._studio, self._timeline = parts, parts.studio, parts.timeline
        stack = self._studio.document.undo_stack
        parts.actions.connect_all({
            "edit.undo": stack.undo, "edit.redo": stack.redo,
            "edit.delete": self._timeline.delete_selected, "edit.select_all": self._timeline.select_all,
            "edit.select_none": self._timeline.escape,
            "edit.nudge_left": self.nudge_left, "edit.nudge_right": self.nudge_right,
            "film.detect_cuts": self._studio.detect_cuts, "film.add_cut": self.add_cut,
            "film.remove_cut": self.remove_cut, "film.accept_cuts": self.accept_cuts,
            "film.accept_all_cuts": self.accept_all_cuts, "film.previous_cut": self.previous_cut,
            "film.next_cut": self.next_cut,
            "anchors.add": self.add_anchor, "anchors.remove": self.remove_anchor, "anchors.lock": self.lock_anchor,
            "anchors.choose_still": self.choose_still, "anchors.clear_still": self.clear_still,
            "anchors.previous": self.previous_anchor, "anchors.next": self.next_anchor,
            "anchors.next_suggestion": self.next_suggestion, "anchors.shot_as_film": self.shot_as_film,
            "anchors.shot_by_hand": self.shot_by_hand,
        })  # fmt: skip
        stack.indexChanged.connect(self._show_history)
        self._show_history()

    @property
    def _frame(self) -> int:
        return self._studio.playback.frame

    @Slot()
    def nudge_left(self) -> None:
        self._timeline.nudge(-1)

    @Slot()
    def nudge_right(self) -> None:
        self._timeline.nudge(1)

    # --- cuts

    @Slot()
    def add_cut(self) -> None:
        self._studio.edit("Add Cut", partial(add_cut, frame=self._frame))

    @Slot()
    def remove_cut(self) -> None:
        """Remove the cut that begins the shot at the playhead."""
        start = self._studio.project.shot_at(self._frame).start
        if start == 0:
            self._parts.notifier.post("The film's first shot begins with the film; there is no cut to remove.")
        else:
            self._studio.edit("Remove Cut", partial(remove_cuts, frames=(start,)))

    @Slot()
    def accept_cuts(self) -> None:
        """Accept the selected cuts, or the one that begins the shot."""
        project = self._studio.project
        frames = tuple(self._timeline.selection.cuts) or (project.shot_at(self._frame).start,)
        proposed = {cut.frame for cut in project.cuts if cut.proposed} & set(frames)
        if proposed:
            self._studio.edit("Accept Cut", partial(accept_cuts, frames=tuple(sorted(proposed))))

    @Slot()
    def accept_all_cuts(self) -> None:
        frames = tuple(cut.frame for cut in self._studio.project.cuts if cut.proposed)
        if frames:
            self._studio.edit("Accept All Cuts", partial(accept_cuts, frames=frames))

    @Slot()
    def previous_cut(self) -> None:
        self._go_before([0, *(cut.frame for cut in self._studio.project.cuts)])

    @Slot()
    def next_cut(self) -> None:
        self._go_after([*(cut.frame for cut in self._studio.project.cuts), self._studio.project.film.frames - 1])

    # --- anchors

    @Slot()
    def add_anchor(self) -> None:
        self._studio.edit("Add Anchor", partial(add_anchor, frame=self._frame))

    @Slot()
    def remove_anchor(self) -> None:
        self._studio.edit("Remove Anchor", partial(remove_anchors, frames=(self._frame,)))

    @Slot(bool)
    def lock_anchor(self, locked: bool) -> None:
        text = "Lock Anchor" if locked else "Unlock Anchor"
        self._studio.edit(text, partial(lock_anchors, frames=(self._frame,), locked=locked))

    @Slot()
    def choose_still(self) -> None:
        """Ask for a picture and let it color the frame at the playhead."""
        folder = self._studio.project.film.path.parent
        path = self._parts.ask.open_file(self._parts.window, "Choose Still", PICTURES, folder)
        if path is not None:
            self._studio.edit("Choose Still", partial(set_still, frame=self._frame, path=path))

    @Slot()
    def clear_still(self) -> None:
        self._studio.edit("Take Still Away", partial(set_still, frame=self._frame, path=None))

    @Slot()
    def previous_anchor(self) -> None:
        self._go_before(all_anchors(self._studio.project))

    @Slot()
    def next_anchor(self) -> None:
        self._go_after(all_anchors(self._studio.project))

    @Slot()
    def next_suggestion(self) -> None:
        """Go round the suggested places."""
        places = self._studio.curves.suggestions()
        if not places:
            self._parts.notifier.post("No place stands out: where the film is rendered, color is carried evenly.")
            return
        self._studio.playback.seek(places[bisect_right(places, self._frame) % len(places)])

    @Slot()
    def shot_as_film(self) -> None:
        self._set_shot(None, "Shot: Interval as the Film")

    @Slot()
    def shot_by_hand(self) -> None:
        self._set_shot(BY_HAND_ONLY, "Shot: Only My Anchors")

    def _set_shot(self, length: int | None, text: str) -> None:
        start = self._studio.project.shot_at(self._frame).start
        self._studio.edit(text, partial(set_shot_interval, shot_start=start, n=length))

    def _go_before(self, frames) -> None:
        place = bisect_left(frames, self._frame)
        if place:
            self._studio.playback.seek(frames[place - 1])

    def _go_after(self, frames) -> None:
        place = bisect_right(frames, self._frame)
        if place < len(frames):
            self._studio.playback.seek(frames[place])

    @Slot()
    def _show_history(self) -> None:
        stack, actions = self._studio.document.undo_stack, self._parts.actions
        for id, can, text in (
            ("edit.undo", stack.canUndo(), stack.undoText()), ("edit.redo", stack.canRedo(), stack.redoText()),
        ):  # fmt: skip
            word = actions.spec(id).text
            actions.set_enabled(id, can)
            actions.set_text(id, f"{word} {text}" if can and text else None)
