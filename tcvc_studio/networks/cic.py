"""CIC, the colorizer by classification of Zhang et al. (ECCV 2016), "eccv16" in richzhang/colorization.

State-dict names are the published ones.
"""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tcvc_studio.networks.protocol import Hints

_AB_SCALE = 110.0
_BINS = 313


def _block(*channels: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """3x3 convolutions with ReLU, the last one with the stride, then a batch norm."""
    layers: list[nn.Module] = []
    last = len(channels) - 2
    for i, (a, b) in enumerate(itertools.pairwise(channels)):
        step = stride if i == last else 1
        layers += [nn.Conv2d(a, b, 3, stride=step, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.BatchNorm2d(channels[-1]))


class Cic(nn.Module):
    """The Backbone protocol; features are the logits of the 313 ab bins at a quarter of the working size."""

    channels = _BINS
    stride = 4
    takes_hints = False
    # bfloat16 logits of a trained spread move ab by up to 4 units.
    half_safe = False

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _block(1, 64, 64, stride=2)
        self.model2 = _block(64, 128, 128, stride=2)
        self.model3 = _block(128, 256, 256, 256, stride=2)
        self.model4 = _block(256, 512, 512, 512)
        self.model5 = _block(512, 512, 512, 512, dilation=2)
        self.model6 = _block(512, 512, 512, 512, dilation=2)
        self.model7 = _block(512, 512, 512, 512)
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(512, 256, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, _BINS, 1),
        )
        # The ab of each bin; published among the weights.
        self.model_out = nn.Conv2d(_BINS, 2, 1, bias=False)

    def encode(self, l: Tensor, hints: Hints | None = None) -> Tensor:  # noqa: E741
        """l [n, 1, h, w] in 0..100, h and w multiples of 8; this network cannot take hints.

        Returns logits [n, 313, h / 4, w / 4]. Raises ValueError where hints are given.
        """
        if hints is not None:
            raise ValueError("CIC takes no hints")
        x = ((l - 50.0) / 100.0).to(self.model_out.weight.dtype)
        x = self.model3(self.model2(self.model1(x)))
        return self.model8(self.model7(self.model6(self.model5(self.model4(x)))))

    def decode(self, features: Tensor) -> Tensor:
        """Logits [n, 313, h / 4, w / 4]. Returns the expected ab [n, 2, h, w] in Lab units."""
        # In float32 whatever the features come in: 313 small probabilities add up here.
        with torch.autocast(features.device.type, enabled=False):
            ab = F.conv2d(features.float().softmax(dim=1), self.model_out.weight.float())
        return F.interpolate(ab, scale_factor=self.stride, mode="bilinear", align_corners=False) * _AB_SCALE
