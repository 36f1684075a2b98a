"""What the window, the planner and the renderer know together: one state, behind one lock, free of Qt."""

import threading
from dataclasses import dataclass

import numpy as np

from tcvc_studio.app.engine_room import Clock, Lease
from tcvc_studio.app.render_marks import LayerMarks, runs
from tcvc_studio.app.render_plan import LAYERS, RenderPlan, Work
from tcvc_studio.app.render_states import RenderProgress, RenderSpan
from tcvc_studio.app.schedule import LayerPlan, Task, near_span, next_task
from tcvc_studio.engine.control import Control
from tcvc_studio.engine.pieces import Piece
from tcvc_studio.engine.stored import turned_as_coded


@dataclass(frozen=True, slots=True)
class Assignment:
    """One task, and the plan it is of."""

    plan: RenderPlan
    task: Task
    control: Control


class RenderDesk:
    """Shared state of rendering. Every method may be called from any thread."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._lock = threading.RLock()
        self._clock = Clock()
        self._work: Work | None = None
        self._wanted: Work | None = None
        self._plan: RenderPlan | None = None
        self._marks: dict[str, LayerMarks] = {}
        self._fresh: set[str] = set()
        self._recent: set[str] = set()
        self._failed: dict[str, str] = {}
        self._alone: set[str] = set()
        self._playhead = 0
        self._paused = self._stopped = self._closed = self._waiting = False
        self._halted = self._unplanned = False
        self._withdrawn: RenderPlan | None = None
        self._running: Assignment | None = None
        self._left: list[Piece] = []
        self._give_way = False
        self.size_limit: int | None = None

    # What the window asks for.

    def ask(self, work: Work | None) -> None:
        """Take a project as it is now; it counts once it is planned."""
        with self._lock:
            self._wanted = work
            if work is None or self._work is None or work.fingerprint != self._work.fingerprint:
                # Nothing of another film is of use: its work ends at the next frame.
                self._plan = None
                self._marks = {}
                self._failed.clear()
                self._alone.clear()
                self._halted = self._unplanned = False
                self.size_limit = None
                self._cancel_running()
            self._work = work

    def replan(self) -> None:
        """Plan the same project once more."""
        with self._lock:
            self._wanted = self._work

    def move(self, frame: int) -> bool:
        """The playhead is elsewhere: when the interval at hand is finished, what is near it comes first.

        Returns whether that is missing while nothing is being rendered.
        """
        with self._lock:
            self._playhead = frame
            missing = self._missing_near()
            if self._running is None:
                return bool(missing)
            self._give_way = self._give_way or self._urgent(missing)
            return False

    def hasten(self) -> None:
        """The playhead rests: what is far from it is put off at once."""
        with self._lock:
            if self._urgent(self._missing_near()):
                self._cancel_running()

    def pause(self) -> None:
        with self._lock:
            self._paused = True
            if self._running:
                self._running.control.pause()

    def resume(self) -> None:
        """Go on after a pause, a cancel or a failure; what failed is tried again."""
        with self._lock:
            self._paused = self._stopped = self._halted = False
            if self._failed or self._unplanned or self._plan is None or self._plan is self._withdrawn:
                self._wanted = self._work
            self._failed = {} if self._plan is None else dict(self._plan.broken)
            for marks in self._marks.values():
                marks.set_failed(self._failed)
            if self._running:
                self._running.control.resume()

    def stop(self) -> None:
        """End the work at hand at its next frame, and begin none until `resume`."""
        with self._lock:
            self._stopped = True
            self._cancel_running()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._wanted = None
            self._cancel_running()

    def yield_now(self) -> None:
        """Somebody else needs the models."""
        with self._lock:
            self._cancel_running()

    # What the planner does.

    def begin_planning(self) -> Work | None:
        """The project to be planned; None where there is nothing new."""
        with self._lock:
            work, self._wanted = self._wanted, None
            self._recent = set()
            return work

    def publish(self, plan: RenderPlan, present: set[str]) -> list[tuple[str, int, int]]:
        """Work by this plan from now on. present: keys of what lay in the cache when planning began.

        Returns the spans (layer, start, stop) whose color is there and was not shown before.
        """
        with self._lock:
            if self._work is None or plan.work.fingerprint != self._work.fingerprint:
                return []
            before = self._plan
            if before is not None and before.work.fingerprint != plan.work.fingerprint:
                before = None
            keys = plan.keys
            self._fresh = set(keys & (present | self._recent))
            self._failed = {key: text for key, text in self._failed.items() if key in keys} | dict(plan.broken)
            self._alone = set(self._alone & keys)
            marks, changed = {}, []
            for layer in plan.layers:
                old = None if before is None else before.layer(layer.name)
                stored = None if before is None else before.stored[layer.name]
                marks[layer.name] = LayerMarks(
                    layer, plan.work.film.info.frames, self._fresh, self._failed,
                    before=self._marks.get(layer.name) if before else None, stored=stored,
                )  # fmt: skip
                changed += self._news(layer, old, marks[layer.name], self._marks.get(layer.name) if before else None)
            self._plan, self._marks = plan, marks
            self._unplanned = False
            self._protect(plan)
            if self._running and self._left:
                if self._left[0].key not in keys:
                    self._cancel_running()
                elif any(piece.key not in keys for piece in self._left):
                    self._give_way = True
            return changed

    def planning_failed(self) -> None:
        """There is no plan for what is asked for: nothing is rendered until there is one."""
        with self._lock:
            self._unplanned = True
            self._cancel_running()

    # What the renderer does.

    def begin(self) -> Assignment | None:
        """The next work; None where there is none, or none may be done now. The lease is held with it."""
        with self._lock:
            self._waiting = False
            if self._plan is None or self._paused or self._stopped or self._halted or self._closed:
                return None
            if self._plan is self._withdrawn or self._unplanned:
                return None
            plan, playhead, done = self._plan, self._playhead, self._fresh | self._failed.keys()
        playhead = min(max(playhead, 0), plan.work.film.info.frames - 1)
        task = next_task(
            plan.layers, plan.shots, playhead, done=done, alone=self._alone, shot_alone=plan.cache.full
        )
        with self._lock:
            if task is None or plan is not self._plan or self._paused or self._stopped or self._closed:
                return None
            if not self._lease.take_if_free():
                self._waiting = True
                return None
            self._running = Assignment(plan, task, Control())
            self._left = list(task.pieces)
            self._give_way = False
            return self._running

    def finished(self, piece: Piece) -> bool:
        """A piece of the running task is in the cache. Returns whether to go on with the rest."""
        with self._lock:
            if self._running is None:
                return False
            self._left = [other for other in self._left if other.key != piece.key]
            self._note_fresh(self._running, piece)
            return not self._give_way

    def end(self, *, complete: bool) -> None:
        """The running task is over. complete: all its pieces are in the cache, rendered now or before."""
        with self._lock:
            running, left = self._running, self._left
            self._running, self._left = None, []
            if running and complete:
                for piece in left:
                    self._note_fresh(running, piece)
        if running:
            # Outside the lock: whoever waits for the lease may need it.
            self._lease.give()

    def failed_task(self, sentence: str) -> bool:
        """The running task failed. Returns whether that is told of one piece, which then counts as failed; else its
        pieces are tried one by one."""
        with self._lock:
            if self._running is None:
                return False
            if len(self._running.task.pieces) > 1 and not self._alone.issuperset(p.key for p in self._left):
                self._alone |= {piece.key for piece in self._left}
                return False
            for piece in self._left[:1]:
                if self._plan is not None and piece.key in self._plan.keys:
                    self._failed[piece.key] = sentence
                    self._marks[self._running.task.layer].fail(piece)
            return True

    def halt(self) -> None:
        """Begin no more work until `resume`: whatever comes next would fail alike."""
        with self._lock:
            self._halted = True

    def withdraw(self, plan: RenderPlan) -> None:
        """Render no more by this plan, though its color still counts; a new one is on its way."""
        with self._lock:
            if plan is self._plan:
                self._withdrawn = plan

    def measured(self, layer: str, *, frames: int, seconds: float) -> None:
        """So many frames of a layer took so long."""
        with self._lock:
            self._clock.add(layer, frames=frames, seconds=seconds)

    # What anybody may ask.

    @property
    def playhead(self) -> int:
        return self._playhead

    @property
    def plan(self) -> RenderPlan | None:
        return self._plan

    @property
    def running(self) -> Assignment | None:
        return self._running

    def missing(self, layer: str, start: int, stop: int) -> int | None:
        """How many of these frames are not fresh; None where nothing is planned."""
        with self._lock:
            marks = self._marks.get(layer)
            return None if marks is None else int(np.count_nonzero(marks.missing[start:stop]))

    def fresh_frames(self, layer: str) -> np.ndarray | None:
        """Which frames are fresh, bool [frames]; None where nothing is planned."""
        with self._lock:
            marks = self._marks.get(layer)
            return None if marks is None else marks.missing == 0

    def fresh_key(self, layer: str, frame: int) -> str | None:
        """What a frame's fresh color is; None where it is not fresh."""
        with self._lock:
            plan, marks = self._plan, self._marks.get(layer)
            if plan is None or marks is None or not 0 <= frame < len(marks.missing) or marks.missing[frame]:
                return None
            return " ".join(f"{piece.key} {index}" for piece, index in plan.stored[layer].places(frame))

    def seconds_a_frame(self, layer: str) -> float | None:
        with self._lock:
            return self._clock.seconds(layer)

    def color(self, layer: str, frame: int, *, stale: bool = True) -> np.ndarray | None:
        """Float32 [2, h, w], Lab units, lying as the film's planes are coded; None where there is none.

        stale: where there is no fresh color, that of before an edit will do.
        """
        with self._lock:
            plan, marks = self._plan, self._marks.get(layer)
            if plan is None or marks is None or not 0 <= frame < len(marks.missing):
                return None
            fresh = marks.missing[frame] == 0
            older = marks.older_color(frame) if stale else None
        rotation = plan.work.film.info.rotation
        if fresh:
            try:
                return turned_as_coded(plan.stored[layer].ab(frame), rotation)
            except KeyError as gone:
                self._forget(plan, layer, gone.args[0])
        if older is not None:
            try:
                return turned_as_coded(older.ab(frame), rotation)
            except KeyError:
                return None
        return None

    def spans(self) -> tuple[RenderSpan, ...]:
        """What is known of both layers, each layer's spans in film order."""
        with self._lock:
            found = []
            for layer in LAYERS:
                if layer in self._marks:
                    found += [RenderSpan(a, b, layer, state) for a, b, state in self._marks[layer].spans(
                        self._left if self._running and self._running.task.layer == layer else ()
                    )]
            return tuple(found)

    def progress(self) -> RenderProgress:
        with self._lock:
            if self._plan is None:
                state = "failed" if self._unplanned else "loading" if self._work is not None else "idle"
                return RenderProgress(0, 0, 0.0, None, state)
            total = self._plan.work.film.info.frames
            missing = {layer: int(np.count_nonzero(marks.missing)) for layer, marks in self._marks.items()}
            done = total - missing["tcvc"]
            each = {layer: self._clock.seconds(layer) for layer in LAYERS}
            known = [seconds for seconds in each.values() if seconds is not None]
            rate = 1 / sum(known) if known and sum(known) > 0 else 0.0
            eta = None
            if all(each[layer] is not None or not missing[layer] for layer in LAYERS):
                eta = sum(missing[layer] * (each[layer] or 0.0) for layer in LAYERS)
            return RenderProgress(done, total, rate, eta, self._state())

    def _state(self) -> str:
        if self._halted or self._unplanned:
            return "failed"
        if self._stopped:
            return "stopped"
        if self._paused:
            return "paused"
        if self._running is not None:
            return "rendering"
        if self._waiting:
            return "waiting"
        if any(marks.to_do for marks in self._marks.values()):
            return "rendering"
        return "failed" if self._failed else "done"

    def _cancel_running(self) -> None:
        if self._running:
            self._running.control.cancel()

    def _missing_near(self) -> set[str]:
        """Keys of what is missing at the playhead."""
        plan = self._plan
        if plan is None:
            return set()
        frame = min(max(self._playhead, 0), plan.work.film.info.frames - 1)
        span = near_span(plan.layers, frame)
        near = {piece.key for layer in plan.layers for piece in layer.covering(*span)}
        return near - self._fresh - self._failed.keys()

    def _urgent(self, missing: set[str]) -> bool:
        """Whether what is missing at the playhead is not what the running task is at."""
        return bool(missing and self._running and self._left) and self._left[0].key not in missing

    def _note_fresh(self, running: Assignment, piece: Piece) -> None:
        self._recent.add(piece.key)
        self._failed.pop(piece.key, None)
        self._alone.discard(piece.key)
        layer = running.task.layer
        known = self._plan is not None and piece.key in self._plan.layer(layer).keys
        if known and piece.key not in self._fresh:
            self._fresh.add(piece.key)
            self._marks[layer].add(piece)

    def _forget(self, plan: RenderPlan, layer: str, key: str) -> None:
        """A result is no longer in the cache: it is rendered again when its turn comes."""
        with self._lock:
            if plan is self._plan and key in self._fresh:
                self._fresh.discard(key)
                self._recent.discard(key)
                self._marks[layer].remove(key)

    def _protect(self, plan: RenderPlan) -> None:
        """Nothing of the plan is evicted while it fits; where it does not, the playhead's shot stays."""
        keys = plan.keys
        if plan.cache.full:
            shot = next((s for s in plan.shots if self._playhead in s), plan.shots[0])
            keys = {p.key for layer in plan.layers for p in layer.covering(shot.start, shot.stop)}
        plan.cache.protect(keys, owner=self)

    @staticmethod
    def _news(
        layer: LayerPlan, old: LayerPlan | None, marks: LayerMarks, before: LayerMarks | None
    ) -> list[tuple[str, int, int]]:
        fresh = marks.missing == 0
        if old is not None and before is not None:
            same = before.missing == 0
            for plan in layer.pieces:
                for piece in plan:
                    if piece.key not in old.keys:
                        same[piece.interval.first : piece.interval.stop] = False
            fresh &= ~same
        return [(layer.name, start, stop) for start, stop, value in runs(fresh) if value]
