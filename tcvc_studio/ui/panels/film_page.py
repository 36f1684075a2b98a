"""The film: what it is, and how all of it is colored."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSlider, QVBoxLayout, QWidget

from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project import edits
from tcvc_studio.project.model import Project
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES, Settings
from tcvc_studio.ui.panels.choices import Choice, ModelChoices
from tcvc_studio.ui.panels.film_words import film_facts
from tcvc_studio.ui.parts import CalmWheel, ElidedLabel, Message, add_row, form, row, rule, spin_box, words
from tcvc_studio.ui.theme import SIZES

_SIZES = (192, 256, 320, 384, 448, 512, 640, 768, 1080)
_FUSIONS = (("auto", "Best measured"), ("learned", "Learned"), ("blend", "Blend"))


class FilmPage(QWidget):
    """The tab. Signals as those of `Inspector`."""

    edit_requested = Signal(str, object, str)
    edit_ended = Signal()
    threshold_requested = Signal(float)
    models_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._info: FilmInfo | None = None
        self._choices = ModelChoices()
        self._filling = False
        self._name = ElidedLabel("No film", "title")
        self._folder = ElidedLabel("", "dim")
        self._facts = form()
        self._notes = Message()
        self._backbone, self._flow, self._fusion, self._size = (QComboBox() for _ in range(4))
        for id, title in _FUSIONS:
            self._fusion.addItem(title, id)
        self._n = spin_box(1, MAX_INTERNAL_FRAMES, suffix=" frames")
        self._ensemble = QCheckBox("Average with")
        self._ensemble.setToolTip("TCVC+: color with a second interval length and average; calmer, at twice the time")
        self._ensemble.setAccessibleName("Average with a second interval length")
        self._second = spin_box(1, MAX_INTERNAL_FRAMES, suffix=" frames")
        self._second.setAccessibleName("Second interval length")
        self._threshold = QSlider(Qt.Orientation.Horizontal)
        self._threshold.setRange(1, 99)
        self._threshold.setPageStep(5)
        self._threshold_value = words("0.50")
        for box in (self._backbone, self._flow, self._fusion, self._size):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(5)
        self._wheel = CalmWheel(self)
        self._wheel.calm(
            self._backbone, self._flow, self._fusion, self._size, self._n, self._second, self._threshold
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SIZES.space, SIZES.space, SIZES.space, SIZES.space)
        layout.setSpacing(SIZES.gap)
        for widget in (self._name, self._folder):
            layout.addWidget(widget)
        layout.addLayout(self._facts)
        layout.addWidget(self._notes)
        layout.addWidget(rule())
        layout.addWidget(words("How it is colored", "title"))
        layout.addLayout(self._settings_form())
        layout.addStretch(1)
        self._connect()
        self.set_models(ModelChoices())
        self.set_state(None, None)

    def set_models(self, choices: ModelChoices) -> None:
        """What backbones and flows there are."""
        self._choices = choices
        self._fill()

    def set_state(self, project: Project | None, info: FilmInfo | None) -> None:
        """Show a project and what is known of its film (None while that is not open)."""
        if info is not self._info or (project is None) != (self._project is None):
            self._show_facts(project, info)
        changed = project is not self._project
        self._project, self._info = project, info
        if changed or project is None:
            self._fill()

    def _settings_form(self) -> QFormLayout:
        layout = form()
        add_row(layout, "Backbone", self._backbone, tip="The network that colors the anchors")
        add_row(layout, "Flow", self._flow, tip="What finds where everything moves to")
        add_row(layout, "Fusion", self._fusion, tip="What makes one color of what comes from both anchors")
        add_row(
            layout, "Working size", self._size,
            tip="Short side of the picture the networks see; larger keeps finer color and costs about its area",
        )  # fmt: skip
        add_row(layout, "Interval", self._n, tip="Internal frames between two anchors; anchors set by hand stay")
        layout.addRow(self._ensemble, self._second)
        slider = QWidget()
        slider.setLayout(row(self._threshold, self._threshold_value))
        label = add_row(layout, "Cut threshold", slider, tip="Lower proposes more cuts; cuts set by hand stay")
        label.setBuddy(self._threshold)
        self._threshold.setAccessibleName("Cut threshold")
        return layout

    def _connect(self) -> None:
        for box in (self._backbone, self._flow, self._fusion, self._size):
            box.activated.connect(self._choose)
        self._n.valueChanged.connect(self._change_n)
        self._n.editingFinished.connect(self.edit_ended)
        self._ensemble.toggled.connect(self._change_ensemble)
        self._second.valueChanged.connect(self._change_ensemble)
        self._second.editingFinished.connect(self.edit_ended)
        self._threshold.valueChanged.connect(self._change_threshold)
        self._threshold.sliderReleased.connect(self.edit_ended)

    def _show_facts(self, project: Project | None, info: FilmInfo | None) -> None:
        while self._facts.rowCount():
            self._facts.removeRow(0)
        if project is None:
            self._name.set_text("No film")
            self._folder.set_text("Open a film to see what it is.")
            self._notes.say("")
            return
        self._name.set_text(project.film.path.name)
        self._folder.set_text(project.film.path.parent)
        if info is None:
            self._notes.say("The film is not open: say where it is (File, Find Moved Film).", "warning")
            return
        for name, value in film_facts(info):
            add_row(self._facts, name, ElidedLabel(value))
        self._notes.say("\n".join(info.notes), "warning")

    def _fill(self) -> None:
        settings = self._project.settings if self._project else Settings()
        self._filling = True
        _fill_models(self._backbone, self._choices.backbones, settings.backbone)
        _fill_models(self._flow, self._choices.flows, settings.flow)
        self._fusion.setCurrentIndex(self._fusion.findData(settings.fusion))
        self._size.clear()
        for size in sorted({*_SIZES, settings.working_size}):
            self._size.addItem(f"{size} pixels", size)
        self._size.setCurrentIndex(self._size.findData(settings.working_size))
        first, *more = settings.lengths
        self._n.setValue(first)
        self._ensemble.setChecked(bool(more))
        self._second.setValue(more[0] if more else max(1, first - 2))
        self._second.setEnabled(bool(more) and self._project is not None)
        threshold = self._project.cut_threshold if self._project else 0.5
        self._threshold.setValue(round(threshold * 100))
        self._threshold_value.setText(f"{threshold:.2f}")
        for widget in (
            self._backbone, self._flow, self._fusion, self._size, self._n, self._ensemble, self._threshold,
        ):  # fmt: skip
            widget.setEnabled(self._project is not None)
        self._filling = False

    def _ask_for(self, text: str, edit: Callable[[Project], Project], merge: str = "") -> None:
        if not self._filling and self._project is not None:
            self.edit_requested.emit(text, edit, merge)

    @Slot(int)
    def _choose(self, index: int) -> None:
        box = self.sender()
        value = box.itemData(index)
        for chosen, choices in ((self._backbone, self._choices.backbones), (self._flow, self._choices.flows)):
            missing = any(choice.name == value and not choice.here for choice in choices)
            if box is chosen and missing:
                # Nothing can be rendered with weights that are not here: the choice waits until they are.
                self._fill()
                self.models_requested.emit(value)
                return
        field, text = {
            self._backbone: ("backbone", "Change Backbone"),
            self._flow: ("flow", "Change Flow"),
            self._fusion: ("fusion", "Change Fusion"),
            self._size: ("working_size", "Change Working Size"),
        }[box]
        if self._project is not None and getattr(self._project.settings, field) != value:
            self._ask_for(text, partial(_changed, field=field, value=value))

    @Slot(int)
    def _change_n(self, n: int) -> None:
        self._ask_for("Change Interval", partial(edits.set_interval, n=n), "film-interval")

    @Slot()
    def _change_ensemble(self) -> None:
        if self._filling or self._project is None:
            return
        first = self._project.settings.lengths[0]
        on = self._ensemble.isChecked()
        self._second.setEnabled(on)
        second = self._second.value()
        if on and second == first:
            # Two equal lengths are one.
            second = first - 2 if first > 2 else first + 2
        lengths = (first, second) if on else (first,)
        if lengths != self._project.settings.lengths:
            merge = "ensemble" if self.sender() is self._second else ""
            self._ask_for("Change Ensemble", partial(_changed, field="lengths", value=lengths), merge)

    @Slot(int)
    def _change_threshold(self, hundredths: int) -> None:
        self._threshold_value.setText(f"{hundredths / 100:.2f}")
        if not self._filling and self._project is not None:
            self.threshold_requested.emit(hundredths / 100)


def _changed(p: Project, *, field: str, value: object) -> Project:
    """The project with one of its settings changed. Weights of one's own belong to the backbone they were given for."""
    more = {"weights": None} if field == "backbone" else {}
    return edits.set_settings(p, replace(p.settings, **{field: value}, **more))


def _fill_models(box: QComboBox, choices: tuple[Choice, ...], current: str) -> None:
    box.clear()
    names = [choice.name for choice in choices]
    rows = choices if current in names else (*choices, Choice(current, current))
    for choice in rows:
        box.addItem(choice.title if choice.here else f"{choice.title} (get it…)", choice.name)
        if not choice.here:
            tip = "Its weights are not on this computer: choose it to get them"
            box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(box.findData(current))

