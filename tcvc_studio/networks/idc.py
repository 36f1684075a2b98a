"""IDC, the interactive colorizer of Zhang et al. (SIGGRAPH 2017), "siggraph17" in richzhang/colorization.

State-dict names are the published ones.
"""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tcvc_studio.networks.protocol import Hints

_AB_SCALE = 110.0


def _block(*channels: int, dilation: int = 1) -> nn.Sequential:
    """3x3 convolutions with ReLU, then a batch norm."""
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(channels):
        layers += [nn.Conv2d(a, b, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.BatchNorm2d(channels[-1]))


def _one(module: nn.Module) -> nn.Sequential:
    return nn.Sequential(module)


class Idc(nn.Module):
    """The Backbone protocol; features are the output of block 10, full size."""

    channels = 128
    stride = 1
    takes_hints = True
    half_safe = True

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _block(4, 64, 64)
        self.model2 = _block(64, 128, 128)
        self.model3 = _block(128, 256, 256, 256)
        self.model4 = _block(256, 512, 512, 512)
        self.model5 = _block(512, 512, 512, 512, dilation=2)
        self.model6 = _block(512, 512, 512, 512, dilation=2)
        self.model7 = _block(512, 512, 512, 512)
        self.model8up = _one(nn.ConvTranspose2d(512, 256, 4, stride=2, padding=1))
        self.model3short8 = _one(nn.Conv2d(256, 256, 3, padding=1))
        self.model8 = nn.Sequential(nn.ReLU(), *_block(256, 256, 256))
        self.model9up = _one(nn.ConvTranspose2d(256, 128, 4, stride=2, padding=1))
        self.model2short9 = _one(nn.Conv2d(128, 128, 3, padding=1))
        self.model9 = nn.Sequential(nn.ReLU(), *_block(128, 128))
        self.model10up = _one(nn.ConvTranspose2d(128, 128, 4, stride=2, padding=1))
        self.model1short10 = _one(nn.Conv2d(64, 128, 3, padding=1))
        self.model10 = nn.Sequential(nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(0.2))
        # The published classifier over 529 ab bins; it is not needed to color, its weights are kept for completeness.
        self.model_class = _one(nn.Conv2d(256, 529, 1))
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    @property
    def mapping(self) -> nn.Conv2d:
        """The one layer of G_C."""
        return self.model_out[0]

    def encode(self, l: Tensor, hints: Hints | None = None) -> Tensor:  # noqa: E741
        """l [n, 1, h, w] in 0..100, h and w multiples of 8. Returns features [n, 128, h, w]."""
        if hints is None:
            ab, mask = l.new_zeros(l.shape[0], 2, *l.shape[2:]), torch.zeros_like(l)
        else:
            ab, mask = hints.ab, hints.mask
        inputs = torch.cat(((l - 50.0) / 100.0, ab / _AB_SCALE, mask), dim=1)
        one = self.model1(inputs.to(self.model_out[0].weight.dtype))
        two = self.model2(one[:, :, ::2, ::2])
        three = self.model3(two[:, :, ::2, ::2])
        seven = self.model7(self.model6(self.model5(self.model4(three[:, :, ::2, ::2]))))
        eight = self.model8(self.model8up(seven) + self.model3short8(three))
        nine = self.model9(self.model9up(eight) + self.model2short9(two))
        return self.model10(self.model10up(nine) + self.model1short10(one))

    def decode(self, features: Tensor) -> Tensor:
        """features [n, 128, h, w]. Returns ab [n, 2, h, w] in Lab units, -110..110."""
        # In float32 whatever the features come in: near 1 the steps of bfloat16 are half a Lab unit.
        with torch.autocast(features.device.type, enabled=False):
            mapping = self.model_out[0]
            ab = F.conv2d(features.float(), mapping.weight.float(), mapping.bias.float())
            return ab.tanh() * _AB_SCALE
