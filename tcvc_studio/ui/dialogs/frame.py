"""What all dialogs have in common: they are non-modal, close with Esc, and keep their buttons at the bottom right."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from tcvc_studio.ui.parts import button, row
from tcvc_studio.ui.theme import SIZES


class Dialog(QDialog):
    """A dialog with a body to fill and a row of buttons below it. body: its layout."""

    def __init__(self, title: str, parent: QWidget | None = None, *, width: int = 560, height: int = 0) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.body = QVBoxLayout()
        self.body.setSpacing(SIZES.gap + 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(SIZES.space)
        layout.addLayout(self.body, 1)
        self._buttons = row(None)
        layout.addLayout(self._buttons)
        self._preferred_size = QSize(width, height)
        self._was_shown = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            # Qt would open it at two thirds of the screen at most, and clip what is in it.
            self._was_shown = True
            room = self.screen().availableSize() * 0.95
            self.resize(self.sizeHint().boundedTo(room).expandedTo(self.minimumSizeHint()))

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(self._preferred_size)

    def add_button(self, made: QPushButton) -> QPushButton:
        """Put a button at the end of the row."""
        self._buttons.addWidget(made)
        return made

    def add_left_button(self, made: QPushButton) -> QPushButton:
        """Put a button at the beginning of the row, apart from the others."""
        self._buttons.insertWidget(self._buttons.count() - 1 if self._buttons.count() == 1 else 0, made)
        return made

    def add_close(self, text: str = "Close") -> QPushButton:
        """A button that closes the dialog."""
        made = self.add_button(button(text, tip=f"{text} (Esc)"))
        made.clicked.connect(self.reject)
        return made
