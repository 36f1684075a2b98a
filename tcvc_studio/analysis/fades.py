"""Fades through black: where the picture sinks into black and another comes up."""

from dataclasses import dataclass

import numpy as np

#: How far to look for the picture beside a dark stretch, in frames; slower fades are seen only in part.
_BESIDE = 60
#: Frames a brightness must take to change for it to be a fade and not a cut.
_GRADUAL = 3
#: A spark of light in the black, as old prints have them, does not make two fades of one.
_GAP = 2


@dataclass(frozen=True, slots=True)
class Fade:
    """A dark stretch between pictures, with the frames in which they sink and rise.

    start, stop: first frame that is darkened and the first that is not any more.
    black_start, black_stop: the frames in which hardly anything is left.
    gradual: whether a picture sinks or rises over several frames; else it is a piece of black between two cuts.
    depth: how much of the pictures is gone at the darkest, 0..1.
    leads: a picture follows, so that a shot begins here.
    """

    start: int
    stop: int
    black_start: int
    black_stop: int
    gradual: bool
    depth: float
    leads: bool

    @property
    def middle(self) -> int:
        """Where the one shot ends and the other begins: the middle of the darkest frames."""
        return (self.black_start + self.black_stop) // 2


def find_fades(mean: np.ndarray, deviation: np.ndarray, spread: np.ndarray) -> tuple[Fade, ...]:
    """The fades of a film, in order, not overlapping.

    mean, deviation, spread: of each frame's luma in 8-bit codes above black, [frames], as `Measures` has them.
    What is dark is judged by the pictures beside it, so that dark films and prints with gray blacks have fades too; but
    a stretch must be nearly empty, or a night scene between two bright shots would pass for one.
    """
    frames = len(spread)
    if frames == 0:
        return ()
    steady = _median(spread, 2)
    left, right = _running_max(steady), _running_max(steady[::-1])[::-1]
    # Before the first frame and after the last there is no picture to compare with: the other side decides.
    beside = np.minimum(left, right)
    limit = np.maximum(2.0, 0.2 * beside)
    dark = spread < limit
    fades: list[Fade] = []
    for start, stop in _runs(dark | _open_ends(spread, left, right)):
        fade = _judged(start, stop, mean, deviation, spread)
        if fade is None:
            continue
        if fades and fade.start < fades[-1].stop:
            # Two fades share the picture between them: each keeps its half.
            half = (fades[-1].black_stop + fade.black_start + 1) // 2
            last = fades.pop()
            fades.append(_between(last, last.start, min(last.stop, half)))
            fade = _between(fade, max(fade.start, half), fade.stop)
        fades.append(fade)
    return tuple(fades)


def _judged(start: int, stop: int, mean: np.ndarray, deviation: np.ndarray, spread: np.ndarray) -> Fade | None:
    """The fade around the dark frames start .. stop - 1, or None where they are a dark picture."""
    frames = len(spread)
    before, after = slice(max(0, start - _BESIDE), start), slice(stop, min(frames, stop + _BESIDE))
    sides = [side for side in (before, after) if side.stop > side.start]
    if not sides:
        return None
    picture = min(float(spread[side].max()) for side in sides)
    light = min(float(mean[side].max()) for side in sides)
    emptiest = float(spread[start:stop].min())
    plainest = float(deviation[start:stop].min())
    darkest = float(mean[start:stop].min())
    if picture < 5 or darkest > max(4.0, 0.45 * light):
        return None
    # A torn frame on the way does not make a cut of a fade.
    before_it, after_it = _median(spread[:start], 2), _median(spread[stop:], 2)
    sinks, rises = _ramp(before_it[::-1], float(spread[start])), _ramp(after_it, float(spread[stop - 1]))
    gradual = max(sinks, rises) >= _GRADUAL
    # Small print on black and dust stay below these; a title card or a lamp in the night do not.
    if gradual:
        # A quick fade without a black frame is darkest at a seventh of the pictures; before a cut it is all black.
        most = 18.0 if min(sinks, rises) >= _GRADUAL else 6.0
        empty = emptiest <= max(3.0, min(0.2 * picture, most)) and plainest <= max(8.0, min(0.15 * picture, 15.0))
    else:
        empty = emptiest <= min(3.0, 0.15 * picture) and plainest <= 9.0
    if not empty:
        return None
    return Fade(
        start=start - (sinks if sinks >= _GRADUAL else 0),
        stop=stop + (rises if rises >= _GRADUAL else 0),
        black_start=start,
        black_stop=stop,
        gradual=gradual,
        depth=float(np.clip(1 - emptiest / picture, 0, 1)),
        leads=stop < frames,
    )


def _ramp(beside: np.ndarray, darkest: float) -> int:
    """Number of frames beside a dark one that are still sinking or already rising.

    beside: spread of the frames from the dark one outwards; darkest: the dark one's own.
    """
    beside = beside[:_BESIDE]
    if len(beside) == 0:
        return 0
    # Full is what the picture has a short way on: it may change a lot over a whole shot.
    full = float(np.median(beside[: _BESIDE // 2]))
    reached = np.flatnonzero(beside >= 0.85 * full)
    length = int(reached[0]) if len(reached) else len(beside)
    # A jump that the picture then grows on is a cut.
    steps = np.diff(beside[: length + 1], prepend=darkest)
    return 0 if float(steps.max()) > 0.6 * full else length


def _between(fade: Fade, start: int, stop: int) -> Fade:
    return Fade(start, stop, fade.black_start, fade.black_stop, fade.gradual, fade.depth, fade.leads)


def _open_ends(spread: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Dark frames at the film's very beginning and end, where one side has no picture."""
    leading = np.logical_and.accumulate(spread < np.maximum(2.0, 0.2 * right))
    trailing = np.logical_and.accumulate((spread < np.maximum(2.0, 0.2 * left))[::-1])[::-1]
    return leading | trailing


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) of every stretch of true values; stretches hardly apart are one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] <= _GAP:
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    return runs


def _median(values: np.ndarray, reach: int) -> np.ndarray:
    """Running median over 2 * reach + 1 values; the ends repeat."""
    if len(values) == 0:
        return values
    padded = np.pad(values, reach, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)


def _running_max(values: np.ndarray) -> np.ndarray:
    """Largest of each value and the _BESIDE before it."""
    padded = np.pad(values, (_BESIDE, 0), constant_values=0)
    return np.lib.stride_tricks.sliding_window_view(padded, _BESIDE + 1).max(axis=1)
