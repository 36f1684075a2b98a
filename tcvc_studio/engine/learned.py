"""Color of the internal frames by the learned fusion: propagated features through the backbone's last layer."""

from collections.abc import Callable

import torch
from torch import Tensor

from tcvc_studio.engine.blend import BlendOptions, blend
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.propagate import Fused, propagate
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.networks.protocol import Backbone, Fusion


def propagated_color(
    l: Tensor,  # noqa: E741
    first: Tensor,
    last: Tensor,
    *,
    to_next: Tensor,
    to_prev: Tensor,
    flow: Flow,
    backbone: Backbone,
    fusion: Fusion,
    compute: Compute,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """ab [n - 2, 2, h, w], Lab units, of the internal frames; the arguments are those of `engine.propagate.propagate`
    and, of `flow`, of `engine.blend.blend`.

    An anchored fusion corrects the blend of the anchors' color: what its features say is their difference to what the
    same features are by temporal distance alone. So nothing loses sharpness by being warped at features' resolution,
    and a fusion that has learned nothing is the blend.
    """
    carried = {"to_next": to_next, "to_prev": to_prev, "check": check}
    with compute.autocast():
        stretches = propagate(l, first, last, fusion=fusion, **carried)
        ab = torch.cat([decoded(fused, backbone.decode) for fused in stretches])
        if not fusion.anchored:
            return ab
        ends = [backbone.decode(features).float() for features in (first, last)]
    return ab.add_(blend(l, *ends, flow=flow, options=BlendOptions.fast(), **carried)[1:-1])


def decoded(fused: Fused, decode: Callable[[Tensor], Tensor]) -> Tensor:
    """What `decode` makes of the features [k, 2, ., .]: color or, of an anchored fusion, the correction of it."""
    color = decode(fused.features).float()
    return color if fused.even is None else color - decode(fused.even).float()
