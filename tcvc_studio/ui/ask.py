"""Everything that is asked in a window of its own: files, folders, and what to do with unsaved edits.

The window and its panels get one Ask and ask nothing by themselves, so that a test can answer.
"""

from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from tcvc_studio.media.codecs import MUXERS

FILMS = (
    "Films (*.mov *.mp4 *.m4v *.mkv *.mxf *.avi *.mpg *.mpeg *.ts *.m2ts *.webm *.dv *.wmv *.ogv "
    "*.png *.jpg *.jpeg *.tif *.tiff *.dpx *.exr);;All files (*)"
)
PICTURES = "Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.dpx *.exr *.bmp *.webp);;All files (*)"
PROJECTS = "TCVC Studio projects (*.tcvc);;All files (*)"
WEIGHTS = "Weights (*.safetensors *.pth *.pt);;All files (*)"
CONTAINERS = f"Films ({' '.join('*' + suffix for suffix in MUXERS)});;All files (*)"


class Ask(Protocol):
    """What may be asked. Every answer is None where the user gives up."""

    def open_file(self, parent: QWidget, title: str, filters: str, folder: Path | None = None) -> Path | None:
        """A file that is there. filters: in Qt's form, as the constants above."""
        ...

    def save_file(self, parent: QWidget, title: str, filters: str, suggested: Path | None = None) -> Path | None:
        """A file to write; that one of this name may be replaced has been asked."""
        ...

    def folder(self, parent: QWidget, title: str, folder: Path | None = None) -> Path | None:
        """A folder that is there."""
        ...

    def choose(self, parent: QWidget, title: str, text: str, choices: tuple[tuple[str, str], ...]) -> str | None:
        """One of the choices (id, text of its button); the first one is what Return takes."""
        ...


class AskInWindows:
    """Asks by the dialogs of the system."""

    def open_file(self, parent: QWidget, title: str, filters: str, folder: Path | None = None) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(parent, title, _text(folder), filters)
        return Path(name) if name else None

    def save_file(self, parent: QWidget, title: str, filters: str, suggested: Path | None = None) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(parent, title, _text(suggested), filters)
        return Path(name) if name else None

    def folder(self, parent: QWidget, title: str, folder: Path | None = None) -> Path | None:
        name = QFileDialog.getExistingDirectory(parent, title, _text(folder))
        return Path(name) if name else None

    def choose(self, parent: QWidget, title: str, text: str, choices: tuple[tuple[str, str], ...]) -> str | None:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, QMessageBox.StandardButton.NoButton, parent)
        buttons = {box.addButton(words, QMessageBox.ButtonRole.ActionRole): id for id, words in choices}
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(next(iter(buttons)))
        box.setEscapeButton(cancel)
        box.exec()
        answer = buttons.get(box.clickedButton())
        box.deleteLater()
        return answer


def _text(path: Path | None) -> str:
    return "" if path is None else str(path)
