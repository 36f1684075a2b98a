"""DIS: follows movement, whatever the threads, at any size."""

import pytest
import torch
from torch import Tensor

from tcvc_studio.flow.dis import DisFlow
from tcvc_studio.flow.warp import warp


def moving(n: int, step: tuple[int, int], height: int = 96, width: int = 128) -> Tensor:
    """n frames [n, 1, h, w] of a texture that moves by `step` pixels (x, y) a frame, in lightness units."""
    high, wide = height + n * abs(step[1]), width + n * abs(step[0])
    coarse = torch.rand(1, 1, high // 6 + 2, wide // 6 + 2, generator=torch.Generator().manual_seed(2))
    texture = torch.nn.functional.interpolate(coarse, size=(high, wide), mode="bicubic")[0, 0].clamp(0, 1) * 100
    frames = []
    for i in range(n):
        x = (n - i) * step[0] if step[0] >= 0 else -i * step[0]
        y = (n - i) * step[1] if step[1] >= 0 else -i * step[1]
        frames.append(texture[y : y + height, x : x + width])
    return torch.stack(frames)[:, None]


@pytest.mark.parametrize("preset", ["fast", "medium"])
def test_finds_how_far_a_texture_moved(preset: str) -> None:
    frames = moving(4, (3, -2))
    flow = DisFlow(preset)(frames[:-1], frames[1:])
    assert flow.shape == (3, 2, 96, 128)
    assert flow.dtype == torch.float32
    inside = flow[..., 12:-12, 12:-12]
    assert torch.allclose(inside.mean((0, 2, 3)), torch.tensor([3.0, -2.0]), atol=0.15)
    assert (warp(frames[1:], flow) - frames[:-1])[..., 12:-12, 12:-12].abs().mean() < 1


def test_threads_do_not_change_the_result() -> None:
    frames = moving(6, (2, 1))
    alone = DisFlow(workers=1)(frames[:-1], frames[1:])
    assert torch.equal(alone, DisFlow(workers=4)(frames[:-1], frames[1:]))
    apart = [DisFlow()(frames[i : i + 1], frames[i + 1 : i + 2]) for i in range(5)]
    assert torch.equal(alone, torch.cat(apart))


def test_a_start_helps_where_the_movement_is_too_far_to_be_found() -> None:
    frames = moving(2, (40, 0))
    truth = torch.tensor([40.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 96, 128)
    method = DisFlow()

    def error(flow: Tensor) -> float:
        return (flow - truth)[..., 12:-12, 12:-60].norm(dim=1).mean().item()

    begun = truth + 0.5
    kept = begun.clone()
    assert error(method(frames[:1], frames[1:], start=begun)) < 0.3 < error(method(frames[:1], frames[1:]))
    assert torch.equal(begun, kept), "the guess is the caller's"


def test_a_start_is_followed_to_what_is_thin() -> None:
    """A line two pixels wide moves over a ground that stands still: too thin for half size."""
    ground = moving(1, (0, 0)).expand(2, -1, -1, -1).mul(0.5).clone()
    for i, top in enumerate((44, 47)):
        ground[i, :, top : top + 2, 16:112] = 95 - ground[i, :, 90:92, 16:112] / 5
    start = torch.zeros(1, 2, 96, 128)
    start[:, 1, 44:46, 16:112] = 2.0
    from_nothing = DisFlow()(ground[:1], ground[1:])[0, 1, 44:46, 24:104].mean().item()
    led = DisFlow()(ground[:1], ground[1:], start=start)[0, 1, 44:46, 24:104].mean().item()
    assert abs(led - 3) < 0.5
    assert abs(led - 3) < abs(from_nothing - 3)


def test_a_wrong_start_does_not_win() -> None:
    frames = moving(2, (3, 0))
    flow = DisFlow()(frames[:1], frames[1:], start=torch.full((1, 2, 96, 128), -25.0))
    assert torch.allclose(flow[..., 16:-16, 16:-16].mean((0, 2, 3)), torch.tensor([3.0, 0.0]), atol=0.3)


@pytest.mark.parametrize("size", [(16, 16), (16, 200), (130, 17), (61, 83)])
def test_any_size_works(size: tuple[int, int]) -> None:
    frames = moving(3, (1, 1), *size)
    flow = DisFlow()(frames[:-1], frames[1:])
    assert flow.shape == (2, 2, *size)
    assert flow.isfinite().all()
    again = DisFlow()(frames[:-1], frames[1:], start=flow)
    assert again.shape == flow.shape
    assert again.isfinite().all()


def test_flat_frames_stand_still() -> None:
    flat = torch.full((1, 1, 64, 64), 50.0)
    assert DisFlow()(flat, flat).abs().max() < 1e-3


def test_no_pairs_give_no_flow() -> None:
    assert DisFlow()(torch.zeros(0, 1, 32, 48), torch.zeros(0, 1, 32, 48)).shape == (0, 2, 32, 48)


def test_presets_have_keys_of_their_own_and_others_are_refused() -> None:
    assert len({DisFlow(p).key for p in ("ultrafast", "fast", "medium")}) == 3
    with pytest.raises(ValueError, match="medium"):
        DisFlow("slow")
