"""Hints drawn, shown and met."""

import numpy as np
import pytest
import torch

from tcvc_studio.analysis.ciede2000 import ciede2000
from tcvc_studio.analysis.stills import still_lab
from tcvc_studio.evaluation.hints import anchor_pictures, drawn_squares, hints_score
from tcvc_studio.media.film import open_film
from tests.unit.evaluation.backbones import CPU, Echo, Plain
from tests.unit.evaluation.pictures import color_picture, write_color_film

_PICTURES = [("a", color_picture(1)), ("b", color_picture(2, width=77, height=53))]
#: Whose colors a screen can show in the light and in the shade.
_MUTED = [(name, (128 + 0.3 * (rgb8.astype(float) - 128)).round().astype(np.uint8)) for name, rgb8 in _PICTURES]


def test_fewer_hints_are_the_first_of_more_and_belong_to_the_picture():
    few = drawn_squares((64, 96), 3, name="a")
    assert few == drawn_squares((64, 96), 3, name="a")
    assert few != drawn_squares((64, 96), 3, name="b") and few != drawn_squares((64, 96), 3, name="a", seed=1)
    assert drawn_squares((64, 96), 0, name="a") == []
    assert drawn_squares((64, 96), 200, name="a")[:3] == few


def test_squares_lie_in_the_picture_everywhere():
    squares = np.array(drawn_squares((20, 40), 3000, name="a"))
    top, left, side = squares.T
    assert set(side) == set(range(1, 10))
    assert top.min() == left.min() == 0
    assert (top + side).max() == 20 and (left + side).max() == 40
    assert {s for *_, s in drawn_squares((20, 40), 50, name="a", sides=(7, 7))} == {7}
    assert {s for *_, s in drawn_squares((4, 40), 50, name="a", sides=(9, 9))} == {4}


def test_color_that_follows_hints_meets_them_and_comes_nearer_with_each():
    none, some, many = (hints_score(_MUTED, count, backbone=Echo(), compute=CPU) for count in (0, 20, 200))
    assert (none.median, none.high, none.met) == (None, None, None)
    assert none.psnr.value < some.psnr.value - 0.1 < many.psnr.value - 1
    assert some.pictures == 2 and some.median < 0.5 and some.high < 2 and some.met == 1


def test_color_that_does_not_follow_misses_by_what_the_hint_asked_for():
    (name, rgb8), count = _PICTURES[0], 1
    score = hints_score([(name, rgb8)], count, backbone=Plain(), compute=CPU, sides=(5, 5))
    ((top, left, side),) = drawn_squares(rgb8.shape[:2], 1, name=name, sides=(5, 5))
    asked = still_lab(rgb8)[0, :, top : top + side, left : left + side].mean(dim=(1, 2)).double().numpy()
    assert score.median == pytest.approx(ciede2000(asked, asked * [1, 0, 0]), abs=0.1)
    assert score.median > 5 and score.met == 0


def test_of_hints_upon_each_other_those_below_are_not_asked_for():
    # One pixel, a hundred hints: they all lie upon each other, and one can be seen.
    rgb8 = np.zeros((1, 1, 3), np.uint8) + np.array([200, 80, 60], np.uint8)
    score = hints_score([("", rgb8)], 100, backbone=Echo(), compute=CPU)
    assert score.met == 1 and score.high == score.median


def test_anchors_of_a_film_as_pictures(tmp_path):
    with open_film(write_color_film(tmp_path / "film", 9)) as film:
        pictures = list(anchor_pictures(film, 3, name="film", short_side=32))
        assert [name for name, _ in pictures] == ["film 0", "film 4", "film 8"]
        assert {picture.shape for _, picture in pictures} == {(32, 48, 3)}
        assert [n for n, _ in anchor_pictures(film, 3, name="film", short_side=32, every=2)] == ["film 0", "film 8"]
        (whole, *_) = anchor_pictures(film, 3, name="film", short_side=400)
    assert np.array_equal(whole[1], color_picture())
    assert torch.is_tensor(still_lab(whole[1]))
