"""The preview: what an edit made stale is rendered again, around the playhead first, in a thread of its own.

Two long-lived threads serve it: the engine's renders, the planner's works out after each edit what is still fresh, so
that an edit elsewhere never interrupts work that stays good. Both look at one `RenderDesk`; signals only say that
something is there to be looked at.
"""

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from tcvc_studio.app.engine_room import EngineRoom
from tcvc_studio.app.render_desk import RenderDesk
from tcvc_studio.app.render_plan import Work
from tcvc_studio.app.render_states import Failure, RenderProgress, RenderSpan
from tcvc_studio.app.render_workers import Engine, Planner
from tcvc_studio.media.film import Film
from tcvc_studio.project.model import Project

__all__ = ["Failure", "RenderProgress", "RenderService", "RenderSpan"]

#: An edit counts once no other has followed for so long; a drag is one edit.
_EDIT_RESTS_MS = 80
#: A playhead that has rested for so long interrupts work elsewhere.
_PLAYHEAD_RESTS_MS = 250
_SPANS_MS = 50
_PROGRESS_MS = 250


class RenderService(QObject):
    """Renders a project's TCVC and backbone layers in the background. Lives in the GUI's thread; see `close`.

    Methods return at once; results are told by signals, which carry frame numbers.
    """

    spans_changed = Signal()
    span_ready = Signal(str, int, int)  # layer, start, stop: half-open
    progress = Signal(object)  # RenderProgress
    device_changed = Signal(str)
    noted = Signal(str)
    failed = Signal(object)  # Failure
    _wake = Signal()
    _plan = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        room: EngineRoom | None = None,
        cache_folder: Path | None = None,
        cache_limit: int = 64 << 30,
        device: str = "auto",
        precision: str = "auto",
    ) -> None:
        """room: the models and the cache to use; made of the preferences that follow (see EngineRoom) where None."""
        super().__init__(parent)
        room = room or EngineRoom(
            cache_folder=cache_folder, cache_limit=cache_limit, device=device, precision=precision
        )
        self._room = room
        self._desk = RenderDesk(room.lease)
        self._next: Work | None = None
        self._device = ""
        self._told: set[Failure] = set()
        self._closed = False
        self._last_progress: RenderProgress | None = None
        self._edit_rests = self._timer(_EDIT_RESTS_MS, self._take_edit)
        self._playhead_rests = self._timer(_PLAYHEAD_RESTS_MS, self._hasten)
        self._spans_due = self._timer(_SPANS_MS, self._tell_spans)
        self._progress_due = self._timer(_PROGRESS_MS, self._tell_progress)
        self._engine, self._engine_thread = Engine(self._desk), QThread(self)
        self._planner, self._planner_thread = Planner(self._desk, room), QThread(self)
        self._engine_thread.setObjectName("engine")
        self._planner_thread.setObjectName("planner")
        self._engine.moveToThread(self._engine_thread)
        self._planner.moveToThread(self._planner_thread)
        self._wake.connect(self._engine.work)
        self._plan.connect(self._planner.plan)
        self._engine.rendered.connect(self._on_rendered)
        self._engine.changed.connect(self._on_changed)
        self._engine.replan.connect(self._on_replan)
        # Straight from thread to thread: a busy window does not hold up the work.
        self._planner.planned.connect(self._engine.work)
        self._planner.planned.connect(self._on_planned)
        for worker in (self._engine, self._planner):
            worker.noted.connect(self._on_noted)
            worker.failed.connect(self._on_failed)
            worker.device_found.connect(self._on_device)
        room.lease.wanted = self._desk.yield_now
        room.lease.freed = self._wake.emit
        self._engine_thread.start()
        self._planner_thread.start()

    @property
    def room(self) -> EngineRoom:
        """Models and cache, for whoever shares them."""
        return self._room

    @property
    def work(self) -> Work | None:
        """The project as it was last told, and its film; None where there is none."""
        return self._next

    def set_preferences(self, *, cache_folder: Path | None, cache_limit: int, device: str, precision: str) -> None:
        """Take other preferences; what they change is rendered anew."""
        if self._room.configure(
            cache_folder=cache_folder, cache_limit=cache_limit, device=device, precision=precision
        ):
            self.replan()

    def weights_changed(self) -> None:
        """Weights have been brought or replaced: load models anew."""
        self._room.forget_models()
        self.replan()

    def set_work(self, project: Project | None, film: Film | None = None, fingerprint: str = "") -> None:
        """Render this project from now on; None ends all work. To be called after every edit, undo and redo.

        film: open, of the project; the service reads copies of its own. fingerprint: of its content.
        """
        if self._closed:
            return
        work = None if project is None or film is None else Work(project, film, fingerprint)
        other_film = self._next is None or work is None or self._next.fingerprint != work.fingerprint
        self._next = work
        if other_film:
            self._told.clear()
            self._take_edit()
        else:
            self._edit_rests.start()

    def set_playhead(self, frame: int) -> None:
        """Render around this frame first."""
        if self._desk.move(frame):
            self._wake.emit()
        self._playhead_rests.start()

    def pause(self) -> None:
        """Hold the work at its next frame; `resume` goes on where it stood."""
        self._desk.pause()
        self._on_changed()

    def resume(self) -> None:
        """Go on after `pause`, `cancel` or a failure, trying again what failed."""
        self._told.clear()
        self._desk.resume()
        self._plan.emit()
        self._wake.emit()
        self._on_changed()

    def cancel(self) -> None:
        """End the work at its next frame; what is finished stays, and nothing begins until `resume`."""
        self._desk.stop()
        self._on_changed()

    def use_cpu(self) -> None:
        """Take the offer of a Failure: let the CPU color, at the working size that the project asks for."""
        self._room.use_device("cpu")
        self.replan()

    def replan(self) -> None:
        """Look anew at what is there: preferences have changed, weights have come, something else filled the cache."""
        self._desk.size_limit = None
        self._desk.replan()
        self.resume()

    def refresh(self) -> None:
        """Look anew at which results lie in the cache, after an export has rendered some."""
        self._desk.replan()
        self._plan.emit()

    def spans(self) -> tuple[RenderSpan, ...]:
        """What is known of each layer's frames; frames never rendered are in no span."""
        return self._desk.spans()

    def color(self, layer: str, frame: int, *, stale: bool = True) -> np.ndarray | None:
        """A frame's chroma, float32 [2, h, w] in Lab units at working size, lying as the film's planes are coded.

        layer: "tcvc" or "backbone". stale: while a frame is rendered anew, what it had before is returned.
        None where there is none. May be called from any thread; reads the disk where the RAM does not have it.
        """
        return self._desk.color(layer, frame, stale=stale)

    def fresh_frames(self, layer: str) -> np.ndarray | None:
        """Which frames of a layer are fresh, bool [frames]; None while nothing is planned. Any thread may ask."""
        return self._desk.fresh_frames(layer)

    def fresh_key(self, layer: str, frame: int) -> str | None:
        """What a frame's fresh color is, as a key that changes when it does; None where it is not fresh."""
        return self._desk.fresh_key(layer, frame)

    @property
    def playhead(self) -> int:
        """Where it was last set. Any thread may ask."""
        return self._desk.playhead

    @property
    def rendering(self) -> bool:
        """Whether something is being rendered. Any thread may ask."""
        return self._desk.running is not None

    def state(self) -> RenderProgress:
        """How far the work is."""
        return self._desk.progress()

    def seconds_a_frame(self, layer: str) -> float | None:
        """Measured time to color a frame of a layer; None before anything was measured."""
        return self._desk.seconds_a_frame(layer)

    def missing(self, layer: str, start: int, stop: int) -> int | None:
        """How many of these frames are not rendered; None while nothing is planned."""
        return self._desk.missing(layer, start, stop)

    def close(self) -> None:
        """End the work at its next frame, and both threads. The service is of no use afterwards."""
        if self._closed:
            return
        self._closed = True
        for timer in (self._edit_rests, self._playhead_rests, self._spans_due, self._progress_due):
            timer.stop()
        self._room.lease.wanted = self._room.lease.freed = _nothing
        self._desk.close()
        for thread in (self._engine_thread, self._planner_thread):
            thread.quit()
        for thread in (self._engine_thread, self._planner_thread):
            thread.wait()
        plan = self._desk.plan
        if plan is not None:
            plan.cache.protect((), owner=self._desk)

    def _timer(self, milliseconds: int, slot: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    @Slot()
    def _take_edit(self) -> None:
        self._edit_rests.stop()
        self._desk.ask(self._next)
        self._plan.emit()
        self._on_changed()

    @Slot()
    def _hasten(self) -> None:
        self._desk.hasten()

    @Slot(object)
    def _on_planned(self, changed: list) -> None:
        if self._closed:
            return
        for layer, start, stop in changed:
            self.span_ready.emit(layer, start, stop)
        self._on_changed()

    @Slot(str, int, int)
    def _on_rendered(self, layer: str, start: int, stop: int) -> None:
        if not self._closed:
            self.span_ready.emit(layer, start, stop)
            self._on_changed()

    @Slot()
    def _on_replan(self) -> None:
        self._plan.emit()

    @Slot()
    def _on_changed(self) -> None:
        if self._closed:
            return
        for timer in (self._spans_due, self._progress_due):
            if not timer.isActive():
                timer.start()

    @Slot()
    def _tell_spans(self) -> None:
        self.spans_changed.emit()

    @Slot()
    def _tell_progress(self) -> None:
        progress = self._desk.progress()
        if progress != self._last_progress:
            self._last_progress = progress
            self.progress.emit(progress)

    @Slot(str)
    def _on_device(self, text: str) -> None:
        if text != self._device and not self._closed:
            self._device = text
            self.device_changed.emit(text)

    @Slot(str)
    def _on_noted(self, text: str) -> None:
        if not self._closed:
            self.noted.emit(text)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        if not self._closed and failure not in self._told:
            # Once until the user acts: a bad disk fails many pieces with one sentence.
            self._told.add(failure)
            self.failed.emit(failure)
            self._on_changed()


def _nothing() -> None:
    pass
