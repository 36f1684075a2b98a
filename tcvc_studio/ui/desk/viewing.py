"""The View, Render, Window and Help menus, and the dialogs that belong to them."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog

from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.dialogs.guide import GuideDialog
from tcvc_studio.ui.dialogs.shortcuts import ShortcutSheet

if TYPE_CHECKING:
    from tcvc_studio.app.model_work import ModelWork
    from tcvc_studio.weights.store import Store

_MODES = ("side", "wipe", "flip", "difference", "single")


class Viewing(QObject):
    """Connects what changes the view, and what opens a window of its own."""

    def __init__(self, parts: Parts, *, log_folder: Path) -> None:
        super().__init__(parts.window)
        self._parts, self._studio, self._log_folder = parts, parts.studio, log_folder
        self._store: Store | None = None
        self._work: ModelWork | None = None
        self._dialogs: dict[str, QDialog] = {}
        viewer, timeline = parts.viewer, parts.timeline
        parts.actions.connect_all({
            "view.side": self.side, "view.wipe": self.wipe, "view.flip": self.flip,
            "view.difference": self.difference, "view.single": self.single, "view.gray": viewer.set_third,
            "view.swap": viewer.swap, "view.gain_up": viewer.gain_up, "view.gain_down": viewer.gain_down,
            "view.fit": viewer.fit, "view.actual": self.actual_size, "view.zoom_in": viewer.zoom_in,
            "view.zoom_out": viewer.zoom_out, "view.timeline_in": timeline.zoom_in,
            "view.timeline_out": timeline.zoom_out, "view.timeline_film": timeline.fit,
            "view.timeline_shot": self.fit_shot, "view.fullscreen": self.full_screen,
            "film.information": self.information, "render.pause": self.pause, "render.cancel": self.cancel,
            "render.models": self.models, "edit.preferences": self.preferences,
            "help.shortcuts": self.shortcuts, "help.guide": self.guide, "help.log": self.log, "help.about": self.about,
            "window.inspector": self.show_inspector, "window.cuts": self.show_cuts,
            "window.jobs": self.show_jobs, "window.history": self.show_history,
        })  # fmt: skip
        viewer.mode_changed.connect(self._show_mode)
        viewer.third_changed.connect(self._show_third)
        for name, dock in parts.docks.items():
            dock.setObjectName(name)
            dock.visibilityChanged.connect(self._show_docks)
        parts.inspector.models_requested.connect(self._models_for)

    def close(self) -> None:
        """End what the dialogs' threads do."""
        for dialog in tuple(self._dialogs.values()):
            dialog.close()
        if self._work is not None:
            self._work.close()

    @property
    def store(self) -> "Store":
        """Weights on this computer; looked for when first asked."""
        if self._store is None:
            from tcvc_studio.weights.store import Store

            self._store = Store()
        return self._store

    # --- compare and zoom

    @Slot()
    def side(self) -> None:
        self._parts.viewer.set_mode("side")

    @Slot()
    def wipe(self) -> None:
        self._parts.viewer.set_mode("wipe")

    @Slot()
    def flip(self) -> None:
        self._parts.viewer.set_mode("flip")

    @Slot()
    def difference(self) -> None:
        self._parts.viewer.set_mode("difference")

    @Slot()
    def single(self) -> None:
        self._parts.viewer.set_mode("single")

    @Slot()
    def actual_size(self) -> None:
        self._parts.viewer.zoom_to(1.0)

    @Slot()
    def fit_shot(self) -> None:
        shot = self._studio.project.shot_at(self._studio.playback.frame)
        self._parts.timeline.zoom_to(shot.start, shot.stop)

    @Slot(bool)
    def full_screen(self, on: bool) -> None:
        window = self._parts.window
        window.showFullScreen() if on else window.showNormal()

    @Slot(str)
    def _show_mode(self, mode: str) -> None:
        self._parts.actions.set_checked(f"view.{mode}", True)

    @Slot(bool)
    def _show_third(self, shown: bool) -> None:
        self._parts.actions.set_checked("view.gray", shown)

    # --- rendering

    @Slot(bool)
    def pause(self, paused: bool) -> None:
        rendering = self._studio.rendering
        rendering.pause() if paused else rendering.resume()

    @Slot()
    def cancel(self) -> None:
        self._studio.rendering.cancel()

    @Slot()
    def models(self) -> None:
        """Weights: what there is, and getting more."""
        from tcvc_studio.app.model_work import ModelWork
        from tcvc_studio.ui.dialogs.models import ModelsDialog

        if self._work is None:
            self._work = ModelWork(self.store, self)
        if "models" not in self._dialogs:
            dialog = ModelsDialog(self.store, self._work, self._parts.ask, self._parts.window)
            dialog.changed.connect(self._on_models_changed)
            self._dialogs["models"] = dialog
        self._show(self._dialogs["models"])

    @Slot(str)
    def _models_for(self, _name: str) -> None:
        self.models()

    @Slot()
    def _on_models_changed(self) -> None:
        from tcvc_studio.ui.panels.choices import model_choices

        self._parts.inspector.set_models(model_choices(self.store))
        self._studio.models_changed()

    # --- panels

    @Slot(bool)
    def show_inspector(self, shown: bool) -> None:
        self._show_dock("inspector", shown)

    @Slot(bool)
    def show_cuts(self, shown: bool) -> None:
        self._show_dock("cuts", shown)

    @Slot(bool)
    def show_jobs(self, shown: bool) -> None:
        self._show_dock("jobs", shown)

    @Slot(bool)
    def show_history(self, shown: bool) -> None:
        self._show_dock("history", shown)

    @Slot()
    def information(self) -> None:
        """The film's facts, in the inspector."""
        self._show_dock("inspector", True)
        self._parts.inspector.show_tab("Film")

    def _show_dock(self, name: str, shown: bool) -> None:
        dock = self._parts.docks[name]
        dock.setVisible(shown)
        if shown:
            dock.raise_()

    @Slot(bool)
    def _show_docks(self, _visible: bool) -> None:
        for name, dock in self._parts.docks.items():
            self._parts.actions.set_checked(f"window.{name}", not dock.isHidden())

    # --- dialogs

    @Slot()
    def preferences(self) -> None:
        from tcvc_studio.ui.dialogs.preferences import PreferencesDialog

        if "preferences" not in self._dialogs:
            dialog = PreferencesDialog(
                self._studio.preferences, self._parts.ask, self._parts.window,
                default_cache=self._studio.cache_folder,
            )  # fmt: skip
            dialog.clear_cache_requested.connect(self._studio.clear_cache)
            self._dialogs["preferences"] = dialog
            self._studio.cache_measured.connect(dialog.set_cache_size)
        self._studio.measure_cache()
        self._show(self._dialogs["preferences"])

    @Slot()
    def shortcuts(self) -> None:
        if "shortcuts" not in self._dialogs:
            self._dialogs["shortcuts"] = ShortcutSheet(self._parts.window)
        self._show(self._dialogs["shortcuts"])

    @Slot()
    def guide(self) -> None:
        if "guide" not in self._dialogs:
            self._dialogs["guide"] = GuideDialog(self._parts.window)
        self._show(self._dialogs["guide"])

    @Slot()
    def about(self) -> None:
        from tcvc_studio.ui.dialogs.about import AboutDialog

        if "about" not in self._dialogs:
            self._dialogs["about"] = AboutDialog(self.store, self._parts.window)
        self._show(self._dialogs["about"])

    @Slot()
    def log(self) -> None:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))

    @staticmethod
    def _show(dialog: QDialog) -> None:
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
