"""The studio without a window: the document, and the services that read, render, find and play, tied to one another.

Data flows one way. The document holds the project; each service is told of it and answers by signals; the window shows
what they tell and passes the user's wishes on to the document.
"""

import threading
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tcvc_studio.app.aside import aside
from tcvc_studio.app.curves import Curves
from tcvc_studio.app.cut_pictures import CutPictures
from tcvc_studio.app.detection import CutDetection
from tcvc_studio.app.document import Document
from tcvc_studio.app.engine_room import EngineRoom
from tcvc_studio.app.export_jobs import ExportJobs
from tcvc_studio.app.frames import FrameService
from tcvc_studio.app.notices import Notices
from tcvc_studio.app.opener import FilmOpener, OpenedFilm
from tcvc_studio.app.pace import Pace
from tcvc_studio.app.playback import Playback
from tcvc_studio.app.preferences import PreferenceStore
from tcvc_studio.app.recovery import Candidate, Recovered, Recovery
from tcvc_studio.app.rendering import Failure, RenderService
from tcvc_studio.app.thumbnails import Thumbnails
from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import Film
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.edits import propose_cuts, relink_film
from tcvc_studio.project.file import SUFFIX, read_project
from tcvc_studio.project.model import FilmReference, Project

#: The window shows a film that was opened before work on it begins.
_SHOWN_FIRST_MS = 100


@dataclass(frozen=True, slots=True)
class MissingFilm:
    """A project whose film could not be opened. project_path: its file, None for a recovered one; why: a sentence."""

    project: Project
    project_path: Path | None
    why: str
    recovered: Recovered | None = None


@dataclass(frozen=True, slots=True)
class _Opening:
    """What is being opened. project: None for a film alone. dirty: recovered, so it is to be saved."""

    path: Path
    rate: Fraction | None
    project: Project | None = None
    project_path: Path | None = None
    recovered: Recovered | None = None
    combed: bool = False


class Studio(QObject):
    """All services of one window. `close` ends them.

    film_changed: another film, or none, is on the desk. opening: the name of what is being opened, done and total;
    an empty name when that has ended. interlaced: the path of a film that is, not opened until `open_film` is told to
    take it as it is. film_missing: a MissingFilm. detected: whether cuts are being looked for has changed.
    """

    film_changed = Signal()
    opening = Signal(str, object, object)
    interlaced = Signal(object)
    film_missing = Signal(object)
    #: Bytes of finished color on the disk, after `measure_cache`.
    cache_measured = Signal(object)

    def __init__(
        self, preferences: PreferenceStore, parent: QObject | None = None, *, recovery_folder: Path | None = None
    ) -> None:
        """recovery_folder: the standard place where None."""
        super().__init__(parent)
        value = preferences.value
        self.preferences = preferences
        self.notices = Notices(self)
        self.document = Document(self, aside=aside)
        self.recovery = Recovery(
            self.document, folder=recovery_folder, interval=value.autosave_seconds, parent=self
        )
        self.room = EngineRoom(
            cache_folder=value.cache_folder, cache_limit=value.cache_limit,
            device=value.device, precision=value.precision,
        )  # fmt: skip
        self.opener = FilmOpener(self)
        self.frames = FrameService(self)
        self.thumbnails = Thumbnails(self)
        self.cut_pictures = CutPictures(self)
        self.playback = Playback(self)
        self.rendering = RenderService(self, room=self.room)
        self.detection = CutDetection(self)
        self.curves = Curves(self, rendering=self.rendering)
        self.jobs = ExportJobs(self, rendering=self.rendering)
        self._film: Film | None = None
        self._fingerprint = ""
        self._opening: _Opening | None = None
        self._detects = False
        self._shown_first = QTimer(self, singleShot=True, interval=_SHOWN_FIRST_MS)
        self._connect()

    # --- what is on the desk ------------------------------------------------------------------------------------

    @property
    def film(self) -> Film | None:
        """The open film; None where there is none."""
        return self._film

    @property
    def info(self) -> FilmInfo | None:
        """What is known of it."""
        return self._film.info if self._film is not None else None

    @property
    def fingerprint(self) -> str:
        """Of the open film's content."""
        return self._fingerprint

    @property
    def folder(self) -> Path:
        """Where files of this project belong: beside its own file, else beside the film; not among the program's."""
        if self.document.path is not None:
            return self.document.path.parent
        path = self.info.path if self.info is not None else Path.home() / "film"
        return Path.home() if "site-packages" in path.parts else path.parent

    @property
    def project(self) -> Project | None:
        """What is being edited."""
        return self.document.project

    # --- opening and closing ------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """A project or a film, by its name."""
        if Path(path).suffix.lower() == SUFFIX:
            self.open_project(path)
        else:
            self.open_film(path)

    def open_film(self, path: Path, *, rate: Fraction | None = None, combed: bool = False) -> None:
        """Begin to open a film as a new project. combed: take an interlaced film as it is."""
        self._begin(_Opening(Path(path).absolute(), rate, combed=combed))

    def open_project(self, path: Path) -> None:
        """Begin to open a saved project and its film. Errors are posted as notices."""
        path = Path(path).absolute()
        try:
            project = read_project(path)
        except StudioError as error:
            self.notices.error(str(error))
            return
        film = project.film
        self._begin(_Opening(film.path, film.sequence_rate, project, path, combed=True))

    def recover(self, candidate: Candidate) -> None:
        """Begin to open what an accident left behind."""
        try:
            recovered = self.recovery.take(candidate)
        except StudioError as error:
            self.notices.error(str(error))
            return
        film = recovered.project.film
        self._begin(_Opening(film.path, film.sequence_rate, recovered.project, recovered.path, recovered, combed=True))

    def relink(self, missing: MissingFilm, path: Path) -> None:
        """Try again with the film at another place."""
        self._begin(_Opening(
            Path(path).absolute(), missing.project.film.sequence_rate, missing.project, missing.project_path,
            missing.recovered, combed=True,
        ))  # fmt: skip

    def close_film(self) -> None:
        """Nothing is on the desk any more."""
        self._end_opening()
        self.document.close()
        self._put_on_desk(None, "")

    def close(self) -> None:
        """End everything; called once, at the end."""
        self._shown_first.stop()
        self.opener.close()
        self.playback.close()
        self.detection.close()
        self.jobs.close()
        self.curves.close()
        self.rendering.close()
        self.frames.close()
        self.thumbnails.close()
        self.cut_pictures.close()
        self.recovery.close()
        if self._film is not None:
            self._film.close()
            self._film = None

    # --- wishes that need more than the document ----------------------------------------------------------------

    @Slot()
    def detect_cuts(self) -> None:
        """Look for the film's cuts; what is found is proposed when all of it has been seen."""
        if self._film is not None:
            self.detection.start(self._film)

    def set_threshold(self, threshold: float) -> None:
        """Propose the cuts whose score reaches the threshold, as far as the film has been searched."""
        if self.detection.scores is None:
            return
        frames = self.detection.proposals(threshold)
        self.document.apply(
            "Cut Threshold", partial(propose_cuts, frames=frames, threshold=threshold), merge="threshold"
        )

    def edit(self, text: str, change, merge: str = "") -> None:
        """`Document.apply`; a sentence for the user where it cannot be done."""
        try:
            self.document.apply(text, change, merge=merge or None)
        except StudioError as error:
            self.notices.warning(str(error))

    def models_changed(self) -> None:
        """Weights have come or gone: look for them anew."""
        self.rendering.weights_changed()

    @property
    def cache_folder(self) -> Path:
        """Where finished color is kept."""
        return self.room.cache.folder

    @Slot()
    def clear_cache(self) -> None:
        """Throw away finished color that the open project does not need; a notice tells how much it was."""
        threading.Thread(target=self._clear_cache, name="clear cache", daemon=True).start()

    def measure_cache(self) -> None:
        """Count what the cache holds; `cache_measured` tells."""
        threading.Thread(target=self._measure_cache, name="measure cache", daemon=True).start()

    def _measure_cache(self) -> None:
        self.cache_measured.emit(self.room.cache.size())

    def _clear_cache(self) -> None:
        freed = self.room.cache.clear()
        self._measure_cache()
        self.notices.info(f"{freed / 1e6:.0f} MB of finished color that this project does not need were thrown away.")

    # --- inside -------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.frames.set_colors(self._color)
        self._shown_first.timeout.connect(self._begin_work)
        self.opener.progress.connect(self._on_opening)
        self.opener.opened.connect(self._on_opened)
        self.opener.failed.connect(self._on_failed)
        self.document.changed.connect(self._on_changed)
        self.document.replaced.connect(self._on_replaced)
        self.playback.frame_changed.connect(self._on_frame)
        self.rendering.span_ready.connect(self._on_span_ready)
        self.rendering.noted.connect(self.notices.info)
        self.curves.failed.connect(self._on_unmeasured)
        self.detection.found.connect(self._on_cuts_found)
        self.detection.failed.connect(self.notices.warning)
        self.preferences.changed.connect(self._on_preferences)
        self.recovery.failed.connect(self.notices.warning)
        self.recovery.open_elsewhere.connect(self.notices.warning)

    def _color(self, layer: str, frame: int):
        """a and b of a frame as it is shown, upright; called in the thread that makes pictures."""
        from numpy import ascontiguousarray, rot90

        ab, film = self.rendering.color(layer, frame), self._film
        turns = film.info.rotation // 90 % 4 if film is not None else 0
        return ab if ab is None or not turns else ascontiguousarray(rot90(ab, turns, axes=(-2, -1)))

    def _begin(self, opening: _Opening) -> None:
        self._give_back(self._opening)
        self._opening = opening
        self.opening.emit(opening.path.name, 0, 0)
        self.opener.open(opening.path, opening.rate)

    def _end_opening(self) -> _Opening | None:
        opening, self._opening = self._opening, None
        self.opener.cancel()
        self.opening.emit("", 0, 0)
        return opening

    def _give_back(self, opening: _Opening | None) -> None:
        """What was recovered and did not get onto the desk is offered again."""
        if opening is not None and opening.recovered is not None:
            self.recovery.put_back(opening.recovered)

    @Slot(object, object)
    def _on_opening(self, done: int, total: int) -> None:
        if self._opening is not None:
            self.opening.emit(self._opening.path.name, done, total)

    @Slot(str)
    def _on_failed(self, why: str) -> None:
        opening = self._end_opening()
        if opening is None:
            return
        if opening.project is None:
            self.notices.error(why)
        else:
            self.film_missing.emit(MissingFilm(opening.project, opening.project_path, why, opening.recovered))

    @Slot(object)
    def _on_opened(self, opened: OpenedFilm) -> None:
        opening = self._end_opening()
        if opening is None:
            opened.film.close()
            return
        info = opened.film.info
        if info.interlaced and not opening.combed:
            opened.film.close()
            self.interlaced.emit(opening.path)
            return
        if opening.project is None:
            self._show(opened, Project(film=reference(info, opened.fingerprint, opening.rate)))
        else:
            self._show_project(opened, opening)

    def _show(self, opened: OpenedFilm, project: Project) -> None:
        self._put_on_desk(opened.film, opened.fingerprint)
        self.document.new(project)
        self.preferences.add_recent_film(opened.film.info.path)
        for note in opened.film.info.notes:
            self.notices.info(note)
        self._detects = True

    def _show_project(self, opened: OpenedFilm, opening: _Opening) -> None:
        project, info = opening.project, opened.film.info
        if info.frames != project.film.frames:
            opened.film.close()
            why = (
                f"{info.path.name} has {info.frames} frames, and the film of this project has {project.film.frames}: "
                "look for the film that belongs to it."
            )
            self.film_missing.emit(MissingFilm(project, opening.project_path, why, opening.recovered))
            return
        if opened.fingerprint != project.film.fingerprint:
            self.notices.warning(
                f"{info.path.name} is not the very file this project was made with; cuts and anchors are kept, "
                "look whether they still fit."
            )
        self._put_on_desk(opened.film, opened.fingerprint)
        if opening.recovered is not None or opening.project_path is None or project is self.document.project:
            self.document.restore(project, opening.project_path)
        else:
            self.document.open(opening.project_path)
            self.preferences.add_recent_project(opening.project_path)
        if info.path != self.document.project.film.path:
            self.document.apply("Relink Film", partial(relink_film, path=info.path))

    def _put_on_desk(self, film: Film | None, fingerprint: str) -> None:
        before, self._film, self._fingerprint = self._film, film, fingerprint
        self.playback.stop()
        self.detection.forget()
        self.frames.set_film(film)
        self.thumbnails.set_film(film)
        self.cut_pictures.set_film(film)
        self.playback.set_film(film.info.frames if film else 0, Pace.of(film.info) if film else Pace(Fraction(24)))
        if before is not None:
            before.close()
        self.film_changed.emit()

    @Slot()
    def _begin_work(self) -> None:
        """The desk is painted: what loads libraries and takes all cores may begin."""
        self._hand_on()
        detects, self._detects = self._detects, False
        if detects:
            self.detect_cuts()

    def _hand_on(self) -> None:
        """Tell the services what is to be rendered and measured now."""
        project = self.document.project if self._film is not None else None
        self.rendering.set_work(project, self._film, self._fingerprint)
        self.curves.set_work(project, self._film, self._fingerprint)

    @Slot()
    def _on_replaced(self) -> None:
        # Color of the film before is not shown on this one.
        for service in (self.rendering, self.curves):
            service.set_work(None)
        self._detects = False
        self._shown_first.start()

    @Slot(object)
    def _on_changed(self, parts: frozenset) -> None:
        if parts - {"marks"}:
            self._hand_on()

    @Slot(int)
    def _on_frame(self, frame: int) -> None:
        self.rendering.set_playhead(frame)

    @Slot(str, int, int)
    def _on_span_ready(self, layer: str, start: int, stop: int) -> None:
        self.frames.invalidate(layer, start, stop)

    @Slot(object)
    def _on_unmeasured(self, failure: Failure) -> None:
        self.notices.warning(failure.text, failure.details)

    @Slot(object)
    def _on_cuts_found(self, report) -> None:
        project = self.document.project
        if project is None:
            return
        frames = self.detection.proposals(project.cut_threshold)
        self.edit("Find Cuts", partial(propose_cuts, frames=frames, fades=report.fades))

    @Slot()
    def _on_preferences(self) -> None:
        value = self.preferences.value
        self.recovery.set_interval(value.autosave_seconds)
        self.rendering.set_preferences(
            cache_folder=value.cache_folder, cache_limit=value.cache_limit,
            device=value.device, precision=value.precision,
        )  # fmt: skip


def reference(info: FilmInfo, fingerprint: str, sequence_rate: Fraction | None = None) -> FilmReference:
    """What a project remembers of its film."""
    return FilmReference(
        path=info.path,
        fingerprint=fingerprint,
        frames=info.frames,
        rate=info.rate,
        width=info.width,
        height=info.height,
        sequence_rate=(sequence_rate or info.rate) if info.kind == "sequence" else None,
        timecode=info.timecode,
        first_number=info.first_number,
    )
