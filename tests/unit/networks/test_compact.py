"""The compact backbone: sizes, hints, the encoder's weights, half precision."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.protocol import Hints

_SLIM = (8, 8, 8, 8, 8)


@pytest.fixture
def slim() -> CompactBackbone:
    torch.manual_seed(1)
    return CompactBackbone(widths=_SLIM).eval()


def _lightness(*size: int) -> torch.Tensor:
    return 100 * torch.rand(*size, generator=torch.Generator().manual_seed(2))


def _hints(height: int, width: int, *, at: tuple[int, int], ab: tuple[float, float], side: int = 3) -> Hints:
    shown, mask = torch.zeros(1, 2, height, width), torch.zeros(1, 1, height, width)
    y, x = at
    shown[:, :, y : y + side, x : x + side] = torch.tensor(ab).view(1, 2, 1, 1)
    mask[:, :, y : y + side, x : x + side] = 1
    return Hints(shown, mask)


@pytest.mark.parametrize("height, width", [(16, 16), (32, 64), (48, 80), (112, 16)])
def test_any_multiple_of_sixteen(slim, height, width):
    with torch.no_grad():
        features = slim.encode(_lightness(2, 1, height, width))
        ab = slim.decode(features)
    assert features.shape == (2, slim.channels, height // slim.stride, width // slim.stride)
    assert ab.shape == (2, 2, height, width)
    assert ab.dtype == torch.float32
    assert ab.abs().max() <= 110


def test_stays_within_its_budget():
    network = CompactBackbone()
    assert sum(parameter.numel() for parameter in network.parameters()) <= 5_000_000
    assert (network.channels, network.stride, network.takes_hints) == (32, 2, True)


def test_an_untrained_hint_path_changes_nothing(slim):
    l = _lightness(1, 1, 64, 64)  # noqa: E741
    with torch.no_grad():
        plain, hinted = slim(l), slim(l, _hints(64, 64, at=(10, 10), ab=(60, -40)))
    assert torch.equal(plain, hinted)


def test_an_empty_mask_is_no_hint_even_after_training(slim):
    for stage in slim.stages:
        torch.nn.init.normal_(stage.hint.weight)
    l = _lightness(1, 1, 48, 64)  # noqa: E741
    none = Hints(torch.zeros(1, 2, 48, 64), torch.zeros(1, 1, 48, 64))
    with torch.no_grad():
        assert torch.equal(slim(l), slim(l, none))


def test_color_outside_the_mask_is_ignored(slim):
    for stage in slim.stages:
        torch.nn.init.normal_(stage.hint.weight)
    l, hints = _lightness(1, 1, 64, 64), _hints(64, 64, at=(10, 10), ab=(60, -40))  # noqa: E741
    smeared = Hints(torch.where(hints.mask > 0, hints.ab, torch.full_like(hints.ab, 33.0)), hints.mask)
    with torch.no_grad():
        assert torch.equal(slim(l, hints), slim(l, smeared))


def test_a_hint_is_learned_and_felt_most_where_it_lies(slim):
    """A few steps towards the hinted color: near the hint it comes, far from it little does."""
    slim.train()
    torch.nn.init.normal_(slim.head.weight, std=0.3)
    # The coarse stages reach over the whole of so small a picture.
    optimizer = torch.optim.Adam([stage.hint.weight for stage in slim.stages[:3]], lr=0.05)
    l = _lightness(1, 1, 128, 128)  # noqa: E741
    hints = _hints(128, 128, at=(20, 20), ab=(50, 20))
    near = torch.zeros(1, 1, 128, 128)
    near[:, :, 16:28, 16:28] = 1
    for _ in range(10):
        ab = slim(l, hints)
        loss = ((near * (ab - torch.tensor([50.0, 20.0]).view(1, 2, 1, 1))) ** 2).sum() / near.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        change = (slim(l, hints) - slim(l)).abs().mean(dim=1)[0]
    assert change[16:28, 16:28].mean() > 2
    assert change[16:28, 16:28].mean() > 3 * change[96:, 96:].mean()


def test_training_and_inference_compute_the_same(slim):
    """The gradient's cheaper way through strided filters gives the same numbers."""
    l = _lightness(1, 1, 64, 96)  # noqa: E741
    with torch.no_grad():
        expected = slim.encode(l)
    torch.testing.assert_close(slim.encode(l).detach(), expected, rtol=1e-4, atol=1e-5)


def test_the_pretrained_encoder_sees_gray_as_three_channels(slim):
    """Loaded for one channel, its first layer answers as the published one does to gray in all three."""
    state = slim.encoder.state_dict()
    generator = torch.Generator().manual_seed(3)
    weights = {name: torch.randn(value.shape, generator=generator) for name, value in state.items()}
    weights["features.0.0.weight"] = torch.randn(32, 3, 3, 3, generator=generator)
    slim.load_encoder(weights)
    gray = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(5))
    mean = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)
    deviation = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1)
    three = (gray.expand(1, 3, 32, 32) - mean) / deviation
    first = weights["features.0.0.weight"], weights["features.0.0.bias"]
    expected = torch.nn.functional.conv2d(three, *first, stride=2, padding=1).relu()
    with torch.no_grad():
        actual = slim.encoder.features[0](gray - 0.449)
    # Not at the border: zero padding means the mean gray there, which is not quite the same for three channels.
    torch.testing.assert_close(actual[..., 1:, 1:], expected[..., 1:, 1:], rtol=1e-3, atol=1e-3)


def test_an_encoder_with_a_weight_missing_is_refused(slim):
    with pytest.raises(KeyError):
        slim.load_encoder({"features.0.0.weight": torch.zeros(32, 3, 3, 3)})


def test_the_published_encoder_fits(shared: Path):
    weights = load_file(shared / "data" / "weights" / "mobilenet-v2-imagenet.safetensors")
    network = CompactBackbone()
    network.load_encoder(weights)
    last = network.encoder.features[17].conv[4].weight
    assert torch.equal(last, weights["features.17.conv.4.weight"].float())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_runs_whole(slim, dtype):
    l = _lightness(1, 1, 48, 64)  # noqa: E741
    with torch.no_grad():
        exact = slim(l)
        half = slim.to(dtype)(l)
    assert half.dtype == torch.float32
    assert (half - exact).abs().mean() < 1
