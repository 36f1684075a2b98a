"""The .tcvc file: a project as versioned JSON, written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tcvc_studio.errors import StudioError
from tcvc_studio.project.durable import write_durably
from tcvc_studio.project.fields import Fields
from tcvc_studio.project.model import Anchor, Cut, FilmReference, Project
from tcvc_studio.project.settings import Settings

SUFFIX = ".tcvc"
FORMAT = "tcvc-project"
VERSION = 1


def read_project(path: Path) -> Project:
    """The project in a file. Raises StudioError where it cannot be read or is none."""
    path = Path(path)
    return project_from_data(read_json(path), name=path.name)


def write_project(path: Path, project: Project) -> None:
    """Write a project to a file, replacing what is there once all of it is on the disk. Raises StudioError."""
    write_durably(Path(path), to_json(project_data(project)))


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises StudioError where it cannot be read or is none."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StudioError(f"There is no file {path}: choose one that is there.") from error
    except OSError as error:
        raise StudioError(f"{path} cannot be read ({error.strerror}): check the file and its disk.") from error
    except (ValueError, RecursionError) as error:
        raise StudioError(f"{path.name} is damaged or no project of TCVC Studio: choose another file.") from error


def to_json(data: Any) -> bytes:
    """For people too: a field a line. ASCII, so that names that are no Unicode survive."""
    return json.dumps(data, indent=1).encode("ascii") + b"\n"


def project_data(project: Project) -> dict[str, Any]:
    """A project as JSON has it."""
    film, settings, unknown = project.film, project.settings, project.unknown
    return _with_unknown(
        {
            "format": FORMAT,
            "version": VERSION,
            "film": _with_unknown(
                {
                    "path": os.fspath(film.path.absolute()),
                    "fingerprint": film.fingerprint,
                    "frames": film.frames,
                    "rate": str(film.rate),
                    "width": film.width,
                    "height": film.height,
                    "sequence_rate": None if film.sequence_rate is None else str(film.sequence_rate),
                    "timecode": film.timecode,
                    "first_number": film.first_number,
                },
                unknown.get("film"),
            ),
            "cuts": [
                _with_unknown({"frame": c.frame, "proposed": c.proposed, "found": c.found}, c.unknown)
                for c in project.cuts
            ],
            "rejected_cuts": list(project.rejected_cuts),
            "cut_threshold": project.cut_threshold,
            "fades": [list(span) for span in project.fades],
            "anchors": [
                _with_unknown(
                    {
                        "frame": a.frame,
                        "still": None if a.still is None else os.fspath(a.still.absolute()),
                        "locked": a.locked,
                    },
                    a.unknown,
                )
                for a in project.anchors
            ],
            "shot_lengths": {str(start): length for start, length in sorted(project.shot_lengths.items())},
            "settings": _with_unknown(
                {
                    "backbone": settings.backbone,
                    "weights": None if settings.weights is None else os.fspath(settings.weights.absolute()),
                    "flow": settings.flow,
                    "lengths": list(settings.lengths),
                    "working_size": settings.working_size,
                    "fusion": settings.fusion,
                    "single_image": settings.single_image,
                },
                unknown.get("settings"),
            ),
            "marks": _with_unknown({"in": project.in_frame, "out": project.out_frame}, unknown.get("marks")),
        },
        unknown,
    )


def project_from_data(data: Any, *, name: str) -> Project:
    """A project from JSON. name: of the file, for errors. Raises StudioError for what is none."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise StudioError(f"{name} is no project of TCVC Studio: choose another file.")
    top = Fields(data, name)
    top.take("format", str)
    if top.take("version", int) > VERSION:
        raise StudioError(f"{name} was saved by a newer version of TCVC Studio: open it with that one, or update.")
    unknown: dict[str, Any] = {}
    film = top.inner("film")
    reference = FilmReference(
        path=Path(film.take("path", str)),
        fingerprint=film.take("fingerprint", str),
        frames=film.take("frames", int),
        rate=film.fraction("rate"),
        width=film.take("width", int),
        height=film.take("height", int),
        sequence_rate=film.fraction("sequence_rate", None),
        timecode=film.take("timecode", str, None),
        first_number=film.take("first_number", int, 0),
    )
    settings = top.inner("settings")
    standard = Settings()
    chosen = Settings(
        backbone=settings.take("backbone", str, standard.backbone),
        weights=settings.path("weights"),
        flow=settings.take("flow", str, standard.flow),
        lengths=settings.numbers("lengths", standard.lengths),
        working_size=settings.take("working_size", int, standard.working_size),
        fusion=settings.take("fusion", str, standard.fusion),
        single_image=settings.take("single_image", bool, standard.single_image),
    )
    marks = top.inner("marks")
    in_frame, out_frame = marks.take("in", int, None), marks.take("out", int, None)
    for part, left in (("film", film.left()), ("settings", settings.left()), ("marks", marks.left())):
        if left:
            unknown[part] = left
    return Project(
        film=reference,
        cuts=tuple(
            Cut(
                cut.take("frame", int),
                cut.take("proposed", bool, False),
                cut.take("found", int, None),
                unknown=cut.left(),
            )
            for cut in top.list_of("cuts")
        ),
        rejected_cuts=tuple(sorted(set(top.numbers("rejected_cuts", ())))),
        cut_threshold=top.take("cut_threshold", float, 0.5),
        fades=top.spans("fades"),
        anchors=tuple(
            Anchor(
                anchor.take("frame", int),
                anchor.path("still"),
                anchor.take("locked", bool, False),
                unknown=anchor.left(),
            )
            for anchor in top.list_of("anchors")
        ),
        shot_lengths=top.numbered("shot_lengths"),
        settings=chosen,
        in_frame=in_frame,
        out_frame=out_frame,
        unknown={**unknown, **top.left()},
    )


def _with_unknown(known: dict[str, Any], unknown: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**(unknown or {}), **known} if unknown else known
