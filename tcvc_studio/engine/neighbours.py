"""Automatic anchors settle with frames beside them: what the backbone guesses at one moment alone is left out.

From one frame to the next the backbone's guess trembles, and an anchor hands its moment's guess to all frames up to the
next one. Features of a few frames around it, carried to it along the flow, have other errors; their mean has smaller
ones. That is the published ensemble over interval lengths (multiple anchor sampling, section 3.3 of the paper), taken
where it costs a few looks of the backbone instead of a second propagation.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from tcvc_studio.engine.blend import BlendOptions, agreement
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.propagate import flow_at_stride
from tcvc_studio.flow.consistency import confidence
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.flow.warp import warp
from tcvc_studio.networks.protocol import Backbone


def anchor_features(
    lightness: Tensor,
    beside: Sequence[Tensor],
    *,
    backbone: Backbone,
    flow: Flow,
    compute: Compute,
    at_once: int = 8,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """Features [1, c, h', w'] of an anchor with CIE L [1, 1, h, w], settled with those of the frames beside it, if any.

    check: called before each look of the backbone; what it raises ends the work.
    """
    seen = []
    frames = [frame.to(compute.device) for frame in (lightness, *beside)]
    for frame in frames:
        check()
        # One by one: in a batch a frame's last digits depend on its company, and a run taken up again has other.
        with compute.autocast():
            seen.append(backbone.encode(frame))
    if not beside:
        return seen[0]
    return settled_features(
        seen[0], torch.cat(seen[1:]), lightness=frames[0], beside_lightness=torch.cat(frames[1:]),
        flow=flow, stride=backbone.stride, at_once=at_once,
    )  # fmt: skip


def settled_features(
    own: Tensor,
    beside: Tensor,
    *,
    lightness: Tensor,
    beside_lightness: Tensor,
    flow: Flow,
    stride: int,
    at_once: int = 8,
) -> Tensor:
    """The anchor's features as the mean of its own and its neighbours', [1, c, h / stride, w / stride].

    own: the anchor's features. beside: [k, c, ...] of k neighbours. lightness, beside_lightness: CIE L [1, 1, h, w] and
    [k, 1, h, w]. flow: finds the way to each; at_once pairs of frames in one call.
    A neighbour counts as much as the anchor itself where the flow there and back agrees and the carried lightness is
    the anchor's own, and not at all where not.
    """
    here = lightness.expand_as(beside_lightness)
    starts, ends = torch.cat((here, beside_lightness)), torch.cat((beside_lightness, here))
    pairs = zip(starts.split(at_once), ends.split(at_once), strict=True)
    found = torch.cat([flow(start, end) for start, end in pairs]).to(own.device)
    away, home = found.chunk(2)
    options = BlendOptions()
    trust = confidence(away, home, tolerance=options.tolerance)
    trust = trust * agreement(warp(beside_lightness, away), lightness, options)
    trust = F.avg_pool2d(trust, stride) if stride > 1 else trust
    carried = warp(beside.float(), flow_at_stride(away, stride))
    total = own.float() + (trust * carried).sum(0, keepdim=True)
    return (total / (1 + trust.sum(0, keepdim=True))).to(own.dtype)
