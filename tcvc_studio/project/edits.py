"""Everything that can be done to a project, as pure functions: each takes one and returns another.

An edit that cannot be made raises StudioError with one sentence and has changed nothing. One that changes nothing
returns the project it was given. Frames are numbers of the film, 0-based.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from tcvc_studio.errors import StudioError
from tcvc_studio.project.anchors import all_anchors, proposed_anchors
from tcvc_studio.project.model import BY_HAND_ONLY, Anchor, Cut, Project
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES, Settings
from tcvc_studio.project.shots import Shot

# --- cuts ---------------------------------------------------------------------------------------------------------


def add_cut(p: Project, frame: int) -> Project:
    """A cut by hand: a new shot begins at `frame`, with the interval length of the shot it was a part of.

    Where a cut is only proposed it is accepted. Raises StudioError for frame 0, frames outside the film, and frames
    that are cuts by hand already.
    """
    _check_frame(p, frame)
    if frame == 0:
        raise StudioError("The film's first frame always begins a shot: set the cut at a later frame.")
    there = _cut_at(p, frame)
    if there is None:
        return _with_cuts(p, (*p.cuts, Cut(frame)), unrejected=(frame,))
    if not there.proposed:
        raise StudioError(f"Frame {frame} is a cut already: choose another frame.")
    return accept_cuts(p, (frame,))


def remove_cuts(p: Project, frames: Iterable[int]) -> Project:
    """Without these cuts: each shot joins the one before it and takes its interval length. Anchors stay.

    Detection will not propose again what it found and the restorer removed. Raises StudioError where a frame is no cut.
    """
    gone = _known_cuts(p, frames)
    found = {frame if cut.proposed else cut.found for frame, cut in gone.items()} - {None}
    return _with_cuts(p, (cut for cut in p.cuts if cut.frame not in gone), rejected=found)


def move_cut(p: Project, frame: int, to: int) -> Project:
    """The cut at `frame` lies at `to`, set by hand, and its shot keeps its own interval length; anchors stay.

    Raises StudioError where `frame` is no cut and where `to` is not between the cuts before and after it.
    """
    cut = _known_cuts(p, (frame,))[frame]
    if to == frame:
        return p
    starts = [0, *(other.frame for other in p.cuts)]
    place = starts.index(frame)
    before = starts[place - 1]
    after = starts[place + 1] if place + 1 < len(starts) else p.film.frames
    if not before < to < after:
        raise StudioError(
            f"The cut at frame {frame} cannot be moved past its neighbours: keep it within frames {before + 1} to "
            f"{after - 1}."
        )
    moved = replace(cut, frame=to, proposed=False, found=frame if cut.proposed else cut.found)
    lengths = dict(p.shot_lengths)
    own = lengths.pop(frame, None)
    lengths.pop(to, None)
    if own is not None:
        lengths[to] = own
    cuts = sorted((*(other for other in p.cuts if other is not cut), moved), key=_frame)
    rejected = tuple(number for number in p.rejected_cuts if number != to)
    return replace(p, cuts=tuple(cuts), shot_lengths=lengths, rejected_cuts=rejected)


def accept_cuts(p: Project, frames: Iterable[int]) -> Project:
    """These proposed cuts count as set by hand; those that are already stay. Raises StudioError for what is no cut."""
    wanted = {frame for frame, cut in _known_cuts(p, frames).items() if cut.proposed}
    if not wanted:
        return p
    accepted = (replace(cut, proposed=False, found=cut.frame) if cut.frame in wanted else cut for cut in p.cuts)
    return replace(p, cuts=tuple(accepted))


def propose_cuts(
    p: Project,
    frames: Iterable[int],
    fades: Iterable[tuple[int, int]] | None = None,
    threshold: float | None = None,
) -> Project:
    """What detection found takes the place of what it proposed before.

    Cuts set by hand stay; what was rejected, and what was accepted and then moved, is not proposed again. Anchors stay.
    fades: half-open spans; threshold: 0..1, at which the frames were found; None keeps what the project has.
    Raises StudioError for frames outside the film.
    """
    by_hand = tuple(cut for cut in p.cuts if not cut.proposed)
    taken = {0, *p.rejected_cuts, *(cut.frame for cut in by_hand), *(cut.found for cut in by_hand)}
    known = {cut.frame: cut for cut in p.cuts}
    new = sorted({_whole(frame) for frame in frames} - taken)
    for frame in new[:1] + new[-1:]:
        _check_frame(p, frame)
    proposed = (known.get(frame, Cut(frame, proposed=True)) for frame in new)
    changed = _with_cuts(p, (*by_hand, *proposed))
    spans = p.fades if fades is None else tuple(sorted((int(start), int(stop)) for start, stop in fades))
    limit = p.cut_threshold if threshold is None else float(threshold)
    if (spans, limit) != (p.fades, p.cut_threshold):
        changed = replace(changed, fades=spans, cut_threshold=limit)
    return changed


# --- anchors ------------------------------------------------------------------------------------------------------


def add_anchor(p: Project, frame: int) -> Project:
    """An anchor by hand; a proposed one becomes one. Raises StudioError where there is one already."""
    if p.anchor_at(frame) is not None:
        raise StudioError(f"Frame {frame} is an anchor set by hand already: choose another frame.")
    return add_anchors(p, (frame,))


def add_anchors(p: Project, frames: Iterable[int]) -> Project:
    """Anchors by hand at all these frames; where there are some already they stay as they are."""
    known = {anchor.frame for anchor in p.anchors}
    new = sorted({_whole(frame) for frame in frames} - known)
    for frame in new:
        _check_frame(p, frame)
    return _with_anchors(p, (*p.anchors, *map(Anchor, new))) if new else p


def remove_anchors(p: Project, frames: Iterable[int]) -> Project:
    """Without these anchors. Those set by hand go, and proposed ones may come where they left a gap.

    Among the frames may be proposed ones; to have one less of these, the others of its shot become anchors set by hand
    and nothing is proposed there any more. (The ends of a shot stay proposed: it cannot do without them.)
    Raises StudioError for locked anchors, for frames that are none, and for those that a shot needs.
    """
    gone = {_whole(frame) for frame in frames}
    by_hand = {anchor.frame: anchor for anchor in p.anchors}
    for frame in sorted(gone & by_hand.keys()):
        _check_free(by_hand[frame])
    left = tuple(anchor for anchor in p.anchors if anchor.frame not in gone)
    changed = _with_anchors(p, left) if len(left) < len(p.anchors) else p
    proposed = sorted(gone - by_hand.keys())
    return _without_proposed(p, changed, proposed, gone) if proposed else changed


def dismiss_anchor(p: Project, frame: int, *, proposed: Collection[int] | None = None) -> Project:
    """Without a proposed anchor: `remove_anchors` of one that nobody set by hand.

    proposed: the project's proposed anchors, where the caller has them. Raises StudioError where the frame is none.
    """
    if p.anchor_at(frame) is not None or (proposed is not None and frame not in proposed):
        raise StudioError(f"Frame {frame} is no proposed anchor: choose one that is drawn hollow.")
    return remove_anchors(p, (frame,))


def move_anchor(p: Project, frame: int, to: int) -> Project:
    """The anchor at `frame`, with its still, lies at `to`.

    A proposed one is dismissed (`remove_anchors`) and set by hand at `to`. Raises StudioError for a locked anchor, a
    frame that is none, a target outside the film or one where another anchor set by hand is.
    """
    if to == frame:
        return p
    _check_frame(p, to)
    if p.anchor_at(to) is not None:
        raise StudioError(f"Frame {to} is an anchor set by hand already: move this one somewhere else.")
    anchor = p.anchor_at(frame)
    if anchor is None:
        # One that is proposed at the target counts as the place it goes to, not as a neighbour to keep.
        return add_anchors(remove_anchors(p, (frame,)), (to,))
    _check_free(anchor)
    others = (other for other in p.anchors if other is not anchor)
    return _with_anchors(p, (*others, replace(anchor, frame=to)))


def lock_anchors(p: Project, frames: Iterable[int], locked: bool) -> Project:
    """Anchors locked or set free; a proposed one that is locked becomes one set by hand.

    Raises StudioError where a frame is no anchor.
    """
    wanted = {_whole(frame) for frame in frames}
    by_hand = {anchor.frame for anchor in p.anchors}
    new = wanted - by_hand
    for frame in sorted(new.difference(proposed_anchors(p)) if new else ()):
        raise StudioError(f"Frame {frame} is no anchor: choose one that is.")
    kept = tuple(
        replace(anchor, locked=locked) if anchor.frame in wanted and anchor.locked != locked else anchor
        for anchor in p.anchors
    )
    added = tuple(Anchor(frame, locked=True) for frame in new) if locked else ()
    return _with_anchors(p, (*kept, *added)) if added or kept != p.anchors else p


def set_still(p: Project, frame: int, path: Path | None) -> Project:
    """A still gives the frame's anchor its color (which becomes one set by hand); None: the backbone does again.

    Raises StudioError for a frame outside the film, and where there is no anchor to take a still from.
    """
    _check_frame(p, frame)
    anchor = p.anchor_at(frame)
    if anchor is None:
        if path is None:
            raise StudioError(f"Frame {frame} has no still: choose an anchor that has one.")
        return _with_anchors(p, (*p.anchors, Anchor(frame, still=Path(path))))
    still = None if path is None else Path(path)
    if anchor.still == still:
        return p
    others = (other for other in p.anchors if other is not anchor)
    return _with_anchors(p, (*others, replace(anchor, still=still)))


# --- intervals, settings, marks, film -------------------------------------------------------------------------------


def set_interval(p: Project, n: int) -> Project:
    """The film's interval length: n internal frames between two anchors; an ensemble's others keep their distance.

    Anchors set by hand stay, and so do the lengths that shots have of their own. Raises StudioError for n out of range.
    """
    lengths = p.settings.lengths
    more = (min(max(1, other + n - lengths[0]), MAX_INTERNAL_FRAMES) for other in lengths[1:])
    return set_settings(p, replace(p.settings, lengths=tuple(dict.fromkeys((n, *more)))))


def set_shot_interval(p: Project, shot_start: int, n: int | None) -> Project:
    """A shot's own interval length; BY_HAND_ONLY (0) for none but the anchors set by hand, None for the film's.

    shot_start: the shot's first frame. Raises StudioError where no shot begins there, and for n out of range.
    """
    if shot_start != 0 and _cut_at(p, shot_start) is None:
        raise StudioError(f"No shot begins at frame {shot_start}: choose the first frame of a shot.")
    if p.shot_lengths.get(shot_start) == n:
        return p
    lengths = dict(p.shot_lengths)
    if n is None:
        del lengths[shot_start]
    else:
        lengths[shot_start] = n
    return replace(p, shot_lengths=lengths)


def set_settings(p: Project, settings: Settings) -> Project:
    """How the film is colored."""
    return p if settings == p.settings else replace(p, settings=settings)


def set_marks(p: Project, in_frame: int | None, out_frame: int | None) -> Project:
    """The marked range, both ends included; None: no mark. Raises StudioError where it ends before it begins."""
    if in_frame is not None and out_frame is not None and out_frame < in_frame:
        raise StudioError(
            f"The range would end at frame {out_frame}, before it begins at frame {in_frame}: mark its ends in order."
        )
    same = (in_frame, out_frame) == (p.in_frame, p.out_frame)
    return p if same else replace(p, in_frame=in_frame, out_frame=out_frame)


def mark_in(p: Project, frame: int) -> Project:
    """The marked range begins at `frame`; an end that would lie before it is taken away."""
    out = p.out_frame if p.out_frame is not None and p.out_frame >= frame else None
    return set_marks(p, frame, out)


def mark_out(p: Project, frame: int) -> Project:
    """The marked range ends at `frame`, which it includes; a beginning that would lie after it is taken away."""
    start = p.in_frame if p.in_frame is not None and p.in_frame <= frame else None
    return set_marks(p, start, frame)


def relink_film(p: Project, path: Path) -> Project:
    """The same film, found in another place. path: the file, or the pattern of a sequence."""
    path = Path(path)
    return p if path == p.film.path else replace(p, film=replace(p.film, path=path))


# --- what they share --------------------------------------------------------------------------------------------------


def _with_cuts(
    p: Project, cuts: Iterable[Cut], *, rejected: Iterable[int] = (), unrejected: Iterable[int] = ()
) -> Project:
    """Other cuts; shots keep the interval lengths they had.

    A new shot takes that of the shot it is cut from. One whose cut goes keeps it for the day the cut comes back, unless
    it is that of the shot it joins.
    """
    changed = replace(
        p,
        cuts=tuple(sorted(cuts, key=_frame)),
        rejected_cuts=tuple(sorted({*p.rejected_cuts, *rejected} - {*unrejected})),
    )
    if changed.cuts == p.cuts:
        return p if changed.rejected_cuts == p.rejected_cuts else changed
    lengths = dict(p.shot_lengths)
    if lengths:
        before = {shot.start for shot in p.shots}
        after = {shot.start for shot in changed.shots}
        own = None
        for start in sorted(before | after):
            if start in before:
                own = p.shot_lengths.get(start)
            elif own is not None:
                lengths.setdefault(start, own)
        joined = None
        for start in sorted(before | after):
            if start in after:
                joined = lengths.get(start)
            elif lengths.get(start) == joined:
                lengths.pop(start, None)
    return replace(changed, shot_lengths=lengths)


def _with_anchors(p: Project, anchors: Iterable[Anchor]) -> Project:
    return replace(p, anchors=tuple(sorted(anchors, key=_frame)))


def _without_proposed(before: Project, p: Project, proposed: Sequence[int], gone: Collection[int]) -> Project:
    """`p` without some proposed anchors: their shots have those of `before`, but for the ones gone, set by hand."""
    for frame in proposed:
        _check_frame(before, frame)
    shots = [shot for shot in before.shots if _any_within(proposed, shot)]
    ends = {end for shot in shots for end in (shot.start, shot.last)}
    had = set(all_anchors(before, shots=shots))
    for frame in sorted({*proposed}.difference(had)):
        raise StudioError(f"Frame {frame} is no anchor: choose one that is.")
    wanted = had.difference(gone)
    new = wanted - {anchor.frame for anchor in p.anchors} - ends
    lengths = {**p.shot_lengths, **{shot.start: BY_HAND_ONLY for shot in shots}}
    changed = replace(_with_anchors(p, (*p.anchors, *map(Anchor, new))), shot_lengths=lengths)
    unwanted = {*all_anchors(changed, shots=shots)} - wanted
    for frame in sorted(unwanted & ends):
        raise StudioError(
            f"Frame {frame} is an end of its shot, which has an anchor there unless a still stands nearest to it: "
            "give it a still, or move the cut."
        )
    if unwanted:
        raise StudioError(
            f"An interval holds at most {MAX_INTERNAL_FRAMES} internal frames, and without this anchor it would be "
            "longer: move the anchor instead."
        )
    return changed


def _check_free(anchor: Anchor) -> None:
    if anchor.locked:
        raise StudioError(f"The anchor at frame {anchor.frame} is locked: unlock it before you move or delete it.")


def _check_frame(p: Project, frame: int) -> None:
    if not 0 <= frame < p.film.frames:
        raise StudioError(f"The film has no frame {frame}: choose one from 0 to {p.film.frames - 1}.")


def _known_cuts(p: Project, frames: Iterable[int]) -> dict[int, Cut]:
    known = {cut.frame: cut for cut in p.cuts}
    wanted = [_whole(frame) for frame in frames]
    for frame in wanted:
        if frame not in known:
            raise StudioError(f"Frame {frame} is no cut: choose one that is.")
    return {frame: known[frame] for frame in wanted}


def _cut_at(p: Project, frame: int) -> Cut | None:
    return next((cut for cut in p.cuts if cut.frame == frame), None)


def _any_within(frames: Sequence[int], shot: Shot) -> bool:
    """Whether one of the ascending frames lies in the shot."""
    place = bisect_left(frames, shot.start)
    return place < len(frames) and frames[place] < shot.stop


def _frame(thing: Cut | Anchor) -> int:
    return thing.frame


def _whole(frame: int) -> int:
    """A plain int, whatever integer type (numpy's, say) the caller counts in."""
    return int(frame)
