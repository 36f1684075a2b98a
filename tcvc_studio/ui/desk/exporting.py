"""The export dialog, fed with what is on the desk."""

from PySide6.QtCore import QObject, Slot

from tcvc_studio.errors import StudioError
from tcvc_studio.project.shots import Shot
from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.dialogs.export import ExportDialog
from tcvc_studio.ui.dialogs.export_model import ExportSource


class Exporting(QObject):
    """Connects File > Export to the list of jobs."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts, self._studio = parts, parts.studio
        self.dialog: ExportDialog | None = None
        parts.actions.connect("file.export", self.show)
        self._studio.jobs.changed.connect(self._on_job)
        self._told: set[tuple[int, str]] = set()

    @Slot()
    def show(self) -> None:
        """Ask what to export; the dialog is not modal, and knows the project as it is now."""
        if self.dialog is not None:
            self.dialog.close()
            self.dialog.deleteLater()
        project, info = self._studio.project, self._studio.info
        selected = self._selected_shots()
        source = ExportSource(
            info=info, name=self._studio.document.title, folder=self._studio.folder,
            marked=project.marked, selected=selected, shots=project.shots,
        )  # fmt: skip
        self.dialog = ExportDialog(
            source, self._parts.ask, self._parts.window,
            check=self._studio.jobs.check, speed=self._studio.jobs.speed,
        )  # fmt: skip
        self.dialog.export_requested.connect(self._add)
        self.dialog.show()

    def _selected_shots(self) -> tuple[Shot, ...]:
        """The shots that the selected cuts begin."""
        starts = set(self._parts.timeline.selection.cuts)
        return tuple(shot for shot in self._studio.project.shots if shot.start in starts)

    @Slot(object)
    def _add(self, request: object) -> None:
        try:
            self._studio.jobs.add(request)
        except StudioError as error:
            self._parts.notifier.post(str(error), level="error")
            return
        self._parts.docks["jobs"].show()
        self._parts.docks["jobs"].raise_()

    @Slot(int)
    def _on_job(self, id: int) -> None:
        item = self._studio.jobs.item(id)
        if item is None or (id, item.state) in self._told:
            return
        self._told.add((id, item.state))
        if item.state == "done":
            self._parts.notifier.post(f"{item.request.path.name} is exported and verified.")
        elif item.state == "failed":
            self._parts.notifier.post(item.error, item.details, "error")
