import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.color.lab import luma_to_lightness
from tcvc_studio.color.ycbcr import dequantize_luma
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.control import Control
from tcvc_studio.engine.events import Exported, Planned, Rendered
from tcvc_studio.engine.pipeline import film_working_size, run
from tcvc_studio.engine.window import merged_spans
from tcvc_studio.errors import Cancelled, StudioError
from tests.unit.engine.fakes import ListSink, MemoryFilm, job, models


def _lightness(film: MemoryFilm, number: int) -> float:
    return float(luma_to_lightness(dequantize_luma(film.luma(number), film.info.format)).mean())


def _run(the_job, film, cache, the_models=None, sink=None, control=None):
    models_ = the_models or models()
    return list(run(the_job, open_film=film.reopen, models=models_, cache=cache, sink=sink, control=control))


@pytest.fixture
def cache(tmp_path):
    return ChromaCache(tmp_path / "cache")


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    assert MemoryFilm.opened == 0
    assert not [t for t in threading.enumerate() if t.name in ("stage", "export")]


def test_every_frame_arrives_once_and_in_order(cache):
    film, sink = MemoryFilm(50), ListSink()
    events = _run(job(film, cuts=(7, 8, 30), lengths=(5,)), film, cache, sink=sink)
    assert sink.numbers == list(range(50))
    assert events[0] == Planned(intervals=sum(isinstance(e, Rendered) for e in events), reused=0, frames=50)
    assert [e.frames for e in events if isinstance(e, Exported)][-1] == 50


@pytest.mark.parametrize("frames", [1, 2, 3, 19, 20])
def test_short_films(cache, frames):
    film, sink = MemoryFilm(frames), ListSink()
    for fusion in (False, True):
        _run(job(film), film, cache, models(fusion=fusion, key=str(fusion)), sink)
    assert sink.numbers == [*range(frames)] * 2
    assert all(ab.isfinite().all() for _, ab in sink.frames)


def test_anchors_have_the_backbones_color_and_the_rest_lies_between(cache):
    film, sink = MemoryFilm(19), ListSink()
    _run(job(film, lengths=(17,)), film, cache, sink=sink)
    a = sink.a()
    assert a[0] == pytest.approx(_lightness(film, 0), abs=0.05)
    assert a[18] == pytest.approx(_lightness(film, 18), abs=0.05)
    assert a[0] - 0.1 <= min(a) and max(a) <= a[18] + 0.1


def test_single_image_colors_every_frame_by_itself(cache):
    film, sink, network = MemoryFilm(40), ListSink(), models()
    events = _run(job(film, single_image=True), film, cache, network, sink)
    assert sink.a() == pytest.approx([_lightness(film, n) for n in range(40)], abs=0.05)
    assert network.backbone.encoded == 40
    assert network.flow.pairs == 0
    assert {e.method for e in events if isinstance(e, Rendered)} == {"single"}


def test_color_never_crosses_a_cut(cache):
    film, sink = MemoryFilm(40), ListSink()
    film.luma = lambda number: np.full((64, 64), 40 if number < 20 else 200, np.uint8)
    _run(job(film, cuts=(20,)), film, cache, sink=sink)
    assert max(np.ptp(sink.a()[:20]), np.ptp(sink.a()[20:])) < 0.05


def test_an_anchor_shared_by_two_intervals_is_encoded_once(cache):
    film, network = MemoryFilm(55), models()
    _run(job(film), film, cache, network)
    assert network.backbone.encoded == 4


def test_what_is_kept_is_not_rendered_again(cache):
    film, first, second = MemoryFilm(60), ListSink(), ListSink()
    _run(job(film), film, cache, sink=first)
    network = models()
    events = _run(job(film), film, cache, network, second)
    assert network.backbone.encoded == 0
    assert events[0].reused == events[0].intervals > 0
    assert all(torch.equal(x, y) for (_, x), (_, y) in zip(first.frames, second.frames, strict=True))


def test_a_still_renders_its_two_intervals_anew_and_nothing_else(cache, tmp_path):
    film = MemoryFilm(73)
    _run(job(film, listed=[0, 18, 36, 54, 72]), film, cache)
    still = tmp_path / "000036.png"
    cv2.imwrite(str(still), np.full((64, 64, 3), (40, 40, 200), np.uint8))
    events = _run(job(film, listed=[0, 18, 36, 54, 72], stills={36: still}), film, cache)
    assert [(e.interval.first, e.interval.last) for e in events if isinstance(e, Rendered)] == [(18, 36), (36, 54)]


def test_every_fact_is_in_the_key(cache):
    film = MemoryFilm(40, width=128, height=128)
    base = job(film)
    _run(base, film, cache)
    other_film = replace(base, fingerprint="another")
    for changed, network in (
        (other_film, models()),
        (base, models(key="other weights")),
        (job(film, lengths=(9,)), models()),
        (job(film, fusion="blend"), models()),
        (replace(base, settings=replace(base.settings, working_size=80)), models()),
    ):
        assert _run(changed, film, cache, network)[0].reused == 0


def test_the_ensemble_is_the_mean_of_its_lengths(cache):
    film = MemoryFilm(60)
    sinks = {}
    for lengths in ((5,), (9,), (5, 9)):
        sinks[lengths] = ListSink()
        _run(job(film, lengths=lengths), film, cache, sink=sinks[lengths])
    mean = [(x + y) / 2 for x, y in zip(sinks[5,].a(), sinks[9,].a(), strict=True)]
    assert sinks[5, 9].a() == pytest.approx(mean, abs=1e-4)


def test_a_part_has_the_color_it_has_in_the_whole(cache, tmp_path):
    film, whole, part = MemoryFilm(80), ListSink(), ListSink()
    _run(job(film), film, cache, sink=whole)
    film.read.clear()
    _run(job(film, start=30, stop=41), film, ChromaCache(tmp_path / "other"), sink=part)
    assert part.numbers == list(range(30, 41))
    assert all(torch.equal(x, dict(whole.frames)[n]) for n, x in part.frames)
    assert min(film.read) >= 18 and max(film.read) <= 54


def test_a_still_is_exact_at_its_frame_and_carried_to_the_ends(cache, tmp_path):
    film, sink = MemoryFilm(30), ListSink()
    still = tmp_path / "000010.png"
    cv2.imwrite(str(still), np.full((64, 64, 3), (60, 60, 180), np.uint8))
    _run(job(film, stills={10: still}), film, cache, sink=sink)
    at = dict(sink.frames)[10]
    assert at.shape[-2:] == (64, 64)
    a = sink.a()
    assert max(a) - min(a) < 0.1
    assert a[10] > 20


@pytest.mark.parametrize("rotation", [90, -90, 180, 270])
def test_a_turned_film_is_colored_upright_and_comes_back_as_coded(cache, rotation):
    film, sink = MemoryFilm(3, width=96, height=64, rotation=rotation), ListSink()
    gradient = np.tile(np.linspace(30, 220, 96, dtype=np.uint8), (64, 1))
    film.luma = lambda number: gradient
    _run(job(film, single_image=True), film, cache, sink=sink)
    ab = sink.frames[0][1]
    assert ab.shape[-2:] == (64, 96)
    assert film_working_size(film.info, 64) == ((96, 64) if rotation % 180 == 0 else (64, 96))
    across = ab[0, 0].mean(dim=0)
    assert torch.all(across[2:] >= across[:-2])
    assert across[-1] - across[0] > 50


def test_cancelled_work_stops_and_what_was_finished_is_kept(cache):
    film, control = MemoryFilm(200), Control()
    with pytest.raises(Cancelled):
        for event in run(
            job(film), open_film=film.reopen, models=models(), cache=cache, sink=ListSink(), control=control
        ):
            if isinstance(event, Rendered) and event.interval.first >= 36:
                control.cancel()
    assert _run(job(film), film, cache)[0].reused >= 3


def test_a_paused_run_waits_and_goes_on(cache):
    film, control, sink = MemoryFilm(40), Control(), ListSink()
    control.pause()
    timer = threading.Timer(0.3, control.resume)
    timer.start()
    _run(job(film), film, cache, sink=sink, control=control)
    timer.join()
    assert sink.numbers == list(range(40))


def test_leaving_the_iterator_ends_all_threads(cache):
    film = MemoryFilm(500)
    events = run(job(film), open_film=film.reopen, models=models(), cache=cache, sink=ListSink())
    for event in events:
        if isinstance(event, Rendered):
            break
    events.close()


def test_errors_of_the_reader_and_of_the_sink_reach_the_caller(cache, tmp_path):
    film = MemoryFilm(100, bad=50)
    with pytest.raises(OSError, match="frame 50"):
        _run(job(film), film, cache)

    class FullDisk:
        def write(self, frame, ab):
            raise StudioError("The disk is full.")

    film = MemoryFilm(100)
    with pytest.raises(StudioError, match="full"):
        _run(job(film), film, ChromaCache(tmp_path / "other"), sink=FullDisk())


def test_a_result_that_vanishes_meanwhile_is_told(cache, tmp_path):
    film = MemoryFilm(100)
    _run(job(film), film, cache)

    class Thief(ListSink):
        def write(self, frame, ab):
            super().write(frame, ab)
            for path in (tmp_path / "cache").glob("*/*.chroma"):
                path.unlink()

    with pytest.raises(StudioError, match="again"):
        _run(job(film), film, ChromaCache(tmp_path / "cache", ram=1), sink=Thief())


def test_anchors_outside_the_film_are_refused():
    film = MemoryFilm(10)
    with pytest.raises(StudioError, match="outside the film"):
        job(film, listed=[10])
    with pytest.raises(StudioError, match="do not lie in the film"):
        job(film, start=5, stop=11)


def test_spans_are_joined():
    assert merged_spans([(10, 20), (0, 5), (19, 30), (5, 6)]) == [(0, 6), (10, 30)]
