"""Small films of moving pictures, and reading exports back with nothing but PyAV."""

from pathlib import Path

import cv2
import numpy as np

from tests.films import write_bar_film, write_bar_sequence
from tests.unit.media.writing import planes_of

WIDTH, HEIGHT = 96, 64


def moving(*, width: int = WIDTH, height: int = HEIGHT, seed: int = 0, speed: float = 0.6):
    """A picture for each frame number: soft shapes that drift over each other under a little grain, luma in 0..1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    waves = [(*rng.uniform(0.05, 0.3, 2), rng.uniform(0, 6), rng.uniform(0.5, 1.5)) for _ in range(5)]

    def draw(number: int) -> np.ndarray:
        total = sum(np.sin(fx * (x - speed * s * number) + fy * y + phase) for fx, fy, phase, s in waves)
        grain = np.random.default_rng((seed, number)).normal(0, 0.01, (height, width))
        return np.clip(0.5 + 0.16 * total + grain, 0, 1)

    return draw


def shots(*lengths: int, width: int = WIDTH, height: int = HEIGHT):
    """A film of several shots, of so many frames each, that have nothing in common."""
    drawn = [moving(width=width, height=height, seed=100 * i + 7) for i in range(len(lengths))]
    starts = np.cumsum([0, *lengths])

    def draw(number: int) -> np.ndarray:
        shot = int(np.searchsorted(starts, number, side="right")) - 1
        return 0.6 * drawn[shot](number - starts[shot]) + 0.4 * (shot % 2)

    return draw


def write_film(path: Path, frames: int = 24, *, width: int = WIDTH, height: int = HEIGHT, picture=None, **how) -> Path:
    """A film of moving pictures; lossless unless a codec is given. how: see `write_bar_film`."""
    how.setdefault("codec", "ffv1" if path.suffix == ".mkv" else "libx264")
    if how["codec"] == "libx264":
        how.setdefault("options", {"crf": "18", "preset": "veryfast"})
    picture = picture or moving(width=width, height=height)
    return write_bar_film(path, frames, width=width, height=height, picture=picture, **how)


def write_sequence(folder: Path, frames: int = 12, **how) -> Path:
    """A sequence of moving pictures. how: see `write_bar_sequence`."""
    return write_bar_sequence(folder, frames, picture=moving(), **how)


def luma_of(path: Path) -> np.ndarray:
    """Y of every frame, [frames, height, width]."""
    return np.stack([planes[0] for planes in planes_of(path)])


def chroma_of(path: Path) -> np.ndarray:
    """Cb and Cr of every frame, int32 [frames, 2, height, width]."""
    return np.stack([np.stack(planes[1:3]) for planes in planes_of(path)]).astype(np.int32)


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, hidden files included."""
    return sorted(path.name for path in folder.iterdir())


def write_still(folder: Path, number: int, luma: np.ndarray, *, digits: int = 6) -> Path:
    """A still of a frame, luma [height, width] in 0..1 painted red: its Cr lies far above neutral everywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    gray = 0.25 + 0.5 * luma
    rgb = np.stack((gray + 0.2, gray - 0.08, gray - 0.05), axis=-1)
    path = folder / f"{number:0{digits}d}.png"
    cv2.imwrite(str(path), np.rint(rgb[..., ::-1] * 65535).astype(np.uint16))
    return path
