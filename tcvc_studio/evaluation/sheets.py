"""Contact sheets of films, to be looked at by people: gray, the backbone alone, and TCVC below each other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

from tcvc_studio.analysis.meter import ColorMeter
from tcvc_studio.analysis.sheet import Row, contact_sheet, write_png
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.render import Models
from tcvc_studio.engine.session import film_fingerprint
from tcvc_studio.engine.sinks import Sink, Tee
from tcvc_studio.evaluation.films import colored
from tcvc_studio.evaluation.folders import film_name
from tcvc_studio.evaluation.rows import Progress
from tcvc_studio.media.film import Film, open_film
from tcvc_studio.media.info import Frame
from tcvc_studio.project.settings import Settings
from tcvc_studio.project.shots import shots_from_cuts

#: Columns of a sheet: at 360 pixels a picture it fits a wide screen, and is read without enlarging.
COLUMNS = 6
WIDTH = 360


def film_sheets(
    path: Path,
    out: Path,
    settings: Settings,
    *,
    models: Models,
    cache: ChromaCache,
    progress: Progress,
    every: int = 30,
    frames: int | None = None,
    find_cuts: bool = True,
) -> Iterator[tuple[Path, Sequence[int]]]:
    """Writes sheets of every `every`-th frame into the folder out; yields each one's path and frames.

    frames: of the film's beginning, all where it is None. find_cuts: else the film is one shot.
    Raises StudioError where a film cannot be read or a sheet not be written.
    """
    with open_film(path) as film:
        stop = min(frames or film.info.frames, film.info.frames)
        name = film_name(path)
        cuts = [cut for cut in _cuts(film, progress, name) if cut < stop] if find_cuts else []
        numbers = range(0, stop, every)
        fingerprint, shots = film_fingerprint(film), shots_from_cuts(cuts, stop)
        alone, carried = (
            Job(info=film.info, fingerprint=fingerprint, shots=shots, settings=chosen, start=0, stop=stop)
            for chosen in (replace(settings, single_image=True), settings)
        )
        meters = {
            label: _SmallMeter(film, cuts, numbers, gray=label == "gray") for label in ("gray", "backbone", "TCVC")
        }
        for job, sinks, text in (
            (alone, ("gray", "backbone"), f"{name}, the backbone alone"),
            (carried, ("TCVC",), f"{name}, TCVC"),
        ):
            sink: Sink = Tee([meters[label] for label in sinks])
            colored(job, film, models=models, cache=cache, sink=sink, progress=progress, text=text)
        for page, first in enumerate(range(0, len(numbers), COLUMNS), start=1):
            shown = numbers[first : first + COLUMNS]
            rows = [
                Row(label, [meter.pictures[n] for n in shown], f"CDC {meter.cdc:.6f}")
                for label, meter in meters.items()
            ]
            target = out / f"{name}-{page:03d}.png"
            write_png(target, contact_sheet(rows, heads=[str(n) for n in shown], width=WIDTH))
            yield target, list(shown)


def _cuts(film: Film, progress: Progress, name: str) -> tuple[int, ...]:
    from tcvc_studio.analysis.cuts import detect_cuts

    frames = film.info.frames
    report = detect_cuts(film.frames(), film.info, progress=lambda done: progress(done, frames, f"{name}, cuts"))
    return report.cuts


class _SmallMeter(ColorMeter):
    """Keeps its pictures no larger than a sheet shows them, so that a long film's fit into memory."""

    def __init__(self, film: Film, cuts: Sequence[int], numbers: range, *, gray: bool) -> None:
        super().__init__(film.info.format, cuts=cuts, pictures=numbers, gray=gray)

    def write(self, frame: Frame, ab: Tensor) -> None:
        super().write(frame, ab)
        picture = self.pictures.get(frame.number)
        if picture is not None and picture.shape[1] > WIDTH:
            self.pictures[frame.number] = _smaller(picture)


def _smaller(picture: np.ndarray) -> np.ndarray:
    height = max(1, round(WIDTH * picture.shape[0] / picture.shape[1]))
    return cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
