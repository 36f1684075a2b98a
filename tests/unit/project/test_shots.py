"""Shots from cuts: whole, in order, nothing mended silently."""

import random

import numpy as np
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.project.shots import Shot, checked_cuts, cuts_from_shots, restrict, shots_from_cuts


def test_shots_cover_the_film():
    assert shots_from_cuts([15, 198, 377], 500) == (Shot(0, 15), Shot(15, 198), Shot(198, 377), Shot(377, 500))


def test_no_cuts_is_one_shot():
    assert shots_from_cuts((), 7) == (Shot(0, 7),)


def test_a_film_of_one_frame():
    assert shots_from_cuts((), 1) == (Shot(0, 1),)


def test_shots_of_one_frame_are_legal():
    shots = shots_from_cuts([1, 2, 4], 5)
    assert [len(shot) for shot in shots] == [1, 1, 2, 1]


def test_every_frame_lies_in_exactly_one_shot():
    draw = random.Random(3)
    for _ in range(50):
        frames = draw.randrange(1, 60)
        cuts = sorted(draw.sample(range(1, frames), draw.randrange(0, frames)))
        shots = shots_from_cuts(cuts, frames)
        assert [sum(frame in shot for shot in shots) for frame in range(frames)] == [1] * frames
        assert cuts_from_shots(shots) == tuple(cuts)


def test_whole_numbers_of_numpy_are_taken_as_python_numbers():
    cuts = checked_cuts(np.array([3, 5], np.int64), 9)
    assert cuts == (3, 5)
    assert all(type(cut) is int for cut in cuts)


@pytest.mark.parametrize(
    ("cuts", "says"),
    [
        ([0, 5], "always begins a shot"),
        ([5, 5], "stands twice"),
        ([6, 5], "sort the list"),
        ([10], "outside the film"),
        ([-1], "outside the film"),
        ([2.5], "not a frame number"),
        ([True], "not a frame number"),
        (["4"], "not a frame number"),
        ([None], "not a frame number"),
    ],
)
def test_wrong_cuts_are_told_in_one_sentence(cuts, says):
    with pytest.raises(StudioError, match=says) as caught:
        shots_from_cuts(cuts, 10)
    assert str(caught.value).endswith(".")


def test_a_film_without_frames_has_no_shots():
    with pytest.raises(StudioError, match="no frames"):
        shots_from_cuts((), 0)


def test_a_shot_knows_its_frames():
    shot = Shot(3, 6)
    assert len(shot) == 3
    assert shot.last == 5
    assert 3 in shot and 5 in shot and 6 not in shot and 2 not in shot and np.int64(4) in shot


@pytest.mark.parametrize(("start", "stop"), [(4, 4), (5, 4), (-1, 2)])
def test_an_empty_shot_cannot_be_made(start, stop):
    with pytest.raises(ValueError):
        Shot(start, stop)


def test_restrict_cuts_the_ends_off_and_drops_what_lies_outside():
    shots = shots_from_cuts([10, 20, 30], 40)
    assert restrict(shots, 15, 31) == (Shot(15, 20), Shot(20, 30), Shot(30, 31))
    assert restrict(shots, 10, 20) == (Shot(10, 20),)
    assert restrict(shots, 0, 400) == shots


@pytest.mark.parametrize(("start", "stop"), [(40, 50), (5, 5), (9, 3), (-3, 4)])
def test_restrict_to_nothing_is_refused(start, stop):
    with pytest.raises(StudioError, match="range"):
        restrict(shots_from_cuts([10], 40), start, stop)
