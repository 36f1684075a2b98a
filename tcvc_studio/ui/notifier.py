"""Notices in the corner of the window: nothing stops for them, and an error stays until it has been read."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from tcvc_studio.ui.parts import button, level_pixmap, tool, words
from tcvc_studio.ui.theme import SIZES, monospaced

#: How long a notice of no consequence stays.
INFO_MS = 6000
_WIDTH = 400
_SHOWN = 4
_LEVEL_NAMES = {"info": "Note", "warning": "Warning", "error": "Error"}


class NoticeLike(Protocol):
    """text: one sentence. details: for whoever helps, may be empty. level: "info", "warning" or "error"."""

    text: str
    details: str
    level: str


class Notifier(QWidget):
    """The stack of notices, at the bottom right of its parent and above everything in it.

    offer_chosen: a button of a notice was pressed; the offer's id, as `post` was given it.
    """

    offer_chosen = Signal(str)

    def __init__(self, parent: QWidget, *, info_ms: int = INFO_MS, margin_below: int = 28) -> None:
        super().__init__(parent)
        self._info_ms = info_ms
        self._below = margin_below
        self._cards: list[_Card] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SIZES.gap)
        self.setAccessibleName("Notices")
        parent.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> tuple["_Card", ...]:
        """The notices that can be seen, the newest last."""
        return tuple(card for card in self._cards if not card.isHidden())

    @Slot(object)
    def show_notice(self, notice: NoticeLike) -> None:
        """Show a notice; for a signal that carries one."""
        self.post(notice.text, notice.details, notice.level)

    def post(
        self, text: str, details: str = "", level: str = "info", *, offers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Show a notice. offers: (id, text of its button). What is already there is counted instead of repeated."""
        level = level if level in _LEVEL_NAMES else "info"
        for card in self._cards:
            if (card.text, card.level) == (text, level):
                card.repeat(details)
                return
        card = _Card(text, details, level, tuple(offers), self._info_ms if level == "info" and not offers else 0)
        card.dismissed.connect(self._dismiss)
        card.changed.connect(self._place)
        card.offer_chosen.connect(self.offer_chosen)
        self._cards.append(card)
        self._layout.addWidget(card)
        self._place()

    @Slot()
    def dismiss_newest(self) -> None:
        """Take the newest notice away, for a key."""
        if self._cards:
            self._dismiss(self._cards[-1])

    def clear(self) -> None:
        """Take all notices away."""
        for card in tuple(self._cards):
            self._dismiss(card)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays in the corner while the window is resized."""
        if watched is self.parentWidget() and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    @Slot(object)
    def _dismiss(self, card: "_Card") -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._layout.removeWidget(card)
            card.stop()
            card.hide()
            card.deleteLater()
            self._place()

    @Slot()
    def _place(self) -> None:
        # Errors before others, new before old: what does not fit waits its turn.
        order = sorted(range(len(self._cards)), key=lambda i: (self._cards[i].level == "error", i), reverse=True)
        visible = set(order[:_SHOWN])
        for i, card in enumerate(self._cards):
            card.setVisible(i in visible)
            card.wait(i not in visible)
        if not self._cards:
            self.hide()
            return
        window = self.parentWidget()
        width = min(_WIDTH, max(200, window.width() - 2 * SIZES.space))
        self.setFixedWidth(width)
        self._layout.activate()
        height = sum(card.heightForWidth(width) for card in self.shown)
        height += self._layout.spacing() * max(0, len(self.shown) - 1)
        height = min(height, window.height() - self._below - SIZES.space)
        x, y = window.width() - width - SIZES.space, window.height() - self._below - SIZES.space // 2 - height
        self.setGeometry(x, max(0, y), width, height)
        self.show()
        self.raise_()


class _Card(QFrame):
    dismissed = Signal(object)
    changed = Signal()
    offer_chosen = Signal(str)

    def __init__(self, text: str, details: str, level: str, offers: tuple[tuple[str, str], ...], timeout: int) -> None:
        super().__init__()
        self.text, self.level = text, level
        self._details = details
        self._times = 1
        self.setProperty("part", "notice")
        self.setAccessibleName(f"{_LEVEL_NAMES[level]}: {text}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        sign = QLabel()
        sign.setPixmap(level_pixmap(level, ratio=self.devicePixelRatioF(), size=SIZES.tool_icon))
        sign.setAccessibleName(_LEVEL_NAMES[level])
        self._head = words(_LEVEL_NAMES[level], level if level != "info" else "title")
        self._words = words(text, wrap=True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = tool("close", tip="Take this notice away", name="Dismiss notice")
        self._close.clicked.connect(self._dismiss)
        body = QVBoxLayout()
        body.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self._head, 1)
        head.addWidget(self._close)
        body.addLayout(head)
        body.addWidget(self._words)
        self._text_of_details = QPlainTextEdit(details)
        self._text_of_details.setReadOnly(True)
        self._text_of_details.setFont(monospaced(self.font()))
        self._text_of_details.setAccessibleName("Details")
        self._text_of_details.setFixedHeight(110)
        self._text_of_details.hide()
        body.addWidget(self._text_of_details)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SIZES.gap)
        for id, label in offers:
            made = button(label, tip=label)
            made.setObjectName(id)
            made.clicked.connect(self._offer)
            self._buttons.addWidget(made)
        self._more = button("Details", tip="Show what a helper would like to know")
        self._more.setCheckable(True)
        self._more.toggled.connect(self._show_details)
        self._copy = button("Copy", "copy", tip="Copy the notice and its details", name="Copy notice")
        self._copy.clicked.connect(self._copy_all)
        self._buttons.addWidget(self._more)
        self._buttons.addWidget(self._copy)
        self._buttons.addStretch(1)
        self._more.setVisible(bool(details))
        # An information goes by itself; what went wrong may be wanted in a letter.
        self._copy.setVisible(bool(details) or level != "info")
        body.addLayout(self._buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SIZES.space, 8, 8, 8)
        layout.setSpacing(SIZES.space - 2)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(body, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._dismiss)
        self._timeout = timeout
        self._start()

    def repeat(self, details: str) -> None:
        """It happened again."""
        self._times += 1
        self._head.setText(f"{_LEVEL_NAMES[self.level]} ({self._times} times)")
        if details and details != self._details:
            self._details = details
            self._text_of_details.setPlainText(details)
            self._more.show()
        self._start()
        self.changed.emit()

    def stop(self) -> None:
        self._timer.stop()

    def wait(self, waiting: bool) -> None:
        """Time does not run for a notice nobody sees."""
        if waiting:
            self._timer.stop()
        elif not self._timer.isActive():
            self._start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Whoever points at it reads it."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._start()
        super().leaveEvent(event)

    def _start(self) -> None:
        if self._timeout:
            self._timer.start(self._timeout)

    @Slot()
    def _dismiss(self) -> None:
        self.dismissed.emit(self)

    @Slot()
    def _offer(self) -> None:
        self.offer_chosen.emit(self.sender().objectName())
        self._dismiss()

    @Slot(bool)
    def _show_details(self, shown: bool) -> None:
        self._text_of_details.setVisible(shown)
        self._more.setText("Hide Details" if shown else "Details")
        self.changed.emit()

    @Slot()
    def _copy_all(self) -> None:
        text = f"{_LEVEL_NAMES[self.level]}: {self.text}"
        QGuiApplication.clipboard().setText(f"{text}\n\n{self._details}" if self._details else text)
