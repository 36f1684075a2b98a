"""From a project, as it is at this moment, to a job for the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tcvc_studio.errors import StudioError
from tcvc_studio.project.model import Project

if TYPE_CHECKING:
    from tcvc_studio.engine.job import Job
    from tcvc_studio.media.info import FilmInfo

Layer = Literal["tcvc", "backbone"]


def job_of(
    project: Project,
    info: FilmInfo,
    fingerprint: str,
    *,
    layer: Layer = "tcvc",
    start: int = 0,
    stop: int | None = None,
) -> Job:
    """What the engine is to color, for frames start..stop - 1 (stop None: to the film's end).

    layer: "tcvc", colored from anchors, or "backbone", each frame for itself, to compare with; the latter knows
        nothing of anchors, so that an edit of one leaves its result fresh.
    fingerprint: of the film's content as it was opened, which need not be what the project remembers.
    Raises StudioError where the film is not as long as the project's, and for a span that does not lie in it.
    """
    from tcvc_studio.engine.job import Job

    if info.frames != project.film.frames:
        raise StudioError(
            f"The film at {info.path} has {info.frames} frames, and the one of this project {project.film.frames}: "
            "look for the film that belongs to it."
        )
    single = layer == "backbone"
    return Job(
        info=info,
        fingerprint=fingerprint,
        shots=project.shots,
        settings=replace(project.settings, single_image=True) if single else project.settings,
        start=start,
        stop=info.frames if stop is None else stop,
        listed=() if single else tuple(a.frame for a in project.anchors if a.still is None),
        stills={} if single else {a.frame: a.still for a in project.anchors if a.still is not None},
        lengths=dict(project.shot_lengths),
    )
