"""What lies in a folder of test material: films, and photographs."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import PICTURE_SUFFIXES

_FILM_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mxf", ".mpg", ".mpeg", ".ts"})
_STILL_SUFFIXES = frozenset({".webp", ".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})


def films_in(folder: Path, names: Sequence[str] = ()) -> list[Path]:
    """Films of a folder, sorted: video files, and folders of pictures; or the folder itself where it is such a one.

    names: those wanted, as `film_name` tells them; all where it is empty. Raises StudioError for a folder without films
    and for a name that none of them has.
    """
    if folder.is_file():
        films = [folder]
    else:
        _check(folder, "films")
        films = [path for path in sorted(folder.iterdir()) if _is_film(path)]
        if not films and _is_film(folder):
            films = [folder]
    if not films:
        raise StudioError(f"There is no film in {folder}; name a folder of films or of folders with numbered pictures.")
    if unknown := sorted(set(names) - {film_name(path) for path in films}):
        raise StudioError(f"There is no film {unknown[0]} in {folder}; it has {', '.join(map(film_name, films))}.")
    return [path for path in films if not names or film_name(path) in names]


def film_name(path: Path) -> str:
    """A film's name in tables: its folder's, or its file's without ending."""
    return path.resolve().name if path.is_dir() else path.stem


def stills_there(folder: Path) -> bool:
    """Whether pictures lie in the folder itself."""
    return folder.is_dir() and any(path.suffix.lower() in _STILL_SUFFIXES for path in folder.iterdir())


def stills_in(folder: Path, *, every: int = 1) -> list[Path]:
    """Every `every`-th picture of a folder, sorted. Raises StudioError where there is none."""
    _check(folder, "color photographs")
    stills = sorted(path for path in folder.iterdir() if path.suffix.lower() in _STILL_SUFFIXES)
    if not stills:
        raise StudioError(f"There are no pictures in {folder}; name a folder that holds color photographs.")
    return stills[::every]


def read_stills(paths: Iterable[Path], *, short_side: int) -> Iterator[tuple[str, np.ndarray]]:
    """(name, R'G'B' uint8 [h, w, 3]) of each; those whose short side is longer than short_side are made smaller."""
    for path in paths:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if bgr is None:
            raise StudioError(f"The picture {path} is damaged; take it out of the folder.")
        yield path.stem, at_most(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), short_side)


def at_most(picture: np.ndarray, short_side: int) -> np.ndarray:
    """The picture, made smaller where its short side is longer than short_side."""
    height, width = picture.shape[:2]
    scale = short_side / min(height, width)
    if scale >= 1:
        return picture
    return cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def _is_film(path: Path) -> bool:
    if path.is_dir():
        return any(part.suffix.lower() in PICTURE_SUFFIXES for part in path.iterdir())
    return path.suffix.lower() in _FILM_SUFFIXES


def _check(folder: Path, what: str) -> None:
    if not folder.is_dir():
        raise StudioError(f"There is no folder {folder}; name one that holds {what}.")
