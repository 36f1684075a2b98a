"""The Flow protocol: any optical flow plugs in by one method."""

from typing import Protocol

import torch


class Flow(Protocol):
    """Optical flow between gray frames."""

    #: Goes into the key of cached results: method, preset, weights' hash.
    key: str

    def __call__(
        self, current: torch.Tensor, neighbour: torch.Tensor, start: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Displacement from each current frame to its neighbour.

        current, neighbour: CIE lightness [n, 1, h, w] float32 in 0..100 (any h, w of at least 16).
        start: a guess [n, 2, h, w] to begin from, such as flows composed along a chain of frames; a method may go
            where the guess is wrong, and is free to do without it.
        Returns float32 [n, 2, h, w] in pixels, channel 0 along x, channel 1 along y, so that
        `warp(neighbour, flow)` looks like `current`.
        """
        ...
