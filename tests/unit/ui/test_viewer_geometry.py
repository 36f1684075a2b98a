"""Zoom and pan: one view for all pictures, exact at 100 %, no gap beside a picture that could fill its box."""

import pytest

from tcvc_studio.ui.viewer.geometry import (
    LEAST,
    MOST,
    SCALES,
    Box,
    View,
    best_divisor,
    cells,
    fit_scale,
    held_line,
    next_scale,
    panned,
    placed,
    visible_middle,
    wiped,
    zoomed,
)

SIZE = (640, 272)
BOX = Box(10, 20, 500, 400)


def test_a_fitted_picture_touches_two_sides_and_lies_in_the_middle():
    place = placed(View(), SIZE, BOX)
    assert place.scale == 500 / 640
    assert place.x == 10
    assert place.y == 20 + round((400 - 272 * 500 / 640) / 2)


def test_at_one_to_one_the_corner_lies_on_a_whole_pixel():
    for share in (0.1, 0.333, 0.5, 0.77):
        for width in (499, 500, 501):
            place = placed(View(1.0, share, share), SIZE, Box(0, 0, width, 201))
            assert place.scale == 1.0 and isinstance(place.x, int) and isinstance(place.y, int)


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.5, 9.0])
def test_zooming_keeps_the_point_under_the_cursor(scale):
    view = zoomed(View(), SIZE, BOX, scale=2.0)
    at = (300.0, 200.0)
    before = placed(view, SIZE, BOX).to_image(*at)
    after = placed(zoomed(view, SIZE, BOX, scale=scale, at=at), SIZE, BOX)
    for axis, length, room in ((0, 640 * scale, 500), (1, 272 * scale, 400)):
        if length > room:
            assert abs(after.to_box(*before)[axis] - at[axis]) <= 1
        else:
            assert (after.x, after.y)[axis] == (BOX.x, BOX.y)[axis] + round((room - length) / 2)


def test_no_view_leaves_a_gap_where_the_picture_could_fill_the_box():
    view = zoomed(View(), SIZE, BOX, scale=4.0)
    for dx, dy in ((1e6, 0), (-1e6, 0), (0, 1e6), (0, -1e6), (37, -12)):
        place = placed(panned(view, SIZE, BOX, dx=dx, dy=dy), SIZE, BOX)
        assert place.x <= BOX.x and place.x + 640 * 4 >= BOX.x + BOX.width
        assert place.y <= BOX.y and place.y + 272 * 4 >= BOX.y + BOX.height


def test_panning_moves_the_picture_by_what_was_dragged_and_back_again():
    view = zoomed(View(), SIZE, BOX, scale=4.0)
    moved = panned(view, SIZE, BOX, dx=-40, dy=25)
    before, after = placed(view, SIZE, BOX), placed(moved, SIZE, BOX)
    assert (after.x - before.x, after.y - before.y) == (-40, 25)
    assert placed(panned(moved, SIZE, BOX, dx=40, dy=-25), SIZE, BOX) == before


def test_panning_at_the_edge_does_not_store_what_it_could_not_do():
    view = zoomed(View(), SIZE, BOX, scale=4.0)
    far = panned(view, SIZE, BOX, dx=1e6, dy=0)
    assert placed(panned(far, SIZE, BOX, dx=-10, dy=0), SIZE, BOX).x == BOX.x - 10


def test_a_fitted_view_does_not_pan():
    assert panned(View(), SIZE, BOX, dx=50, dy=50) == View()


def test_zoom_is_bounded():
    assert zoomed(View(), SIZE, BOX, scale=1000).scale == MOST
    assert zoomed(View(), SIZE, BOX, scale=0).scale == LEAST


def test_steps_climb_the_scales_and_come_down_again():
    assert next_scale(1.0, 1) == 1.5 and next_scale(1.0, -1) == pytest.approx(2 / 3)
    assert next_scale(0.78, 1) == 1.0 and next_scale(0.78, -1) == pytest.approx(2 / 3)
    assert next_scale(MOST, 1) == MOST and next_scale(LEAST, -1) == LEAST
    scale = LEAST
    for expected in SCALES[1:]:
        scale = next_scale(scale, 1)
        assert scale == expected


def test_the_same_point_of_the_film_lies_under_the_same_point_of_each_box():
    left, right = cells(2, SIZE, Box(0, 0, 1201, 500), gap=1, header=24)
    view = zoomed(View(), SIZE, left, scale=3.0, at=(100, 200))
    one, other = placed(view, SIZE, left), placed(view, SIZE, right)
    assert (left.width, left.height) == (right.width, right.height)
    assert one.to_image(left.x + 77, 300) == other.to_image(right.x + 77, 300)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_cells_lie_apart_within_the_area_below_their_headers(count):
    area = Box(0, 0, 1000, 600)
    boxes = cells(count, SIZE, area, gap=2, header=20)
    assert len(boxes) == count
    for box in boxes:
        assert box.x >= 0 and box.y >= 20 and box.x + box.width <= 1000 and box.y + box.height <= 600
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            above = one.y + one.height <= other.y - 20 or other.y + other.height <= one.y - 20
            assert beside or above


def test_three_wide_pictures_stand_two_above_one_where_that_is_larger():
    wide = cells(3, (2048, 858), Box(0, 0, 1200, 900), gap=2, header=20)
    assert wide[2].y > wide[0].y and wide[0].y == wide[1].y
    flat = cells(3, (640, 480), Box(0, 0, 1800, 480), gap=2, header=20)
    assert len({box.y for box in flat}) == 1


def test_an_area_of_nothing_still_has_boxes():
    for box in cells(3, SIZE, Box(0, 0, 1, 1), gap=2, header=20):
        assert box.width >= 1 and box.height >= 1
        assert placed(View(), SIZE, box).scale > 0


def test_the_wipe_line_stays_at_its_column_of_the_film():
    near, far = zoomed(View(), SIZE, BOX, scale=2.0), zoomed(View(), SIZE, BOX, scale=1.0)
    line = 321.0
    for view in (View(), near, far):
        place = placed(view, SIZE, BOX)
        assert abs(place.to_image(wiped(line, place, BOX), 0)[0] - line) <= 0.5 / place.scale
    # Out of sight it rests at the edge.
    assert wiped(0.0, placed(near, SIZE, BOX), BOX) == BOX.x
    assert held_line(-5, 640) == 0 and held_line(900, 640) == 640


def test_the_middle_of_what_is_seen():
    assert visible_middle(placed(View(), SIZE, BOX), BOX, 640) == pytest.approx(320, abs=1)
    left = panned(zoomed(View(), SIZE, BOX, scale=4.0), SIZE, BOX, dx=1e6, dy=0)
    assert visible_middle(placed(left, SIZE, BOX), BOX, 640) == pytest.approx(62.5)


def test_pictures_are_made_no_larger_than_they_are_seen_and_never_enlarged():
    divisors = (1, 2, 4, 8, 16)
    assert best_divisor(1.0, divisors) == 1 and best_divisor(3.0, divisors) == 1
    assert best_divisor(0.5, divisors) == 2 and best_divisor(0.51, divisors) == 1
    assert best_divisor(0.24, divisors) == 4 and best_divisor(0.01, divisors) == 16


def test_fit_may_enlarge():
    assert fit_scale((100, 50), Box(0, 0, 400, 400)) == 4.0
