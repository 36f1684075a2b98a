"""Color by the learned fusion: what it adds to, and what it leaves alone."""

import pytest
import torch

from tcvc_studio.engine.blend import BlendOptions, blend
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.learned import propagated_color
from tcvc_studio.engine.propagate import propagate
from tcvc_studio.errors import Cancelled
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.training.fusion import fusion_for
from tests.unit.engine.fakes import StillFlow

_CPU = Compute(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(2)
    network = CompactBackbone(widths=(8, 8, 8, 8, 8)).eval().requires_grad_(False)
    torch.nn.init.normal_(network.head.weight, std=0.3)
    return network


def _interval(frames: int = 6):
    rng = torch.Generator().manual_seed(frames)
    l = 100 * torch.rand(frames, 1, 32, 48, generator=rng)  # noqa: E741
    first, last = torch.randn(2, 1, 8, 16, 24, generator=rng)
    flows = {name: 3 * torch.randn(frames - 1, 2, 32, 48, generator=rng) for name in ("to_next", "to_prev")}
    return (l, first, last), flows


def _drawn(fusion):
    """With corrections that are not zero."""
    torch.manual_seed(3)
    for parameter in fusion.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return fusion.eval()


def _color(args, flows, backbone, fusion, **options) -> torch.Tensor:
    return propagated_color(
        *args, **flows, flow=StillFlow(), backbone=backbone, fusion=fusion, compute=_CPU, **options
    )


@torch.no_grad()
@pytest.mark.parametrize("fuse", ["ffm", "plain"])
def test_a_fusion_that_has_learned_nothing_is_the_blend(backbone, fuse):
    args, flows = _interval()
    ends = [backbone.decode(features) for features in args[1:]]
    expected = blend(args[0], *ends, **flows, flow=StillFlow(), options=BlendOptions.fast())[1:-1]
    shown = _color(args, flows, backbone, fusion_for(backbone, fuse).eval())
    torch.testing.assert_close(shown, expected, rtol=1e-4, atol=1e-2)
    assert (_color(args, flows, backbone, _drawn(fusion_for(backbone, fuse))) - expected).abs().mean() > 1


@torch.no_grad()
@pytest.mark.parametrize("fuse", ["published", "forward"])
def test_what_travels_as_published_is_color_by_itself(backbone, fuse):
    args, flows = _interval()
    fusion = _drawn(fusion_for(backbone, fuse))
    features = torch.cat([fused.features for fused in propagate(*args, **flows, fusion=fusion)])
    torch.testing.assert_close(_color(args, flows, backbone, fusion), backbone.decode(features))


@torch.no_grad()
@pytest.mark.parametrize("asked", [1, 4, 12])
def test_cancel_is_heard_while_fusing_and_while_blending(backbone, asked):
    args, flows = _interval()
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == asked:
            raise Cancelled

    with pytest.raises(Cancelled):
        _color(args, flows, backbone, fusion_for(backbone).eval(), check=check)
    assert len(calls) == asked
