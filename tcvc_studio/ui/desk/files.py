"""The File menu: opening, saving, exporting, closing, and what is asked before work could be lost."""

from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction

from tcvc_studio.app.recovery import Candidate
from tcvc_studio.app.studio import MissingFilm
from tcvc_studio.assets import demo_film
from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import PICTURE_SUFFIXES
from tcvc_studio.media.rates import standardized
from tcvc_studio.project.file import SUFFIX
from tcvc_studio.ui.ask import FILMS, PROJECTS
from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.dialogs.recovery import RecoveryDialog
from tcvc_studio.ui.dialogs.relink import RelinkDialog
from tcvc_studio.ui.welcome import recent_list

_RECENT_MENU = "File/Open Recent"
_LISTED = 8
#: Of image sequences, the usual one first; silent films ran at 16 to 18.
_RATES = ("24", "25", "23.976", "29.97", "18", "16")


class Files(QObject):
    """Connects the File menu and the welcome page."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._studio = parts.studio
        self._missing: MissingFilm | None = None
        self._recent_actions: list[QAction] = []
        parts.actions.connect_all({
            "file.open_film": self.open_film, "file.open_sequence": self.open_sequence,
            "file.open_project": self.open_project, "file.open_demo": self.open_demo,
            "file.clear_recent": self.clear_recent, "file.save": self.save, "file.save_as": self.save_as,
            "file.relink": self.relink, "file.close": self.close,
        })  # fmt: skip
        parts.welcome.path_chosen.connect(self.open_path)
        parts.welcome.forget_requested.connect(self._forget)
        self._studio.film_missing.connect(self._ask_for_film)
        self._studio.interlaced.connect(self._ask_about_combs)
        self._studio.preferences.changed.connect(self._show_recent)
        self._show_recent()
        parts.welcome.set_demo_available(self._demo() is not None)
        parts.actions.set_enabled("file.open_demo", self._demo() is not None)

    @Slot()
    def open_film(self) -> None:
        """Ask for a film and open it."""
        path = self._parts.ask.open_file(self._parts.window, "Open Film", FILMS, self._last_folder())
        if path is not None:
            self.open_path(path)

    @Slot()
    def open_sequence(self) -> None:
        """Ask for a folder of pictures and open it."""
        path = self._parts.ask.folder(self._parts.window, "Open Image Sequence", self._last_folder())
        if path is not None:
            self.open_path(path)

    @Slot()
    def open_project(self) -> None:
        """Ask for a project and open it."""
        path = self._parts.ask.open_file(self._parts.window, "Open Project", PROJECTS, self._last_folder())
        if path is not None:
            self.open_path(path)

    @Slot()
    def open_demo(self) -> None:
        """Open the film that comes with the demo package."""
        path = self._demo()
        if path is not None:
            self.open_path(path)

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a film, a folder of pictures or a project, once unsaved work is cared for."""
        path = Path(path)
        if not self.may_leave():
            return
        if path.suffix.lower() == SUFFIX or not (path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES):
            self._studio.open(path)
            return
        answer = self._parts.ask.choose(
            self._parts.window, "Frames a Second", f"{path.name} is a sequence of pictures. At what rate is it shown?",
            tuple((rate, f"{rate} frames/s") for rate in _RATES),
        )  # fmt: skip
        if answer is not None:
            self._studio.open_film(path, rate=standardized(Fraction(answer)))

    @Slot()
    def save(self) -> bool:
        """Save; asks for a name where there is none yet. Returns whether it is saved."""
        document = self._studio.document
        if document.path is None:
            return self.save_as()
        if document.changed_on_disk:
            answer = self._parts.ask.choose(
                self._parts.window, "Changed by Somebody Else",
                f"{document.path.name} was written by another program since it was opened here.",
                (("as", "Save under Another Name"), ("over", "Replace It")),
            )  # fmt: skip
            if answer != "over":
                return answer == "as" and self.save_as()
        return self._saved_to(document.path)

    @Slot()
    def save_as(self) -> bool:
        """Ask for a name and save. Returns whether it is saved."""
        document = self._studio.document
        if document.project is None:
            return False
        suggested = document.path or self._studio.folder / f"{document.title}{SUFFIX}"
        path = self._parts.ask.save_file(self._parts.window, "Save Project", PROJECTS, suggested)
        return path is not None and self._saved_to(path)

    @Slot()
    def close(self) -> None:
        """Close the project."""
        if self.may_leave():
            self._studio.close_film()

    @Slot()
    def relink(self) -> None:
        """Ask where the film is now, though it was found."""
        document = self._studio.document
        if document.project is not None:
            self._ask_for_film(MissingFilm(document.project, document.path, ""))

    @Slot()
    def clear_recent(self) -> None:
        """Forget what was open."""
        self._studio.preferences.update(recent_films=(), recent_projects=())

    def may_leave(self) -> bool:
        """Whether what is on the desk may go: it is saved, or the user has said so."""
        document = self._studio.document
        if not document.dirty:
            return True
        answer = self._parts.ask.choose(
            self._parts.window, "Unsaved Edits", f"{document.title} has edits that are not saved.",
            (("save", "Save"), ("discard", "Discard Edits")),
        )  # fmt: skip
        if answer == "save":
            return self.save()
        return answer == "discard"

    def offer_recovery(self) -> None:
        """Show what an accident left, if anything."""
        recovery = self._studio.recovery
        candidates = recovery.candidates() if recovery is not None else ()
        if not candidates:
            return
        dialog = RecoveryDialog(candidates, self._parts.window)
        dialog.recover_requested.connect(self._recover)
        dialog.discard_requested.connect(self._discard)
        dialog.open()

    def _saved_to(self, path: Path) -> bool:
        try:
            self._studio.document.save_as(path)
        except StudioError as error:
            self._parts.notifier.post(str(error), level="error")
            return False
        self._studio.preferences.add_recent_project(self._studio.document.path)
        self._parts.window.statusBar().showMessage(f"Saved {self._studio.document.path}", 4000)
        return True

    @Slot(object)
    def _recover(self, candidate: Candidate) -> None:
        if self.may_leave():
            self._studio.recover(candidate)

    @Slot(object)
    def _discard(self, candidate: Candidate) -> None:
        self._studio.recovery.discard(candidate)

    @Slot(object)
    def _ask_for_film(self, missing: MissingFilm) -> None:
        self._missing = missing
        dialog = RelinkDialog(missing.project.film, self._parts.ask, self._parts.window, why=missing.why)
        dialog.relink_requested.connect(self._relink)
        dialog.open()

    @Slot(object)
    def _relink(self, path: Path) -> None:
        if self._missing is not None:
            self._studio.relink(self._missing, path)

    @Slot(object)
    def _ask_about_combs(self, path: Path) -> None:
        answer = self._parts.ask.choose(
            self._parts.window, "Interlaced Film",
            f"{path.name} is interlaced: its fields would be colored as one picture. Better deinterlace it first.",
            (("cancel", "Leave It"), ("open", "Open All the Same")),
        )  # fmt: skip
        if answer == "open":
            self._studio.open_film(path, combed=True)

    @Slot(object)
    def _forget(self, path: Path) -> None:
        self._studio.preferences.forget_recent(path)

    @Slot()
    def _show_recent(self) -> None:
        value = self._studio.preferences.value
        rows = recent_list(value.recent_films, value.recent_projects, exists=Path.exists, limit=_LISTED)
        self._parts.welcome.set_recent(rows)
        menu = self._parts.actions.menu(_RECENT_MENU)
        for action in self._recent_actions:
            menu.removeAction(action)
            action.deleteLater()
        before = self._parts.actions.action("file.clear_recent")
        self._recent_actions = []
        for row in rows:
            action = QAction(row.path.name.replace("&", "&&") + ("  (not found)" if row.missing else ""), menu)
            action.setData(str(row.path))
            action.setToolTip(str(row.path))
            action.setEnabled(not row.missing)
            action.triggered.connect(self._open_recent)
            menu.insertAction(before, action)
            self._recent_actions.append(action)

    @Slot()
    def _open_recent(self) -> None:
        path = Path(self.sender().data())
        # The list is made anew when the film is open; not under the menu's own feet.
        QTimer.singleShot(0, self, lambda: self.open_path(path))

    def _last_folder(self) -> Path | None:
        value = self._studio.preferences.value
        known = (*value.recent_projects[:1], *value.recent_films[:1])
        return known[0].parent if known else None

    @staticmethod
    def _demo() -> Path | None:
        try:
            return demo_film()
        except StudioError:
            return None
