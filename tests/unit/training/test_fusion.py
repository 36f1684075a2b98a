"""Self-regularization learning: begins as a blend, gets steadier, goes on bit for bit."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.propagate import propagate
from tcvc_studio.errors import StudioError
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.idc import Idc
from tcvc_studio.training.fusion import (
    FUSES,
    LOSSES,
    FusionRecipe,
    Propagated,
    both,
    fusion_for,
    steadiness,
    train_fusion,
    truth,
    vivid,
)
from tcvc_studio.training.intervals import Films
from tcvc_studio.training.run import Reports

_CPU = Compute(torch.device("cpu"), torch.float32)
_RECIPE = FusionRecipe(steps=4, batch=2, size=64, internal=(3, 3), rate=2e-3)


class _Still:
    """The flow of a film in which nothing moves."""

    key = "still"

    def __call__(
        self, current: torch.Tensor, neighbour: torch.Tensor, start: torch.Tensor | None = None
    ) -> torch.Tensor:
        return torch.zeros(current.shape[0], 2, *current.shape[2:])


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> list[Path]:
    """Films that stand still, but get lighter: their colors at the two anchors differ."""
    paths = []
    for seed in range(2):
        path = tmp_path_factory.mktemp("films") / f"{seed}.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 24, (112, 96))
        small = np.random.default_rng(seed).integers(40, 160, (6, 7, 3), dtype=np.uint8)
        picture = cv2.resize(small, (112, 96), interpolation=cv2.INTER_CUBIC)
        for i in range(8):
            writer.write(cv2.add(picture, (4.0 * i, 4.0 * i, 4.0 * i, 0.0)))
        writer.release()
        paths.append(path)
    return paths


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _backbone() -> CompactBackbone:
    torch.manual_seed(6)
    network = CompactBackbone(widths=(8, 8, 8, 8, 8))
    torch.nn.init.normal_(network.head.weight, std=0.3)
    return network


def _train(films: list[Path], out: Path, **options) -> dict[str, torch.Tensor]:
    backbone = _backbone()
    torch.manual_seed(7)
    options = {"recipe": _RECIPE, "reports": Reports(2, 2, 2, lambda line: None), **options}
    fusion = fusion_for(backbone, options["recipe"].fuse)
    return train_fusion(
        films, out, backbone=backbone, fusion=fusion, flow=_Still(), compute=_CPU, **options
    ).state_dict()


@pytest.mark.parametrize("fuse", ["ffm", "plain", "forward"])
def test_a_new_fusion_is_a_plain_blend(fuse):
    backbone = _backbone().eval()
    fusion = fusion_for(backbone, fuse).eval()
    first, last = torch.randn(2, 1, 8, 16, 16, generator=torch.Generator().manual_seed(1))
    still = torch.zeros(4, 2, 32, 32)
    l = 100 * torch.rand(5, 1, 32, 32, generator=torch.Generator().manual_seed(2))  # noqa: E741
    with torch.no_grad():
        (fused,) = propagate(l, first, last, to_next=still, to_prev=still, fusion=fusion)
        inside = fused.features
    for i in range(3):
        distance = 0.0 if fuse == "forward" else (i + 1) / 4
        torch.testing.assert_close(inside[i : i + 1], torch.lerp(first, last, distance), rtol=1e-4, atol=1e-5)


def test_a_new_fusion_of_the_published_kind_keeps_the_same_share_at_each_step():
    fusion = fusion_for(Idc()).eval()
    first, last = torch.randn(2, 1, 128, 8, 8, generator=torch.Generator().manual_seed(1))
    still = torch.zeros(3, 2, 8, 8)
    with torch.no_grad():
        (fused,) = propagate(torch.zeros(4, 1, 8, 8), first, last, to_next=still, to_prev=still, fusion=fusion)
        inside = fused.features
    expected = first
    for i in range(2):
        expected = 0.88 * expected + 0.12 * last
        torch.testing.assert_close(inside[i : i + 1], expected, rtol=1e-4, atol=1e-5)


def test_the_slim_fusion_is_slim():
    fusion = fusion_for(CompactBackbone())
    parameters = {fuse: sum(p.numel() for p in fusion_for(CompactBackbone(), fuse).parameters()) for fuse in FUSES}
    assert parameters["ffm"] <= 100_000
    # What is compared is of about one size.
    assert 0.9 < parameters["plain"] / parameters["ffm"] < 1.1
    assert fusion.stride == 2


def test_intervals_of_many_lengths_are_drawn():
    recipe = FusionRecipe(internal=(5, 97))
    frames = [recipe.frames(step, 0, most=60) for step in range(200)]
    assert frames == [recipe.frames(step, 0, most=60) for step in range(200)]
    assert min(frames) < 10 and max(frames) == 60
    # Evenly over the logarithm: half of them below the geometric mean, 22 internal frames.
    assert 0.4 < sum(count < 24 for count in frames) / 200 < 0.6
    assert {FusionRecipe().frames(step, 0, most=60) for step in range(9)} == {19}


def test_short_films_serve_for_short_intervals_only(films, tmp_path):
    """Of eight frames: an interval of 20 internal frames is cut to what they have, and one they lack is refused."""
    _train(films, tmp_path, recipe=FusionRecipe(steps=3, batch=1, internal=(2, 20), size=64))
    with pytest.raises(StudioError, match="frames"):
        _train(films, tmp_path / "long", recipe=FusionRecipe(steps=1, internal=(9, 20), size=64))


def test_true_color_weighs_as_much_as_is_asked():
    generator = torch.Generator().manual_seed(8)
    ab, truly = (20 * torch.randn(5, 2, 16, 16, generator=generator) for _ in range(2))
    still = torch.zeros(4, 2, 16, 16)
    shown = Propagated(ab=ab, l=torch.full((5, 1, 16, 16), 50.0), to_prev=still, to_second=still[1:], truth=truly)
    assert both(shown, weight=0) == steadiness(shown)
    torch.testing.assert_close(both(shown, weight=3) - both(shown), 2 * truth(shown))


def test_training_makes_it_steadier_and_leaves_the_backbone_alone(films, tmp_path):
    backbone = _backbone()
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    torch.manual_seed(7)
    train_fusion(
        films,
        tmp_path,
        backbone=backbone,
        fusion=fusion_for(backbone),
        flow=_Still(),
        recipe=FusionRecipe(steps=30, batch=2, size=64, internal=(3, 3), rate=3e-3),
        compute=_CPU,
        reports=Reports(10, 10, 30, lambda line: None),
    )
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    relative = [float(row["loss"]) / float(row["blend"]) for row in rows]
    assert relative[-1] < 0.95 * relative[0]
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())


def test_a_run_taken_up_again_ends_with_the_same_bits(films, tmp_path):
    whole = _train(films, tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(line: str) -> None:
        if line.startswith("step 4"):
            raise Killed

    with pytest.raises(Killed):
        _train(films, tmp_path / "parts", reports=Reports(2, 2, 2, kill))
    parts = _train(films, tmp_path / "parts", resume=True)
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_films_too_short_are_refused(films, tmp_path):
    with pytest.raises(StudioError, match="give longer ones"):
        _train(films, tmp_path, recipe=FusionRecipe(steps=1, internal=(20, 20), size=64))


def test_intervals_depend_on_their_seed_alone(films):
    source = Films(films, shortest=5)
    one, same, other = (source.draw(frames=5, size=64, flow=_Still(), seed=seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert torch.equal(one.l, same.l) and not torch.equal(one.l, other.l)
    assert one.l.shape == (5, 1, 64, 64)
    assert one.to_next.shape == one.to_prev.shape == (4, 2, 64, 64) and one.to_second.shape == (3, 2, 64, 64)
    assert one.l.min() >= 0 and one.l.max() <= 100
    # The generated films get lighter from frame to frame, whichever way they are turned.
    means = one.l.mean(dim=(1, 2, 3)).diff()
    assert (means > 0).all() or (means < 0).all()


def test_steady_color_costs_nothing_and_a_jump_costs_something():
    l = torch.full((4, 1, 8, 8), 50.0)  # noqa: E741
    flows = {"to_prev": torch.zeros(3, 2, 8, 8), "to_second": torch.zeros(2, 2, 8, 8)}
    steady = torch.full((4, 2, 8, 8), 30.0)
    jump = steady.clone()
    jump[2:] = -30
    assert steadiness(Propagated(ab=steady, l=l, **flows)) == 0
    assert steadiness(Propagated(ab=jump, l=l, **flows)) > 1
    # Where the gray does not find itself again, color is free.
    unseen = l.clone()
    unseen[2:] = 100
    assert steadiness(Propagated(ab=jump, l=unseen, **flows)) < 1e-3


def test_true_color_is_read_where_it_is_asked_for(films):
    drawn = {"frames": 5, "size": 64, "flow": _Still(), "seed": (1, 2)}
    gray = Films(films, shortest=5).draw(**drawn)
    color = Films(films, shortest=5, color=True).draw(**drawn)
    assert gray.ab is None and color.ab.shape == (5, 2, 64, 64)
    assert (color.l - gray.l).abs().max() < 0.5
    assert color.ab.std() > 3 and color.ab.abs().max() < 128


def test_truth_costs_nothing_and_the_anchors_do_not_count():
    flows = {"to_prev": torch.zeros(3, 2, 8, 8), "to_second": torch.zeros(2, 2, 8, 8)}
    own = torch.randn(4, 2, 8, 8, generator=torch.Generator().manual_seed(3)) * 20
    shown = {"l": torch.full((4, 1, 8, 8), 50.0), "truth": own, **flows}
    wrong_anchors = own.clone()
    wrong_anchors[[0, -1]] += 30
    assert truth(Propagated(ab=wrong_anchors, **shown)) == 0
    off = own.clone()
    off[1] += 11
    assert truth(Propagated(ab=off, **shown)) == pytest.approx(0.02)


def test_vivid_does_not_take_paler_color_for_steadier():
    levels = torch.tensor([20.0, *[10.0, 30.0] * 5, 10.0, 20.0])
    lively = levels.view(-1, 1, 1, 1).expand(-1, 2, 8, 8)
    pale = torch.cat((lively[:1], 0.9 * lively[1:-1], lively[-1:]))
    n = len(levels)
    flows = {"to_prev": torch.zeros(n - 1, 2, 8, 8), "to_second": torch.zeros(n - 2, 2, 8, 8)}
    shown = [Propagated(ab=ab, l=torch.full((n, 1, 8, 8), 50.0), **flows) for ab in (lively, pale)]
    assert steadiness(shown[1]) < 0.9 * steadiness(shown[0])
    assert vivid(shown[1]) > vivid(shown[0])


@pytest.mark.parametrize("fuse", FUSES)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_ablation_trains(films, tmp_path, fuse, loss):
    recipe = FusionRecipe(steps=2, batch=1, size=64, internal=(3, 3), fuse=fuse, loss=loss)
    before = fusion_for(_backbone(), fuse).state_dict()
    after = _train(films, tmp_path, recipe=recipe)
    last = "plain.conv3.weight" if fuse in ("plain", "forward") else "feature_refine.conv3.weight"
    assert after.keys() == before.keys()
    assert after[last].abs().max() > 0
