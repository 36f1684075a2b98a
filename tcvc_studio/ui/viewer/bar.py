"""The bar above the pictures: how they are compared, which they are, and how large."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from tcvc_studio.app.actions import find
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.theme import SIZES
from tcvc_studio.ui.viewer.states import NAMES

MODES = ("side", "wipe", "flip", "difference", "single")
GAINS = (1, 2, 4, 8, 16, 32)
_ZOOMS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_SOURCES = ("backbone", "tcvc", "gray")


class CompareBar(QWidget):
    """Tells what was chosen; what it shows is set from outside, and then nothing is told."""

    mode_chosen = Signal(str)
    layers_chosen = Signal(str, str)
    third_chosen = Signal(bool)
    gain_chosen = Signal(float)
    zoom_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer_bar")
        # Buttons give up their words before the bar makes the window wide.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._modes = {mode: _button(f"view.{mode}", checkable=True) for mode in MODES}
        group = QButtonGroup(self)
        for mode, button in self._modes.items():
            button.setObjectName(mode)
            button.clicked.connect(self._on_mode)
            group.addButton(button)
        self._left, self._right = _layer_box("Left picture"), _layer_box("Right picture")
        self._swap = _button("view.swap")
        self._swap.clicked.connect(self._on_swap)
        self._third = _button("view.gray", checkable=True, text="Source")
        self._third.clicked.connect(self._on_third)
        self._gain = _box("Gain of the difference", "By how much differences are multiplied (] more, [ less)")
        for gain in GAINS:
            self._gain.addItem(f"× {gain}", gain)
        self._zoom = _box("Zoom", "Size of the pictures; the wheel zooms at the cursor, a double click fits")
        self._zoom.addItem("Fit", None)
        for zoom in _ZOOMS:
            self._zoom.addItem(f"{zoom:.0%}", zoom)
        self._zoom.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._zoom.setMinimumContentsLength(6)
        self._left.activated.connect(self._on_layers)
        self._right.activated.connect(self._on_layers)
        self._gain.activated.connect(self._on_gain)
        self._zoom.activated.connect(self._on_zoom)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SIZES.gap, 2, SIZES.gap, 2)
        layout.setSpacing(2)
        for button in self._modes.values():
            layout.addWidget(button)
        layout.addSpacing(SIZES.space)
        for widget in (self._left, self._swap, self._right, self._gain, self._third):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self._zoom)
        self.show_mode("side")

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.layout().minimumSize().height())

    def show_mode(self, mode: str) -> None:
        """Which way of comparing is on."""
        self._modes[mode].setChecked(True)
        pair = mode != "single"
        self._left.setVisible(pair)
        self._swap.setVisible(pair)
        self._gain.setVisible(mode == "difference")
        self._right.setAccessibleName("Right picture" if pair else "Picture")

    def show_layers(self, left: str, right: str) -> None:
        """Which pictures are compared."""
        self._left.setCurrentIndex(self._left.findData(left))
        self._right.setCurrentIndex(self._right.findData(right))

    def show_third(self, third: bool) -> None:
        """Whether the source is shown beside."""
        self._third.setChecked(third)

    def show_gain(self, gain: float) -> None:
        """The gain of the difference."""
        at = self._gain.findData(round(gain))
        if at >= 0:
            self._gain.setCurrentIndex(at)
        self._gain.setAccessibleDescription(f"{gain:g} times")

    def show_zoom(self, scale: float | None, shown: float | None) -> None:
        """scale: as chosen, None for fit; shown: device pixels for one of the film's, None where there is none."""
        at = self._zoom.findData(scale)
        text = ("Fit" if shown is None else f"Fit {shown:.0%}") if scale is None else f"{scale:.0%}"
        self._zoom.setItemText(0, text if scale is None else "Fit")
        # A scale between the steps is shown though it is no choice.
        self._zoom.setCurrentIndex(max(at, -1))
        self._zoom.setPlaceholderText(text)
        self._zoom.setAccessibleDescription(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        """Icons and words where there is room for both, else words, else icons. What a mode hides counts, too: a
        button must not change under the hand that presses it."""
        buttons = [*self._modes.values(), self._third]
        boxes = (self._left, self._swap, self._right, self._gain, self._zoom)
        room = self.width() - sum(box.sizeHint().width() + 2 for box in boxes) - 2 * SIZES.space - SIZES.gap
        styles = Qt.ToolButtonStyle
        for style in (styles.ToolButtonTextBesideIcon, styles.ToolButtonTextOnly, styles.ToolButtonIconOnly):
            for button in buttons:
                button.setToolButtonStyle(style)
            if sum(button.sizeHint().width() + 2 for button in buttons) <= room:
                return

    @Slot()
    def _on_mode(self) -> None:
        self.mode_chosen.emit(self.sender().objectName())

    @Slot()
    def _on_layers(self) -> None:
        self.layers_chosen.emit(self._left.currentData(), self._right.currentData())

    @Slot()
    def _on_swap(self) -> None:
        self.layers_chosen.emit(self._right.currentData(), self._left.currentData())

    @Slot()
    def _on_third(self) -> None:
        self.third_chosen.emit(self._third.isChecked())

    @Slot()
    def _on_gain(self) -> None:
        self.gain_chosen.emit(float(self._gain.currentData()))

    @Slot()
    def _on_zoom(self) -> None:
        self.zoom_chosen.emit(self._zoom.currentData())


def _button(action: str, *, checkable: bool = False, text: str | None = None) -> QToolButton:
    """A button that says what the action of the table says."""
    spec = find(action)
    button = QToolButton()
    button.setIcon(icon(spec.icon))
    button.setIconSize(QSize(SIZES.icon, SIZES.icon))
    button.setText(text or spec.text)
    button.setToolTip(spec.tooltip)
    button.setAccessibleName(spec.text)
    button.setCheckable(checkable)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _box(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _layer_box(name: str) -> QComboBox:
    box = _box(name, f"{name}: backbone, TCVC or the film as it is")
    for layer in _SOURCES:
        box.addItem(NAMES[layer], layer)
    return box
