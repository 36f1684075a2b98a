"""Where a project's film and stills lie: written so that they are found again after the folder has moved."""

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any


def place_data(path: Path | None, folder: Path | None) -> dict[str, Any] | None:
    """A path as a project file has it. folder: the project file's, from which the relative path leads."""
    if path is None:
        return None
    absolute = os.fspath(path) if _is_absolute(os.fspath(path)) else os.path.abspath(path)
    own = folder is not None and os.path.isabs(absolute)
    return {"absolute": absolute, "relative": _relative(absolute, folder) if own else None}


def find_place(absolute: str | None, relative: str | None, folder: Path | None, *, number: int = 0) -> Path | None:
    """Which of the two is there, the absolute path first; where neither is, what was written absolutely.

    folder: the project file's. number: the first of a sequence's file numbers, where the path is a pattern.
    """
    beside = None if folder is None or relative is None else Path(os.path.normpath(folder / relative))
    if not absolute:
        return beside
    if not _is_absolute(absolute):
        return Path(os.path.abspath(absolute if folder is None else folder / absolute))
    if beside is not None and not _is_there(Path(absolute), number) and _is_there(beside, number):
        return beside
    return Path(absolute)


def _is_absolute(text: str) -> bool:
    """Here or on another system: a path from there is kept as it is, for the project may go back."""
    return PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()


def _is_there(path: Path, number: int) -> bool:
    if os.path.exists(path):
        return True
    if "%" not in path.name:
        return False
    try:
        return os.path.exists(path.with_name(path.name % number))
    except (TypeError, ValueError):
        return False


def _relative(absolute: str, folder: Path) -> str | None:
    """The shorter way from the folder, links followed or not; with slashes on every system. None to another drive."""
    ways = []
    for path, start in ((absolute, os.path.abspath(folder)), (os.path.realpath(absolute), os.path.realpath(folder))):
        try:
            ways.append(os.path.relpath(path, start).replace(os.sep, "/"))
        except ValueError:
            continue
    return min(ways, key=lambda way: way.split("/").count(".."), default=None)
