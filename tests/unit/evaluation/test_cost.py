"""Multiplications, counted against pencil and paper."""

import torch
import torch.nn.functional as F
from torch import nn

from tcvc_studio.evaluation.cost import backbone_macs, counted_macs, fusion_macs, parameters, processor
from tcvc_studio.networks.fusion import FeatureFusion
from tests.unit.evaluation.backbones import Plain


def test_convolutions_of_every_kind():
    x = torch.zeros(1, 6, 10, 14)
    plain = nn.Conv2d(6, 8, 3, padding=1)
    assert counted_macs(lambda: plain(x)) == 10 * 14 * 8 * 6 * 9
    assert counted_macs(lambda: nn.Conv2d(6, 8, 3, stride=2, padding=1)(x)) == 5 * 7 * 8 * 6 * 9
    depthwise = nn.Conv2d(6, 6, 3, padding=1, groups=6)
    assert counted_macs(lambda: depthwise(x)) == 10 * 14 * 6 * 9
    # Every sample that goes in meets every tap.
    assert counted_macs(lambda: nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1)(x)) == 10 * 14 * 6 * 4 * 16
    assert counted_macs(lambda: F.conv2d(x, plain.weight)) == 8 * 12 * 8 * 6 * 9, "no module is called here"
    assert counted_macs(lambda: nn.Linear(5, 7)(torch.zeros(3, 5))) == 3 * 5 * 7
    assert counted_macs(lambda: x.relu()) == 0


def test_parameters_are_all_that_is_learned():
    assert parameters(nn.Sequential(nn.Conv2d(6, 8, 3), nn.BatchNorm2d(8))) == 8 * 6 * 9 + 8 + 8 + 8


class _Pointwise(Plain):
    channels, stride = 5, 2

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 5, 1, stride=2), nn.Conv2d(5, 2, 1)

    def encode(self, l, hints=None):  # noqa: E741
        return self.first(l)

    def decode(self, features):
        return self.second(features)


def test_a_backbone_counts_features_and_mapping():
    assert backbone_macs(_Pointwise(), (64, 32)) == 32 * 16 * 5 + 32 * 16 * 10


def test_a_fusion_costs_alike_for_each_internal_frame():
    backbone = _Pointwise()
    fusion = FeatureFusion(
        5, lightness_channels=4, weight_hidden=(8, 4), refine_hidden=(8, 4), reduced=4, stride=2
    ).eval()
    two, eight = (fusion_macs(fusion, backbone, (64, 32), internal=n) for n in (2, 8))
    assert two > 0 and abs(two - eight) < 0.25 * eight, "only what belongs to the anchors is shared by more"
    assert fusion_macs(fusion, backbone, (128, 32), internal=2) == 2 * two


def test_the_processor_has_a_name():
    assert processor()[0].isdigit() and " of " in processor()
