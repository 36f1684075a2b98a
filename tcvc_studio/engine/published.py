"""The same propagation done the published way: everything computed anew for every frame. For comparison only."""

import torch
from torch import Tensor

from tcvc_studio.engine.propagate import flow_at_stride, temporal_odds
from tcvc_studio.flow.warp import warp
from tcvc_studio.networks.protocol import Backbone, Fusion


def color_interval_published(
    l: Tensor,  # noqa: E741
    *,
    to_next: Tensor,
    to_prev: Tensor,
    backbone: Backbone,
    fusion: Fusion,
) -> Tensor:
    """ab [n, 2, h, w] of an interval, arguments as in `engine.propagate.propagate`.

    Each internal frame extracts the L features of three frames, reduces three features, convolves concatenated inputs
    and maps its color, one frame at a time; both anchors are encoded for every interval. Of an anchored fusion this is
    what its features say by themselves, without the blend that they correct.
    """
    n = l.shape[0]
    to_next = flow_at_stride(to_next, fusion.stride)
    to_prev = flow_at_stride(to_prev, fusion.stride)
    first, last = backbone.encode(l[:1]), backbone.encode(l[-1:])
    backward = {n - 1: last}
    for i in range(n - 2, 0, -1):
        backward[i] = warp(backward[i + 1], to_next[i : i + 1])
    odds = temporal_odds(n, anchored=fusion.anchored).to(first.device)
    colors, forward, carried = [backbone.decode(first)], first, first
    for i in range(1, n - 1):
        carried = warp(carried if fusion.anchored else forward, to_prev[i - 1 : i])
        forward = fusion(
            l_prev=l[i - 1 : i],
            l_cur=l[i : i + 1],
            l_next=l[i + 1 : i + 2],
            backward=backward[i],
            backward_next=backward[i + 1],
            warped_forward=carried,
            forward_prev=forward,
            odds=odds[i : i + 1],
        )
        colors.append(backbone.decode(forward))
    return torch.cat([*colors, backbone.decode(last)])
