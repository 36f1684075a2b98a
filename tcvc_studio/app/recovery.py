"""Nothing is lost in an accident: what is on the desk is kept, beside the user's file and never over it, while it is
edited, and offered again after the program was killed.

A running program has two files in the recovery folder: its lock, which names process and machine, and what it kept.
The latter is removed when the project is saved or closed; where nobody who lives holds its lock, there was an accident.
"""

import contextlib
import os
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QLockFile, QObject, Qt, QThread, QTimer, Signal, Slot

from tcvc_studio.app.document import Document
from tcvc_studio.errors import StudioError
from tcvc_studio.project.durable import clear_leftovers, write_durably
from tcvc_studio.project.fields import Fields
from tcvc_studio.project.file import project_data, project_from_data, read_json, to_json
from tcvc_studio.project.model import Project

INTERVAL_SECONDS = 60.0
DELAY_SECONDS = 2.0

_FORMAT = "tcvc-recovery"
_SUFFIX = ".recovery"

#: A lock beside a project that nobody refreshed for so long is left over from another machine.
_STALE_LOCK_MS = 24 * 3600 * 1000

#: A half-written file that is older was left by a killed program.
_LEFT_OVER_SECONDS = 600

#: How long `close` waits for the disk.
_PATIENCE_MS = 5000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project that an accident left. file: where it is kept. path: the user's file; None where it had none.

    title: what to call it. saved_at: when it was kept, local time.
    outdated: the user's file was written later.
    """

    file: Path
    title: str
    path: Path | None
    saved_at: datetime
    outdated: bool


@dataclass(frozen=True, slots=True)
class Recovered:
    """A candidate's project, taken by this instance. path: the user's file; None where it had none."""

    project: Project
    path: Path | None
    candidate: Candidate


class Recovery(QObject):
    """Keeps the document's project in a folder of its own, and finds there what accidents left.

    folder: the standard place where None. interval, delay: seconds between two times of keeping, and after an edit.
    Lives in the GUI thread; encoding and disk have a thread of their own, which `close` ends.
    """

    #: The project, as it is now, is kept.
    kept = Signal()
    #: It could not be kept: one sentence, told once until it can be again.
    failed = Signal(str)
    #: The document's file is open in another instance: one sentence.
    open_elsewhere = Signal(str)

    _write = Signal(object)
    _remove = Signal(object)
    _touch = Signal(object)
    _tidy = Signal(object)
    _tidy_beside = Signal(object)
    _finish = Signal()

    def __init__(
        self,
        document: Document,
        *,
        folder: Path | None = None,
        interval: float = INTERVAL_SECONDS,
        delay: float = DELAY_SECONDS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._folder = folder or default_folder()
        session = uuid.uuid4().hex
        self._file = self._folder / f"{session}{_SUFFIX}"
        self._lock = _lock_of(self._file)
        self._project_lock: QLockFile | None = None
        # Candidates that this instance has taken, and those of them whose project is on the desk now.
        self._claims: dict[Path, tuple[QLockFile, Project]] = {}
        self._adopted: tuple[Path, ...] = ()
        self._posted: Project | None = None
        self._told: str | None = None
        self._closed = False
        self._hold_lock()

        self._interval = QTimer(self)
        self._interval.timeout.connect(self._on_interval)
        self._delay = QTimer(self, singleShot=True, interval=round(delay * 1000))
        self._delay.timeout.connect(self.keep)
        self._thread = QThread(self)
        self._thread.setObjectName("recovery")
        self._worker = _Keeper()
        self._worker.moveToThread(self._thread)
        self._write.connect(self._worker.write, Qt.ConnectionType.QueuedConnection)
        self._remove.connect(self._worker.remove, Qt.ConnectionType.QueuedConnection)
        self._touch.connect(self._worker.touch, Qt.ConnectionType.QueuedConnection)
        self._tidy.connect(self._worker.tidy, Qt.ConnectionType.QueuedConnection)
        self._tidy_beside.connect(self._worker.tidy_beside, Qt.ConnectionType.QueuedConnection)
        self._finish.connect(self._worker.finish, Qt.ConnectionType.QueuedConnection)
        self._worker.written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        self._worker.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        self._thread.start(QThread.Priority.LowPriority)
        self.set_interval(interval)
        document.changed.connect(self._on_changed)
        document.replaced.connect(self._on_replaced)
        document.dirty_changed.connect(self._on_dirty_changed)
        document.path_changed.connect(self._on_path_changed)
        self._tidy.emit(self._folder)
        self._on_path_changed()
        self._on_replaced()

    def set_interval(self, seconds: float) -> None:
        """Longest time between an edit and its being kept, whatever else goes on."""
        self._interval.start(round(seconds * 1000))

    @Slot()
    def keep(self) -> None:
        """Keep the project now, where there is something to keep."""
        project = self._document.project
        if not self._closed and self._document.dirty and project is not self._posted:
            self._post(project)

    def candidates(self) -> tuple[Candidate, ...]:
        """What accidents left, the latest first; nothing that belongs to a running instance. Reads the folder."""
        found = []
        with contextlib.suppress(OSError):
            for file in self._folder.glob(f"*{_SUFFIX}"):
                if file != self._file and file not in self._claims and _is_orphan(file):
                    with contextlib.suppress(StudioError, OSError):
                        found.append(_candidate(file))
        return tuple(sorted(found, key=lambda candidate: candidate.saved_at, reverse=True))

    def take(self, candidate: Candidate) -> Recovered:
        """A candidate's project, for `Document.restore`; no other instance is offered it any more.

        Once the project is on the desk it is kept like any other. If it never gets there, the candidate stays and is
        offered the next time, or at once after `put_back`.
        Raises StudioError, and leaves it where it is, where it cannot be read or another instance has taken it.
        """
        lock = _lock_of(candidate.file)
        if not lock.tryLock(0):
            raise StudioError(f"{candidate.title} was recovered by another window, or in this one: look for it there.")
        try:
            project, path = _read(candidate.file)
        except BaseException:
            lock.unlock()
            raise
        self._claims[candidate.file] = (lock, project)
        return Recovered(project, path, candidate)

    def put_back(self, recovered: Recovered) -> None:
        """The project was not put on the desk after all: whoever asks is offered it again."""
        file = recovered.candidate.file
        if file not in self._adopted:
            self._release(file)

    def restore(self, candidate: Candidate) -> None:
        """Take a candidate and put its project on the desk, to be saved. Raises StudioError as `take` does."""
        recovered = self.take(candidate)
        self._document.restore(recovered.project, recovered.path)

    def discard(self, candidate: Candidate) -> None:
        """The user does not want it: it is gone."""
        with contextlib.suppress(OSError):
            candidate.file.unlink()
            _lock_path(candidate.file).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop. What is not saved by now stays kept and will be offered: close the document first if it shall not."""
        if self._closed:
            return
        self.keep()
        self._closed = True
        self._interval.stop()
        self._delay.stop()
        if not self._document.dirty:
            self._remove.emit(self._file)
        self._finish.emit()
        if self._thread.wait(_PATIENCE_MS):
            for file in tuple(self._claims):
                self._release(file)
            self._lock.unlock()
        if self._project_lock is not None:
            self._project_lock.unlock()
            self._project_lock = None

    def _post(self, project: Project) -> None:
        self._delay.stop()
        self._posted = project
        self._hold_lock()
        document = self._document
        self._write.emit(_Task(project, document.path, document.title, self._file, self._adopted))

    def _hold_lock(self) -> None:
        """Show that this instance lives. Where the folder cannot be written it is tried again with the next write."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._lock.isLocked():
                self._lock.tryLock(0)

    def _release(self, file: Path) -> None:
        lock, _ = self._claims.pop(file, (None, None))
        if lock is not None:
            lock.unlock()

    @Slot(object)
    def _on_changed(self, _parts: object) -> None:
        if not self._closed and self._document.dirty:
            self._delay.start()

    @Slot()
    def _on_replaced(self) -> None:
        if self._closed:
            return
        self._posted = None
        # What was taken may go once its project is kept under this instance's name, and not before.
        project = self._document.project
        self._adopted = tuple(file for file, (_, taken) in self._claims.items() if taken is project)
        if not self._document.dirty:
            self._forget()
        elif self._adopted:
            self.keep()
        else:
            self._delay.start()

    @Slot(bool)
    def _on_dirty_changed(self, dirty: bool) -> None:
        if self._closed:
            return
        if dirty:
            self._delay.start()
        else:
            self._forget()

    def _forget(self) -> None:
        """There is nothing unsaved any more."""
        self._delay.stop()
        self._posted = None
        for file in (self._file, *self._adopted):
            self._remove.emit(file)

    @Slot()
    def _on_interval(self) -> None:
        self.keep()
        if self._project_lock is not None:
            self._touch.emit(Path(self._project_lock.fileName()))

    @Slot(object)
    def _on_written(self, instead_of: tuple[Path, ...]) -> None:
        self._told = None
        self._adopted = tuple(file for file in self._adopted if file not in instead_of)
        for file in instead_of:
            self._release(file)
        self.kept.emit()

    @Slot(str)
    def _on_failed(self, text: str) -> None:
        # Tried again at the next edit or interval.
        self._posted = None
        if text != self._told:
            self._told = text
            self.failed.emit(text)

    @Slot()
    def _on_path_changed(self) -> None:
        if self._closed:
            return
        if self._project_lock is not None:
            self._project_lock.unlock()
            self._project_lock = None
        path = self._document.path
        if path is None:
            return
        self._tidy_beside.emit(path)
        lock = QLockFile(str(path.with_name(f".{path.name}.lock")))
        lock.setStaleLockTime(_STALE_LOCK_MS)
        if lock.tryLock(0):
            self._project_lock = lock
        elif lock.error() == QLockFile.LockError.LockFailedError:
            pid, host, _ = lock.getLockInfo()
            self.open_elsewhere.emit(
                f"{path.name} is open in another window too (process {pid} on {host}): what is saved last stays, so "
                "close it there or save it here under another name."
            )


def default_folder() -> Path:
    """Where unsaved projects are kept unless somebody names another place."""
    return Path(platformdirs.user_state_dir("tcvc-studio", appauthor=False)) / "recovery"


@dataclass(frozen=True, slots=True)
class _Task:
    """What to keep, for which file of the user's, and where; instead_of: files that are not needed then."""

    project: Project
    path: Path | None
    title: str
    file: Path
    instead_of: tuple[Path, ...]


class _Keeper(QObject):
    """Writes and removes, in its own thread and in the order it was asked to."""

    written = Signal(object)
    failed = Signal(str)

    @Slot(object)
    def write(self, task: _Task) -> None:
        try:
            data: dict[str, Any] = {
                "format": _FORMAT,
                "version": 1,
                "title": task.title,
                "path": None if task.path is None else os.fspath(task.path),
                "project": project_data(task.project),
            }
            task.file.parent.mkdir(parents=True, exist_ok=True)
            write_durably(task.file, to_json(data))
        except StudioError as error:
            self.failed.emit(str(error))
            return
        except OSError as error:
            self.failed.emit(
                f"Unsaved work cannot be kept in {task.file.parent} ({error.strerror}): save the project often."
            )
            return
        for file in task.instead_of:
            with contextlib.suppress(OSError):
                file.unlink()
        self.written.emit(task.instead_of)

    @Slot(object)
    def remove(self, file: Path) -> None:
        with contextlib.suppress(OSError):
            file.unlink()

    @Slot(object)
    def touch(self, file: Path) -> None:
        with contextlib.suppress(OSError):
            os.utime(file)

    @Slot(object)
    def tidy(self, folder: Path) -> None:
        """Remove what killed programs left that is of no use to anybody."""
        with contextlib.suppress(OSError):
            for part in folder.glob(".*.part-*"):
                if time.time() - part.stat().st_mtime > _LEFT_OVER_SECONDS:
                    part.unlink()
            for lock in folder.glob("*.lock"):
                file = lock.with_suffix(_SUFFIX)
                if not file.exists():
                    # Taking and releasing the lock of somebody who is no more removes it.
                    _is_orphan(file)

    @Slot(object)
    def tidy_beside(self, file: Path) -> None:
        """The same beside the user's file, whose folder may hold a film's 100,000 pictures."""
        clear_leftovers(file)

    @Slot()
    def finish(self) -> None:
        self.thread().quit()


def _lock_path(file: Path) -> Path:
    return file.with_suffix(".lock")


def _lock_of(file: Path) -> QLockFile:
    lock = QLockFile(str(_lock_path(file)))
    # Never stale by age: only by its process being no more.
    lock.setStaleLockTime(0)
    return lock


def _is_orphan(file: Path) -> bool:
    """Whether nobody who lives holds the lock."""
    lock = _lock_of(file)
    if lock.tryLock(0):
        lock.unlock()
        return True
    return False


def _candidate(file: Path) -> Candidate:
    fields, path = _fields(file)
    saved = file.stat().st_mtime
    outdated = False
    if path is not None:
        with contextlib.suppress(OSError):
            outdated = path.stat().st_mtime > saved
    title = fields.take("title", str, "") or file.stem
    return Candidate(file, title, path, datetime.fromtimestamp(saved), outdated)


def _read(file: Path) -> tuple[Project, Path | None]:
    fields, path = _fields(file)
    return project_from_data(fields.take("project", dict), name=file.name), path


def _fields(file: Path) -> tuple[Fields, Path | None]:
    fields = Fields(read_json(file), file.name)
    if fields.take("format", str) != _FORMAT:
        raise StudioError(f"{file.name} was not left by TCVC Studio: remove it from {file.parent}.")
    path = fields.take("path", str, None)
    return fields, None if path is None else Path(path)
