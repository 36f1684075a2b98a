"""Automatic anchors settle with frames beside them: where these agree, of their own shot, in whatever order."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.color.working import working_lightness
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.neighbours import settled_features
from tcvc_studio.engine.pieces import planned_pieces
from tcvc_studio.engine.pipeline import run
from tcvc_studio.engine.plan import REACH, plan_intervals
from tcvc_studio.engine.render import Models, Renderer
from tcvc_studio.project.shots import Shot
from tests.unit.engine.fakes import ListSink, MemoryFilm, StillFlow, job, models


def _models() -> Models:
    return replace(models(), neighbours=(3, REACH))


def _run(the_job, film, cache, network=None, **options) -> ListSink:
    sink = ListSink()
    list(run(the_job, open_film=film.reopen, models=network or _models(), cache=cache, sink=sink, **options))
    return sink


def _lightness(film: MemoryFilm, number: int) -> float:
    return float(working_lightness(film.luma(number), film.info.format, (64, 64)).mean())


@pytest.fixture
def cache(tmp_path) -> ChromaCache:
    return ChromaCache(tmp_path)


class _Shifted:
    """Every frame given second lies so many pixels further right than the first; there and back."""

    key = "shifted"

    def __init__(self, first: torch.Tensor, pixels: int) -> None:
        self._first, self._pixels = first, pixels

    def __call__(self, current: torch.Tensor, neighbour: torch.Tensor, start=None) -> torch.Tensor:
        flow = torch.zeros(current.shape[0], 2, *current.shape[2:])
        for i, frame in enumerate(current):
            flow[i, 0] = self._pixels if torch.equal(frame, self._first[0]) else -self._pixels
        return flow


def test_the_mean_where_frames_agree():
    own, beside = torch.randn(1, 3, 8, 8), torch.randn(4, 3, 8, 8)
    l = torch.full((1, 1, 16, 16), 40.0)  # noqa: E741
    options = {"lightness": l, "beside_lightness": l.expand(4, -1, -1, -1), "flow": StillFlow(), "stride": 2}
    settled = settled_features(own, beside, **options)
    torch.testing.assert_close(settled, torch.cat((own, beside)).mean(0, keepdim=True))
    torch.testing.assert_close(settled_features(own, beside, at_once=3, **options), settled)
    assert settled_features(own.half(), beside.half(), **options).dtype == torch.float16


def test_the_anchors_own_where_nothing_is_found_again():
    own, beside = torch.zeros(1, 3, 8, 8), torch.ones(2, 3, 8, 8)
    light, dark = torch.full((1, 1, 16, 16), 90.0), torch.full((2, 1, 16, 16), 10.0)
    settled = settled_features(own, beside, lightness=light, beside_lightness=dark, flow=StillFlow(), stride=2)
    assert settled.max() < 0.01


def test_what_moved_is_fetched_from_where_it_went():
    generator = torch.Generator().manual_seed(3)
    l = 100 * torch.rand(1, 1, 32, 32, generator=generator)  # noqa: E741
    own = torch.randn(1, 2, 16, 16, generator=generator)
    moved = {"lightness": l, "beside_lightness": l.roll(4, dims=-1), "stride": 2}
    settled = settled_features(own, own.roll(2, dims=-1), flow=_Shifted(l, 4), **moved)
    torch.testing.assert_close(settled[..., :12], own[..., :12])
    unfollowed = settled_features(own, own.roll(2, dims=-1), flow=StillFlow(), **moved)
    assert (unfollowed - own)[..., :12].abs().mean() < 0.1


def test_an_anchor_at_a_beginning_leans_on_what_comes(cache):
    film = MemoryFilm(37)
    a = _run(job(film), film, cache).a()
    assert _lightness(film, 0) + 0.5 < a[0] < _lightness(film, REACH)
    assert a[18] == pytest.approx(_lightness(film, 18), abs=0.1)
    assert _lightness(film, 36 - REACH) < a[36] < _lightness(film, 36) - 0.5


def test_color_never_crosses_a_cut(cache):
    film = MemoryFilm(40)
    # So like each other that across the cut they would be taken for the same.
    film.luma = lambda number: np.full((64, 64), 60 if number < 20 else 61, np.uint8)
    a = _run(job(film, cuts=(20,)), film, cache).a()
    assert max(np.ptp(a[:20]), np.ptp(a[20:])) < 1e-3 < a[20] - a[19]


def test_neighbours_share_their_anchor_in_any_order(tmp_path):
    film, network = MemoryFilm(55), _models()
    (plan,) = planned_pieces(job(film), network.key)
    cache = ChromaCache(tmp_path / "a")
    for piece in (plan[1], plan[0], plan[2]):
        list(run(job(film), open_film=film.reopen, models=network, cache=cache, pieces=((piece,),)))
    one_by_one = _run(job(film), film, cache)
    whole = _run(job(film), film, ChromaCache(tmp_path / "b"))
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(one_by_one.frames, whole.frames, strict=True))


def test_a_part_has_the_color_it_has_in_the_whole(tmp_path):
    film = MemoryFilm(80)
    whole = dict(_run(job(film), film, ChromaCache(tmp_path / "a")).frames)
    film.read.clear()
    part = _run(job(film, start=30, stop=41), film, ChromaCache(tmp_path / "b"))
    assert all(torch.equal(x, whole[n]) for n, x in part.frames)
    assert (min(film.read), max(film.read)) == (18 - REACH, 54 + REACH)


def test_a_cut_beyond_an_interval_is_in_its_key_only_where_its_anchors_look(cache):
    film = MemoryFilm(80)
    near, far = (job(film, listed=[0, 10, 20, 26, 79], cuts=cuts) for cuts in ((24,), (40,)))
    keys = [{(p.interval.first, p.interval.last): p.key for p in planned_pieces(j, "m")[0]} for j in (near, far)]
    assert keys[0][0, 10] == keys[1][0, 10]
    assert keys[0][10, 20] != keys[1][10, 20]


def test_a_painted_anchor_and_single_images_look_nowhere_else(cache, tmp_path):
    film, network = MemoryFilm(19), _models()
    still = tmp_path / "000018.png"
    cv2.imwrite(str(still), np.full((64, 64, 3), (40, 40, 200), np.uint8))
    _run(job(film, listed=[0, 18], stills={18: still}), film, cache, network)
    assert network.backbone.encoded == 1 + 2 + 1
    alone = _models()
    _run(job(film, single_image=True), film, cache, alone)
    assert alone.backbone.encoded == 19


def test_what_is_needed_is_what_is_looked_at():
    renderer = Renderer(_models())
    first, middle, *_ = plan_intervals((Shot(0, 80),), 17)
    assert renderer.needed(first, painted=()) == (0, 18 + REACH)
    assert renderer.needed(middle, painted=()) == (18 - REACH, 36 + REACH)
    assert renderer.needed(middle, painted={18}) == (18, 36 + REACH)
    assert renderer.needed(middle, painted={18, 36}) == (18, 36)
    assert Renderer(models()).needed(middle, painted=()) == (18, 36)
