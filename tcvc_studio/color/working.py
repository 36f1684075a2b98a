"""The working size: what the networks and the flow see of a film, and of a still."""

import cv2
import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.lab import luma_to_lightness, rgb_to_lab
from tcvc_studio.color.ycbcr import dequantize_luma

#: Least side of a working picture: two samples of the deepest encoder.
_LEAST = 32


def working_size(width: int, height: int, short_side: int, *, multiple: int = 16) -> tuple[int, int]:
    """(width, height) whose short side is near short_side and whose shape is near the film's, in multiples.

    The working picture is not larger than the film, but for films so small that the networks could not see them.
    """
    scale = min(1.0, short_side / min(width, height))
    return tuple(max(_LEAST, multiple, round(side * scale / multiple) * multiple) for side in (width, height))


def working_lightness(plane: np.ndarray, fmt: PlaneFormat, size: tuple[int, int]) -> Tensor:
    """CIE L float32 [1, 1, h, w] of a Y plane [height, width], uint8 or uint16, at size = (w, h)."""
    # Reduced as coded, by area: the luma a viewer sees from further away. float32, so that no code is rounded.
    return luma_to_lightness(dequantize_luma(_resized(plane.astype(np.float32), size), fmt))[None, None]


def working_ab(rgb: np.ndarray, size: tuple[int, int]) -> Tensor:
    """a, b float32 [1, 2, h, w] of a still R'G'B' uint16 [height, width, 3] (0..65535) at size = (w, h)."""
    planes = torch.from_numpy(rgb.astype(np.float32) / 65535.0).permute(2, 0, 1)
    ab = rgb_to_lab(planes)[1:].permute(1, 2, 0).contiguous().numpy()
    return torch.from_numpy(_resized(ab, size)).permute(2, 0, 1)[None].contiguous()


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    smaller = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
