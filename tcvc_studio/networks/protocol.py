"""The Backbone protocol: the single-image colorization network G, split as the paper splits it (section 3.1.1)."""

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
    """An nn.Module with G_E (`encode`) and G_C (`decode`). All colors in Lab units; each network scales inside."""

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
