"""The .tcvc file: a project as versioned JSON, written whole or not at all."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

from tcvc_studio import __version__
from tcvc_studio.errors import StudioError
from tcvc_studio.project.durable import write_durably
from tcvc_studio.project.fields import Fields
from tcvc_studio.project.migrations import VERSION, migrated
from tcvc_studio.project.model import Anchor, Cut, FilmReference, Project
from tcvc_studio.project.places import find_place, place_data
from tcvc_studio.project.settings import FusionChoice, Settings

SUFFIX = ".tcvc"
FORMAT = "tcvc-project"


def read_project(path: Path) -> Project:
    """The project in a file, of this version or an older one. Raises StudioError where it cannot be read or is none.

    The film and the stills are looked for where they were last, then where they lay as seen from the project's folder.
    """
    path = Path(path).absolute()
    return project_from_data(read_json(path), name=path.name, folder=path.parent)


def write_project(path: Path, project: Project) -> None:
    """Write a project to a file, replacing what is there once all of it is on the disk. Raises StudioError."""
    path = Path(path).absolute()
    write_durably(path, to_json(project_data(project, folder=path.parent)))


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


def to_json(data: Mapping[str, Any]) -> bytes:
    """For people too: a line for each field, and for each object of a list. ASCII, so that any file name survives."""
    lines = []
    for name, value in data.items():
        text = json.dumps(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            text = "[\n  " + ",\n  ".join(json.dumps(item) for item in value) + "\n ]"
        lines.append(f" {json.dumps(name)}: {text}")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("ascii")


def project_data(project: Project, *, folder: Path | None = None) -> dict[str, Any]:
    """A project as JSON has it. folder: the file's, for paths that lead from there."""
    film, settings = project.film, project.settings
    return _with_unknown(
        {
            "format": FORMAT,
            "version": VERSION,
            "program": f"TCVC Studio {__version__}",
            "film": {
                "path": place_data(film.path, folder),
                "fingerprint": film.fingerprint,
                "frames": film.frames,
                "rate": str(film.rate),
                "width": film.width,
                "height": film.height,
                "sequence_rate": None if film.sequence_rate is None else str(film.sequence_rate),
                "timecode": film.timecode,
                "first_number": film.first_number,
            },
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
                        "still": place_data(a.still, folder),
                        "locked": a.locked,
                    },
                    a.unknown,
                )
                for a in project.anchors
            ],
            "shot_lengths": {str(start): length for start, length in sorted(project.shot_lengths.items())},
            "settings": {
                "backbone": settings.backbone,
                "weights": place_data(settings.weights, folder),
                "flow": settings.flow,
                "lengths": list(settings.lengths),
                "working_size": settings.working_size,
                "fusion": settings.fusion,
                "single_image": settings.single_image,
            },
            "marks": {"in": project.in_frame, "out": project.out_frame},
        },
        project.unknown,
    )


def project_from_data(data: Any, *, name: str, folder: Path | None = None) -> Project:
    """A project from JSON. name, folder: of the file, for errors and for paths that lead from there.

    Raises StudioError for what is none, and for one that a newer version wrote.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise StudioError(f"{name} is no project of TCVC Studio: choose another file.")
    version = Fields(data, name).take("version", int)
    if version > VERSION:
        raise StudioError(f"{name} was saved by a newer version of TCVC Studio: open it with that one, or update.")
    if version < 1:
        raise StudioError(f"{name} is damaged or no project of TCVC Studio: choose another file.")
    top = Fields(migrated(data, version), name)
    top.take("format", str)
    top.take("version", int)
    top.take("program", str, "")
    find = partial(find_place, folder=folder)
    film = top.inner("film")
    first_number = film.take("first_number", int, 0)
    path = film.place("path", partial(find, number=first_number))
    if path is None:
        raise StudioError(f"{name} does not say which film it belongs to: open an older copy of it.")
    reference = FilmReference(
        path=path,
        fingerprint=film.take("fingerprint", str),
        frames=film.take("frames", int),
        rate=film.fraction("rate"),
        width=film.take("width", int),
        height=film.take("height", int),
        sequence_rate=film.fraction("sequence_rate", None),
        timecode=film.take("timecode", str, None),
        first_number=first_number,
    )
    settings = top.inner("settings")
    standard = Settings()
    chosen = Settings(
        backbone=settings.take("backbone", str, standard.backbone),
        weights=settings.place("weights", find),
        flow=settings.take("flow", str, standard.flow),
        lengths=settings.numbers("lengths", standard.lengths),
        working_size=settings.take("working_size", int, standard.working_size),
        fusion=settings.one_of("fusion", get_args(FusionChoice), standard.fusion),
        single_image=settings.take("single_image", bool, standard.single_image),
    )
    marks = top.inner("marks")
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
                anchor.place("still", find),
                anchor.take("locked", bool, False),
                unknown=anchor.left(),
            )
            for anchor in top.list_of("anchors")
        ),
        shot_lengths=top.numbered("shot_lengths"),
        settings=chosen,
        in_frame=marks.take("in", int, None),
        out_frame=marks.take("out", int, None),
        unknown=top.left(),
    )


def _with_unknown(known: dict[str, Any], unknown: Any) -> dict[str, Any]:
    """What this version writes, and in every object of it what was there and it does not know."""
    if not isinstance(unknown, Mapping) or not unknown:
        return known
    merged = dict(known)
    for name, value in unknown.items():
        if known.get(name) is None:
            merged[name] = value
        elif isinstance(known[name], dict):
            merged[name] = _with_unknown(known[name], value)
    return merged
