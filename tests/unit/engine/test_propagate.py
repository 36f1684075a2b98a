import pytest
import torch

from tcvc_studio.engine import propagate as module
from tcvc_studio.engine.propagate import flow_at_stride, propagate
from tcvc_studio.errors import Cancelled
from tcvc_studio.networks.fusion import FeatureFusion


def _interval(frames: int, *, stride: int = 2):
    torch.manual_seed(frames)
    fusion = FeatureFusion(
        6, lightness_channels=4, weight_hidden=(8, 4), refine_hidden=(8, 6), reduced=5, stride=stride
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


@torch.no_grad()
def test_warping_twice_to_save_memory_changes_nothing(monkeypatch):
    args, options = _interval(12)
    whole = torch.cat(list(propagate(*args, **options)))
    assert whole.shape == (10, 6, 16, 24)
    for kept in (1, 3, 4, 10):
        monkeypatch.setattr(module, "_KEEP_BYTES", kept * args[1].numel() * 4)
        stretches = list(propagate(*args, **options))
        assert max(len(s) for s in stretches) == kept
        assert torch.allclose(torch.cat(stretches), whole, atol=1e-6)
    monkeypatch.setattr(module, "_PREPARE_BYTES", 1)
    assert torch.allclose(torch.cat(list(propagate(*args, **options))), whole, atol=1e-5)


@torch.no_grad()
def test_one_internal_frame():
    args, options = _interval(3)
    assert torch.cat(list(propagate(*args, **options))).shape[0] == 1


def test_gradients_reach_the_fusion():
    args, options = _interval(5)
    torch.cat(list(propagate(*args, **options))).square().mean().backward()
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


def test_flow_counts_in_feature_samples():
    flow = torch.full((1, 2, 8, 8), 4.0)
    assert torch.equal(flow_at_stride(flow, 2), torch.full((1, 2, 4, 4), 2.0))
    assert flow_at_stride(flow, 1) is flow
