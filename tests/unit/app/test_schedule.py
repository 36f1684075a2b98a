"""The order of rendering, told without rendering."""

import pytest

from tcvc_studio.app.schedule import WINDOW, LayerPlan, near_span, next_task, windows
from tcvc_studio.engine.pieces import Piece
from tcvc_studio.engine.plan import plan_intervals, plan_single
from tcvc_studio.project.shots import shots_from_cuts


def _layers(frames, cuts=(), *, lengths=(17,)):
    shots = shots_from_cuts(cuts, frames)
    whole = shots_from_cuts((), frames)

    def pieces(name, intervals):
        return tuple(Piece(i, f"{name} {i.first}-{i.last}") for i in intervals)

    tcvc = tuple(pieces(f"t{n}", plan_intervals(shots, n)) for n in lengths)
    return [LayerPlan("tcvc", tcvc), LayerPlan("backbone", (pieces("b", plan_single(whole)),))], shots


def _order(layers, shots, playhead):
    """All tasks, each done before the next is asked for."""
    done, tasks = set(), []
    while (task := next_task(layers, shots, playhead, done=done)) is not None:
        assert not done & {piece.key for piece in task.pieces}
        done |= {piece.key for piece in task.pieces}
        tasks.append(task)
    assert done == set().union(*(layer.keys for layer in layers))
    return tasks


def _frames(task):
    return {frame for piece in task.pieces for frame in range(piece.interval.first, piece.interval.stop)}


def test_the_playheads_interval_comes_first_in_both_layers():
    layers, shots = _layers(1000, (300, 600))
    tasks = _order(layers, shots, 420)
    assert [task.layer for task in tasks[:2]] == ["tcvc", "backbone"]
    assert [(p.interval.first, p.interval.last) for p in tasks[0].pieces] == [(408, 426)]
    assert _frames(tasks[1]) >= set(range(408, 426))
    assert len(tasks[1].pieces) == 2


def test_then_its_shot_onwards_and_back_then_the_shots_around():
    layers, shots = _layers(1200, (300, 600, 900))
    tasks = [task for task in _order(layers, shots, 420) if task.layer == "tcvc"]
    places = [next(i for i, shot in enumerate(shots) if task.pieces[0].interval.first in shot) for task in tasks]
    firsts = list(dict.fromkeys(places))
    assert firsts == [1, 2, 0, 3]
    assert places == sorted(places, key=firsts.index)
    own = [task.start for task in tasks if 300 <= task.start < 600]
    onwards = [start for start in own if start >= 408]
    assert own[: len(onwards)] == sorted(onwards)
    assert own[len(onwards) :] == sorted(own[len(onwards) :], reverse=True)


@pytest.mark.parametrize("playhead", [0, 1, 299, 300, 999])
def test_the_layers_keep_step_from_anywhere(playhead):
    layers, shots = _layers(1000, (300, 301, 640))
    seen = {"tcvc": 0, "backbone": 0}
    for task in _order(layers, shots, playhead):
        seen[task.layer] += len(_frames(task))
        assert abs(seen["tcvc"] - seen["backbone"]) <= 2 * WINDOW


def test_all_lengths_of_an_ensemble_are_rendered_together():
    layers, shots = _layers(200, lengths=(5, 9, 17))
    task = next_task(layers, shots, 50, done=())
    assert {piece.key.split()[0] for piece in task.pieces} == {"t5", "t9", "t17"}
    ends = [(piece.interval.last, piece.interval.first) for piece in task.pieces]
    assert ends == sorted(ends)


def test_windows_cover_the_film_and_near_ones_come_first():
    layers, shots = _layers(5000, range(100, 5000, 170))
    near = near_span(layers, 2222)
    spans = list(windows(shots, 2222, near))
    assert spans[0] == near and near[0] <= 2222 < near[1]
    assert set().union(*(range(*span) for span in spans)) == set(range(5000))
    shot = next(shot for shot in shots if 2222 in shot)
    alone = list(windows(shots, 2222, near, shot_alone=True))
    assert set().union(*(range(*span) for span in alone)) == set(range(shot.start, shot.stop))


def test_what_is_wrong_with_one_piece_is_found_by_rendering_it_alone():
    layers, shots = _layers(400)
    first = next_task(layers, shots, 0, done=layers[1].keys | {"t17 0-18"})
    assert len(first.pieces) > 1
    alone = next_task(layers, shots, 0, done=layers[1].keys | {"t17 0-18"}, alone={p.key for p in first.pieces})
    assert alone.pieces == first.pieces[:1]


def test_nothing_is_left_where_all_is_done():
    layers, shots = _layers(400)
    assert next_task(layers, shots, 7, done=layers[0].keys | layers[1].keys) is None


def test_pieces_are_found_by_the_frames_they_hold():
    layers, _ = _layers(100, (40,))
    assert [p.interval.first for p in layers[0].covering(17, 19)] == [0, 18]
    assert [p.interval.first for p in layers[0].covering(39, 40)] == [36]
    assert [p.interval.first for p in layers[0].covering(40, 41)] == [40]
    for frame in range(100):
        (piece,) = layers[0].at(frame)
        assert piece.interval.first <= frame < piece.interval.stop
