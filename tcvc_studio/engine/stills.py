"""Stills that give anchors their color: pictures named by frame number, in the film's orientation or as it is shown."""

import re
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.lab import rgb_to_lab
from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.media.still import read_still

_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dpx", ".exr", ".webp"}


def find_stills(folder: Path, info: FilmInfo) -> dict[int, Path]:
    """Stills in a folder by 0-based frame number; the number is the last run of digits in a file's name.

    The stills of an image sequence are numbered as its files are. Raises StudioError for a folder without stills, for
    two stills of one frame, and for a number outside the film.
    """
    if not folder.is_dir():
        raise StudioError(f"There is no folder {folder}; name the folder with the anchor stills.")
    stills: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        digits = re.findall(r"\d+", path.stem)
        if path.suffix.lower() not in _SUFFIXES or not digits:
            continue
        frame = int(digits[-1]) - info.first_number
        if not 0 <= frame < info.frames:
            last = info.first_number + info.frames - 1
            raise StudioError(
                f"The still {path.name} is numbered outside the film, which has frames {info.first_number} to {last}."
            )
        if frame in stills:
            raise StudioError(f"{stills[frame].name} and {path.name} are stills of the same frame; remove one.")
        stills[frame] = path
    if not stills:
        raise StudioError(f"{folder} holds no stills named by frame number, such as 000018.png.")
    return stills


def read_upright(path: Path, info: FilmInfo) -> np.ndarray:
    """A still's R'G'B' uint16 [h, w, 3] as the film is shown; one of the film's coded shape is turned with it."""
    rgb = read_still(path).rgb
    if info.rotation and _same_shape(rgb, info.width, info.height):
        rgb = np.rot90(rgb, info.rotation // 90 % 4)
    return np.ascontiguousarray(rgb)


def full_size_ab(path: Path, info: FilmInfo) -> Tensor:
    """A still's a, b [1, 2, height, width] at the film's coded size and orientation."""
    rgb = read_upright(path, info)
    if info.rotation:
        rgb = np.ascontiguousarray(np.rot90(rgb, -info.rotation // 90 % 4))
    if rgb.shape[:2] != (info.height, info.width):
        smaller = rgb.shape[0] > info.height
        rgb = cv2.resize(
            rgb, (info.width, info.height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        )
    planes = torch.from_numpy(rgb.astype(np.float32) / 65535.0).permute(2, 0, 1)[None]
    return rgb_to_lab(planes)[:, 1:]


def _same_shape(rgb: np.ndarray, width: int, height: int) -> bool:
    return (rgb.shape[1] > rgb.shape[0]) == (width > height)
