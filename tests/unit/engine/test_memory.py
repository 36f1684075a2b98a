"""Memory that runs out: fewer frames at once, then another device, and never another color."""

import threading

import pytest
import torch

from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.events import Note, Rendered
from tcvc_studio.engine.memory import OutOfMemory, models_on_cpu
from tcvc_studio.engine.pipeline import run
from tcvc_studio.engine.render import Batches, Renderer
from tcvc_studio.flow.raft import Raft, RaftFlow
from tests.parity_weights import fill
from tests.unit.engine.fakes import GrayBackbone, ListSink, MemoryFilm, StillFlow, job, models


class GreedyBackbone(GrayBackbone):
    """Has room for so many frames at once."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.largest = 0

    def encode(self, l, hints=None):  # noqa: E741
        if l.shape[0] > self.room:
            raise torch.OutOfMemoryError("injected")
        self.largest = max(self.largest, l.shape[0])
        return super().encode(l, hints)


class GreedyFlow(StillFlow):
    """Has room for so many pairs at once (each pair is asked there and back)."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def __call__(self, current, neighbour, start=None):
        if current.shape[0] > 2 * self.room:
            raise torch.OutOfMemoryError("injected")
        return super().__call__(current, neighbour, start)


def _models(backbone=None, flow=None):
    plain = models()
    return type(plain)(backbone or plain.backbone, None, flow or plain.flow, plain.compute, plain.key)


def _eager(the_models):
    """A renderer that takes as many frames at once as on a GPU."""
    renderer = Renderer(the_models)
    renderer.batches = Batches()
    return renderer


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    assert MemoryFilm.opened == 0
    assert not [t for t in threading.enumerate() if t.name in ("stage", "export")]


def test_batches_are_halved_down_to_one():
    batches, seen = Batches(), []
    while batches is not None:
        seen.append((batches.flow, batches.encode))
        batches = batches.halved()
    assert seen == [(8, 4), (4, 2), (2, 1), (1, 1)]


@pytest.mark.parametrize("room", [1, 2, 3])
def test_fewer_frames_at_once_give_the_same_color(tmp_path, room):
    film, tight, ample = MemoryFilm(40), ListSink(), ListSink()
    backbone = GreedyBackbone(room)
    the_job, the_models = job(film, single_image=True), _models(backbone)
    events = list(run(
        the_job, open_film=film.reopen, models=the_models, cache=ChromaCache(tmp_path / "a"), sink=tight,
        spare=lambda _: None, renderer=_eager(the_models),
    ))  # fmt: skip
    list(run(the_job, open_film=film.reopen, models=models(), cache=ChromaCache(tmp_path / "b"), sink=ample))
    assert tight.a() == ample.a()
    assert backbone.largest == min(room, 2)
    assert not [event for event in events if isinstance(event, Note)]


def test_a_flow_without_memory_is_asked_for_fewer_pairs(tmp_path):
    film, sink = MemoryFilm(60), ListSink()
    events = list(run(
        job(film), open_film=film.reopen, models=_models(flow=GreedyFlow(2)), cache=ChromaCache(tmp_path), sink=sink,
        spare=lambda _: None,
    ))  # fmt: skip
    assert sink.numbers == list(range(60))
    intervals = [event.interval for event in events if isinstance(event, Rendered)]
    assert len(intervals) == len(set(intervals))


def test_the_spare_models_go_on_where_the_others_stopped_and_it_is_said(tmp_path):
    film, sink = MemoryFilm(60), ListSink()
    backbone, spare = GreedyBackbone(1), _models()
    encode = backbone.encode

    def fills_up(l, hints=None):  # noqa: E741
        if backbone.encoded >= 2:
            raise torch.OutOfMemoryError("injected")
        return encode(l, hints)

    backbone.encode = fills_up
    events = list(run(
        job(film), open_film=film.reopen, models=_models(backbone), cache=ChromaCache(tmp_path), sink=sink,
        spare=lambda _: spare,
    ))  # fmt: skip
    assert sink.numbers == list(range(60))
    assert [event.text for event in events if isinstance(event, Note)] == [
        "The GPU ran out of memory; from here on the CPU colors it; a smaller working size may fit."
    ]
    assert backbone.encoded == 2 and spare.backbone.encoded > 0


def test_where_nothing_smaller_is_left_it_is_told_in_one_sentence(tmp_path):
    film = MemoryFilm(20)
    events = run(
        job(film), open_film=film.reopen, models=_models(GreedyBackbone(0)), cache=ChromaCache(tmp_path),
    )  # fmt: skip
    with pytest.raises(OutOfMemory, match="working size of 64"):
        list(events)


def test_a_renderer_remembers_what_fits(tmp_path):
    film, backbone = MemoryFilm(40), GreedyBackbone(1)
    the_models = _models(backbone)
    renderer = _eager(the_models)
    list(run(
        job(film, single_image=True), open_film=film.reopen, models=the_models, cache=ChromaCache(tmp_path),
        renderer=renderer,
    ))  # fmt: skip
    assert renderer.batches.encode == 1


def test_models_move_to_the_cpu_with_their_flow_under_the_same_key():
    class Elsewhere:
        type = "cuda"

    flow = RaftFlow(fill(Raft()))
    flow.key = "raft-as-on-the-gpu"
    plain = _models(flow=flow)
    compute = type(plain.compute)(Elsewhere(), torch.bfloat16)
    moved = models_on_cpu(type(plain)(plain.backbone, None, flow, compute, "key"))
    assert moved.compute.device == torch.device("cpu") and moved.compute.dtype == torch.float32
    assert moved.key == "key" and moved.flow.key == "raft-as-on-the-gpu"
    x = torch.rand(1, 1, 64, 64) * 100
    assert torch.equal(moved.flow(x, x), flow(x, x))
    assert models_on_cpu(moved) is None


def test_a_cpu_takes_one_frame_at_a_time_and_dis_what_keeps_its_threads_busy():
    from tcvc_studio.flow.dis import DisFlow

    plain = models()
    assert Batches.fitting(plain) == Batches(flow=8, encode=1)
    for workers, pairs in ((1, 1), (2, 1), (3, 2), (16, 8)):
        flowing = type(plain)(plain.backbone, None, DisFlow(workers=workers), plain.compute, "key")
        assert Batches.fitting(flowing).flow == pairs
