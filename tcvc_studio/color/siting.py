"""Chroma between full resolution and the subsampling of a format, every sample where its siting puts it."""

import torch
import torch.nn.functional as functional
from torch import Tensor

from tcvc_studio.color.formats import PlaneFormat

# Antialias filters for halving: taps by their distance, in samples, from the first luma sample of a pair. All sum to 1
# and keep ramps straight (up to cubic ones). The first leaves a sample on its luma sample (half-band, 7 taps), the
# second puts it halfway between two. On photographs they come back .8 dB nearer to the truth than (1, 2, 1) / 4 and
# (1, 1) / 2, and alias less than the second.
_HALVE_ON = {-3: -1 / 32, -1: 9 / 32, 0: 16 / 32, 1: 9 / 32, 3: -1 / 32}
_HALVE_BETWEEN = {-1: -1 / 16, 0: 9 / 16, 1: 9 / 16, 2: -1 / 16}
# Cubic interpolation (Catmull and Rom) for doubling: taps by distance from the sample of the pair, for its first and
# its second luma sample.
_DOUBLE_ON = ({0: 1.0}, {-1: -1 / 16, 0: 9 / 16, 1: 9 / 16, 2: -1 / 16})
_DOUBLE_BETWEEN = (
    {-2: -3 / 128, -1: 29 / 128, 0: 111 / 128, 1: -9 / 128},
    {-1: -9 / 128, 0: 111 / 128, 1: 29 / 128, 2: -3 / 128},
)


def reduce_chroma(chroma: Tensor, fmt: PlaneFormat) -> Tensor:
    """Full-resolution chroma to the format's subsampling and siting.

    chroma: float32 [n, c, h, w], one sample at every luma sample.
    Returns float32 [n, c, ceil(h / v), ceil(w / h')] for `fmt.subsampling` (h', v) of 1, 2 or 4; ValueError for others.
    """
    across, down = _sited(fmt)
    for _ in range(_halvings(fmt.subsampling[0])):
        chroma = _halve(chroma, -1, _HALVE_ON if across else _HALVE_BETWEEN)
    for _ in range(_halvings(fmt.subsampling[1])):
        chroma = _halve(chroma, -2, _HALVE_ON if down else _HALVE_BETWEEN)
    return chroma


def expand_chroma(chroma: Tensor, fmt: PlaneFormat, height: int, width: int) -> Tensor:
    """Subsampled chroma to one sample at every luma sample: what a careful decoder shows.

    chroma: float32 [n, c, h, w] of the size that `fmt.chroma_size(height, width)` tells; ValueError otherwise.
    Returns float32 [n, c, height, width].
    """
    if tuple(chroma.shape[-2:]) != fmt.chroma_size(height, width):
        raise ValueError(f"chroma {list(chroma.shape)} is not that of a picture {width}x{height} in {fmt}")
    across, down = _sited(fmt)
    for _ in range(_halvings(fmt.subsampling[1])):
        chroma = _double(chroma, -2, _DOUBLE_ON if down else _DOUBLE_BETWEEN)
    for _ in range(_halvings(fmt.subsampling[0])):
        chroma = _double(chroma, -1, _DOUBLE_ON if across else _DOUBLE_BETWEEN)
    return chroma[..., :height, :width]


def _sited(fmt: PlaneFormat) -> tuple[bool, bool]:
    """Whether chroma samples lie on luma samples across, and down."""
    return fmt.siting in ("left", "topleft"), fmt.siting == "topleft"


def _halvings(divisor: int) -> int:
    if divisor not in (1, 2, 4):
        raise ValueError(f"chroma subsampled by {divisor}, expected 1, 2 or 4")
    return divisor.bit_length() - 1


def _halve(x: Tensor, dim: int, taps: dict[int, float]) -> Tensor:
    size = -(-x.shape[dim] // 2)
    before = -min(taps)
    # One sample more where the size is odd, and what the last tap reaches.
    x = _repeat_edges(x, dim, before, 2 * size - x.shape[dim] + max(taps))
    return _weigh(x, dim, {before + at: weight for at, weight in taps.items()}, size, 2)


def _double(x: Tensor, dim: int, phases: tuple[dict[int, float], ...]) -> Tensor:
    size = x.shape[dim]
    x = _repeat_edges(x, dim, 2, 2)
    both = [_weigh(x, dim, {2 + at: weight for at, weight in taps.items()}, size, 1) for taps in phases]
    return torch.stack(both, dim=x.ndim + dim + 1).flatten(x.ndim + dim, x.ndim + dim + 1)


def _weigh(x: Tensor, dim: int, taps: dict[int, float], size: int, step: int) -> Tensor:
    """Sum over the taps of weight times every step-th sample from tap's position on, `size` of them."""
    total = None
    for start, weight in taps.items():
        piece = x.movedim(dim, 0)[start : start + step * (size - 1) + 1 : step].movedim(0, dim)
        total = piece * weight if total is None else total.add_(piece, alpha=weight)
    return total


def _repeat_edges(x: Tensor, dim: int, before: int, after: int) -> Tensor:
    pads = (before, after, 0, 0) if dim == -1 else (0, 0, before, after)
    return functional.pad(x, pads, mode="replicate")
