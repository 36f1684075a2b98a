"""The list of edits, to go back to any of them."""

from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QDockWidget, QUndoView, QWidget

from tcvc_studio.ui.icons import icon


class HistoryDock(QDockWidget):
    """Shows an undo stack; a click, or the arrow keys, go to the state after an edit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("History", parent)
        self.setObjectName("history")
        self.view = QUndoView()
        self.view.setAccessibleName("Edits")
        self.view.setEmptyLabel("As it was opened")
        self.view.setCleanIcon(icon("save"))
        self.view.setToolTip("Choose an edit to go back to it; the disk marks what was saved")
        self.setWidget(self.view)

    def set_stack(self, stack: QUndoStack | None) -> None:
        """Show this stack's edits; None: none."""
        self.view.setStack(stack)
