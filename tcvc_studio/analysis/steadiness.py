"""How steady the color of neighbouring frames is, and how well the flow between them can be trusted."""

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.analysis.metrics import color_histograms, jensen_shannon
from tcvc_studio.color.lab import lab_to_rgb
from tcvc_studio.flow.consistency import round_trip
from tcvc_studio.flow.protocol import Flow

#: Short side at which flow is looked at: enough to tell where it breaks, a fraction of a working size's time.
CONFIDENCE_SIZE = 128
#: Pixels of that size by which the way there and back may miss its beginning.
_AGREES = 1.0


def histograms_of(l: Tensor, ab: np.ndarray) -> np.ndarray:  # noqa: E741
    """The histograms of a frame as it is displayed, float64 [3, 256].

    l: CIE lightness [1, 1, h, w]. ab: float32 [2, h, w], Lab units, of the same size.
    """
    lab = torch.cat((l[0], torch.from_numpy(np.ascontiguousarray(ab))))
    rgb = lab_to_rgb(lab).mul_(255).round_().byte().permute(1, 2, 0).contiguous().numpy()
    return color_histograms(rgb)


def flicker_between(before: np.ndarray, after: np.ndarray) -> float:
    """CDC's divergence (equation 7, t = 1) of two frames' histograms; 0 is steady."""
    return jensen_shannon(before, after)


def flow_confidence(before: Tensor, after: Tensor, flow: Flow) -> float:
    """Share of a frame's pixels, 0..1, from which flow to the frame before leads back to where it began.

    before, after: CIE lightness [1, 1, h, w], small (CONFIDENCE_SIZE).
    """
    there, back = flow(torch.cat((after, before)), torch.cat((before, after))).chunk(2)
    return float((round_trip(there, back) <= _AGREES).float().mean())
