"""The networks agree with the authors' published code on the same weights, to 1e-4 relative."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tcvc_studio.engine.propagate import propagate
from tcvc_studio.flow.warp import warp
from tcvc_studio.networks.cic import Cic
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.idc import Idc
from tcvc_studio.networks.protocol import Hints
from tcvc_studio.networks.warp_loss import step_loss, temporal_loss, visibility
from tests.parity_weights import drawn_state, fill

_CROP = (slice(None), slice(None), slice(8, 16), slice(8, 16))


def _load(fixtures: Path, name: str) -> dict[str, torch.Tensor]:
    with np.load(fixtures / f"{name}.npz") as file:
        return {key: torch.from_numpy(np.asarray(file[key])) for key in file}


def _assert_close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape == theirs.shape
    assert float((ours - theirs).abs().max() / theirs.abs().max()) < 1e-4


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def interval() -> dict[str, torch.Tensor]:
    return _load(Path(__file__).resolve().parents[2] / "data", "tcvc_idc")


def test_idc_without_and_with_hints(fixtures):
    given = _load(fixtures, "idc")
    network = fill(Idc())
    lightness = given["l"] * 100 + 50
    features = network.encode(lightness)
    _assert_close(features[_CROP], given["features_crop"])
    _assert_close(features.mean(dim=(2, 3)), given["features_mean"])
    _assert_close(network.decode(features) / 110, given["ab"])
    hints = Hints(given["hint_ab"] * 110, given["hint_mask"])
    _assert_close(network.decode(network.encode(lightness, hints)) / 110, given["ab_hinted"])


def test_cic(fixtures):
    given = _load(fixtures, "cic")
    network = fill(Cic())
    features = network.encode(given["l"])
    published = F.interpolate(features, scale_factor=4, mode="bilinear", align_corners=False)
    _assert_close(published[_CROP], given["features_crop"])
    _assert_close(published.mean(dim=(2, 3)), given["features_mean"])
    _assert_close(network.decode(features), given["ab"])


def test_state_dict_names_and_shapes_are_the_published_ones(fixtures):
    lines = (fixtures / "tcvc_idc_keys.txt").read_text().splitlines()
    published = {name: shape for name, shape in (line.split("\t") for line in lines)}
    ours = {f"fea_key.{name}": value for name, value in Idc().state_dict().items()}
    ours |= FeatureFusion(128).state_dict()
    assert {name: str(tuple(value.shape)) for name, value in ours.items()} == published


def _anchors(idc: Idc, given: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    lightness = given["l"] * 100 + 50
    return lightness, idc.encode(lightness[:1]), idc.encode(lightness[-1:])


def test_a_whole_interval_the_published_way(interval):
    idc, fusion = fill(Idc(), "fea_key."), fill(FeatureFusion(128))
    lightness, first, last = _anchors(idc, interval)
    n = len(lightness)
    backward = {n - 1: last}
    for i in range(n - 2, 0, -1):
        backward[i] = warp(backward[i + 1], interval["flow_to_next"][i : i + 1])
    features = [first]
    for i in range(1, n - 1):
        fused = fusion(
            l_prev=lightness[i - 1 : i],
            l_cur=lightness[i : i + 1],
            l_next=lightness[i + 1 : i + 2],
            backward=backward[i],
            backward_next=backward[i + 1],
            warped_forward=warp(features[-1], interval["flow_to_prev"][i : i + 1]),
            forward_prev=features[-1],
            odds=torch.tensor([n - 1.0 - i]),
        )
        features.append(fused)
    _assert_close(idc.decode(torch.cat([*features, last])) / 110, interval["ab"])


def test_a_whole_interval_by_the_engine(interval):
    idc, fusion = fill(Idc(), "fea_key."), fill(FeatureFusion(128))
    lightness, first, last = _anchors(idc, interval)
    to_next, to_prev = interval["flow_to_next"][:-1], interval["flow_to_prev"][1:]
    internal = propagate(lightness, first, last, to_next=to_next, to_prev=to_prev, fusion=fusion)
    _assert_close(idc.decode(torch.cat([first, *(fused.features for fused in internal), last])) / 110, interval["ab"])


def test_warp_losses_and_masks(interval):
    ab, lightness = interval["ab"] * 110, interval["l"] * 100 + 50
    flows = {1: interval["flow_to_prev"][1:], 2: interval["flow_to_prev2"][2:]}
    for step, flow in flows.items():
        mask = visibility(lightness[step:], lightness[:-step], flow)
        _assert_close(mask, interval[f"mask_{step}"])
        loss = step_loss(ab, lightness, flow=flow, step=step)
        assert float(loss) == pytest.approx(float(interval[f"warp_loss_{step}"]), rel=1e-4)
    total = float(temporal_loss(ab, lightness, flow_1=flows[1], flow_2=flows[2]))
    assert total == pytest.approx(float(interval["warp_loss_1"] + interval["warp_loss_2"]), rel=1e-4)


def test_drawn_weights_differ_by_name():
    state = drawn_state(FeatureFusion(8))
    assert not torch.equal(state["channel_reduction.conv1.bias"], state["channel_reduction.conv3.bias"])
