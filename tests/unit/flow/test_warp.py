"""warp(x, flow) samples x at p + flow(p)."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tcvc_studio.flow.warp import warp


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_no_flow_returns_the_picture() -> None:
    x = noise(2, 3, 37, 53) * 100
    assert torch.allclose(warp(x, torch.zeros(2, 2, 37, 53)), x, atol=5e-3)


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, 1), (-3, 2)])
def test_whole_steps_move_the_picture_against_the_flow(dx: int, dy: int) -> None:
    x = noise(1, 2, 24, 31)
    flow = torch.tensor([float(dx), float(dy)]).view(1, 2, 1, 1).expand(1, 2, 24, 31)
    rows = (torch.arange(24) + dy).clamp(0, 23)
    columns = (torch.arange(31) + dx).clamp(0, 30)
    assert torch.allclose(warp(x, flow), x[:, :, rows][:, :, :, columns], atol=1e-4)


def test_half_a_pixel_is_the_mean_of_two() -> None:
    x = noise(1, 1, 5, 9)
    flow = torch.zeros(1, 2, 5, 9)
    flow[:, 0] = 0.5
    assert torch.allclose(warp(x, flow)[..., :-1], (x[..., :-1] + x[..., 1:]) / 2, atol=1e-5)


def test_outside_the_picture_its_border_goes_on() -> None:
    x = noise(1, 2, 16, 16)
    flow = torch.full((1, 2, 16, 16), 1000.0)
    assert torch.equal(warp(x, flow), x[:, :, -1:, -1:].expand_as(x))


def test_pictures_one_pixel_wide_or_high_work() -> None:
    for size in ((1, 9), (9, 1), (1, 1)):
        x = noise(1, 1, *size)
        assert torch.allclose(warp(x, torch.zeros(1, 2, *size)), x, atol=1e-5)


def test_half_precision_keeps_its_type_and_samples_where_float32_does() -> None:
    x, flow = noise(1, 4, 40, 500), noise(1, 2, 40, 500, seed=1) * 6 - 3
    sampled = warp(x.half(), flow.half())
    assert sampled.dtype == torch.float16
    assert torch.allclose(sampled.float(), warp(x.half().float(), flow.half().float()), atol=1e-3)


def test_gradients_reach_picture_and_flow() -> None:
    x = noise(1, 2, 6, 7).double().requires_grad_()
    flow = (noise(1, 2, 6, 7, seed=3).double() * 0.8 + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(warp, (x, flow))


def test_published_masks_come_from_the_same_convention(fixtures: Path) -> None:
    """The masks of the warp losses are exp(-50 (l_t - warp(l_(t-d)))^2) on gray in -0.5..0.5."""
    published = {name: torch.from_numpy(plane) for name, plane in np.load(fixtures / "tcvc_idc.npz").items()}
    gray = published["l"]
    for step, flow in ((1, "flow_to_prev"), (2, "flow_to_prev2")):
        carried = warp(gray[:-step], published[flow][step:])
        assert torch.allclose(torch.exp(-50 * (gray[step:] - carried) ** 2), published[f"mask_{step}"], atol=1e-5)
