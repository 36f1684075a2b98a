"""The pieces a job falls into, each with the key of its result: what is finished can be told without rendering."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tcvc_studio.color.sizes import working_size
from tcvc_studio.engine.cache import result_key
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.plan import Interval
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.weights.digest import file_sha256

#: Goes into every key; raise it when the same inputs give other chroma.
ENGINE_VERSION = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval, and the key under which its chroma is or will be kept."""

    interval: Interval
    key: str


#: One tuple of pieces, in film order, for each interval length of the ensemble.
Pieces = tuple[tuple[Piece, ...], ...]


def film_working_size(info: FilmInfo, short_side: int) -> tuple[int, int]:
    """Working (width, height) of a film as it is shown: upright, with square pixels."""
    width, height = round(info.width * info.sar), info.height
    if info.rotation % 180:
        width, height = height, width
    return working_size(width, height, short_side)


def planned_pieces(job: Job, models_key: str, *, digest: Callable[[Path], str] = file_sha256) -> Pieces:
    """The pieces that hold the frames start..stop - 1 of a job, with the keys of their results.

    models_key: of the models that will render (`Models.key`).
    digest: what a still's content is; called once for each still that a piece needs, and free to remember.
    Raises StudioError (or whatever digest raises) for a still that cannot be read.
    """
    common = common_facts(job, models_key)
    hashes = _Hashes(job.stills, digest)
    return tuple(
        tuple(Piece(interval, piece_key(common, interval, hashes)) for interval in plan) for plan in job.intervals()
    )


def common_facts(job: Job, models_key: str) -> dict:
    """What all keys of a job share."""
    return {
        "engine": ENGINE_VERSION,
        "film": job.fingerprint,
        "format": str(job.info.format),
        "size": film_working_size(job.info, job.settings.working_size),
        "models": models_key,
        "fusion": job.settings.fusion,
    }


def piece_key(common: dict, interval: Interval, still_hashes: "Mapping[int, str] | _Hashes") -> str:
    """The key of one interval's result. common: see `common_facts`. still_hashes: by anchor frame."""
    i = interval
    return result_key({
        **common,
        "interval": [i.first, i.last, i.head, i.tail, i.owns_last, i.single, i.before, i.after],
        "stills": {str(frame): still_hashes[frame] for frame in i.anchors if frame in still_hashes},
    })  # fmt: skip


class _Hashes:
    """Hashes of stills, made when they are asked for."""

    def __init__(self, stills: Mapping[int, Path], digest: Callable[[Path], str]) -> None:
        self._stills = stills
        self._digest = digest
        self._known: dict[int, str] = {}

    def __contains__(self, frame: int) -> bool:
        return frame in self._stills

    def __getitem__(self, frame: int) -> str:
        if frame not in self._known:
            self._known[frame] = self._digest(self._stills[frame])
        return self._known[frame]
