"""From shots and anchors to intervals (paper, sections 3.1 and 3.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES
from tcvc_studio.project.shots import Shot

#: Frames a single-image stretch colors at once: enough to fill a batch, few enough to be cancelled soon.
SINGLE_STRETCH = 16


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Neighbouring anchors of one shot and the internal frames between them; the unit of work and of caching.

    first, last: the frames at its ends, both included. An interval of one frame is an anchor alone.
    head, tail: whether the frame at that end is an anchor. An open end (False) lies at the end of a shot, where
        color comes from the other side only.
    owns_last: whether the result holds the last frame too; else the next interval has it.
    single: every frame is colored by the backbone alone.
    """

    first: int
    last: int
    head: bool = True
    tail: bool = True
    owns_last: bool = False
    single: bool = False

    @property
    def frames(self) -> int:
        """Number of frames, both ends included."""
        return self.last - self.first + 1

    @property
    def stop(self) -> int:
        """End (exclusive) of the frames whose color this interval's result holds."""
        return self.last + 1 if self.owns_last else self.last

    @property
    def anchors(self) -> tuple[int, ...]:
        """Anchor frames at its ends."""
        ends = {self.first: self.head, self.last: self.tail}
        return tuple(frame for frame, anchor in ends.items() if anchor)


def uniform_anchors(shot: Shot, internal: int) -> tuple[int, ...]:
    """Anchors at start, start + N + 1, ... and at the last frame of the shot, N = internal frames between two."""
    return tuple(sorted({*range(shot.start, shot.stop, internal + 1), shot.stop - 1}))


def shot_anchors(shot: Shot, internal: int, *, listed: Iterable[int], stills: Iterable[int]) -> tuple[int, ...]:
    """Anchors of a shot.

    A shot in which the restorer set no anchor gets uniform ones. One in which she did has hers, and automatic ones at
    its ends, unless the anchor nearest that end is a still: past her own color nothing automatic comes in.
    Gaps that would not fit into memory are divided evenly.
    """
    own_stills = {f for f in stills if shot.start <= f < shot.stop}
    own = {f for f in listed if shot.start <= f < shot.stop} | own_stills
    if not own:
        return uniform_anchors(shot, internal)
    if min(own) not in own_stills:
        own.add(shot.start)
    if max(own) not in own_stills:
        own.add(shot.stop - 1)
    ordered = sorted(own)
    divided = set(ordered)
    # A still far from its shot's end is carried as far as memory allows; beyond that automatic anchors take over.
    edges = [shot.start - 1, *ordered, shot.stop]
    for before, after in pairwise(edges):
        parts = -(-(after - before) // (MAX_INTERNAL_FRAMES + 1))
        divided.update(round(before + (after - before) * i / parts) for i in range(1, parts))
    return tuple(sorted(divided))


def shot_intervals(shot: Shot, anchors: Sequence[int]) -> tuple[Interval, ...]:
    """Intervals that cover every frame of the shot exactly once (as owned frames). anchors: sorted, at least one."""
    ends = list(anchors)
    if ends[0] > shot.start:
        ends.insert(0, shot.start)
    if ends[-1] < shot.stop - 1:
        ends.append(shot.stop - 1)
    known = set(anchors)
    if len(ends) == 1:
        return (Interval(ends[0], ends[0], owns_last=True),)
    return tuple(
        Interval(a, b, head=a in known, tail=b in known, owns_last=b == shot.stop - 1)
        for a, b in pairwise(ends)
    )


def filled_anchors(shot: Shot, internal: int, *, listed: Iterable[int], stills: Iterable[int]) -> tuple[int, ...]:
    """`shot_anchors`, and automatic ones wherever more than `internal` frames lie between two that are no stills.

    Beside a still none is added: what the restorer painted is carried on, not mixed with the backbone's guesses.
    """
    stills = frozenset(stills)
    anchors = list(shot_anchors(shot, internal, listed=listed, stills=stills))
    for before, after in pairwise(tuple(anchors)):
        if not {before, after} & stills:
            anchors += range(before + internal + 1, after, internal + 1)
    return tuple(sorted(anchors))


def plan_intervals(
    shots: Sequence[Shot],
    internal: int,
    *,
    listed: Iterable[int] = (),
    stills: Iterable[int] = (),
    lengths: Mapping[int, int] | None = None,
) -> tuple[Interval, ...]:
    """All intervals of a film for one interval length, in film order.

    lengths: where it is given, anchors are added between those of the list too, so that no gap is longer than the
        interval length; and shots whose first frame stands in it have the length given there, 0 meaning that nothing
        is added.
    """
    listed, stills = frozenset(listed), frozenset(stills)
    intervals: list[Interval] = []
    for shot in shots:
        length = internal if lengths is None else lengths.get(shot.start, internal)
        find = shot_anchors if lengths is None or not length else filled_anchors
        anchors = find(shot, length or MAX_INTERNAL_FRAMES, listed=listed, stills=stills)
        intervals += shot_intervals(shot, anchors)
    return tuple(intervals)


def plan_single(shots: Sequence[Shot]) -> tuple[Interval, ...]:
    """Stretches for the backbone alone; their borders mean nothing."""
    return tuple(
        Interval(first, min(first + SINGLE_STRETCH, shot.stop) - 1, owns_last=True, single=True)
        for shot in shots
        for first in range(shot.start, shot.stop, SINGLE_STRETCH)
    )


def covering(intervals: Iterable[Interval], start: int, stop: int) -> tuple[Interval, ...]:
    """Those intervals that hold color of a frame in [start, stop)."""
    return tuple(i for i in intervals if i.first < stop and i.stop > start)
