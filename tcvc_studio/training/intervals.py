"""Intervals of film to learn from: lightness and flows, and color only where a loss asks for it."""

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
    ab: the film's own color [n, 2, s, s], Lab units; None where films were read without it.
    """

    l: torch.Tensor  # noqa: E741
    to_next: torch.Tensor
    to_prev: torch.Tensor
    to_second: torch.Tensor
    ab: torch.Tensor | None = None


class Films:
    """The lightness of films, and their color if wanted, in memory at a short side of 240 pixels at most."""

    def __init__(self, films: Sequence[Path], *, shortest: int, color: bool = False, short_side: int = 240) -> None:
        """shortest: films of fewer frames are left out. Raises StudioError where none is left."""
        read = ([_lab(frame, short_side, color=color) for frame in film_frames(path)] for path in films)
        self._films = [np.stack(frames) for frames in read if len(frames) >= shortest]
        if not self._films:
            raise StudioError(f"None of the {len(films)} films has {shortest} frames; give longer ones.")

    @property
    def longest(self) -> int:
        """Frames of the longest film."""
        return max(len(film) for film in self._films)

    def draw(self, *, frames: int, size: int, flow: Flow, seed: tuple[int, ...]) -> Interval:
        """A random crop of `frames` frames, `longest` at most; the same for the same seed. Avoids cuts where it can."""
        rng = np.random.default_rng(seed)
        for _ in range(5):
            interval = self._draw(frames, size, flow, rng)
            seen = visibility(interval.l[1:], interval.l[:-1], interval.to_prev).mean(dim=(1, 2, 3))
            if seen.min() > _SEEN_AGAIN:
                break
        return interval

    def _draw(self, frames: int, size: int, flow: Flow, rng: np.random.Generator) -> Interval:
        # By frames, not by films: a long film has more to show. One that is too short has nothing.
        lengths = np.array([len(film) if len(film) >= frames else 0 for film in self._films], float)
        film = self._films[int(rng.choice(len(lengths), p=lengths / lengths.sum()))]
        # Every frame, or every second one: faster motion, and anchors that differ more.
        every = int(rng.integers(1, 3)) if len(film) >= 2 * frames else 1
        start = int(rng.integers(len(film) - every * (frames - 1)))
        height, width = film.shape[1:3]
        side = min(height, width, int(size * rng.uniform(1.0, 1.5)))
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        part = film[start : start + every * frames : every][:frames, top : top + side, left : left + side]
        if rng.random() < 0.5:
            part = part[:, :, ::-1]
        if rng.random() < 0.5:
            part = part[::-1]
        scaled = np.stack([cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA) for frame in part])
        lab = torch.from_numpy(scaled.reshape(frames, size, size, -1).transpose(0, 3, 1, 2).astype(np.float32))
        l = (lab[:, :1] * (100 / 255)).contiguous()  # noqa: E741
        ab = lab[:, 1:] - 128 if lab.shape[1] > 1 else None
        return Interval(l, flow(l[:-1], l[1:]), flow(l[1:], l[:-1]), flow(l[2:], l[:-2]), ab)


def _lab(rgb8: np.ndarray, short_side: int, *, color: bool) -> np.ndarray:
    """uint8, 255 for L = 100: lightness alone [h, w], or with a + 128 and b + 128 [h, w, 3]."""
    scale = short_side / min(rgb8.shape[:2])
    if scale < 1:
        rgb8 = cv2.resize(rgb8, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(rgb8, cv2.COLOR_RGB2LAB)
    return lab if color else np.ascontiguousarray(lab[..., 0])
