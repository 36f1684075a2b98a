"""Time codes against the numbers of SMPTE ST 12-1, and against counting frame by frame."""

from fractions import Fraction

import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.project.timecode import Timecode, can_drop, count_rate

NTSC = Fraction(30000, 1001)


def count_by_hand(frames: int, per_second: int, dropped: int) -> str:
    """The drop-frame number of a frame, found by stepping through every number from 00:00:00;00."""
    h = m = s = f = 0
    for _ in range(frames):
        f += 1
        if f == per_second:
            f, s = 0, s + 1
            if s == 60:
                s, m = 0, m + 1
                if m == 60:
                    m, h = 0, h + 1
                if m % 10:
                    f = dropped
    return f"{h:02d}:{m:02d}:{s:02d};{f:02d}"


@pytest.mark.parametrize(("rate", "per_second", "dropped"), [(NTSC, 30, 2), (NTSC * 2, 60, 4)])
def test_drop_frame_agrees_with_counting(rate, per_second, dropped):
    minute = 60 * per_second
    for frames in (0, 1, minute - 1, minute, minute + 1, 2 * minute - dropped - 1, 2 * minute - dropped,
                   10 * minute - 9 * dropped - 1, 10 * minute - 9 * dropped, 11 * minute, 25 * minute + 7):
        text = str(Timecode(frames, rate, drop=True))
        assert text == count_by_hand(frames, per_second, dropped)
        assert Timecode.parse(text, rate).frames == frames


def test_an_hour_of_drop_frame_lasts_an_hour():
    hour = Timecode.parse("01:00:00;00", NTSC)
    assert hour.frames == 107892
    assert abs(hour.frames / NTSC - 3600) < Fraction(4, 1000)


def test_numbers_without_drop():
    assert Timecode.parse("01:00:00:00", Fraction(24000, 1001)).frames == 86400
    assert str(Timecode.parse("10:59:59:24", Fraction(25)) + 1) == "11:00:00:00"
    assert str(Timecode(0, Fraction(24)) - 1) == "23:59:59:23"
    assert str(Timecode(119, Fraction(120))) == "00:00:00:119"


def test_a_range_moves_the_start():
    start = Timecode.parse("00:59:59;28", NTSC)
    assert str(start + 1) == "00:59:59;29"
    assert str(start + 2) == "01:00:00;00"
    assert str(Timecode.parse("00:00:59;29", NTSC) + 1) == "00:01:00;02"


def test_a_day_wraps():
    assert str(Timecode.parse("23:59:59;29", NTSC) + 1) == "00:00:00;00"
    assert Timecode(2589408, NTSC, drop=True).frames == 0


@pytest.mark.parametrize("text", ["00:00:00:30", "24:00:00:00", "00:60:00:00", "00:00:60:00", "1h", "", "00:00:00",
                                  "-1:00:00:00"])
def test_what_is_no_timecode_is_refused(text):
    with pytest.raises(StudioError):
        Timecode.parse(text, NTSC)


def test_dropped_numbers_are_refused_and_named():
    with pytest.raises(StudioError, match="00:01:00;02"):
        Timecode.parse("00:01:00;00", NTSC)
    assert Timecode.parse("00:10:00;00", NTSC).frames == 17982


def test_drop_frame_needs_its_rate():
    assert can_drop(NTSC) and can_drop(NTSC * 2)
    assert not can_drop(Fraction(30)) and not can_drop(Fraction(24000, 1001)) and not can_drop(Fraction(25))
    with pytest.raises(StudioError, match=r"29\.97"):
        Timecode.parse("01:00:00;00", Fraction(25))


def test_count_rate_rounds():
    assert [count_rate(Fraction(*r)) for r in ((24000, 1001), (25, 1), (60000, 1001), (4800, 287), (1, 10))] == [
        24, 25, 60, 17, 1]


def test_a_rate_of_zero_is_a_mistake():
    with pytest.raises(ValueError, match="above zero"):
        Timecode(0, Fraction(0))
