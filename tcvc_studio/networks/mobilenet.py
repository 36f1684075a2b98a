"""MobileNetV2 as an encoder: what the compact backbone sees by, and what its training asks for advice."""

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

#: MobileNetV2's inverted residuals as (expansion, channels, repeats, first stride): Sandler et al. 2018, table 2.
_RESIDUALS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
#: Index of the last block at 1/2, 1/4, 1/8, 1/16 and 1/32 of the working size, and the channels it puts out.
_TAPS = (1, 3, 6, 13, 17)
TAP_CHANNELS = (16, 24, 32, 96, 320)
#: Mean and deviation of ImageNet's red, green and blue, which the encoder's weights expect taken out.
_RGB_MEAN = (0.485, 0.456, 0.406)
_RGB_DEVIATION = (0.229, 0.224, 0.225)
#: What is taken out of gray.
GRAY_MEAN = 0.449


class _InvertedResidual(nn.Module):
    """Expand, filter each channel, project; with the shortcut where the shape stays. Batch norms are folded away."""

    def __init__(self, channels_in: int, channels_out: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = channels_in * expansion
        depthwise = nn.Conv2d(hidden, hidden, 3, stride=stride, padding=1, groups=hidden)
        project = nn.Conv2d(hidden, channels_out, 1)
        # The positions 0, 2, 4 are those of the published layout, so that its weights load by name.
        layers: list[nn.Module] = [depthwise, nn.ReLU(inplace=True), project]
        if expansion != 1:
            layers = [nn.Conv2d(channels_in, hidden, 1), nn.ReLU(inplace=True), *layers]
        self.conv = nn.Sequential(*layers)
        self._stride = stride
        self._shortcut = stride == 1 and channels_in == channels_out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self._stride == 2 and torch.is_grad_enabled() and self.conv[0].weight.requires_grad:
            return self._thinned_after(x)
        return x + self.conv(x) if self._shortcut else self.conv(x)

    def _thinned_after(self, x: torch.Tensor) -> torch.Tensor:
        """The same numbers: every second sample of the filter at stride 1.

        The gradient of a depthwise convolution at stride 2 is so slow on CPUs that this takes a third of the time.
        """
        expand, relu, depthwise, *rest = self.conv
        x = F.conv2d(relu(expand(x)), depthwise.weight, depthwise.bias, padding=1, groups=depthwise.groups)
        x = x[..., ::2, ::2].contiguous(memory_format=torch.channels_last)
        for layer in rest:
            x = layer(x)
        return x


class Encoder(nn.Module):
    """MobileNetV2 up to its last inverted residual, on `channels` of 1 (gray less `GRAY_MEAN`) or 3 (`normalised`)."""

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        first = nn.Conv2d(channels, 32, 3, stride=2, padding=1)
        blocks: list[nn.Module] = [nn.Sequential(first, nn.ReLU(inplace=True))]
        channels = 32
        for expansion, width, repeats, first_stride in _RESIDUALS:
            for i in range(repeats):
                stride = first_stride if i == 0 else 1
                blocks.append(_InvertedResidual(channels, width, stride=stride, expansion=expansion))
                channels = width
        self.features = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """x: [n, channels, h, w]. Returns [n, c, h / 2**k, w / 2**k] for k = 1..5, c as in `TAP_CHANNELS`."""
        taps = []
        for i, block in enumerate(self.features):
            x = block(x)
            if i in _TAPS:
                taps.append(x)
        return taps


def normalised(rgb: torch.Tensor) -> torch.Tensor:
    """R'G'B' 0..1 as the published weights expect it; [n, 3, h, w]."""
    mean = torch.tensor(_RGB_MEAN, device=rgb.device).view(1, 3, 1, 1)
    return (rgb - mean) / torch.tensor(_RGB_DEVIATION, device=rgb.device).view(1, 3, 1, 1)


def color_weights(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What an `Encoder` of three channels needs of MobileNetV2 in the folded layout (`features.<i>...`).

    Raises KeyError where a weight is missing.
    """
    return {name: weights[name].float() for name in Encoder(channels=3).state_dict()}


def gray_weights(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same for one channel: gray goes into the three alike, so the first convolution's are summed into one."""
    state = color_weights(weights)
    first = state["features.0.0.weight"]
    deviation = torch.tensor(_RGB_DEVIATION).view(1, 3, 1, 1)
    offset = (GRAY_MEAN - torch.tensor(_RGB_MEAN)).view(1, 3, 1, 1)
    scaled = first / deviation
    state["features.0.0.bias"] = state["features.0.0.bias"] + (scaled * offset).sum(dim=(1, 2, 3))
    state["features.0.0.weight"] = scaled.sum(dim=1, keepdim=True)
    return state
