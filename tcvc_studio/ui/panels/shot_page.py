"""The shot at the playhead: where it begins and ends, its own interval length, and how calm its color is."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QPushButton, QSizePolicy, QWidget

from tcvc_studio.project import edits
from tcvc_studio.project.anchors import anchors_of_shot
from tcvc_studio.project.model import BY_HAND_ONLY, Project
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES
from tcvc_studio.project.shots import Shot
from tcvc_studio.ui.panels.film_words import duration, shot_title, timecode_of
from tcvc_studio.ui.parts import Bar, CalmWheel, add_row, button, form, row, rule, spin_box, words
from tcvc_studio.ui.theme import SIZES, monospaced

_AS_FILM, _OWN, _BY_HAND = range(3)


@dataclass(frozen=True, slots=True)
class ShotMeasures:
    """What was measured of a shot, None where nothing is rendered yet.

    confidence: 0..1, mean of how surely color was carried. backbone, tcvc: flicker, mean, lower is calmer.
    rendered: 0..1, share of the shot's frames whose flicker under TCVC is known.
    """

    confidence: float | None = None
    backbone: float | None = None
    tcvc: float | None = None
    rendered: float = 0.0


def measure_shot(shot: Shot, confidence: np.ndarray, backbone: np.ndarray, tcvc: np.ndarray) -> ShotMeasures:
    """From the film's curves (float [frames], nan where unknown)."""
    span = slice(shot.start, shot.stop)
    known = np.isfinite(tcvc[span])
    both = known & np.isfinite(backbone[span])
    # Flicker is compared on the same frames, or it says nothing.
    picked = both if both.any() else known
    return ShotMeasures(
        _mean(confidence[span]),
        _mean(backbone[span][both]),
        _mean(tcvc[span][picked]),
        float(known.mean()) if len(known) else 0.0,
    )


class ShotPage(QWidget):
    """The tab. Signals as those of `Inspector`."""

    edit_requested = Signal(str, object, str)
    edit_ended = Signal()
    seek_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._shot: Shot | None = None
        self._filling = False
        self._title = words("No film", "title")
        self._first = self._frame_button("Go to the first frame of the shot")
        self._last = self._frame_button("Go to the last frame of the shot")
        self._length = words()
        self._anchors = words()
        self._mode = QComboBox()
        self._mode.addItems(["As the film", "Its own", "Only anchors set by hand"])
        self._mode.setMinimumContentsLength(5)
        self._mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._n = spin_box(1, MAX_INTERNAL_FRAMES, suffix=" frames")
        self._mode.activated.connect(self._choose_mode)
        self._n.valueChanged.connect(self._change_n)
        self._n.editingFinished.connect(self.edit_ended)
        self._wheel = CalmWheel(self)
        self._wheel.calm(self._mode, self._n)
        self._confidence = words()
        self._confidence_bar = Bar("Flow confidence")
        self._flicker = {"backbone": words(), "tcvc": words()}
        self._verdict = words("", "dim", wrap=True)
        layout = form(self)
        layout.setContentsMargins(SIZES.space, SIZES.space, SIZES.space, SIZES.space)
        layout.addRow(self._title)
        add_row(layout, "First frame", self._first)
        add_row(layout, "Last frame", self._last)
        add_row(layout, "Length", self._length)
        add_row(layout, "Anchors", self._anchors)
        layout.addRow(rule())
        add_row(layout, "Interval", self._mode, tip="How far apart this shot's proposed anchors are")
        self._n_label = add_row(
            layout, "Internal", self._n, tip="Internal frames between two anchors; anchors set by hand stay"
        )
        layout.addRow(rule())
        self._add_measures(layout)
        self.set_state(None, None)
        self.set_measures(None)

    def set_state(self, project: Project | None, shot: Shot | None) -> None:
        """Show a shot."""
        if project is self._project and shot == self._shot and project is not None:
            return
        self._project, self._shot = project, shot
        for widget in (self._first, self._last, self._mode, self._n):
            widget.setEnabled(shot is not None)
        if project is None or shot is None:
            self._title.setText("No film")
            for label in (self._length, self._anchors):
                label.setText("")
            for made in (self._first, self._last):
                made.setText("–")
            return
        self._title.setText(shot_title(project, shot))
        for made, frame in ((self._first, shot.start), (self._last, shot.last)):
            made.setText(f"{frame}  {timecode_of(project.film, frame)}")
        self._length.setText(duration(len(shot), project.film.rate))
        hand = sum(anchor.frame in shot for anchor in project.anchors)
        self._anchors.setText(f"{len(anchors_of_shot(project, shot))}, {hand} by hand")
        own = project.shot_lengths.get(shot.start)
        mode = _AS_FILM if own is None else _BY_HAND if own == BY_HAND_ONLY else _OWN
        self._filling = True
        film_n = project.settings.lengths[0]
        self._mode.setItemText(_AS_FILM, f"As the film ({film_n})")
        self._mode.setCurrentIndex(mode)
        self._n.setValue(own or film_n)
        self._n.setEnabled(mode == _OWN)
        self._n_label.setEnabled(mode == _OWN)
        self._filling = False

    def set_measures(self, measures: ShotMeasures | None) -> None:
        """Show what was measured."""
        known = measures or ShotMeasures()
        self._confidence.setText("–" if known.confidence is None else f"{known.confidence:.0%}")
        self._confidence_bar.set_share(known.confidence)
        for name, value in (("backbone", known.backbone), ("tcvc", known.tcvc)):
            self._flicker[name].setText("–" if value is None else f"{value:.4f}")
        self._verdict.setText(_verdict(known))

    def _frame_button(self, tip: str) -> QPushButton:
        made = button("–", tip=tip, name=tip)
        made.setFont(monospaced(made.font()))
        made.setProperty("part", "left")
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        made.clicked.connect(self._go)
        return made

    def _add_measures(self, layout: QFormLayout) -> None:
        holder = QWidget()
        holder.setLayout(row(self._confidence_bar, self._confidence))
        add_row(
            layout, "Confidence", holder,
            tip="How surely color was carried along the flow, on average; where it is low another anchor helps",
        )  # fmt: skip
        tip = "Mean change of color from frame to frame that is not the film's own; lower is calmer"
        add_row(layout, "Flicker, backbone", self._flicker["backbone"], tip=tip)
        add_row(layout, "Flicker, TCVC", self._flicker["tcvc"], tip=tip)
        layout.addRow(self._verdict)

    @Slot()
    def _go(self) -> None:
        if self._shot is not None:
            self.seek_requested.emit(self._shot.start if self.sender() is self._first else self._shot.last)

    @Slot(int)
    def _choose_mode(self, mode: int) -> None:
        if self._filling or self._shot is None or self._project is None:
            return
        value = {_AS_FILM: None, _BY_HAND: BY_HAND_ONLY}.get(mode, self._n.value())
        self.edit_requested.emit(
            "Change Interval of Shot", partial(edits.set_shot_interval, shot_start=self._shot.start, n=value), ""
        )

    @Slot(int)
    def _change_n(self, n: int) -> None:
        if self._filling or self._shot is None:
            return
        start = self._shot.start
        self.edit_requested.emit(
            "Change Interval of Shot", partial(edits.set_shot_interval, shot_start=start, n=n), f"shot-interval-{start}"
        )


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _verdict(known: ShotMeasures) -> str:
    if known.tcvc is None:
        return "Measured as the shot is rendered."
    text = f"{known.rendered:.0%} of the shot is measured."
    if known.backbone:
        calmer = 1 - known.tcvc / known.backbone
        text += f" TCVC flickers {abs(calmer):.0%} {'less' if calmer >= 0 else 'more'} than the backbone."
    return text
