"""What the coloring commands share: a film opened and checked, its cuts, the work prepared, and the export."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_studio.cli.meters import peak_memory, readable_bytes
from tcvc_studio.cli.options import listed_anchors
from tcvc_studio.cli.progress import Progress
from tcvc_studio.engine import exporting
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.events import Exported
from tcvc_studio.engine.exporting import Export, Outcome
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.pieces import film_working_size
from tcvc_studio.engine.render import Models
from tcvc_studio.engine.session import default_cache_folder, film_fingerprint, load_models
from tcvc_studio.engine.sinks import Sink
from tcvc_studio.engine.stills import find_stills
from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import Film, open_film
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.media.verify import ExportReport
from tcvc_studio.project.settings import Settings
from tcvc_studio.project.shots import shots_from_cuts

__all__ = [
    "Export", "Outcome", "Work", "cuts_of", "export_film", "facts_of", "lines_of", "open_checked", "prepare",
    "working_size_text",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """A job and all it runs on. film: open while the work lasts; each thread reads its own copy of it."""

    job: Job
    film: Film
    models: Models
    cache: ChromaCache
    notes: tuple[str, ...]


def open_checked(args: argparse.Namespace) -> Film:
    """The film of a command. Raises StudioError for interlaced material unless it is allowed."""
    film = open_film(args.film, rate=args.fps)
    if film.info.interlaced and not args.allow_interlaced:
        film.close()
        raise StudioError(
            f"{args.film} is interlaced: its fields would be colored as one picture; deinterlace it first, "
            "or give --allow-interlaced to take it as it is."
        )
    return film


def prepare(
    film: Film,
    settings: Settings,
    args: argparse.Namespace,
    *,
    span: tuple[int, int | None] | None = None,
    exports: Sequence[Export] = (),
) -> Work:
    """The work that the options describe, its cuts found.

    Raises StudioError for what the user can mend, all of it before the film is searched for cuts, which takes long.
    """
    info = film.info
    start, stop = span or (0, None)
    listed_cuts = _listed_cuts(args, info)
    job = Job(
        info=info,
        fingerprint=film_fingerprint(film),
        shots=shots_from_cuts(listed_cuts or (), info.frames),
        settings=settings,
        start=start,
        stop=info.frames if stop is None else stop,
        listed=listed_anchors(args.anchors),
        stills=find_stills(args.anchor_stills, info) if args.anchor_stills else {},
    )
    for export in exports:
        export.check(job)
    models, notes = load_models(settings, device=args.device, precision=args.precision)
    cache = ChromaCache(args.cache or default_cache_folder(), limit=round(args.cache_limit))
    cache.make_folder()
    # Single images do not know of shots.
    if listed_cuts is None and not settings.single_image:
        job = replace(job, shots=shots_from_cuts(_found_cuts(film, args), info.frames))
    return Work(job, film, models, cache, (*info.notes, *notes))


def cuts_of(work: Work) -> tuple[int, ...]:
    """First frame of every shot but the first."""
    return tuple(shot.start for shot in work.job.shots[1:])


def _listed_cuts(args: argparse.Namespace, info: FilmInfo) -> tuple[int, ...] | None:
    """Cuts that --cuts names: none, or those in a file; None where they are to be found."""
    if args.cuts == "auto":
        return None
    if args.cuts == "none":
        return ()
    from tcvc_studio.analysis.cuts_file import read_cuts

    return read_cuts(Path(args.cuts), info.frames)


def _found_cuts(film: Film, args: argparse.Namespace) -> tuple[int, ...]:
    from tcvc_studio.analysis.cuts import detect_cuts

    with closing(Progress(film.info.frames, quiet=getattr(args, "json", False))) as progress:
        report = detect_cuts(film.frames(), film.info, progress=lambda done: progress.update(done, "finding cuts"))
    return report.cuts


def export_film(work: Work, exports: Sequence[Export], *, meters: Sequence[Sink] = (), quiet: bool = False) -> Outcome:
    """Color the job's frames into files (and meters), verify the files, and tell how it went."""
    job = work.job
    with closing(Progress(job.stop - job.start, quiet=quiet)) as progress:

        def tell(event: object) -> None:
            if isinstance(event, Exported):
                progress.update(event.frames)

        return exporting.export_film(
            job, exports, open_film=work.film.reopen, models=work.models, cache=work.cache, meters=meters,
            notes=work.notes, tell=tell,
        )  # fmt: skip


def facts_of(outcome: Outcome) -> dict:
    """What came of an export, for machines."""
    return {
        "files": [_report_facts(report) for report in outcome.reports],
        "device": outcome.device,
        "frames": outcome.frames,
        "seconds": round(outcome.seconds, 3),
        "frames_per_second": round(outcome.frames / outcome.seconds, 3),
        "peak_memory_bytes": peak_memory(),
        "cuts": list(outcome.cuts),
        "intervals": outcome.intervals,
        "intervals_reused": outcome.reused,
        "intervals_by_method": outcome.methods,
        "notes": list(outcome.notes),
    }


def lines_of(outcome: Outcome) -> list[str]:
    """What came of an export, for people."""
    rate = f"{outcome.frames / outcome.seconds:.1f} frames/s"
    reused = (
        f", {outcome.reused} of {outcome.intervals} intervals kept from before" if outcome.reused else ""
    )
    lines = [
        f"{outcome.frames} frames in {outcome.seconds:.1f} s ({rate}) on {outcome.device}{reused}; "
        f"peak memory {readable_bytes(peak_memory())}",
    ]
    for report in outcome.reports:
        state = "verified: frames, times, tags and sound as the film's" if report.ok else "see the notes"
        lines.append(f"{report.path}  {report.frames} frames, {state}")
    return lines


def working_size_text(work: Work) -> str:
    """As "608x256"."""
    return "{}x{}".format(*film_working_size(work.job.info, work.job.settings.working_size))


def _report_facts(report: ExportReport) -> dict:
    return {
        "path": str(report.path),
        "frames": report.frames,
        "width": report.width,
        "height": report.height,
        "rate": str(report.rate),
        "seconds": float(report.seconds),
        "timecode": report.timecode,
        "sar": str(report.sar),
        "rotation": report.rotation,
        "range": report.range,
        "matrix": report.matrix,
        "primaries": report.primaries,
        "transfer": report.transfer,
        "audio_streams": len(report.sound),
        "verified": report.ok,
        "differences": list(report.differences),
    }
