"""About: what version this is, and whose work it stands on."""

import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTabWidget, QTextBrowser, QWidget

from tcvc_studio import __version__
from tcvc_studio.assets import models_folder
from tcvc_studio.ui.dialogs.frame import Dialog
from tcvc_studio.ui.dialogs.models import licence_text
from tcvc_studio.ui.parts import button, words
from tcvc_studio.ui.theme import scaled
from tcvc_studio.weights.store import Store

#: Libraries the program stands on, and their licences, which their packages carry whole.
_LIBRARIES = (
    ("PySide6-Essentials", "Qt for Python", "LGPL 3"),
    ("torch", "PyTorch", "BSD 3-Clause"),
    ("av", "PyAV", "BSD 3-Clause; its wheel carries FFmpeg with x264 and x265 under the GPL"),
    ("numpy", "NumPy", "BSD 3-Clause"),
    ("opencv-python-headless", "OpenCV", "Apache 2.0"),
    ("safetensors", "safetensors", "Apache 2.0"),
    ("scenedetect-headless", "PySceneDetect", "BSD 3-Clause"),
    ("platformdirs", "platformdirs", "MIT"),
    ("qtawesome", "QtAwesome", "MIT; Material Design Icons under Apache 2.0"),
)
_NO_LICENCE = "The file LICENSE is missing from this installation; the program is under the MIT licence."


class AboutDialog(Dialog):
    """Version, licence of the program, of the weights and of the libraries."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__("About TCVC Studio", parent, width=680, height=520)
        title = words("TCVC Studio", "title")
        title.setFont(scaled(self.font(), 1.5, bold=True))
        self.body.addWidget(title)
        self.body.addWidget(words("Temporally consistent color for black-and-white films. Only chroma changes.", "dim"))
        self._versions = versions()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName("About")
        self._add("Versions", self._versions)
        self._add("Licence", program_licence())
        self._add("Weights", weight_licences(store))
        self._add("Libraries", libraries())
        self.body.addWidget(self._tabs, 1)
        copy = button("Copy Versions", "copy", tip="Copy the versions, for a report")
        copy.clicked.connect(self._copy)
        self.add_left_button(copy)
        self.add_close()

    def text_of(self, title: str) -> str:
        """What a tab says."""
        for i in range(self._tabs.count()):
            if self._tabs.tabText(i) == title:
                return self._tabs.widget(i).toPlainText()
        raise KeyError(title)

    def _add(self, title: str, text: str) -> None:
        view = QTextBrowser()
        view.setPlainText(text)
        view.setAccessibleName(title)
        view.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._tabs.addTab(view, title)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._versions)


def versions() -> str:
    """What runs here, one a line; nothing heavy is imported for it."""
    lines = [f"TCVC Studio {__version__}", f"Python {platform.python_version()}", f"Qt {qVersion()}"]
    lines += [f"{title} {_version(package)}" for package, title, _ in _LIBRARIES]
    lines.append(f"{platform.system()} {platform.release()} {platform.machine()}")
    return "\n".join(lines)


def program_licence() -> str:
    """The MIT licence, from the source tree or from the installed package."""
    beside = models_folder().parent / "LICENSE"
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    try:
        return metadata.distribution("tcvc-studio").read_text("licenses/LICENSE") or _NO_LICENCE
    except metadata.PackageNotFoundError:
        return _NO_LICENCE


def weight_licences(store: Store) -> str:
    """Licences and notices of the weights that are here: shipped ones with their model cards' notices, then others."""
    parts = []
    for entry in store.catalogue.entries:
        if store.has(entry.name):
            state = "comes with the program" if entry.shipped else "on this computer"
            text = f"{entry.title} ({state})\n{licence_text(entry)}"
            if entry.shipped:
                text += "".join(f"\n\n{notice}" for notice in card_notices(store.path(entry.name).with_suffix(".md")))
            parts.append(text)
    return f"\n\n{'–' * 24}\n\n".join(parts) or "There are no weights on this computer."


def card_notices(card: Path) -> Iterable[str]:
    """The sections of a model card that give somebody else's notice, without Markdown's marks."""
    try:
        text = card.read_text(encoding="utf-8")
    except OSError:
        return ()
    sections = text.split("\n## ")[1:]
    return tuple(_plain(section) for section in sections if section.lower().startswith("notice"))


def libraries() -> str:
    """The libraries with version and licence."""
    return "\n".join(f"{title} {_version(package)}: {licence}" for package, title, licence in _LIBRARIES)


def _plain(section: str) -> str:
    """Quoted lines joined into paragraphs, the heading before them."""
    heading, *lines = section.splitlines()
    paragraphs: list[str] = [heading]
    joined = ""
    for line in lines:
        bare = line.removeprefix(">").strip()
        if not bare:
            paragraphs.append(joined)
            joined = ""
        elif bare.startswith("* ") or not joined:
            paragraphs.append(joined)
            joined = bare
        else:
            joined += f" {bare}"
    return "\n\n".join(paragraph for paragraph in (*paragraphs, joined) if paragraph)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"
