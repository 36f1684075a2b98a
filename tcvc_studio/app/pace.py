"""How many frames have come due since play began: by the film's rate, or by its own times where they vary."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from tcvc_studio.media.info import FilmInfo


@dataclass(frozen=True, slots=True)
class Pace:
    """rate: frames a second. times: seconds at which each frame begins and the last one ends, float64 [frames + 1],
    ascending; None where all last equally long."""

    rate: Fraction
    times: np.ndarray | None = field(default=None, compare=False)

    @classmethod
    def of(cls, info: FilmInfo) -> "Pace":
        """A film's. The last frame of a film of varying rate lasts as long as the rate says: nothing else does."""
        if not info.vfr:
            return cls(info.rate)
        begins = (info.pts - info.pts[0]) * float(info.time_base)
        return cls(info.rate, np.append(begins, begins[-1] + float(1 / info.rate)))

    def beats(self, seconds: float, *, frame: int, speed: int, span: tuple[int, int]) -> int:
        """Beats of `speed` frames (negative backward) that have passed `seconds` after play began at `frame`.

        span: half-open, the frames that are played; play past its end is counted as if it went on at its other end.
        """
        if self.times is None:
            return int(seconds * self.rate)
        start, stop = span
        begin, end = self.times[start], self.times[stop]
        # How far play was from where it enters the span, and how far it is now.
        before = self.times[frame] - begin if speed > 0 else end - self.times[frame + 1]
        rounds, rest = divmod(before + seconds * abs(speed), end - begin)
        if speed > 0:
            place = int(np.searchsorted(self.times, begin + rest, side="right")) - 1 - start
            entered = frame - start
        else:
            place = stop - int(np.searchsorted(self.times, end - rest, side="left"))
            entered = stop - 1 - frame
        # Rounding may leave a place just outside.
        place = min(max(0, place), stop - start - 1)
        return max(0, int(rounds) * (stop - start) + place - entered) // abs(speed)
