"""From a job to colored frames, in six steps that overlap:

1. the film's planes are decoded, 2. reduced to working lightness, 3. tied to their neighbours by flow, 4. colored
interval by interval, 5. kept as chroma under a key of everything that determines them, and 6. handed, frame by frame
with the film's own luma, to a sink.

Steps 1 and 2, step 3, step 4 and step 6 each have their own thread. Intervals whose chroma is already kept are not
rendered again, so a run that was cancelled or killed goes on where it stopped. Memory is bounded by the longest
interval, whatever the length of the film.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.working import working_ab
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.control import Control
from tcvc_studio.engine.events import Event, Exported, Note, Planned, Rendered
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.memory import free_device_memory, models_on_cpu, out_of_memory
from tcvc_studio.engine.pieces import Piece, Pieces, film_working_size, planned_pieces
from tcvc_studio.engine.render import Models, Renderer
from tcvc_studio.engine.sinks import Sink
from tcvc_studio.engine.stills import full_size_ab, read_upright
from tcvc_studio.engine.stored import StoredColor
from tcvc_studio.engine.window import as_coded, merged_spans, open_window
from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.film import Film

__all__ = ["film_working_size", "run"]


def run(
    job: Job,
    *,
    open_film: Callable[[], Film],
    models: Models,
    cache: ChromaCache,
    sink: Sink | None = None,
    control: Control | None = None,
    pieces: Pieces | None = None,
    renderer: Renderer | None = None,
    spare: Callable[[Models], Models | None] = models_on_cpu,
) -> Iterator[Event]:
    """Color a job's frames. Yields events as it goes; the work stops when the iterator is closed.

    open_film: opens the job's film; called once for each thread that reads it.
    sink: None to render into the cache alone.
    pieces: those of the job, where the caller has planned them already (`planned_pieces`); without a sink it may be
        some of them.
    renderer: one that lives longer than this run, so that runs beside each other share their anchors; its models are
        used.
    spare: models to go on with where the memory of a device does not suffice for one frame at a time; None from it,
        as where the CPU colors already, raises OutOfMemory.
    Raises Cancelled once control was cancelled, StudioError for what the user can mend, and whatever the sink raises.
    """
    control = control or Control()
    pieces = planned_pieces(job, models.key) if pieces is None else pieces
    every = [piece for plan in pieces for piece in plan]
    with ExitStack() as stack:
        owner = object()
        cache.protect({piece.key for piece in every}, owner=owner)
        stack.callback(cache.protect, (), owner=owner)
        cache.clear_leftovers()
        missing = {p.key: p for p in sorted(every, key=lambda p: (p.interval.last, p.interval.first))}
        total = len(missing)
        kept = {key for key in missing if cache.has(key)}
        missing = {key: piece for key, piece in missing.items() if key not in kept}
        yield Planned(intervals=total, reused=len(kept), frames=job.stop - job.start)
        shelf = _Shelf(job, pieces, cache, done=kept)
        export = stack.enter_context(_Export(job, open_film, shelf, sink, control)) if sink is not None else None
        renderer = renderer or Renderer(models, fusion=job.settings.fusion)
        for event in _render_all(job, missing, open_film, renderer, cache, control, spare):
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


def _render_all(
    job: Job,
    missing: dict[str, Piece],
    open_film: Callable[[], Film],
    renderer: Renderer,
    cache: ChromaCache,
    control: Control,
    spare: Callable[[Models], Models | None],
) -> Iterator[Event | tuple[str, Event]]:
    """`_render`, and where memory runs out the rest of it with fewer frames at once, and then on the spare models."""
    while missing:
        exhausted = False
        with ExitStack() as stack, closing(
            _render(job, list(missing.values()), open_film, renderer, cache, control, stack)
        ) as events:
            try:
                for event in events:
                    if isinstance(event, tuple):
                        del missing[event[0]]
                    yield event
            except (torch.OutOfMemoryError, MemoryError):
                exhausted = True
        if not exhausted:
            return
        # Beyond the except clause: until then the error's frames hold on to what filled the memory.
        renderer.forget()
        free_device_memory()
        fewer = renderer.batches.halved()
        if fewer is None:
            models = spare(renderer.models)
            if models is None:
                raise out_of_memory(renderer.models, job.settings.working_size)
            renderer.models = models
            free_device_memory()
            yield Note("The GPU ran out of memory; from here on the CPU colors it; a smaller working size may fit.")
        else:
            renderer.batches = fewer


def _render(
    job: Job,
    pieces: list[Piece],
    open_film: Callable[[], Film],
    renderer: Renderer,
    cache: ChromaCache,
    control: Control,
    stack: ExitStack,
) -> Iterator[tuple[str, Event]]:
    """Render pieces (sorted by last frame) into the cache; yields (key, Rendered) for each."""
    film = stack.enter_context(open_film())
    size = film_working_size(job.info, job.settings.working_size)
    needs = [renderer.needed(p.interval, painted=job.stills) for p in pieces]
    window = open_window(
        film,
        merged_spans((first, last + 1) for first, last in needs),
        size=size,
        flow=None if job.settings.single_image else renderer.models.flow,
        breaks=frozenset(shot.start for shot in job.shots),
        check=control.check,
        stack=stack,
        flow_batch=renderer.batches.flow,
    )
    # Frames before the first one of every piece still to come are of no more use.
    needed = np.minimum.accumulate([first for first, _ in needs][::-1])[::-1]
    for place, piece in enumerate(pieces):
        control.check()
        interval = piece.interval
        window.release(int(needed[place]))
        steps = window.take(*needs[place])
        stills = {
            frame: working_ab(read_upright(job.stills[frame], job.info), size)
            for frame in interval.anchors if frame in job.stills
        }
        chroma, method = renderer.render(interval, steps, stills=stills, check=control.check)
        cache.put(piece.key, chroma)
        yield piece.key, Rendered(interval, method)


class _Shelf:
    """Which frames are finished, and their chroma."""

    def __init__(self, job: Job, pieces: Pieces, cache: ChromaCache, *, done: set[str]) -> None:
        self._stored = StoredColor(pieces, cache)
        self._rotation = job.info.rotation
        self._done = set(done)
        self._changed = threading.Condition()

    def add(self, key: str) -> None:
        with self._changed:
            self._done.add(key)
            self._changed.notify_all()

    def wait(self, number: int, check: Callable[[], None]) -> None:
        """Return when frame `number` is finished. check is called now and then; what it raises ends the wait."""
        needed = {piece.key for piece, _ in self._stored.places(number)}
        with self._changed:
            while not needed <= self._done:
                check()
                self._changed.wait(0.2)

    def chroma(self, number: int) -> Tensor:
        """ab [1, 2, h, w] of a finished frame, coded orientation."""
        try:
            ab = self._stored.ab(number)
        except KeyError:
            raise StudioError("Finished color was removed from the cache while it was needed; run it again.") from None
        return as_coded(torch.from_numpy(ab)[None], self._rotation)


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
