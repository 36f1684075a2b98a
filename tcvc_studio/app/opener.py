"""Opening a film without holding the window up: indexed and fingerprinted in a thread that can be told to stop."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.film import Film, open_film


@dataclass(frozen=True, slots=True)
class OpenedFilm:
    """A film ready to work on. film: open; whoever takes it closes it. fingerprint: of its content.

    Whether the film is interlaced is in `film.info.interlaced`, and `film.info.notes` says so in words: the window
    asks before it goes on.
    """

    film: Film
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Wish:
    path: Path
    rate: Fraction | None
    cancelled: Event


class FilmOpener(QObject):
    """Opens one film at a time; asking for another gives the one before up.

    progress: bytes or pictures looked at and all of them, 0 where that is not known.
    opened: an OpenedFilm. failed: one sentence. After `cancel` neither comes.
    """

    progress = Signal(object, object)
    opened = Signal(object)
    failed = Signal(str)
    _wished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: _Wish | None = None
        self._thread = QThread(self)
        self._thread.setObjectName("opener")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._wished.connect(self._worker.open, Qt.ConnectionType.QueuedConnection)
        self._worker.progress.connect(self._on_progress)
        self._worker.done.connect(self._on_done)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a film is being opened."""
        return self._current is not None

    def open(self, path: str | Path, rate: Fraction | None = None) -> None:
        """Begin to open a film; rate as `media.film.open_film` takes it."""
        self.cancel()
        self._current = _Wish(Path(path), rate, Event())
        self.progress.emit(0, 0)
        self._wished.emit(self._current)

    @Slot()
    def cancel(self) -> None:
        """Give up what is being opened, if anything."""
        if self._current is not None:
            self._current.cancelled.set()
            self._current = None

    def close(self) -> None:
        """End the thread."""
        self.cancel()
        self._thread.quit()
        self._thread.wait()
        # What was opened and not yet taken would stay open.
        self._worker.drop()

    @Slot(object, object, object)
    def _on_progress(self, wish: _Wish, done: int, total: int) -> None:
        if wish is self._current:
            self.progress.emit(done, total)

    @Slot(object, object)
    def _on_done(self, wish: _Wish, result: OpenedFilm | str) -> None:
        self._worker.taken(result)
        if wish is not self._current:
            if isinstance(result, OpenedFilm):
                result.film.close()
            return
        self._current = None
        if isinstance(result, OpenedFilm):
            self.opened.emit(result)
        else:
            self.failed.emit(result)


class _Worker(QObject):
    progress = Signal(object, object, object)
    done = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[OpenedFilm] = []

    @Slot(object)
    def open(self, wish: _Wish) -> None:
        try:
            result = self._opened(wish)
        except Cancelled:
            return
        except StudioError as error:
            result = str(error)
        except Exception as error:
            result = f"{wish.path.name} could not be opened ({type(error).__name__}: {error}): check the file."
        if isinstance(result, OpenedFilm):
            self._waiting.append(result)
        self.done.emit(wish, result)

    def taken(self, result: object) -> None:
        """Somebody else closes it now."""
        if result in self._waiting:
            self._waiting.remove(result)

    def drop(self) -> None:
        """Close what nobody took."""
        for opened in self._waiting:
            opened.film.close()
        self._waiting.clear()

    def _opened(self, wish: _Wish) -> OpenedFilm:
        from tcvc_studio.engine.fingerprint import film_fingerprint

        told = [-1.0]

        def progress(done: int, total: int) -> None:
            if wish.cancelled.is_set():
                raise Cancelled
            # A hundred signals are as good as a million.
            share = done / total if total else 0.0
            if abs(share - told[0]) >= 0.01:
                told[0] = share
                self.progress.emit(wish, done, total)

        progress(0, 0)
        film = open_film(wish.path, rate=wish.rate, progress=progress)
        try:
            return OpenedFilm(film, film_fingerprint(film, progress=progress))
        except BaseException as error:
            film.close()
            if isinstance(error, OSError):
                raise StudioError(
                    f"{wish.path.name} cannot be read ({error.strerror}): check its permissions and its disk."
                ) from None
            raise
