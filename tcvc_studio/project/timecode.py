"""Time codes: the address of a frame on a tape or in an edit list (SMPTE ST 12-1), drop frame counted right."""

import re
from dataclasses import dataclass
from fractions import Fraction

from tcvc_studio.errors import StudioError

_TEXT = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


@dataclass(frozen=True, slots=True)
class Timecode:
    """One frame's address within a day.

    frames: frames since 00:00:00:00, wrapped at 24 hours of counting.
    rate: frames a second, exact (24000/1001, 25, ...); the counting rate is the next whole number.
    drop: drop-frame counting, which skips the numbers 0 and 1 (at 30; in proportion above) in every minute but each
        tenth, so that the count follows the clock (ST 12-1, 5.2.3); only for 30000/1001 and its multiples.
    """

    frames: int
    rate: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"a frame rate must be above zero, not {self.rate}")
        object.__setattr__(self, "rate", Fraction(self.rate))
        if self.drop and not can_drop(self.rate):
            raise StudioError(
                f"Drop-frame time code belongs to 29.97 and 59.94 frames a second, not to {float(self.rate):.6g}: "
                "write the time code with a colon before the frames."
            )
        object.__setattr__(self, "frames", self.frames % self._frames_a_day)

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> "Timecode":
        """Read HH:MM:SS:FF; a semicolon, point or comma before the frames means drop frame.

        Raises StudioError where the text is no time code at this rate (an hour of 24, a dropped number, ...).
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise StudioError(f"{text!r} is not a time code: write it as 01:00:00:00.")
        hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
        drop = match[4] != ":"
        zero = cls(0, rate, drop)
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= zero.count_rate:
            raise StudioError(
                f"{text} is not a time code at {float(rate):.6g} frames a second: hours end at 23, minutes and seconds "
                f"at 59, frames at {zero.count_rate - 1}."
            )
        if drop and seconds == 0 and frames < zero._dropped and minutes % 10:
            raise StudioError(
                f"{text} does not exist in drop-frame counting: the minute begins at "
                f"{hours:02d}:{minutes:02d}:00;{zero._dropped:02d}."
            )
        total_minutes = hours * 60 + minutes
        number = (total_minutes * 60 + seconds) * zero.count_rate + frames
        if drop:
            number -= zero._dropped * (total_minutes - total_minutes // 10)
        return cls(number, rate, drop)

    @property
    def count_rate(self) -> int:
        """Frames counted in a full second: 24 for 23.976, 30 for 29.97."""
        return count_rate(self.rate)

    @property
    def _dropped(self) -> int:
        return self.count_rate // 15 if self.drop else 0

    @property
    def _frames_in_ten_minutes(self) -> int:
        return 600 * self.count_rate - 9 * self._dropped

    @property
    def _frames_a_day(self) -> int:
        return 144 * self._frames_in_ten_minutes

    def __add__(self, frames: int) -> "Timecode":
        """The address so many frames later (or earlier)."""
        if not isinstance(frames, int):
            return NotImplemented
        return Timecode(self.frames + frames, self.rate, self.drop)

    def __sub__(self, frames: int) -> "Timecode":
        return self + -frames

    def __str__(self) -> str:
        """HH:MM:SS:FF, with a semicolon before the frames for drop frame."""
        number, per_second = self.frames, self.count_rate
        if self.drop:
            tens, rest = divmod(number, self._frames_in_ten_minutes)
            number += 9 * self._dropped * tens
            # The first minute of ten has all its numbers; each of the others lacks the first few.
            first = 60 * per_second
            if rest >= first:
                number += self._dropped * (1 + (rest - first) // (first - self._dropped))
        seconds, frame = divmod(number, per_second)
        width = len(str(per_second - 1)) if per_second > 100 else 2
        mark = ";" if self.drop else ":"
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frame:0{width}d}"


def count_rate(rate: Fraction) -> int:
    """The whole number of frames that time code counts in a second: `rate` rounded, at least 1."""
    return max(1, int(rate + Fraction(1, 2)))


def can_drop(rate: Fraction) -> bool:
    """True for 30000/1001 and its multiples, the rates whose count runs behind the clock by the thousandth dropped."""
    nominal = count_rate(rate)
    return nominal % 30 == 0 and abs(Fraction(rate) * 1001 / 1000 - nominal) < Fraction(1, 1000)
