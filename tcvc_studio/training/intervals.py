"""Intervals of gray film to learn steadiness from: lightness and flows, no color."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from tcvc_studio.errors import StudioError
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.networks.warp_loss import visibility
from tcvc_studio.training.pictures import film_frames

#: An interval in which less than this share of the gray finds itself again one frame later has a cut in it.
_SEEN_AGAIN = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """l: CIE lightness [n, 1, s, s] of n frames, anchors among them.

    to_next: [n - 1, 2, s, s], entry i is the flow from frame i to i + 1, pixels; to_prev: entry i from i + 1 to i.
    to_second: [n - 2, 2, s, s], entry i from frame i + 2 to i.
    """

    l: torch.Tensor  # noqa: E741
    to_next: torch.Tensor
    to_prev: torch.Tensor
    to_second: torch.Tensor


class GrayFilms:
    """The lightness of films in memory, at a short side of 240 pixels at most."""

    def __init__(self, films: Sequence[Path], *, shortest: int, short_side: int = 240) -> None:
        """shortest: films of fewer frames are left out. Raises StudioError where none is left."""
        read = ([_lightness(frame, short_side) for frame in film_frames(path)] for path in films)
        self._films = [np.stack(frames) for frames in read if len(frames) >= shortest]
        if not self._films:
            raise StudioError(f"None of the {len(films)} films has {shortest} frames; give longer ones.")

    def draw(self, *, frames: int, size: int, flow: Flow, seed: tuple[int, ...]) -> Interval:
        """A random crop of `frames` frames; the same for the same seed. Avoids cuts where it can."""
        rng = np.random.default_rng(seed)
        for _ in range(5):
            interval = self._draw(frames, size, flow, rng)
            seen = visibility(interval.l[1:], interval.l[:-1], interval.to_prev).mean(dim=(1, 2, 3))
            if seen.min() > _SEEN_AGAIN:
                break
        return interval

    def _draw(self, frames: int, size: int, flow: Flow, rng: np.random.Generator) -> Interval:
        # By frames, not by films: a long film has more to show.
        lengths = np.array([len(film) for film in self._films], float)
        film = self._films[int(rng.choice(len(lengths), p=lengths / lengths.sum()))]
        # Every frame, or every second one: faster motion, and anchors that differ more.
        every = int(rng.integers(1, 3)) if len(film) >= 2 * frames else 1
        start = int(rng.integers(len(film) - every * (frames - 1)))
        height, width = film.shape[1:]
        side = min(height, width, int(size * rng.uniform(1.0, 1.5)))
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        part = film[start : start + every * frames : every][:frames, top : top + side, left : left + side]
        if rng.random() < 0.5:
            part = part[:, :, ::-1]
        if rng.random() < 0.5:
            part = part[::-1]
        scaled = [cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA) for frame in part]
        l = torch.from_numpy(np.stack(scaled)[:, None].astype(np.float32) * (100 / 255))  # noqa: E741
        return Interval(l, flow(l[:-1], l[1:]), flow(l[1:], l[:-1]), flow(l[2:], l[:-2]))


def _lightness(rgb8: np.ndarray, short_side: int) -> np.ndarray:
    """uint8 [h, w], 255 for L = 100."""
    scale = short_side / min(rgb8.shape[:2])
    if scale < 1:
        rgb8 = cv2.resize(rgb8, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cv2.cvtColor(rgb8, cv2.COLOR_RGB2LAB)[..., 0])
