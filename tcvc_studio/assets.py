"""Where the shipped files lie: beside the package in a source tree, inside it in an installed wheel."""

from pathlib import Path

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
