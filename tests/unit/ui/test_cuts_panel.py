"""The panel of cuts under mouse and keyboard."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton

from tcvc_studio.project.model import Cut
from tcvc_studio.ui.panels.cuts import CutsPanel
from tcvc_studio.ui.theme import apply_theme

Key, ALT, CTRL, NONE = (
    Qt.Key, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier,
)  # fmt: skip
CUTS = (Cut(30, proposed=True), Cut(76), Cut(137, proposed=True), Cut(187, proposed=True), Cut(242))


class Desk:
    """A panel, and a document that makes the edits it asks for."""

    def __init__(self, qt, cuts=CUTS, frames=250):
        self.qt = qt
        self.panel = CutsPanel()
        self.panel.resize(360, 640)
        self.log = []
        self.cuts, self.frames = tuple(cuts), frames
        self.asked = set()
        self.panel.set_picture(self.picture)
        self.show()
        for name in (
            "seek_requested", "cuts_accepted", "cuts_removed", "threshold_requested", "drag_finished",
            "detect_requested", "cancel_requested", "pictures_wanted",
        ):  # fmt: skip
            getattr(self.panel, name).connect(lambda *values, name=name: self.note(name, *values))
        self.panel.cut_moved.connect(self.move)
        self.panel.show()
        self.panel.activateWindow()
        self.panel.list.setFocus()
        qt.processEvents()

    def show(self):
        self.panel.set_cuts(self.cuts, frames=self.frames, rate=Fraction(25), timecode="10:00:00:00")

    def picture(self, frame):
        self.asked.add(frame)
        image = QImage(64, 36, QImage.Format.Format_RGB32)
        image.fill(QColor(frame % 256, 0, 0))
        return image

    def note(self, name, *values):
        self.log.append((name, *values))
        if name == "cuts_accepted":
            self.cuts = tuple(replace(c, proposed=c.proposed and c.frame not in values[0]) for c in self.cuts)
            self.show()
        elif name == "cuts_removed":
            self.cuts = tuple(cut for cut in self.cuts if cut.frame not in values[0])
            self.show()

    def move(self, frame, to):
        self.log.append(("cut_moved", frame, to))
        assert to not in [cut.frame for cut in self.cuts]
        self.cuts = tuple(Cut(to) if cut.frame == frame else cut for cut in self.cuts)
        self.show()

    def told(self, name):
        return [entry[1:] for entry in self.log if entry[0] == name]

    def key(self, key, modifiers=NONE):
        QTest.keyClick(self.panel.list, key, modifiers)

    def button(self, name):
        found = [b for kind in (QPushButton, QToolButton) for b in self.panel.findChildren(kind)]
        return next(b for b in found if b.accessibleName() == name)

    @property
    def at(self):
        return self.panel.list.current_frame

    @property
    def frames_listed(self):
        model = self.panel.list.cuts
        return [model.cut(row).frame for row in range(model.rowCount())]


@pytest.fixture
def desk(qt):
    apply_theme(qt)
    return Desk(qt)


def test_arrows_go_from_cut_to_cut_and_seek(desk):
    desk.panel.list.go_to(0)
    desk.key(Key.Key_Down)
    desk.key(Key.Key_Down)
    desk.key(Key.Key_Up)
    assert desk.told("seek_requested") == [(30,), (76,), (137,), (76,)]
    desk.button("Next cut").click()
    desk.button("Previous cut").click()
    assert desk.told("seek_requested")[-2:] == [(137,), (76,)]
    assert desk.panel.list.selected_frames == (76,)


def test_enter_accepts_and_goes_on(desk):
    desk.panel.list.go_to(2)
    desk.key(Key.Key_Return)
    assert desk.told("cuts_accepted") == [((137,),)]
    assert desk.at == 187 and desk.told("seek_requested")[-1] == (187,)
    desk.key(Key.Key_Enter)
    # What is by hand already is passed over without being asked for.
    assert desk.at == 242
    desk.key(Key.Key_Return)
    assert desk.told("cuts_accepted") == [((137,),), ((187,),)]


def test_delete_removes_and_goes_on_to_the_end(desk):
    desk.panel.list.go_to(3)
    desk.key(Key.Key_Delete)
    assert desk.told("cuts_removed") == [((187,),)] and desk.at == 242
    desk.key(Key.Key_Delete)
    assert desk.frames_listed == [30, 76, 137] and desk.at == 137
    for _ in range(4):
        desk.key(Key.Key_Delete)
    assert desk.frames_listed == []
    assert not desk.button("Delete").isEnabled() and not desk.button("Accept").isEnabled()


def test_several_are_accepted_and_deleted_together(desk):
    desk.panel.list.go_to(0)
    desk.key(Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    desk.key(Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert desk.panel.list.selected_frames == (30, 76, 137)
    desk.button("Accept").click()
    assert desk.told("cuts_accepted") == [((30, 137),)]
    desk.panel.accept_all()
    assert desk.told("cuts_accepted")[-1] == ((187,),)
    assert not desk.button("Accept all proposed cuts").isEnabled()


def test_ctrl_enter_accepts_all(desk):
    desk.key(Key.Key_Return, CTRL)
    assert desk.told("cuts_accepted") == [((30, 137, 187),)]


def test_nudging_moves_by_frames_and_stops_at_neighbours(desk):
    desk.panel.list.go_to(1)
    desk.key(Key.Key_Right, ALT)
    desk.key(Key.Key_Left, ALT)
    desk.button("Move the cut one frame later").click()
    assert desk.told("cut_moved") == [(76, 77), (77, 76), (76, 77)]
    assert desk.at == 77 and desk.told("seek_requested")[-1] == (77,)
    for _ in range(8):
        desk.key(Key.Key_Right, ALT | Qt.KeyboardModifier.ShiftModifier)
    assert desk.at == 136
    desk.panel.list.go_to(4)
    desk.key(Key.Key_Right, ALT | Qt.KeyboardModifier.ShiftModifier)
    assert desk.at == 249
    assert desk.told("drag_finished")


def test_three_frames_are_shown_of_each_cut_that_is_seen(desk):
    desk.panel.grab()
    assert {29, 30, 31, 75, 76, 77} <= desk.asked
    wanted = desk.panel.list.visible_frames()
    assert {29, 30, 31, 75, 76, 77} <= set(wanted) and max(wanted) <= 249


def test_a_cut_at_the_films_last_frame_has_no_frame_after_it(qt):
    desk = Desk(qt, cuts=(Cut(1), Cut(9)), frames=10)
    desk.panel.grab()
    assert max(desk.asked) == 9 and min(desk.asked) == 0


def test_filters_and_what_is_said_of_them(desk):
    combo = desk.panel._filter
    combo.setCurrentIndex(1)
    assert desk.frames_listed == [30, 137, 187]
    combo.setCurrentIndex(2)
    assert desk.frames_listed == [76, 242]
    desk.cuts = CUTS[:1]
    desk.show()
    assert desk.frames_listed == [] and "of this sort" in desk.panel._none.text()
    combo.setCurrentIndex(0)
    assert desk.frames_listed == [30]


def test_the_current_cut_stays_when_others_come_and_go(desk):
    desk.panel.list.go_to(2)
    asked = len(desk.told("seek_requested"))
    desk.cuts = (Cut(10), *CUTS[1:])
    desk.show()
    assert desk.at == 137
    desk.cuts = (Cut(10), Cut(200))
    desk.show()
    assert desk.at == 200
    assert len(desk.told("seek_requested")) == asked


def test_a_cut_selected_elsewhere_is_come_to_without_an_echo(desk):
    desk.panel.select_cut(187)
    assert desk.at == 187 and not desk.told("seek_requested")
    desk.panel.select_cut(188)
    assert desk.at == 187


def test_the_threshold_follows_slider_keys_and_curve(desk):
    scores = np.zeros(250, np.float32)
    scores[[30, 76, 137]] = (0.9, 0.6, 0.3)
    assert not desk.panel._slider.isVisible()
    desk.panel.set_scores(scores, 0.5)
    desk.qt.processEvents()
    assert desk.panel._slider.isVisible() and desk.panel._slider.value() == 50
    assert not desk.told("threshold_requested")
    QTest.keyClick(desk.panel._slider, Key.Key_Right)
    assert desk.told("threshold_requested") == [(0.51,)]
    curve = desk.panel._curve
    from tcvc_studio.ui.timeline.rows.scores import score_y

    y = round(score_y(0.51, curve.height()))
    QTest.mousePress(curve, Qt.MouseButton.LeftButton, NONE, QPoint(50, y))
    QTest.mouseMove(curve, QPoint(50, 10))
    desk.qt.processEvents()
    QTest.mouseRelease(curve, Qt.MouseButton.LeftButton, NONE, QPoint(50, 10))
    (last,) = desk.told("threshold_requested")[-1]
    assert last > 0.6 and desk.panel._slider.value() == round(100 * last)
    assert desk.told("drag_finished")
    QTest.mouseClick(curve, Qt.MouseButton.LeftButton, NONE, QPoint(curve.width() // 2, curve.height() - 8))
    assert desk.told("seek_requested")[-1][0] == pytest.approx(125, abs=2)


def test_detection_is_begun_and_given_up_with_one_button(desk):
    detect = desk.panel._detect
    detect.click()
    desk.panel.set_progress(10, 250)
    assert detect.text() == "Cancel" and desk.panel._progress.value() == 10
    detect.click()
    desk.panel.set_progress(None)
    assert detect.text() == "Find cuts" and not desk.panel._progress.isVisible()
    assert desk.told("detect_requested") == [()] and desk.told("cancel_requested") == [()]


def test_without_a_film_nothing_can_be_asked_for(qt):
    apply_theme(qt)
    desk = Desk(qt, cuts=(), frames=0)
    for key in (Key.Key_Return, Key.Key_Delete, Key.Key_Down):
        desk.key(key)
    desk.key(Key.Key_Right, ALT)
    desk.panel.go_on()
    assert [entry for entry in desk.log if entry[0] != "drag_finished"] == []
    assert not desk.panel._detect.isEnabled()
    assert "no cuts yet" in desk.panel._none.text()


def test_rows_and_controls_can_be_heard(desk):
    model = desk.panel.list.cuts
    text = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert "10:00:01:05" in text and "proposed" in text
    for kind in (QPushButton, QToolButton):
        for widget in desk.panel.findChildren(kind):
            assert widget.accessibleName() and widget.toolTip()


def test_three_thousand_cuts_are_painted_a_screenful_at_a_time(qt):
    apply_theme(qt)
    desk = Desk(qt, cuts=tuple(Cut(frame, proposed=frame % 3 == 0) for frame in range(10, 150_010, 50)), frames=200_000)
    desk.panel.grab()
    desk.panel.grab()
    assert len(desk.asked) < 60
    desk.panel.list.go_to(2999)
    desk.asked.clear()
    desk.panel.grab()
    assert 149_960 in desk.asked and len(desk.asked) < 60
    assert desk.told("pictures_wanted")[-1][0][-1] == 149_961


def test_only_what_the_restorer_selects_here_is_told(desk):
    told = []
    desk.panel.cuts_selected.connect(told.append)
    desk.panel.list.go_to(1)
    assert told == [(76,)]
    desk.panel.select_cut(187)
    desk.cuts = CUTS[2:]
    desk.show()
    desk.panel._filter.setCurrentIndex(1)
    assert told == [(76,)] and desk.at == 187
    desk.key(Key.Key_Up)
    assert told == [(76,), (137,)]


def test_coming_to_the_list_with_the_keyboard_goes_nowhere_yet(desk):
    desk.panel.list.clearFocus()
    desk.panel.list.setFocus()
    desk.qt.processEvents()
    assert not desk.told("seek_requested") and desk.at is None
    desk.key(Key.Key_Down)
    assert desk.at == 30
