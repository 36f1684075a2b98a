"""What a restoration is: a film, its cuts, its anchors and how to color it. Frozen; edits make new ones (edits.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from tcvc_studio.errors import StudioError
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES, Settings
from tcvc_studio.project.shots import Shot, checked_cuts, shots_from_cuts

#: Interval length of a shot that has the anchors set by hand in it and no others.
BY_HAND_ONLY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmReference:
    """The film a project belongs to, so that it can be found again and known for what it is.

    path: the file, or the pattern of a sequence. fingerprint: of its content (`engine.fingerprint`).
    rate: frames a second. sequence_rate: what the user said a sequence's rate is; None for a video, which has its own.
    width, height: as coded. timecode: of the first frame; None where it has none. first_number: as in FilmInfo.
    """

    path: Path
    fingerprint: str
    frames: int
    rate: Fraction
    width: int
    height: int
    sequence_rate: Fraction | None = None
    timecode: str | None = None
    first_number: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A new shot begins at `frame`.

    proposed: found by detection and not yet accepted; it counts all the same.
    found: of an accepted cut, the frame at which detection found it, wherever it has been moved since; None for one
        that was set by hand. unknown: as in Project.
    """

    frame: int
    proposed: bool = False
    found: int | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """An anchor set by hand.

    still: a picture that gives it its color; without one the backbone does.
    locked: neither moved nor deleted until it is unlocked. unknown: as in Project.
    """

    frame: int
    still: Path | None = None
    locked: bool = False
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @property
    def edited(self) -> bool:
        """Whether its color is the restorer's."""
        return self.still is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One restoration, as it is saved.

    cuts: ascending by frame, each frame once, 0 < frame < film.frames.
    rejected_cuts: frames that detection may not propose again, ascending.
    cut_threshold: 0..1, at which proposals are taken from the scores.
    fades: half-open spans of frames, ascending.
    anchors: those set by hand, ascending by frame, each frame once. Between them, and in shots that have none,
        anchors are proposed by interval length (`engine.plan`); proposed anchors are not kept here.
    shot_lengths: interval length of shots that have their own, by the shot's first frame; BY_HAND_ONLY for none but
        those set by hand. Shots that a removed cut ended keep theirs here, for the day the cut comes back.
    settings: how to color; settings.lengths[0] is the film's interval length.
    in_frame, out_frame: the marked range, both included; None where there is no mark.
    unknown: fields of the file that this version does not know, kept as they were found and in the file's shape.
    """

    film: FilmReference
    cuts: tuple[Cut, ...] = ()
    rejected_cuts: tuple[int, ...] = ()
    cut_threshold: float = 0.5
    fades: tuple[tuple[int, int], ...] = ()
    anchors: tuple[Anchor, ...] = ()
    shot_lengths: Mapping[int, int] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    in_frame: int | None = None
    out_frame: int | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frames = self.film.frames
        checked_cuts((cut.frame for cut in self.cuts), frames)
        previous = -1
        for anchor in self.anchors:
            if not 0 <= anchor.frame < frames:
                raise StudioError(
                    f"Anchor {anchor.frame} lies outside the film, whose frames are 0 to {frames - 1}: remove it."
                )
            if anchor.frame <= previous:
                raise StudioError(f"Anchor {anchor.frame} is listed twice or out of order: sort the list of anchors.")
            previous = anchor.frame
        for length in self.shot_lengths.values():
            if not 0 <= length <= MAX_INTERNAL_FRAMES:
                raise StudioError(f"An interval holds 1 to {MAX_INTERNAL_FRAMES} internal frames; choose such lengths.")
        for mark in (self.in_frame, self.out_frame):
            if mark is not None and not 0 <= mark < frames:
                raise StudioError(f"The marked range ends at frame {mark}, which the film does not have: mark it anew.")

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The film's shots; proposed cuts count."""
        return shots_from_cuts((cut.frame for cut in self.cuts), self.film.frames)

    def shot_at(self, frame: int) -> Shot:
        """The shot that holds a frame of the film."""
        return next(shot for shot in self.shots if frame in shot)

    def anchor_at(self, frame: int) -> Anchor | None:
        """The anchor set by hand at a frame, if there is one."""
        return next((anchor for anchor in self.anchors if anchor.frame == frame), None)

    def length_of(self, shot: Shot) -> int:
        """Interval length of a shot; BY_HAND_ONLY where only anchors set by hand count."""
        return self.shot_lengths.get(shot.start, self.settings.lengths[0])

    @property
    def marked(self) -> tuple[int, int] | None:
        """The marked range, half-open; None where none is marked. One mark reaches to the film's other end."""
        if self.in_frame is None and self.out_frame is None:
            return None
        start = 0 if self.in_frame is None else self.in_frame
        stop = self.film.frames if self.out_frame is None else self.out_frame + 1
        return (start, stop) if start < stop else None
