"""Frame numbers to places on the screen and back, at any zoom. Pure; places are device-independent pixels."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, floor

import numpy as np

#: The widest a single frame is shown.
MAX_PER_FRAME = 160.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A window on the film. Frame n lies at x(n) <= x < x(n + 1).

    frames: of the film, at least 1. width: of the window in pixels. per_frame: pixels a frame. first: the place in the
    film, in frames, that stands at x = 0. Make them with `fitted`; every method keeps them in bounds.
    """

    frames: int
    width: float
    per_frame: float
    first: float = 0.0

    @classmethod
    def fitted(cls, frames: int, width: float) -> "Scale":
        """The whole film in the window."""
        frames, width = max(1, frames), max(1.0, float(width))
        return cls(frames, width, min(MAX_PER_FRAME, width / frames))

    @property
    def least_per_frame(self) -> float:
        """Pixels a frame at which the film fits the window."""
        return min(MAX_PER_FRAME, self.width / self.frames)

    @property
    def shown(self) -> float:
        """Frames that the window has room for."""
        return self.width / self.per_frame

    @property
    def last_first(self) -> float:
        """The largest `first`: the film's end stands at the window's right edge."""
        return max(0.0, self.frames - self.shown)

    def x(self, frame: float) -> float:
        """Left edge of a frame; frame + 0.5 gives its middle."""
        return (frame - self.first) * self.per_frame

    def xs(self, frames: np.ndarray) -> np.ndarray:
        """Left edges of many frames, float64."""
        return (np.asarray(frames, np.float64) - self.first) * self.per_frame

    def place(self, x: float) -> float:
        """The place in the film under x, in frames and parts of frames, not bounded."""
        return self.first + x / self.per_frame

    def frame(self, x: float) -> int:
        """The frame under x, the nearest of the film beside it."""
        return min(self.frames - 1, max(0, floor(self.place(x))))

    def boundary(self, x: float) -> int:
        """The frame whose left edge is nearest to x, 0..frames - 1: where a cut would go."""
        return min(self.frames - 1, max(0, floor(self.place(x) + 0.5)))

    def visible(self) -> tuple[int, int]:
        """(start, stop) of the frames of which some part is in the window."""
        start = min(self.frames - 1, max(0, floor(self.first)))
        return start, min(self.frames, max(start + 1, ceil(self.first + self.shown)))

    def zoomed(self, factor: float, x: float) -> "Scale":
        """Frames `factor` times as wide, the place under x unmoved as far as the film's ends allow."""
        per_frame = min(MAX_PER_FRAME, max(self.least_per_frame, self.per_frame * factor))
        return replace(self, per_frame=per_frame, first=self.place(x) - x / per_frame)._bounded()

    def scrolled(self, first: float) -> "Scale":
        """Another place of the film at the left edge."""
        return replace(self, first=float(first))._bounded()

    def resized(self, width: float) -> "Scale":
        """A window of another width; one that showed the whole film goes on to."""
        width = max(1.0, float(width))
        if self.per_frame <= self.least_per_frame * 1.000001:
            return Scale.fitted(self.frames, width)
        per_frame = max(self.per_frame, min(MAX_PER_FRAME, width / self.frames))
        return replace(self, width=width, per_frame=per_frame)._bounded()

    def showing(self, frame: int, *, margin: float = 0.0) -> "Scale":
        """The window moved, no further than needed, so that a frame is in it, `margin` pixels from the edge."""
        margin = min(margin, max(0.0, (self.width - self.per_frame) / 2))
        left, right = self.x(frame), self.x(frame + 1)
        if left < margin:
            return self.scrolled(frame - margin / self.per_frame)
        if right > self.width - margin:
            return self.scrolled(frame + 1 - (self.width - margin) / self.per_frame)
        return self

    def paged(self, frame: int) -> "Scale":
        """A window that holds the frame: this one if it does, else one that begins a tenth of its width before it."""
        if self.x(frame) >= 0 and self.x(frame + 1) <= self.width:
            return self
        return self.scrolled(frame - self.shown / 10)

    def edges(self, ratio: float) -> np.ndarray:
        """First frame of every column of device pixels and one more: int64 [ceil(width * ratio) + 1], 0..frames.

        Column i stands for frames edges[i], ..., edges[i + 1] - 1, or for edges[i] alone where both are equal. Every
        visible frame is in a column. Columns past the film's end have edges[i] == frames. Not to be written into.
        """
        return _edges(self, ratio)

    def _bounded(self) -> "Scale":
        first = min(self.last_first, max(0.0, self.first))
        return self if first == self.first else replace(self, first=first)


# Every row asks for the same.
@lru_cache(maxsize=8)
def _edges(scale: Scale, ratio: float) -> np.ndarray:
    count = ceil(scale.width * ratio) + 1
    places = scale.first + np.arange(count) / (scale.per_frame * ratio)
    # A hair more, so that a column's left edge that falls on a frame is not put before it by rounding.
    edges = np.clip(np.floor(places + 1e-9).astype(np.int64), 0, scale.frames)
    edges.flags.writeable = False
    return edges
