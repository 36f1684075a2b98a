"""The warping loss on cases whose answer is known."""

import math

import pytest
import torch

from tcvc_studio.networks.warp_loss import pair_loss, step_loss, temporal_loss, visibility


def _moving(n: int, *, by: int, size: int = 24) -> torch.Tensor:
    """[n, 3, size, size]: one random picture moving right by so many pixels a frame; L in 0..100, ab in -50..50."""
    rng = torch.Generator().manual_seed(2)
    wide = torch.rand(3, size, size + by * n, generator=rng) * 100
    wide[1:] -= 50
    return torch.stack([wide[:, :, by * (n - i) : by * (n - i) + size] for i in range(n)])


def _flow(n: int, x: float, *, size: int = 24) -> torch.Tensor:
    flow = torch.zeros(n, 2, size, size)
    flow[:, 0] = x
    return flow


def test_a_picture_that_moves_as_its_flow_says_costs_nothing_inside():
    frames = _moving(4, by=2)
    # What is at p now was 2 pixels to the left a frame ago.
    mask = visibility(frames[1:, :1], frames[:-1, :1], _flow(3, -2.0))
    assert mask[..., 2:].min() > 0.999
    # What has just come in at the left edge has no counterpart.
    mask = mask * (torch.arange(24) >= 2)
    loss = pair_loss(frames[1:, 1:], frames[:-1, 1:], mask=mask, flow=_flow(3, -2.0))
    assert float(loss) < 1e-9
    wrong = pair_loss(frames[1:, 1:], frames[:-1, 1:], mask=mask, flow=_flow(3, 2.0))
    assert float(wrong) > 1e-2


def test_flicker_costs_its_mean_square():
    lightness = torch.full((5, 1, 16, 16), 40.0)
    ab = torch.zeros(5, 2, 16, 16)
    ab[1::2] = 11.0
    still = _flow(4, 0.0, size=16)
    assert float(step_loss(ab, lightness, flow=still, step=1)) == pytest.approx(0.01, rel=1e-5)
    assert float(step_loss(ab, lightness, flow=still[:3], step=2)) < 1e-12
    assert float(temporal_loss(ab, lightness, flow_1=still, flow_2=still[:3])) == pytest.approx(0.01, rel=1e-5)


def test_what_is_occluded_does_not_count():
    lightness = torch.full((2, 1, 16, 16), 10.0)
    lightness[1] = 30.0
    mask = visibility(lightness[1:], lightness[:1], _flow(1, 0.0, size=16))
    assert float(mask.mean()) == pytest.approx(math.exp(-50 * 0.2**2), rel=1e-4)


def test_the_loss_is_differentiable_in_both_frames():
    ab = torch.randn(3, 2, 16, 16, requires_grad=True)
    step_loss(ab, torch.full((3, 1, 16, 16), 50.0), flow=_flow(2, 0.3, size=16), step=1).backward()
    assert (ab.grad.flatten(1).abs().amax(dim=1) > 0).all()
