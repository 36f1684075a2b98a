"""A film that is not where it was: look for it, know it by its content, or take another one knowingly."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListWidgetItem, QWidget

from tcvc_studio.app.film_search import FilmSearch, FoundFilm
from tcvc_studio.project.model import FilmReference
from tcvc_studio.ui.ask import FILMS, Ask
from tcvc_studio.ui.dialogs.frame import Dialog
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.panels.film_words import duration
from tcvc_studio.ui.parts import ElidedLabel, Message, button, row, rows_list, words


class RelinkDialog(Dialog):
    """Asks where a project's film is now. relink_requested: the path that was chosen.

    why: the sentence that says why it could not be opened. The dialog's thread ends when it closes.
    """

    relink_requested = Signal(object)

    def __init__(
        self,
        film: FilmReference,
        ask: Ask,
        parent: QWidget | None = None,
        *,
        why: str = "",
        search: FilmSearch | None = None,
    ) -> None:
        super().__init__("Find Moved Film", parent, width=620, height=400)
        self._film, self._ask = film, ask
        self._search = search or FilmSearch(self)
        self.body.addWidget(words(film.path.name, "title"))
        self.body.addWidget(ElidedLabel(f"was at {film.path.parent}", "dim"))
        self.body.addWidget(words(f"{film.width} × {film.height}, {duration(film.frames, film.rate)}", "dim"))
        reason = Message()
        reason.say(why, "warning")
        self.body.addWidget(reason)
        self._folder = button("Search a Folder…", "search", tip="Look through a folder and all folders in it")
        self._file = button("Choose File…", "open", tip="Say which file it is")
        self._stop = button("Stop", "stop", tip="End the search", name="Stop search")
        self._stop.hide()
        self.body.addLayout(row(self._folder, self._file, self._stop, None))
        self._list = rows_list("Films that were found")
        self.body.addWidget(self._list, 1)
        self._message = Message()
        self.body.addWidget(self._message)
        self._message.say("Nothing in the project is lost: its cuts and anchors wait for the film.", "info")
        self.add_close("Cancel")
        self._use = self.add_button(button("Use This Film", "accept", tip="Go on with this film", primary=True))
        self._use.setEnabled(False)
        self._folder.clicked.connect(self._choose_folder)
        self._file.clicked.connect(self._choose_file)
        self._stop.clicked.connect(self._search.cancel)
        self._list.currentRowChanged.connect(self._refresh)
        self._list.itemActivated.connect(self._take)
        self._use.clicked.connect(self._take)
        self._search.found.connect(self._on_found)
        self._search.finished.connect(self._on_finished)
        self.finished.connect(self._end)

    @property
    def chosen(self) -> FoundFilm | None:
        """The place that is selected."""
        item = self._list.currentItem()
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    def close_search(self) -> None:
        """End the thread; also done when the dialog closes."""
        self._search.close()

    def _begin(self, *, folder: Path | None = None, path: Path | None = None) -> None:
        if self._search.busy:
            return
        self._list.clear()
        for made in (self._folder, self._file):
            made.setEnabled(False)
        self._stop.setVisible(folder is not None)
        self._message.say(f"Looking through {folder} …" if folder else f"Looking at {path.name} …", "info")
        self._search.start(self._film, folder=folder, path=path)

    @Slot()
    def _choose_folder(self) -> None:
        folder = self._ask.folder(self, "Where to look", self._film.path.parent.parent)
        if folder is not None:
            self._begin(folder=folder)

    @Slot()
    def _choose_file(self) -> None:
        path = self._ask.open_file(self, "The film", FILMS, self._film.path.parent)
        if path is not None:
            # Any picture of a sequence stands for all of it.
            self._begin(path=path.with_name(self._film.path.name) if "%" in self._film.path.name else path)

    @Slot(object)
    def _on_found(self, found: FoundFilm) -> None:
        text = "the same film" if found.same else "another content"
        item = QListWidgetItem(icon("done" if found.same else "warning"), f"{found.path}  ·  {text}")
        item.setToolTip(str(found.path))
        item.setData(Qt.ItemDataRole.UserRole, found)
        self._list.addItem(item)
        now = self.chosen
        if now is None or (found.same and not now.same):
            self._list.setCurrentItem(item)

    @Slot(int, bool)
    def _on_finished(self, count: int, cancelled: bool) -> None:
        for made in (self._folder, self._file):
            made.setEnabled(True)
        self._stop.hide()
        if count:
            self._refresh()
        else:
            text = "The search was stopped." if cancelled else "It is not in that folder: search another one."
            self._message.say(text, "info" if cancelled else "warning")

    @Slot()
    def _refresh(self) -> None:
        found = self.chosen
        self._use.setEnabled(found is not None)
        if found is None:
            return
        if found.same:
            self._message.say("This is the same film, byte by byte where it was looked at.", "good")
        else:
            self._message.say(
                "Its content is not that of the film this project was made with: cuts and anchors may not fit. "
                "Take it only if it is a better copy of the same frames.", "warning",
            )  # fmt: skip

    @Slot()
    def _take(self) -> None:
        if (found := self.chosen) is not None:
            self.accept()
            self.relink_requested.emit(found.path)

    @Slot()
    def _end(self) -> None:
        self._search.close()
