"""What is known of each frame of a layer: whether its color is there, was there, or cannot be had."""

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

import numpy as np

from tcvc_studio.app.schedule import LayerPlan
from tcvc_studio.engine.pieces import Piece
from tcvc_studio.engine.stored import StoredColor

_UNKNOWN, _STALE, _FAILED, _RENDERING, _FRESH = range(5)
_NAMES = {_STALE: "stale", _FAILED: "failed", _RENDERING: "rendering", _FRESH: "fresh"}
#: Former plans whose color is still shown somewhere, before those that no frame needs are let go.
_FORMER = 32


def runs(values: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """(start, stop, value) of each stretch of equal values [n], in order."""
    if len(values) == 0:
        return
    borders = np.flatnonzero(np.diff(values)) + 1
    edges = [0, *borders.tolist(), len(values)]
    for start, stop in pairwise(edges):
        yield start, stop, values[start].item()


class LayerMarks:
    """Frame by frame, for one layer of one plan.

    missing: how many of the pieces that hold a frame's color are not there, uint8 [frames]; 0 means fresh.
    """

    def __init__(
        self,
        layer: LayerPlan,
        frames: int,
        fresh: Collection[str],
        failed: Collection[str],
        *,
        before: "LayerMarks | None" = None,
        stored: StoredColor | None = None,
    ) -> None:
        """fresh, failed: keys. before, stored: marks and color of the plan that this one replaces."""
        self._layer = layer
        self.missing = np.zeros(frames, np.uint8)
        self._failed = np.zeros(frames, bool)
        self._former: list[StoredColor] = []
        self._older = np.full(frames, -1, np.int32)
        for plan in layer.pieces:
            for piece in plan:
                if piece.key not in fresh:
                    self.missing[self._span(piece)] += 1
        self.set_failed(failed)
        if before is not None and stored is not None:
            self._inherit(before, stored)

    @property
    def to_do(self) -> bool:
        """Whether something is missing that can be had."""
        return bool(np.any((self.missing > 0) & ~self._failed))

    def add(self, piece: Piece) -> None:
        """A piece is there."""
        self.missing[self._span(piece)] -= 1
        self._failed[self._span(piece)] = False

    def remove(self, key: str) -> None:
        """The piece of that key is gone."""
        for plan in self._layer.pieces:
            for piece in plan:
                if piece.key == key:
                    self.missing[self._span(piece)] += 1

    def fail(self, piece: Piece) -> None:
        """A piece cannot be had."""
        self._failed[self._span(piece)] = True

    def set_failed(self, failed: Collection[str]) -> None:
        """The pieces of these keys, and no others, cannot be had."""
        self._failed[:] = False
        for plan in self._layer.pieces:
            for piece in plan:
                if piece.key in failed:
                    self._failed[self._span(piece)] = True

    def older_color(self, frame: int) -> StoredColor | None:
        """Where the color lies that a frame had before it became stale."""
        place = int(self._older[frame])
        return None if place < 0 else self._former[place]

    def spans(self, rendering: Iterable[Piece]) -> list[tuple[int, int, str]]:
        """(start, stop, state) of the frames of which something is known. rendering: pieces under way."""
        states = np.full(len(self.missing), _UNKNOWN, np.uint8)
        states[self._older >= 0] = _STALE
        states[self._failed] = _FAILED
        for piece in rendering:
            states[self._span(piece)] = _RENDERING
        states[self.missing == 0] = _FRESH
        return [(start, stop, _NAMES[value]) for start, stop, value in runs(states) if value != _UNKNOWN]

    def _inherit(self, before: "LayerMarks", stored: StoredColor) -> None:
        """Frames that lose their color go on showing what they had."""
        if len(before.missing) != len(self.missing):
            return
        stale = self.missing > 0
        self._former = [*before._former, stored]
        had = before.missing == 0
        self._older[stale & had] = len(self._former) - 1
        self._older[stale & ~had] = before._older[stale & ~had]
        if len(self._former) > _FORMER or not stale.any():
            self._prune()

    def _prune(self) -> None:
        used = [place for place in np.unique(self._older).tolist() if place >= 0]
        places = np.full(len(self._former) + 1, -1, np.int32)
        places[used] = np.arange(len(used), dtype=np.int32)
        self._older = places[self._older]
        self._former = [self._former[place] for place in used]

    @staticmethod
    def _span(piece: Piece) -> slice:
        return slice(piece.interval.first, piece.interval.stop)


