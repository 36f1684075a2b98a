"""From shots and anchors to intervals (paper, sections 3.1 and 3.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tcvc_studio.project.anchors import filled_anchors as filled_anchors
from tcvc_studio.project.anchors import shot_anchors as shot_anchors
from tcvc_studio.project.anchors import uniform_anchors as uniform_anchors
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES
from tcvc_studio.project.shots import Shot

#: Frames beyond its ends that an interval may look at: automatic anchors are settled with frames so far away.
REACH = 6
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
    before, after: frames of the shot beyond the ends, `REACH` at most, which its anchors may be settled with.
    """

    first: int
    last: int
    head: bool = True
    tail: bool = True
    owns_last: bool = False
    single: bool = False
    before: int = 0
    after: int = 0

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

    def around(self, anchor: int, distances: Iterable[int]) -> tuple[int, ...]:
        """Frames of the shot that lie at these distances (`REACH` at most) before and after an anchor, ascending.

        The same for both intervals that share the anchor.
        """
        frames = sorted({anchor + way * distance for distance in distances for way in (-1, 1)})
        return tuple(frame for frame in frames if self.first - self.before <= frame <= self.last + self.after)


def shot_intervals(shot: Shot, anchors: Sequence[int]) -> tuple[Interval, ...]:
    """Intervals that cover every frame of the shot exactly once (as owned frames). anchors: sorted, at least one."""
    ends = list(anchors)
    if ends[0] > shot.start:
        ends.insert(0, shot.start)
    if ends[-1] < shot.stop - 1:
        ends.append(shot.stop - 1)
    known = set(anchors)
    if len(ends) == 1:
        ends *= 2
    return tuple(
        Interval(
            a, b, head=a in known, tail=b in known, owns_last=b == shot.stop - 1,
            before=min(a - shot.start, REACH), after=min(shot.stop - 1 - b, REACH),
        )
        for a, b in pairwise(ends)
    )  # fmt: skip


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
