"""The timeline under mouse and keyboard."""

import itertools
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tcvc_studio.project.model import Cut
from tcvc_studio.ui.timeline.canvas import HEADER
from tcvc_studio.ui.timeline.keys import BINDINGS
from tcvc_studio.ui.timeline.widget import Timeline
from tests.unit.ui.timelines import Answering, made_data

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
Key = Qt.Key


class Desk:
    """A timeline, who answers it, and hands on mouse and keys."""

    def __init__(self, qt, **changes):
        self.qt = qt
        self.timeline = Timeline()
        self.timeline.resize(HEADER + 1000, 420)
        self.answers = Answering(self.timeline, made_data(**changes))
        self.timeline.show()
        qt.processEvents()

    def point(self, row, frame, *, middle=None, y=0.5) -> QPoint:
        """The place of a frame's left edge in a row; anchors and suggestions stand in the middle of theirs."""
        placed = next(p for p in self.timeline._placed() if p.row.key == row)
        middle = row in ("anchors", "confidence") if middle is None else middle
        x = HEADER + self.timeline.scale.x(frame + (0.5 if middle else 0.0))
        return QPoint(round(x), round(placed.place.top + y * placed.place.height))

    def press(self, at, modifiers=NONE, button=LEFT):
        QTest.mousePress(self.timeline.viewport(), button, modifiers, at)

    def move(self, to):
        QTest.mouseMove(self.timeline.viewport(), to)
        self.qt.processEvents()

    def release(self, at, modifiers=NONE, button=LEFT):
        QTest.mouseRelease(self.timeline.viewport(), button, modifiers, at)

    def click(self, at, modifiers=NONE):
        self.press(at, modifiers)
        self.release(at, modifiers)

    def double_click(self, at):
        QTest.mouseDClick(self.timeline.viewport(), LEFT, NONE, at)

    def drag(self, start, *way, modifiers=NONE):
        self.press(start, modifiers)
        for at in way:
            self._moved(at, modifiers)
        self.release(way[-1], modifiers)

    def _moved(self, at, modifiers):
        from PySide6.QtGui import QMouseEvent

        view = self.timeline.viewport()
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(at), QPointF(view.mapToGlobal(at)), Qt.MouseButton.NoButton, LEFT, modifiers
        )
        QApplication.sendEvent(view, event)

    def key(self, key, modifiers=NONE):
        QTest.keyClick(self.timeline, key, modifiers)

    def wheel(self, at, delta, modifiers=NONE):
        view = self.timeline.viewport()
        event = QWheelEvent(
            QPointF(at), QPointF(view.mapToGlobal(at)), QPoint(), delta, Qt.MouseButton.NoButton, modifiers,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view, event)

    @property
    def cuts(self):
        return [cut.frame for cut in self.answers.data.cuts]

    @property
    def anchors(self):
        return [anchor.frame for anchor in self.answers.data.anchors]


@pytest.fixture
def desk(qt):
    return Desk(qt)


# -- scrubbing, zoom and scrolling


def test_dragging_the_ruler_scrubs(desk):
    way = [desk.point("ruler", frame, y=0.2) for frame in (50, 51, 300, 20)]
    desk.drag(way[0], *way)
    assert desk.answers.told("seek") == [(50,), (51,), (300,), (20,)]
    assert desk.timeline.playhead == 20


def test_a_click_on_any_row_without_marks_seeks(desk):
    desk.click(desk.point("flicker", 640, middle=True))
    desk.click(desk.point("thumbnails", 30, middle=True))
    assert desk.answers.told("seek") == [(640,), (30,)]


def test_scrubbing_with_shift_snaps_to_cuts(desk):
    desk.drag(desk.point("ruler", 50, y=0.2), desk.point("ruler", 296, y=0.2), modifiers=SHIFT)
    assert desk.timeline.playhead == 300


def test_escape_gives_a_scrub_up(desk):
    desk.press(desk.point("ruler", 500, middle=True, y=0.2))
    assert desk.timeline.playhead == 500
    desk.key(Key.Key_Escape)
    assert desk.timeline.playhead == 0
    desk.release(desk.point("ruler", 500, y=0.2))
    assert desk.timeline.playhead == 0


@pytest.mark.parametrize("modifiers", [NONE, CTRL])
def test_the_wheel_zooms_at_the_cursor(desk, modifiers):
    at = desk.point("shots", 300, middle=True)
    before = desk.timeline.scale.per_frame
    for _ in range(40):
        desk.wheel(at, QPoint(0, 120), modifiers)
    scale = desk.timeline.scale
    assert scale.per_frame == 160 and scale.frame(at.x() - HEADER) == 300
    for _ in range(60):
        desk.wheel(at, QPoint(0, -120), modifiers)
    assert desk.timeline.scale.per_frame == pytest.approx(before) and desk.timeline.scale.first == 0


def test_the_wheel_scrolls_with_shift_or_sideways(desk):
    desk.timeline.zoom_to(400, 500)
    first = desk.timeline.scale.first
    desk.wheel(desk.point("shots", 450), QPoint(0, -120), SHIFT)
    assert desk.timeline.scale.first > first
    desk.wheel(desk.point("shots", 450), QPoint(120, 0))
    assert desk.timeline.scale.first == pytest.approx(first)


def test_keys_zoom_at_the_playhead_and_show_the_whole_film(desk):
    desk.timeline.set_playhead(250)
    x = desk.timeline.scale.x(250.5)
    desk.key(Key.Key_Plus)
    assert desk.timeline.scale.per_frame > 1 and desk.timeline.scale.x(250.5) == pytest.approx(x)
    desk.key(Key.Key_Minus)
    assert desk.timeline.scale.per_frame == pytest.approx(1)
    desk.key(Key.Key_Plus, CTRL)
    desk.key(Key.Key_0)
    assert desk.timeline.scale.visible() == (0, 1000)


def test_the_scroll_bar_and_the_scale_agree(desk):
    bar = desk.timeline.horizontalScrollBar()
    assert bar.maximum() == 0
    desk.timeline.zoom_to(400, 420)
    assert bar.value() == round(desk.timeline.scale.first * desk.timeline.scale.per_frame)
    bar.setValue(bar.maximum())
    assert desk.timeline.scale.visible()[1] == 1000
    bar.setValue(0)
    assert desk.timeline.scale.visible()[0] == 0


def test_the_playhead_turns_the_page_when_it_leaves(desk):
    desk.timeline.zoom_to(0, 100)
    desk.timeline.set_playhead(50)
    first = desk.timeline.scale.first
    assert first == 0
    desk.timeline.set_playhead(700)
    start, stop = desk.timeline.scale.visible()
    assert start < 700 < stop
    desk.timeline.set_playhead(10, follow=False)
    assert desk.timeline.scale.visible() == (start, stop)


def test_a_middle_drag_pans(desk):
    desk.timeline.zoom_to(400, 500)
    start = desk.timeline.scale.first
    at = desk.point("flicker", 450)
    desk.press(at, button=Qt.MouseButton.MiddleButton)
    desk._moved(at + QPoint(100, 0), NONE)
    desk.release(at, button=Qt.MouseButton.MiddleButton)
    assert desk.timeline.scale.first == pytest.approx(start - 100 / desk.timeline.scale.per_frame)


# -- cuts and anchors by mouse


def test_a_cut_is_dragged_live_between_its_neighbours(desk):
    desk.drag(desk.point("shots", 100), *(desk.point("shots", frame) for frame in (107, 140, 500, 160)))
    moved = desk.answers.told("cut_moved")
    assert moved[0][0] == 100 and moved[-1][1] == 160 and len(moved) == 4
    assert all(a[1] == b[0] for a, b in itertools.pairwise(moved))
    # It stops before its neighbour at 200.
    assert max(to for _, to in moved) == 199
    assert desk.cuts == [160, 200, 300, 600]
    assert desk.answers.told("drag_finished") == [()]
    assert desk.timeline.playhead == 160
    assert desk.timeline.selection.cuts == {160}


def test_a_drag_below_the_slack_is_a_click(desk):
    at = desk.point("shots", 100)
    desk.drag(at, at + QPoint(2, 0))
    assert not desk.answers.told("cut_moved") and not desk.answers.told("drag_finished")
    assert desk.timeline.selection.cuts == {100}


def test_escape_puts_a_dragged_cut_back(desk):
    desk.press(desk.point("shots", 300))
    desk._moved(desk.point("shots", 340), NONE)
    assert desk.cuts[2] == 340
    desk.key(Key.Key_Escape)
    assert desk.cuts == [100, 200, 300, 600]
    assert desk.answers.told("drag_finished") == [()]
    desk.release(desk.point("shots", 340))
    assert desk.cuts == [100, 200, 300, 600]


def test_a_cut_snaps_to_anchors_and_playhead_unless_ctrl_is_held(desk):
    desk.drag(desk.point("shots", 100), desk.point("shots", 117))
    assert desk.cuts[0] == 120
    desk.timeline.set_playhead(430)
    desk.drag(desk.point("shots", 300), desk.point("shots", 425))
    assert desk.cuts[2] == 430


def test_ctrl_held_after_the_press_keeps_it_from_snapping(desk):
    desk.press(desk.point("shots", 100))
    desk._moved(desk.point("shots", 117), CTRL)
    desk.release(desk.point("shots", 117))
    assert desk.cuts[0] == 117


def test_a_refused_move_is_asked_for_again_from_where_the_mark_is(desk):
    desk.answers.refuse = True
    desk.press(desk.point("shots", 100))
    desk._moved(desk.point("shots", 150), NONE)
    again = tuple(Cut(cut.frame, cut.proposed) for cut in desk.answers.data.cuts)
    desk.timeline.set_view_data(replace(desk.answers.data, cuts=again))
    desk.answers.refuse = False
    desk._moved(desk.point("shots", 160), NONE)
    desk.release(desk.point("shots", 160))
    assert desk.answers.told("cut_moved") == [(100, 150), (100, 160)]
    assert desk.cuts[0] == 160


def test_an_anchor_is_dragged_but_a_locked_one_stays(desk):
    desk.drag(desk.point("anchors", 120), desk.point("anchors", 150))
    assert desk.anchors == [150, 250, 350, 800]
    desk.drag(desk.point("anchors", 350), desk.point("anchors", 380))
    assert desk.anchors == [150, 250, 350, 800]


def test_an_anchor_snaps_to_the_last_frame_of_a_shot(desk):
    desk.drag(desk.point("anchors", 250), desk.point("anchors", 295))
    assert 299 in desk.anchors


def test_several_marks_are_dragged_together(desk):
    desk.click(desk.point("anchors", 120))
    desk.click(desk.point("anchors", 250), CTRL)
    desk.drag(desk.point("anchors", 250), desk.point("anchors", 270))
    assert desk.anchors == [140, 270, 350, 800]
    assert desk.timeline.selection.anchors == {140, 270}
    # The locked anchor at 350 is a wall.
    desk.drag(desk.point("anchors", 270), desk.point("anchors", 500))
    assert desk.anchors == [219, 349, 350, 800]


def test_several_marks_are_moved_in_one_signal_where_it_is_listened_to(desk):
    told, selected = [], []

    def shift(frames, delta):
        told.append((frames, delta))
        moved = tuple(
            replace(anchor, frame=anchor.frame + delta) if anchor.frame in frames else anchor
            for anchor in desk.answers.data.anchors
        )
        desk.answers._show(anchors=tuple(sorted(moved)))

    desk.timeline.anchors_shifted.connect(shift)
    desk.timeline.shifts_together = True
    desk.timeline.select_frames(anchors=(120, 250))
    desk.timeline.anchors_selected.connect(selected.append)
    desk.drag(desk.point("anchors", 120), desk.point("anchors", 140), desk.point("anchors", 130))
    assert told == [((120, 250), 20), ((140, 270), -10)]
    assert desk.anchors == [130, 260, 350, 800] and desk.timeline.selection.anchors == {130, 260}
    assert selected[-1] == (130, 260)
    desk.timeline.focus_row(1)
    desk.key(Key.Key_Left, ALT)
    assert told[-1] == ((130, 260), -1) and desk.anchors == [129, 259, 350, 800]
    assert not desk.answers.told("anchor_moved")
    desk.timeline.select_frames(anchors=(800,))
    desk.key(Key.Key_Left, ALT)
    assert desk.answers.told("anchor_moved") == [(800, 799)]


def test_click_ctrl_and_shift_select(desk):
    told = []
    desk.timeline.cuts_selected.connect(told.append)
    desk.click(desk.point("shots", 100))
    desk.click(desk.point("shots", 300), SHIFT)
    desk.click(desk.point("shots", 200), CTRL)
    assert told == [(100,), (100, 200, 300), (100, 300)]
    desk.click(desk.point("shots", 450 + 60, y=0.3))
    assert desk.timeline.selection.cuts == frozenset() and told[-1] == ()


def test_a_band_selects_across_rows(desk):
    desk.drag(desk.point("shots", 80), desk.point("shots", 160, y=0.6), desk.point("anchors", 330))
    assert desk.timeline.selection.cuts == {100, 200, 300}
    assert desk.timeline.selection.anchors == {120, 250}
    desk.drag(desk.point("anchors", 700), desk.point("anchors", 850), modifiers=CTRL)
    assert desk.timeline.selection.anchors == {120, 250, 800} and desk.timeline.selection.cuts == {100, 200, 300}
    desk.drag(desk.point("anchors", 700), desk.point("anchors", 850))
    assert desk.timeline.selection.anchors == {800} and not desk.timeline.selection.cuts
    assert not desk.answers.told("cut_moved") and not desk.answers.told("anchor_moved")


def test_what_a_drag_paints_lets_the_rows_be_seen(desk):
    at = desk.point("anchors", 700)
    before = desk.timeline.viewport().grab().toImage()
    desk.press(desk.point("shots", 640))
    desk._moved(at + QPoint(60, 8), NONE)
    band = desk.timeline.viewport().grab().toImage()
    inside = at - QPoint(0, 4)
    assert band.pixelColor(inside) != before.pixelColor(inside)
    assert abs(band.pixelColor(inside).lightness() - before.pixelColor(inside).lightness()) < 60
    desk.release(at)
    desk.timeline.set_playhead(0)
    desk.press(desk.point("shots", 300))
    desk._moved(desk.point("shots", 400), NONE)
    guide = desk.timeline.viewport().grab().toImage()
    middle = desk.point("ruler", 500, y=0.3)
    assert guide.pixelColor(middle).saturation() < 120
    desk.key(Key.Key_Escape)
    assert desk.cuts == [100, 200, 300, 600]


def test_double_clicks_add_and_accept(desk):
    desk.double_click(desk.point("shots", 520))
    assert 520 in desk.cuts
    desk.double_click(desk.point("shots", 200))
    assert desk.answers.told("cuts_accepted") == [((200,),)]
    desk.double_click(desk.point("shots", 450))
    assert 450 in desk.cuts
    desk.double_click(desk.point("anchors", 640))
    assert 640 in desk.anchors
    desk.double_click(desk.point("anchors", 400))
    assert 400 in desk.anchors
    count = len(desk.anchors)
    desk.double_click(desk.point("anchors", 120))
    assert len(desk.anchors) == count


def test_a_click_on_a_suggestion_adds_an_anchor(desk):
    desk.click(desk.point("confidence", 880))
    assert desk.answers.told("anchor_added") == [(880,)]
    start = desk.point("confidence", 880)
    desk.drag(start, start + QPoint(40, 0))
    assert desk.answers.told("anchor_added") == [(880,)]


def test_in_and_out_marks_are_dragged(qt):
    desk = Desk(qt, in_frame=300, out_frame=699)
    desk.drag(desk.point("ruler", 300, y=0.9), desk.point("ruler", 330, y=0.9), desk.point("ruler", 500, y=0.9))
    assert (desk.answers.data.in_frame, desk.answers.data.out_frame) == (500, 699)
    desk.drag(desk.point("ruler", 700, y=0.9), desk.point("ruler", 400, y=0.9))
    assert (desk.answers.data.in_frame, desk.answers.data.out_frame) == (500, 500)
    desk.drag(desk.point("ruler", 501, y=0.9), desk.point("ruler", 1000, y=0.9))
    assert desk.answers.data.out_frame == 999
    assert len(desk.answers.told("drag_finished")) == 3


def test_the_threshold_is_dragged_while_scores_are_shown(qt, desk):
    assert "scores" not in [row.key for row in desk.timeline.rows_shown]
    desk.timeline.set_view_data(replace(desk.answers.data, cut_scores=desk.answers.data.confidence, threshold=0.5))
    told = []
    desk.timeline.threshold_requested.connect(told.append)
    desk.drag(desk.point("scores", 500, y=0.5), desk.point("scores", 500, y=0.8), desk.point("scores", 500, y=0.1))
    assert len(told) == 2 and told[0] < 0.5 < told[1] and all(0 < value <= 1 for value in told)
    assert desk.answers.told("drag_finished")


def test_the_film_scrolls_when_a_drag_leaves_the_window(desk):
    from tests.qt import wait_until

    desk.timeline.zoom_to(80, 130)
    desk.press(desk.point("ruler", 100, y=0.2))
    desk._moved(QPoint(HEADER + 1060, 5), NONE)
    first = desk.timeline.scale.first
    wait_until(lambda: desk.timeline.scale.first > first + 3)
    assert desk.timeline.playhead > 130
    desk.release(QPoint(HEADER + 1060, 5))
    stopped = desk.timeline.scale.first
    QTest.qWait(80)
    assert desk.timeline.scale.first == stopped


# -- keyboard


def test_arrows_step_and_home_and_end_go_to_the_ends(desk):
    for key, modifiers in ((Key.Key_Right, NONE), (Key.Key_Right, SHIFT), (Key.Key_Left, NONE)):
        desk.key(key, modifiers)
    assert desk.timeline.playhead == 10
    desk.key(Key.Key_End)
    desk.key(Key.Key_Right)
    assert desk.timeline.playhead == 999
    desk.key(Key.Key_Home)
    desk.key(Key.Key_Left)
    assert desk.timeline.playhead == 0
    assert desk.answers.told("seek")[-1] == (0,)


def test_marks_are_gone_through_selected_nudged_and_deleted_by_keys(desk):
    desk.key(Key.Key_Right, CTRL)
    assert desk.timeline.selection.cuts == {100} and desk.timeline.playhead == 100
    desk.key(Key.Key_Right, ALT)
    desk.key(Key.Key_Right, ALT | SHIFT)
    assert desk.cuts[0] == 111 and desk.timeline.playhead == 111
    # A click of a key with Alt lets go of Alt as well.
    assert desk.answers.told("drag_finished") == [(), ()]
    QTest.keyRelease(desk.timeline, Key.Key_Alt)
    assert len(desk.answers.told("drag_finished")) == 2
    desk.key(Key.Key_Right, CTRL | SHIFT)
    assert desk.timeline.selection.cuts == {111, 200}
    desk.key(Key.Key_Delete)
    assert desk.cuts == [300, 600] and desk.timeline.selection.cuts == frozenset()


def test_nudging_stops_at_neighbours_and_at_the_films_ends(qt):
    desk = Desk(qt, cuts=(Cut(2), Cut(5), Cut(998)))
    desk.timeline.select_frames(cuts=(2,))
    desk.key(Key.Key_Left, ALT | SHIFT)
    assert desk.cuts == [1, 5, 998]
    desk.key(Key.Key_Right, ALT | SHIFT)
    assert desk.cuts == [4, 5, 998]
    desk.timeline.select_frames(cuts=(998,))
    desk.key(Key.Key_Right, ALT | SHIFT)
    assert desk.cuts == [4, 5, 999]


def test_up_and_down_choose_the_row_that_keys_edit(desk):
    desk.key(Key.Key_Down)
    assert desk.timeline.focused_kind == "anchor"
    desk.timeline.set_playhead(640)
    desk.key(Key.Key_Insert)
    assert 640 in desk.anchors
    desk.key(Key.Key_Left, CTRL)
    assert desk.timeline.playhead == 350 and desk.timeline.selection.anchors == {350}
    desk.key(Key.Key_Delete)
    assert 350 in desk.anchors
    desk.key(Key.Key_A, CTRL)
    assert desk.timeline.selection.anchors == {120, 250, 350, 640, 800}
    desk.key(Key.Key_Delete)
    assert desk.anchors == [350]
    desk.key(Key.Key_Up)
    assert desk.timeline.focused_kind == "cut"
    desk.timeline.set_playhead(900)
    desk.key(Key.Key_Insert)
    assert 900 in desk.cuts


def test_enter_accepts_what_is_proposed_else_adds(desk):
    desk.timeline.select_frames(cuts=(100, 200))
    desk.key(Key.Key_Return)
    assert desk.answers.told("cuts_accepted") == [((200,),)]
    desk.timeline.set_playhead(555)
    desk.key(Key.Key_Return)
    assert 555 in desk.cuts


def test_letters_mark_cut_and_anchor(desk):
    desk.timeline.set_playhead(40)
    for key in (Key.Key_I, Key.Key_C, Key.Key_M, Key.Key_M):
        desk.key(key)
    desk.timeline.set_playhead(30)
    desk.key(Key.Key_O)
    assert desk.answers.told("marks") == [(40, None), (None, 30)]
    assert 40 in desk.cuts and desk.answers.told("anchor_added") == [(40,)]
    desk.timeline.set_playhead(0)
    desk.key(Key.Key_C)
    assert 0 not in desk.cuts


def test_every_binding_has_its_method_and_no_key_two_meanings(desk):
    assert len({(binding.key, binding.modifiers) for binding in BINDINGS}) == len(BINDINGS)
    for binding in BINDINGS:
        getattr(desk.timeline, binding.method)(*binding.arguments)
    assert all(binding.words for binding in BINDINGS)


def test_editing_keys_are_taken_before_the_windows_shortcuts(desk):
    for key, modifiers, own in ((Key.Key_Delete, NONE, True), (Key.Key_M, NONE, False), (Key.Key_F1, NONE, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
        event.ignore()
        QApplication.sendEvent(desk.timeline, event)
        assert event.isAccepted() == own


def test_the_focus_is_seen(qt, desk):
    before = desk.timeline.viewport().grab().toImage()
    desk.timeline.activateWindow()
    desk.timeline.setFocus()
    qt.processEvents()
    assert desk.timeline.hasFocus()
    with_focus = desk.timeline.viewport().grab().toImage()
    placed = next(p for p in desk.timeline._placed() if p.row.key == "shots")
    at = QPoint(1, placed.place.top + 10)
    desk.timeline.clearFocus()
    qt.processEvents()
    without = desk.timeline.viewport().grab().toImage()
    assert with_focus.pixel(at) != without.pixel(at)
    assert before.size() == without.size()


# -- words


def test_tips_say_what_is_under_the_cursor(desk):
    tip = lambda row, frame, **k: desk.timeline.tip_at(QPointF(desk.point(row, frame, **k)))  # noqa: E731
    assert "Cut at 10:00:04:00, frame 100" in tip("shots", 100)
    assert "Proposed cut" in tip("shots", 200) and "Enter accepts" in tip("shots", 200)
    assert "Rejected cut" in tip("shots", 450)
    assert "Fade from" in tip("shots", 720) and "40 frames" in tip("shots", 720)
    assert "Shot 5" in tip("shots", 800)
    assert "coat.png" in tip("anchors", 250) and "Locked" in tip("anchors", 350)
    assert "Proposed anchor" in tip("anchors", 400)
    assert "fresh" in tip("state backbone", 50) and "stale" in tip("state backbone", 300)
    assert "being rendered" in tip("state backbone", 450) and "failed" in tip("state backbone", 510)
    assert "not rendered yet" in tip("state tcvc", 900)
    assert "Backbone 0.5" in tip("flicker", 500, middle=True)
    assert "adds an anchor" in tip("confidence", 880) and "%" in tip("confidence", 100)
    assert desk.timeline.tip_at(QPointF(5, 5)) == ""


def test_a_screen_reader_hears_where_the_playhead_is_and_what_is_selected(desk):
    desk.timeline.setFocus()
    desk.timeline.activateWindow()
    desk.qt.processEvents()
    desk.key(Key.Key_Right, CTRL)
    said = desk.timeline.accessibleDescription()
    assert desk.timeline.accessibleName() == "Timeline"
    assert "10:00:04:00, frame 100" in said and "1 cuts" in said


def test_the_menu_is_asked_for_with_what_it_is_about(desk):
    told = []
    desk.timeline.menu_requested.connect(told.append)
    at = desk.point("shots", 300)
    reason = QContextMenuEvent.Reason.Mouse
    place = desk.timeline.viewport().mapToGlobal(at)
    QApplication.sendEvent(desk.timeline.viewport(), QContextMenuEvent(reason, at, place))
    (request,) = told
    assert request.hit.kind == "cut" and request.frame == 300 and request.row == "shots"
    assert request.cuts == (300,) and request.anchors == ()
    desk.timeline.set_playhead(77)
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(desk.timeline.viewport(), QContextMenuEvent(reason, at, place))
    assert told[1].frame == 77 and told[1].hit is None and told[1].cuts == (300,)


# -- data


def test_selection_follows_the_data(desk):
    desk.timeline.select_frames(cuts=(100, 300, 7), anchors=(120,))
    assert desk.timeline.selection.cuts == {100, 300}
    told = []
    desk.timeline.cuts_selected.connect(told.append)
    desk.timeline.set_view_data(replace(desk.answers.data, cuts=(Cut(300),)))
    assert told == [(300,)] and desk.timeline.selection.anchors == {120}


def test_without_a_film_nothing_happens_and_it_says_what_to_do(qt, desk):
    desk.timeline.set_view_data(None)
    for binding in BINDINGS:
        desk.key(binding.key, binding.modifiers)
    desk.click(QPoint(400, 100))
    desk.double_click(QPoint(400, 100))
    desk.wheel(QPoint(400, 100), QPoint(0, 120))
    assert desk.answers.log == []
    assert "No film" in desk.timeline.accessibleDescription()
    image = desk.timeline.viewport().grab().toImage()
    assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 1


def test_a_film_of_one_frame_and_one_taken_away_within_a_drag(qt, desk):
    desk.press(desk.point("shots", 100))
    desk.timeline.set_view_data(made_data(frames=1, cuts=(), anchors=(), fades=(), rejected=(), spans=()))
    desk._moved(QPoint(300, 100), NONE)
    desk.release(QPoint(300, 100))
    for binding in BINDINGS:
        desk.key(binding.key, binding.modifiers)
    desk.timeline.grab()
    assert desk.timeline.playhead == 0


def test_curves_shorter_than_the_film_and_spans_beyond_it_are_taken(qt, desk):
    from tests.unit.ui.timelines import Span

    data = desk.answers.data
    odd = replace(
        data, flicker={"backbone": data.confidence[:10]}, confidence=data.confidence[:0],
        spans=(Span(-5, 5000, "backbone", "fresh"),), suggestions=(), proposed_anchors=(),
    )  # fmt: skip
    desk.timeline.set_view_data(odd)
    desk.timeline.zoom_to(990, 1000)
    assert not desk.timeline.grab().isNull()
    assert "not known yet" in desk.timeline.tip_at(QPointF(desk.point("flicker", 995)))


def test_thumbnails_are_followed_until_others_take_their_place(qt, desk):
    from PySide6.QtCore import QObject, Signal

    class Pictures(QObject):
        changed = Signal()
        asked = 0

        def image(self, frame):
            self.asked += 1

    first, second = Pictures(desk.timeline), Pictures(desk.timeline)
    desk.timeline.set_thumbnails(first)
    desk.timeline.grab()
    assert first.asked
    desk.timeline.set_thumbnails(second)
    desk.timeline.grab()
    before, own = first.asked, second.asked
    first.changed.emit()
    desk.timeline.grab()
    assert (first.asked, second.asked) == (before, own)
    second.changed.emit()
    desk.timeline.grab()
    assert second.asked > own


def test_thumbnails_are_told_what_is_seen_once_a_zoom_rests(desk):
    from tests.qt import wait_until

    class Pictures:
        seen = ()

        def image(self, frame):
            return None

        def set_focus(self, start, stop):
            self.seen += ((start, stop),)

    pictures = Pictures()
    desk.timeline.set_thumbnails(pictures)
    for stop in (900, 800, 700):
        desk.timeline.zoom_to(600, stop)
    wait_until(lambda: pictures.seen)
    assert pictures.seen == (desk.timeline.scale.visible(),)


def test_rows_that_do_not_fit_scroll_beneath_the_ruler(qt, desk):
    desk.timeline.resize(HEADER + 1000, 150)
    qt.processEvents()
    bar = desk.timeline.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    ruler, *others = desk.timeline._placed()
    assert ruler.place.top == 0 and others[0].place.top < 0
    found = desk.timeline.row_at(10)
    assert found is not None and found[0].key == "ruler"
    last = others[-1]
    assert last.place.bottom <= desk.timeline.viewport().height() + 1


def test_thousands_of_paints_lose_no_reference_to_none(desk):
    data = desk.answers.data
    desk.timeline.grab()
    before = sys.getrefcount(None)
    for number in range(2000):
        desk.timeline.set_playhead(number % 1000)
        if number % 20 == 0:
            desk.timeline.set_view_data(replace(data, cuts=tuple(list(data.cuts))))
            desk.timeline.zoom_to(number % 900, number % 900 + 50)
        desk.timeline.viewport().repaint()
    after = sys.getrefcount(None)
    # 6.12 on Python 3.11 loses one for every void call: hundreds of thousands here.
    assert abs(after - before) < 200
