import random
from itertools import pairwise

import pytest

from tcvc_studio.engine.plan import plan_intervals
from tcvc_studio.errors import StudioError
from tcvc_studio.project import edits
from tcvc_studio.project.anchors import all_anchors, anchors_of_shot, proposed_anchors
from tcvc_studio.project.model import BY_HAND_ONLY, Anchor, Cut
from tcvc_studio.project.settings import Settings
from tests.unit.project.projects import REELS, by_hand, cuts, project, random_edit

STILL = REELS / "still.png"


def refused(edit, *arguments, match):
    with pytest.raises(StudioError, match=match) as caught:
        edit(*arguments)
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".")


# --- cuts


def test_a_cut_by_hand_makes_two_shots_and_keeps_the_anchors():
    p = edits.add_anchors(project(), (20, 150))
    cut = edits.add_cut(p, 100)
    assert cut.cuts == (Cut(100),)
    assert by_hand(cut) == (20, 150)
    assert [shot.start for shot in cut.shots] == [0, 100]


@pytest.mark.parametrize("frame", [0, -1, 300, 100])
def test_a_cut_where_none_can_be_is_refused(frame):
    refused(edits.add_cut, edits.add_cut(project(), 100), frame, match="choose|later frame")


def test_a_cut_set_on_a_proposed_one_accepts_it():
    p = edits.propose_cuts(project(), (100,))
    assert edits.add_cut(p, 100).cuts == (Cut(100, found=100),)


def test_a_removed_proposal_is_not_proposed_again_until_it_is_set_by_hand():
    p = edits.remove_cuts(edits.propose_cuts(project(), (100, 200)), (100,))
    assert (cuts(p), p.rejected_cuts) == ((200,), (100,))
    assert cuts(edits.propose_cuts(p, (100, 200, 250))) == (200, 250)
    by_hand_again = edits.add_cut(p, 100)
    assert (cuts(by_hand_again), by_hand_again.rejected_cuts) == ((100, 200), ())


def test_what_was_accepted_and_removed_is_not_proposed_again_either():
    p = edits.accept_cuts(edits.propose_cuts(project(), (100,)), (100,))
    p = edits.remove_cuts(p, (100,))
    assert edits.propose_cuts(p, (100,)).cuts == ()


def test_a_cut_set_and_removed_by_hand_leaves_no_trace():
    p = project()
    assert edits.remove_cuts(edits.add_cut(p, 100), (100,)) == p


def test_what_was_accepted_and_moved_does_not_come_back_where_it_was():
    for accept in (True, False):
        p = edits.propose_cuts(project(), (100,))
        p = edits.accept_cuts(p, (100,)) if accept else p
        p = edits.move_cut(edits.move_cut(p, 100, 103), 103, 104)
        assert p.cuts == (Cut(104, found=100),)
        assert p.rejected_cuts == ()
        assert cuts(edits.propose_cuts(p, (100, 104))) == (104,)
        assert edits.remove_cuts(p, (104,)).rejected_cuts == (100,)


def test_proposals_take_the_place_of_proposals_only():
    p = edits.accept_cuts(edits.propose_cuts(project(), (50, 100)), (100,))
    p = edits.add_cut(p, 200)
    p = edits.propose_cuts(p, (60, 100, 60), ((70, 80),), 0.25)
    assert p.cuts == (Cut(60, proposed=True), Cut(100, found=100), Cut(200))
    assert (p.fades, p.cut_threshold) == (((70, 80),), 0.25)
    kept = edits.propose_cuts(p, ())
    assert (cuts(kept), kept.fades, kept.cut_threshold) == ((100, 200), ((70, 80),), 0.25)
    assert edits.propose_cuts(kept, (), ()).fades == ()
    assert cuts(edits.propose_cuts(p, (0, 60))) == (60, 100, 200)
    refused(edits.propose_cuts, p, (60, 300), match="no frame 300")


def test_proposals_that_change_nothing_give_the_same_project():
    p = edits.propose_cuts(project(), (60, 100), ((70, 80),), 0.25)
    assert edits.propose_cuts(p, (100, 60), ((70, 80),), 0.25) is p


def test_moving_a_cut_keeps_the_anchors_on_both_sides_and_the_shot_keeps_its_interval_length():
    p = edits.add_anchors(edits.add_cut(edits.add_cut(project(), 100), 200), (0, 98, 99, 100, 104, 299))
    p = edits.set_shot_interval(edits.set_shot_interval(p, 100, 5), 0, 30)
    moved = edits.move_cut(p, 100, 105)
    assert cuts(moved) == (105, 200)
    assert moved.anchors == p.anchors
    assert dict(moved.shot_lengths) == {0: 30, 105: 5}
    assert edits.move_cut(moved, 105, 100) == p


@pytest.mark.parametrize("to", [0, -3, 50, 40, 150, 151, 300])
def test_a_cut_stays_between_its_neighbours(to):
    p = project(cuts=(Cut(50), Cut(100), Cut(150)))
    refused(edits.move_cut, p, 100, to, match="neighbours: keep it within frames 51 to 149")


def test_the_last_cut_stays_in_the_film():
    refused(edits.move_cut, project(cuts=(Cut(100),)), 100, 300, match="within frames 1 to 299")


def test_what_is_no_cut_is_not_moved_removed_or_accepted():
    p = edits.add_cut(project(), 100)
    refused(edits.move_cut, p, 99, 98, match="no cut")
    refused(edits.remove_cuts, p, (100, 99), match="no cut")
    refused(edits.accept_cuts, p, (99,), match="no cut")
    assert edits.accept_cuts(p, (100,)) is p


def test_a_shot_cut_in_two_keeps_its_interval_length_and_joined_again_has_it():
    p = edits.set_shot_interval(project(), 0, 5)
    split = edits.add_cut(p, 100)
    assert dict(split.shot_lengths) == {0: 5, 100: 5}
    assert edits.remove_cuts(split, (100,)) == p


def test_the_length_of_a_shot_whose_proposed_cut_goes_is_there_again_when_it_comes_back():
    p = edits.set_shot_interval(edits.propose_cuts(project(), (100, 200)), 100, 5)
    without = edits.propose_cuts(p, (200,))
    assert without.length_of(without.shot_at(120)) == 17
    again = edits.propose_cuts(without, (100, 200))
    assert again == p


# --- anchors


def test_anchors_by_hand():
    p = edits.add_anchor(edits.add_anchor(project(), 90), 40)
    assert by_hand(p) == (40, 90)
    refused(edits.add_anchor, p, 40, match="already")
    refused(edits.add_anchor, p, 300, match="no frame 300")
    assert by_hand(edits.add_anchors(p, (40, 41))) == (40, 41, 90)
    assert edits.add_anchors(p, (40,)) is p


def test_locked_anchors_stay_where_they_are():
    p = edits.lock_anchors(edits.add_anchors(project(), (40, 90)), (40,), True)
    refused(edits.move_anchor, p, 40, 41, match="locked")
    refused(edits.remove_anchors, p, (40, 90), match="frame 40 is locked")
    assert by_hand(edits.remove_anchors(edits.lock_anchors(p, (40,), False), (40,))) == (90,)
    assert edits.lock_anchors(p, (40,), True) is p
    assert edits.set_still(p, 40, STILL).anchor_at(40) == Anchor(40, STILL, locked=True)


def test_a_proposed_anchor_that_is_locked_is_set_by_hand():
    p = edits.lock_anchors(project(), (36, 18), True)
    assert p.anchors == (Anchor(18, locked=True), Anchor(36, locked=True))
    assert all_anchors(p) == all_anchors(project())
    refused(edits.lock_anchors, project(), (37,), True, match="no anchor")
    assert edits.lock_anchors(project(), (36,), False) == project()


def test_a_moved_anchor_takes_its_still_along_and_may_pass_a_cut():
    p = edits.set_still(edits.add_cut(project(), 100), 40, STILL)
    assert edits.move_anchor(p, 40, 130).anchors == (Anchor(130, STILL),)
    assert edits.move_anchor(p, 40, 40) is p
    refused(edits.move_anchor, edits.add_anchor(p, 50), 40, 50, match="already")
    refused(edits.move_anchor, p, 40, -1, match="no frame -1")
    refused(edits.move_anchor, p, 41, 43, match="no anchor")


def test_the_proposed_anchors_are_those_that_the_engine_will_use():
    dice = random.Random(11)
    for _ in range(60):
        p = project()
        for _ in range(12):
            try:
                p = random_edit(dice, p)(p)
            except StudioError:
                continue
        stills = [anchor.frame for anchor in p.anchors if anchor.edited]
        listed = [anchor.frame for anchor in p.anchors if not anchor.edited]
        plan = plan_intervals(
            p.shots, p.settings.lengths[0], listed=listed, stills=stills, lengths=p.shot_lengths
        )
        assert all_anchors(p) == tuple(sorted({frame for interval in plan for frame in interval.anchors}))
        assert set(proposed_anchors(p)) == set(all_anchors(p)) - set(by_hand(p))
        assert all_anchors(p) == tuple(frame for shot in p.shots for frame in anchors_of_shot(p, shot))


def test_a_dismissed_anchor_leaves_the_others_of_its_shot_as_they_were():
    p = edits.add_cut(project(), 100)
    before = all_anchors(p)
    without = edits.dismiss_anchor(p, 36)
    assert all_anchors(without) == tuple(frame for frame in before if frame != 36)
    assert by_hand(without) == (18, 54, 72, 90)
    assert dict(without.shot_lengths) == {0: BY_HAND_ONLY}
    assert all_anchors(edits.remove_anchors(without, (54, 72))) == (0, 18, 90, *(f for f in before if f >= 99))


def test_dismissing_takes_only_what_is_proposed():
    p = edits.add_anchor(project(), 20)
    refused(edits.dismiss_anchor, p, 20, match="no proposed anchor")
    refused(edits.dismiss_anchor, p, 21, match="no anchor")
    with pytest.raises(StudioError, match="no proposed anchor"):
        edits.dismiss_anchor(p, 21, proposed=proposed_anchors(p))


@pytest.mark.parametrize("frame", [0, 299])
def test_a_shot_keeps_an_anchor_at_each_end(frame):
    refused(edits.dismiss_anchor, project(), frame, match="end of its shot")


def test_an_end_is_free_where_a_still_stands_nearest():
    p = edits.add_anchor(edits.set_still(project(frames=100), 20, STILL), 50)
    assert all_anchors(p) == (20, 50, 68, 86, 99)
    assert all_anchors(edits.dismiss_anchor(p, 68)) == (20, 50, 86, 99)


def test_no_interval_grows_past_what_memory_holds():
    p = edits.set_shot_interval(project(frames=600), 0, 200)
    assert all_anchors(p) == (0, 201, 402, 599)
    refused(edits.dismiss_anchor, p, 201, match="at most 240")


def test_anchors_by_hand_and_proposed_ones_are_removed_together():
    p = edits.add_anchor(project(frames=100), 36)
    assert all_anchors(p) == (0, 18, 36, 54, 72, 90, 99)
    assert all_anchors(edits.remove_anchors(p, (36, 54))) == (0, 18, 72, 90, 99)
    # Alone, the one by hand gives way to a proposal.
    assert edits.remove_anchors(p, (36,)) == project(frames=100)


def test_a_proposed_anchor_can_be_moved():
    p = edits.move_anchor(project(frames=100), 36, 40)
    assert all_anchors(p) == (0, 18, 40, 54, 72, 90, 99)
    assert all_anchors(edits.move_anchor(project(frames=100), 36, 54)) == (0, 18, 54, 72, 90, 99)
    refused(edits.move_anchor, project(frames=100), 0, 4, match="end of its shot")


def test_a_still_makes_an_anchor_and_taking_it_away_leaves_one():
    p = edits.set_still(project(), 40, STILL)
    assert p.anchors == (Anchor(40, STILL),) and p.anchors[0].edited
    assert edits.set_still(p, 40, STILL) is p
    assert edits.set_still(p, 40, None).anchors == (Anchor(40),)
    refused(edits.set_still, p, 41, None, match="no still")


# --- interval lengths, marks, film


def test_a_new_interval_length_keeps_the_anchors_by_hand_and_the_lengths_of_shots():
    p = edits.set_shot_interval(edits.add_anchors(edits.add_cut(project(), 100), (33, 133)), 100, 5)
    longer = edits.set_interval(p, 40)
    assert longer.anchors == p.anchors and longer.shot_lengths == p.shot_lengths
    gaps = [b - a - 1 for a, b in pairwise(anchors_of_shot(longer, longer.shots[0]))]
    assert max(gaps) == 40
    assert edits.set_interval(p, 17) is p


def test_an_ensemble_keeps_its_distances():
    p = edits.set_settings(project(), Settings(lengths=(17, 13, 25)))
    assert edits.set_interval(p, 9).settings.lengths == (9, 5, 17)
    assert edits.set_interval(p, 4).settings.lengths == (4, 1, 12)
    assert edits.set_interval(edits.set_settings(p, Settings(lengths=(5, 1))), 1).settings.lengths == (1,)


@pytest.mark.parametrize("n", [0, -1, 241])
def test_an_interval_length_out_of_range_is_refused(n):
    refused(edits.set_interval, project(), n, match="1 to 240")
    if n:
        refused(edits.set_shot_interval, project(), 0, n, match="1 to 240")


def test_the_interval_length_of_a_shot():
    p = edits.add_cut(project(), 100)
    assert edits.set_shot_interval(edits.set_shot_interval(p, 100, 5), 100, None) == p
    assert edits.set_shot_interval(p, 100, None) is p
    refused(edits.set_shot_interval, p, 99, 5, match="No shot begins at frame 99")


def test_marks():
    p = edits.set_marks(project(), 10, 20)
    assert p.marked == (10, 21)
    assert edits.set_marks(p, 10, 20) is p
    refused(edits.set_marks, p, 21, 20, match="before it begins")
    refused(edits.set_marks, p, 21, 300, match="frame 300")
    assert edits.mark_in(p, 15).marked == (15, 21)
    assert (edits.mark_in(p, 25).in_frame, edits.mark_in(p, 25).out_frame) == (25, None)
    assert (edits.mark_out(p, 5).in_frame, edits.mark_out(p, 5).out_frame) == (None, 5)
    refused(edits.mark_in, p, -1, match="frame -1")


def test_a_film_found_elsewhere():
    p = edits.relink_film(project(), REELS / "moved.mov")
    assert p.film.path == REELS / "moved.mov"
    assert edits.relink_film(p, REELS / "reel.mov") == project()


# --- all of them


def test_no_edit_of_cuts_loses_an_anchor():
    dice = random.Random(5)
    for _ in range(40):
        p = edits.add_anchors(project(), dice.sample(range(300), 8))
        anchors = p.anchors
        for _ in range(25):
            frame, to = dice.randrange(300), dice.randrange(300)
            known = dice.choice(cuts(p)) if p.cuts else frame
            edit = dice.choice((
                lambda p, f=frame: edits.add_cut(p, f),
                lambda p, f=known: edits.remove_cuts(p, (f,)),
                lambda p, f=known, t=to: edits.move_cut(p, f, t),
                lambda p, f=(frame, to): edits.propose_cuts(p, f),
            ))  # fmt: skip
            try:
                p = edit(p)
            except StudioError:
                continue
            assert p.anchors == anchors


def test_random_edits_give_projects_that_stand_or_one_sentence():
    dice = random.Random(3)
    made = 0
    for _ in range(40):
        p = project()
        for _ in range(40):
            edit = random_edit(dice, p)
            before = p
            try:
                p = edit(p)
                made += 1
            except StudioError as error:
                assert "\n" not in str(error) and str(error).endswith(".")
                assert p is before
                continue
            for anchor in before.anchors:
                if anchor.locked and p.anchor_at(anchor.frame) is None:
                    raise AssertionError(f"a locked anchor was lost at {anchor.frame}")
            assert not set(p.rejected_cuts) & set(cuts(p))
    assert made > 400
