"""Which frame is made next: the one on screen first, then those that come due, far jumps backward in batches."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a viewer wants: the layers of a frame now, and those of the upcoming frames, in the order they come due.
    draft: drafts will do."""

    frame: int
    layers: tuple[str, ...]
    upcoming: tuple[int, ...] = ()
    draft: bool = False


class FrameQueue:
    """Latest wins: what is wanted now replaces what was wanted before. Not safe for threads; its owner locks."""

    def __init__(self) -> None:
        self._wanted: Wanted | None = None
        self._batch: list[int] = []

    @property
    def wanted(self) -> Wanted | None:
        """What is wanted now."""
        return self._wanted

    def want(self, wanted: Wanted | None) -> None:
        """Want something else."""
        self._wanted = wanted
        keep = set(wanted.upcoming) if wanted else set()
        self._batch = [frame for frame in self._batch if frame in keep]

    def next(self, missing: Callable[[int], bool]) -> int | None:
        """The frame to make now, None where all is there. missing: whether any layer of a frame is to be made."""
        wanted = self._wanted
        if wanted is None:
            return None
        if missing(wanted.frame):
            return wanted.frame
        while self._batch:
            frame = self._batch.pop(0)
            if missing(frame):
                return frame
        absent = [frame for frame in wanted.upcoming if missing(frame)]
        if not absent:
            return None
        if len(wanted.upcoming) < 2 or wanted.upcoming[1] > wanted.upcoming[0]:
            return absent[0]
        # Backward a decoder begins at a key and goes forward: a batch at a time, begun when half of what lies ahead
        # is used up, costs one such beginning instead of one a frame.
        near = wanted.upcoming[: max(1, len(wanted.upcoming) // 2)]
        if absent[0] not in near and len(absent) < len(wanted.upcoming) / 2:
            return None
        self._batch = sorted(absent)
        return self._batch.pop(0)
