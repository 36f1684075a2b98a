"""The compact backbone: a hint-conditioned U-Net on a MobileNetV2 encoder, small enough for two CPU cores."""

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from tcvc_studio.networks.mobilenet import GRAY_MEAN, TAP_CHANNELS, Encoder, gray_weights
from tcvc_studio.networks.protocol import Hints

ARCHITECTURE = "compact"
#: Lab units of ab that the networks here divide by, so that colors lie in -1..1.
AB_SCALE = 110.0


class _Stage(nn.Module):
    """One step of the decoder: deeper features upsampled, the encoder's skip and the hints added, two 3x3 mixed in."""

    def __init__(self, deeper: int | None, skip: int, width: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(deeper, width, 1, bias=False) if deeper else None
        self.lateral = nn.Conv2d(skip, width, 1)
        # No bias, and zero to begin with: where there is no hint, nothing is added, now and after training.
        self.hint = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.mix = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(
        self, deeper: torch.Tensor | None, skip: torch.Tensor, hint: torch.Tensor | None
    ) -> torch.Tensor:
        x = self.lateral(skip)
        if self.reduce is not None and deeper is not None:
            x = x + F.interpolate(self.reduce(deeper), scale_factor=2, mode="bilinear", align_corners=False)
        if hint is not None:
            x = x + self.hint(hint)
        x = F.relu(x)
        return F.relu(x + self.mix(x))


class CompactBackbone(nn.Module):
    """G of the paper's section 3.1.1 for machines without a GPU; obeys `networks.protocol.Backbone`.

    widths: decoder channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the working size; the first is the features'.
    Hints enter the decoder only, as a pyramid of the masked mean of their colors, by convolutions that begin at zero.
    """

    stride = 2
    takes_hints = True
    #: Measured with the shipped weights (the model card has figures): the mean change is .26 Lab units in bfloat16, of
    #: which 1 in 100 pixels feels as much as 1 unit, and .02 in float16.
    half_safe = True

    def __init__(self, *, widths: tuple[int, int, int, int, int] = (32, 64, 96, 128, 192)) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.channels = self.widths[0]
        self.encoder = Encoder()
        deeper = (*self.widths[1:], None)
        self.stages = nn.ModuleList(
            _Stage(d, s, w) for d, s, w in zip(deeper, TAP_CHANNELS, self.widths, strict=True)
        )
        # What kind of picture this is (street, room, woods) reaches every place at once.
        self.context = nn.Conv2d(TAP_CHANNELS[-1], self.widths[-1], 1)
        self.head = nn.Conv2d(self.channels, 2, 1)
        self._initialise()
        # Kept through loading and moving: on CPUs convolutions are twice as fast with channels last, on GPUs no slower.
        self.to(memory_format=torch.channels_last)

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        # What is added to something else before the next ReLU must not double it: nothing here normalises.
        for block in self.encoder.features[1:]:
            block.conv[-1].weight.data.mul_(0.5)
        for stage in self.stages:
            stage.lateral.weight.data.mul_(0.5)
            if stage.reduce is not None:
                stage.reduce.weight.data.mul_(0.5)
            nn.init.zeros_(stage.hint.weight)
            # Each stage begins near the identity.
            stage.mix[-1].weight.data.mul_(0.1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.context.weight)

    @property
    def mapping(self) -> nn.Conv2d:
        """The one layer of G_C."""
        return self.head

    def encode(self, l: torch.Tensor, hints: Hints | None = None) -> torch.Tensor:  # noqa: E741
        """l: [n, 1, h, w] in 0..100, h and w multiples of 16. Returns features [n, channels, h / 2, w / 2]."""
        height, width = l.shape[-2:]
        dtype = self.head.weight.dtype
        gray = _pad((l.to(dtype) / 100 - GRAY_MEAN), mode="replicate")
        taps = self.encoder(gray)
        pyramid: list[torch.Tensor | None] = [None] * len(taps)
        if hints is not None:
            pyramid = list(_hint_pyramid(hints, levels=len(taps), dtype=dtype))
        context = self.context(taps[-1].mean(dim=(2, 3), keepdim=True))
        x = None
        for i in range(len(taps) - 1, -1, -1):
            x = self.stages[i](x, taps[i], pyramid[i])
            if i == len(taps) - 1:
                x = x + context
        return x[..., : height // 2, : width // 2]

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """features: [n, channels, h / 2, w / 2]. Returns ab [n, 2, h, w] in Lab units, inside +-110."""
        return F.interpolate(self.color(features), scale_factor=2, mode="bilinear", align_corners=False)

    def color(self, features: torch.Tensor) -> torch.Tensor:
        """The last layer alone: ab [n, 2, h / 2, w / 2] in Lab units, one color for each feature sample."""
        # In float32 whatever the features come in: near 1 the steps of bfloat16 are half a Lab unit.
        with torch.autocast(features.device.type, enabled=False):
            ab = F.conv2d(features.float(), self.head.weight.float(), self.head.bias.float())
            return torch.tanh(ab) * AB_SCALE

    def forward(self, l: torch.Tensor, hints: Hints | None = None) -> torch.Tensor:  # noqa: E741
        """`decode(encode(l, hints))`: ab [n, 2, h, w]."""
        return self.decode(self.encode(l, hints))

    def load_encoder(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Begin the encoder from MobileNetV2 in the folded layout (`features.<i>...`), made for three channels.

        Raises KeyError where a weight is missing.
        """
        self.encoder.load_state_dict(gray_weights(weights))


def _pad(x: torch.Tensor, *, mode: str) -> torch.Tensor:
    """To multiples of 32, on the right and below."""
    height, width = x.shape[-2:]
    below, right = -height % 32, -width % 32
    return F.pad(x, (0, right, 0, below), mode=mode) if below or right else x


def _hint_pyramid(hints: Hints, *, levels: int, dtype: torch.dtype) -> list[torch.Tensor]:
    """[n, 3, h / 2**k, w / 2**k] for k = 1..levels: masked mean of ab / 110, and whether a hint lies there.

    The mean is over hinted pixels only, so that a hint of one pixel keeps its full color at every size.
    """
    mask = _pad(hints.mask.float(), mode="constant")
    ab = _pad(hints.ab.float() / AB_SCALE, mode="constant") * mask
    pyramid = []
    for _ in range(levels):
        ab = F.avg_pool2d(ab, 2)
        weight = F.avg_pool2d(mask, 2)
        mask = (weight > 0).float()
        ab = ab / torch.where(weight > 0, weight, torch.ones_like(weight))
        pyramid.append(torch.cat([ab, mask], dim=1).to(dtype))
    return pyramid
