"""How well a backbone colors still pictures that it has never seen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from tcvc_studio.analysis.metrics import colorfulness, psnr
from tcvc_studio.color.lab import lab_to_rgb, rgb_to_lab

#: l [1, 1, h, w] in 0..100 to ab [1, 2, h, w] in Lab units.
Colorize = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class StillsScore:
    """Means over the pictures: PSNR of 8-bit R'G'B' in dB, that of the gray pictures, colorfulness, that of the truth.
    """

    psnr: float
    colorfulness: float
    true_colorfulness: float
    gray_psnr: float


def color_still(rgb8: np.ndarray, colorize: Colorize) -> np.ndarray:
    """The picture's lightness with predicted color: uint8 [h, w, 3]; padded inside to multiples of 16."""
    height, width = rgb8.shape[:2]
    lab = _lab(rgb8)
    padded = torch.nn.functional.pad(lab[:, :1], (0, -width % 16, 0, -height % 16), mode="replicate")
    with torch.inference_mode():
        ab = colorize(padded)[..., :height, :width].float().cpu()
    return _rgb8(torch.cat([lab[:, :1], ab], dim=1))


def score_stills(pictures: Iterable[np.ndarray], colorize: Colorize) -> StillsScore:
    """Colors every picture from its own CIE L and compares it with itself."""
    rows = []
    for rgb8 in pictures:
        colored = color_still(rgb8, colorize)
        rows.append((psnr(rgb8, colored), colorfulness(colored), colorfulness(rgb8), psnr(rgb8, _gray(rgb8))))
    return StillsScore(*(float(value) for value in np.mean(rows, axis=0)))


def sample_sheet(pictures: Sequence[np.ndarray], colorize: Colorize, *, side: int = 192) -> np.ndarray:
    """uint8 picture: a row for each sample (two rows side by side), gray, colored and true."""
    rows = []
    for rgb8 in pictures:
        scale = side / min(rgb8.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        rgb8 = cv2.resize(rgb8, None, fx=scale, fy=scale, interpolation=method)
        rows.append(np.hstack([part[:side, :side] for part in (_gray(rgb8), color_still(rgb8, colorize), rgb8)]))
    if len(rows) % 2:
        rows.append(np.zeros_like(rows[0]))
    half = len(rows) // 2
    return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])


def write_png(path: Path, rgb8: np.ndarray) -> None:
    """Writes an uint8 [h, w, 3] picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", cv2.cvtColor(rgb8, cv2.COLOR_RGB2BGR))[1].tobytes())


def _gray(rgb8: np.ndarray) -> np.ndarray:
    return _rgb8(_lab(rgb8) * torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1))


def _lab(rgb8: np.ndarray) -> torch.Tensor:
    return rgb_to_lab(torch.from_numpy(rgb8).permute(2, 0, 1)[None].float() / 255)


def _rgb8(lab: torch.Tensor) -> np.ndarray:
    return (lab_to_rgb(lab)[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
