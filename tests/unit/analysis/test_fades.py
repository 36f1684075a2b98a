"""Fades are told from dark pictures by curves of brightness alone."""

from itertools import pairwise

import numpy as np
import pytest

from tcvc_studio.analysis.fades import find_fades


def fades(spread, *, deviation=None, mean=None):
    """Fades of a film whose brightness and contrast follow one curve."""
    spread = np.asarray(spread, np.float32)
    deviation = spread * 0.5 if deviation is None else np.asarray(deviation, np.float32)
    return find_fades(spread * 0.9 if mean is None else np.asarray(mean, np.float32), deviation, spread)


def level(value, frames):
    return [value] * frames


def down(value, frames):
    return list(np.linspace(value, 0, frames + 2)[1:-1])


def up(value, frames):
    return down(value, frames)[::-1]


def test_sinking_and_rising_is_one_fade():
    (fade,) = fades(level(100, 40) + down(100, 10) + level(0, 5) + up(80, 14) + level(80, 40))
    assert fade.gradual and fade.leads
    assert abs(fade.middle - 52) <= 2
    assert 40 <= fade.start <= 44 and 64 <= fade.stop <= 69
    assert fade.depth == pytest.approx(1)


def test_a_fade_without_a_black_frame():
    (fade,) = fades(level(100, 40) + down(100, 6) + up(100, 6) + level(100, 40))
    assert abs(fade.middle - 46) <= 1


def test_a_picture_that_darkens_by_half_does_not_fade():
    assert (
        fades(level(100, 40) + list(np.linspace(100, 45, 20)) + list(np.linspace(45, 100, 20)) + level(100, 40)) == ()
    )


def test_lamps_in_the_night_do_not_make_it_black():
    spread = level(120, 40) + level(2, 30) + level(120, 40)
    deviation = level(60, 40) + level(20, 30) + level(60, 40)
    assert fades(spread, deviation=deviation) == ()


def test_an_even_bright_picture_is_not_black():
    spread = level(120, 40) + level(1, 30) + level(120, 40)
    assert fades(spread, mean=level(100, 40) + level(230, 30) + level(100, 40)) == ()


def test_sinking_at_the_end_leads_nowhere():
    (fade,) = fades(level(100, 40) + down(100, 10) + level(0, 10))
    assert fade.gradual and not fade.leads
    assert fade.stop == 60


def test_rising_at_the_beginning_leads_to_the_first_picture():
    (fade,) = fades(level(0, 10) + up(100, 10) + level(100, 40))
    assert fade.start == 0 and fade.leads and fade.gradual


def test_a_spark_in_the_black_does_not_part_a_fade():
    curve = level(100, 40) + down(100, 8) + level(0, 4) + [70] + level(0, 4) + up(100, 8) + level(100, 40)
    (fade,) = fades(curve)
    assert abs(fade.middle - 52) <= 2


def test_fades_close_together_do_not_overlap():
    curve = level(100, 40)
    for _ in range(3):
        curve += down(100, 8) + level(0, 3) + up(100, 8) + level(100, 4)
    found = fades(curve + level(100, 40))
    assert len(found) == 3
    for one, other in pairwise(found):
        assert one.start < one.stop <= other.start
        assert one.start <= one.middle < one.stop


@pytest.mark.parametrize("curve", [[], [0], [50], level(0, 30), level(90, 30), level(1.5, 30)])
def test_films_without_change_have_no_fades(curve):
    assert fades(curve) == ()


def test_a_dark_shot_between_cuts_does_not_fade():
    assert fades(level(100, 40) + level(12, 30) + list(np.linspace(70, 100, 15)) + level(100, 40)) == ()


def test_dark_films_fade_too():
    (fade,) = fades(level(9, 40) + down(9, 10) + level(0, 3) + up(9, 10) + level(9, 40))
    assert abs(fade.middle - 51) <= 2
