from unittest import mock

import pytest
import torch

from tcvc_studio.engine import propagate as module
from tcvc_studio.engine.propagate import flow_at_stride, propagate, temporal_odds
from tcvc_studio.errors import Cancelled
from tcvc_studio.flow.warp import warp
from tcvc_studio.networks.fusion import FeatureFusion


def _interval(frames: int, *, stride: int = 2, anchored: bool = False):
    torch.manual_seed(frames)
    fusion = FeatureFusion(
        6, lightness_channels=4, weight_hidden=(8, 4), refine_hidden=(8, 6), reduced=5, stride=stride, nearness=anchored
    ).eval()
    size = (32, 48)
    inner = (size[0] // stride, size[1] // stride)
    return (
        (100 * torch.rand(frames, 1, *size), torch.randn(1, 6, *inner), torch.randn(1, 6, *inner)),
        {
            "to_next": 3 * torch.randn(frames - 1, 2, *size),
            "to_prev": 3 * torch.randn(frames - 1, 2, *size),
            "fusion": fusion,
        },
    )


def _features(args, options) -> list[torch.Tensor]:
    return [fused.features for fused in propagate(*args, **options)]


@torch.no_grad()
@pytest.mark.parametrize("anchored", [False, True])
def test_warping_twice_to_save_memory_changes_nothing(monkeypatch, anchored):
    args, options = _interval(12, anchored=anchored)
    whole = torch.cat(_features(args, options))
    assert whole.shape == (10, 6, 16, 24)
    for kept in (1, 3, 4, 10):
        monkeypatch.setattr(module, "_KEEP_BYTES", kept * args[1].numel() * 4)
        stretches = _features(args, options)
        assert max(len(s) for s in stretches) == kept
        assert torch.allclose(torch.cat(stretches), whole, atol=1e-6)
    monkeypatch.setattr(module, "_PREPARE_BYTES", 1)
    assert torch.allclose(torch.cat(_features(args, options)), whole, atol=1e-5)


@torch.no_grad()
def test_one_internal_frame():
    args, options = _interval(3)
    assert torch.cat(_features(args, options)).shape[0] == 1


@pytest.mark.parametrize("anchored", [False, True])
def test_gradients_reach_the_fusion(anchored):
    args, options = _interval(5, anchored=anchored)
    torch.cat(_features(args, options)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in options["fusion"].parameters())


@torch.no_grad()
def test_cancel_is_obeyed_within_one_frame():
    args, options = _interval(10)
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(propagate(*args, **options, check=check))
    assert len(calls) == 3


@torch.no_grad()
def test_what_was_fused_travels_only_as_published():
    args, _ = _interval(8)
    still = {"to_next": torch.zeros(7, 2, 32, 48), "to_prev": torch.zeros(7, 2, 32, 48)}
    for anchored in (False, True):
        fusion = _interval(8, anchored=anchored)[1]["fusion"]
        with mock.patch.object(fusion, "step", wraps=fusion.step) as step:
            (fused,) = propagate(*args, fusion=fusion, **still)
        arrived = torch.cat([call.args[1] for call in step.call_args_list])
        expected = args[1].expand(6, -1, -1, -1) if anchored else torch.cat((args[1], fused.features[:-1]))
        torch.testing.assert_close(arrived, expected, rtol=1e-3, atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("frames", [3, 4, 30])
def test_an_anchored_fusion_tells_what_it_corrects(frames):
    args, options = _interval(frames, anchored=True)
    even = torch.cat([fused.even for fused in propagate(*args, **options)])
    forward, backward = [args[1]], [args[2]]
    for i in range(frames - 1):
        forward.append(warp(forward[-1], flow_at_stride(options["to_prev"][i : i + 1], 2)))
        backward.append(warp(backward[-1], flow_at_stride(options["to_next"][frames - 2 - i :][:1], 2)))
    distance = torch.linspace(0, 1, frames).view(-1, 1, 1, 1)
    expected = torch.lerp(torch.cat(forward), torch.cat(backward[::-1]), distance)
    torch.testing.assert_close(even, expected[1:-1], rtol=1e-4, atol=1e-5)
    assert all(fused.even is None for fused in propagate(*args, **_interval(frames)[1]))


def test_odds_make_color_change_evenly():
    carried, travelling = temporal_odds(6, anchored=True), temporal_odds(6, anchored=False)
    weight = carried[1:-1] / (1 + carried[1:-1])
    torch.testing.assert_close(weight, torch.tensor([0.8, 0.6, 0.4, 0.2]))
    # What was fused travels on: step by step the same weights come out.
    kept = (travelling[1:-1] / (1 + travelling[1:-1])).cumprod(0)
    torch.testing.assert_close(kept, weight)


def test_flow_counts_in_feature_samples():
    flow = torch.full((1, 2, 8, 8), 4.0)
    assert torch.equal(flow_at_stride(flow, 2), torch.full((1, 2, 4, 4), 2.0))
    assert flow_at_stride(flow, 1) is flow
