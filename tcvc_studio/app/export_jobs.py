"""Exports behind further editing: one after the other, each of the project as it was when it was asked for.

They have a thread of their own and share the models with the preview by a lease (`engine_room.Lease`): while an export
renders, the preview pauses; once nothing is left to render and the file is merely written, or while the export is
paused, the preview goes on. So a film that takes hours to encode does not stop anybody from working.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tcvc_studio.app.engine_room import Clock, EngineRoom, LeasedControl
from tcvc_studio.app.export_request import (
    ExportEstimate,
    ExportRequest,
    estimated_bytes,
    files_of,
    guessed_writing,
    written_info,
)
from tcvc_studio.app.export_worker import Exporter, ExportReport, ExportTask
from tcvc_studio.app.rendering import Failure, RenderService
from tcvc_studio.errors import StudioError

__all__ = ["ExportEstimate", "ExportItem", "ExportJobs", "ExportReport", "ExportRequest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportItem:
    """One export in the list.

    state: "waiting", "running", "done", "failed", "cancelled". paused: held, waiting or running.
    stage: of a running one, "rendering", "writing", "verifying"; "queued" while the models are in use.
    progress: 0..1. eta: seconds left, None where it cannot be told.
    report: of a finished one whose files were read back. files: those that are whole. notes: sentences.
    error: why it failed, one sentence; details: more for whoever wants to know.
    """

    id: int
    request: ExportRequest
    state: str = "waiting"
    paused: bool = False
    stage: str = ""
    progress: float = 0.0
    eta: float | None = None
    report: ExportReport | None = None
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    details: str = ""


class ExportJobs(QObject):
    """The list of exports. Lives in the GUI's thread; see `close`.

    changed: an item is new, different, or (`clear`) gone. failed: a Failure. rendered: an export has filled the cache.
    """

    changed = Signal(int)
    failed = Signal(object)
    rendered = Signal()
    _wake = Signal()

    def __init__(self, parent: QObject | None = None, *, rendering: RenderService) -> None:
        super().__init__(parent)
        self._rendering = rendering
        self._room: EngineRoom = rendering.room
        self._items: OrderedDict[int, ExportItem] = OrderedDict()
        self._tasks: dict[int, ExportTask] = {}
        self._queue: list[ExportTask] = []
        self._lock = threading.Lock()
        self._clock = Clock()
        self._next_id = 1
        self._closed = False
        self._exporter, self._thread = Exporter(self._take, self._room), QThread(self)
        self._thread.setObjectName("export-jobs")
        self._exporter.moveToThread(self._thread)
        self._wake.connect(self._exporter.work)
        self._exporter.updated.connect(self._on_updated)
        self._exporter.measured.connect(self._on_measured)
        self._exporter.rendered.connect(self._on_rendered)
        self._thread.start()

    @property
    def items(self) -> tuple[ExportItem, ...]:
        """All exports, the oldest first."""
        return tuple(self._items.values())

    def item(self, id: int) -> ExportItem | None:
        """The export of that number; None where there is none (any more)."""
        return self._items.get(id)

    @property
    def active(self) -> bool:
        """Whether an export runs or waits."""
        return any(item.state in ("waiting", "running") for item in self._items.values())

    def add(self, request: ExportRequest) -> int:
        """Export the project as it is now, after those that wait. Returns the export's number.

        Raises StudioError where no film is open or the request names no frame.
        """
        work = self._rendering.work
        if work is None:
            raise StudioError("There is no film to export: open one first.")
        if not request.spans or request.frames <= 0:
            raise StudioError("The export holds no frame: choose a range.")
        id, self._next_id = self._next_id, self._next_id + 1
        task = ExportTask(id, request, work, LeasedControl(self._room.lease))
        self._tasks[id] = task
        self._items[id] = ExportItem(id=id, request=request)
        with self._lock:
            self._queue.append(task)
        self.changed.emit(id)
        self._wake.emit()
        return id

    def cancel(self, id: int) -> None:
        """End an export that runs or waits; nothing half-written is left, whole files of earlier spans stay."""
        task, item = self._tasks.get(id), self._items.get(id)
        if task is None or item is None:
            return
        with self._lock:
            waits = task in self._queue
            if waits:
                self._queue.remove(task)
        task.control.cancel()
        if waits:
            self._change(id, state="cancelled", paused=False)
            del self._tasks[id]

    def pause(self, id: int) -> None:
        """Hold an export at its next frame, or let a held one go on."""
        task, item = self._tasks.get(id), self._items.get(id)
        if task is None or item is None:
            return
        if item.paused:
            task.control.resume()
            self._wake.emit()
        else:
            task.control.pause()
        self._change(id, paused=not item.paused, eta=None)

    def clear(self, id: int) -> None:
        """Take an export that is over off the list."""
        item = self._items.get(id)
        if item is not None and item.state not in ("waiting", "running"):
            del self._items[id]
            self.changed.emit(id)

    def check(self, request: ExportRequest) -> None:
        """Raises StudioError for what would fail at once: names, folders, room on the disk, sound that does not fit."""
        from tcvc_studio.media.encode import check_export

        work = self._rendering.work
        if work is None:
            raise StudioError("There is no film to export: open one first.")
        info = written_info(request, work.film.info)
        for path, start, stop in files_of(request, work.project.shots):
            check_export(
                path, request.codec, info, first=start, count=stop - start, audio=request.audio, depth=request.depth,
                quality=request.quality,
            )  # fmt: skip

    def estimate(self, request: ExportRequest) -> ExportEstimate:
        """About how large and how long, by what was measured since the start. Raises StudioError for no such codec."""
        work = self._rendering.work
        if work is None:
            return ExportEstimate(0, None)
        info = work.film.info
        writing = self._clock.seconds(_writing_name(request)) or guessed_writing(request, info)
        rendering: float | None = 0.0
        layers = {"tcvc": ("tcvc",), "backbone": ("backbone",), "side-by-side": ("tcvc", "backbone"), "gray": ()}
        for layer in layers[request.content]:
            missing = [self._rendering.missing(layer, *span) for span in request.spans]
            each = self._rendering.seconds_a_frame(layer)
            if None in missing or (any(missing) and each is None):
                rendering = None
                break
            rendering += sum(missing) * (each or 0.0)
        seconds = None if rendering is None else rendering + request.frames * writing
        return ExportEstimate(estimated_bytes(request, info), seconds)

    def speed(self, request: ExportRequest) -> float | None:
        """Frames a second that an export is expected to do; None where nobody can tell."""
        seconds = self.estimate(request).seconds
        return request.frames / seconds if seconds else None

    def close(self) -> None:
        """Cancel everything and end the thread."""
        if self._closed:
            return
        self._closed = True
        with self._lock:
            self._queue.clear()
        for task in self._tasks.values():
            task.control.cancel()
        self._thread.quit()
        self._thread.wait()

    def _take(self) -> ExportTask | None:
        """The next export; called by the exporter in its thread."""
        with self._lock:
            for task in self._queue:
                if not task.control.paused:
                    self._queue.remove(task)
                    return task
        return None

    def _change(self, id: int, **values: Any) -> None:
        if id in self._items and not self._closed:
            self._items[id] = replace(self._items[id], **values)
            self.changed.emit(id)

    @Slot(int, object)
    def _on_updated(self, id: int, values: dict) -> None:
        item = self._items.get(id)
        if item is None:
            return
        over = values.get("state", "running") != "running"
        if over:
            self._tasks.pop(id, None)
            values = {**values, "paused": False, "eta": None, "stage": ""}
        elif item.paused:
            values = {**values, "eta": None}
        self._change(id, **values)
        if values.get("state") == "failed" and not self._closed:
            self.failed.emit(Failure(values["error"], values.get("details", "")))

    @Slot(object, object, float)
    def _on_measured(self, request: ExportRequest, frames: int, seconds: float) -> None:
        self._clock.add(_writing_name(request), frames=frames, seconds=seconds)

    @Slot()
    def _on_rendered(self) -> None:
        if not self._closed:
            self._rendering.refresh()
            self.rendered.emit()


def _writing_name(request: ExportRequest) -> str:
    return f"{request.codec} {request.content} {request.fast} {request.hardware}"
