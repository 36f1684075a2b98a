"""The transport shows where the film stands, and takes time codes and frame numbers as people type them."""

from fractions import Fraction

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tcvc_studio.app.pace import Pace
from tcvc_studio.app.playback import Playback
from tcvc_studio.errors import StudioError
from tcvc_studio.project.timecode import Timecode
from tcvc_studio.ui.transport import Transport, frame_at_timecode, frame_typed

RATE = Fraction(24)
ZERO = Timecode.parse("10:00:00:00", RATE)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def desk(qt):
    playback = Playback(clock=Clock())
    transport = Transport(playback)
    playback.set_film(1000, Pace(RATE))
    transport.set_film(1000, rate=RATE, timecode="10:00:00:00")
    transport.resize(1000, 40)
    transport.show()
    transport.said = []
    transport.failed.connect(transport.said.append)
    yield transport, playback
    playback.close()
    transport.close()


def type_into(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("text", "frame"),
    [("10:00:12:05", 293), (" 10:00:00:00 ", 0), ("+48", 148), ("-12", 88), ("- 12", 88), ("05", 101), ("7", 103),
     ("1205", 293), ("10001205", 293), ("100", 24)],
)  # fmt: skip
def test_time_codes_are_taken_as_they_are_typed(text, frame):
    # The film stands at frame 100, 10:00:04:04; "05" is 10:00:04:05, "7" 10:00:04:07.
    assert frame_at_timecode(text, zero=ZERO, frame=100) == frame


def test_drop_frame_is_counted_whatever_is_typed_before_the_frames():
    zero = Timecode.parse("00:59:58;00", Fraction(30000, 1001))
    for text in ("01:00:00;00", "01:00:00:00", "1000000"):
        assert frame_at_timecode(text, zero=zero, frame=0) == 60
    with pytest.raises(StudioError):
        frame_at_timecode("00:01:00;00", zero=zero, frame=0)


@pytest.mark.parametrize("text", ["", "x", "10:00", "10:00:00:24", "99:00:00:00", "10:99:00:00", "123456789", "4.5"])
def test_what_is_no_time_code_is_said_to_be_none(text):
    with pytest.raises(StudioError):
        frame_at_timecode(text, zero=ZERO, frame=100)


def test_frame_numbers_may_be_relative():
    assert [frame_typed(text, frame=50) for text in ("293", "+12", "-60", " 7 ")] == [293, 62, -10, 7]
    for text in ("", "x", "1.5", "1e3", "1234567890"):
        with pytest.raises(StudioError):
            frame_typed(text, frame=50)


def test_time_code_and_frame_follow_the_film(desk):
    transport, playback = desk
    playback.seek(293)
    assert transport._timecode.text() == "10:00:12:05" and transport._frame.text() == "293"


def test_typing_a_time_code_goes_there_and_stops(desk):
    transport, playback = desk
    playback.play()
    type_into(transport._timecode, "10:00:12:05")
    assert playback.frame == 293 and not playback.playing and not transport.said
    type_into(transport._frame, "17")
    assert playback.frame == 17 and transport._timecode.text() == "10:00:00:17"
    type_into(transport._frame, "-500")
    assert playback.frame == 0


@pytest.mark.parametrize("text", ["10:00:50:00", "09:00:00:00", "nonsense"])
def test_a_time_outside_the_film_is_said_and_nothing_moves(desk, text):
    transport, playback = desk
    playback.seek(30)
    type_into(transport._timecode, text)
    assert playback.frame == 30 and len(transport.said) == 1
    assert transport._timecode.text() == "10:00:01:06"
    type_into(transport._frame, "1000")
    assert "0 to 999" in transport.said[-1] and transport._frame.text() == "30"


def test_what_is_being_typed_is_not_overwritten_by_play(desk):
    transport, playback = desk
    field = transport._frame
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "12")
    if field.hasFocus():
        playback.seek(500)
        assert field.text() == "12" and transport._timecode.text() == "10:00:20:20"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    playback.seek(501)
    assert field.text() == "501"


def test_buttons_do_what_they_say(desk):
    transport, playback = desk
    playback.seek(50)
    for button, frame in (
        (transport._step, 51), (transport._step_back, 50), (transport._last, 999), (transport._first, 0)
    ):  # fmt: skip
        button.click()
        assert playback.frame == frame
    transport._toggle.click()
    assert playback.speed == 1 and transport._toggle.accessibleName() == "Stop"
    transport._forward.click()
    assert playback.speed == 2
    transport._back.click()
    transport._back.click()
    assert playback.speed == -1
    transport._toggle.click()
    assert not playback.playing
    heard = []
    transport.mark_in_requested.connect(lambda: heard.append("in"))
    transport.mark_out_requested.connect(lambda: heard.append("out"))
    transport._in.click()
    transport._out.click()
    assert heard == ["in", "out"]


def test_a_loop_is_asked_for_and_shown_when_it_is_granted(desk):
    transport, playback = desk
    wished = []
    transport.loop_requested.connect(wished.append)
    transport._loop.setCurrentIndex(transport._loop.findData("shot"))
    transport._loop.activated.emit(transport._loop.currentIndex())
    assert wished == ["shot"] and transport._loop.currentData() == "off"
    playback.set_loop("shot", (10, 20))
    assert transport._loop.currentData() == "shot"


def test_dropped_frames_are_counted_before_the_eyes(desk):
    transport, playback = desk
    playback.play()
    playback._clock.now += 5 / 24 + 1e-6
    playback.advance()
    assert transport._dropped.text() == "4 dropped"
    playback.stop()
    playback.play()
    assert transport._dropped.text() == "0 dropped"


def test_without_a_film_nothing_can_be_pressed(qt):
    playback = Playback()
    transport = Transport(playback)
    assert not any(w.isEnabled() for w in (transport._toggle, transport._timecode, transport._frame, transport._loop))
    assert transport._frame.text() == "-"
    playback.close()


def test_a_time_code_that_does_not_fit_the_rate_counts_from_zero(qt):
    playback = Playback()
    transport = Transport(playback)
    playback.set_film(100, Pace(Fraction(25)))
    transport.set_film(100, rate=Fraction(25), timecode="01:00:00;00")
    playback.seek(26)
    assert transport._timecode.text() == "00:00:01:01"
    playback.close()


def test_a_narrow_transport_keeps_what_matters(desk, qt):
    transport, _ = desk
    for width in (400, 640, 1400):
        transport.resize(width, 40)
        qt.processEvents()
        assert transport._toggle.isVisible() and transport._timecode.isVisible()
        assert transport._total.isVisible() == (width == 1400)


def test_every_control_has_a_name_and_a_tip(desk):
    transport, _ = desk
    for widget in (*transport._controls(), transport._first, transport._last, transport._in, transport._out):
        assert widget.accessibleName() and widget.toolTip()
