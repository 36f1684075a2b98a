"""Automatic color of films of true color, one row for each way to color them."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.events import Exported, Note
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.pieces import ENGINE_VERSION
from tcvc_studio.engine.pipeline import run
from tcvc_studio.engine.render import Models
from tcvc_studio.engine.session import film_fingerprint
from tcvc_studio.engine.sinks import Sink
from tcvc_studio.evaluation.folders import film_name
from tcvc_studio.evaluation.rows import Progress, Rows
from tcvc_studio.evaluation.ruler import FilmRuler, FilmScore, Movement, truth_of
from tcvc_studio.media.film import Film, open_film
from tcvc_studio.project.settings import Settings
from tcvc_studio.project.shots import Shot

#: Ways to color a film, in the order of the table, and what each makes of the settings; the first two color nothing.
_WAYS: dict[str, Callable[[Settings, tuple[int, ...]], Settings] | None] = {
    "truth": None,
    "gray": None,
    "backbone": lambda s, _: replace(s, single_image=True, fusion="auto", lengths=(1,)),
    "blend": lambda s, _: replace(s, fusion="blend"),
    "blend+": lambda s, ensemble: replace(s, fusion="blend", lengths=ensemble),
    "TCVC": lambda s, _: replace(s, fusion="learned"),
    "TCVC+": lambda s, ensemble: replace(s, fusion="learned", lengths=ensemble),
}
WAYS = tuple(_WAYS)
#: Those that need a trained fusion.
LEARNED = ("TCVC", "TCVC+")


@dataclass(frozen=True, slots=True)
class FilmRow:
    """A film colored one way."""

    film: str
    way: str
    score: FilmScore


def colored(
    job: Job, film: Film, *, models: Models, cache: ChromaCache, sink: Sink, progress: Progress, text: str
) -> list[str]:
    """Runs a job into a sink, all of it by the engine; returns what it noted."""
    notes = []
    with closing(run(job, open_film=film.reopen, models=models, cache=cache, sink=sink)) as events:
        for event in events:
            match event:
                case Exported():
                    progress(event.frames, job.stop - job.start, text)
                case Note():
                    notes.append(event.text)
    return notes


def film_rows(
    path: Path,
    ways: Sequence[str],
    settings: Settings,
    *,
    models: Models,
    ensemble: tuple[int, ...],
    cache: ChromaCache,
    rows: Rows,
    progress: Progress,
    frames: int | None = None,
) -> Iterator[FilmRow]:
    """Colors a film each way and measures it. The film, or its first `frames` frames, is one shot.

    models: with the learned fusion, where a way needs it. ensemble: interval lengths of TCVC+ and blend+.
    """
    with open_film(path) as film, tempfile.TemporaryDirectory(prefix="tcvc-evaluate-") as folder:
        bench = _Bench(film, min(frames or film.info.frames, film.info.frames), Path(folder), progress)
        for way in ways:
            work = bench.job(_WAYS[way](settings, ensemble)) if _WAYS[way] else None
            facts = {
                "measure": "film",
                "film": bench.fingerprint,
                "frames": bench.frames,
                "way": way,
                "engine": ENGINE_VERSION if work else None,
                "models": models.key if work else None,
                "size": settings.working_size if work else None,
                "lengths": work.settings.lengths if work else None,
            }
            text = f"{film_name(path)}, {way}"

            def measured(way=way, work=work, text=text) -> dict:
                with truth_of(film) as truth:
                    ruler = FilmRuler(truth, bench.movement)
                    if work is not None:
                        colored(work, film, models=models, cache=cache, sink=ruler, progress=progress, text=text)
                    else:
                        bench.uncolored(way, ruler, text)
                    return asdict(ruler.score())

            yield FilmRow(film_name(path), way, FilmScore(**rows.row(facts, measured)))


def mean_score(scores: Sequence[FilmScore]) -> FilmScore:
    """Means over films of their figures, each film counting alike, and all their frames. At least one film."""
    decibels = [score.psnr for score in scores if score.psnr is not None]
    return FilmScore(
        psnr=float(np.mean(decibels)) if decibels else None,
        l2_lab=float(np.mean([score.l2_lab for score in scores])),
        colorfulness=float(np.mean([score.colorfulness for score in scores])),
        warp_error=float(np.mean([score.warp_error for score in scores])),
        cdc=float(np.mean([score.cdc for score in scores])),
        frames=sum(score.frames for score in scores),
    )


class _Bench:
    """What the ways share of a film."""

    def __init__(self, film: Film, frames: int, folder: Path, progress: Progress) -> None:
        self._film = film
        self._folder = folder
        self._progress = progress
        self.frames = frames
        self.fingerprint = film_fingerprint(film)

    @cached_property
    def movement(self) -> Movement:
        return Movement(self._film, self.frames, self._folder, self._progress)

    def job(self, settings: Settings) -> Job:
        return Job(
            info=self._film.info, fingerprint=self.fingerprint, shots=(Shot(0, self.frames),), settings=settings,
            start=0, stop=self.frames,
        )  # fmt: skip

    def uncolored(self, way: str, ruler: FilmRuler, text: str) -> None:
        info = self._film.info
        neutral = torch.zeros(1, 2, info.height, info.width)
        for frame in self._film.frames(0, self.frames):
            if way == "gray":
                ruler.write(frame, neutral)
            else:
                ruler.add_truth(frame.number)
            self._progress(frame.number + 1, self.frames, text)
