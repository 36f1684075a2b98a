"""From services and document to the timeline and the panels, and their wishes back as edits."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QMenu

from tcvc_studio.project.anchors import proposed_anchors
from tcvc_studio.project.edits import (
    accept_cuts,
    add_anchor,
    add_cut,
    move_anchor,
    move_cut,
    remove_anchors,
    remove_cuts,
    set_marks,
)
from tcvc_studio.project.model import Project
from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.panels.shot_page import measure_shot
from tcvc_studio.ui.timeline.data import MenuRequest, TimelineData
from tcvc_studio.ui.timeline.marks import moves

#: Curves and spans may change many times a second while the film is rendered; the eye needs no more than this.
_SHOW_MS = 100

_CUT_MENU = ("film.add_cut", "film.remove_cut", "film.accept_cuts", None, "marks.shot", "view.timeline_shot")
_ANCHOR_MENU = (
    "anchors.add", "anchors.remove", "anchors.lock", None, "anchors.choose_still", "anchors.clear_still", None,
    "anchors.shot_as_film", "anchors.shot_by_hand",
)  # fmt: skip
_OTHER_MENU = ("anchors.add", "film.add_cut", None, "marks.in", "marks.out", "marks.clear", None, "view.timeline_film")


class Showing(QObject):
    """Keeps timeline, cuts panel and inspector at what the document and the services hold."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts, self._studio = parts, parts.studio
        self._proposed: tuple[int, ...] = ()
        self._cuts_seen = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SHOW_MS)
        self._soon.timeout.connect(self.show_data)
        self._connect_services()
        self._connect_timeline()
        self._connect_panels()

    def close(self) -> None:
        """Show nothing more."""
        self._soon.stop()

    # --- what is there ------------------------------------------------------------------------------------------

    def _connect_services(self) -> None:
        studio = self._studio
        studio.document.replaced.connect(self._on_replaced)
        studio.document.changed.connect(self._on_changed)
        studio.rendering.spans_changed.connect(self._show_soon)
        studio.curves.changed.connect(self._show_soon)
        studio.detection.found.connect(self._on_scores)
        studio.detection.progress.connect(self._parts.cuts.set_progress)
        studio.detection.cancelled.connect(self._on_detection_ended)
        studio.detection.failed.connect(self._on_detection_ended)
        studio.cut_pictures.changed.connect(self._parts.cuts.pictures_changed)
        studio.playback.frame_changed.connect(self._on_frame)
        studio.film_changed.connect(self._on_film)

    @Slot()
    def _on_film(self) -> None:
        info, parts = self._studio.info, self._parts
        parts.viewer.film_changed()
        parts.transport.set_film(
            info.frames if info else None, **({"rate": info.rate, "timecode": info.timecode} if info else {})
        )
        parts.cuts.set_scores(None, 0.5)
        parts.cuts.set_progress(None)
        if info is not None:
            parts.viewer.show_frame(0)

    @Slot()
    def _on_replaced(self) -> None:
        project = self._studio.project
        self._proposed = proposed_anchors(project) if project is not None else ()
        self.show_data()
        self._show_panels()
        self._on_frame(self._studio.playback.frame)

    @Slot(object)
    def _on_changed(self, parts: frozenset) -> None:
        if parts & {"anchors", "cuts", "settings"}:
            self._proposed = proposed_anchors(self._studio.project)
        self.show_data()
        self._show_panels()

    @Slot(bool)
    def _on_cuts_seen(self, seen: bool) -> None:
        self._cuts_seen = seen
        self._show_soon()

    @Slot()
    def _show_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    @Slot()
    def show_data(self) -> None:
        """Hand what is there now to timeline and viewer."""
        project, studio = self._studio.project, self._studio
        if project is None or studio.info is None:
            self._parts.timeline.set_view_data(None)
            self._parts.viewer.set_spans(())
            return
        spans = studio.rendering.spans()
        film = project.film
        self._parts.timeline.set_view_data(TimelineData(
            frames=film.frames, rate=film.rate, timecode=film.timecode, cuts=project.cuts,
            rejected=project.rejected_cuts, fades=project.fades, anchors=project.anchors,
            proposed_anchors=self._proposed, spans=spans,
            flicker={layer: studio.curves.flicker(layer) for layer in ("backbone", "tcvc")},
            confidence=studio.curves.confidence(), suggestions=studio.curves.suggestions(),
            cut_scores=studio.detection.scores if self._cuts_seen else None,
            threshold=project.cut_threshold, in_frame=project.in_frame, out_frame=project.out_frame,
        ))  # fmt: skip
        self._parts.viewer.set_spans(spans)
        self._show_measures()

    def _show_panels(self) -> None:
        project = self._studio.project
        cuts = self._parts.cuts
        if project is None:
            cuts.set_cuts((), frames=0, rate=self._studio.playback.rate)
        else:
            film = project.film
            cuts.set_cuts(project.cuts, frames=film.frames, rate=film.rate, timecode=film.timecode)
            cuts.set_threshold(project.cut_threshold)
        self._parts.inspector.set_project(project, self._studio.info)
        self._show_measures()

    def _show_measures(self) -> None:
        shot, curves = self._parts.inspector.shot, self._studio.curves
        if self._studio.project is None or shot is None:
            self._parts.inspector.set_measures(None)
            return
        known = (curves.confidence(), curves.flicker("backbone"), curves.flicker("tcvc"))
        if any(curve is None or len(curve) < shot.stop for curve in known):
            self._parts.inspector.set_measures(None)
        else:
            self._parts.inspector.set_measures(measure_shot(shot, *known))

    @Slot(int)
    def _on_frame(self, frame: int) -> None:
        self._parts.timeline.set_playhead(frame)
        self._parts.cuts.set_playhead(frame)
        self._parts.inspector.set_frame(frame)
        if not self._studio.playback.playing:
            self._show_measures()

    @Slot(object)
    def _on_scores(self, _report: object) -> None:
        project = self._studio.project
        self._parts.cuts.set_scores(self._studio.detection.scores, project.cut_threshold if project else 0.5)
        self._on_detection_ended()
        self._show_soon()

    @Slot()
    def _on_detection_ended(self) -> None:
        self._parts.cuts.set_progress(None)

    # --- wishes -------------------------------------------------------------------------------------------------

    def _connect_timeline(self) -> None:
        timeline, studio = self._parts.timeline, self._studio
        timeline.seek_requested.connect(studio.playback.seek)
        timeline.shifts_together = True
        timeline.cuts_shifted.connect(self._shift_cuts)
        timeline.anchors_shifted.connect(self._shift_anchors)
        timeline.cut_added.connect(self._add_cut)
        timeline.anchor_added.connect(self._add_anchor)
        timeline.anchor_moved.connect(self._move_anchor)
        timeline.anchors_removed.connect(self._remove_anchors)
        timeline.marks_requested.connect(self._set_marks)
        timeline.menu_requested.connect(self._show_menu)
        timeline.anchors_selected.connect(self._parts.inspector.select_anchors)
        timeline.cuts_selected.connect(self._select_cuts)
        for source in (timeline, self._parts.cuts):
            source.cut_moved.connect(self._move_cut)
            source.cuts_removed.connect(self._remove_cuts)
            source.cuts_accepted.connect(self._accept_cuts)
            source.threshold_requested.connect(studio.set_threshold)
            source.drag_finished.connect(studio.document.end_merge)

    def _connect_panels(self) -> None:
        studio, cuts, inspector = self._studio, self._parts.cuts, self._parts.inspector
        cuts.seek_requested.connect(studio.playback.seek)
        cuts.detect_requested.connect(studio.detect_cuts)
        cuts.cancel_requested.connect(studio.detection.cancel)
        cuts.cuts_selected.connect(self._select_on_timeline)
        cuts.pictures_wanted.connect(studio.cut_pictures.want)
        cuts.set_picture(studio.cut_pictures.picture)
        inspector.edit_requested.connect(studio.edit)
        inspector.edit_ended.connect(studio.document.end_merge)
        inspector.seek_requested.connect(studio.playback.seek)
        inspector.threshold_requested.connect(studio.set_threshold)
        self._parts.jobs.set_jobs(studio.jobs)
        # A dock behind another's tab is visible to Qt; this signal knows better.
        self._parts.docks["cuts"].visibilityChanged.connect(self._on_cuts_seen)

    @Slot(int)
    def _add_cut(self, frame: int) -> None:
        self._studio.edit("Add Cut", partial(add_cut, frame=frame))

    @Slot(int, int)
    def _move_cut(self, frame: int, to: int) -> None:
        self._studio.edit("Move Cut", partial(move_cut, frame=frame, to=to), "move")

    @Slot(object, int)
    def _shift_cuts(self, frames: tuple[int, ...], delta: int) -> None:
        self._studio.edit("Move Cuts", partial(_shifted, move=move_cut, frames=frames, delta=delta), "move")

    @Slot(object, int)
    def _shift_anchors(self, frames: tuple[int, ...], delta: int) -> None:
        self._studio.edit("Move Anchors", partial(_shifted, move=move_anchor, frames=frames, delta=delta), "move")

    @Slot(object)
    def _remove_cuts(self, frames: tuple[int, ...]) -> None:
        self._studio.edit("Remove Cuts" if len(frames) > 1 else "Remove Cut", partial(remove_cuts, frames=frames))

    @Slot(object)
    def _accept_cuts(self, frames: tuple[int, ...]) -> None:
        self._studio.edit("Accept Cuts" if len(frames) > 1 else "Accept Cut", partial(accept_cuts, frames=frames))

    @Slot(int)
    def _add_anchor(self, frame: int) -> None:
        self._studio.edit("Add Anchor", partial(add_anchor, frame=frame))

    @Slot(int, int)
    def _move_anchor(self, frame: int, to: int) -> None:
        self._studio.edit("Move Anchor", partial(move_anchor, frame=frame, to=to), "move")

    @Slot(object)
    def _remove_anchors(self, frames: tuple[int, ...]) -> None:
        text = "Remove Anchors" if len(frames) > 1 else "Remove Anchor"
        self._studio.edit(text, partial(remove_anchors, frames=frames))

    @Slot(object, object)
    def _set_marks(self, in_frame: int | None, out_frame: int | None) -> None:
        self._studio.edit("Mark Range", partial(set_marks, in_frame=in_frame, out_frame=out_frame), "marks")

    @Slot(object)
    def _select_cuts(self, frames: tuple[int, ...]) -> None:
        if len(frames) == 1:
            self._parts.cuts.select_cut(frames[0])

    @Slot(object)
    def _select_on_timeline(self, frames: tuple[int, ...]) -> None:
        self._parts.timeline.select_frames(cuts=frames)

    @Slot(object)
    def _show_menu(self, request: MenuRequest) -> None:
        # What the menu does is done at the playhead, so that goes where the menu was asked for.
        self._studio.playback.seek(request.hit.frame if request.hit is not None else request.frame)
        kind = request.hit.kind if request.hit is not None else request.row or ""
        menu = QMenu(self._parts.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for id in _CUT_MENU if "cut" in kind or kind == "shots" else _ANCHOR_MENU if "anchor" in kind else _OTHER_MENU:
            if id is None:
                menu.addSeparator()
            else:
                menu.addAction(self._parts.actions.action(id))
        menu.popup(request.position)


def _shifted(
    project: Project, *, move: Callable[[Project, int, int], Project], frames: tuple[int, ...], delta: int
) -> Project:
    """All these marks moved by as many frames."""
    for frame, to in moves(frames, delta):
        project = move(project, frame, to)
    return project
