"""Shots and the cuts between them: color never crosses a cut."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index

from tcvc_studio.errors import StudioError


@dataclass(frozen=True, slots=True, order=True)
class Shot:
    """The frames start, start + 1, ..., stop - 1 of a film (half-open, 0-based); at least one frame."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.stop <= self.start:
            raise ValueError(f"a shot holds at least one frame: {self.start} to {self.stop}")

    def __len__(self) -> int:
        """Number of frames, at least 1."""
        return self.stop - self.start

    def __contains__(self, frame: int) -> bool:
        """Whether a frame number lies in the shot."""
        return self.start <= frame < self.stop

    @property
    def last(self) -> int:
        """Number of the last frame."""
        return self.stop - 1


def checked_cuts(cuts: Iterable[int], frames: int) -> tuple[int, ...]:
    """The cuts of a film as they must be: whole numbers, ascending, each once, 0 < cut < frames.

    cuts: first frame of every shot but the first.
    frames: number of frames in the film, at least 1.
    Raises StudioError naming the first cut that is wrong. Nothing is mended silently: a list out of order is a list
    that somebody edited by mistake.
    """
    _check_frames(frames)
    checked: list[int] = []
    for cut in cuts:
        number = _whole(cut)
        if number == 0:
            raise StudioError(
                "Cut 0 is the film's first frame, which always begins a shot: take it out of the list of cuts."
            )
        if not 0 < number < frames:
            raise StudioError(
                f"Cut {number} lies outside the film, whose frames are 0 to {frames - 1}: "
                "check that the list of cuts belongs to this film."
            )
        if checked and number == checked[-1]:
            raise StudioError(f"Cut {number} stands twice in the list of cuts: leave it in once.")
        if checked and number < checked[-1]:
            raise StudioError(f"Cut {number} comes after cut {checked[-1]} in the list of cuts: sort the list.")
        checked.append(number)
    return tuple(checked)


def shots_from_cuts(cuts: Iterable[int], frames: int) -> tuple[Shot, ...]:
    """The shots of a film, one after the other, together all its frames 0 .. frames - 1.

    cuts: first frame of every shot but the first, as `checked_cuts` wants them; none gives one shot.
    Raises StudioError for cuts that are not in order or not in the film.
    """
    starts = (0, *checked_cuts(cuts, frames))
    return tuple(Shot(start, stop) for start, stop in zip(starts, (*starts[1:], frames), strict=True))


def cuts_from_shots(shots: Sequence[Shot]) -> tuple[int, ...]:
    """First frame of every shot but the first: what `shots_from_cuts` was given, for shots of a whole film."""
    return tuple(shot.start for shot in shots[1:])


def restrict(shots: Iterable[Shot], start: int, stop: int) -> tuple[Shot, ...]:
    """The parts of the shots that lie in frames start .. stop - 1, in film frame numbers; shots outside are left out.

    Raises StudioError where nothing is left.
    """
    if start < 0 or stop <= start:
        raise StudioError(
            f"The range {start}:{stop} holds no frame: give its first frame and the frame after its last, as in 0:100."
        )
    kept = tuple(
        Shot(max(shot.start, start), min(shot.stop, stop)) for shot in shots if shot.start < stop and shot.stop > start
    )
    if not kept:
        raise StudioError(f"The range {start}:{stop} lies outside the film: choose frames that it has.")
    return kept


def _whole(cut: object) -> int:
    """A frame number of any integer type (numpy's too); bool, float and text are mistakes."""
    if not isinstance(cut, bool):
        try:
            return index(cut)  # type: ignore[arg-type]
        except TypeError:
            pass
    raise StudioError(f"{cut!r} in the list of cuts is not a frame number: cuts are whole numbers such as 120.")


def _check_frames(frames: int) -> None:
    if frames < 1:
        raise StudioError("The film has no frames, so it has no shots: check that it is the right file.")
