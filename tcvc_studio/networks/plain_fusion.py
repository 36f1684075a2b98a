"""What the FFM is compared with (the paper's Table 4): plain convolutions over what is carried to a frame."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tcvc_studio.networks.fusion import ThreeConvolutions


@dataclass(frozen=True, slots=True)
class PlainPart:
    """backward: backward features [n, channels, h, w].  weight: of the forward feature [n, 1, 1, 1]."""

    backward: Tensor
    weight: Tensor

    def frame(self, index: int) -> "PlainPart":
        here = slice(index, index + 1)
        return PlainPart(self.backward[here], self.weight[here])


class PlainFusion(nn.Module):
    """Three convolutions that correct the temporal blend of both directions, or what the forward one carries alone.

    It sees the carried features and nothing else: no lightness, no neighbouring frames, and no weight of its own.
    channels: of the backbone's features.  directions: 1 (forward alone) or 2.  hidden: channels between.
    stride: working pixels between two feature samples.
    """

    def __init__(self, channels: int, *, directions: int, hidden: tuple[int, int], stride: int = 1) -> None:
        super().__init__()
        self.channels = channels
        self.directions = directions
        self.stride = stride
        self.plain = ThreeConvolutions((directions * channels, *hidden, channels), (3, 3, 3))

    @property
    def anchored(self) -> bool:
        """Of both directions, they correct a blend of the anchors' features; of one, what they made travels on."""
        return self.directions == 2

    @property
    def prepared_channels(self) -> int:
        return self.channels

    def lightness_features(self, l: Tensor) -> Tensor:  # noqa: E741
        """None: [n, 0, h, w]."""
        return l[:, :0]

    def prepare(self, *, backward: Tensor, odds: Tensor, **_: Tensor) -> PlainPart:
        """backward [n, channels, h, w]; odds: of the forward feature by distance in time [n]."""
        weight = (odds / (odds + 1)).view(-1, 1, 1, 1)
        return PlainPart(backward, weight.to(backward.dtype))

    def step(self, part: PlainPart, warped_forward: Tensor, forward_prev: Tensor) -> Tensor:
        """The corrected feature [n, channels, h, w]."""
        if self.directions == 1:
            return warped_forward + self.plain(warped_forward)
        blended = part.backward + part.weight * (warped_forward - part.backward)
        return blended + self.plain(torch.cat((part.backward, warped_forward), dim=1))

    def forward(self, *, backward: Tensor, warped_forward: Tensor, odds: Tensor, **_: Tensor) -> Tensor:
        return self.step(self.prepare(backward=backward, odds=odds), warped_forward, warped_forward)
