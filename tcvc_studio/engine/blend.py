"""The fusion without training: candidates carried from both anchors, weighted and averaged.

Each internal frame has up to four candidates: the color of either anchor carried along the chain of neighbouring
frames, and fetched by flow straight from that anchor. A candidate's weight is its nearness in time, times the
consistency of the flows it came by (forward and backward flow should cancel), times the agreement of the anchor's
lightness, carried the same way, with the frame's own: where the flow went astray or something was uncovered, the
carried picture does not look like the frame, and the candidate yields to the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tcvc_studio.flow.protocol import Flow
from tcvc_studio.flow.warp import warp

#: Frames whose direct flows are computed in one call.
_BATCH = 4


@dataclass(frozen=True, slots=True)
class BlendOptions:
    """Constants of the weights.

    direct: weight of the candidates fetched straight from the anchors beside those of the chain; 0 leaves them out.
    tolerance: pixels of forward-backward error at which a step's confidence falls to 1/e.
    agreement: how sharply disagreeing lightness counts: exp(-agreement * mean squared difference of L / 100 over
        (2 radius + 1)^2 pixels).
    floor: what is left of a candidate's confidence at least, so that some color always arrives.
    """

    direct: float = 0.3
    tolerance: float = 1.0
    agreement: float = 400.0
    radius: int = 2
    floor: float = 1e-4


def blend(
    l: Tensor,  # noqa: E741
    first: Tensor | None,
    last: Tensor | None,
    *,
    to_next: Tensor,
    to_prev: Tensor,
    flow: Flow,
    options: BlendOptions | None = None,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """Planes [n, c, h, w] of all frames of an interval; at the anchors they are `first` and `last` exactly.

    l: CIE lightness [n, 1, h, w] of all n frames. first, last: what is carried, [1, c, h, w]: chroma or a residual;
    None at an open end, from which nothing comes (not both).
    to_next: [n - 1, 2, h, w], entry i is the flow from frame i to i + 1; to_prev: entry i is that from i + 1 to i.
    flow: for the flows straight to the anchors. check: called for each frame; what it raises ends the work.
    """
    options = options or BlendOptions()
    n = l.shape[0]
    sides = []
    if first is not None:
        sides.append(_carried(first, l, to_prev, to_next, options, check))
    if last is not None:
        turned = _carried(last, l.flip(0), to_next.flip(0), to_prev.flip(0), options, check)
        sides.append(turned[::-1])
    time = torch.linspace(0, 1, n).tolist()
    nearness = [[1 - t for t in time], time] if len(sides) == 2 else [[1.0] * n]
    anchors = [0] * (first is not None) + [n - 1] * (last is not None)
    planes = [None] * n
    for start in range(0, n, _BATCH):
        frames = [i for i in range(start, min(start + _BATCH, n)) if i not in anchors]
        straight = [_fetched(sides[k][anchors[k]], l, frames, anchors[k], flow, options) for k in range(len(sides))]
        for place, i in enumerate(frames):
            check()
            total = weights = 0
            for k, side in enumerate(sides):
                for candidate, share in ((side[i], 1.0), (straight[k] and straight[k][place], options.direct)):
                    if candidate is not None:
                        weight = nearness[k][i] * share * _weight(candidate, l[i : i + 1], options)
                        total = total + weight * candidate[:, :-2]
                        weights = weights + weight
            planes[i] = total / weights
    if first is not None:
        planes[0] = first
    if last is not None:
        planes[-1] = last
    return torch.cat(planes)


def _carried(
    color: Tensor, l: Tensor, back: Tensor, forth: Tensor, options: BlendOptions, check: Callable[[], None]  # noqa: E741
) -> list[Tensor]:
    """Color, lightness and confidence [1, c + 2, h, w] of frame 0 carried to each frame in turn.

    back[i]: flow from frame i + 1 to i. forth[i]: from i to i + 1.
    """
    held = torch.cat((color, l[:1], torch.ones_like(l[:1])), dim=1)
    chain = [held]
    for i in range(l.shape[0] - 1):
        check()
        held = warp(held, back[i : i + 1])
        held[:, -1:] *= _consistency(back[i : i + 1], forth[i : i + 1], options)
        chain.append(held)
    return chain


def _fetched(
    source: Tensor, l: Tensor, frames: list[int], anchor: int, flow: Flow, options: BlendOptions  # noqa: E741
) -> list[Tensor] | None:
    """The anchor's color, lightness and confidence fetched by flow straight from it, for each of the frames."""
    if not frames or options.direct == 0:
        return None
    here = l[frames]
    there = l[anchor : anchor + 1].expand_as(here)
    both = flow(torch.cat((here, there)), torch.cat((there, here))).to(l.device)
    away, home = both.chunk(2)
    fetched = warp(source.expand(len(frames), -1, -1, -1), away)
    fetched[:, -1:] *= _consistency(away, home, options)
    return list(fetched.split(1))


def _consistency(flow: Tensor, back: Tensor, options: BlendOptions) -> Tensor:
    """Confidence [n, 1, h, w] in a flow: exp(-|flow + back at its end| / tolerance)."""
    error = (flow + warp(back, flow)).square().sum(1, keepdim=True).sqrt()
    return torch.exp(-error / options.tolerance)


def _weight(candidate: Tensor, l: Tensor, options: BlendOptions) -> Tensor:  # noqa: E741
    """Confidence of a candidate whose last two planes are carried lightness and flow confidence."""
    r = options.radius
    difference = ((l - candidate[:, -2:-1]) / 100).square()
    mean = F.avg_pool2d(F.pad(difference, (r, r, r, r), mode="replicate"), 2 * r + 1, 1)
    agreement = torch.exp(-options.agreement * mean)
    return (candidate[:, -1:] + options.floor) * (agreement + options.floor)
