"""What the tests of panels and dialogs share: a film, a project, answers to questions, and two looks at a widget."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.media.info import AudioInfo, FilmInfo
from tcvc_studio.project.model import Anchor, Cut, FilmReference, Project
from tcvc_studio.ui.parts import ElidedLabel

PATH = Path("/films/archive/1921/the-long-way-home/reel-03.mov")
RATE = Fraction(24000, 1001)
CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit,
    QTextEdit,
)  # fmt: skip


@dataclass
class Answers:
    """An Ask that answers as it was told to, and remembers what it was asked."""

    path: Path | None = None
    choice: str | None = None
    asked: list = field(default_factory=list)

    def open_file(self, parent, title, filters, folder=None):
        self.asked.append(("open", title, folder))
        return self.path

    def save_file(self, parent, title, filters, suggested=None):
        self.asked.append(("save", title, suggested))
        return self.path

    def folder(self, parent, title, folder=None):
        self.asked.append(("folder", title, folder))
        return self.path

    def choose(self, parent, title, text, choices):
        self.asked.append(("choose", title, choices))
        return self.choice


def make_info(**more) -> FilmInfo:
    """A scan of 2,500 frames in 10 bit, with sound and time code."""
    facts = dict(
        path=PATH, kind="video", codec="prores", frames=2500, first_number=0, width=2048, height=1556, rate=RATE,
        time_base=Fraction(1, 24000), pts=np.arange(2500), vfr=False, pixel_format="yuv422p10le", bit_depth=10,
        format=PlaneFormat(10, "limited", "bt709", (2, 1), "left"), matrix="bt709", primaries="bt709",
        transfer="bt709", sar=Fraction(1), rotation=0, timecode="10:00:00:00",
        audio=(AudioInfo(1, "pcm_s16le", 48000, 2, "stereo"),), interlaced=False, has_color=True,
        notes=("The film has color of its own, which is not used.",),
    )  # fmt: skip
    return FilmInfo(**{**facts, **more})


def make_project(**more) -> Project:
    """Four shots; three anchors by hand in the second, one with a still, one locked."""
    film = FilmReference(
        path=PATH, fingerprint="f1", frames=2500, rate=RATE, width=2048, height=1556, timecode="10:00:00:00"
    )
    facts = dict(
        film=film,
        cuts=(Cut(100), Cut(247, True), Cut(900)),
        anchors=(Anchor(130), Anchor(160, Path("/stills/a0160-blue-coat.png")), Anchor(200, locked=True)),
    )
    return Project(**{**facts, **more})


def unnamed(widget: QWidget) -> list[str]:
    """Controls that assistive technology could not name; a button's text is a name."""
    found = []
    for control in widget.findChildren(QWidget):
        inside = control.objectName().startswith("qt_") or isinstance(control, QScrollBar)
        if not isinstance(control, CONTROLS) or inside or _belongs_to_another(control):
            continue
        text = control.text() if isinstance(control, QAbstractButton) else ""
        if not (control.accessibleName() or text):
            found.append(f"{type(control).__name__} {control.objectName()}")
    return found


def clipped(widget: QWidget) -> list[str]:
    """Words on visible labels, buttons and tabs that have less room than they need."""
    found = []
    for label in widget.findChildren(QLabel):
        if not label.isVisible() or isinstance(label, ElidedLabel) or not label.text():
            continue
        if label.wordWrap():
            tight = label.height() < label.heightForWidth(label.width())
        else:
            tight = label.width() < label.sizeHint().width() or label.height() < label.sizeHint().height()
        if tight:
            found.append(label.text())
    for made in widget.findChildren(QAbstractButton):
        if made.isVisible() and made.text() and not _belongs_to_another(made):
            need = QFontMetrics(made.font()).horizontalAdvance(made.text().replace("&", ""))
            if made.width() < need or made.height() < QFontMetrics(made.font()).height():
                found.append(made.text())
    for bar in widget.findChildren(QTabBar):
        if bar.isVisible() and bar.width() < bar.sizeHint().width():
            found.append("tabs: " + " ".join(bar.tabText(i) for i in range(bar.count())))
    right = {id(w): w for w in widget.findChildren(QWidget) if w.isVisible() and w.parentWidget() is not None}
    for control in right.values():
        if isinstance(control, CONTROLS) and not _belongs_to_another(control) and not isinstance(control, QScrollBar):
            area = control.visibleRegion().boundingRect()
            if area.height() == control.height() and area.width() < control.width():
                found.append(f"{type(control).__name__} {control.accessibleName()} is cut off")
    return found


def _belongs_to_another(control: QWidget) -> bool:
    """Parts that Qt builds into combo boxes, spin boxes, headers and tab bars."""
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QAbstractItemView, QTabBar, QLineEdit)):
            return True
        parent = parent.parentWidget()
    return False
