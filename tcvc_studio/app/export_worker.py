"""The worker behind the list of exports: renders what is missing, writes, reads back."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from tcvc_studio.app.engine_room import EngineRoom, LeasedControl, now
from tcvc_studio.app.export_request import ExportRequest, files_of
from tcvc_studio.app.render_plan import Work
from tcvc_studio.engine.events import Exported, Planned, Rendered
from tcvc_studio.engine.job import Job, project_job
from tcvc_studio.engine.pieces import planned_pieces
from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.codecs import codec_named

if TYPE_CHECKING:
    from tcvc_studio.engine.exporting import Export, Outcome
    from tcvc_studio.engine.render import Models
    from tcvc_studio.media.verify import ExportReport as FileReport

_TELL_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class ExportTask:
    """One export on its way: the request, and the project and film it was asked of."""

    id: int
    request: ExportRequest
    work: Work
    control: LeasedControl


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was found when the files of an export were read back.

    frames: in all of them. The tags are those of the first. max_luma_difference, mean_luma_difference: |dY| in codes
    of the file's planes, None where it was not measured; luma_frames: of so many frames; lossless: of a codec that
    must give 0. files: each file's own report.
    """

    files: tuple["FileReport", ...]
    lossless: bool
    max_luma_difference: float | None
    mean_luma_difference: float | None
    luma_frames: int

    @property
    def ok(self) -> bool:
        return all(report.ok for report in self.files)

    @property
    def frames(self) -> int:
        return sum(report.frames for report in self.files)

    @property
    def differences(self) -> tuple[str, ...]:
        """One sentence each, with the file's name where there are several."""
        named = len(self.files) > 1
        return tuple(
            f"{report.path.name}: {text}" if named else text for report in self.files for text in report.differences
        )

    @property
    def path(self) -> Path:
        return self.files[0].path

    @property
    def timecode(self) -> str | None:
        return self.files[0].timecode

    @property
    def range(self) -> str:
        return self.files[0].range

    @property
    def matrix(self) -> str:
        return self.files[0].matrix

    @property
    def primaries(self) -> str:
        return self.files[0].primaries

    @property
    def transfer(self) -> str:
        return self.files[0].transfer

    @property
    def sound(self) -> tuple:
        return self.files[0].sound


class Exporter(QObject):
    """Exports one task after the other, until none is left that may run.

    take: gives the next task. updated: a task's number and fields of its ExportItem. measured: a request, frames
    written, and the seconds that took.
    """

    updated = Signal(int, object)
    measured = Signal(object, object, float)
    rendered = Signal()

    def __init__(self, take: Callable[[], ExportTask | None], room: EngineRoom) -> None:
        super().__init__()
        self._take = take
        self._room = room

    @Slot()
    def work(self) -> None:
        while (task := self._take()) is not None:
            meter = _Meter(task, self.updated.emit)
            try:
                self.updated.emit(task.id, {"state": "running", "stage": "queued"})
                done = self._export(task, meter)
            except Cancelled:
                self._end_cancelled(task, meter)
            except StudioError as error:
                self._end(task, state="failed", error=str(error), files=tuple(meter.files))
            except Exception:
                self._end(
                    task, state="failed", files=tuple(meter.files), details=traceback.format_exc(),
                    error=f"{task.request.path.name} could not be exported; the details say why.",
                )  # fmt: skip
            else:
                self._end(task, state="done", progress=1.0, files=tuple(meter.files), **done)
            finally:
                task.control.give()

    def _end(self, task: ExportTask, **values: Any) -> None:
        self.updated.emit(task.id, values)

    def _end_cancelled(self, task: ExportTask, meter: "_Meter") -> None:
        whole = [path.name for path in meter.files]
        if meter.stage == "verifying" and meter.part == meter.parts:
            notes = ("The check of the finished file was cancelled; the file itself is whole.",)
            self._end(task, state="done", progress=1.0, notes=notes, files=tuple(meter.files))
            return
        notes = (f"Finished before it was cancelled, and kept: {', '.join(whole)}.",) if whole else ()
        self._end(task, state="cancelled", notes=notes, files=tuple(meter.files))

    def _export(self, task: ExportTask, meter: "_Meter") -> dict[str, Any]:
        from tcvc_studio.engine.exporting import export_gray

        request, work, control = task.request, task.work, task.control
        files = files_of(request, work.project.shots)
        meter.parts = len(files)
        parts = [(self._part(task, path), self._job(task, (start, stop))) for path, start, stop in files]
        for export, job in parts:
            export.check(job)
        models = None
        notes: tuple[str, ...] = ()
        if request.content != "gray":
            models, notes = self._room.models(work.project.settings)
        outcomes = []
        for export, job in parts:
            control.check()
            meter.begin(job.stop - job.start)
            if models is None:
                outcome = export_gray(
                    job, [export], open_film=work.film.reopen, control=control, tell=meter.hear, measure_luma=True
                )
            else:
                outcome = self._color(task, export, job, models, meter)
            if meter.writing_seconds > 0:
                self.measured.emit(request, meter.written, meter.writing_seconds)
            outcomes.append(outcome)
            notes += outcome.notes
        return {"report": _report(request, outcomes), "notes": tuple(dict.fromkeys(notes))}

    def _color(
        self, task: ExportTask, export: "Export", job: Job, models: "Models", meter: "_Meter"
    ) -> "Outcome":
        from tcvc_studio.engine.exporting import Stage, export_film

        request, work, control = task.request, task.work, task.control
        span = (job.start, job.stop)
        beside = None
        if request.content == "side-by-side":
            beside = self._job(task, span, layer="backbone")
        if self._missing([job] if beside is None else [beside, job], models):
            meter.say("queued")
            control.take()

        def hear(event: object) -> None:
            if isinstance(event, Stage) and event.name == "writing":
                # Nothing is left to render: the preview may have the models again.
                control.give()
                self.rendered.emit()
            meter.hear(event)

        try:
            return export_film(
                job, [export], open_film=work.film.reopen, models=models, cache=self._room.cache, beside=beside,
                control=control, tell=hear, measure_luma=True,
            )  # fmt: skip
        finally:
            control.give()

    def _missing(self, jobs: list[Job], models: "Models") -> bool:
        cache = self._room.cache
        return any(
            not cache.there(piece.key) for job in jobs for plan in planned_pieces(job, models.key) for piece in plan
        )

    @staticmethod
    def _job(task: ExportTask, span: tuple[int, int], layer: str | None = None) -> Job:
        work = task.work
        layer = layer or ("backbone" if task.request.content == "backbone" else "tcvc")
        job = project_job(work.project, work.film.info, fingerprint=work.fingerprint, layer=layer, span=span)
        # Without its stills a gray film does not fail where one cannot be read.
        return replace(job, stills={}) if task.request.content == "gray" else job

    @staticmethod
    def _part(task: ExportTask, path: Path) -> "Export":
        from tcvc_studio.engine.exporting import Export

        request, settings = task.request, task.work.project.settings
        contents = {"tcvc": "color", "backbone": "color", "gray": "gray", "side-by-side": "side-by-side"}
        return Export(
            path=path, codec=request.codec, audio=request.audio, fast=request.fast, hardware=request.hardware,
            depth=request.depth, quality=request.quality, content=contents[request.content],
            labels=(f"backbone: {settings.backbone}", "TCVC+" if len(settings.lengths) > 1 else "TCVC"),
        )  # fmt: skip


@dataclass(slots=True)
class _Meter:
    """How far an export is. Its files count by their frames; writing weighs most, reading back little."""

    task: ExportTask
    send: Callable[[int, dict], None]
    parts: int = 1
    part: int = 0
    stage: str = ""
    files: list[Path] = field(default_factory=list)
    written: int = 0
    writing_seconds: float = 0.0
    _frames: int = 1
    _done_frames: int = 0
    _pieces: int = 0
    _rendered: int = 0
    _share: float = 0.0
    _begun: float = field(default_factory=now)
    _stage_begun: float = 0.0
    _stage_frames: int = 0
    _told: float = 0.0

    def begin(self, frames: int) -> None:
        """The next file, of so many frames."""
        self._done_frames += self._frames if self.part else 0
        self.part += 1
        self._frames = frames
        self.written, self.writing_seconds = 0, 0.0
        self._stage_frames = 0
        self._share = 0.0

    def say(self, stage: str) -> None:
        """The work has come to another stage."""
        if self.stage == "writing" and stage != "writing":
            self.written, self.writing_seconds = self._frames - self._stage_frames, now() - self._stage_begun
        if stage == "verifying":
            self.files.append(files_of(self.task.request, self.task.work.project.shots)[self.part - 1][0])
        if stage == "writing":
            self._stage_begun = now()
        self.stage = stage
        self._tell(always=True)

    def hear(self, event: object) -> None:
        """An event or a stage of the export."""
        if isinstance(event, Planned):
            self._pieces, self._rendered = event.intervals - event.reused, 0
        elif isinstance(event, Rendered):
            self._rendered += 1
            if self.task.request.content == "side-by-side" and self._share < 0.2:
                self._share = 0.2 * self._rendered / max(1, self._pieces)
        elif isinstance(event, Exported):
            self._count(event.frames)
        elif hasattr(event, "name"):
            self.say(event.name)
        self._tell()

    def _count(self, frames: int) -> None:
        share = min(1.0, frames / self._frames)
        if self.stage == "verifying":
            self._share = 0.9 + 0.1 * share
            return
        if self.stage == "rendering":
            self._stage_frames = frames
        first = 0.2 if self.task.request.content == "side-by-side" else 0.0
        self._share = max(self._share, first + (0.9 - first) * share)

    def _tell(self, *, always: bool = False) -> None:
        time = now()
        if not always and time - self._told < _TELL_EVERY:
            return
        self._told = time
        done = (self._done_frames + self._share * self._frames) / max(1, self.task.request.frames)
        spent = time - self._begun
        eta = spent / done * (1 - done) if done > 0.02 and spent > 1 else None
        self.send(self.task.id, {"state": "running", "stage": self.stage, "progress": done, "eta": eta})


def _report(request: ExportRequest, outcomes: "list[Outcome]") -> ExportReport:
    luma = [measured for outcome in outcomes for measured in outcome.luma if measured is not None]
    frames = sum(measured.frames for measured in luma)
    return ExportReport(
        files=tuple(report for outcome in outcomes for report in outcome.reports),
        lossless=codec_named(request.codec).lossless,
        max_luma_difference=max((measured.largest for measured in luma), default=None),
        mean_luma_difference=sum(m.mean * m.frames for m in luma) / frames if frames else None,
        luma_frames=frames,
    )
