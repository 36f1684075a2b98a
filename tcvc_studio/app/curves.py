"""Curves over the film: how much either layer flickers, how far the flow can be trusted, where an anchor would help.

A thread of low priority measures what the preview has made fresh, the nearest to the playhead first.
"""

import numpy as np
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from tcvc_studio.app.curve_measurer import Measured, Measurer
from tcvc_studio.app.render_plan import Work
from tcvc_studio.app.rendering import Failure, RenderService
from tcvc_studio.media.film import Film
from tcvc_studio.project.model import Project

#: News is gathered for so long before it is looked at.
_REST_MS = 200


class Curves(QObject):
    """Measures what `rendering` makes fresh. Lives in the GUI's thread; see `close`.

    changed: a curve or the suggestions are others. failed: a Failure; the film's other stretches are measured on.
    """

    changed = Signal()
    failed = Signal(object)
    _wake = Signal()

    def __init__(self, parent: QObject | None = None, *, rendering: RenderService) -> None:
        super().__init__(parent)
        self._rendering = rendering
        self._fingerprint: str | None = None
        self._shown = Measured.nothing(0)
        self._closed = False
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(_REST_MS)
        self._due.timeout.connect(self._wake)
        self._measurer, self._thread = Measurer(rendering), QThread(self)
        self._thread.setObjectName("curves")
        self._measurer.moveToThread(self._thread)
        self._wake.connect(self._measurer.work)
        self._measurer.measured.connect(self._on_measured)
        self._measurer.failed.connect(self._on_failed)
        rendering.span_ready.connect(self._on_span_ready)
        rendering.spans_changed.connect(self._later)
        self._thread.start(QThread.Priority.LowPriority)

    def flicker(self, layer: str) -> np.ndarray:
        """Divergence of each frame's colors from those of the frame before (CDC, t = 1), float32 [frames].

        layer: "tcvc" or "backbone". nan where unknown, where the color is not fresh, and at the beginning of shots.
        The same array until something changes; not to be written to.
        """
        return self._shown.flicker[layer]

    def confidence(self) -> np.ndarray:
        """Share of each frame's pixels whose flow to the frame before leads back, 0..1, float32 [frames].

        nan where unknown and at the beginning of shots. The same array until something changes.
        """
        return self._shown.confidence

    def suggestions(self) -> tuple[int, ...]:
        """Frames where one more anchor would help most, ascending."""
        return self._shown.suggestions

    def set_work(self, project: Project | None, film: Film | None = None, fingerprint: str = "") -> None:
        """Measure this project from now on; to be called after every edit, with what the RenderService is told."""
        if self._closed:
            return
        work = None if project is None or film is None else Work(project, film, fingerprint)
        self._measurer.set_work(work)
        if work is None or work.fingerprint != self._fingerprint:
            self._fingerprint = work.fingerprint if work else None
            self._shown = Measured.nothing(work.film.info.frames if work else 0)
            self.changed.emit()
        self._later()

    def close(self) -> None:
        """End the thread. The curves are of no use afterwards."""
        if self._closed:
            return
        self._closed = True
        self._due.stop()
        self._measurer.stop()
        self._thread.quit()
        self._thread.wait()

    @Slot(str, int, int)
    def _on_span_ready(self, layer: str, start: int, stop: int) -> None:
        if not self._closed:
            self._measurer.touch(layer, start, stop)
            self._later()

    @Slot()
    def _later(self) -> None:
        if not self._closed and not self._due.isActive():
            self._due.start()

    @Slot(object)
    def _on_measured(self, measured: Measured) -> None:
        # What was measured of a film that is no longer on the desk comes too late.
        if not self._closed and measured.fingerprint == self._fingerprint:
            self._shown = measured
            self.changed.emit()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        if not self._closed:
            self.failed.emit(failure)
