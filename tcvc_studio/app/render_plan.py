"""From a project as it is now to the pieces of both layers, with their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_studio.app.engine_room import EngineRoom
from tcvc_studio.app.schedule import LayerPlan
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.job import Job, project_job
from tcvc_studio.engine.pieces import planned_pieces
from tcvc_studio.engine.stored import StoredColor
from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import Film
from tcvc_studio.project.model import Project
from tcvc_studio.project.shots import Shot
from tcvc_studio.weights.digest import file_sha256

if TYPE_CHECKING:
    from tcvc_studio.engine.render import Models

#: Layers in the order in which they are rendered in a window: what propagates, then what it is compared with.
LAYERS = ("tcvc", "backbone")


@dataclass(frozen=True, slots=True)
class Work:
    """What the studio asks for: a project as it is now, and its film, of which each thread reads its own copy."""

    project: Project
    film: Film
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderPlan:
    """All that is to be rendered of a project, and what it takes.

    jobs, stored: by layer. broken: keys of pieces that cannot be rendered, with the sentence that says why.
    digests: of the stills, by frame. working_size: the short side, smaller than the project's where memory is short.
    """

    work: Work
    shots: tuple[Shot, ...]
    jobs: Mapping[str, Job]
    layers: tuple[LayerPlan, ...]
    stored: Mapping[str, StoredColor]
    models: "Models"
    notes: tuple[str, ...]
    cache: ChromaCache
    broken: Mapping[str, str]
    digests: Mapping[int, str]
    working_size: int

    @property
    def keys(self) -> frozenset[str]:
        """Of all layers."""
        return frozenset().union(*(layer.keys for layer in self.layers))

    def layer(self, name: str) -> LayerPlan:
        return next(layer for layer in self.layers if layer.name == name)


class StillDigests:
    """What stills hold, read once for each version of a file; one that cannot be read has a digest that says so."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, int, int], str] = {}
        self.unreadable: dict[Path, str] = {}

    def __call__(self, path: Path) -> str:
        """A file's sha256, or "unreadable"; then `unreadable` has the sentence."""
        try:
            stat = path.stat()
            version = (path, stat.st_size, stat.st_mtime_ns)
            if version not in self._known:
                self._known[version] = file_sha256(path)
        except (OSError, StudioError):
            self.unreadable[path] = (
                f"The still {path} cannot be read; bring it back, or give its anchor another picture or none."
            )
            return "unreadable"
        self.unreadable.pop(path, None)
        return self._known[version]


def make_plan(work: Work, room: EngineRoom, digests: StillDigests, *, size_limit: int | None = None) -> RenderPlan:
    """Plan a project. Loads the models where they are not.

    size_limit: a working size that is not to be exceeded, whatever the project asks for.
    Raises StudioError where the film is not the project's, or weights are absent.
    """
    info = work.film.info
    settings = work.project.settings
    size = settings.working_size if size_limit is None else min(settings.working_size, size_limit)
    models, notes = room.models(settings)
    cache = room.cache
    jobs = {}
    for name in LAYERS:
        job = project_job(work.project, info, fingerprint=work.fingerprint, layer=name)
        jobs[name] = replace(job, settings=replace(job.settings, working_size=size))
    layers = tuple(LayerPlan(name, planned_pieces(job, models.key, digest=digests)) for name, job in jobs.items())
    stills = jobs["tcvc"].stills
    broken = {
        piece.key: digests.unreadable[stills[frame]]
        for plan in layers[0].pieces
        for piece in plan
        for frame in piece.interval.anchors
        if frame in stills and stills[frame] in digests.unreadable
    }
    return RenderPlan(
        work=work,
        shots=jobs["tcvc"].shots,
        jobs=jobs,
        layers=layers,
        stored={layer.name: StoredColor(layer.pieces, cache) for layer in layers},
        models=models,
        notes=notes,
        cache=cache,
        broken=broken,
        digests={frame: digests(path) for frame, path in stills.items()},
        working_size=size,
    )
