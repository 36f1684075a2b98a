"""The clock of play: frames come due in real time, forward or backward, and are dropped rather than shown late."""

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from tcvc_studio.app.pace import Pace

LoopMode = Literal["off", "shot", "marks", "film"]

#: Speeds in frames of the film a beat; a beat lasts as long as a frame, or as that many of them where they vary.
SPEEDS = (1, 2, 4, 8)
#: Pause between two looks at the clock, in milliseconds: fine enough for 60 frames a second.
_TICK = 4


def shuttled(speed: int, direction: int) -> int:
    """The speed after J (direction -1) or L (+1), from `speed`, 0 where the film stands.

    The key of the way it goes doubles the speed up to 8; the other one halves it, and at 1 turns it round.
    """
    step = 1 if direction > 0 else -1
    if speed * step > 0:
        return step * min(abs(speed) * 2, SPEEDS[-1])
    return speed // 2 if speed > 1 else -(-speed // 2) if speed < -1 else step


def place_after(frame: int, beats: int, *, speed: int, span: tuple[int, int], loops: bool) -> tuple[int, bool]:
    """Where play stands some beats after it stood at `frame`, and whether it has come to its end there.

    span: half-open, the frames that are played; where it loops, what passes its end goes on at its other end.
    """
    start, stop = span
    to = frame + beats * speed
    if loops:
        return start + (to - start) % (stop - start), False
    if to >= stop - 1 and speed > 0:
        return stop - 1, True
    if to <= start and speed < 0:
        return start, True
    return to, False


class Playback(QObject):
    """Where the film stands and how it moves. Every signal comes from the event loop that owns it.

    A frame is due for one beat. Where a viewer confirms what it has shown (`set_watched`), a due frame that was never
    confirmed counts as dropped; else those count that the clock passed over.

    frame_changed: the frame to show now. state_changed: speed, playing, loop or dropped are others.
    """

    frame_changed = Signal(int)
    state_changed = Signal()

    def __init__(self, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._frames, self._pace = 0, Pace(Fraction(24))
        self._frame, self._speed = 0, 0
        self._loop: LoopMode = "off"
        self._loop_span: tuple[int, int] | None = None
        # Play counts from here: drift would add up where every frame set its own alarm.
        self._origin, self._origin_frame, self._beats = 0.0, 0, 0
        self._due = self._shown = self._missed = 0
        self._awaited: set[int] = set()
        self._watched = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self.advance)

    @property
    def frames(self) -> int:
        """Frames of the film, 0 where there is none."""
        return self._frames

    @property
    def rate(self) -> Fraction:
        """Frames a second, the nominal ones where they vary."""
        return self._pace.rate

    @property
    def frame(self) -> int:
        """The frame that is shown."""
        return self._frame

    @property
    def speed(self) -> int:
        """Frames a beat, negative backward, 0 where the film stands."""
        return self._speed

    @property
    def playing(self) -> bool:
        """Whether the film moves."""
        return self._speed != 0

    @property
    def dropped(self) -> int:
        """Frames that were due and not shown since play began."""
        if not self._watched:
            return self._missed
        return max(0, self._due - self._shown - len(self._awaited & {self._frame}))

    @property
    def loop(self) -> LoopMode:
        """What is repeated."""
        return self._loop

    @property
    def span(self) -> tuple[int, int]:
        """The frames that are played, half-open."""
        whole = (0, self._frames)
        if self._loop in ("off", "film") or self._loop_span is None:
            return whole
        start, stop = max(0, self._loop_span[0]), min(self._frames, self._loop_span[1])
        return (start, stop) if start < stop else whole

    def set_film(self, frames: int, pace: Pace) -> None:
        """Another film, standing at its first frame; 0 frames for none."""
        self._speed = 0
        self._timer.stop()
        self._frames, self._pace = frames, pace
        self._loop, self._loop_span = "off", None
        self._frame = 0
        self._count_anew()
        self.state_changed.emit()
        if frames:
            self.frame_changed.emit(0)

    def set_watched(self, watched: bool) -> None:
        """Whether a viewer confirms every frame it has shown."""
        self._watched = watched

    @Slot(int)
    def confirm(self, frame: int) -> None:
        """A viewer has shown a frame, late perhaps."""
        if frame in self._awaited:
            self._awaited.discard(frame)
            self._shown += 1

    @Slot(int)
    def seek(self, frame: int) -> None:
        """Show a frame, the nearest the film has; play goes on from there."""
        if not self._frames:
            return
        self._move(min(max(0, int(frame)), self._frames - 1))
        self._begin()

    @Slot(int)
    def step(self, n: int) -> None:
        """Stop, and go n frames on (back where n is negative)."""
        self.stop()
        self.seek(self._frame + n)

    @Slot()
    def play(self) -> None:
        """Play forward at the film's rate."""
        self._run(1)

    @Slot()
    def stop(self) -> None:
        """Stop at the frame that is shown."""
        if self._speed:
            self._speed = 0
            self._timer.stop()
            self.state_changed.emit()

    @Slot()
    def toggle(self) -> None:
        """Play where the film stands, else stop."""
        if self._speed:
            self.stop()
        else:
            self.play()

    @Slot(int)
    def shuttle(self, direction: int) -> None:
        """J (-1), K (0) and L (+1), as `shuttled` says."""
        if direction:
            self._run(shuttled(self._speed, direction))
        else:
            self.stop()

    def set_loop(self, mode: LoopMode, span: tuple[int, int] | None = None) -> None:
        """What to repeat. span: half-open, of the shot or the marks. Raises ValueError for an unknown mode."""
        if mode not in ("off", "shot", "marks", "film"):
            raise ValueError(f"there is no loop {mode!r}")
        self._loop, self._loop_span = mode, span
        if self._speed:
            self._enter_span()
            self._begin()
        self.state_changed.emit()

    def upcoming(self, count: int) -> tuple[int, ...]:
        """The frames that come due next, at most so many; those around the frame where the film stands."""
        if not self._frames:
            return ()
        if not self._speed:
            near = (self._frame + (i // 2 + 1) * (1 if i % 2 == 0 else -1) for i in range(min(count, 2)))
            return tuple(n for n in near if 0 <= n < self._frames)
        found: list[int] = []
        at, ended = self._frame, False
        while len(found) < count and not ended:
            at, ended = place_after(at, 1, speed=self._speed, span=self.span, loops=self._loop != "off")
            if at == self._frame or at in found[:1]:
                break
            found.append(at)
        return tuple(found)

    @Slot()
    def advance(self) -> None:
        """Look at the clock and show what is due."""
        if not self._speed:
            return
        beats = self._pace.beats(
            self._clock() - self._origin, frame=self._origin_frame, speed=self._speed, span=self.span
        )
        passed = beats - self._beats
        if passed <= 0:
            return
        self._beats = beats
        before = self.dropped
        to, ended = place_after(
            self._origin_frame, beats, speed=self._speed, span=self.span, loops=self._loop != "off"
        )
        if ended:
            # Past the end nothing was due any more.
            passed = max(1, min(passed, -(-abs(to - self._frame) // abs(self._speed))))
        self._missed += passed - 1
        self._due += passed
        if to == self._frame:
            # A loop of one frame: it is shown already.
            self._shown += 1
        else:
            if len(self._awaited) > 64:
                self._awaited.clear()
            self._awaited.add(to)
            self._move(to)
        if ended:
            self.stop()
        elif self.dropped != before:
            self.state_changed.emit()

    def close(self) -> None:
        """End the clock."""
        self.stop()

    def _run(self, speed: int) -> None:
        if not self._frames or speed == self._speed:
            return
        if not self._speed:
            self._count_anew()
            self._speed = speed
            self._enter_span()
        self._speed = speed
        self._begin()
        self._timer.start()
        self.state_changed.emit()

    def _enter_span(self) -> None:
        """Play begins within what is played; at its very end it begins anew."""
        start, stop = self.span
        at_end = self._frame >= stop - 1 if self._speed > 0 else self._frame <= start
        outside = not start <= self._frame < stop
        if outside or (at_end and self._loop == "off"):
            self._move(start if self._speed > 0 else stop - 1)

    def _begin(self) -> None:
        self._origin, self._origin_frame, self._beats = self._clock(), self._frame, 0

    def _count_anew(self) -> None:
        self._due = self._shown = self._missed = 0
        self._awaited.clear()

    def _move(self, frame: int) -> None:
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit(frame)
