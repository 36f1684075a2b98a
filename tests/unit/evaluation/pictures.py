"""Small color pictures and films, made up."""

from pathlib import Path

import cv2
import numpy as np


def color_picture(seed: int = 0, *, width: int = 96, height: int = 64, shift: float = 0.0) -> np.ndarray:
    """R'G'B' uint8 [height, width, 3]: soft colored shapes; `shift` pixels further to the right."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for _ in range(3):
        waves = [(*rng.uniform(0.08, 0.35, 2), rng.uniform(0, 6)) for _ in range(4)]
        planes.append(sum(np.sin(fx * (x - shift) + fy * y + phase) for fx, fy, phase in waves))
    return np.clip(128 + 28 * np.stack(planes, axis=-1), 0, 255).round().astype(np.uint8)


def write_picture(path: Path, rgb8: np.ndarray) -> Path:
    """One picture file; the ending tells the kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.ascontiguousarray(rgb8[..., ::-1]))
    return path


def write_color_film(folder: Path, frames: int = 8, *, speed: float = 1.0, ending: str = "png", **how) -> Path:
    """A film as a folder of numbered pictures that move `speed` pixels a frame to the right."""
    for number in range(frames):
        write_picture(folder / f"{number:05d}.{ending}", color_picture(shift=speed * number, **how))
    return folder
