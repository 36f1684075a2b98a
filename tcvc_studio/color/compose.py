"""The last step of a frame: the film's luma as it is, and Cb and Cr for it from the color that was found."""

from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from tcvc_studio.color.chroma import chroma_for_luma
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.ycbcr import dequantize_luma, quantize_chroma, recode_luma


@dataclass(frozen=True, slots=True)
class Planes:
    """y [height, width], cb and cr [h, w]: codes, uint8 or uint16."""

    y: np.ndarray
    cb: np.ndarray
    cr: np.ndarray


def compose(
    luma: np.ndarray,
    ab: Tensor,
    *,
    source: PlaneFormat,
    target: PlaneFormat,
    working_l: Tensor | None = None,
    edge_aware: bool = True,
) -> Planes:
    """Planes in the coding of target."""
    height, width = luma.shape
    y = dequantize_luma(luma, source)[None, None]
    if ab.shape[-2:] != (height, width):
        ab = F.interpolate(ab, size=(height, width), mode="bilinear", align_corners=False)
    cb, cr = chroma_for_luma(y, ab, matrix=target.matrix)
    h, w = target.chroma_size(height, width)
    cb, cr = (quantize_chroma(F.adaptive_avg_pool2d(c, (h, w))[0, 0], target) for c in (cb, cr))
    return Planes(recode_luma(luma, source, target), cb, cr)
