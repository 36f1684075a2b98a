"""How far a flow can be trusted: there and back again should end where it began."""

import torch
from torch import Tensor

from tcvc_studio.flow.warp import warp


def round_trip(there: Tensor, back: Tensor) -> Tensor:
    """Distance in pixels by which the way there and back misses its beginning: [n, 1, h, w], 0 where flows agree.

    there: [n, 2, h, w] from a frame to another. back: [n, 2, h, w] from that one to the first.
    """
    return (there + warp(back, there)).square().sum(1, keepdim=True).sqrt()


def confidence(there: Tensor, back: Tensor, *, tolerance: float = 1.0) -> Tensor:
    """exp(-round_trip / tolerance), [n, 1, h, w] in 0..1: 1 where the flows agree. tolerance: pixels."""
    return torch.exp(-round_trip(there, back) / tolerance)
