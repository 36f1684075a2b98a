"""Flows between distant frames from flows between neighbours."""

from torch import Tensor

from tcvc_studio.flow.warp import warp


def composed(first: Tensor, second: Tensor) -> Tensor:
    """The flow of going by `first` and then, from where that ends, by `second`.

    first: [n, 2, h, w] from frame A to B. second: [n, 2, h, w] from B to C. Returns [n, 2, h, w] from A to C, so that
    warp(x, composed(first, second)) is warp(warp(x, second), first) but for one sampling instead of two.
    """
    return first + warp(second, first)
