"""Finished chroma, frame by frame, out of the pieces that hold it."""

from bisect import bisect_right

import numpy as np

from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.pieces import Piece, Pieces


class StoredColor:
    """The chroma of a job's frames from the cache: the mean over the ensemble's interval lengths (section 3.3).

    Immutable, so that any thread may ask it.
    """

    def __init__(self, pieces: Pieces, cache: ChromaCache) -> None:
        self._plans = pieces
        self._firsts = [[piece.interval.first for piece in plan] for plan in pieces]
        self._cache = cache

    @property
    def pieces(self) -> Pieces:
        return self._plans

    def places(self, number: int) -> list[tuple[Piece, int]]:
        """The pieces that hold a frame, and its index in each."""
        places = []
        for plan, firsts in zip(self._plans, self._firsts, strict=True):
            piece = plan[bisect_right(firsts, number) - 1]
            places.append((piece, number - piece.interval.first))
        return places

    def ab(self, number: int) -> np.ndarray:
        """Float32 [2, h, w], Lab units, of a finished frame at working size, upright (as the film is shown).

        Raises KeyError with the key of what is not in the cache.
        """
        found = [self._cache.get(piece.key, index) for piece, index in self.places(number)]
        return found[0] if len(found) == 1 else np.mean(found, axis=0)


def turned_as_coded(ab: np.ndarray, rotation: int) -> np.ndarray:
    """Chroma [2, h, w] that lies as the film is shown, turned to lie as its planes are coded.

    rotation: of FilmInfo, degrees counterclockwise by which a player turns the picture.
    """
    return np.ascontiguousarray(np.rot90(ab, -rotation // 90 % 4, axes=(-2, -1))) if rotation else ab
