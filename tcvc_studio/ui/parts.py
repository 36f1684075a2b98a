"""Small pieces that panels and dialogs are put together from, so that they look and behave alike."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tcvc_studio.ui.icons import icon, pixmap
from tcvc_studio.ui.theme import COLORS, SIZES

#: Icon and color of each level; the shapes differ, too: a circle, a triangle, an octagon, a tick.
_LEVELS = {
    "info": ("info", COLORS.accent),
    "good": ("done", COLORS.good),
    "warning": ("warning", COLORS.warning),
    "error": ("error", COLORS.error),
}


def words(text: str = "", part: str | None = None, *, wrap: bool = False) -> QLabel:
    """A label. part: "dim", "title", "error", ... of the style sheet. wrap: over several lines."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if part:
        label.setProperty("part", part)
    return label


def button(
    text: str, icon_name: str | None = None, *, tip: str, name: str | None = None, primary: bool = False
) -> QPushButton:
    """A push button. tip: its tooltip. name: for assistive technology, where the text alone does not say enough.

    primary: it is what Return presses, and stands out.
    """
    made = QPushButton(text)
    if icon_name:
        made.setIcon(icon(icon_name, COLORS.on_accent if primary else COLORS.text))
    made.setToolTip(tip)
    made.setAccessibleName(name or text.rstrip("…"))
    made.setAutoDefault(False)
    made.setDefault(primary)
    return made


def tool(icon_name: str, *, tip: str, name: str) -> QToolButton:
    """A button with nothing but an icon, which its tip and name explain."""
    made = QToolButton()
    made.setIcon(icon(icon_name))
    made.setIconSize(QSize(SIZES.icon, SIZES.icon))
    made.setToolTip(tip)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def spin_box(low: int, high: int, *, suffix: str = "") -> QSpinBox:
    """A field for a whole number; what is typed counts when it is complete."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setSuffix(suffix)
    box.setKeyboardTracking(False)
    # A style sheet's padding does not reach the text inside.
    box.lineEdit().setTextMargins(SIZES.gap, 0, 0, 0)
    return box


def form(parent: QWidget | None = None) -> QFormLayout:
    """A form whose labels stand left and whose fields take the rest of the width."""
    layout = QFormLayout(parent) if parent is not None else QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(SIZES.space)
    layout.setVerticalSpacing(SIZES.gap)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    layout.setFormAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    return layout


def add_row(layout: QFormLayout, text: str, widget: QWidget, *, tip: str = "") -> QLabel:
    """A field with its label, which names it for assistive technology too."""
    label = words(text, "dim")
    label.setBuddy(widget)
    if not widget.accessibleName():
        widget.setAccessibleName(text.rstrip(":"))
    if tip:
        widget.setToolTip(tip)
        label.setToolTip(tip)
    layout.addRow(label, widget)
    return label


def rows_list(name: str) -> QListWidget:
    """A list. name: for assistive technology."""
    made = QListWidget()
    made.setAccessibleName(name)
    made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    # Rows laid out before the style sheet is known to the list would lie over one another.
    made.ensurePolished()
    return made


def rule() -> QFrame:
    """A hairline between groups."""
    line = QFrame()
    line.setProperty("part", "rule")
    return line


def column(*things: QWidget, margin: int = SIZES.space, spacing: int = SIZES.gap) -> QWidget:
    """Widgets one under the other, at the top."""
    made = QWidget()
    layout = QVBoxLayout(made)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    for thing in things:
        layout.addWidget(thing)
    layout.addStretch(1)
    return made


def row(*things: QWidget | None, spacing: int = SIZES.gap) -> QHBoxLayout:
    """Widgets side by side; None is room that stretches."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for thing in things:
        if thing is None:
            layout.addStretch(1)
        else:
            layout.addWidget(thing)
    return layout


class ElidedLabel(QLabel):
    """One line that is shortened in the middle, as paths want it, where it does not fit; the tooltip has it whole."""

    def __init__(self, text: str = "", part: str | None = None) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(40)
        if part:
            self.setProperty("part", part)
        self._whole = ""
        self.set_text(text)

    @property
    def whole(self) -> str:
        """The text as it was given."""
        return self._whole

    def set_text(self, text: str | Path) -> None:
        """Show this text."""
        self._whole = str(text)
        self.setToolTip(self._whole)
        self.setAccessibleName(self._whole)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(40, QFontMetrics(self.font()).height() + 2)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._whole) + 4, metrics.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(self.width() - 2, 40)
        self.setText(QFontMetrics(self.font()).elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room))


class Message(QFrame):
    """A sentence in its place: an error or a warning with its shape; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text = words(wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(SIZES.gap)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        self.level = ""
        self.hide()

    @property
    def text(self) -> str:
        """What is shown; empty while nothing is."""
        return self._text.text()

    def say(self, text: str, level: str = "error") -> None:
        """Show a sentence; level: "info", "good", "warning" or "error". No text hides it."""
        if (text, level) != (self.text, self.level):
            self.level = level
            self._icon.setPixmap(level_pixmap(level, ratio=self.devicePixelRatioF()))
            self._icon.setAccessibleName(level)
            self._text.setText(text)
            self._text.setAccessibleName(f"{level}: {text}" if text else "")
        self.setVisible(bool(text))


class Bar(QWidget):
    """A share 0..1 as a thin bar, beside a number that says the same."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._share: float | None = None
        self.setAccessibleName(name)
        self.setMinimumSize(60, 8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float | None) -> None:
        """Show a share, or an empty bar for None."""
        self._share = None if share is None else min(max(share, 0.0), 1.0)
        self.setAccessibleDescription("unknown" if share is None else f"{share:.0%}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().dark())
        if self._share is not None:
            painter.fillRect(0, 0, round(self.width() * self._share), self.height(), self.palette().highlight())


class PageArea(QScrollArea):
    """A page that scrolls up and down and is never narrower than what is on it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        page.setProperty("part", "page")
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def minimumSizeHint(self) -> QSize:
        width = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, 80)

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width(), self.widget().sizeHint().height())


class CalmWheel(QObject):
    """Keeps fields from changing under the wheel while somebody scrolls past them; installed as their event filter."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def calm(self, *widgets: QWidget) -> None:
        """Watch over these."""
        for widget in widgets:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            widget.installEventFilter(self)


def level_pixmap(level: str, *, ratio: float = 1.0, size: int = SIZES.icon):
    """The sign of a level."""
    name, color = _LEVELS[level]
    return pixmap(name, color, size=size, ratio=ratio)


def repolish(widget: QWidget, part: str | None) -> None:
    """Give a widget another part of the style sheet to play."""
    widget.setProperty("part", part)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def readable_size(count: float) -> str:
    """Bytes as people write them: 1.5 GB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if abs(count) < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit in ("bytes", "kB") or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def readable_time(seconds: float) -> str:
    """A length of time as people say it: 40 s, 3 min 20 s, 2 h 5 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 and whole % 60 else f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min" if whole % 3600 // 60 else f"{whole // 3600} h"

