"""How well a backbone colors still pictures that it has never seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tcvc_studio.analysis.metrics import colorfulness, psnr
from tcvc_studio.analysis.stills import Colorize, color_still, gray_still


@dataclass(frozen=True, slots=True)
class StillsScore:
    """Means over the pictures: PSNR of 8-bit R'G'B' in dB, that of the gray pictures, colorfulness, that of the truth.
    """

    psnr: float
    colorfulness: float
    true_colorfulness: float
    gray_psnr: float


def score_stills(pictures: Iterable[np.ndarray], colorize: Colorize) -> StillsScore:
    """Colors every picture from its own CIE L and compares it with itself."""
    rows = []
    for rgb8 in pictures:
        colored = color_still(rgb8, colorize)
        rows.append((psnr(rgb8, colored), colorfulness(colored), colorfulness(rgb8), psnr(rgb8, gray_still(rgb8))))
    return StillsScore(*(float(value) for value in np.mean(rows, axis=0)))


def sample_sheet(pictures: Sequence[np.ndarray], colorize: Colorize, *, side: int = 192) -> np.ndarray:
    """uint8 picture: a row for each sample (two rows side by side), gray, colored and true."""
    rows = []
    for rgb8 in pictures:
        scale = side / min(rgb8.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        rgb8 = cv2.resize(rgb8, None, fx=scale, fy=scale, interpolation=method)
        rows.append(np.hstack([part[:side, :side] for part in (gray_still(rgb8), color_still(rgb8, colorize), rgb8)]))
    if len(rows) % 2:
        rows.append(np.zeros_like(rows[0]))
    half = len(rows) // 2
    return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])


def write_png(path: Path, rgb8: np.ndarray) -> None:
    """Writes an uint8 [h, w, 3] picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", cv2.cvtColor(rgb8, cv2.COLOR_RGB2BGR))[1].tobytes())
