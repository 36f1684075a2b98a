"""Batches that depend on seed and step alone, so that a run taken up again sees what it would have seen."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import torch

from tcvc_studio.networks.protocol import Hints
from tcvc_studio.training.filmlike import film_like
from tcvc_studio.training.hinting import simulate_hints

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Batch:
    """l: [n, 1, s, s] CIE lightness 0..100, film-like.  ab: [n, 2, s, s] true color, Lab units.  hints: of it.

    untouched: [n, 1, s, s] lightness of the picture itself.
    """

    l: torch.Tensor  # noqa: E741
    ab: torch.Tensor
    untouched: torch.Tensor
    hints: Hints


def make_batch(
    pictures: Sequence[np.ndarray],
    *,
    count: int,
    size: int,
    seed: int,
    step: int,
    part: tuple[float, float] = (0.5, 1.0),
    filmed: float = 0.6,
) -> Batch:
    """`count` random crops of size x size pixels; the same for the same arguments.

    part: what they show, as shares of the picture's short side, from least to most.  filmed: how many in one are made
    film-like.
    """
    rng = np.random.default_rng((seed, step))
    samples = [
        _sample(pictures[int(rng.integers(len(pictures)))], size, rng, part=part, filmed=filmed) for _ in range(count)
    ]
    l, ab, untouched, hint_ab, mask = (  # noqa: E741
        torch.from_numpy(np.stack(planes)) for planes in zip(*samples, strict=True)
    )
    return Batch(l, ab, untouched, Hints(hint_ab, mask))


def split(batch: Batch, parts: int) -> list[Batch]:
    """The batch in `parts` of nearly the same size; fewer where it has not so many samples."""
    planes = (batch.l, batch.ab, batch.untouched, batch.hints.ab, batch.hints.mask)
    pieces = zip(*(plane.chunk(parts) for plane in planes), strict=True)
    return [Batch(*piece[:3], Hints(*piece[3:])) for piece in pieces]


def prefetch(make: Callable[[int], _Item], *, start: int, stop: int, threads: int = 1) -> Iterator[_Item]:
    """`make(start)`, `make(start + 1)`, ... `make(stop - 1)` in order, a few made ahead in threads."""
    ahead = threads + 2
    pool = ThreadPoolExecutor(threads)
    waiting = deque(pool.submit(make, step) for step in range(start, min(start + ahead, stop)))
    following = start + len(waiting)
    try:
        while waiting:
            item = waiting.popleft().result()
            if following < stop:
                waiting.append(pool.submit(make, following))
                following += 1
            yield item
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _sample(
    rgb8: np.ndarray, size: int, rng: np.random.Generator, *, part: tuple[float, float], filmed: float
) -> tuple[np.ndarray, ...]:
    rgb = _crop(rgb8, size, rng, part=part).astype(np.float32) / 255
    # OpenCV's Lab is a table look-up: within .01 of the color room's and many times faster.
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    ab = np.ascontiguousarray(lab[..., 1:].transpose(2, 0, 1))
    shown, mask = simulate_hints(ab, rng)
    untouched = np.ascontiguousarray(lab[..., 0])
    return film_like(rgb, untouched, rng, share=filmed)[None], ab, untouched[None], shown, mask


def _crop(rgb8: np.ndarray, size: int, rng: np.random.Generator, *, part: tuple[float, float]) -> np.ndarray:
    """A random part of so much of the short side, shape 3:4 to 4:3, as a square; mirrored half the time."""
    height, width = rgb8.shape[:2]
    side = min(height, width) * rng.uniform(*part)
    stretch = np.exp(rng.uniform(-0.14, 0.14))
    h, w = min(int(side * stretch), height), min(int(side / stretch), width)
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    shown = rgb8[top : top + h, left : left + w]
    if rng.random() < 0.5:
        shown = shown[:, ::-1]
    shrink = h * w > size * size
    return cv2.resize(shown, (size, size), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)
