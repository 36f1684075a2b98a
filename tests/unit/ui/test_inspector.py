"""The inspector: what it shows, and the edits it asks for."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QTreeView

from tcvc_studio.project.anchors import anchors_of_shot, proposed_anchors
from tcvc_studio.project.model import BY_HAND_ONLY, Anchor
from tcvc_studio.project.settings import Settings
from tcvc_studio.project.shots import Shot
from tcvc_studio.ui.panels.anchor_page import anchor_rows
from tcvc_studio.ui.panels.choices import Choice, ModelChoices, model_choices
from tcvc_studio.ui.panels.film_words import duration, film_facts, rate_text, timecode_of
from tcvc_studio.ui.panels.inspector import Inspector
from tcvc_studio.ui.panels.shot_page import ShotMeasures, measure_shot
from tcvc_studio.ui.theme import apply_theme
from tcvc_studio.weights.store import Store
from tests.unit.ui.window_kit import Answers, clipped, make_info, make_project, unnamed


class Desk:
    """An inspector and what it asks for; edits are made, as the document would."""

    def __init__(self, project, ask=None) -> None:
        self.ask = ask or Answers()
        self.inspector = Inspector(self.ask)
        self.project = project
        self.edits, self.seeks, self.ended = [], [], 0
        self.inspector.edit_requested.connect(self._edit)
        self.inspector.seek_requested.connect(self.seeks.append)
        self.inspector.edit_ended.connect(self._end)
        self.inspector.set_project(project, make_info())

    def _edit(self, text, edit, merge) -> None:
        self.edits.append((text, merge))
        self.project = edit(self.project)
        self.inspector.set_project(self.project, make_info())

    def _end(self) -> None:
        self.ended += 1


@pytest.fixture
def desk(qt):
    apply_theme(qt)
    made = Desk(make_project())
    made.inspector.resize(320, 620)
    made.inspector.set_frame(130)
    made.inspector.show()
    qt.processEvents()
    return made


def pick(desk, *frames) -> None:
    desk.inspector.select_anchors(frames)
    assert tuple(row.frame for row in desk.inspector.anchors.selected) == frames


def test_the_shot_at_the_playhead_is_shown(desk):
    assert desk.inspector.shot == Shot(100, 247)
    texts = [label.text() for label in desk.inspector.findChildren(QLabel)]
    assert "Shot 2 of 4" in texts and "8 anchors, 3 by hand, 1 with a still" in texts
    desk.inspector.set_frame(10)
    assert desk.inspector.shot == Shot(0, 100)


def test_rows_tell_whose_color_an_anchor_has():
    project = make_project()
    rows = {row.frame: row for row in anchor_rows(project, Shot(100, 247))}
    assert tuple(rows) == anchors_of_shot(project, Shot(100, 247))
    assert (rows[130].state, rows[160].state, rows[200].state) == ("by hand", "still", "locked")
    assert rows[100].state == "proposed" and rows[100].timecode == "10:00:04:04"


def test_an_anchor_is_added_at_the_playhead(desk):
    desk.inspector.set_frame(150)
    desk.inspector.anchors._add.click()
    assert desk.edits == [("Add Anchor", "")] and desk.project.anchor_at(150) == Anchor(150)
    # There is one now.
    assert not desk.inspector.anchors._add.isEnabled()


def test_proposed_anchors_are_set_by_hand_together(desk):
    first, second = proposed_anchors(desk.project)[8:10]
    desk.inspector.set_frame(first)
    pick(desk, first, second)
    desk.inspector.anchors._keep.click()
    assert desk.project.anchor_at(first) and desk.project.anchor_at(second) and len(desk.edits) == 1


def test_anchors_are_locked_and_unlocked(desk):
    pick(desk, 130)
    desk.inspector.anchors._lock.click()
    assert desk.project.anchor_at(130).locked
    pick(desk, 130)
    assert desk.inspector.anchors._lock.text() == "Unlock" and not desk.inspector.anchors._remove.isEnabled()
    desk.inspector.anchors._lock.click()
    assert not desk.project.anchor_at(130).locked
    assert [text for text, _ in desk.edits] == ["Lock Anchor", "Unlock Anchor"]


def test_an_anchor_is_removed(desk):
    pick(desk, 130)
    desk.inspector.anchors._remove.click()
    assert desk.project.anchor_at(130) is None


def test_a_still_is_chosen_and_cleared(desk):
    desk.ask.path = Path("/stills/new.png")
    pick(desk, 130)
    desk.inspector.anchors._choose.click()
    assert desk.project.anchor_at(130).still == Path("/stills/new.png")
    assert desk.ask.asked[0][1] == "Still for frame 130"
    pick(desk, 130, 160)
    desk.inspector.anchors._clear.click()
    assert [anchor.still for anchor in desk.project.anchors] == [None, None, None]
    assert [text for text, _ in desk.edits] == ["Choose Still", "Clear Still"]


def test_a_choice_that_is_given_up_changes_nothing(desk):
    pick(desk, 130)
    desk.inspector.anchors._choose.click()
    assert desk.edits == [] and desk.ask.asked


def test_return_on_a_row_goes_there(desk):
    view = desk.inspector.findChild(QTreeView)
    view.activated.emit(view.model().index(3, 0))
    assert desk.seeks == [160]


def test_the_selection_follows_the_playhead_and_survives_edits(desk):
    desk.inspector.set_frame(160)
    assert [row.frame for row in desk.inspector.anchors.selected] == [160]
    desk.inspector.set_frame(161)
    assert [row.frame for row in desk.inspector.anchors.selected] == [160]
    pick(desk, 200)
    desk.inspector.anchors._lock.click()
    assert [row.frame for row in desk.inspector.anchors.selected] == [200]


def test_a_shot_gets_its_own_interval_length(desk):
    page = desk.inspector.shots
    page._mode.activated.emit(1)
    assert desk.project.shot_lengths == {100: 17} and page._n.isEnabled()
    page._n.setValue(25)
    page._n.setValue(26)
    assert desk.project.shot_lengths == {100: 26}
    assert {merge for _, merge in desk.edits[1:]} == {"shot-interval-100"}
    page._n.editingFinished.emit()
    assert desk.ended == 1
    page._mode.activated.emit(2)
    assert desk.project.shot_lengths == {100: BY_HAND_ONLY} and not page._n.isEnabled()
    page._mode.activated.emit(0)
    assert desk.project.shot_lengths == {} and not page._n.isEnabled()


def test_the_ends_of_a_shot_can_be_gone_to(desk):
    desk.inspector.shots._first.click()
    desk.inspector.shots._last.click()
    assert desk.seeks == [100, 246]
    assert desk.inspector.shots._last.text() == "246  10:00:10:06"


def test_measures_are_told_in_words(desk):
    desk.inspector.set_measures(ShotMeasures(0.82, 0.004, 0.001, 0.5))
    page = desk.inspector.shots
    assert page._confidence.text() == "82%" and page._flicker["tcvc"].text() == "0.0010"
    assert page._verdict.text() == "50% of the shot is measured. TCVC flickers 75% less than the backbone."
    desk.inspector.set_measures(ShotMeasures(0.82, 0.001, 0.002, 1.0))
    assert "100% more" in page._verdict.text()
    desk.inspector.set_measures(None)
    assert page._confidence.text() == "–" and "as the shot is rendered" in page._verdict.text()


def test_flicker_is_compared_on_the_same_frames():
    nan = np.nan
    curves = np.array([[1, 1, 3, nan], [9, nan, 3, 3], [4, 4, nan, 4]], np.float32)
    measures = measure_shot(Shot(0, 4), *curves)
    assert measures.confidence == pytest.approx(5 / 3)
    assert (measures.backbone, measures.tcvc, measures.rendered) == (6, 4, 0.75)
    nothing = measure_shot(Shot(0, 4), *np.full((3, 4), nan, np.float32))
    assert nothing == ShotMeasures(None, None, None, 0.0)


def test_settings_of_the_film_are_edited(desk):
    page = desk.inspector.film
    for box, data, field in (
        (page._fusion, "blend", "fusion"), (page._size, 384, "working_size"),
    ):  # fmt: skip
        index = box.findData(data)
        box.setCurrentIndex(index)
        box.activated.emit(index)
        assert getattr(desk.project.settings, field) == data
    page._n.setValue(21)
    assert desk.project.settings.lengths == (21,) and desk.edits[-1] == ("Change Interval", "film-interval")
    page._ensemble.setChecked(True)
    assert desk.project.settings.lengths == (21, 19)
    page._second.setValue(15)
    assert desk.project.settings.lengths == (21, 15) and desk.edits[-1][1] == "ensemble"
    page._ensemble.setChecked(False)
    assert desk.project.settings.lengths == (21,)


def test_choosing_what_is_chosen_is_no_edit(desk):
    page = desk.inspector.film
    page._fusion.activated.emit(page._fusion.currentIndex())
    assert desk.edits == []


def test_the_threshold_is_asked_for_live(desk):
    asked = []
    desk.inspector.threshold_requested.connect(asked.append)
    desk.inspector.film._threshold.setValue(42)
    assert asked == [0.42] and desk.edits == [] and desk.inspector.film._threshold_value.text() == "0.42"


def test_weights_that_are_not_here_are_offered_and_not_set(desk):
    wanted = []
    desk.inspector.models_requested.connect(wanted.append)
    desk.inspector.set_models(ModelChoices((Choice("compact", "Compact"), Choice("idc", "IDC", False))))
    box = desk.inspector.film._backbone
    assert "get it" in box.itemText(1)
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert wanted == ["idc"] and desk.edits == [] and box.currentData() == "compact"
    desk.inspector.set_models(ModelChoices((Choice("compact", "Compact"), Choice("idc", "IDC"))))
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert desk.project.settings.backbone == "idc"


def test_weights_of_ones_own_go_with_their_backbone(qt):
    desk = Desk(make_project(settings=Settings(weights=Path("/w/mine.safetensors"))))
    desk.inspector.set_models(ModelChoices((Choice("compact", "Compact"), Choice("idc", "IDC"))))
    desk.inspector.film._backbone.setCurrentIndex(1)
    desk.inspector.film._backbone.activated.emit(1)
    assert desk.project.settings == Settings(backbone="idc")


def test_a_setting_the_lists_do_not_have_is_shown_all_the_same(qt):
    desk = Desk(make_project(settings=Settings(backbone="mine", working_size=300)))
    assert desk.inspector.film._backbone.currentData() == "mine"
    assert desk.inspector.film._size.currentText() == "300 pixels"


def test_choices_come_from_the_catalogue():
    choices = model_choices(Store())
    assert choices.backbones[0] == Choice("compact", "Compact", True)
    assert [choice.name for choice in choices.flows] == ["dis", "raft-small", "raft-large"]


def test_facts_of_the_film_are_shown(desk):
    facts = dict(film_facts(make_info()))
    assert facts["Size"] == "2048 × 1556" and facts["Length"] == "2,500 frames, 1:44"
    assert facts["Color tags"] == "bt709" and facts["Sound"] == "pcm_s16le 2 ch 48 kHz"
    other = dict(film_facts(make_info(matrix="smpte170m", audio=(), timecode=None, sar=Fraction(8, 9), rotation=90)))
    assert other["Color tags"] == "smpte170m / bt709 / bt709" and other["Sound"] == "none"
    assert other["Size"].endswith("pixels 8:9") and other["Turned"] == "90°" and "counted at 24" in other["Time code"]
    assert "not used" in desk.inspector.film._notes.text


@pytest.mark.parametrize(
    ("frames", "rate", "text"),
    [
        (1, Fraction(24), "1 frame, 0.0 s"), (48, Fraction(24), "48 frames, 2.0 s"),
        (130000, Fraction(24), "130,000 frames, 1:30:17"), (1800, Fraction(25), "1,800 frames, 1:12"),
    ],
)  # fmt: skip
def test_lengths_in_words(frames, rate, text):
    assert duration(frames, rate) == text


def test_rates_and_time_codes_in_words():
    assert (rate_text(Fraction(24)), rate_text(Fraction(24000, 1001))) == ("24 fps", "23.976 fps")
    film = make_project().film
    assert timecode_of(film, 24) == "10:00:01:00"
    drop = replace(film, rate=Fraction(30000, 1001), timecode="00:00:59;29")
    assert timecode_of(drop, 1) == "00:01:00;02"
    assert timecode_of(replace(film, timecode=None), 25) == "00:00:01:01"


def test_an_empty_inspector_says_so_and_asks_for_nothing(qt):
    inspector = Inspector(Answers())
    asked = []
    inspector.edit_requested.connect(lambda *edit: asked.append(edit))
    inspector.set_project(None, None)
    inspector.set_frame(5)
    assert inspector.shot is None
    assert not any(button.isEnabled() for button in (inspector.anchors._add, inspector.anchors._choose))
    inspector.film._n.setValue(30)
    inspector.film._threshold.setValue(3)
    assert asked == []


def test_a_film_that_is_not_open_is_said(qt):
    inspector = Inspector(Answers())
    inspector.set_project(make_project(), None)
    assert "not open" in inspector.film._notes.text


def test_the_wheel_scrolls_and_does_not_edit(qt, desk):
    desk.inspector.show_tab("Film")
    qt.processEvents()
    box = desk.inspector.film._n
    assert not box.hasFocus()
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, 120), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    assert box.value() == 17 and desk.edits == []


@pytest.mark.parametrize("size", [10, 16])
def test_controls_are_named_and_words_are_whole(qt, desk, size):
    apply_theme(qt, size)
    desk.inspector.set_models(model_choices(Store()))
    desk.inspector.resize(max(320, desk.inspector.minimumSizeHint().width()), 620)
    assert desk.inspector.width() <= 560
    for tab in ("Anchor", "Shot", "Film"):
        desk.inspector.show_tab(tab)
        qt.processEvents()
        qt.processEvents()
        assert clipped(desk.inspector) == [], tab
    assert unnamed(desk.inspector) == []
    apply_theme(qt)
