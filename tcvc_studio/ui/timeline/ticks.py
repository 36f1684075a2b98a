"""Time codes along the film and where the ruler has its ticks. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from tcvc_studio.errors import StudioError
from tcvc_studio.project.timecode import Timecode
from tcvc_studio.ui.timeline.scale import Scale

_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of the ruler at the left edge of a frame; text: its time code, None for the small ticks between."""

    frame: int
    text: str | None = None


class Clock:
    """Time codes of a film's frames.

    timecode: of frame 0, as in the file; None, or one that is not possible at this rate, counts from zero.
    """

    def __init__(self, rate: Fraction, timecode: str | None = None) -> None:
        try:
            self._zero = Timecode.parse(timecode, rate) if timecode else Timecode(0, rate)
        except StudioError:
            self._zero = Timecode(0, rate)
        self._told: dict[int, str] = {}
        #: Frames counted in a second.
        self.count_rate = self._zero.count_rate
        self._dropped = self.count_rate // 15 if self._zero.drop else 0

    def text(self, frame: int) -> str:
        """Time code of a frame."""
        text = self._told.get(frame)
        if text is None:
            # The same few are asked for again and again while a film is scrolled.
            if len(self._told) > 1024:
                self._told.clear()
            text = self._told[frame] = str(Timecode(self._zero.frames + frame, self._zero.rate, self._zero.drop))
        return text

    def second(self, frame: int) -> int:
        """Counted seconds from 00:00:00:00 to the frame's, not wrapped at a day."""
        number = self._zero.frames + frame
        if self._dropped:
            in_ten = 600 * self.count_rate - 9 * self._dropped
            tens, rest = divmod(number, in_ten)
            number += 9 * self._dropped * tens
            first = 60 * self.count_rate
            if rest >= first:
                number += self._dropped * (1 + (rest - first) // (first - self._dropped))
        return number // self.count_rate

    def frame(self, second: int, count: int = 0) -> int | None:
        """The frame counted `count` in a second (as `second` gives it); None where that number is dropped.

        May lie outside the film.
        """
        number = second * self.count_rate + count
        if self._dropped:
            minutes, rest = divmod(second, 60)
            if rest == 0 and minutes % 10 and count < self._dropped:
                return None
            number -= self._dropped * (minutes - minutes // 10)
        return number - self._zero.frames

    def first_of_second(self, second: int) -> int:
        """The first frame of a second: the one counted 00, or the first number that is not dropped."""
        frame = self.frame(second)
        if frame is None:
            frame = self.frame(second, self._dropped)
        assert frame is not None
        return frame


@dataclass(frozen=True, slots=True)
class Step:
    """Distance of ticks: whole seconds, or frames within a second (the other is 0)."""

    seconds: int = 0
    frames: int = 0

    def length(self, count_rate: int) -> int:
        """In frames."""
        return self.seconds * count_rate or self.frames


def steps(count_rate: int) -> tuple[Step, ...]:
    """The distances a ruler may have, ascending. Those under a second divide it evenly."""
    ladder = (1, 2, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 40, 50, 60)
    within = tuple(Step(frames=n) for n in ladder if n < count_rate and count_rate % n == 0)
    return within + tuple(Step(seconds=n) for n in _SECONDS)


def choose_step(scale: Scale, count_rate: int, *, room: float) -> Step:
    """The smallest step whose ticks stand at least `room` pixels apart; the largest where none does."""
    ladder = steps(count_rate)
    return next((step for step in ladder if step.length(count_rate) * scale.per_frame >= room), ladder[-1])


def ruler_ticks(scale: Scale, clock: Clock, *, room: float, small_room: float = 7.0) -> tuple[Tick, ...]:
    """Ticks in the window: with time codes at least `room` pixels apart, without at least `small_room`; ascending.

    They stand on round time codes, whatever the film begins with. In drop-frame counting a second whose first number
    is dropped has its tick at the first that is not.
    """
    large = choose_step(scale, clock.count_rate, room=room)
    small = choose_step(scale, clock.count_rate, room=small_room)
    if small.length(clock.count_rate) < large.length(clock.count_rate):
        # Small ticks divide the large ones evenly or they would seem displaced.
        ladder = steps(clock.count_rate)
        whole = large.length(clock.count_rate)
        fitting = [s for s in ladder if s.length(clock.count_rate) >= small.length(clock.count_rate)]
        small = next(s for s in fitting if whole % s.length(clock.count_rate) == 0)
    with_text = set(_frames(scale, clock, large, before=1))
    ticks = {frame: Tick(frame) for frame in _frames(scale, clock, small, before=0)}
    ticks.update({frame: Tick(frame, clock.text(frame)) for frame in with_text})
    return tuple(ticks[frame] for frame in sorted(ticks))


def _frames(scale: Scale, clock: Clock, step: Step, *, before: int) -> list[int]:
    """Ticks in the window, and as many more on its left, whose text may reach into it."""
    start, stop = scale.visible()
    if step.seconds:
        first = floor(clock.second(start) / step.seconds) - before
        last = clock.second(stop) // step.seconds
        found = (clock.first_of_second(n * step.seconds) for n in range(first, last + 1))
    else:
        seconds = range(clock.second(start) - before, clock.second(stop) + 1)
        numbers = (clock.frame(s, n) for s in seconds for n in range(0, clock.count_rate, step.frames))
        found = (frame for frame in numbers if frame is not None)
        start -= before * step.frames
    if step.seconds:
        start -= before * step.length(clock.count_rate)
    return [frame for frame in found if max(0, start) <= frame < stop]
