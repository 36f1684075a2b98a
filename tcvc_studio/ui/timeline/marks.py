"""Finding, snapping and moving marks. Pure functions of sorted frame numbers."""

from collections.abc import Iterable, Sequence

import numpy as np

from tcvc_studio.ui.timeline.scale import Scale


def frames_array(frames: Iterable[int], count: int) -> np.ndarray:
    """int64 array of frame numbers."""
    return np.fromiter(frames, np.int64, count)


def within(frames: np.ndarray, start: int, stop: int) -> slice:
    """Which of the sorted frames lie in start .. stop - 1."""
    return slice(int(np.searchsorted(frames, start)), int(np.searchsorted(frames, stop)))


def contains(frames: np.ndarray, frame: int) -> bool:
    """Whether a frame is among the sorted frames."""
    place = int(np.searchsorted(frames, frame))
    return place < len(frames) and int(frames[place]) == frame


def nearest(frames: np.ndarray, place: float) -> int | None:
    """The sorted frame nearest to a place in the film; the earlier of two as near; None where there is none."""
    if len(frames) == 0:
        return None
    after = int(np.searchsorted(frames, place))
    around = [int(frames[i]) for i in (after - 1, after) if 0 <= i < len(frames)]
    return min(around, key=lambda frame: (abs(frame - place), frame))


def mark_at(frames: np.ndarray, scale: Scale, x: float, *, reach: float, middle: bool) -> int | None:
    """The mark within `reach` pixels of x, the nearest; None where there is none.

    middle: marks stand in the middle of their frame (anchors), else at its left edge (cuts).
    """
    found = nearest(frames, scale.place(x) - (0.5 if middle else 0.0))
    if found is None or abs(scale.x(found + (0.5 if middle else 0.0)) - x) > reach:
        return None
    return found


def span_at(spans: Sequence[tuple[int, int]], frame: int) -> tuple[int, int] | None:
    """The span of ascending ones that holds a frame."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][1] <= frame:
            low = middle + 1
        else:
            high = middle
    return spans[low] if low < len(spans) and spans[low][0] <= frame else None


def snapped(frame: int, candidates: Iterable[np.ndarray], *, reach: float, without: frozenset[int]) -> int:
    """The candidate nearest to a frame if it is no further than `reach` frames; else the frame itself.

    candidates: sorted arrays. without: what is being moved and must not snap to itself.
    """
    best, distance = frame, reach
    for frames in candidates:
        for found in frames[within(frames, int(np.ceil(frame - reach)), int(np.floor(frame + reach)) + 1)].tolist():
            if found not in without and abs(found - frame) <= distance:
                best, distance = found, abs(found - frame)
    return best


def shift_limits(frames: np.ndarray, moved: frozenset[int], *, first: int, last: int) -> tuple[int, int]:
    """(least, most) by which marks may be shifted together: none leaves first..last or meets one that stays.

    frames: all marks, sorted. moved: those that are shifted, among `frames`.
    """
    if not moved:
        return 0, 0
    stays = ~np.isin(frames, list(moved))
    moving = frames[~stays]
    if len(moving) == 0:
        return 0, 0
    walls = np.concatenate(([first - 1], frames[stays], [last + 1]))
    after = np.searchsorted(walls, moving)
    least = int(np.max(walls[after - 1] + 1 - moving))
    most = int(np.min(walls[after] - 1 - moving))
    return min(0, least), max(0, most)


def moves(moved: Iterable[int], delta: int) -> list[tuple[int, int]]:
    """(from, to) for each mark, in an order in which none lands on one that has still to move."""
    return [(frame, frame + delta) for frame in sorted(moved, reverse=delta > 0)] if delta else []


def with_mark(marks: tuple[int | None, int | None], *, which: str, frame: int | None) -> tuple[int | None, int | None]:
    """The marked range with another "in" or "out" mark; the other is dropped where the two would pass each other."""
    start, stop = (frame, marks[1]) if which == "in" else (marks[0], frame)
    if start is not None and stop is not None and start > stop:
        return (frame, None) if which == "in" else (None, frame)
    return start, stop
