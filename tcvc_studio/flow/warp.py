"""Bilinear warping: the one place that says what a flow means."""

import torch
from torch.nn import functional


def warp(x: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """Sample `x` at p + flow(p), bilinearly, with coordinates clamped to the picture.

    x: [n, c, h, w], any floating type.  flow: [n, 2, h, w] in pixels of x, channel 0 along x, channel 1 along y.
    Returns [n, c, h, w] in the type of x; differentiable in both. The center of a pixel has whole coordinates: a flow
    of 0 returns x, a flow of (1, 0) returns x moved left by a pixel. Types below float32 are sampled in float32,
    because at 448 pixels neighbouring float16 coordinates are a quarter of a pixel apart.
    """
    height, width = x.shape[-2:]
    exact = torch.promote_types(x.dtype, torch.float32)
    flow = flow.to(exact)
    across = flow[:, 0] + torch.arange(width, device=x.device, dtype=exact)
    down = flow[:, 1] + torch.arange(height, device=x.device, dtype=exact)[:, None]
    # grid_sample wants -1..1 between the centers of the outermost pixels; a single pixel has no such span.
    grid = torch.stack((2 * across / max(width - 1, 1) - 1, 2 * down / max(height - 1, 1) - 1), dim=-1)
    sampled = functional.grid_sample(x.to(exact), grid, mode="bilinear", padding_mode="border", align_corners=True)
    return sampled.to(x.dtype)
