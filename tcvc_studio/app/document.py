"""The open project: every edit of it is a step that can be undone, and it knows whether it is saved."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from tcvc_studio.errors import StudioError
from tcvc_studio.project.file import SUFFIX, read_project, write_project
from tcvc_studio.project.model import Project

#: Steps that can be undone. A step shares with the next all that it does not change: one of 5,000 anchors costs 44 kB.
HISTORY = 2000


def _at_once(work: Callable[[], None]) -> None:
    work()


class Document(QObject):
    """The project on the desk, with its history and its file.

    Lives in the GUI thread. Projects are frozen, so that any thread may read one it was given.
    """

    #: frozenset of "film", "cuts", "anchors", "settings", "marks": what an edit, undo or redo touched. "anchors" is
    #: where anchors lie, proposed ones included: cuts and interval lengths touch it too.
    changed = Signal(object)
    #: Another project, or none, has taken its place.
    replaced = Signal()
    dirty_changed = Signal(bool)
    path_changed = Signal()

    def __init__(
        self, parent: QObject | None = None, *, aside: Callable[[Callable[[], None]], None] = _at_once
    ) -> None:
        """aside: does what waits for the disk; the event loop may turn meanwhile."""
        super().__init__(parent)
        self._aside = aside
        self._saving = False
        self._replacements = 0
        self._project: Project | None = None
        self._announced: Project | None = None
        self._path: Path | None = None
        self._stamp: tuple[int, int] | None = None
        self._merge: _Merge | None = None
        self._told_dirty = False
        # True while the stack moves by this object's own doing, which tells of it when all is done.
        self._busy = False
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(HISTORY)
        self._stack.indexChanged.connect(self._on_index_changed)
        self._stack.cleanChanged.connect(self._on_clean_changed)

    @property
    def project(self) -> Project | None:
        """What is on the desk; None where nothing is."""
        return self._project

    @property
    def path(self) -> Path | None:
        """The project's file; None where it was never saved."""
        return self._path

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self._project is not None and not self._stack.isClean()

    @property
    def changed_on_disk(self) -> bool:
        """Whether somebody else has written the project's file since it was opened or saved here: ask before saving."""
        stamp = None if self._path is None else _stamp_of(self._path)
        return stamp is not None and stamp != self._stamp

    @property
    def title(self) -> str:
        """What to call it: the file's name, else the film's; empty where nothing is open."""
        if self._path is not None:
            return self._path.stem
        return "" if self._project is None else self._project.film.path.stem

    @property
    def undo_stack(self) -> QUndoStack:
        """The history, for a view of it and for the actions "undo" and "redo". Push nothing yourself: `apply`."""
        return self._stack

    def new(self, project: Project) -> None:
        """A project that has no file yet takes the desk; there is nothing to save until it is edited."""
        self._replace(project, None)

    def open(self, path: Path) -> None:
        """A saved project takes the desk. Raises StudioError, and leaves all as it was, where it cannot be read."""
        path = Path(path).absolute()
        stamp = _stamp_of(path)
        self._replace(read_project(path), path, stamp=stamp)

    def restore(self, project: Project, path: Path | None) -> None:
        """A project recovered after an accident takes the desk, to be saved. path: the file it belongs to."""
        self._replace(project, path, saved=False, stamp=None if path is None else _stamp_of(path))

    def save(self) -> None:
        """Write the project to its file. Raises StudioError, and the old file stays, where that cannot be done."""
        if self._path is None:
            raise StudioError("This project has no file yet: save it under a name of its own.")
        self._write(self._path)

    def save_as(self, path: Path) -> None:
        """Write the project to a file, which is its file from now on. A name that does not end so gets `.tcvc`.

        Raises StudioError, and everything stays as it was, where that cannot be done.
        """
        path = Path(path).absolute()
        # So that no slip of the hand writes a project over a film.
        self._write(path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX))

    def _write(self, path: Path) -> None:
        project = self._open_project()
        if self._saving:
            raise StudioError("The project is being saved: wait until that is done.")
        self.end_merge()
        self._saving = True
        begun = self._replacements
        try:
            self._aside(partial(write_project, path, project))
        finally:
            self._saving = False
        if self._replacements != begun:
            return
        self._stamp = _stamp_of(path)
        # Cuts that were found meanwhile are not saved.
        if self._project is project:
            self.end_merge()
            self._stack.setClean()
        if path != self._path:
            self._path = path
            self.path_changed.emit()

    def close(self) -> None:
        """Nothing is on the desk any more. Asks nobody: whoever closes has asked whether to save."""
        self._replace(None, None)

    def apply(
        self,
        text: str,
        edit: Callable[[Project], Project],
        *,
        merge: str | None = None,
        from_start: bool = False,
    ) -> None:
        """Make an edit, as a step of the history called `text`.

        edit: one of `project.edits`, with all but the project filled in. It is computed first: where it raises
        StudioError everything is as it was; where it changes nothing there is no step.
        merge: edits with equal keys in succession are one step (a drag), until `end_merge`, a save, an undo or another
        edit. from_start: the edit is made to the project as it was before the first of these, so that a drag can tell
        where it began and where it is now, and what it passed on the way leaves no trace.
        """
        current = self._open_project()
        running = self._merge if self._merge is not None and merge == self._merge.key else None
        base = running.base if from_start and running is not None else current
        after = edit(base)
        if running is None:
            self._merge = None if merge is None else _Merge(merge, current)
        if after == current:
            return
        self._busy = True
        try:
            self._push(text, after)
        finally:
            self._busy = False
        self._announce()
        self._tell_dirty()

    @Slot()
    def end_merge(self) -> None:
        """A drag has ended: the next edit is a step of its own."""
        self._merge = None

    def _push(self, text: str, after: Project) -> None:
        """A step from the project to `after`; within a run of edits, from where the run began.

        The step so far is taken back first. Qt's own way, `mergeWith`, would never free the steps it has joined.
        """
        merge = self._merge
        if merge is not None and merge.has_step:
            self._stack.command(self._stack.index() - 1).setObsolete(True)
            self._stack.undo()
            self._project = merge.base
        # A drag that came back to where it began has done nothing.
        does = after != self._project
        if does:
            self._stack.push(_Step(self, text, self._project, after))
        if merge is not None:
            merge.has_step = does

    def _open_project(self) -> Project:
        if self._project is None:
            raise StudioError("There is no project open: open a film or a project first.")
        return self._project

    def _replace(
        self,
        project: Project | None,
        path: Path | None,
        *,
        saved: bool = True,
        stamp: tuple[int, int] | None = None,
    ) -> None:
        old_path = self._path
        self._replacements += 1
        self._stamp = stamp
        self._merge = None
        self._busy = True
        try:
            self._project = self._announced = project
            self._path = path
            self._stack.clear()
            if not saved:
                self._stack.resetClean()
        finally:
            self._busy = False
        if old_path != path:
            self.path_changed.emit()
        self.replaced.emit()
        self._tell_dirty()

    def _announce(self) -> None:
        before, self._announced = self._announced, self._project
        if before is not None and self._project is not None:
            parts = touched(before, self._project)
            if parts:
                self.changed.emit(parts)

    @Slot(int)
    def _on_index_changed(self, _index: int) -> None:
        if not self._busy:
            self.end_merge()
            self._announce()

    @Slot(bool)
    def _on_clean_changed(self, _clean: bool) -> None:
        if not self._busy:
            self._tell_dirty()

    def _tell_dirty(self) -> None:
        if self._told_dirty != self.dirty:
            self._told_dirty = self.dirty
            self.dirty_changed.emit(self._told_dirty)


def touched(before: Project, after: Project) -> frozenset[str]:
    """The parts in which two projects of a film differ, by the names that `Document.changed` has for them."""
    cuts = (
        before.cuts != after.cuts
        or before.rejected_cuts != after.rejected_cuts
        or before.cut_threshold != after.cut_threshold
        or before.fades != after.fades
    )
    anchors = (
        before.anchors != after.anchors
        or before.shot_lengths != after.shot_lengths
        or before.settings.lengths != after.settings.lengths
        or before.cuts != after.cuts
    )
    parts = {
        "film": before.film != after.film,
        "cuts": cuts,
        "anchors": anchors,
        "settings": before.settings != after.settings,
        "marks": (before.in_frame, before.out_frame) != (after.in_frame, after.out_frame),
    }
    return frozenset(name for name, differs in parts.items() if differs)


def _stamp_of(path: Path) -> tuple[int, int] | None:
    """By which it is seen that a file was written anew; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


class _Merge:
    """A run of edits that become one step. base: the project before the first of them."""

    __slots__ = ("base", "has_step", "key")

    def __init__(self, key: str, base: Project) -> None:
        self.key = key
        self.base = base
        self.has_step = False


class _Step(QUndoCommand):
    """One step: from a project to the next. Both are there already, so that undo and redo merely assign."""

    def __init__(self, document: Document, text: str, before: Project, after: Project) -> None:
        super().__init__(text)
        self._document = document
        self._before = before
        self._after = after

    def redo(self) -> None:
        self._document._project = self._after

    def undo(self) -> None:
        self._document._project = self._before
