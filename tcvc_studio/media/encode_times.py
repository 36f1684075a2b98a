"""When each frame of an export is shown: exact rational times, carried over from the film."""

import contextlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from tcvc_studio.media.container import film_stream, open_container
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.timecode import Timecode

#: Finest time base asked of a container to hold an offset between picture and sound exactly.
_FINEST = 1_000_000


@dataclass(frozen=True, slots=True)
class ExportTimes:
    """Times of the frames first..first + count - 1 of a film in its export.

    time_base: seconds a tick. start: ticks from the export's beginning to its first frame; above zero only where the
    film's sound begins before its picture. offsets: ticks of each frame after the first, int64 [count], or None where
    every frame lasts `step` ticks. last: ticks the last frame lasts.
    origin: time in the film, in seconds, that is the export's zero. window: the film's seconds that the export covers,
    half-open; an end is None where all that the film has on that side belongs to it.
    """

    time_base: Fraction
    start: int
    step: int
    offsets: np.ndarray | None
    last: int
    origin: Fraction
    window: tuple[Fraction | None, Fraction | None]

    def pts(self, index: int) -> int:
        """Ticks at which the export's frame of that place (from 0) is shown."""
        return self.start + (index * self.step if self.offsets is None else int(self.offsets[index]))

    def duration(self, index: int) -> int:
        """Ticks for which the export's frame of that place is shown."""
        if self.offsets is None:
            return self.step
        if index + 1 == len(self.offsets):
            return self.last
        return int(self.offsets[index + 1] - self.offsets[index])


def export_times(
    info: FilmInfo, *, first: int, count: int, sound_starts: Iterable[Fraction], last_duration: Fraction
) -> ExportTimes:
    """Times for a range of a film.

    A film of steady rate gets that exact rate; one of varying rate its own times in its own time base.
    sound_starts: when the copied sound streams begin, in seconds of the film. Picture and sound keep their distance:
    the earlier of both begins at the export's zero; an export that begins inside the film begins with its first frame.
    last_duration: seconds the film's last frame lasts.
    """
    begins = int(info.pts[first]) * info.time_base
    origin = min([begins, *sound_starts]) if first == 0 else begins
    delay = begins - origin
    whole = first + count == info.frames
    end = _end(info, first + count - 1, last_duration)
    window = (None if first == 0 else begins, None if whole else end)
    if info.vfr:
        base = info.time_base
        offsets = np.asarray(info.pts[first : first + count], np.int64) - int(info.pts[first])
        last = max(1, round((end - int(info.pts[first + count - 1]) * base) / base))
        return ExportTimes(base, round(delay / base), 0, offsets, last, origin, window)
    base = _time_base(info.rate, delay)
    step = int(1 / info.rate / base)
    return ExportTimes(base, round(delay / base), step, None, step, origin, window)


def export_timecode(info: FilmInfo, first: int) -> Timecode | None:
    """The time code of an export that begins with frame `first`; None where the film has none.

    Where frames last differently, the count is moved on by the time that passed, not by the frames.
    Raises StudioError where the film's time code is none at its rate.
    """
    if info.timecode is None:
        return None
    passed = first
    if info.vfr:
        passed = round(int(info.pts[first] - info.pts[0]) * info.time_base * info.rate)
    return Timecode.parse(info.timecode, info.rate) + passed


def _end(info: FilmInfo, number: int, last_duration: Fraction) -> Fraction:
    """When frame `number` gives way to the next, in seconds of the film."""
    if number + 1 < info.frames:
        return int(info.pts[number + 1]) * info.time_base
    return int(info.pts[number]) * info.time_base + last_duration


def _time_base(rate: Fraction, delay: Fraction) -> Fraction:
    """The frame's duration, or, where the picture begins late, a tick that divides both as well as may be."""
    if not delay:
        return 1 / rate
    both = math.lcm(rate.numerator, delay.denominator)
    if both > _FINEST:
        both = rate.numerator * max(1, _FINEST // rate.numerator)
    return Fraction(1, both)


def last_duration(info: FilmInfo) -> Fraction:
    """Seconds the last frame lasts: one frame of a steady rate, else what the container says of the stream's end.

    A container that ends its stream more than ten frames after the last one is not believed.
    """
    frame = 1 / info.rate
    if info.kind == "sequence" or not info.vfr:
        return frame
    with contextlib.closing(open_container(info.path)) as container:
        end = stream_end(film_stream(container, info.path))
    if end is None:
        return frame
    lasts = end - int(info.pts[-1]) * info.time_base
    return lasts if 0 < lasts <= 10 * frame else frame


def stream_end(stream: Any) -> Fraction | None:
    """When a video stream ends, in seconds of its file, as the container tells: the length of its track, or the
    DURATION tag of mkv; None where it does not."""
    if stream.duration is not None and stream.time_base:
        return ((stream.start_time or 0) + stream.duration) * Fraction(stream.time_base)
    match = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    return (int(match[1]) * 60 + int(match[2])) * 60 + Fraction(match[3]) if match else None
