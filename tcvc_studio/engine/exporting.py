"""A job into files: colored, written, read back and compared with the film."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from tcvc_studio.color.ycbcr import recode_luma
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.control import Control
from tcvc_studio.engine.events import Event, Exported, Note, Planned, Rendered
from tcvc_studio.engine.export import ExportSink
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.memory import models_on_cpu
from tcvc_studio.engine.pictures import Composer, FilmComposer, GrayComposer, SideBySideComposer, as_tensor
from tcvc_studio.engine.pieces import planned_pieces
from tcvc_studio.engine.pipeline import run
from tcvc_studio.engine.render import Models
from tcvc_studio.engine.session import describe_device
from tcvc_studio.engine.side_by_side import side_by_side_info
from tcvc_studio.engine.sinks import Sink, Tee
from tcvc_studio.engine.stored import StoredColor, turned_as_coded
from tcvc_studio.errors import StudioError
from tcvc_studio.media.codecs import bytes_a_frame, codec_named, target_format
from tcvc_studio.media.encode import check_export, create_encoder
from tcvc_studio.media.film import Film, open_film
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.media.verify import ExportReport, LumaDifference, luma_differences, verify_export

#: What is written: the job's color, the film without any, or the color of two jobs beside each other.
Content = Literal["color", "gray", "side-by-side"]

#: Frames of a lossy export whose luma is compared: reading all of it back would take as long as writing it.
_LOSSY_SAMPLES = 48
_LABELS = ("backbone", "TCVC")


@dataclass(frozen=True, slots=True)
class Stage:
    """The work has come to another part. name: "rendering", "writing" (nothing is left to render) or "verifying"."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One file to write; the options of `create_encoder`.

    labels: of the left and the right picture side by side.
    """

    path: Path
    codec: str
    audio: bool = True
    fast: bool = False
    hardware: bool = False
    depth: int | None = None
    quality: float | None = None
    edge_aware: bool = True
    content: Content = "color"
    labels: tuple[str, str] = _LABELS

    def written(self, info: FilmInfo) -> FilmInfo:
        """What is known of the film that is written, for a film of which `info` is known."""
        return side_by_side_info(info) if self.content == "side-by-side" else info

    def bytes(self, info: FilmInfo, frames: int) -> int:
        """About how large so many frames become. Raises StudioError for a codec or depth that is none."""
        wide = self.written(info)
        return frames * bytes_a_frame(self.codec, wide, target_format(self.codec, wide, self.depth))

    def check(self, job: Job) -> None:
        """Raises StudioError, before any work, for what the encoder would refuse."""
        check_export(
            self.path, self.codec, self.written(job.info), first=job.start, count=job.stop - job.start,
            audio=self.audio, depth=self.depth, quality=self.quality,
        )  # fmt: skip

    def open(self, job: Job, stack: ExitStack, *, left: StoredColor | None = None) -> ExportSink:
        """The sink that writes it, ended with the stack. left: the color of the left picture, for side by side."""
        info = job.info
        encoder = create_encoder(
            self.path, self.codec, self.written(info), first=job.start, count=job.stop - job.start, audio=self.audio,
            fast=self.fast, hardware=self.hardware, depth=self.depth, quality=self.quality,
        )  # fmt: skip
        composer: Composer
        if self.content == "gray":
            composer = GrayComposer(info.format, encoder.format, info)
        elif self.content == "side-by-side":
            if left is None:
                encoder.abort()
                raise ValueError("two pictures side by side need the color of both")
            composer = SideBySideComposer(
                info, encoder.format, left=_fetch(left, info.rotation), labels=self.labels
            )
        else:
            composer = FilmComposer(info.format, encoder.format, edge_aware=self.edge_aware)
        return stack.enter_context(ExportSink(encoder, composer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an export.

    luma: for each report how far the luma read back lies from the film's; None where it was not measured.
    """

    reports: tuple[ExportReport, ...]
    device: str
    frames: int
    seconds: float
    intervals: int
    reused: int
    methods: dict[str, int]
    cuts: tuple[int, ...]
    notes: tuple[str, ...] = ()
    luma: tuple[LumaDifference | None, ...] = ()


def export_film(
    job: Job,
    exports: Sequence[Export],
    *,
    open_film: Callable[[], Film],
    models: Models,
    cache: ChromaCache,
    beside: Job | None = None,
    meters: Sequence[Sink] = (),
    notes: Sequence[str] = (),
    control: Control | None = None,
    tell: Callable[[Event | Stage], None] = lambda _: None,
    measure_luma: bool = False,
    spare: Callable[[Models], Models | None] = models_on_cpu,
) -> Outcome:
    """Color the job's frames into files (and meters), verify the files, and tell how it went.

    beside: the job whose color stands on the left in exports side by side; rendered first.
    notes: what is to stand before the notes of the work itself.
    tell: hears all events, and when another stage begins.
    measure_luma: read the luma of the files back: all of a lossless one, some frames of the others.
    spare: see `run`.
    Raises Cancelled, StudioError and what the meters raise; then nothing is left behind, except that an export whose
    verification is cancelled stays as it is: whole.
    """
    control = control or Control()
    begun = time.monotonic()
    seen = _Seen(list(notes), tell)
    with ExitStack() as stack:
        left = None
        if beside is not None:
            left = StoredColor(planned_pieces(beside, models.key), cache)
            seen.run(stack, run(
                beside, open_film=open_film, models=models, cache=cache, control=control, spare=spare
            ), last=False)  # fmt: skip
            cache.protect({p.key for plan in left.pieces for p in plan}, owner=stack)
            stack.callback(cache.protect, (), owner=stack)
        sinks = [export.open(job, stack, left=left) for export in exports]
        # Closed before the sinks are, whatever happens: its export thread writes to them.
        seen.run(stack, run(
            job, open_film=open_film, models=models, cache=cache, sink=Tee([*sinks, *meters]), control=control,
            spare=spare,
        ), last=True)  # fmt: skip
        paths = [sink.finish() for sink in sinks]
    return _verified(
        job, exports, sinks, paths, seen, open_film=open_film, control=control, measure_luma=measure_luma,
        seconds=time.monotonic() - begun, device=describe_device(models.compute),
    )  # fmt: skip


def export_gray(
    job: Job,
    exports: Sequence[Export],
    *,
    open_film: Callable[[], Film],
    control: Control | None = None,
    tell: Callable[[Event | Stage], None] = lambda _: None,
    measure_luma: bool = False,
) -> Outcome:
    """The film itself, its luma with neutral chroma; nothing is rendered, so no models are needed."""
    control = control or Control()
    begun = time.monotonic()
    seen = _Seen([], tell)
    with ExitStack() as stack:
        sinks = [replace(export, content="gray").open(job, stack) for export in exports]
        film = stack.enter_context(open_film())
        tell(Stage("writing"))
        for done, frame in enumerate(film.frames(job.start, job.stop), 1):
            control.check()
            for sink in sinks:
                sink.write(frame, None)
            tell(Exported(done))
        paths = [sink.finish() for sink in sinks]
    return _verified(
        job, exports, sinks, paths, seen, open_film=open_film, control=control, measure_luma=measure_luma,
        seconds=time.monotonic() - begun, device="",
    )  # fmt: skip


class _Seen:
    """What the events of runs said, put together."""

    def __init__(self, notes: list[str], tell: Callable[[Event | Stage], None]) -> None:
        self.notes = notes
        self.intervals = self.reused = 0
        self.methods: dict[str, int] = {}
        self.tell = tell

    def run(self, stack: ExitStack, events: Iterator[Event], *, last: bool) -> None:
        """Hear a run out. last: no other comes, so that when its intervals are rendered there is only writing left."""
        left = 0
        for event in stack.enter_context(closing(events)):
            self.tell(event)
            match event:
                case Planned():
                    self.intervals += event.intervals
                    self.reused += event.reused
                    left = event.intervals - event.reused
                    self.tell(Stage("rendering" if left or not last else "writing"))
                case Rendered():
                    self.methods[event.method] = self.methods.get(event.method, 0) + 1
                    left -= 1
                    if last and not left:
                        self.tell(Stage("writing"))
                case Note():
                    self.notes.append(event.text)


def _verified(
    job: Job,
    exports: Sequence[Export],
    sinks: Sequence[ExportSink],
    paths: Sequence[Path],
    seen: _Seen,
    *,
    open_film: Callable[[], Film],
    control: Control,
    measure_luma: bool,
    seconds: float,
    device: str,
) -> Outcome:
    reports, luma = [], []
    if exports:
        seen.tell(Stage("verifying"))
    for export, sink, path in zip(exports, sinks, paths, strict=True):
        control.check()
        report = verify_export(
            path, export.written(job.info), codec=export.codec, first=job.start, count=job.stop - job.start,
            audio=export.audio, depth=export.depth,
        )  # fmt: skip
        reports.append(report)
        measured = measure_luma and report.ok and export.content != "side-by-side"
        luma.append(
            read_back_luma(path, export, job, open_film=open_film, check=control.check, tell=seen.tell)
            if measured else None
        )
        seen.notes += [*sink.notes, *report.differences]
    return Outcome(
        reports=tuple(reports),
        device=device,
        frames=job.stop - job.start,
        seconds=seconds,
        intervals=seen.intervals,
        reused=seen.reused,
        methods=seen.methods,
        cuts=tuple(shot.start for shot in job.shots[1:]),
        notes=tuple(seen.notes),
        luma=tuple(luma),
    )


def read_back_luma(
    path: Path,
    export: Export,
    job: Job,
    *,
    open_film: Callable[[], Film],
    check: Callable[[], None] = lambda: None,
    tell: Callable[[Event | Stage], None] = lambda _: None,
) -> LumaDifference:
    """How far the luma in a finished file lies from the film's, in codes of the file's planes.

    Every frame of a lossless file is read; of the others some, spread evenly. tell: hears how many frames are read.
    Raises what check raises, and StudioError where a frame cannot be read.
    """
    info, first, count = job.info, job.start, job.stop - job.start
    target = target_format(export.codec, info, export.depth)
    with open_film() as film:
        if not codec_named(export.codec).lossless:
            return _sampled(path, film, range(first, first + count), target_depth=target.depth, recode=lambda luma: (
                recode_luma(luma, info.format, target)
            ), check=check, tell=tell)  # fmt: skip

        def planes() -> Iterable[np.ndarray]:
            for done, frame in enumerate(film.frames(first, first + count), 1):
                check()
                yield recode_luma(frame.luma, info.format, target)
                tell(Exported(done))

        with closing(planes()) as luma:
            return luma_differences(
                path, luma, info=info, codec=export.codec, first=first, count=count, depth=export.depth
            )


def _sampled(
    path: Path,
    film: Film,
    numbers: range,
    *,
    target_depth: int,
    recode: Callable[[np.ndarray], np.ndarray],
    check: Callable[[], None],
    tell: Callable[[Event | Stage], None],
) -> LumaDifference:
    """`read_back_luma` of some frames, fetched by number from both films."""
    count = min(len(numbers), _LOSSY_SAMPLES)
    places = sorted({round(i * (len(numbers) - 1) / max(1, count - 1)) for i in range(count)})
    largest = total = 0.0
    with open_film(path) as exported:
        if exported.info.frames != len(numbers):
            raise StudioError(f"{path.name} does not have as many frames as were written: export it again.")
        scale = 2.0 ** (exported.info.format.depth - target_depth)
        for done, place in enumerate(places, 1):
            check()
            given = recode(film.frame(numbers[place]).luma).astype(np.float64)
            off = np.abs(exported.frame(place).luma / scale - given)
            largest, total = max(largest, float(off.max())), total + float(off.mean())
            tell(Exported(round(done * len(numbers) / len(places))))
    return LumaDifference(len(places), largest, total / len(places))


def _fetch(stored: StoredColor, rotation: int) -> Callable:
    def left(number: int):
        try:
            return as_tensor(turned_as_coded(stored.ab(number), rotation))
        except KeyError:
            raise StudioError("Finished color was removed from the cache while it was needed; run it again.") from None

    return left
