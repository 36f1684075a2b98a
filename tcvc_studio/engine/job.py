"""What is to be colored: an immutable snapshot that a run works from, whatever happens to the project meanwhile."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from tcvc_studio.engine.plan import Interval, covering, filled_anchors, plan_intervals, plan_single, shot_anchors
from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.model import Project
from tcvc_studio.project.settings import MAX_INTERNAL_FRAMES, Settings
from tcvc_studio.project.shots import Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A film, its shots and anchors, and how to color it.

    fingerprint: what the film's content is (engine.fingerprint).
    start, stop: the frames to color, half-open. Anchors are those of the whole film, so that a part of a film gets
        the color it has in the whole.
    listed: anchors set by hand, by frame number. stills: pictures that give anchors their color, by frame number.
    lengths: None, or interval lengths of single shots (`plan_intervals`); the studio's way, in which anchors set by
        hand stand beside automatic ones instead of replacing them.
    """

    info: FilmInfo
    fingerprint: str
    shots: tuple[Shot, ...]
    settings: Settings
    start: int
    stop: int
    listed: tuple[int, ...] = ()
    stills: Mapping[int, Path] = field(default_factory=dict)
    lengths: Mapping[int, int] | None = None

    def __post_init__(self) -> None:
        frames = self.info.frames
        if not 0 <= self.start < self.stop <= frames:
            raise StudioError(
                f"Frames {self.start} to {self.stop - 1} do not lie in the film, which has frames 0 to {frames - 1}."
            )
        for frame in (*self.listed, *self.stills):
            if not 0 <= frame < frames:
                raise StudioError(
                    f"Anchor {frame} lies outside the film, whose frames are 0 to {frames - 1}; correct or remove it."
                )

    def intervals(self) -> tuple[tuple[Interval, ...], ...]:
        """The intervals that hold the frames start..stop - 1: one tuple for each interval length of the ensemble."""
        if self.settings.single_image:
            plans = [plan_single(self.shots)]
        else:
            plans = [
                plan_intervals(
                    self.shots, internal, listed=self.listed, stills=self.stills, lengths=self._lengths(internal)
                )
                for internal in self.settings.lengths
            ]
        return tuple(covering(plan, self.start, self.stop) for plan in plans)

    def _lengths(self, internal: int) -> Mapping[int, int] | None:
        """A shot's own length takes the place of the first one; the ensemble's others keep their distance from it."""
        if self.lengths is None:
            return None
        more = internal - self.settings.lengths[0]
        return {
            start: min(max(1, length + more), MAX_INTERNAL_FRAMES) if length else 0
            for start, length in self.lengths.items()
        }


#: What can be rendered of a project: the propagated color, or the backbone's frame by frame.
Layer = Literal["tcvc", "backbone"]


def project_job(
    project: Project,
    info: FilmInfo,
    *,
    fingerprint: str,
    layer: Layer = "tcvc",
    span: tuple[int, int] | None = None,
) -> Job:
    """What a project asks for: its TCVC color, or that of its backbone alone, which knows of no shots and no anchors.

    info, fingerprint: of the film as it was opened, which may lie elsewhere than the project remembers.
    span: half-open frames to color, the whole film where it is None.
    Raises StudioError where the film is not the project's.
    """
    film, settings = project.film, project.settings
    if film.frames != info.frames:
        raise StudioError(
            f"{info.path.name} has {info.frames} frames, the project's film {film.frames}; open the film that belongs "
            "to the project."
        )
    start, stop = span or (0, info.frames)
    if layer == "backbone":
        # Only what the backbone's color depends on is left, so that no other edit makes it stale.
        return Job(
            info=info, fingerprint=fingerprint, shots=(Shot(0, info.frames),), start=start, stop=stop,
            settings=replace(settings, single_image=True, fusion="auto", lengths=(1,)),
        )  # fmt: skip
    return Job(
        info=info,
        fingerprint=fingerprint,
        shots=project.shots,
        settings=replace(settings, single_image=False),
        start=start,
        stop=stop,
        listed=tuple(anchor.frame for anchor in project.anchors),
        stills={anchor.frame: anchor.still for anchor in project.anchors if anchor.still is not None},
        lengths=dict(project.shot_lengths),
    )


def project_anchors(project: Project) -> tuple[int, ...]:
    """All anchors of a project's film, ascending: those set by hand and, between them, the automatic ones.

    Of an ensemble, those of its first interval length.
    """
    listed = [anchor.frame for anchor in project.anchors]
    stills = [anchor.frame for anchor in project.anchors if anchor.still is not None]
    found: list[int] = []
    for shot in project.shots:
        length = project.length_of(shot)
        own = listed[bisect_left(listed, shot.start) : bisect_left(listed, shot.stop)]
        find = filled_anchors if length else shot_anchors
        found += find(shot, length or MAX_INTERNAL_FRAMES, listed=own, stills=[f for f in stills if f in shot])
    return tuple(found)
