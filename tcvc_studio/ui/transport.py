"""The transport below the viewer: shuttle and step, loop, marks, time code and frame number to read and to type in."""

import re
from fractions import Fraction

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QWidget

from tcvc_studio.app.actions import find
from tcvc_studio.app.playback import Playback
from tcvc_studio.errors import StudioError
from tcvc_studio.project.timecode import Timecode
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.theme import COLORS, SIZES, monospaced, scaled

_LOOPS = {"off": "No loop", "shot": "Loop shot", "marks": "Loop in–out", "film": "Loop film"}
_RELATIVE = re.compile(r"([+-])\s*(\d{1,9})")


def frame_at_timecode(text: str, *, zero: Timecode, frame: int) -> int:
    """The frame that somebody means by what was typed into the time code field.

    text: a time code; or its last figures, "1205" for 12 seconds and 5 frames of the hour and minute the film is at;
    or "+48", "-12" for so many frames on or back. zero: of the film's first frame. frame: where the film stands.
    Raises StudioError for anything else.
    """
    text = text.strip()
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return frame + int(relative[1] + relative[2])
    if re.fullmatch(r"\d{1,8}", text):
        now = str(zero + frame)
        kept = re.sub(r"\D", "", now)
        figures = kept[: len(kept) - len(text)] + text if len(text) < len(kept) else text.zfill(len(kept))
        mark = ";" if zero.drop else ":"
        text = f"{figures[:2]}:{figures[2:4]}:{figures[4:6]}{mark}{figures[6:]}"
    elif zero.drop:
        # Whoever types a colon means the film's own way of counting.
        text = re.sub(r"[:;.,](\d{2,3})$", r";\1", text)
    return Timecode.parse(text, zero.rate).frames - zero.frames


def frame_typed(text: str, *, frame: int) -> int:
    """The frame that somebody means by what was typed into the frame field: a number, or "+48", "-12".

    Raises StudioError for anything else.
    """
    text = text.strip()
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return frame + int(relative[1] + relative[2])
    if not re.fullmatch(r"\d{1,9}", text):
        raise StudioError(f"{text!r} is not a frame number: write it as 293, or +12 to go on by twelve.")
    return int(text)


class Transport(QWidget):
    """Bound to a Playback, which it drives and shows.

    loop_requested: a mode of `Playback.set_loop`; whoever knows the shots and marks sets it. mark_in_requested,
    mark_out_requested: at the frame that is shown. failed: what was typed makes no sense, a sentence.
    """

    loop_requested = Signal(str)
    mark_in_requested = Signal()
    mark_out_requested = Signal()
    failed = Signal(str)

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._playback = playback
        self._zero = Timecode(0, Fraction(24))
        self._known = False
        self._timecode = _Field("Time code", "Time code of the frame shown; type one, its last figures, or +48", 11)
        self._timecode.setFont(scaled(monospaced(self.font()), 1.1))
        self._frame = _Field("Frame number", "Number of the frame shown, from 0; type one, or +48", 7)
        self._frame.setFont(monospaced(self.font()))
        self._total = _label("Frames of the film")
        self._first = self._button("play.first")
        self._back = self._button("play.back")
        self._step_back = self._button("play.step_back", repeats=True)
        self._toggle = self._button("play.toggle")
        self._step = self._button("play.step", repeats=True)
        self._forward = self._button("play.forward")
        self._last = self._button("play.last")
        self._in = self._button("marks.in")
        self._out = self._button("marks.out")
        self._loop = QComboBox()
        self._loop.setAccessibleName("Loop")
        self._loop.setToolTip("What is played again and again")
        self._loop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for mode, text in _LOOPS.items():
            self._loop.addItem(text, mode)
        self._speed = _label("Speed")
        self._dropped = _label("Dropped frames")
        self._dropped.setToolTip("Frames that were due and not shown since play began")
        self._dropped_sign = QLabel()
        self._lay_out()
        self._first.clicked.connect(self._to_first)
        self._back.clicked.connect(self._shuttle_back)
        self._step_back.clicked.connect(self._one_back)
        self._toggle.clicked.connect(playback.toggle)
        self._step.clicked.connect(self._one_on)
        self._forward.clicked.connect(self._shuttle_on)
        self._last.clicked.connect(self._to_last)
        self._in.clicked.connect(self.mark_in_requested)
        self._out.clicked.connect(self.mark_out_requested)
        self._loop.activated.connect(self._on_loop)
        self._timecode.entered.connect(self._on_timecode)
        self._frame.entered.connect(self._on_frame)
        playback.frame_changed.connect(self._show_frame)
        playback.state_changed.connect(self._show_state)
        self.set_film(None)

    def set_film(self, frames: int | None, *, rate: Fraction = Fraction(24), timecode: str | None = None) -> None:
        """Of which film to show the time: how many frames, their rate, the first one's time code. None for no film.

        A time code that does not fit the rate, as some films carry, is passed over: the count begins at zero.
        """
        self._known = bool(frames)
        try:
            self._zero = Timecode.parse(timecode, rate) if timecode else Timecode(0, rate)
        except StudioError:
            self._zero = Timecode(0, rate)
        for widget in (*self._controls(), self._first, self._last, self._in, self._out):
            widget.setEnabled(self._known)
        self._total.setText(f" of {frames:,}" if frames else "")
        self._show_frame(self._playback.frame)
        self._show_state()
        self._fit()

    @Slot()
    def edit_position(self) -> None:
        """Let a time code or frame number be typed: what "Go to Frame" does."""
        self._frame.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._frame.selectAll()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.layout().minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What can be read elsewhere gives way first."""
        always = (*self._controls(), self._dropped)
        room = self.width() - sum(w.sizeHint().width() + 1 for w in always) - SIZES.icon - 4 * SIZES.space
        for group in ((self._in, self._out), (self._speed,), (self._first, self._last), (self._total,)):
            room -= sum(max(w.sizeHint().width(), w.minimumWidth()) + 1 for w in group)
            for widget in group:
                widget.setVisible(room >= 0)

    def _controls(self) -> tuple[QWidget, ...]:
        """Those that are never left out."""
        return (
            self._back, self._step_back, self._toggle, self._step, self._forward, self._loop, self._timecode,
            self._frame,
        )  # fmt: skip

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SIZES.gap, 3, SIZES.gap, 3)
        layout.setSpacing(1)
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        layout.addWidget(self._timecode)
        layout.addSpacing(SIZES.gap)
        layout.addWidget(self._frame)
        layout.addWidget(self._total)
        layout.addStretch(1)
        for button in (
            self._first, self._back, self._step_back, self._toggle, self._step, self._forward, self._last
        ):  # fmt: skip
            layout.addWidget(button)
        layout.addSpacing(SIZES.space)
        layout.addWidget(self._in)
        layout.addWidget(self._out)
        layout.addSpacing(SIZES.gap)
        layout.addWidget(self._loop)
        layout.addStretch(1)
        layout.addWidget(self._speed)
        layout.addSpacing(SIZES.space)
        layout.addWidget(self._dropped_sign)
        layout.addSpacing(2)
        layout.addWidget(self._dropped)
        metrics = QFontMetrics(self.font())
        # Numbers that change must not push what stands beside them.
        self._speed.setMinimumWidth(metrics.horizontalAdvance("−8× · 23.976 fps "))
        self._dropped.setMinimumWidth(metrics.horizontalAdvance("9999 dropped"))
        self._speed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._dropped_sign.setFixedWidth(SIZES.icon)

    def _button(self, action: str, *, repeats: bool = False) -> QToolButton:
        spec = find(action)
        button = QToolButton()
        button.setIcon(icon(spec.icon))
        button.setIconSize(QSize(SIZES.tool_icon, SIZES.tool_icon))
        button.setToolTip(spec.tooltip)
        button.setAccessibleName(spec.text)
        button.setAutoRepeat(repeats)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @Slot(int)
    def _show_frame(self, frame: int) -> None:
        self._timecode.show_text(str(self._zero + frame) if self._known else "--:--:--:--")
        self._frame.show_text(str(frame) if self._known else "-")

    @Slot()
    def _show_state(self) -> None:
        play = self._playback
        self._toggle.setIcon(icon("pause" if play.playing else "play"))
        self._toggle.setAccessibleName("Stop" if play.playing else "Play")
        rate = f"{float(play.rate):.3f}".rstrip("0").rstrip(".")
        speed = f"{play.speed}× · ".replace("-", "−") if play.playing else ""
        self._speed.setText(f"{speed}{rate} fps" if self._known else "")
        self._dropped.setText(f"{play.dropped} dropped" if self._known else "")
        some = self._known and play.dropped > 0
        self._dropped_sign.setPixmap(
            icon("warning", COLORS.warning).pixmap(QSize(SIZES.icon, SIZES.icon), self.devicePixelRatioF())
            if some else icon("done", COLORS.dim).pixmap(QSize(SIZES.icon, SIZES.icon), self.devicePixelRatioF())
        )  # fmt: skip
        self._dropped_sign.setVisible(self._known)
        self._loop.setCurrentIndex(self._loop.findData(play.loop))

    @Slot(str)
    def _on_timecode(self, text: str) -> None:
        self._go(frame_at_timecode, text, zero=self._zero)

    @Slot(str)
    def _on_frame(self, text: str) -> None:
        self._go(frame_typed, text)

    def _go(self, meaning, text: str, **how: object) -> None:
        frames = self._playback.frames
        try:
            frame = meaning(text, frame=self._playback.frame, **how)
            if not 0 <= frame < frames and not text.strip().startswith(("+", "-")):
                first, last = self._zero, self._zero + (frames - 1)
                raise StudioError(
                    f"{text.strip()} lies outside the film, which has the frames 0 to {frames - 1} ({first} to {last})."
                )
        except StudioError as error:
            self.failed.emit(str(error))
        else:
            self._playback.stop()
            self._playback.seek(frame)
        self._show_frame(self._playback.frame)

    @Slot()
    def _on_loop(self) -> None:
        wanted = self._loop.currentData()
        # It shows what is played, should nobody grant the wish.
        self._loop.setCurrentIndex(self._loop.findData(self._playback.loop))
        self.loop_requested.emit(wanted)

    @Slot()
    def _to_first(self) -> None:
        self._playback.seek(0)

    @Slot()
    def _to_last(self) -> None:
        self._playback.seek(self._playback.frames - 1)

    @Slot()
    def _shuttle_back(self) -> None:
        self._playback.shuttle(-1)

    @Slot()
    def _shuttle_on(self) -> None:
        self._playback.shuttle(1)

    @Slot()
    def _one_back(self) -> None:
        self._playback.step(-1)

    @Slot()
    def _one_on(self) -> None:
        self._playback.step(1)


class _Field(QLineEdit):
    """A field that shows a running value, and while somebody types leaves it alone. entered: by Return."""

    entered = Signal(str)

    def __init__(self, name: str, tip: str, figures: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self._figures = figures
        self._shown = ""
        self.returnPressed.connect(self._on_return)

    def show_text(self, text: str) -> None:
        """Show a value, unless somebody is typing another."""
        self._shown = text
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)
            if self.hasFocus():
                self.selectAll()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance("0" * self._figures) + 3 * SIZES.gap + 4
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._restore()
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._restore()

    def _restore(self) -> None:
        self.setModified(False)
        self.setText(self._shown)

    @Slot()
    def _on_return(self) -> None:
        text = self.text()
        self.setModified(False)
        self.clearFocus()
        self.entered.emit(text)


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setAccessibleName(name)
    label.setProperty("part", "dim")
    return label
