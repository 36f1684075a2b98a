"""Gray pictures as old film shows them: other emulsions, soft lenses, faded blacks, grain, scratches.

Gray is nonlinear, 0..1; the color to be learned stays that of the untouched picture.
"""

import cv2
import numpy as np

#: Shares of R', G' and B' in the gray of panchromatic stock (luma), and of a stock almost blind to red.
_PANCHROMATIC = np.array([0.2126, 0.7152, 0.0722], np.float32)
_ORTHOCHROMATIC = np.array([0.02, 0.53, 0.45], np.float32)


def film_like(
    rgb: np.ndarray, lightness: np.ndarray, rng: np.random.Generator, *, share: float = 0.6
) -> np.ndarray:
    """Lightness that old film would have made of a picture; all but about `share` of them stay as they are.

    rgb: float32 [h, w, 3], 0..1.  lightness: float32 [h, w], CIE L 0..100 of the same picture.
    Returns float32 [h, w], 0..100.
    """
    if rng.random() < 1 - share:
        return lightness
    # L / 100 and gray R'G'B' differ by a few hundredths: near enough for what is random anyway.
    gray = lightness / 100
    if rng.random() < 0.35:
        blind = np.float32(rng.uniform(0.3, 1.0))
        gray = gray + blind * (rgb @ (_ORTHOCHROMATIC - _PANCHROMATIC))
    if rng.random() < 0.35:
        gray = cv2.GaussianBlur(gray, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.6:
        gray = _tone(gray, rng)
    if rng.random() < 0.5:
        gray = gray + _grain(gray.shape, rng)
    if rng.random() < 0.1:
        gray = _scratched(gray, rng)
    return np.clip(gray, 0, 1).astype(np.float32) * 100


def _tone(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Contrast, gamma, faded blacks, burnt whites."""
    gamma = np.exp(rng.uniform(-0.45, 0.45))
    contrast = np.exp(rng.uniform(-0.35, 0.35))
    black = rng.uniform(0, 0.15) if rng.random() < 0.5 else 0.0
    white = rng.uniform(0.8, 1.1)
    gray = np.clip(0.5 + contrast * (gray - 0.5), 0, 1) ** gamma
    return black + gray * (white - black)


def _grain(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(shape, np.float32)
    size = rng.uniform(0, 1.1)
    if size > 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), size)
        noise /= noise.std() + 1e-6
    return noise * np.float32(rng.uniform(0.005, 0.06))


def _scratched(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A few nearly upright lines and specks, white or black."""
    height, width = gray.shape
    layer = gray.copy()
    for _ in range(int(rng.integers(1, 4))):
        x = int(rng.integers(0, width))
        lean = int(rng.integers(-6, 7))
        tone = float(rng.choice([rng.uniform(0.75, 1.0), rng.uniform(0.0, 0.2)]))
        cv2.line(layer, (x, 0), (x + lean, height - 1), tone, 1, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 12))):
        place = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(layer, place, int(rng.integers(1, 3)), float(rng.random() < 0.5), -1, cv2.LINE_AA)
    return gray + (layer - gray) * np.float32(rng.uniform(0.4, 1.0))
