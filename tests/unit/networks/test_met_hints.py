"""Hints met: the color asked for comes out where it was asked for, and only near there."""

import pytest
import torch

from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.idc import Idc
from tcvc_studio.networks.many_views import ManyViews
from tcvc_studio.networks.met_hints import encode_meeting
from tcvc_studio.networks.protocol import Hints
from tcvc_studio.networks.view import View


@pytest.fixture(params=["compact", "IDC", "two views"])
def network(request):
    torch.manual_seed(4)
    if request.param == "IDC":
        return Idc().eval()
    compact = CompactBackbone(widths=(8, 8, 8, 8, 8)).eval()
    torch.nn.init.normal_(compact.head.weight, std=0.2)
    return compact if request.param == "compact" else ManyViews(compact, [View(1.0), View(0.75, mirrored=True)]).eval()


def _hints(size: int, *dabs: tuple[int, int, int, tuple[float, float]]) -> Hints:
    """dabs: (top, left, side, ab)."""
    ab, mask = torch.zeros(1, 2, size, size), torch.zeros(1, 1, size, size)
    for top, left, side, color in dabs:
        ab[:, :, top : top + side, left : left + side] = torch.tensor(color).view(1, 2, 1, 1)
        mask[:, :, top : top + side, left : left + side] = 1
    return Hints(ab, mask)


def _mean(ab: torch.Tensor, top: int, left: int, side: int) -> torch.Tensor:
    return ab[0, :, top : top + side, left : left + side].mean(dim=(1, 2))


@torch.no_grad()
def test_hints_of_all_sizes_are_met(network):
    across = torch.linspace(0, 9, 128)
    l = (50 + 40 * across.sin()[:, None] * across.cos()).view(1, 1, 128, 128)  # noqa: E741
    dabs = [(20, 20, 9, (60.0, 40.0)), (90, 30, 1, (-50.0, 30.0)), (60, 100, 3, (10.0, -60.0))]
    hints = _hints(128, *dabs)
    plain = network.decode(network.encode(l, hints))
    met = network.decode(encode_meeting(network, l, hints))
    for top, left, side, color in dabs:
        asked = torch.tensor(color)
        assert (_mean(plain, top, left, side) - asked).norm() > 15, "there is something to be done"
        assert (_mean(met, top, left, side) - asked).norm() < 3


@torch.no_grad()
def test_neighbours_that_ask_for_opposite_colors_both_get_theirs(network):
    l = torch.full((1, 1, 64, 64), 60.0)  # noqa: E741
    met = network.decode(encode_meeting(network, l, _hints(64, (20, 16, 8, (50.0, 0.0)), (20, 32, 8, (-50.0, 0.0)))))
    assert _mean(met, 20, 16, 8)[0] > 42 and _mean(met, 20, 32, 8)[0] < -42


@torch.no_grad()
def test_what_is_missing_stays_where_lightness_is_alike():
    network = CompactBackbone(widths=(8, 8, 8, 8, 8)).eval()
    l = torch.full((1, 1, 128, 256), 30.0)  # noqa: E741
    l[..., 64:] = 90
    size = (1, 1, 128, 256)
    hints = Hints(torch.zeros(1, 2, *size[2:]), torch.zeros(size))
    hints.ab[..., 60:66, 40:46] = 50
    hints.mask[..., 60:66, 40:46] = 1
    change = network.decode(encode_meeting(network, l, hints)) - network.decode(network.encode(l, hints))
    size_of = change.norm(dim=1)[0]
    inside, across = size_of[63, 22], size_of[63, 67]  # as far from the hint as each other
    assert inside > 10 and across < 0.1 * inside
    assert size_of[:, 220:].max() < 0.1, "far away nothing changes"


@torch.no_grad()
def test_a_picture_given_as_a_whole_comes_out_as_it_is(network):
    l = torch.full((1, 1, 64, 64), 50.0)  # noqa: E741
    smooth = torch.linspace(-40, 40, 64).expand(1, 2, 64, 64).contiguous()
    met = network.decode(encode_meeting(network, l, Hints(smooth, torch.ones(1, 1, 64, 64))))
    assert (met - smooth)[..., 4:-4, 4:-4].abs().max() < 2


@torch.no_grad()
def test_no_hint_changes_nothing_and_half_precision_stays(network):
    l = torch.full((1, 1, 64, 64), 50.0)  # noqa: E741
    nothing = _hints(64)
    assert torch.equal(encode_meeting(network, l, nothing), network.encode(l, nothing))
    with torch.autocast("cpu", torch.bfloat16):
        features = encode_meeting(network, l, _hints(64, (20, 20, 5, (40.0, 40.0))))
        assert features.dtype == network.encode(l).dtype
        ab = network.decode(features)
    assert (_mean(ab, 20, 20, 5) - 40).abs().max() < 4
