"""What the engine knows of networks: the single-image network G, split as the paper splits it (section 3.1.1), and
the fusion of what comes from both sides (section 3.1.3)."""

from dataclasses import dataclass
from typing import Protocol

import torch


@dataclass(frozen=True, slots=True)
class Hints:
    """Colors the restorer put on points of an anchor.

    ab: [n, 2, h, w] Lab units, 0 where there is no hint.  mask: [n, 1, h, w], 1 where a hint lies, else 0.
    """

    ab: torch.Tensor
    mask: torch.Tensor


class Backbone(Protocol):
    """An nn.Module with G_E (`encode`) and G_C (`decode`). All colors in Lab units; each network scales inside.

    One that takes hints also has `mapping`, the 1x1 convolution of G_C: ab is 110 times the tanh of what it gives.
    """

    #: Feature channels, and how many working pixels lie between two feature samples.
    channels: int
    stride: int
    takes_hints: bool
    #: True where float16 and bfloat16 change ab by less than a just noticeable difference.
    half_safe: bool

    def encode(self, l: torch.Tensor, hints: Hints | None = None) -> torch.Tensor:  # noqa: E741
        """l: CIE lightness [n, 1, h, w] in 0..100, h and w multiples of 16 (a network that needs more pads inside).

        Returns features [n, channels, h / stride, w / stride], those of the penultimate layer.
        """
        ...

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """features: those of `encode`, or propagated ones. Returns ab [n, 2, h, w] in Lab units, working size."""
        ...


class Part(Protocol):
    """What a fusion made of everything but the forward feature, for some frames at once."""

    def frame(self, index: int) -> "Part":
        """That of one frame."""
        ...


class Fusion(Protocol):
    """An nn.Module that fuses the features carried from both anchors, frame by frame; `networks.fusion` explains."""

    #: Working pixels between two feature samples, and channels of what `prepare` makes for each of them.
    stride: int
    prepared_channels: int
    #: What travels forward: the feature of the anchor there, or, as published, what was fused at the frame before.
    anchored: bool

    def lightness_features(self, l: torch.Tensor) -> torch.Tensor:  # noqa: E741
        """Once for each frame: l [n, 1, h, w] in 0..100. Returns [n, any, h / stride, w / stride]."""
        ...

    def prepare(
        self,
        *,
        l_prev: torch.Tensor,
        l_cur: torch.Tensor,
        l_next: torch.Tensor,
        backward: torch.Tensor,
        backward_next: torch.Tensor,
        odds: torch.Tensor,
    ) -> Part:
        """Everything that need not wait for the forward feature, for n frames at once.

        odds: of the forward feature against the backward one by distance in time alone [n].
        """
        ...

    def step(self, part: Part, warped_forward: torch.Tensor, forward_prev: torch.Tensor) -> torch.Tensor:
        """The fused feature [1, channels, h', w'] of one frame, which is decoded and, if not `anchored`, travels on."""
        ...

    def __call__(
        self,
        *,
        l_prev: torch.Tensor,
        l_cur: torch.Tensor,
        l_next: torch.Tensor,
        backward: torch.Tensor,
        backward_next: torch.Tensor,
        warped_forward: torch.Tensor,
        forward_prev: torch.Tensor,
        odds: torch.Tensor,
    ) -> torch.Tensor:
        """`prepare` and `step` in one, from lightness [n, 1, h, w] in 0..100."""
        ...
