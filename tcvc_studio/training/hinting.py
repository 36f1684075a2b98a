"""Hints as a restorer would give them, simulated after Zhang et al. 2017 (section 3.2)."""

import numpy as np


def simulate_hints(ab: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws points whose true color is shown to the network.

    ab: float32 [2, h, w], Lab units. Returns (ab hints [2, h, w], 0 where there is none; mask [1, h, w], 0 or 1).
    Half the time none, so that a picture without hints stays the first thing learned; one in a hundred times all of it.
    Else their number is geometric (p = 1/8), they lie around the middle, are squares of 1 to 9 pixels a side, and show
    the mean color of their square.
    """
    _, height, width = ab.shape
    shown = np.zeros_like(ab)
    mask = np.zeros((1, height, width), np.float32)
    draw = rng.random()
    if draw < 0.5:
        return shown, mask
    if draw < 0.51:
        return ab.copy(), np.ones_like(mask)
    for _ in range(int(rng.geometric(1 / 8))):
        side = int(rng.integers(1, 10))
        top = int(np.clip(rng.normal(height / 2, height / 4) - side / 2, 0, height - side))
        left = int(np.clip(rng.normal(width / 2, width / 4) - side / 2, 0, width - side))
        square = np.s_[:, top : top + side, left : left + side]
        shown[square] = ab[square].mean(axis=(1, 2), keepdims=True)
        mask[square] = 1
    return shown, mask
