"""Where the rows lie, from top to bottom. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A row's upper edge and height, in pixels."""

    top: int
    height: int

    @property
    def bottom(self) -> int:
        """The first pixel below."""
        return self.top + self.height


def stacked(rows: Sequence[tuple[int, int]], available: int, *, gap: int = 1) -> tuple[Place, ...]:
    """Places of rows given as (least height, stretch), one below the other with gaps between.

    What of the available height is left over is shared by stretch; where it is too little, the rows are higher than it.
    """
    spare = max(0, available - sum(least for least, _ in rows) - gap * max(0, len(rows) - 1))
    shares = sum(stretch for _, stretch in rows)
    places: list[Place] = []
    top, given, seen = 0, 0, 0
    for least, stretch in rows:
        seen += stretch
        # Rounded sums, so that no pixel is lost or given twice.
        until = round(spare * seen / shares) if shares else 0
        height = least + until - given
        given = until
        places.append(Place(top, height))
        top += height + gap
    return tuple(places)


def total(places: Sequence[Place]) -> int:
    """Height of all rows."""
    return places[-1].bottom if places else 0
