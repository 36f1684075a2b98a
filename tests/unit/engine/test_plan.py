import random
from itertools import pairwise

import pytest

from tcvc_studio.engine.plan import (
    REACH,
    Interval,
    covering,
    plan_intervals,
    plan_single,
    shot_anchors,
    uniform_anchors,
)
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES
from tcvc_studio.project.shots import Shot, shots_from_cuts


def test_seventeen_internal_frames_lie_between_two_anchors():
    assert uniform_anchors(Shot(0, 50), 17) == (0, 18, 36, 49)


def test_the_published_count_of_anchors():
    # Table 2 of the paper counts 372 anchors among the 1999 frames of 30 films at N = 5. Anchors N + 1 apart, and one
    # more at the end of each film, make about 1999 / 6 + 30 = 363; anchors N - 1 apart would make over 500.
    frames = 1999 // 30
    assert abs(30 * len(uniform_anchors(Shot(0, frames), 5)) - 372) < 20


@pytest.mark.parametrize("length", [1, 2, 3, 18, 19, 20, 100])
@pytest.mark.parametrize("internal", [1, 5, 17])
def test_every_frame_has_one_owner(length, internal):
    cuts = (length, length + 1, length + 3)
    shots = shots_from_cuts(cuts, length + 40)
    plan = plan_intervals(shots, internal)
    owned = [frame for i in plan for frame in range(i.first, i.stop)]
    assert owned == list(range(length + 40))
    assert all(i.head and i.tail for i in plan)
    assert max(i.frames for i in plan) <= internal + 2


def test_no_interval_crosses_a_cut():
    plan = plan_intervals(shots_from_cuts((7, 8, 31), 60), 9)
    for cut in (7, 8, 31):
        assert not any(i.first < cut <= i.last for i in plan)


def test_a_film_of_one_frame():
    assert plan_intervals((Shot(0, 1),), 17) == (Interval(0, 0, owns_last=True),)


def test_listed_anchors_replace_uniform_ones_in_their_shot_only():
    shots = shots_from_cuts((100,), 200)
    anchors = [a for i in plan_intervals(shots, 17, listed=[40, 55]) for a in i.anchors]
    assert sorted({a for a in anchors if a < 100}) == [0, 40, 55, 99]
    assert sorted({a for a in anchors if a >= 100}) == [100, 118, 136, 154, 172, 190, 199]


def test_past_a_still_nothing_automatic_comes_in():
    plan = plan_intervals((Shot(0, 60),), 17, stills=[20])
    assert plan == (
        Interval(0, 20, head=False, after=REACH),
        Interval(20, 59, tail=False, owns_last=True, before=REACH),
    )
    mixed = plan_intervals((Shot(0, 60),), 17, listed=[40], stills=[20])
    assert mixed[0] == Interval(0, 20, head=False, after=REACH)
    assert mixed[-1] == Interval(40, 59, owns_last=True, before=REACH)


def test_an_anchor_looks_as_far_from_either_interval_and_never_past_its_shot():
    for cuts, frames, internal in [((), 60, 17), ((4, 30, 33), 60, 17), ((4, 30, 33), 60, 2), ((1, 2), 9, 1)]:
        for shot in shots_from_cuts(cuts, frames):
            seen: dict[int, set[tuple[int, ...]]] = {}
            for interval in plan_intervals((shot,), internal):
                for anchor in interval.anchors:
                    seen.setdefault(anchor, set()).add(interval.around(anchor, (3, REACH)))
            for anchor, ways in seen.items():
                expected = [anchor + step for step in (-REACH, -3, 3, REACH) if anchor + step in shot]
                assert ways == {tuple(expected)}


def test_nothing_lies_around_an_anchor_that_looks_nowhere():
    (first, *_) = plan_intervals((Shot(0, 60),), 17)
    assert first.around(0, ()) == ()
    assert plan_single((Shot(0, 60),))[0].around(0, (3,)) == (3,)


def test_gaps_too_long_for_memory_are_divided():
    anchors = shot_anchors(Shot(0, 2000), 17, listed=[], stills=[0, 1999])
    gaps = [b - a - 1 for a, b in pairwise(anchors)]
    assert max(gaps) <= MAX_INTERNAL_FRAMES
    assert max(gaps) - min(gaps) <= 1


def test_any_anchors_cover_every_frame_once():
    rng = random.Random(5)
    for _ in range(200):
        frames = rng.randint(1, 700)
        cuts = sorted(rng.sample(range(1, frames), min(frames - 1, rng.randint(0, 4)))) if frames > 1 else []
        listed = rng.sample(range(frames), min(frames, rng.randint(0, 5)))
        stills = rng.sample(range(frames), min(frames, rng.randint(0, 3)))
        plan = plan_intervals(shots_from_cuts(cuts, frames), rng.randint(1, 40), listed=listed, stills=stills)
        assert [f for i in plan for f in range(i.first, i.stop)] == list(range(frames))
        assert all(i.anchors for i in plan)
        assert max(i.frames for i in plan) <= MAX_INTERNAL_FRAMES + 2
        assert {*listed, *stills} <= {a for i in plan for a in i.anchors}


def test_a_part_of_the_film_needs_only_what_covers_it():
    plan = plan_intervals((Shot(0, 100),), 17)
    assert [(i.first, i.last) for i in covering(plan, 18, 37)] == [(18, 36), (36, 54)]
    assert [(i.first, i.last) for i in covering(plan, 99, 100)] == [(90, 99)]


def test_single_image_stretches_stay_within_shots():
    plan = plan_single(shots_from_cuts((20,), 45))
    assert [f for i in plan for f in range(i.first, i.stop)] == list(range(45))
    assert all(i.single for i in plan)
    assert any(i.stop == 20 for i in plan)


def all_anchors(plan):
    return sorted({anchor for interval in plan for anchor in interval.anchors})


def test_where_lengths_are_given_anchors_are_added_between_those_of_the_list():
    shots = shots_from_cuts((100,), 200)
    assert all_anchors(plan_intervals(shots[:1], 17, listed=[40, 55], lengths={})) == [0, 18, 36, 40, 55, 73, 91, 99]
    own = all_anchors(plan_intervals(shots, 17, listed=[40], lengths={100: 49}))
    assert [a for a in own if a >= 100] == [100, 150, 199]


def test_a_shot_of_length_nought_has_the_anchors_of_the_list_and_its_ends():
    assert all_anchors(plan_intervals((Shot(0, 100),), 17, listed=[40], lengths={0: 0})) == [0, 40, 99]
    assert all_anchors(plan_intervals((Shot(0, 100),), 17, lengths={0: 0})) == [0, 99]


def test_nothing_automatic_is_added_beside_a_still():
    plan = plan_intervals((Shot(0, 200),), 17, listed=[150], stills=[20, 90], lengths={})
    assert all_anchors(plan) == [20, 90, 150, 168, 186, 199]
    assert all_anchors(plan_intervals((Shot(0, 60),), 17, stills=[20], lengths={})) == [20]


@pytest.mark.parametrize("seed", range(20))
def test_filled_plans_own_every_frame_once(seed):
    chosen = random.Random(seed)
    frames = chosen.randint(1, 300)
    cuts = sorted(chosen.sample(range(1, frames), chosen.randint(0, min(5, frames - 1)))) if frames > 1 else ()
    shots = shots_from_cuts(cuts, frames)
    listed = chosen.sample(range(frames), min(frames, 5))
    lengths = {shot.start: chosen.randint(0, 30) for shot in shots if chosen.random() < 0.5}
    plan = plan_intervals(shots, chosen.randint(1, 20), listed=listed, stills=listed[:2], lengths=lengths)
    assert [frame for i in plan for frame in range(i.first, i.stop)] == list(range(frames))
    assert set(listed) <= set(all_anchors(plan))
