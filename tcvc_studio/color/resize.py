"""Planes at another size. Pixel centres keep their place: sample i of n lies at (i + 1/2) / n of the side."""

import cv2
import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor


def enlarge(planes: Tensor, height: int, width: int, *, cubic: bool = True) -> Tensor:
    """float32 [n, c, h, w] to [n, c, height, width] by cubic (a = -0.75) or bilinear interpolation, edges repeated."""
    if planes.device.type == "cpu":
        # OpenCV is ten times as quick as torch at this, and gives the same numbers.
        method = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
        return _each(planes, height, width, method)
    mode = "bicubic" if cubic else "bilinear"
    return functional.interpolate(planes, size=(height, width), mode=mode, align_corners=False)


def shrink(planes: Tensor, height: int, width: int) -> Tensor:
    """float32 [n, c, h, w] to [n, c, height, width], the means over areas (bilinear where it is larger)."""
    if planes.device.type == "cpu":
        return _each(planes, height, width, _shrinking(planes.shape[-2:], height, width))
    if height > planes.shape[-2] or width > planes.shape[-1]:
        return enlarge(planes, height, width, cubic=False)
    rows = _area_weights(planes.shape[-2], height).to(planes)
    columns = _area_weights(planes.shape[-1], width).to(planes)
    return torch.einsum("ih,nchw,jw->ncij", rows, planes, columns)


def shrink_array(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """numpy [h, w] or [h, w, c] to [height, width(, c)], each sample the mean over its area, dtype kept."""
    return cv2.resize(plane, (width, height), interpolation=_shrinking(plane.shape[:2], height, width))


def _shrinking(shape: tuple[int, ...], height: int, width: int) -> int:
    return cv2.INTER_LINEAR if height > shape[0] or width > shape[1] else cv2.INTER_AREA


def _each(planes: Tensor, height: int, width: int, method: int) -> Tensor:
    result = torch.empty((*planes.shape[:2], height, width), dtype=torch.float32)
    for source, target in zip(planes.flatten(0, 1), result.flatten(0, 1), strict=True):
        cv2.resize(source.contiguous().numpy(), (width, height), dst=target.numpy(), interpolation=method)
    return result


def _area_weights(size: int, smaller: int) -> Tensor:
    """[smaller, size] matrix of means over areas."""
    edges = torch.arange(smaller + 1, dtype=torch.float64) * (size / smaller)
    place = torch.arange(size, dtype=torch.float64)
    covered = torch.minimum(edges[1:, None], place + 1) - torch.maximum(edges[:-1, None], place)
    return covered.clamp_(min=0) * (smaller / size)
