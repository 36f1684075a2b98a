"""A film's luma planes by number, for one thread: read ahead where pictures are asked for one after the other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tcvc_studio.media.film import Film
    from tcvc_studio.media.info import FilmInfo, Frame


class LumaReader:
    """Reads a film of its own and closes it.

    A video's decoder goes on by itself; pictures of a sequence decode one by one, and only `Film.frames` has several of
    them in work at once.
    """

    def __init__(self, film: "Film") -> None:
        self._film = film
        self._frames: Iterator[Frame] | None = None
        self._next = -1

    @property
    def info(self) -> "FilmInfo":
        """Of the film."""
        return self._film.info

    def luma(self, number: int) -> "np.ndarray":
        """The Y plane as coded. Raises StudioError where it does not decode."""
        follows = number == self._next
        self._next = number + 1
        if self.info.kind != "sequence":
            return self._film.frame(number).luma
        if not follows:
            self._stop()
            return self._film.frame(number).luma
        if self._frames is None:
            self._frames = self._film.frames(number)
        try:
            return next(self._frames).luma
        except BaseException:
            self._stop()
            raise

    def close(self) -> None:
        """Close the film."""
        self._stop()
        self._film.close()

    def _stop(self) -> None:
        if self._frames is not None:
            self._frames.close()
            self._frames = None
