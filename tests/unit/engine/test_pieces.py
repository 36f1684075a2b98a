"""Pieces with their keys, told without rendering, and rendered some at a time."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.events import Planned, Rendered
from tcvc_studio.engine.job import project_anchors, project_job
from tcvc_studio.engine.pieces import planned_pieces
from tcvc_studio.engine.pipeline import run
from tcvc_studio.engine.render import Renderer
from tcvc_studio.engine.stored import StoredColor, turned_as_coded
from tcvc_studio.engine.window import as_coded
from tcvc_studio.errors import StudioError
from tcvc_studio.project.model import Anchor, Cut, FilmReference, Project
from tests.unit.engine.fakes import ListSink, MemoryFilm, job, models


def project_of(film: MemoryFilm, **fields) -> Project:
    info = film.info
    reference = FilmReference(
        path=info.path, fingerprint="film", frames=info.frames, rate=Fraction(24), width=info.width, height=info.height
    )
    return Project(film=reference, **fields)


def _still(path, color=(40, 40, 200)):
    cv2.imwrite(str(path), np.full((64, 64, 3), color, np.uint8))
    return path


def test_the_keys_are_those_under_which_a_run_keeps_its_results(tmp_path):
    film, cache = MemoryFilm(60), ChromaCache(tmp_path)
    the_job = job(film, lengths=(5, 9))
    pieces = planned_pieces(the_job, "fake")
    assert len(pieces) == 2
    assert not any(cache.there(piece.key) for plan in pieces for piece in plan)
    list(run(the_job, open_film=film.reopen, models=models(), cache=cache))
    assert cache.keys() == {piece.key for plan in pieces for piece in plan}
    assert all(cache.there(piece.key) for plan in pieces for piece in plan)


def test_some_pieces_are_rendered_and_neighbours_share_their_anchor_in_any_order(tmp_path):
    film, cache, network = MemoryFilm(55), ChromaCache(tmp_path), models()
    the_job = job(film)
    (plan,) = planned_pieces(the_job, network.key)
    renderer = Renderer(network)
    for piece in (plan[1], plan[0], plan[2]):
        events = list(run(
            the_job, open_film=film.reopen, models=network, cache=cache, pieces=((piece,),), renderer=renderer
        ))  # fmt: skip
        assert [e.interval for e in events if isinstance(e, Rendered)] == [piece.interval]
    assert network.backbone.encoded == 4
    whole = ListSink()
    events = list(run(the_job, open_film=film.reopen, models=models(), cache=cache, sink=whole))
    assert events[0] == Planned(intervals=3, reused=3, frames=55)
    fresh = ListSink()
    list(run(the_job, open_film=film.reopen, models=models(), cache=ChromaCache(tmp_path / "b"), sink=fresh))
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(whole.frames, fresh.frames, strict=True))


def test_stored_color_is_what_a_sink_gets(tmp_path):
    film, cache, sink = MemoryFilm(30, width=96, height=64, rotation=90), ChromaCache(tmp_path), ListSink()
    the_job = job(film, lengths=(5, 9))
    list(run(the_job, open_film=film.reopen, models=models(), cache=cache, sink=sink))
    stored = StoredColor(planned_pieces(the_job, "fake"), cache)
    for number, ab in sink.frames:
        assert np.array_equal(turned_as_coded(stored.ab(number), 90), ab[0].numpy())
    with pytest.raises(KeyError):
        StoredColor(planned_pieces(the_job, "other models"), cache).ab(3)


@pytest.mark.parametrize("rotation", [0, 90, -90, 180, 270])
def test_turning_without_torch_is_turning_with_it(rotation):
    ab = np.arange(2 * 3 * 5, dtype=np.float32).reshape(2, 3, 5)
    assert np.array_equal(turned_as_coded(ab, rotation), as_coded(torch.from_numpy(ab), rotation).numpy())


def test_a_still_out_of_reach_is_not_asked_for(tmp_path):
    film = MemoryFilm(100)
    stills = {20: _still(tmp_path / "a.png"), 80: tmp_path / "gone.png"}
    near = replace(job(film, listed=[0, 20, 40, 60, 80, 99], stills=stills), start=5, stop=15)
    assert planned_pieces(near, "fake")
    with pytest.raises(StudioError, match=r"gone\.png"):
        planned_pieces(replace(near, stop=70), "fake")


def test_digests_are_asked_once_a_still(tmp_path):
    film, asked = MemoryFilm(40), []
    the_job = job(film, listed=[0, 10, 20], stills={10: tmp_path / "a.png"})
    planned_pieces(the_job, "fake", digest=lambda path: asked.append(path) or "x")
    assert asked == [tmp_path / "a.png"]


def test_a_projects_backbone_is_made_stale_by_no_cut_anchor_or_length(tmp_path):
    film = MemoryFilm(100, width=128, height=128)
    still = _still(tmp_path / "a.png")
    plain = project_of(film)
    edited = project_of(film, cuts=(Cut(33),), anchors=(Anchor(7, still),), shot_lengths={33: 5})
    edited = replace(edited, settings=replace(edited.settings, lengths=(9,), fusion="blend"))
    keys = [
        [piece.key for piece in planned_pieces(project_job(p, film.info, fingerprint="f", layer="backbone"), "m")[0]]
        for p in (plain, edited)
    ]
    assert keys[0] == keys[1]
    smaller = replace(plain, settings=replace(plain.settings, working_size=64))
    other = project_job(smaller, film.info, fingerprint="f", layer="backbone")
    assert keys[0] != [piece.key for piece in planned_pieces(other, "m")[0]]


def test_a_projects_job_has_its_shots_anchors_stills_and_lengths(tmp_path):
    film = MemoryFilm(100)
    project = project_of(film, cuts=(Cut(40, proposed=True),), anchors=(Anchor(7), Anchor(50, tmp_path / "a.png")),
                         shot_lengths={40: 0})  # fmt: skip
    the_job = project_job(project, film.info, fingerprint="f", span=(10, 20))
    assert (the_job.start, the_job.stop, the_job.listed) == (10, 20, (7, 50))
    assert the_job.stills == {50: tmp_path / "a.png"}
    assert [shot.start for shot in the_job.shots] == [0, 40]
    assert the_job.lengths == {40: 0}


def test_a_film_that_is_not_the_projects_is_refused():
    with pytest.raises(StudioError, match="open the film that belongs"):
        project_job(project_of(MemoryFilm(100)), MemoryFilm(99).info, fingerprint="f")


def test_a_projects_anchors_are_those_of_its_intervals(tmp_path):
    film = MemoryFilm(300)
    project = project_of(
        film, cuts=(Cut(40), Cut(90), Cut(91), Cut(200)), shot_lengths={91: 0, 200: 5},
        anchors=(Anchor(7), Anchor(50, tmp_path / "a.png"), Anchor(120), Anchor(130, tmp_path / "b.png"), Anchor(205)),
    )  # fmt: skip
    (plan,) = project_job(project, film.info, fingerprint="f").intervals()
    assert project_anchors(project) == tuple(sorted({frame for interval in plan for frame in interval.anchors}))
