"""IDC and CIC obey the Backbone protocol."""

import pytest
import torch

from tcvc_studio.networks.cic import Cic
from tcvc_studio.networks.idc import Idc
from tcvc_studio.networks.protocol import Hints
from tests.parity_weights import fill


@pytest.fixture(scope="module")
def idc() -> Idc:
    return fill(Idc())


@pytest.fixture(scope="module")
def cic() -> Cic:
    return fill(Cic())


def _lightness(height: int, width: int) -> torch.Tensor:
    return 100 * torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ["idc", "cic"])
@pytest.mark.parametrize("size", [(16, 16), (48, 32)])
def test_shapes_follow_the_protocol(name, size, request):
    network = request.getfixturevalue(name)
    with torch.no_grad():
        features = network.encode(_lightness(*size))
        ab = network.decode(features)
    assert features.shape == (1, network.channels, size[0] // network.stride, size[1] // network.stride)
    assert ab.shape == (1, 2, *size)
    assert ab.isfinite().all()


@pytest.mark.parametrize("name", ["idc", "cic"])
def test_bfloat16_in_float32_out(name, request):
    network = request.getfixturevalue(name)
    lightness = _lightness(32, 32)
    with torch.no_grad():
        exact = network.decode(network.encode(lightness))
        half = type(network)()
        half.load_state_dict(network.state_dict())
        half = half.eval().to(torch.bfloat16)
        features = half.encode(lightness)
        ab = half.decode(features)
    assert features.dtype == torch.bfloat16
    assert ab.dtype == torch.float32
    assert (ab - exact).norm(dim=1).mean() < 1.0


def test_idc_hints_change_the_color_where_they_lie(idc):
    lightness = _lightness(32, 32)
    ab, mask = torch.zeros(1, 2, 32, 32), torch.zeros(1, 1, 32, 32)
    with torch.no_grad():
        without = idc.encode(lightness)
        torch.testing.assert_close(idc.encode(lightness, Hints(ab, mask)), without)
        ab[..., 8:11, 8:11], mask[..., 8:11, 8:11] = 60.0, 1.0
        change = (idc.decode(idc.encode(lightness, Hints(ab, mask))) - idc.decode(without)).norm(dim=1)[0]
    assert change[6:14, 6:14].mean() > 1.0


def test_idc_stays_inside_lab_gamut(idc):
    with torch.no_grad():
        ab = idc.decode(1000 * torch.randn(1, 128, 8, 8))
    assert ab.abs().max() <= 110.0


def test_cic_takes_no_hints(cic):
    lightness = _lightness(16, 16)
    with pytest.raises(ValueError, match="no hints"):
        cic.encode(lightness, Hints(torch.zeros(1, 2, 16, 16), torch.zeros(1, 1, 16, 16)))
