"""The fusion without training: what it keeps exactly, what it carries, and where it looks elsewhere."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tcvc_studio.engine.blend import BlendOptions, blend, blend_with_confidence
from tcvc_studio.engine.match import Likeness
from tcvc_studio.errors import Cancelled
from tcvc_studio.flow.dis import DisFlow

HEIGHT, WIDTH = 64, 96


def texture(height: int, width: int, *, seed: int, low: float, high: float, channels: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, channels, height // 6 + 2, width // 6 + 2, generator=generator)
    fine = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)
    return low + (high - low) * fine.clamp(0, 1)


class KnownFlow:
    """Everything moves by (x, y) pixels a frame; frames are told apart by their order of appearance in `l`."""

    key = "known"

    def __init__(self, l: Tensor, step: tuple[float, float] = (0.0, 0.0)) -> None:  # noqa: E741
        self._l, self._step = l, step
        self.pairs = 0

    def __call__(self, current: Tensor, neighbour: Tensor, start: Tensor | None = None) -> Tensor:
        self.pairs += current.shape[0]
        return torch.cat([
            shift(self._step, self._number(b) - self._number(a))
            for a, b in zip(current, neighbour, strict=True)
        ])  # fmt: skip

    def _number(self, frame: Tensor) -> int:
        return int((self._l - frame).abs().flatten(1).amax(1).argmin())


def shift(step: tuple[float, float], frames: int = 1) -> Tensor:
    return torch.tensor(step).mul(frames).view(1, 2, 1, 1).expand(1, 2, HEIGHT, WIDTH).clone()


def moving(n: int, step: tuple[int, int], *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(lightness [n, 1, h, w], color [n, 2, h, w]) of a picture that moves by whole pixels a frame."""
    l = texture(HEIGHT + 2 * n * 4, WIDTH + 2 * n * 4, seed=seed, low=10, high=90)  # noqa: E741
    ab = texture(*l.shape[-2:], seed=seed + 1, low=-60, high=60, channels=2)

    def seen(x: Tensor) -> Tensor:
        parts = []
        for i in range(n):
            top, left = n * 4 - i * step[1], n * 4 - i * step[0]
            parts.append(x[..., top : top + HEIGHT, left : left + WIDTH])
        return torch.cat(parts)

    return seen(l), seen(ab)


def flows(n: int, step: tuple[float, float]) -> dict[str, Tensor]:
    return {"to_next": shift(step).expand(n - 1, -1, -1, -1), "to_prev": shift(step, -1).expand(n - 1, -1, -1, -1)}


@pytest.mark.parametrize("options", [None, BlendOptions.fast(), BlendOptions(direct=0.3)])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_anchors_are_exact(n: int, options: BlendOptions | None) -> None:
    l, ab = moving(n, (2, 1))  # noqa: E741
    other = texture(HEIGHT, WIDTH, seed=9, low=-90, high=90, channels=2)
    found = blend_with_confidence(
        l, ab[:1], other, **flows(n, (2, 1)), flow=KnownFlow(l, (2, 1)), options=options
    )
    assert found.planes.shape == (n, 2, HEIGHT, WIDTH)
    assert torch.equal(found.planes[:1], ab[:1])
    assert torch.equal(found.planes[-1:], other)
    assert found.confidence.shape == (n, 1, HEIGHT, WIDTH)
    assert bool((found.confidence[[0, -1]] == 1).all())
    assert 0 <= found.confidence.min() <= found.confidence.max() <= 1


def test_a_film_that_stands_still_keeps_its_color() -> None:
    l, ab = moving(1, (0, 0))  # noqa: E741
    l, ab = l.expand(6, -1, -1, -1), ab[:1]  # noqa: E741
    options = BlendOptions(matched=0)
    found = blend_with_confidence(l, ab, ab, **flows(6, (0, 0)), flow=KnownFlow(l), options=options)
    assert torch.allclose(found.planes, ab.expand(6, -1, -1, -1), atol=0.02)
    assert found.confidence.min() > 0.999
    with_likeness = blend(l, ab, ab, **flows(6, (0, 0)), flow=KnownFlow(l))
    assert (with_likeness - ab).abs().mean() < 0.05, "where the flow is sure, likeness has no say"


@pytest.mark.parametrize("options", [BlendOptions(), BlendOptions.fast()])
def test_color_moves_with_the_picture(options: BlendOptions) -> None:
    l, ab = moving(6, (3, -2))  # noqa: E741
    found = blend_with_confidence(
        l, ab[:1], ab[-1:], **flows(6, (3, -2)), flow=KnownFlow(l, (3, -2)), options=options
    )
    middle = (..., slice(16, -16), slice(20, -20))
    assert (found.planes - ab)[middle].abs().max() < 0.5
    assert found.confidence[middle].min() > 0.95


def test_it_travels_by_the_flow_of_a_real_method() -> None:
    l, ab = moving(5, (2, 1))  # noqa: E741
    method = DisFlow()
    to_next, to_prev = method(l[:-1], l[1:]), method(l[1:], l[:-1])
    found = blend(l, ab[:1], ab[-1:], to_next=to_next, to_prev=to_prev, flow=method)
    carried = (found - ab)[1:-1].abs().mean()
    unmoved = ((ab[:1] + ab[-1:]) / 2 - ab)[1:-1].abs().mean()
    assert carried < 0.25 * unmoved


def test_colors_of_the_two_anchors_cross_over_in_time() -> None:
    l = texture(HEIGHT, WIDTH, seed=3, low=20, high=80).expand(5, -1, -1, -1)  # noqa: E741
    first, last = torch.full((1, 2, HEIGHT, WIDTH), -40.0), torch.full((1, 2, HEIGHT, WIDTH), 40.0)
    options = BlendOptions(settle=0)
    found = blend(l, first, last, **flows(5, (0, 0)), flow=KnownFlow(l), options=options)
    assert torch.allclose(found.mean((1, 2, 3)), torch.tensor([-40.0, -20.0, 0.0, 20.0, 40.0]), atol=0.2)


def test_what_one_anchor_does_not_show_comes_from_the_other() -> None:
    """A block covers the left at the first anchor and is gone afterwards; its own color must not stay behind."""
    l = texture(HEIGHT, WIDTH, seed=4, low=40, high=60).repeat(5, 1, 1, 1)  # noqa: E741
    l[0, :, 16:48, 16:48] = 95
    first, last = torch.zeros(1, 2, HEIGHT, WIDTH), torch.full((1, 2, HEIGHT, WIDTH), 30.0)
    first[..., 16:48, 16:48] = -80
    for options in (BlendOptions(), BlendOptions.fast()):
        found = blend_with_confidence(l, first, last, **flows(5, (0, 0)), flow=KnownFlow(l), options=options)
        inside = found.planes[1, :, 22:42, 22:42]
        assert (inside - 30).abs().max() < 3, "the near anchor shows another thing here, the far one is right"
        assert found.planes[1, :, 22:42, 70:90].mean() < 12, "elsewhere the near anchor leads"


def test_flows_that_do_not_return_are_not_trusted() -> None:
    l = texture(HEIGHT, WIDTH, seed=5, low=48, high=52).expand(3, -1, -1, -1)  # noqa: E741
    first, last = torch.full((1, 1, HEIGHT, WIDTH), -40.0), torch.full((1, 1, HEIGHT, WIDTH), 40.0)
    to_next, to_prev = (x.clone() for x in flows(3, (0, 0)).values())
    to_prev[0, 0] = 9  # from the middle frame to the first: nothing comes back from there
    found = blend_with_confidence(
        l, first, last, to_next=to_next, to_prev=to_prev, flow=KnownFlow(l), options=BlendOptions.fast()
    )
    assert found.planes[1].mean() > 35
    assert bool((found.confidence[1] > 0.99).all())


@pytest.mark.parametrize("n", [2, 6])
def test_an_open_end_takes_all_from_the_other(n: int) -> None:
    l, ab = moving(n, (2, 0))  # noqa: E741
    middle = (..., slice(16, -16), slice(24, -24))
    forward = blend(l, ab[:1], None, **flows(n, (2, 0)), flow=KnownFlow(l, (2, 0)))
    assert torch.equal(forward[:1], ab[:1])
    assert (forward - ab)[middle].abs().max() < 0.5
    backward = blend(l, None, ab[-1:], **flows(n, (2, 0)), flow=KnownFlow(l, (2, 0)))
    assert torch.equal(backward[-1:], ab[-1:])
    assert (backward - ab)[middle].abs().max() < 0.5
    with pytest.raises(ValueError, match="anchor"):
        blend(l, None, None, **flows(n, (2, 0)), flow=KnownFlow(l))


def test_time_turned_around_gives_the_same() -> None:
    l, ab = moving(6, (2, 1))  # noqa: E741
    l = l + torch.randn(l.shape, generator=torch.Generator().manual_seed(1))  # noqa: E741
    there = flows(6, (2, 1))
    forward = blend(l, ab[:1], -ab[-1:], **there, flow=KnownFlow(l, (2, 1)))
    turned = l.flip(0)
    backward = blend(
        turned, -ab[-1:], ab[:1], to_next=there["to_prev"], to_prev=there["to_next"], flow=KnownFlow(turned, (-2, -1))
    )
    assert torch.allclose(forward, backward.flip(0), atol=1e-3)


def test_it_is_linear_in_what_is_carried_but_for_likeness() -> None:
    """Chroma and a residual beside it may be carried apart and added."""
    l, ab = moving(4, (1, 1))  # noqa: E741
    options = BlendOptions(matched=0)
    given = {**flows(4, (1, 1)), "flow": KnownFlow(l, (1, 1)), "options": options}
    residual = texture(HEIGHT, WIDTH, seed=8, low=-9, high=9, channels=2)
    together = blend(l, ab[:1] + residual, ab[-1:], **given)
    apart = blend(l, ab[:1], ab[-1:], **given) + blend(l, residual, torch.zeros_like(residual), **given)
    assert torch.allclose(together, apart, atol=1e-3)


def test_the_same_again_and_no_argument_touched() -> None:
    l, ab = moving(5, (2, 1))  # noqa: E741
    given = [x.clone() for x in (l, ab[:1], ab[-1:])]
    runs = [blend(*given, **flows(5, (2, 1)), flow=DisFlow()) for _ in range(2)]
    assert torch.equal(*runs)
    assert all(torch.equal(a, b) for a, b in zip(given, (l, ab[:1], ab[-1:]), strict=True))


@pytest.mark.parametrize("size", [(16, 16), (67, 41), (24, 200)])
def test_flat_noisy_and_odd_frames_give_numbers(size: tuple[int, int]) -> None:
    noise = torch.Generator().manual_seed(6)
    for l in (torch.full((4, 1, *size), 50.0), torch.rand(4, 1, *size, generator=noise) * 100):  # noqa: E741
        wild = [torch.randn(3, 2, *size, generator=noise) * 300 for _ in range(2)]
        ab = torch.randn(2, 2, *size, generator=noise) * 50
        found = blend_with_confidence(l, ab[:1], ab[1:], to_next=wild[0], to_prev=wild[1], flow=DisFlow())
        assert found.planes.isfinite().all()
        assert found.planes.abs().max() <= ab.abs().max() + 1e-3, "means stay between what is carried"
        assert found.confidence.isfinite().all()


def test_the_fast_choice_asks_for_no_flow_and_direct_ones_go_both_ways() -> None:
    l, ab = moving(6, (1, 0))  # noqa: E741
    flow = KnownFlow(l, (1, 0))
    blend(l, ab[:1], ab[-1:], **flows(6, (1, 0)), flow=flow, options=BlendOptions.fast())
    assert flow.pairs == 0
    blend(l, ab[:1], ab[-1:], **flows(6, (1, 0)), flow=flow)
    assert flow.pairs == 4 * 2 * 2, "four internal frames, two anchors, there and back"


def test_the_way_to_an_anchor_is_looked_for_where_it_was_found_last() -> None:
    """Every flow between neighbours errs by half a pixel: starts err by as much, however far the anchor is."""
    l, ab = moving(8, (2, 0))  # noqa: E741
    wrong: list[float] = []

    class Watched(KnownFlow):
        def __call__(self, current: Tensor, neighbour: Tensor, start: Tensor | None = None) -> Tensor:
            found = super().__call__(current, neighbour)
            wrong.extend((start - found)[..., 8:-8, 24:-24].abs().flatten(1).amax(1).tolist())
            return found

    given = {"to_next": shift((2.5, 0)).expand(7, -1, -1, -1), "to_prev": shift((-2.5, 0)).expand(7, -1, -1, -1)}
    found = blend(l, ab[:1], ab[-1:], **given, flow=Watched(l, (2, 0)), options=BlendOptions(matched=0))
    assert len(wrong) == 6 * 2 * 2
    assert max(wrong) == pytest.approx(0.5, abs=1e-3)
    carried = blend(l, ab[:1], ab[-1:], **given, flow=Watched(l, (2, 0)), options=BlendOptions.fast())
    middle = (slice(1, -1), ..., slice(24, -24))
    assert (found - ab)[middle].abs().mean() < 0.7 * (carried - ab)[middle].abs().mean()


def test_it_can_be_cancelled() -> None:
    l, ab = moving(6, (1, 0))  # noqa: E741
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        blend(l, ab[:1], ab[-1:], **flows(6, (1, 0)), flow=KnownFlow(l, (1, 0)), check=check)


def test_likeness_finds_what_looks_the_same_nearby() -> None:
    """Two blocks of different lightness and color change places with the ground between them."""
    l = torch.full((1, 1, HEIGHT, WIDTH), 50.0)  # noqa: E741
    ab = torch.zeros(1, 2, HEIGHT, WIDTH)
    l[..., 16:40, 16:40], ab[:, 0, 16:40, 16:40] = 80, 60
    l[..., 16:40, 56:80], ab[:, 1, 16:40, 56:80] = 20, -60
    later = l.roll(8, dims=-1)
    found, variance = Likeness(l, ab).find(later, shares=[1.0])
    assert found.shape == (1, 2, HEIGHT, WIDTH)
    assert variance.shape == (1, 1, HEIGHT, WIDTH)
    assert found[0, 0, 24:32, 32:40].mean() > 40
    assert found[0, 1, 24:32, 72:80].mean() < -40
    assert variance.min() >= 0


def test_likeness_is_unsure_where_colors_differ_for_the_same_lightness() -> None:
    l = torch.full((2, 1, HEIGHT, WIDTH), 50.0)  # noqa: E741
    ab = torch.zeros(2, 1, HEIGHT, WIDTH)
    ab[1] = 40
    likeness = Likeness(l, ab)
    middle, variance = likeness.find(l[:1], shares=[0.5, 0.5])
    assert torch.allclose(middle, torch.full_like(middle, 20.0), atol=1e-2)
    assert torch.allclose(variance, torch.full_like(variance, 400.0), rtol=1e-3)
    near, surer = likeness.find(l[:1], shares=[0.9, 0.1])
    assert torch.allclose(near, torch.full_like(near, 4.0), atol=1e-2)
    assert surer.max() < variance.min()


def test_likeness_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    l, ab = moving(3, (2, 1))  # noqa: E741
    likeness = Likeness(l[[0, 2]], ab[[0, 2]])
    whole = likeness.find(l[1:2], shares=[0.5, 0.5])
    monkeypatch.setattr("tcvc_studio.engine.match._BYTES", 4000)
    for a, b in zip(whole, likeness.find(l[1:2], shares=[0.5, 0.5]), strict=True):
        assert torch.allclose(a, b, atol=1e-3)


def test_options_are_frozen() -> None:
    assert replace(BlendOptions(), direct=0, matched=0) == BlendOptions.fast()
    with pytest.raises(AttributeError):
        BlendOptions().direct = 2
