"""After an accident: what was being worked on, to be taken up again."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from tcvc_studio.app.recovery import Candidate
from tcvc_studio.ui.dialogs.frame import Dialog
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.parts import Message, button, words


class RecoveryDialog(Dialog):
    """Offers what `Recovery.candidates` found. Closing it loses nothing: it is offered again.

    recover_requested, discard_requested: a Candidate.
    """

    recover_requested = Signal(object)
    discard_requested = Signal(object)

    def __init__(self, candidates: Sequence[Candidate], parent: QWidget | None = None) -> None:
        super().__init__("Recover Unsaved Work", parent, width=640, height=340)
        text = "The studio was not closed in order. This work was kept and has not been saved:"
        self.body.addWidget(words(text, wrap=True))
        self._tree = QTreeWidget()
        self._tree.setAccessibleName("Unsaved work")
        self._tree.setHeaderLabels(["Project", "Kept at", "Its file"])
        self._tree.setRootIsDecorated(False)
        self._tree.setAlternatingRowColors(True)
        self._tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._message = Message()
        self.body.addWidget(self._tree, 1)
        self.body.addWidget(self._message)
        self._discard = button("Discard", "delete", tip="Throw this work away for good")
        self._recover = button("Recover", "recover", tip="Put this work on the desk again", primary=True)
        self.add_left_button(self._discard)
        self.add_close("Later")
        self.add_button(self._recover)
        self._tree.currentItemChanged.connect(self._refresh)
        self._tree.itemActivated.connect(self._take)
        self._recover.clicked.connect(self._take)
        self._discard.clicked.connect(self._throw_away)
        self._sure = False
        self.set_candidates(candidates)

    def set_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Show these, as they are given."""
        self._tree.clear()
        for candidate in candidates:
            file = str(candidate.path) if candidate.path is not None else "never saved"
            item = QTreeWidgetItem([candidate.title, f"{candidate.saved_at:%d %b %Y, %H:%M:%S}", file])
            item.setIcon(0, icon("recover"))
            item.setToolTip(2, file)
            item.setData(0, Qt.ItemDataRole.UserRole, candidate)
            self._tree.addTopLevelItem(item)
        for i in (0, 1):
            self._tree.header().setSectionResizeMode(i, QHeaderView.ResizeMode.ResizeToContents)
        if candidates:
            self._tree.setCurrentItem(self._tree.topLevelItem(0))
        self._refresh()

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that is selected."""
        item = self._tree.currentItem()
        return None if item is None else item.data(0, Qt.ItemDataRole.UserRole)

    @Slot()
    def _refresh(self) -> None:
        candidate = self.chosen
        self._recover.setEnabled(candidate is not None)
        self._discard.setEnabled(candidate is not None)
        self._set_sure(False)
        if candidate is not None and candidate.outdated:
            self._message.say("Its file was saved later than this was kept: the file may hold more.", "warning")
        else:
            self._message.say("")

    def _set_sure(self, sure: bool) -> None:
        self._sure = sure
        self._discard.setText("Really Discard" if sure else "Discard")
        self._discard.setAccessibleName(self._discard.text())

    @Slot()
    def _take(self) -> None:
        if (candidate := self.chosen) is not None:
            self.accept()
            self.recover_requested.emit(candidate)

    @Slot()
    def _throw_away(self) -> None:
        if not self._sure:
            # There is no undo for this: it takes two.
            self._set_sure(True)
            self._message.say("It will be gone for good: press again to discard it.", "warning")
            return
        candidate = self.chosen
        self._tree.takeTopLevelItem(self._tree.indexOfTopLevelItem(self._tree.currentItem()))
        self._refresh()
        self.discard_requested.emit(candidate)
        if self._tree.topLevelItemCount() == 0:
            self.accept()
