"""Bidirectional feature propagation in one interval, as the paper has it (section 3.1.3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tcvc_studio.flow.warp import warp
from tcvc_studio.networks.protocol import Fusion, Part

#: Backward features beyond this many bytes are not kept but warped a second time, stretch by stretch.
_KEEP_BYTES = 256 << 20
#: Bytes of first-layer sums prepared at once: few enough to stay near the processor (128 MB took a third longer).
_PREPARE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Fused:
    """Features [k, channels, h', w'] of k internal frames in a row.

    even: what the anchors' features are by temporal distance alone, which an anchored fusion corrects; else None.
    """

    features: Tensor
    even: Tensor | None


def flow_at_stride(flow: Tensor, stride: int) -> Tensor:
    """Flow [n, 2, h, w] in working pixels as [n, 2, h / stride, w / stride] in feature samples."""
    return flow if stride == 1 else F.avg_pool2d(flow, stride) / stride


def propagate(
    l: Tensor,  # noqa: E741
    first: Tensor,
    last: Tensor,
    *,
    to_next: Tensor,
    to_prev: Tensor,
    fusion: Fusion,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Fused]:
    """Fused features of the internal frames, in stretches, from the first internal frame on.

    l: CIE lightness [n, 1, h, w] of all n frames of the interval, n >= 3, both anchors among them.
    first, last: features [1, channels, h', w'] of the anchors, h' = h / stride.
    to_next: [n - 1, 2, h, w], entry i is the flow from frame i to i + 1; to_prev: entry i is the flow from i + 1 to i.
    check: called for each frame; what it raises ends the propagation.

    Backward first (equation 2): F_b[i] = warp(F_b[i + 1]). Then forward with fusion (equations 3 and 5):
    F_f[i] = FFM(warp(F_f[i - 1]), F_b[i], ...), and what is fused travels on; or, where the fusion is anchored, the
    first anchor's feature does. Differentiable.
    """
    n = l.shape[0]
    to_next = flow_at_stride(to_next, fusion.stride)
    to_prev = flow_at_stride(to_prev, fusion.stride)
    lightness = fusion.lightness_features(l)
    odds = temporal_odds(n, anchored=fusion.anchored).to(first.device)
    forward = carried = first
    for start, backward in _backward_stretches(last, to_next, n, check):
        stop = start + backward.shape[0] - 1
        parts = _prepared(fusion, lightness, backward, odds, start, stop)
        fused, even = [], []
        for i in range(start, stop):
            check()
            carried = warp(carried if fusion.anchored else forward, to_prev[i - 1 : i])
            forward = fusion.step(next(parts), carried, forward)
            fused.append(forward)
            if fusion.anchored:
                even.append(torch.lerp(carried, backward[i - start : i - start + 1], 1 / (1 + float(odds[i]))))
        yield Fused(torch.cat(fused), torch.cat(even) if even else None)


def temporal_odds(frames: int, *, anchored: bool) -> Tensor:
    """Odds of the forward feature against the backward one, by distance in time, of an interval's frames [frames].

    Those of the internal frames are above 0. Where what was fused travels on, each frame needs no more than its share
    of the change that is left: as many to one as frames remain.
    """
    passed = torch.arange(frames, dtype=torch.float32)
    remaining = frames - 1 - passed
    return remaining / passed.clamp(min=1) if anchored else remaining


def _prepared(
    fusion: Fusion, lightness: Tensor, backward: Tensor, odds: Tensor, start: int, stop: int
) -> Iterator[Part]:
    """Non-recurrent parts of the internal frames start..stop - 1, prepared a few at a time; backward[0] is at start."""
    each = max(1, _PREPARE_BYTES // (4 * fusion.prepared_channels * backward[0, 0].numel()))
    for a in range(start, stop, each):
        b = min(a + each, stop)
        part = fusion.prepare(
            l_prev=lightness[a - 1 : b - 1],
            l_cur=lightness[a:b],
            l_next=lightness[a + 1 : b + 1],
            backward=backward[a - start : b - start],
            backward_next=backward[a - start + 1 : b - start + 1],
            odds=odds[a:b],
        )
        yield from (part.frame(i) for i in range(b - a))


def _backward_stretches(
    last: Tensor, to_next: Tensor, n: int, check: Callable[[], None]
) -> Iterator[tuple[int, Tensor]]:
    """(start, backward features of frames start..stop) for consecutive stretches of internal frames start..stop - 1.

    Where all of them fit into memory there is one stretch. Else only the features at the stretches' ends are kept, and
    each stretch is warped again from its end when its turn comes: the same arithmetic, so the same result.
    """
    each = max(1, min(n - 2, _KEEP_BYTES // (last.numel() * last.element_size())))
    starts = list(range(1, n - 1, each))
    ends = {n - 1: last}
    feature = last
    if len(starts) > 1:
        for i in range(n - 2, each, -1):
            check()
            feature = warp(feature, to_next[i : i + 1])
            if (i - 1) % each == 0:
                ends[i] = feature
    for start in starts:
        stop = min(start + each, n - 1)
        stretch = [ends.pop(stop)]
        for i in range(stop - 1, start - 1, -1):
            check()
            stretch.append(warp(stretch[-1], to_next[i : i + 1]))
        yield start, torch.cat(stretch[::-1])
