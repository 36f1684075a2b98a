"""The inspector: anchors, shot and film at the playhead. It shows plain values and asks for edits; it makes none."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.model import Project
from tcvc_studio.project.shots import Shot
from tcvc_studio.ui.ask import Ask
from tcvc_studio.ui.panels.anchor_page import AnchorPage
from tcvc_studio.ui.panels.choices import ModelChoices
from tcvc_studio.ui.panels.film_page import FilmPage
from tcvc_studio.ui.panels.shot_page import ShotMeasures, ShotPage
from tcvc_studio.ui.parts import PageArea


class Inspector(QWidget):
    """Three tabs: Anchor, Shot, Film.

    edit_requested: (text, edit function Project -> Project, merge key or "") for `Document.apply`.
    edit_ended: a row of small steps is over: the next is an edit of its own. seek_requested: a frame to go to.
    threshold_requested: 0..1, for proposals of cuts. models_requested: weights that are wanted and not here.
    """

    edit_requested = Signal(str, object, str)
    edit_ended = Signal()
    seek_requested = Signal(int)
    threshold_requested = Signal(float)
    models_requested = Signal(str)

    def __init__(self, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._info: FilmInfo | None = None
        self._frame = 0
        self._shot: Shot | None = None
        self.anchors, self.shots, self.film = AnchorPage(ask), ShotPage(), FilmPage()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName("Inspector")
        self._tabs.addTab(self.anchors, "Anchor")
        self._tabs.addTab(PageArea(self.shots), "Shot")
        self._tabs.addTab(PageArea(self.film), "Film")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._tabs)
        for page in (self.anchors, self.shots, self.film):
            page.edit_requested.connect(self.edit_requested)
        for page in (self.anchors, self.shots):
            page.seek_requested.connect(self.seek_requested)
        for page in (self.shots, self.film):
            page.edit_ended.connect(self.edit_ended)
        self.film.threshold_requested.connect(self.threshold_requested)
        self.film.models_requested.connect(self.models_requested)

    @property
    def shot(self) -> Shot | None:
        """The shot that is shown."""
        return self._shot

    def set_project(self, project: Project | None, info: FilmInfo | None) -> None:
        """Show a project as it is now. info: None while its film is not open."""
        self._project, self._info = project, info
        self._shot = None
        self._show()

    def set_frame(self, frame: int) -> None:
        """The playhead moved."""
        if frame != self._frame:
            self._frame = frame
            self._show()

    def set_measures(self, measures: ShotMeasures | None) -> None:
        """What was measured of the shot that is shown (`shot_page.measure_shot`)."""
        self.shots.set_measures(measures)

    def set_models(self, choices: ModelChoices) -> None:
        """What backbones and flows there are (`choices.model_choices`)."""
        self.film.set_models(choices)

    def select_anchors(self, frames: Iterable[int]) -> None:
        """Choose the anchors that were chosen elsewhere."""
        self.anchors.select(tuple(frames))

    def show_tab(self, name: str) -> None:
        """Bring "Anchor", "Shot" or "Film" to the front."""
        for i in range(self._tabs.count()):
            if self._tabs.tabText(i) == name:
                self._tabs.setCurrentIndex(i)

    def sizeHint(self) -> QSize:
        return QSize(320, 480)

    def _show(self) -> None:
        project = self._project
        if project is None:
            self._shot = None
        elif self._shot is None or self._frame not in self._shot:
            frame = min(max(self._frame, 0), project.film.frames - 1)
            self._shot = project.shot_at(frame)
        self.anchors.set_state(project, self._shot, self._frame)
        self.shots.set_state(project, self._shot)
        self.film.set_state(project, self._info)

