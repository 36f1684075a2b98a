"""Which frames of a shot are anchors: those set by hand, and those proposed between them by interval length."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

from tcvc_studio.project.model import Project
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES
from tcvc_studio.project.shots import Shot


def uniform_anchors(shot: Shot, internal: int) -> tuple[int, ...]:
    """Anchors at start, start + N + 1, ... and at the last frame of the shot, N = internal frames between two."""
    return tuple(sorted({*range(shot.start, shot.stop, internal + 1), shot.stop - 1}))


def shot_anchors(shot: Shot, internal: int, *, listed: Iterable[int], stills: Iterable[int]) -> tuple[int, ...]:
    """Anchors of a shot.

    A shot in which the restorer set no anchor gets uniform ones. One in which she did has hers, and automatic ones at
    its ends, unless the anchor nearest that end is a still: past her own color nothing automatic comes in.
    Gaps that would not fit into memory are divided evenly.
    """
    stills = frozenset(stills)
    own = _own_anchors(shot, listed, stills)
    return _divided(shot, own) if own else uniform_anchors(shot, internal)


def filled_anchors(shot: Shot, internal: int, *, listed: Iterable[int], stills: Iterable[int]) -> tuple[int, ...]:
    """`shot_anchors`, and automatic ones wherever more than `internal` frames lie between two that are no stills.

    Beside a still none is added: what the restorer painted is carried on, not mixed with the backbone's guesses.
    """
    stills = frozenset(stills)
    own = _own_anchors(shot, listed, stills)
    if not own:
        return uniform_anchors(shot, internal)
    # Where gaps are filled they need not be divided: an anchor set where one was proposed moves no other.
    anchors = _divided(shot, own, beside=stills)
    filled = set(anchors)
    for before, after in pairwise(anchors):
        if not {before, after} & stills:
            filled.update(range(before + internal + 1, after, internal + 1))
    return tuple(sorted(filled))


def _own_anchors(shot: Shot, listed: Iterable[int], stills: frozenset[int]) -> list[int]:
    """Anchors of a shot set by hand, ascending, and the shot's ends where no still is nearest; none where none is."""
    own_stills = {frame for frame in stills if frame in shot}
    own = {frame for frame in listed if frame in shot} | own_stills
    if not own:
        return []
    if min(own) not in own_stills:
        own.add(shot.start)
    if max(own) not in own_stills:
        own.add(shot.last)
    return sorted(own)


def _divided(shot: Shot, anchors: list[int], *, beside: frozenset[int] | None = None) -> tuple[int, ...]:
    """Anchors with gaps that would not fit into memory divided evenly; of all gaps, or of those beside these only."""
    divided = set(anchors)
    # A still far from its shot's end is carried as far as memory allows; beyond that automatic anchors take over.
    edges = [shot.start - 1, *anchors, shot.stop]
    for before, after in pairwise(edges):
        if beside is None or {before, after} & beside:
            parts = -(-(after - before) // (MAX_INTERNAL_FRAMES + 1))
            divided.update(round(before + (after - before) * i / parts) for i in range(1, parts))
    return tuple(sorted(divided))


def anchors_of_shot(p: Project, shot: Shot) -> tuple[int, ...]:
    """Every anchor of a shot, set by hand or proposed, ascending: what a render of the project works with."""
    return all_anchors(p, shots=(shot,))


def all_anchors(p: Project, *, shots: Iterable[Shot] | None = None) -> tuple[int, ...]:
    """Every anchor of the film, or of some of its shots in film order, set by hand or proposed, ascending."""
    by_hand = [anchor.frame for anchor in p.anchors]
    frames: list[int] = []
    for shot in p.shots if shots is None else shots:
        own = p.anchors[bisect_left(by_hand, shot.start) : bisect_left(by_hand, shot.stop)]
        length = p.length_of(shot)
        find = filled_anchors if length else shot_anchors
        frames += find(
            shot,
            length or MAX_INTERNAL_FRAMES,
            listed={anchor.frame for anchor in own if not anchor.edited},
            stills={anchor.frame for anchor in own if anchor.edited},
        )
    return tuple(frames)


def proposed_anchors(p: Project) -> tuple[int, ...]:
    """The anchors that nobody set by hand, ascending."""
    by_hand = {anchor.frame for anchor in p.anchors}
    return tuple(frame for frame in all_anchors(p) if frame not in by_hand)
