"""Frames to places and back, ticks, marks, selection, curves and layout of the timeline: all without a widget."""

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest

from tcvc_studio.project.timecode import Timecode
from tcvc_studio.ui.timeline.curve import CurvePyramid, joined, reduced
from tcvc_studio.ui.timeline.layout import Place, stacked, total
from tcvc_studio.ui.timeline.marks import (
    mark_at,
    moves,
    nearest,
    shift_limits,
    snapped,
    span_at,
    with_mark,
    within,
)
from tcvc_studio.ui.timeline.rows.thumbnails import frames_a_tile
from tcvc_studio.ui.timeline.scale import MAX_PER_FRAME, Scale
from tcvc_studio.ui.timeline.selection import Selection
from tcvc_studio.ui.timeline.ticks import Clock, choose_step, ruler_ticks, steps


def scales(count=300, seed=7):
    """Scales that a restorer may come to by zooming and scrolling."""
    draw = random.Random(seed)
    for _ in range(count):
        scale = Scale.fitted(draw.choice((1, 2, 24, 250, 5000, 200_000)), draw.uniform(1, 3000))
        for _ in range(draw.randrange(6)):
            scale = scale.zoomed(draw.uniform(0.2, 30), draw.uniform(-50, scale.width + 50))
            scale = scale.scrolled(draw.uniform(-10, scale.frames + 10))
        yield scale


def test_every_frame_is_found_at_its_own_place():
    for scale in scales():
        for frame in {0, scale.frames - 1, scale.frames // 2, *scale.visible()} - {scale.frames}:
            assert scale.frame(scale.x(frame + 0.5)) == frame
            assert scale.boundary(scale.x(frame)) == frame


def test_no_place_leads_out_of_the_film():
    for scale in scales():
        for x in (-1e9, -1, 0, scale.width, 1e9):
            assert 0 <= scale.frame(x) < scale.frames
            assert 0 <= scale.boundary(x) < scale.frames


def test_zoom_and_scroll_stay_in_bounds_and_keep_what_is_under_the_cursor():
    for scale in scales():
        assert scale.least_per_frame <= scale.per_frame <= MAX_PER_FRAME
        assert 0 <= scale.first <= scale.last_first
        x = scale.width * 0.3
        zoomed = scale.zoomed(1.7, x)
        if 0 < zoomed.first < zoomed.last_first:
            assert zoomed.place(x) == pytest.approx(scale.place(x), abs=1e-6)
        start, stop = scale.visible()
        assert 0 <= start < stop <= scale.frames


def test_zooming_out_shows_the_whole_film_and_in_a_single_frame():
    scale = Scale.fitted(200_000, 1500)
    assert scale.visible() == (0, 200_000)
    near = scale.zoomed(1e9, 700)
    assert near.per_frame == MAX_PER_FRAME
    assert near.frame(700) == scale.frame(700)
    assert near.zoomed(1e-9, 0) == scale
    assert Scale.fitted(1, 1500).per_frame == MAX_PER_FRAME


def test_a_frame_is_brought_into_the_window_no_further_than_needed():
    for scale in scales():
        for frame in (0, scale.frames // 3, scale.frames - 1):
            seen = scale.showing(frame, margin=20)
            if scale.width > scale.per_frame:
                assert seen.x(frame) >= -1e-6 and seen.x(frame + 1) <= seen.width + 1e-6
            paged = scale.paged(frame)
            if scale.width > 2 * scale.per_frame:
                assert paged.x(frame) >= -1e-6 and paged.x(frame + 1) <= paged.width + 1e-6
    scale = Scale.fitted(1000, 100).zoomed(20, 0)
    assert scale.showing(10) is scale


def test_a_resized_window_keeps_its_zoom_or_goes_on_showing_the_whole_film():
    whole = Scale.fitted(1000, 500)
    assert whole.resized(800) == Scale.fitted(1000, 800)
    near = whole.zoomed(10, 250)
    assert near.resized(800).per_frame == near.per_frame
    assert near.resized(800).first == near.first


def test_columns_hold_every_visible_frame_once():
    for scale in scales():
        for ratio in (1.0, 1.5, 2.0):
            edges = scale.edges(ratio)
            assert (np.diff(edges) >= 0).all() and edges[0] == scale.visible()[0]
            assert edges[-1] >= scale.visible()[1] - 1


# -- time codes


@pytest.mark.parametrize(
    ("rate", "timecode"),
    [
        (Fraction(25), None), (Fraction(24000, 1001), "01:00:00:00"), (Fraction(24), "09:59:59:20"),
        (Fraction(30000, 1001), "00:58:59;20"), (Fraction(60000, 1001), "23:59:00;04"),
        (Fraction(30000, 1001), "01:00:00:00"), (Fraction(1), None), (Fraction(120), None),
    ],
)  # fmt: skip
def test_the_clock_agrees_with_time_codes_and_inverts_them(rate, timecode):
    clock = Clock(rate, timecode)
    zero = Timecode.parse(timecode, rate) if timecode else Timecode(0, rate)
    for frame in [*range(0, 4000, 7), 17_981, 17_982, 17_983, 107_892, 199_999]:
        text = str(Timecode(zero.frames + frame, rate, zero.drop))
        assert clock.text(frame) == text
        count = int(text.replace(";", ":").split(":")[-1])
        assert clock.frame(clock.second(frame), count) == frame
        assert clock.first_of_second(clock.second(frame)) <= frame


def test_a_dropped_number_is_no_frame():
    clock = Clock(Fraction(30000, 1001), "00:00:00;00")
    assert clock.frame(60, 0) is None and clock.frame(60, 1) is None
    assert clock.text(clock.frame(60, 2)) == "00:01:00;02" == clock.text(clock.first_of_second(60))
    assert clock.frame(600, 0) == 17_982


def test_an_impossible_time_code_counts_from_zero():
    assert Clock(Fraction(25), "nonsense").text(26) == "00:00:01:01"
    assert Clock(Fraction(25), "00:00:00;00").text(0) == "00:00:00:00"


@pytest.mark.parametrize("timecode", [None, "10:00:00:00", "00:59:58;11"])
def test_ticks_are_round_apart_and_in_the_window(timecode):
    clock = Clock(Fraction(30000, 1001), timecode)
    for scale in scales(150):
        ticks = ruler_ticks(scale, clock, room=90)
        frames = [tick.frame for tick in ticks]
        assert frames == sorted(set(frames)) and all(0 <= frame < scale.frames for frame in frames)
        named = [tick for tick in ticks if tick.text]
        assert all(tick.text == clock.text(tick.frame) for tick in named)
        length = choose_step(scale, clock.count_rate, room=90).length(clock.count_rate)
        # Dropped numbers bring two ticks nearer: by four frames, or by a thousandth of what lies between.
        gaps = [b.frame - a.frame for a, b in itertools.pairwise(named)]
        assert all(gap >= length * 0.998 - 4 for gap in gaps)
        assert len(ticks) <= scale.width / 5 + 20


def test_steps_ascend_and_divide_a_second():
    for rate in (1, 24, 25, 30, 48, 50, 60, 100, 120):
        lengths = [step.length(rate) for step in steps(rate)]
        assert lengths == sorted(set(lengths))
        assert all(rate % step.frames == 0 for step in steps(rate) if step.frames)


# -- marks


def test_the_nearest_mark_within_reach_is_hit():
    frames = np.array([10, 20, 21, 400])
    scale = Scale.fitted(1000, 1000).zoomed(4, 0)
    assert mark_at(frames, scale, scale.x(20) + 1, reach=6, middle=False) == 20
    assert mark_at(frames, scale, scale.x(21) + 5, reach=6, middle=False) == 21
    assert mark_at(frames, scale, scale.x(21) + 7, reach=6, middle=False) is None
    assert mark_at(frames, scale, scale.x(10.5), reach=1, middle=True) == 10
    assert mark_at(np.array([], np.int64), scale, 3, reach=6, middle=False) is None


def test_nearest_agrees_with_looking_at_all():
    draw = random.Random(3)
    for _ in range(300):
        frames = np.array(sorted(draw.sample(range(200), draw.randrange(1, 30))))
        place = draw.uniform(-10, 210)
        assert nearest(frames, place) == min(frames.tolist(), key=lambda frame: (abs(frame - place), frame))


def test_snapping_takes_the_nearest_target_within_reach_but_never_itself():
    targets = [np.array([100, 200]), np.array([203])]
    assert snapped(104, targets, reach=5, without=frozenset()) == 100
    assert snapped(202, targets, reach=5, without=frozenset()) == 203
    assert snapped(106, targets, reach=5, without=frozenset()) == 106
    assert snapped(101, targets, reach=5, without=frozenset({100})) == 101
    # At single frames the reach is less than one.
    assert snapped(101, targets, reach=0.3, without=frozenset()) == 101


def test_marks_that_move_together_neither_meet_nor_leave_the_film():
    draw = random.Random(11)
    for _ in range(400):
        frames = np.array(sorted(draw.sample(range(1, 60), draw.randrange(1, 12))))
        moved = frozenset(draw.sample(frames.tolist(), draw.randrange(1, len(frames) + 1)))
        least, most = shift_limits(frames, moved, first=1, last=59)
        stays = set(frames.tolist()) - moved
        for delta in (least, most):
            for way in range(min(0, delta), max(0, delta) + 1):
                places = {frame + way for frame in moved}
                assert not places & stays and min(places) >= 1 and max(places) <= 59
        # One further is one too far, or through a mark that stays.
        for delta in (least - 1, most + 1):
            places = {frame + delta for frame in moved}
            assert places & stays or min(places) < 1 or max(places) > 59
        at = list(frames.tolist())
        for frame, to in moves(moved, most):
            assert to not in at
            at[at.index(frame)] = to
    assert shift_limits(np.array([5]), frozenset(), first=0, last=9) == (0, 0)
    assert moves({3, 4}, 0) == []


def test_marks_of_the_range_never_pass_each_other():
    assert with_mark((None, None), which="in", frame=5) == (5, None)
    assert with_mark((5, None), which="out", frame=5) == (5, 5)
    assert with_mark((5, 9), which="in", frame=12) == (12, None)
    assert with_mark((5, 9), which="out", frame=2) == (None, 2)
    assert with_mark((5, 9), which="in", frame=None) == (None, 9)


def test_the_span_that_holds_a_frame():
    spans = ((5, 8), (8, 9), (20, 40))
    found = [span_at(spans, frame) for frame in (4, 5, 7, 8, 9, 20, 39, 40)]
    assert found == [None, (5, 8), (5, 8), (8, 9), None, (20, 40), (20, 40), None]
    assert span_at((), 3) is None


def test_selection_by_click_ctrl_and_shift():
    cuts, anchors = np.array([10, 20, 30, 40]), np.array([5, 15])
    one = Selection().only("cut", 20)
    assert one.cuts == {20} and not one.anchors
    more = one.extended("cut", 40, cuts)
    assert more.cuts == {20, 30, 40}
    assert more.extended("cut", 10, cuts).cuts == {10, 20}
    both = more.toggled("anchor", 5)
    assert both.cuts == {20, 30, 40} and both.anchors == {5}
    assert both.toggled("cut", 30).cuts == {20, 40}
    assert both.extended("cut", 10, cuts).cuts == {10}
    moved = one.moved("cut", 20, 22)
    assert moved.cuts == {22} and moved.pivot == ("cut", 22)
    assert one.moved("cut", 30, 31) is one
    assert both.kept(np.array([30]), anchors).cuts == {30}
    assert both.kept(cuts, anchors) is both
    assert Selection().only("cut", 10).kept(np.array([11]), anchors) == Selection()


def test_within_is_half_open():
    frames = np.array([1, 5, 9])
    assert frames[within(frames, 1, 9)].tolist() == [1, 5]


# -- curves


def test_columns_show_least_and_greatest_of_their_frames():
    random_values = np.random.default_rng(2)
    values = random_values.random(30_000).astype(np.float32)
    values[1000:1500] = np.nan
    values[20_000] = 9
    curve = CurvePyramid(values)
    for scale in scales(60):
        if scale.frames != 5000:
            continue
        own = CurvePyramid(values[: scale.frames])
        for ratio in (1.0, 2.0):
            low, high = own.columns(scale, ratio)
            edges = scale.edges(ratio)
            assert len(low) == len(high) == len(edges) - 1
            # Exact where no coarser level was used, else within the column's neighbours.
            if 1 / (scale.per_frame * ratio) < 16:
                for column in range(0, len(low), 97):
                    a, b = int(edges[column]), max(int(edges[column]) + 1, int(edges[column + 1]))
                    part = values[a : min(b, scale.frames)]
                    if a >= scale.frames or np.isnan(part).all():
                        assert np.isnan(low[column])
                    else:
                        assert low[column] == np.nanmin(part) and high[column] == np.nanmax(part)
    whole = Scale.fitted(30_000, 700)
    low, high = curve.columns(whole, 1.0)
    assert np.nanmax(high) == 9 and np.nanmin(low) == np.nanmin(values)
    assert abs(int(np.nanargmax(high)) - 20_000 * 700 / 30_000) <= 1


def test_no_peak_is_lost_at_any_zoom():
    values = np.zeros(200_000, np.float32)
    values[123_456] = 1
    curve = CurvePyramid(values)
    scale = Scale.fitted(200_000, 1496)
    while scale.per_frame < MAX_PER_FRAME:
        _, high = curve.columns(scale, 1.0)
        x = scale.x(123_456.5)
        assert np.nanmax(high) == 1 and abs(int(np.nanargmax(high)) - x) <= max(2, scale.per_frame)
        scale = scale.zoomed(1.5, x)


def test_curves_of_nothing():
    curve = CurvePyramid(np.full(5000, np.nan, np.float32))
    low, high = curve.columns(Scale.fitted(5000, 300), 1.0)
    assert np.isnan(low).all() and np.isnan(high).all() and curve.ceiling == 0
    assert CurvePyramid(np.array([3.0])).ceiling == 3


def test_joined_columns_touch():
    low, high = joined(np.array([0.0, 5, np.nan, 7]), np.array([1.0, 6, np.nan, 8]))
    assert low.tolist()[:2] == [0, 1] and high.tolist()[:2] == [1, 6]
    assert np.isnan(low[2]) and low[3] == 7


def test_reduction_leaves_columns_past_the_end():
    found = reduced(np.maximum, np.array([1, 5, 2], np.uint8), np.array([0, 2, 3, 3]), 255)
    assert found.tolist() == [5, 2, 255]


# -- layout


def test_rows_share_what_is_left():
    places = stacked([(30, 0), (20, 1), (20, 3)], 112)
    assert places == (Place(0, 30), Place(31, 30), Place(62, 50))
    assert total(places) == 112
    assert total(stacked([(30, 0), (20, 1)], 10)) == 51
    assert stacked([], 100) == () and total(()) == 0


def test_thumbnails_never_overlap():
    for per_frame in (0.005, 0.3, 1, 7.77, 96, 160):
        assert frames_a_tile(per_frame, 96) * per_frame >= 96 - 1e-6
