"""How long intervals may be, and means of what was measured at anchors."""

import math

import pytest

from tcvc_studio.evaluation.anchors import AnchorScore, length_that_holds, mean_score


def test_the_greatest_length_up_to_which_a_bar_holds():
    means = {5: 40.0, 17: 38.0, 33: 36.5, 65: 34.5}
    holds, crossing = length_that_holds(means, 36)
    # A quarter of the way from 36.5 to 34.5, on a logarithmic scale.
    assert (holds, crossing) == (33, pytest.approx(33 * (65 / 33) ** 0.25))
    assert length_that_holds(means, 36.5)[0] == 33
    assert length_that_holds(means, 30) == (65, None)
    assert length_that_holds(means, 41) == (None, None)


def test_a_curve_that_comes_back_holds_only_up_to_where_it_left():
    holds, crossing = length_that_holds({5: 37.0, 9: 35.0, 17: 37.0}, 36)
    assert holds == 5 and crossing == pytest.approx(math.sqrt(45))


def test_means_over_films_count_each_film_once():
    scores = [AnchorScore(40, 55, 38, 50, 4, 17), AnchorScore(36, 51, None, 10, 10, 0)]
    assert mean_score(scores) == AnchorScore(38, 53, 38, 60, 14, 8.5)
    assert mean_score(scores[1:]).internal is None
