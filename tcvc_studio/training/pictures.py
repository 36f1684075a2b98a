"""Color pictures to learn from: photographs in tars and frames of films, in memory as 8-bit R'G'B'."""

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from tcvc_studio.errors import StudioError

_STILL_SUFFIXES = {".webp", ".jpg", ".jpeg", ".png"}
_FILM_SUFFIXES = {".mp4", ".mov", ".mkv", ".webm"}
#: Smaller pictures teach nothing about what is in them.
_SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """name: of the file, without its folders; of the film where it is a frame.  rgb: uint8 [h, w, 3], R'G'B'."""

    name: str
    rgb: np.ndarray


def load_pictures(folder: Path, *, every: int = 8, threads: int = 2) -> list[Picture]:
    """Every still below `folder` (loose or in tars) and every `every`-th frame of every film, sorted by path.

    Raises StudioError where there is none, or one cannot be read.
    """
    check_folder(folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    encoded = (data for path in paths for data in _stills(path))
    pictures: list[Picture] = []
    with ThreadPoolExecutor(threads) as pool:
        # A stretch at a time, so that the coded pictures are never all in memory.
        while stretch := list(islice(encoded, 256)):
            pictures += pool.map(_decode, stretch)
        films = [path for path in paths if path.suffix.lower() in _FILM_SUFFIXES]
        for path, frames in zip(films, pool.map(lambda path: list(film_frames(path, every=every)), films), strict=True):
            pictures += [Picture(path.name, frame) for frame in frames]
    pictures = [picture for picture in pictures if min(picture.rgb.shape[:2]) >= _SMALLEST]
    if not pictures:
        raise StudioError(f"There are no pictures or films in {folder}; name a folder with stills, tars or films.")
    return pictures


def film_frames(path: Path, *, every: int = 1, start: int = 0, count: int | None = None) -> Iterator[np.ndarray]:
    """uint8 [h, w, 3] R'G'B' of every `every`-th frame from `start` on, at most `count`. StudioError if unreadable."""
    film = cv2.VideoCapture(str(path))
    try:
        if not film.isOpened():
            raise StudioError(f"The film {path} cannot be read; take it out of the training folder.")
        index = taken = 0
        while count is None or taken < count:
            wanted = index >= start and (index - start) % every == 0
            if not film.grab():
                break
            if wanted:
                good, bgr = film.retrieve()
                if not good:
                    break
                taken += 1
                yield cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
            index += 1
    finally:
        film.release()


def find_films(folder: Path) -> list[Path]:
    """Films below `folder`, sorted. Raises StudioError where there is none."""
    check_folder(folder)
    films = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _FILM_SUFFIXES)
    if not films:
        raise StudioError(f"There is no film in {folder}; name a folder with color films (.mp4, .mov, .mkv, .webm).")
    return films


def split_held_out(pictures: Sequence[Picture], *, count: int) -> tuple[list[Picture], list[Picture]]:
    """(to learn from, held out): `count` pictures evenly spread over the list are held out for validation."""
    count = min(count, len(pictures) // 2)
    held = {int((i + 0.5) * len(pictures) / count) for i in range(count)} if count else set()
    return (
        [picture for i, picture in enumerate(pictures) if i not in held],
        [pictures[i] for i in sorted(held)],
    )


def repeated(pictures: Sequence[Picture], times: Mapping[str, int]) -> list[np.ndarray]:
    """The pictures' pixels; of those whose names begin with a key of `times` each stands there so often.

    So a small source of great variety is learned from as much as a large one. Nothing is copied.
    Raises StudioError where no picture's name begins with a key.
    """
    for name in times:
        if not any(picture.name.startswith(name) for picture in pictures):
            raise StudioError(f"No training picture is called {name}...; name others to repeat.")
    counts = (
        next((count for name, count in times.items() if picture.name.startswith(name)), 1) for picture in pictures
    )
    return [picture.rgb for picture, count in zip(pictures, counts, strict=True) for _ in range(count)]


def check_folder(folder: Path) -> None:
    """Raises StudioError where there is no such folder."""
    if not folder.is_dir():
        raise StudioError(f"There is no folder {folder}; name the folder with the training pictures.")


def _stills(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """(where, name, coded picture) of a still, or of each still in a tar; nothing for other files."""
    if path.suffix.lower() in _STILL_SUFFIXES:
        yield str(path), path.name, path.read_bytes()
    elif path.suffix.lower() == ".tar":
        try:
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.isfile() and Path(member.name).suffix.lower() in _STILL_SUFFIXES:
                        yield f"{path}:{member.name}", Path(member.name).name, tar.extractfile(member).read()
        except (tarfile.TarError, OSError) as error:
            # The library's own text runs over many lines.
            raise StudioError(f"The tar {path} is damaged; copy it again or take it away.") from error


def _decode(still: tuple[str, str, bytes]) -> Picture:
    where, name, data = still
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if bgr is None:
        raise StudioError(f"The picture {where} is damaged; take it out of the training folder.")
    return Picture(name, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
