"""Several looks at a picture: what is averaged, how hints follow, and what stays as it was."""

import pytest
import torch

from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.idc import Idc
from tcvc_studio.networks.many_views import ManyViews
from tcvc_studio.networks.protocol import Hints
from tcvc_studio.networks.view import PLAIN, View

_BOTH = (View(), View(0.625, mirrored=True))


@pytest.fixture
def slim() -> CompactBackbone:
    torch.manual_seed(1)
    network = CompactBackbone(widths=(8, 8, 8, 8, 8)).eval().requires_grad_(False)
    torch.nn.init.normal_(network.head.weight, std=0.2)
    for stage in network.stages:
        torch.nn.init.normal_(stage.hint.weight)
    return network


def _lightness(*size: int) -> torch.Tensor:
    return 100 * torch.rand(*size, generator=torch.Generator().manual_seed(2))


class _Seen(torch.nn.Module):
    """A backbone that keeps what it was shown and answers with it, one sample of two by two pixels."""

    channels, stride, takes_hints, half_safe = 1, 2, True, False

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[torch.Tensor, Hints | None]] = []

    def encode(self, l: torch.Tensor, hints: Hints | None = None) -> torch.Tensor:  # noqa: E741
        self.shown.append((l, hints))
        return torch.nn.functional.avg_pool2d(l, 2)

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        return features


def test_one_plain_view_is_the_backbone_itself(slim):
    l = _lightness(2, 1, 48, 64)  # noqa: E741
    assert torch.equal(ManyViews(slim, PLAIN).encode(l), slim.encode(l))


def test_a_mirrored_picture_has_mirrored_color(slim):
    l = _lightness(1, 1, 64, 96)  # noqa: E741
    both = ManyViews(slim, (View(), View(mirrored=True)))
    straight, swapped = both.encode(l), both.encode(l.flip(-1)).flip(-1)
    assert (straight - swapped).abs().max() < 1e-4 * straight.abs().max()
    assert (slim.encode(l) - slim.encode(l.flip(-1)).flip(-1)).abs().max() > 1e-2 * straight.abs().max()


@pytest.mark.parametrize("height, width", [(16, 48), (64, 112), (256, 448)])
@pytest.mark.parametrize("view", [View(0.625, mirrored=True), View(0.5), View(1.5)])
def test_features_lie_where_the_backbone_puts_them(view, height, width):
    """A slope of light keeps its place through every view."""
    slope = torch.linspace(0, 100, width).repeat(1, 1, height, 1)
    features = ManyViews(_Seen(), (view,)).encode(slope)
    expected = torch.nn.functional.avg_pool2d(slope, 2)
    assert features.shape == expected.shape
    inner = slice(8, -8)
    assert (features - expected)[..., inner].abs().max() < 0.6


def test_smaller_views_have_sides_the_backbone_takes():
    seen = _Seen()
    ManyViews(seen, (View(0.625), View(0.1))).encode(_lightness(1, 1, 256, 448))
    assert [tuple(shown.shape[2:]) for shown, _ in seen.shown] == [(160, 288), (32, 48)]


def test_the_smallest_hint_keeps_its_color_in_every_view():
    ab, mask = torch.zeros(1, 2, 64, 96), torch.zeros(1, 1, 64, 96)
    ab[:, :, 20, 11] = torch.tensor([40.0, -30.0])
    mask[:, :, 20, 11] = 1
    seen = _Seen()
    ManyViews(seen, (View(), View(0.5, mirrored=True))).encode(_lightness(1, 1, 64, 96), Hints(ab, mask))
    (_, straight), (_, small) = seen.shown
    assert torch.equal(straight.ab, ab) and torch.equal(straight.mask, mask)
    place = small.mask[0, 0].nonzero().tolist()
    assert place == [[10, 48 - 1 - 5]]
    assert small.ab[0, :, 10, 42].tolist() == pytest.approx([40, -30])
    assert small.ab.abs().sum() == pytest.approx(70)


def test_what_the_backbone_says_of_itself_is_passed_on(slim):
    for backbone in (slim, Idc()):
        views = ManyViews(backbone, _BOTH)
        assert (views.channels, views.stride) == (backbone.channels, backbone.stride)
        assert (views.takes_hints, views.half_safe) == (backbone.takes_hints, backbone.half_safe)


def test_half_precision_sees_alike(slim):
    l = _lightness(1, 1, 64, 96)  # noqa: E741
    views = ManyViews(slim, _BOTH)
    exact = views.decode(views.encode(l))
    with torch.autocast("cpu", torch.bfloat16):
        half = views.decode(views.encode(l)).float()
    assert (half - exact).abs().mean() < 0.05 * exact.abs().mean()


@pytest.mark.parametrize("scale", [0, -1, 3])
def test_views_that_make_no_sense(scale, slim):
    with pytest.raises(ValueError, match="working size"):
        View(scale)
    with pytest.raises(ValueError, match="looked at"):
        ManyViews(slim, ())
