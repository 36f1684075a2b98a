"""The viewer shows the frame it says, all pictures of that one frame, and says of each what its color is worth."""

from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest

from tcvc_studio.app.pace import Pace
from tcvc_studio.app.playback import Playback
from tcvc_studio.ui.viewer.area import ViewerArea
from tcvc_studio.ui.viewer.bar import MODES
from tests.qt import wait_until
from tests.unit.ui.viewers import Info, Source, Span, drawn, pixels_of


@pytest.fixture
def desk(qt):
    source, area = Source(), ViewerArea()
    area.resize(960, 480)
    area.show()
    area.set_source(source)
    qt.processEvents()
    yield area, source
    area.set_source(None)
    area.close()


def layers_in(area):
    cells = area.canvas.scene.cells
    return [layer.name for cell in cells for layer in (cell.layer, cell.wiped_by) if layer is not None]


def badges_in(area):
    return [cell.layer.badge for cell in area.canvas.scene.cells]


def test_a_frame_is_on_screen_when_all_its_pictures_are_there(desk, qt):
    area, source = desk
    shown = []
    area.shown.connect(shown.append)
    area.show_frame(7)
    source.make(7, ("backbone",))
    qt.processEvents()
    assert area.frame == -1 and not shown
    source.make(7, ("tcvc",))
    qt.processEvents()
    assert area.frame == 7 and shown[-1] == 7


def test_pictures_side_by_side_are_of_one_frame(desk):
    area, source = desk
    source.make(3)
    area.show_frame(3)
    area.show_frame(4)
    source.make(4, ("tcvc",))
    left, right = (cell.layer.image for cell in area.canvas.scene.cells)
    assert area.frame == 3
    assert np.array_equal(pixels_of(left), drawn("backbone", 3)[..., 2::-1])
    assert np.array_equal(pixels_of(right), drawn("tcvc", 3)[..., 2::-1])


def test_late_pictures_show_where_one_scrubs_but_none_that_was_only_read_ahead(desk):
    area, source = desk
    source.make(0)
    area.show_frame(0)
    for frame in (10, 20, 30):
        area.show_frame(frame)
    source.make(25)
    assert area.frame == 0
    source.make(20)
    assert area.frame == 20 and area.canvas.scene.cells[0].layer.note == "frame 20"
    source.make(10)
    assert area.frame == 20
    source.make(30)
    assert area.frame == 30 and area.canvas.scene.cells[0].layer.note == ""


@pytest.mark.parametrize(
    ("mode", "layers", "asked"),
    [("side", ["Backbone", "TCVC"], {"backbone", "tcvc"}), ("wipe", ["Backbone", "TCVC"], {"backbone", "tcvc"}),
     ("flip", ["TCVC"], {"backbone", "tcvc"}), ("difference", ["Difference × 4"], {"difference"}),
     ("single", ["TCVC"], {"tcvc"})],
)  # fmt: skip
def test_every_mode_shows_and_asks_for_what_it_needs(desk, mode, layers, asked):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    told = []
    area.mode_changed.connect(told.append)
    area.set_mode(mode)
    assert layers_in(area) == layers and set(source.requests[-1][1]) == asked and told == [mode]
    area.set_third(True)
    assert layers_in(area) == [*layers, "Source"] and set(source.requests[-1][1]) == asked | {"gray"}


def test_flip_flips_by_key_click_and_call_and_swap_swaps(desk):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    area.set_mode("flip")
    assert layers_in(area) == ["TCVC"]
    area.set_mode("flip")
    assert layers_in(area) == ["Backbone"] and area.flipped
    QTest.mouseClick(area.canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    assert layers_in(area) == ["TCVC"]
    area.swap()
    assert area.layers == ("tcvc", "backbone") and layers_in(area) == ["Backbone"]
    with pytest.raises(ValueError):
        area.set_mode("stripes")
    with pytest.raises(ValueError):
        area.set_layers("tcvc", "luma")


def test_the_gain_doubles_and_halves_within_bounds_and_reaches_the_source(desk):
    area, source = desk
    area.set_mode("difference")
    heard = []
    area.gain_changed.connect(heard.append)
    for _ in range(6):
        area.gain_up()
    for _ in range(8):
        area.gain_down()
    assert heard == [8, 16, 32, 16, 8, 4, 2, 1] and source.difference == ("backbone", "tcvc", 1)


def test_states_are_told_by_shape_and_word(desk):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    assert [b.shape for b in badges_in(area)] == ["disc", "disc"]
    area.set_spans([Span(0, 9, "backbone", "stale"), Span(0, 9, "tcvc", "rendering")])
    assert [b.shape for b in badges_in(area)] == ["hatched", "half"]
    source.uncolored.add("tcvc")
    source.make(5)
    assert "gray" in badges_in(area)[1].text
    assert "stale" in area.canvas.accessibleDescription()
    assert area.canvas.accessibleName() == "Viewer: Backbone, TCVC"


def test_a_frame_that_fails_says_why_and_the_next_one_is_shown(desk):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    area.show_frame(6)
    source.fail(6, "Frame 6 of reel.mov does not decode: copy the film again.")
    assert area.canvas.scene.message.startswith("Frame 6") and area.canvas.scene.cells[0].layer.image is None
    asked = len(source.requests)
    source.ready.emit(6)
    assert len(source.requests) == asked
    source.make(7)
    area.show_frame(7)
    assert area.frame == 7 and not area.canvas.scene.message


def test_without_a_film_it_says_what_to_do(desk):
    area, source = desk
    source.info = None
    area.film_changed()
    assert not area.canvas.scene.cells and "Open" in area.canvas.scene.message
    area.show_frame(3)
    area.zoom_in()
    assert not source.requests or source.requests[-1][0] != 3


def test_no_larger_pictures_are_asked_for_than_are_seen(qt):
    source, area = Source(Info(width=4096, height=2160)), ViewerArea()
    area.resize(960, 480)
    area.show()
    area.set_source(source)
    area.show_frame(0)
    assert source.divisor == 8
    area.zoom_to(1.0)
    assert source.divisor == 1
    area.fit()
    area.set_mode("single")
    assert source.divisor == 4
    area.close()


def test_zoom_and_pan_are_the_same_for_all_pictures_and_outlive_a_change_of_mode(desk):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    canvas = area.canvas
    at = QPointF(200, 200)
    before = canvas._placed(canvas.boxes()[0]).to_image(200, 200)
    canvas.wheelEvent(QWheelEvent(
        at, at, QPoint(), QPoint(0, 960), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    ))  # fmt: skip
    after = canvas._placed(canvas.boxes()[0]).to_image(200, 200)
    assert canvas.scale > 4 and np.allclose(before, after, atol=0.5)
    left, right = canvas.boxes()
    one, other = canvas._placed(left), canvas._placed(right)
    assert other.x - one.x == right.x - left.x and other.scale == one.scale
    view = canvas.view
    for mode in MODES:
        area.set_mode(mode)
        assert canvas.view == view


def test_a_drag_pans_and_a_double_click_goes_to_one_to_one_and_back(desk, qt):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    area.set_mode("single")
    canvas = area.canvas
    area.zoom_to(8.0)
    before = canvas._placed(canvas.boxes()[0])
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    for x in (410, 430, 440):
        QTest.mouseMove(canvas, QPoint(x, 190))
        qt.processEvents()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(440, 190))
    after = canvas._placed(canvas.boxes()[0])
    assert (after.x - before.x, after.y - before.y) == (40, -10)
    area.fit()
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    assert canvas.view.scale == 1.0
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    assert canvas.view.scale is None


def test_the_wipe_is_dragged_and_moved_by_keys_and_stays_in_the_film(desk, qt):
    area, source = desk
    source.make(5)
    area.show_frame(5)
    area.set_mode("wipe")
    canvas = area.canvas
    assert canvas.wipe_line == 160
    place = canvas._placed(canvas.boxes()[0])
    start = round(place.to_box(160, 0)[0])
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(start, 200))
    QTest.mouseMove(canvas, QPoint(start - 90, 200))
    qt.processEvents()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(start - 90, 200))
    assert canvas.wipe_line == pytest.approx(160 - 90 / place.scale, abs=1)
    assert canvas._placed(canvas.boxes()[0]) == place
    line = canvas.wipe_line
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Period)
    assert canvas.wipe_line == pytest.approx(line + 8)
    QTest.keyClick(canvas, Qt.Key.Key_Comma, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.wipe_line == pytest.approx(line + 7)
    area.zoom_to(3.0)
    assert canvas.wipe_line == pytest.approx(line + 7)
    canvas.set_wipe_line(-50)
    assert canvas.wipe_line == 0
    area.set_mode("side")
    area.set_mode("wipe")
    assert canvas.is_wipe_seen()


def test_play_is_followed_read_ahead_of_and_told_what_was_shown(desk, qt):
    area, source = desk

    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    play = Playback(clock=Clock())
    area.follow(play)
    for frame in (0, 1, 2, 4):
        source.make(frame)
    play.set_film(100, Pace(Fraction(10)))
    assert area.frame == 0 and source.requests[-1][2:] == ((1,), False)
    play.play()
    for _ in range(4):
        play._clock.now += 0.1001
        play.advance()
        qt.processEvents()
    assert source.requests[-1] == (4, ("backbone", "tcvc"), tuple(range(5, 29)), True)
    # Frame 3 was due and never came.
    assert area.frame == 4 and play.dropped == 1
    play.stop()
    assert source.requests[-1][3] is False
    play.close()


def test_what_is_scrubbed_over_may_be_a_draft_and_where_it_rests_it_is_none(desk, qt):
    area, source = desk
    area.show_frame(3)
    assert source.requests[-1][0] == 3 and source.requests[-1][3] is False
    area.show_frame(4)
    area.show_frame(9)
    assert source.requests[-1][0] == 9 and source.requests[-1][3] is True
    wait_until(lambda: source.requests[-1][3] is False)
    assert source.requests[-1][0] == 9


def test_the_bar_sets_what_it_shows_and_shows_what_is_set(desk):
    area, _ = desk
    bar = area.bar
    for mode in MODES:
        bar._modes[mode].click()
        assert area.mode == mode
        assert bar._gain.isVisible() == (mode == "difference") and bar._left.isVisible() == (mode != "single")
    bar._third.click()
    assert area.third
    bar._zoom.setCurrentIndex(bar._zoom.findData(2.0))
    bar._zoom.activated.emit(bar._zoom.currentIndex())
    assert area.canvas.view.scale == 2.0
    area.set_mode("side")
    area.set_layers("gray", "tcvc")
    assert bar._left.currentData() == "gray"
    bar._swap.click()
    assert area.layers == ("tcvc", "gray")
    for widget in (*bar._modes.values(), bar._left, bar._right, bar._swap, bar._gain, bar._third, bar._zoom):
        assert widget.accessibleName() and widget.toolTip()


def test_the_bar_gives_up_words_before_it_makes_the_window_wide(desk, qt):
    area, _ = desk
    buttons = [*area.bar._modes.values(), area.bar._third]
    seen = []
    for width in (1600, 960, 620):
        area.resize(width, 480)
        qt.processEvents()
        assert area.width() == width
        styles = {button.toolButtonStyle() for button in buttons}
        assert len(styles) == 1
        seen.append(styles.pop())
        for mode in MODES:
            area.set_mode(mode)
            assert {button.toolButtonStyle() for button in buttons} == {seen[-1]}
    style = Qt.ToolButtonStyle
    assert seen[0] == style.ToolButtonTextBesideIcon and seen[2] == style.ToolButtonIconOnly
