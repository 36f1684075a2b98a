"""Hints met: what a network does not quite give of the color asked for is added to the features around the hint.

A network takes a hint for a wish among others and comes near its color, the less so the more hints there are. G_C is
one 1x1 layer and tanh, so the least change of the features at a place that makes it map to a given color is known in
closed form. The features carry it on, through the propagation too, and no other part has to know.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tcvc_studio.networks.protocol import Backbone, Hints

#: How far what is missing spreads, as deviations in working pixels: first wide, where lightness is like that at the
#: hints, so that no speck of other saturation is seen in a surface; then close, until the hints themselves are met.
_WIDE = (32.0, 16.0, 8.0)
_CLOSE = (4.0, 2.0, 2.0)
#: Difference of lightness (0..100) at which the wide spread has fallen to 1 / sqrt(e).
_ALIKE = 10.0
#: Lab units of ab at tanh's 1, of every network whose `mapping` ends in one.
_AB_SCALE = 110.0
#: Colors are kept this far inside what tanh reaches, as a share.
_REACH = 0.98


def encode_meeting(backbone: Backbone, l: Tensor, hints: Hints) -> Tensor:  # noqa: E741
    """As `backbone.encode(l, hints)`, but G_C maps what comes out to the hints' colors where they lie.

    l: CIE lightness [n, 1, h, w] in 0..100. The backbone takes hints, so it has `mapping`. Returns features
    [n, channels, h / stride, w / stride].
    """
    features = backbone.encode(l, hints)
    with torch.autocast(features.device.type, enabled=False):
        met = _met(features.float(), l.float(), hints, mapping=backbone.mapping, stride=backbone.stride)
    return met.to(features.dtype)


def _met(features: Tensor, l: Tensor, hints: Hints, *, mapping: nn.Conv2d, stride: int) -> Tensor:  # noqa: E741
    weight, bias = mapping.weight.float(), mapping.bias.float()
    # The shortest change of a feature vector that changes what the layer makes of it by a given amount.
    inverse = torch.linalg.pinv(weight.flatten(1))[..., None, None]
    share = _pooled(hints.mask.float(), stride)
    mask = (share > 0).float()
    # The mean of hinted pixels alone, wherever one of them lies in a feature sample.
    ab = _pooled(hints.ab.float() * hints.mask, stride) / share.clamp(min=1e-6)
    asked = (ab / _AB_SCALE).clamp(-_REACH, _REACH).atanh()
    lightness = _pooled(l, stride)
    for reach in (*_WIDE, *_CLOSE):
        missing = (asked - F.conv2d(features, weight, bias)) * mask
        spread = _spread(torch.cat((missing, lightness * mask, mask), dim=1), reach / stride)
        count = spread[:, -1:]
        added = spread[:, :2] / count.clamp(min=1.0)
        if reach in _WIDE:
            near = spread[:, 2:3] / count.clamp(min=1e-6)  # the hints' own lightness
            added = added * torch.exp(-((lightness - near) / _ALIKE).square() / 2)
        features = features + F.conv2d(added, inverse)
    return features


def _pooled(x: Tensor, stride: int) -> Tensor:
    return F.avg_pool2d(x, stride) if stride > 1 else x


def _spread(x: Tensor, deviation: float) -> Tensor:
    """Sums over the surroundings, by a Gaussian that is 1 at its middle: [n, c, h, w]."""
    radius = math.ceil(3 * deviation)
    away = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(away / deviation).square() / 2).view(1, 1, -1, 1)
    planes = x.flatten(0, 1)[:, None]
    planes = F.conv2d(planes, kernel, padding=(radius, 0))
    return F.conv2d(planes, kernel.transpose(2, 3), padding=(0, radius)).view_as(x)
