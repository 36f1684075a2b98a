"""Which frame is made next: the one on screen first, then those that come due."""

from collections.abc import Callable
from dataclasses import dataclass

#: Frames read together where play goes backward.
BACKWARD = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a viewer wants: the layers of a frame now, and those of the upcoming frames, in the order they come due.
    draft: drafts will do."""

    frame: int
    layers: tuple[str, ...]
    upcoming: tuple[int, ...] = ()
    draft: bool = False

    def next(self, missing: Callable[[int], bool]) -> int | None:
        """The frame to make now, None where all is there. missing: whether any layer of a frame is to be made."""
        return next((frame for frame in (self.frame, *self.upcoming) if missing(frame)), None)

    def read_with(self, frame: int) -> tuple[int, ...]:
        """Frames to read on the way to one, ascending: a decoder begins at a key and goes forward, so that going back
        one frame at a time would cost such a beginning for each. None where play does not go backward."""
        backward = [n for n in self.upcoming if n < frame]
        if len(self.upcoming) < 2 or self.upcoming[0] <= self.upcoming[1]:
            return ()
        return tuple(sorted(backward[:BACKWARD]))
