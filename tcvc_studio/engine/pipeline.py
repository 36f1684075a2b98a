"""From a job to colored frames, in six steps that overlap:

1. the film's planes are decoded, 2. reduced to working lightness, 3. tied to their neighbours by flow, 4. colored
interval by interval, 5. kept as chroma under a key of everything that determines them, and 6. handed, frame by frame
with the film's own luma, to a sink.

Steps 1 and 2, step 3, step 4 and step 6 each have their own thread. Intervals whose chroma is already kept are not
rendered again, so a run that was cancelled or killed goes on where it stopped. Memory is bounded by the longest
interval, whatever the length of the film.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.working import working_ab, working_size
from tcvc_studio.engine.cache import ChromaCache, result_key
from tcvc_studio.engine.control import Control
from tcvc_studio.engine.events import Event, Exported, Note, Planned, Rendered
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.plan import Interval
from tcvc_studio.engine.render import Models, Renderer
from tcvc_studio.engine.sinks import Sink
from tcvc_studio.engine.stills import full_size_ab, read_upright
from tcvc_studio.engine.window import as_coded, merged_spans, open_window
from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.film import Film
from tcvc_studio.media.info import FilmInfo

#: Goes into every key; raise it when the same inputs give other chroma.
ENGINE_VERSION = 2


@dataclass(frozen=True, slots=True)
class _Piece:
    interval: Interval
    key: str


def film_working_size(info: FilmInfo, short_side: int) -> tuple[int, int]:
    """Working (width, height) of a film as it is shown: upright, with square pixels."""
    width, height = round(info.width * info.sar), info.height
    if info.rotation % 180:
        width, height = height, width
    return working_size(width, height, short_side)


def run(
    job: Job,
    *,
    open_film: Callable[[], Film],
    models: Models,
    cache: ChromaCache,
    sink: Sink | None = None,
    control: Control | None = None,
) -> Iterator[Event]:
    """Color a job's frames. Yields events as it goes; the work stops when the iterator is closed.

    open_film: opens the job's film; called once for each thread that reads it.
    sink: None to render into the cache alone.
    Raises Cancelled once control was cancelled, StudioError for what the user can mend, and whatever the sink raises.
    """
    control = control or Control()
    pieces = _pieces(job, models)
    every = [piece for plan in pieces for piece in plan]
    cache.protect({piece.key for piece in every})
    cache.clear_leftovers()
    missing = {p.key: p for p in sorted(every, key=lambda p: (p.interval.last, p.interval.first))}
    total = len(missing)
    kept = {key for key in missing if cache.has(key)}
    missing = {key: piece for key, piece in missing.items() if key not in kept}
    yield Planned(intervals=total, reused=len(kept), frames=job.stop - job.start)
    shelf = _Shelf(job, pieces, cache, done=kept)
    with ExitStack() as stack:
        export = stack.enter_context(_Export(job, open_film, shelf, sink, control)) if sink is not None else None
        for event in _render(job, list(missing.values()), open_film, models, cache, control, stack):
            if isinstance(event, tuple):
                key, event = event
                shelf.add(key)
            yield event
            if export is not None:
                export.check()
                yield Exported(export.frames)
        while export is not None and not export.wait(0.2):
            export.check()
            yield Exported(export.frames)
        if export is not None:
            export.check()
            yield Exported(export.frames)


def _pieces(job: Job, models: Models) -> list[list[_Piece]]:
    """Each plan's intervals with the keys of their results."""
    settings = job.settings
    hashes = job.still_hashes()
    common = {
        "engine": ENGINE_VERSION,
        "film": job.fingerprint,
        "format": str(job.info.format),
        "size": film_working_size(job.info, settings.working_size),
        "models": models.key,
        "fusion": settings.fusion,
    }
    return [
        [
            _Piece(i, result_key({
                **common,
                "interval": [i.first, i.last, i.head, i.tail, i.owns_last, i.single],
                "stills": {str(frame): hashes[frame] for frame in i.anchors if frame in hashes},
            }))
            for i in plan
        ]
        for plan in job.intervals()
    ]


def _render(
    job: Job,
    pieces: list[_Piece],
    open_film: Callable[[], Film],
    models: Models,
    cache: ChromaCache,
    control: Control,
    stack: ExitStack,
) -> Iterator[Event | tuple[str, Event]]:
    """Render pieces (sorted by last frame) into the cache; yields (key, Rendered) for each, and Notes."""
    if not pieces:
        return
    film = stack.enter_context(open_film())
    size = film_working_size(job.info, job.settings.working_size)
    window = open_window(
        film,
        merged_spans((p.interval.first, p.interval.last + 1) for p in pieces),
        size=size,
        flow=None if job.settings.single_image else models.flow,
        breaks=frozenset(shot.start for shot in job.shots),
        check=control.check,
        stack=stack,
    )
    notes: list[str] = []
    renderer = Renderer(models, fusion=job.settings.fusion, notify=notes.append)
    # Frames before the first one of every piece still to come are of no more use.
    needed = np.minimum.accumulate([p.interval.first for p in pieces][::-1])[::-1]
    for place, piece in enumerate(pieces):
        control.check()
        interval = piece.interval
        window.release(int(needed[place]))
        steps = window.take(interval.first, interval.last)
        stills = {
            frame: working_ab(read_upright(job.stills[frame], job.info), size)
            for frame in interval.anchors if frame in job.stills
        }
        chroma, method = renderer.render(interval, steps, stills=stills, check=control.check)
        cache.put(piece.key, chroma)
        yield from map(Note, notes)
        notes.clear()
        yield piece.key, Rendered(interval, method)


class _Shelf:
    """Which frames are finished, and their chroma: the mean over the ensemble's interval lengths (section 3.3)."""

    def __init__(self, job: Job, plans: list[list[_Piece]], cache: ChromaCache, *, done: set[str]) -> None:
        self._plans = plans
        self._firsts = [[piece.interval.first for piece in plan] for plan in plans]
        self._rotation = job.info.rotation
        self._cache = cache
        self._done = set(done)
        self._changed = threading.Condition()

    def add(self, key: str) -> None:
        with self._changed:
            self._done.add(key)
            self._changed.notify_all()

    def wait(self, number: int, check: Callable[[], None]) -> None:
        """Return when frame `number` is finished. check is called now and then; what it raises ends the wait."""
        needed = {piece.key for piece, _ in self._places(number)}
        with self._changed:
            while not needed <= self._done:
                check()
                self._changed.wait(0.2)

    def chroma(self, number: int) -> Tensor:
        """ab [1, 2, h, w] of a finished frame, coded orientation."""
        try:
            found = [self._cache.get(piece.key, index) for piece, index in self._places(number)]
        except KeyError:
            raise StudioError("Finished color was removed from the cache while it was needed; run it again.") from None
        ab = found[0] if len(found) == 1 else np.mean(found, axis=0)
        return as_coded(torch.from_numpy(ab)[None], self._rotation)

    def _places(self, number: int) -> list[tuple[_Piece, int]]:
        places = []
        for plan, firsts in zip(self._plans, self._firsts, strict=True):
            piece = plan[bisect_right(firsts, number) - 1]
            places.append((piece, number - piece.interval.first))
        return places


class _Export:
    """The thread that reads the film's luma once more and hands each finished frame to the sink."""

    def __init__(
        self, job: Job, open_film: Callable[[], Film], shelf: _Shelf, sink: Sink, control: Control
    ) -> None:
        self._job = job
        self._open_film = open_film
        self._shelf = shelf
        self._sink = sink
        self._control = control
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="export", daemon=True)
        self.frames = 0

    def __enter__(self) -> "_Export":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def wait(self, seconds: float) -> bool:
        """Whether the thread has ended, after at most so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def check(self) -> None:
        """Raises what the thread died of."""
        if self._error is not None:
            raise self._error

    def _check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled
        self._control.check()

    def _work(self) -> None:
        try:
            self._export(self._job.stills)
        except BaseException as error:
            self._error = error

    def _export(self, stills: Mapping) -> None:
        job = self._job
        with self._open_film() as film:
            for frame in film.frames(job.start, job.stop):
                self._shelf.wait(frame.number, self._check)
                self._check()
                if frame.number in stills and not job.settings.single_image:
                    ab = full_size_ab(stills[frame.number], job.info)
                else:
                    ab = self._shelf.chroma(frame.number)
                self._sink.write(frame, ab)
                self.frames += 1
