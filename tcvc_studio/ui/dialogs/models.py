"""The weights: which there are, under which licence, getting them, and taking them from a file."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from tcvc_studio.app.model_work import Inspected, ModelWork
from tcvc_studio.ui.ask import WEIGHTS, Ask
from tcvc_studio.ui.dialogs.frame import Dialog
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.parts import ElidedLabel, Message, add_row, button, form, readable_size, rows_list, words
from tcvc_studio.ui.theme import SIZES
from tcvc_studio.weights.catalogue import Entry
from tcvc_studio.weights.store import Store

_ROLES = {"backbone": "Backbone", "fusion": "Fusion", "flow": "Flow"}
_STATES = {
    "shipped": ("shipped", "comes with the program"),
    "here": ("done", "on this computer"),
    "can be had": ("download", "can be downloaded"),
    "import only": ("import", "from a file only"),
    "missing": ("warning", "missing: install the program again"),
}


class ModelsDialog(Dialog):
    """Shows a Store's catalogue. Nothing is fetched or taken before its licence has been accepted.

    changed: weights came; what can be chosen is to be looked up anew.
    """

    changed = Signal()

    def __init__(self, store: Store, work: ModelWork, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__("Models", parent, width=820, height=520)
        self._store, self._work, self._ask = store, work, ask
        self._found: Inspected | None = None
        self._list = rows_list("Weights")
        self._list.setIconSize(QSize(SIZES.icon, SIZES.icon))
        self._title = words("", "title", wrap=True)
        self._role, self._state, self._size = words(), words(), words()
        self._file = ElidedLabel()
        self._licence_name = words("", "", wrap=True)
        self._licence = QPlainTextEdit()
        self._licence.setReadOnly(True)
        self._licence.setAccessibleName("Licence")
        self._licence.setMinimumHeight(90)
        self._accept = QCheckBox("I have read the licence and accept it")
        self._accept.setAccessibleName(self._accept.text())
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the download")
        self._message = Message()
        tip = "Get these weights and check their sha256"
        self._download = button("Download", "download", tip=tip, primary=True)
        self._verify = button("Verify", "accept", tip="Check the file on this computer by its sha256")
        self._cancel = button("Cancel Download", "cancel", tip="End the download; nothing is left of it")
        self._import = button("Import from File…", "import", tip="Take weights from a file that you have")
        self._lay_out()
        self._connect()
        self._fill()
        self._show_entry()

    @property
    def chosen(self) -> Entry:
        """The entry that is shown."""
        return self._store.catalogue.entries[max(0, self._list.currentRow())]

    def choose(self, name: str) -> None:
        """Show the weights of a name. Does nothing for a name that is not in the catalogue."""
        for i, entry in enumerate(self._store.catalogue.entries):
            if entry.name == name:
                self._list.setCurrentRow(i)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(SIZES.gap)
        right.addWidget(self._title)
        facts = form()
        add_row(facts, "Role", self._role)
        add_row(facts, "State", self._state)
        add_row(facts, "Size", self._size)
        add_row(facts, "File", self._file)
        add_row(facts, "Licence", self._licence_name)
        right.addLayout(facts)
        right.addWidget(self._licence, 1)
        right.addWidget(self._accept)
        right.addWidget(self._bar)
        right.addWidget(self._message)
        buttons = QHBoxLayout()
        for made in (self._download, self._cancel, self._verify):
            buttons.addWidget(made)
        buttons.addStretch(1)
        right.addLayout(buttons)
        halves = QHBoxLayout()
        halves.setSpacing(SIZES.space)
        halves.addWidget(self._list, 2)
        halves.addLayout(right, 3)
        self.body.addLayout(halves, 1)
        self.add_left_button(self._import)
        self.add_close()

    def _connect(self) -> None:
        self._list.currentRowChanged.connect(self._show_entry)
        self._accept.toggled.connect(self._refresh)
        self._download.clicked.connect(self._begin)
        self._verify.clicked.connect(self._check)
        self._cancel.clicked.connect(self._stop)
        self._import.clicked.connect(self._choose_file)
        self._work.progress.connect(self._on_progress)
        self._work.finished.connect(self._on_finished)
        self._work.failed.connect(self._on_failed)
        self._work.inspected.connect(self._on_inspected)
        self._work.busy_changed.connect(self._refresh)

    def _fill(self) -> None:
        row = max(0, self._list.currentRow())
        self._list.blockSignals(True)
        self._list.clear()
        for entry in self._store.catalogue.entries:
            icon_name, text = _STATES[state_of(entry, self._store)]
            item = QListWidgetItem(icon(icon_name), f"{_ROLES[entry.role]}: {entry.name}\n{text}")
            item.setToolTip(entry.title)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}, {text}")
            self._list.addItem(item)
        self._list.setCurrentRow(row)
        self._list.blockSignals(False)
        # All of each row can be read.
        self._list.setMinimumWidth(min(self._list.sizeHintForColumn(0) + 2 * SIZES.space, 420))

    @Slot()
    def _show_entry(self) -> None:
        entry = self.chosen
        if self._found is not None and self._found.name != entry.name:
            self._found = None
        path = self._store.path(entry.name)
        here = path.is_file()
        size = path.stat().st_size if here else entry.bytes
        self._title.setText(entry.title)
        self._role.setText(_ROLES[entry.role] + (f" of {entry.backbone}" if entry.backbone else ""))
        self._state.setText(_STATES[state_of(entry, self._store)][1].capitalize())
        self._size.setText(readable_size(size) if size else "unknown")
        self._file.set_text(path)
        self._licence_name.setText(entry.licence)
        self._licence.setPlainText(licence_text(entry))
        self._accept.setChecked(False)
        self._message.say("")
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        entry, busy = self.chosen, self._work.busy
        here = self._store.has(entry.name)
        taking = self._found is not None
        wanted = taking or (entry.url is not None and not here)
        self._accept.setVisible(wanted)
        self._accept.setEnabled(not busy)
        self._download.setVisible(wanted)
        self._download.setText("Import" if taking else "Download")
        self._download.setAccessibleName(f"{self._download.text()} {entry.name}")
        self._download.setEnabled(wanted and not busy and self._accept.isChecked())
        self._verify.setVisible(here and not taking)
        self._verify.setEnabled(not busy)
        self._cancel.setVisible(busy)
        self._bar.setVisible(busy)
        self._import.setEnabled(not busy)
        self._list.setEnabled(not busy)

    @Slot()
    def _begin(self) -> None:
        self._message.say("")
        self._bar.setRange(0, 0)
        if self._found is not None:
            self._work.take(self._found)
        else:
            self._work.download(self.chosen.name)

    @Slot()
    def _check(self) -> None:
        self._bar.setRange(0, 0)
        self._work.verify(self.chosen.name)

    @Slot()
    def _stop(self) -> None:
        self._work.cancel()

    @Slot()
    def _choose_file(self) -> None:
        path = self._ask.open_file(self, "Weights", WEIGHTS, Path.home())
        if path is not None:
            self._bar.setRange(0, 0)
            self._message.say(f"Looking into {path.name} …", "info")
            self._work.inspect(path)

    @Slot(str, object, object)
    def _on_progress(self, _name: str, done: int, total: int) -> None:
        # A bar counts in ints of 32 bits.
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(round(1000 * done / total) if total else 0)
        self._bar.setFormat(f"{readable_size(done)} of {readable_size(total)}" if total else readable_size(done))

    @Slot(object)
    def _on_inspected(self, found: Inspected) -> None:
        self.choose(found.name)
        self._found = found
        self._accept.setChecked(False)
        entry = self.chosen
        if found.published:
            self._message.say(f"{found.path.name} holds {entry.name}. Read its licence, then import it.", "info")
        else:
            self._message.say(
                f"{found.path.name} holds the kind of network that {entry.name} is, but it is not the published file: "
                "import it only if you know where it comes from.", "warning",
            )  # fmt: skip
        self._refresh()

    @Slot(str, str)
    def _on_finished(self, name: str, text: str) -> None:
        self._found = None
        self._fill()
        self._show_entry()
        self._message.say(text, "good")
        self.changed.emit()

    @Slot(str, str)
    def _on_failed(self, _name: str, text: str) -> None:
        self._refresh()
        self._message.say(text, "info" if text.startswith("Cancelled") else "error")


def state_of(entry: Entry, store: Store) -> str:
    """One of "shipped", "here", "can be had", "import only", "missing"."""
    if store.has(entry.name):
        return "shipped" if entry.shipped else "here"
    return "missing" if entry.shipped else "can be had" if entry.url else "import only"


def licence_text(entry: Entry) -> str:
    """What is to be read before weights are taken."""
    lines = [f"Licence: {entry.licence}", "", entry.notice]
    if entry.url:
        lines += ["", f"From: {entry.url}"]
    if entry.sha256:
        lines += ["", "sha256: " + ", ".join(entry.sha256)]
    return "\n".join(lines)
