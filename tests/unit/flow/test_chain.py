"""Confidence in flows, and flows composed along a chain."""

import torch
from torch import Tensor

from tcvc_studio.flow.chain import composed
from tcvc_studio.flow.consistency import confidence, round_trip
from tcvc_studio.flow.warp import warp


def constant(x: float, y: float) -> Tensor:
    return torch.tensor([x, y]).view(1, 2, 1, 1).expand(1, 2, 32, 40)


def smooth(seed: int) -> Tensor:
    coarse = torch.randn(1, 2, 3, 3, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size=(32, 40), mode="bicubic")


def test_flows_that_cancel_are_trusted_wholly() -> None:
    assert torch.allclose(confidence(constant(3, -1), constant(-3, 1)), torch.ones(1, 1, 32, 40))


def test_confidence_falls_with_the_distance_missed() -> None:
    missed = round_trip(constant(3, 0), constant(0, 4))
    assert torch.allclose(missed, torch.full((1, 1, 32, 40), 5.0))
    trusted = confidence(constant(3, 0), constant(0, 4), tolerance=2.5)
    assert torch.allclose(trusted, torch.full((1, 1, 32, 40), 0.1353), atol=1e-3)


def test_the_way_back_is_read_where_the_way_there_ends() -> None:
    back = torch.zeros(1, 2, 32, 40)
    back[:, 0, :, 10:] = -4.0
    trusted = confidence(constant(4, 0), back)[0, 0, 16]
    assert trusted[7] > 0.99
    assert trusted[3] < 0.05


def test_composed_flow_goes_both_ways_in_one_sampling() -> None:
    assert torch.allclose(composed(constant(2, 1), constant(-5, 3)), constant(-3, 4))
    first, second = smooth(1), smooth(2)
    ramp = torch.stack(torch.meshgrid(torch.arange(32.0), torch.arange(40.0), indexing="ij"))[None]
    once, twice = warp(ramp, composed(first, second)), warp(warp(ramp, second), first)
    assert torch.allclose(once[..., 8:-8, 8:-8], twice[..., 8:-8, 8:-8], atol=1e-3)
