"""Photographs as test pictures: their own CIE lightness, colored anew."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.lab import lab_to_rgb, rgb_to_lab

#: l [1, 1, h, w] in 0..100, sides multiples of 16, to ab [1, 2, h, w] in Lab units.
Colorize = Callable[[Tensor], Tensor]


def color_still(rgb8: np.ndarray, colorize: Colorize) -> np.ndarray:
    """The picture's lightness with predicted color: uint8 [h, w, 3]; padded inside to multiples of 16."""
    lab = still_lab(rgb8)
    with torch.inference_mode():
        ab = colorize(padded(lab[:, :1]))[..., : rgb8.shape[0], : rgb8.shape[1]].float().cpu()
    return shown_still(lab[:, :1], ab)


def gray_still(rgb8: np.ndarray) -> np.ndarray:
    """The picture's lightness without color: uint8 [h, w, 3]."""
    lab = still_lab(rgb8)
    return shown_still(lab[:, :1], torch.zeros_like(lab[:, 1:]))


def still_lab(rgb8: np.ndarray) -> Tensor:
    """CIE Lab [1, 3, h, w] of R'G'B' uint8 [h, w, 3]."""
    return rgb_to_lab(torch.from_numpy(np.ascontiguousarray(rgb8)).permute(2, 0, 1)[None].float() / 255)


def shown_still(l: Tensor, ab: Tensor) -> np.ndarray:  # noqa: E741
    """R'G'B' uint8 [h, w, 3] of l [1, 1, h, w] and ab [1, 2, h, w]."""
    return (lab_to_rgb(torch.cat((l, ab), dim=1))[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()


def padded(planes: Tensor, *, multiple: int = 16, mode: str = "replicate") -> Tensor:
    """Planes [n, c, h, w] enlarged to the right and below to multiples of `multiple`, by their edges or by 0."""
    height, width = planes.shape[2:]
    return torch.nn.functional.pad(planes, (0, -width % multiple, 0, -height % multiple), mode=mode)
