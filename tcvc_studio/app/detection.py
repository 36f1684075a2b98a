"""Finding cuts in the background, and proposals for any threshold without looking at the film again."""

import time
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from tcvc_studio.errors import Cancelled, StudioError

if TYPE_CHECKING:
    from tcvc_studio.analysis.cuts import CutReport
    from tcvc_studio.media.film import Film

#: Seconds between two signals of progress.
_TELL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    film: "Film"
    threshold: float
    cancelled: Event


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the thread hands back. ranked: every frame that is a cut at some threshold, ascending."""

    report: "CutReport"
    ranked: np.ndarray


class CutDetection(QObject):
    """Looks through one film at a time; a new search gives up the one before.

    progress: frames done and all of them. found: a CutReport. failed: one sentence. cancelled: the search was given up;
    the frame being looked at is the last. Scores of the last complete search are kept until the next one is complete or
    `forget`.
    """

    progress = Signal(int, int)
    found = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    _wished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: _Search | None = None
        self._found: _Found | None = None
        self._thread = QThread(self)
        self._thread.setObjectName("cut detection")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._wished.connect(self._worker.search, Qt.ConnectionType.QueuedConnection)
        self._worker.progress.connect(self._on_progress)
        self._worker.done.connect(self._on_done)
        self._thread.start(QThread.Priority.LowPriority)

    @property
    def running(self) -> bool:
        """Whether a film is being looked through."""
        return self._current is not None

    @property
    def scores(self) -> np.ndarray | None:
        """How surely a shot begins at each frame, float32 [frames], 0..1; None before a search is complete."""
        return None if self._found is None else self._found.report.scores

    @property
    def fades(self) -> tuple[tuple[int, int], ...]:
        """(start, stop) of every fade that was found, ascending."""
        return () if self._found is None else self._found.report.fades

    def start(self, film: "Film", threshold: float = 0.5) -> None:
        """Look through a film, which is opened anew for the thread and closed again.

        threshold: 0..1, at which the report's cuts are taken; `proposals` has those of any other.
        """
        self.cancel()
        self._current = _Search(film, threshold, Event())
        self.progress.emit(0, film.info.frames)
        self._wished.emit(self._current)

    @Slot()
    def cancel(self) -> None:
        """Give up the search, if there is one, before its next frame."""
        if self._current is not None:
            self._current.cancelled.set()
            self._current = None
            self.cancelled.emit()

    def forget(self) -> None:
        """Give up a search and its results: another film took its place."""
        self.cancel()
        self._found = None

    def proposals(self, threshold: float) -> tuple[int, ...]:
        """The cuts at a threshold 0..1, ascending; the same as `analysis.cuts.cuts_at`, at once. Empty without scores.

        Raises StudioError for a threshold outside 0..1.
        """
        if not 0 <= threshold <= 1:
            raise StudioError(f"The threshold {threshold:g} is not between 0 and 1: choose one such as 0.5.")
        if self._found is None:
            return ()
        ranked = self._found.ranked
        return tuple(ranked[self._found.report.scores[ranked] >= threshold].tolist())

    def close(self) -> None:
        """End the search and the thread."""
        if self._current is not None:
            self._current.cancelled.set()
            self._current = None
        self._thread.quit()
        self._thread.wait()

    @Slot(object, int)
    def _on_progress(self, search: _Search, done: int) -> None:
        if search is self._current:
            self.progress.emit(done, search.film.info.frames)

    @Slot(object, object)
    def _on_done(self, search: _Search, outcome: object) -> None:
        if search is not self._current:
            return
        self._current = None
        if isinstance(outcome, _Found):
            self._found = outcome
            self.found.emit(outcome.report)
        else:
            self.failed.emit(str(outcome))


class _Worker(QObject):
    progress = Signal(object, int)
    done = Signal(object, object)

    @Slot(object)
    def search(self, search: _Search) -> None:
        if search.cancelled.is_set():
            return
        try:
            outcome: object = self._searched(search)
        except Cancelled:
            return
        except StudioError as error:
            outcome = error
        except Exception as error:
            # Whatever it is, the window must hear of it, and the thread must live.
            outcome = f"The cuts of {search.film.info.path.name} could not be found ({type(error).__name__}: {error})."
        if not search.cancelled.is_set():
            self.done.emit(search, outcome)

    def _searched(self, search: _Search) -> _Found:
        # These load OpenCV, which the window does not need before.
        from tcvc_studio.analysis.cuts import cuts_at, detect_cuts

        told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _TELL:
                told = now
                self.progress.emit(search, done)

        with search.film.reopen() as film:
            frames = film.frames()
            try:
                report = detect_cuts(
                    frames, film.info, threshold=search.threshold, cancel=search.cancelled, progress=tell
                )
            finally:
                # The decoder is freed here and not whenever the generator happens to be.
                close = getattr(frames, "close", None)
                if close is not None:
                    close()
        self.progress.emit(search, film.info.frames)
        # cuts_at takes the surest first, so the cuts at a threshold are those at none that score as much.
        return _Found(report, np.array(cuts_at(report.scores, 0.0, report.min_shot), np.int64))
