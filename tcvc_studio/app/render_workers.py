"""The two workers behind the preview, each in a thread of its own: one plans, one renders."""

import traceback
from contextlib import closing
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from tcvc_studio.app.engine_room import EngineRoom, now
from tcvc_studio.app.render_desk import Assignment, RenderDesk
from tcvc_studio.app.render_plan import RenderPlan, StillDigests, make_plan
from tcvc_studio.app.render_states import Failure
from tcvc_studio.engine.cache import CacheError
from tcvc_studio.engine.events import Note, Rendered
from tcvc_studio.errors import Cancelled, StudioError

if TYPE_CHECKING:
    from tcvc_studio.engine.render import Renderer

#: The ladder ends here: below it color is of no use, and the CPU is offered.
LEAST_WORKING_SIZE = 128


class Planner(QObject):
    """Works out, after each edit, which pieces there are and which are fresh."""

    planned = Signal(object)
    device_found = Signal(str)
    noted = Signal(str)
    failed = Signal(object)

    def __init__(self, desk: RenderDesk, room: EngineRoom) -> None:
        super().__init__()
        self._desk = desk
        self._room = room
        self._digests = StillDigests()
        self._said: set[str] = set()

    @Slot()
    def plan(self) -> None:
        """Plan what the desk asks for, if it asks."""
        work = self._desk.begin_planning()
        if work is None:
            return
        try:
            plan = make_plan(work, self._room, self._digests, size_limit=self._desk.size_limit)
            changed = self._desk.publish(plan, plan.cache.keys())
            self.device_found.emit(_device_text(plan))
        except StudioError as error:
            self._desk.planning_failed()
            self.failed.emit(Failure(str(error)))
        except Exception:
            self._desk.planning_failed()
            self.failed.emit(Failure("Rendering could not be planned; please report it.", traceback.format_exc()))
        else:
            for text in plan.notes:
                if text not in self._said:
                    self._said.add(text)
                    self.noted.emit(text)
            for text in sorted(set(plan.broken.values())):
                self.failed.emit(Failure(text))
            self.planned.emit(changed)


class Engine(QObject):
    """Renders what the desk has most need of, until nothing is left."""

    rendered = Signal(str, int, int)
    changed = Signal()
    replan = Signal()
    noted = Signal(str)
    device_found = Signal(str)
    failed = Signal(object)

    def __init__(self, desk: RenderDesk) -> None:
        super().__init__()
        self._desk = desk
        self._renderers: dict[str, tuple[tuple, Renderer]] = {}

    @Slot()
    def work(self) -> None:
        """Render until there is nothing to do, or nothing may be done."""
        while (assignment := self._desk.begin()) is not None:
            self.changed.emit()
            complete = False
            try:
                complete = self._render(assignment)
            except Cancelled:
                pass
            except CacheError as error:
                self._desk.halt()
                self.failed.emit(Failure(str(error)))
            except StudioError as error:
                self._failed(assignment, error)
            except Exception:
                self._broke(assignment, traceback.format_exc())
            finally:
                self._desk.end(complete=complete)
        self.changed.emit()

    def _render(self, assignment: Assignment) -> bool:
        """Whether all pieces of the task were rendered, and not some put off."""
        from tcvc_studio.engine.pipeline import run

        plan, task = assignment.plan, assignment.task
        pieces = {piece.interval: piece for piece in task.pieces}
        begun = now()
        events = run(
            plan.jobs[task.layer],
            open_film=plan.work.film.reopen,
            models=plan.models,
            cache=plan.cache,
            control=assignment.control,
            pieces=(task.pieces,),
            renderer=self._renderer(plan, task.layer),
            spare=_no_spare,
        )
        with closing(events):
            for event in events:
                if isinstance(event, Note):
                    self.noted.emit(event.text)
                elif isinstance(event, Rendered):
                    piece = pieces[event.interval]
                    goes_on = self._desk.finished(piece)
                    frames = piece.interval.stop - piece.interval.first
                    self._desk.measured(
                        task.layer, frames=frames, seconds=(now() - begun) * len(plan.layer(task.layer).pieces)
                    )
                    begun = now()
                    self.rendered.emit(task.layer, piece.interval.first, piece.interval.stop)
                    if not goes_on:
                        return False
        self.device_found.emit(_device_text(plan))
        return True

    def _renderer(self, plan: RenderPlan, layer: str) -> "Renderer":
        """The layer's renderer, which keeps anchors from task to task as long as nothing they depend on changes."""
        from tcvc_studio.engine.render import Renderer

        job = plan.jobs[layer]
        stills = tuple(sorted(plan.digests.items())) if layer == "tcvc" else ()
        facts = (job.fingerprint, plan.models.key, str(plan.models.compute), job.settings.fusion, plan.working_size)
        if layer not in self._renderers or self._renderers[layer][0] != (*facts, stills):
            batches = self._renderers[layer][1].batches if layer in self._renderers else None
            renderer = Renderer(plan.models, fusion=job.settings.fusion)
            renderer.batches = batches or renderer.batches
            self._renderers[layer] = ((*facts, stills), renderer)
        return self._renderers[layer][1]

    def _failed(self, assignment: Assignment, error: StudioError) -> None:
        from tcvc_studio.engine.memory import OutOfMemory

        if isinstance(error, OutOfMemory):
            self._renderers.clear()
            self._shrink(assignment.plan, error)
        elif self._desk.failed_task(str(error)):
            self.failed.emit(Failure(str(error)))

    def _shrink(self, plan: RenderPlan, error: StudioError) -> None:
        smaller = plan.working_size // 2
        if smaller >= LEAST_WORKING_SIZE:
            self._desk.size_limit = smaller
            self._desk.replan()
            self.noted.emit(
                f"Memory ran out at a working size of {plan.working_size}; the preview is rendered at {smaller}."
            )
            self.replan.emit()
            # Nothing of the plan at hand can be rendered; the new one wakes the engine again.
            self._desk.withdraw(plan)
            return
        self._desk.halt()
        self.failed.emit(Failure(str(error), offers=() if _on_cpu(plan) else ("cpu",)))

    def _broke(self, assignment: Assignment, details: str) -> None:
        task = assignment.task
        text = f"Frames {task.start} to {task.stop - 1} could not be rendered; the details say why."
        if self._desk.failed_task(text):
            self.failed.emit(Failure(text, details))


def _no_spare(_models: object) -> None:
    """The studio offers the CPU instead of taking it."""


def _on_cpu(plan: RenderPlan) -> bool:
    return plan.models.compute.device.type == "cpu"


def _device_text(plan: RenderPlan) -> str:
    """As "cpu, fp32" or "cuda:0 NVIDIA H200, bf16 · 3.1/139.8 GB"."""
    import torch

    from tcvc_studio.engine.session import describe_device

    text = describe_device(plan.models.compute)
    device = plan.models.compute.device
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        text += f" · {(total - free) / 1e9:.1f}/{total / 1e9:.0f} GB"
    return text
