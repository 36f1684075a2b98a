"""Backbones whose color can be foretold; features are the color itself."""

import torch
from torch import nn

from tcvc_studio.engine.device import Compute

CPU = Compute(torch.device("cpu"), torch.float32)


class Plain(nn.Module):
    """Everything in one color, whatever it is asked for."""

    channels, stride, takes_hints, half_safe = 2, 1, True, True

    def __init__(self, a: float = 0.0, b: float = 0.0) -> None:
        super().__init__()
        self.color = nn.Parameter(torch.tensor([a, b]), requires_grad=False)

    def encode(self, l, hints=None):  # noqa: E741
        return self.color.view(1, 2, 1, 1).expand(l.shape[0], 2, *l.shape[2:])

    def decode(self, features):
        return features


class Echo(Plain):
    """The hints' colors where they lie, gray elsewhere."""

    def encode(self, l, hints=None):  # noqa: E741
        if hints is None:
            return torch.zeros(l.shape[0], 2, *l.shape[2:])
        assert hints.ab.shape == (l.shape[0], 2, *l.shape[2:]) and hints.mask.shape == l.shape
        assert not hints.ab[hints.mask.expand_as(hints.ab) == 0].any(), "no color where there is no hint"
        return hints.ab * hints.mask
