"""Which cuts and anchors are selected. Pure."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tcvc_studio.ui.timeline.marks import within

Kind = Literal["cut", "anchor"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Frames of the selected cuts and anchors; pivot: the mark from which a selection with Shift reaches."""

    cuts: frozenset[int] = field(default_factory=frozenset)
    anchors: frozenset[int] = field(default_factory=frozenset)
    pivot: tuple[Kind, int] | None = None

    def of(self, kind: Kind) -> frozenset[int]:
        """The selected marks of one kind."""
        return self.cuts if kind == "cut" else self.anchors

    def only(self, kind: Kind, frame: int) -> "Selection":
        """One mark alone."""
        one = frozenset((frame,))
        return Selection(one, frozenset(), (kind, frame)) if kind == "cut" else Selection(
            frozenset(), one, (kind, frame)
        )

    def toggled(self, kind: Kind, frame: int) -> "Selection":
        """One mark more, or less."""
        return self._with(kind, self.of(kind) ^ {frame}, (kind, frame))

    def extended(self, kind: Kind, frame: int, frames: np.ndarray) -> "Selection":
        """All marks of a kind from the pivot to a frame; without a pivot of that kind, the one at the frame."""
        if self.pivot is None or self.pivot[0] != kind:
            return self.only(kind, frame)
        start, stop = sorted((self.pivot[1], frame))
        return self._with(kind, frozenset(frames[within(frames, start, stop + 1)].tolist()), self.pivot)

    def added(self, cuts: frozenset[int], anchors: frozenset[int]) -> "Selection":
        """More of both kinds."""
        return Selection(self.cuts | cuts, self.anchors | anchors, self.pivot)

    def moved(self, kind: Kind, frame: int, to: int) -> "Selection":
        """The selection after a mark of it has moved."""
        if frame not in self.of(kind):
            return self
        pivot = (kind, to) if self.pivot == (kind, frame) else self.pivot
        return self._with(kind, (self.of(kind) - {frame}) | {to}, pivot)

    def kept(self, cuts: np.ndarray, anchors: np.ndarray) -> "Selection":
        """What of it still exists."""
        left = Selection(_among(self.cuts, cuts), _among(self.anchors, anchors), self.pivot)
        if left.pivot is not None and left.pivot[1] not in left.of(left.pivot[0]):
            left = Selection(left.cuts, left.anchors, None)
        return self if left == self else left

    def _with(self, kind: Kind, frames: frozenset[int], pivot: tuple[Kind, int] | None) -> "Selection":
        return Selection(frames, self.anchors, pivot) if kind == "cut" else Selection(self.cuts, frames, pivot)


def _among(selected: frozenset[int], frames: np.ndarray) -> frozenset[int]:
    if not selected:
        return selected
    chosen = np.fromiter(selected, np.int64, len(selected))
    return frozenset(chosen[np.isin(chosen, frames)].tolist())
