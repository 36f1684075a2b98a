"""Temporal warping loss for self-regularization, the paper's equation 6; pure functions over tensors.

Pairs of frames lie along the first axis, so that several films of a batch may stand one after another.
"""

import torch
from torch import Tensor

from tcvc_studio.flow.warp import warp

#: The paper's alpha, for lightness in 0..1.
_ALPHA = 50.0
#: Lab units of ab that the published networks divide by; the published loss is on the divided values.
_AB_SCALE = 110.0


def visibility(l: Tensor, other_l: Tensor, flow: Tensor) -> Tensor:  # noqa: E741
    """How far a pixel of each frame is seen in the other one: 1 where the gray agrees, near 0 where it is occluded.

    l, other_l: CIE lightness [n, 1, h, w] in 0..100.  flow: [n, 2, h, w] pixels, from each frame to the other.
    Returns [n, 1, h, w]: exp(-alpha * ((l - warp(other_l)) / 100)^2), alpha = 50.
    """
    return torch.exp(-_ALPHA * ((l - warp(other_l, flow)) / 100.0) ** 2)


def pair_loss(ab: Tensor, other_ab: Tensor, *, mask: Tensor, flow: Tensor) -> Tensor:
    """Mean squared difference of the masked prediction and the masked warped prediction, a scalar.

    ab, other_ab: [n, 2, h, w] Lab units.  mask: `visibility`.  flow: [n, 2, h, w] pixels, from each frame to the other.
    """
    return ((mask * (ab - warp(other_ab, flow)) / _AB_SCALE) ** 2).mean()


def step_loss(ab: Tensor, l: Tensor, *, flow: Tensor, step: int) -> Tensor:  # noqa: E741
    """`pair_loss` of the frames of one film that lie `step` apart (1 or 2 in the paper).

    ab [n, 2, h, w], l [n, 1, h, w] with n > step.  flow: [n - step, 2, h, w], entry i from frame i + step to frame i.
    """
    mask = visibility(l[step:], l[:-step], flow)
    return pair_loss(ab[step:], ab[:-step], mask=mask, flow=flow)


def temporal_loss(ab: Tensor, l: Tensor, *, flow_1: Tensor, flow_2: Tensor) -> Tensor:  # noqa: E741
    """Equation 6 on one film: `step_loss` for d = 1 plus `step_loss` for d = 2, with the flows that they take."""
    return step_loss(ab, l, flow=flow_1, step=1) + step_loss(ab, l, flow=flow_2, step=2)
