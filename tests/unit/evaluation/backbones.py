"""Backbones whose color can be foretold."""

import torch
from torch import nn

from tcvc_studio.engine.device import Compute

CPU = Compute(torch.device("cpu"), torch.float32)


def _identity() -> nn.Conv2d:
    mapping = nn.Conv2d(2, 2, 1)
    nn.init.zeros_(mapping.bias)
    mapping.weight.data = torch.eye(2).view(2, 2, 1, 1)
    return mapping.requires_grad_(False)


class Plain(nn.Module):
    """Everything in one color, whatever it is asked for and whatever its features are made to be."""

    channels, stride, takes_hints, half_safe = 2, 1, True, True

    def __init__(self, a: float = 0.0, b: float = 0.0) -> None:
        super().__init__()
        self.color = nn.Parameter(torch.tensor([a, b]), requires_grad=False)
        self.mapping = _identity()

    def encode(self, l, hints=None):  # noqa: E741
        return torch.zeros(l.shape[0], 2, *l.shape[2:])

    def decode(self, features):
        return self.color.view(1, 2, 1, 1).expand_as(features)


class Echo(Plain):
    """The hints' colors where they lie, gray elsewhere."""

    def encode(self, l, hints=None):  # noqa: E741
        if hints is None:
            return torch.zeros(l.shape[0], 2, *l.shape[2:])
        assert hints.ab.shape == (l.shape[0], 2, *l.shape[2:]) and hints.mask.shape == l.shape
        assert not hints.ab[hints.mask.expand_as(hints.ab) == 0].any(), "no color where there is no hint"
        return (hints.ab * hints.mask / 110).atanh()

    def decode(self, features):
        return 110 * features.tanh()
