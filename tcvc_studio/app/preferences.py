"""What the user prefers, whatever film is open: kept in one small file in the user's configuration folder."""

import contextlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, Signal

from tcvc_studio.errors import StudioError
from tcvc_studio.project.durable import clear_leftovers, write_durably
from tcvc_studio.project.file import to_json

VERSION = 1

#: Films, and projects, that are remembered.
RECENT = 12

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Everything that is the user's and not the project's.

    cache_folder: where finished color is kept; None for the standard place. cache_limit: bytes it may hold.
    device: as `engine.device.choose_compute` takes it; precision likewise.
    text_size: points, 7..32; 0 for the system's own. autosave_seconds: longest time between two, 5..3600.
    show_thumbnails, show_flicker, show_confidence: rows of the timeline. snapping: whether what is dragged snaps.
    recent_films, recent_projects: the latest first; some may not be there any more (`recent`).
    window_geometry, window_state, window_split: as Qt saves them, in hexadecimal digits; empty at first.
    """

    cache_folder: Path | None = None
    cache_limit: int = 64 << 30
    device: str = "auto"
    precision: str = "auto"
    text_size: int = 0
    autosave_seconds: int = 60
    show_thumbnails: bool = True
    show_flicker: bool = True
    show_confidence: bool = True
    snapping: bool = True
    recent_films: tuple[Path, ...] = ()
    recent_projects: tuple[Path, ...] = ()
    window_geometry: str = ""
    window_state: str = ""
    window_split: str = ""

    def __post_init__(self) -> None:
        if not (1 << 20) <= self.cache_limit <= 1 << 60:
            raise StudioError("The store of finished color holds at least 1 MB: choose a higher limit.")
        if not self.device.startswith(DEVICES):
            raise StudioError(f"There is no device {self.device!r}: choose auto, cpu or cuda.")
        if self.precision not in PRECISIONS:
            raise StudioError(f"There is no precision {self.precision!r}: choose {', '.join(PRECISIONS)}.")
        if self.text_size and not 7 <= self.text_size <= 32:
            raise StudioError("The text size is 7 to 32 points, or 0 for the system's own: choose one of these.")
        if not 5 <= self.autosave_seconds <= 3600:
            raise StudioError("The project is saved for recovery every 5 to 3600 seconds: choose a time in that range.")


@dataclass(frozen=True, slots=True)
class Recent:
    """A film or project of the past. missing: not there at the moment; its disk may come back."""

    path: Path
    missing: bool


def recent(paths: Iterable[Path]) -> tuple[Recent, ...]:
    """Paths, each with whether it is there: a file, or a sequence's folder for a pattern. Looks at the disk."""
    return tuple(Recent(path, missing=not _is_there(path)) for path in paths)


class PreferenceStore(QObject):
    """The preferences in their file. What one instance changes, another one keeps.

    file: the standard place where None. problem: a sentence to show, where the file could not be read; it was set
    aside then, not lost.
    """

    changed = Signal()

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file or default_file()
        self.problem: str | None = None
        self._value, self._unknown = Preferences(), {}
        self._unsaved: dict[str, Any] = {}
        self._load()

    @property
    def value(self) -> Preferences:
        """The preferences as they are now."""
        return self._value

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return self._file

    def update(self, **changes: Any) -> None:
        """Change some fields, and keep them. Raises StudioError for values out of range, and changes nothing then.

        Where the file cannot be written the change still counts until the program ends; then StudioError is raised.
        """
        before = self._value
        replace(before, **changes)
        self._unsaved |= changes
        self._reload()
        try:
            self._save()
            self._unsaved = {}
        finally:
            if self._value != before:
                self.changed.emit()

    def add_recent_film(self, path: Path) -> None:
        """A film was opened. A list that cannot be kept is no reason to trouble the user."""
        self._add("recent_films", path)

    def add_recent_project(self, path: Path) -> None:
        """A project was opened or saved."""
        self._add("recent_projects", path)

    def forget_recent(self, path: Path) -> None:
        """Take a film or project out of the lists."""
        with contextlib.suppress(StudioError):
            self.update(
                recent_films=tuple(film for film in self._value.recent_films if film != path),
                recent_projects=tuple(project for project in self._value.recent_projects if project != path),
            )

    def _add(self, name: str, path: Path) -> None:
        path = Path(os.path.abspath(path))
        self._reload()
        others = (other for other in getattr(self._value, name) if other != path)
        with contextlib.suppress(StudioError):
            self.update(**{name: (path, *others)[:RECENT]})

    def _load(self) -> None:
        """What the file holds takes the place of the value, field by field; what is wrong in one leaves the others."""
        try:
            data = _read(self._file)
        except _Unreadable as error:
            self.problem = _set_aside(self._file, error)
            return
        if data is None:
            return
        value = self._value
        names = {field.name for field in fields(Preferences)}
        for name in sorted(names & data.keys()):
            with contextlib.suppress(StudioError, TypeError, ValueError):
                value = replace(value, **{name: _from_json(name, data[name])})
        self._value = value
        self._unknown = {name: item for name, item in data.items() if name not in names}

    def _reload(self) -> None:
        """The file's value, and over it what could not be written there."""
        self._load()
        self._value = replace(self._value, **self._unsaved)

    def _save(self) -> None:
        version = self._unknown.get("version")
        newest = max(VERSION, version) if isinstance(version, int) else VERSION
        known = {field.name: _to_json(getattr(self._value, field.name)) for field in fields(Preferences)}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"Preferences cannot be kept in {self._file.parent} ({error.strerror}).") from error
        clear_leftovers(self._file)
        # The window is not held up for what can be chosen again.
        write_durably(self._file, to_json({**self._unknown, "version": newest, **known}), settled=False)


def default_file() -> Path:
    """Where preferences are kept unless somebody names another place."""
    return Path(platformdirs.user_config_dir("tcvc-studio", appauthor=False)) / "preferences.json"


class _Unreadable(Exception):
    """The file is there and holds no preferences."""


def _read(file: Path) -> dict[str, Any] | None:
    """The file's object; None where there is no file."""
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _Unreadable(str(error)) from error
    if not isinstance(data, dict):
        raise _Unreadable("it holds no preferences")
    return data


def _set_aside(file: Path, error: Exception) -> str:
    """Give a bad file another name, and say so."""
    aside = file.with_name(f"{file.stem}.bad-{time.strftime('%Y%m%d-%H%M%S')}{file.suffix}")
    with contextlib.suppress(OSError):
        os.replace(file, aside)
        return f"The preferences could not be read and start anew; what was there is kept in {aside}."
    return f"The preferences in {file} could not be read ({error}): check the file's rights."


_KINDS = {field.name: type(getattr(Preferences(), field.name)) for field in fields(Preferences)}


def _from_json(name: str, value: Any) -> Any:
    if name == "cache_folder":
        return None if value is None else Path(_text(value))
    kind = _KINDS[name]
    if kind is tuple:
        return tuple(dict.fromkeys(Path(_text(item)) for item in value))[:RECENT]
    if type(value) is not kind:
        raise TypeError(name)
    return value


def _to_json(value: Any) -> Any:
    if isinstance(value, Path):
        return os.fspath(value)
    return [os.fspath(path) for path in value] if isinstance(value, tuple) else value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a path is a text")
    return value


def _is_there(path: Path) -> bool:
    if os.path.exists(path):
        return True
    return "%" in path.name and os.path.isdir(path.parent)
