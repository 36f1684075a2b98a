"""What the networks and the flow see: the film's lightness, and a still's chroma, at working size."""

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.lab import luma_to_lightness, rgb_to_lab
from tcvc_studio.color.resize import shrink_array
from tcvc_studio.color.sizes import LEAST_SIDE, working_size
from tcvc_studio.color.ycbcr import dequantize_luma

__all__ = ["LEAST_SIDE", "working_ab", "working_lightness", "working_size"]


def working_lightness(plane: np.ndarray, fmt: PlaneFormat, size: tuple[int, int]) -> Tensor:
    """The film's CIE lightness at working size.

    plane: Y as coded, uint8 or uint16 [height, width].
    size: (width, height) as `working_size` gives it.
    Returns float32 [1, 1, h, w], L 0..100. Y' is averaged over areas, so that the working picture is the film's
    made smaller, as a scanner or a player would make it.
    """
    width, height = size
    # Averaged as float: codes would be rounded once more.
    smaller = shrink_array(plane.astype(np.float32), height, width)
    return luma_to_lightness(dequantize_luma(smaller, fmt))[None, None]


def working_ab(rgb16: np.ndarray, size: tuple[int, int]) -> Tensor:
    """A still's chroma at working size.

    rgb16: uint16 [height, width, 3], R'G'B' in full range 0..65535, of any size.
    size: (width, height) as `working_size` gives it.
    Returns float32 [1, 2, h, w], a and b in Lab units. R'G'B' is averaged, not a and b: with the film's luma that gives
    back the still's own mean Cb and Cr, which is what the export is made from.
    Raises ValueError if rgb16 is no such picture.
    """
    if rgb16.dtype != np.uint16 or rgb16.ndim != 3 or rgb16.shape[2] != 3:
        raise ValueError(f"expected a still, uint16 [height, width, 3], not {rgb16.dtype} {list(rgb16.shape)}")
    width, height = size
    smaller = shrink_array(rgb16.astype(np.float32), height, width)
    rgb = torch.from_numpy(smaller).permute(2, 0, 1)[None] / 65535
    return rgb_to_lab(rgb)[:, 1:].contiguous()
