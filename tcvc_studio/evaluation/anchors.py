"""True anchors: every (N + 1)-th frame of a color film and the last given as stills, the rest propagated."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.pieces import ENGINE_VERSION
from tcvc_studio.engine.plan import uniform_anchors
from tcvc_studio.engine.render import Models
from tcvc_studio.engine.session import film_fingerprint
from tcvc_studio.errors import StudioError
from tcvc_studio.evaluation.films import colored
from tcvc_studio.evaluation.folders import film_name
from tcvc_studio.evaluation.rows import Progress, Rows
from tcvc_studio.evaluation.ruler import PsnrRuler, truth_of
from tcvc_studio.media.film import Film, open_film
from tcvc_studio.project.settings import Settings
from tcvc_studio.project.shots import Shot


@dataclass(frozen=True, slots=True)
class AnchorScore:
    """PSNR in dB, means over all frames, the anchors, and the internal frames (None where there are none); how many
    frames and anchors there are; and how many internal frames at most really lie between two anchors: a short film
    has fewer than were asked for."""

    every: float
    anchors: float
    internal: float | None
    frames: int
    given: int
    longest: float


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """A film whose true color was given at anchors with so many internal frames between them."""

    film: str
    internal_frames: int
    working_size: int
    score: AnchorScore


def anchor_rows(
    path: Path,
    lengths: Sequence[int],
    settings: Settings,
    *,
    models: Models,
    cache: ChromaCache,
    rows: Rows,
    progress: Progress,
    frames: int | None = None,
) -> Iterator[AnchorRow]:
    """Measures a film for each number of internal frames. The film, or its first `frames` frames, is one shot."""
    with open_film(path) as film, tempfile.TemporaryDirectory(prefix="tcvc-evaluate-") as folder:
        stop = min(frames or film.info.frames, film.info.frames)
        stills = _Stills(film, Path(folder))
        fingerprint = film_fingerprint(film)
        for internal in lengths:
            given = uniform_anchors(Shot(0, stop), internal)
            facts = {
                "measure": "anchors",
                "film": fingerprint,
                "frames": stop,
                "internal": internal,
                "engine": ENGINE_VERSION,
                "models": models.key,
                "fusion": settings.fusion,
                "size": settings.working_size,
            }

            def measured(internal=internal, given=given) -> dict:
                job = Job(
                    info=film.info, fingerprint=fingerprint, shots=(Shot(0, stop),),
                    settings=replace(settings, lengths=(internal,)), start=0, stop=stop, stills=stills.at(given),
                )  # fmt: skip
                text = f"{film_name(path)}, {internal} internal frames at {settings.working_size}"
                with truth_of(film) as truth:
                    ruler = PsnrRuler(truth)
                    colored(job, film, models=models, cache=cache, sink=ruler, progress=progress, text=text)
                return asdict(_score(ruler.values, given))

            yield AnchorRow(
                film_name(path), internal, settings.working_size, AnchorScore(**rows.row(facts, measured))
            )


def mean_score(scores: Sequence[AnchorScore]) -> AnchorScore:
    """Means over films of their figures, each film counting alike; frames and anchors of all of them."""
    internal = [score.internal for score in scores if score.internal is not None]
    return AnchorScore(
        every=float(np.mean([score.every for score in scores])),
        anchors=float(np.mean([score.anchors for score in scores])),
        internal=float(np.mean(internal)) if internal else None,
        frames=sum(score.frames for score in scores),
        given=sum(score.given for score in scores),
        longest=float(np.mean([score.longest for score in scores])),
    )


def length_that_holds(means: Mapping[int, float], bar: float) -> tuple[int | None, float | None]:
    """How long intervals may be before the mean PSNR falls below a bar in dB.

    means: mean PSNR by the number of internal frames. Returns the greatest number measured up to which it holds (None
    where the least is below already), and where the curve crosses the bar, linear over the logarithm of the number
    (None where it does not within what was measured).
    """
    lengths = sorted(means)
    holds = None
    for length in lengths:
        if means[length] < bar:
            break
        holds = length
    for a, b in pairwise(lengths):
        if means[a] >= bar > means[b]:
            share = (means[a] - bar) / (means[a] - means[b])
            return holds, math.exp(math.log(a) + share * (math.log(b) - math.log(a)))
    return holds, None


class _Stills:
    """The film's own frames as stills: R'G'B' of 16 bits, as the film's color reads, each written once."""

    def __init__(self, film: Film, folder: Path) -> None:
        self._film = film
        self._folder = folder
        self._there: dict[int, Path] = {}

    def at(self, numbers: Sequence[int]) -> dict[int, Path]:
        for number in numbers:
            if number not in self._there:
                path = self._folder / f"{number:06d}.png"
                if not cv2.imwrite(str(path), np.ascontiguousarray(self._film.rgb(number)[..., ::-1])):
                    raise StudioError(f"The still {path} cannot be written; free some space for temporary files.")
                self._there[number] = path
        return {number: self._there[number] for number in numbers}


def _score(values: Mapping[int, float], given: Sequence[int]) -> AnchorScore:
    internal = [value for number, value in values.items() if number not in given]
    return AnchorScore(
        every=float(np.mean(list(values.values()))),
        anchors=float(np.mean([values[number] for number in given])),
        internal=float(np.mean(internal)) if internal else None,
        frames=len(values),
        given=len(given),
        longest=max((b - a - 1 for a, b in pairwise(given)), default=0),
    )
