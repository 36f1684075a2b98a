"""Looking for a film that has moved: by its name, then by its content, in a thread of its own."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tcvc_studio.project.model import FilmReference


@dataclass(frozen=True, slots=True)
class FoundFilm:
    """A place where the film may be. same: its content is that of the project's film."""

    path: Path
    same: bool


def fingerprint_at(path: Path) -> str | None:
    """The fingerprint of a file, or of the pictures of a pattern; None where nothing can be read."""
    from tcvc_studio.engine.fingerprint import file_fingerprint, sequence_fingerprint

    try:
        if "%" not in path.name:
            return file_fingerprint(path)
        from tcvc_studio.media.numbering import list_sequence

        listing = list_sequence(path)
        numbers = range(listing.first, listing.first + listing.count)
        return sequence_fingerprint(listing.numbering.file(number) for number in numbers)
    except Exception:
        # Whatever is wrong with a file in a folder that is searched: it is not the film.
        return None


def search(
    folder: Path, film: FilmReference, *, stop: Callable[[], bool], fingerprint: Callable[[Path], str | None]
) -> Iterator[FoundFilm]:
    """Places below a folder where the film may be: of its name first, same or not; then the same under another name.

    stop: asked for each file. A folder that may not be read is passed by.
    """
    pattern = "%" in film.path.name
    others: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        if pattern:
            candidate = Path(place) / film.path.name
            if film.path.name % film.first_number in names and not stop():
                yield FoundFilm(candidate, fingerprint(candidate) == film.fingerprint)
            continue
        for name in sorted(names):
            if stop():
                return
            path = Path(place) / name
            if name == film.path.name:
                yield FoundFilm(path, fingerprint(path) == film.fingerprint)
            elif path.suffix.lower() == film.path.suffix.lower():
                others.append(path)
    for path in others:
        if stop():
            return
        if fingerprint(path) == film.fingerprint:
            yield FoundFilm(path, True)


class FilmSearch(QObject):
    """Searches in the background. found: a FoundFilm. finished: how many were found, whether it was cancelled."""

    found = Signal(object)
    finished = Signal(int, bool)

    _start = Signal(object, object, object)

    def __init__(
        self, parent: QObject | None = None, *, fingerprint: Callable[[Path], str | None] = fingerprint_at
    ) -> None:
        super().__init__(parent)
        self.busy = False
        self._thread = QThread(self)
        self._thread.setObjectName("film search")
        self._worker = _Worker(fingerprint)
        self._worker.moveToThread(self._thread)
        self._start.connect(self._worker.work)
        self._worker.found.connect(self.found)
        self._worker.finished.connect(self._on_finished)
        self._thread.start()

    def start(self, film: FilmReference, *, folder: Path | None = None, path: Path | None = None) -> None:
        """Look through a folder, or at one path. Does nothing while a search goes on."""
        if not self.busy:
            self.busy = True
            self._worker.stop.clear()
            self._start.emit(film, folder, path)

    def cancel(self) -> None:
        """End the search at the next file."""
        self._worker.stop.set()

    def close(self) -> None:
        """End the thread."""
        self._worker.stop.set()
        self._thread.quit()
        self._thread.wait(2000)

    @Slot(int, bool)
    def _on_finished(self, count: int, cancelled: bool) -> None:
        self.busy = False
        self.finished.emit(count, cancelled)


class _Worker(QObject):
    found = Signal(object)
    finished = Signal(int, bool)

    def __init__(self, fingerprint: Callable[[Path], str | None]) -> None:
        super().__init__()
        self.stop = threading.Event()
        self._fingerprint = fingerprint

    @Slot(object, object, object)
    def work(self, film: FilmReference, folder: Path | None, path: Path | None) -> None:
        count = 0
        if path is not None:
            self.found.emit(FoundFilm(path, self._fingerprint(path) == film.fingerprint))
            count = 1
        elif folder is not None:
            for place in search(folder, film, stop=self.stop.is_set, fingerprint=self._fingerprint):
                self.found.emit(place)
                count += 1
        self.finished.emit(count, self.stop.is_set())
