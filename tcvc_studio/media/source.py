"""What every kind of film can do, whatever it is kept in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import FilmInfo, Frame

#: Endings of the kinds of picture a sequence is made of.
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dpx", ".exr"})


class Film(ABC):
    """Frames of a film, exact by number. Used by one thread; another thread takes `reopen`. Close it, or use `with`.

    Luma comes as coded: the Y plane untouched, uint8 for 8 bits, else uint16 with the value in the low bits, at the
    depth, range and size `info` tells, before rotation and sample aspect ratio. A frame that does not decode raises a
    StudioError with its number and time, never is it skipped.
    """

    def __init__(self, info: FilmInfo) -> None:
        self._info = info

    @property
    def info(self) -> FilmInfo:
        """What is known of the film."""
        return self._info

    @abstractmethod
    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames start, ..., stop - 1 in order, with a decoder of their own that is freed when the iterator ends or is
        dropped. Raises StudioError for a range outside the film and for a frame that does not decode."""

    @abstractmethod
    def frame(self, number: int) -> Frame:
        """One frame. Cheap when it is the one after the last asked for. Raises StudioError."""

    @abstractmethod
    def rgb(self, number: int) -> np.ndarray:
        """The color picture of a frame, R'G'B' by the film's own matrix: uint16 [height, width, 3], 0..65535."""

    def near(self, number: int) -> int:
        """The last frame not after `number` that is as cheap to reach as any; for a sequence the frame itself."""
        return self._checked(number)

    @abstractmethod
    def reopen(self) -> "Film":
        """The same film for another thread, without probing it again."""

    @abstractmethod
    def close(self) -> None:
        """Free all containers. A closed film may be read again; it then opens them anew."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _span(self, start: int, stop: int | None) -> range:
        stop = self.info.frames if stop is None else stop
        if not 0 <= start <= stop <= self.info.frames:
            raise StudioError(
                f"{self.info.path.name} has frames 0 to {self.info.frames - 1}: {start} to {stop - 1} are not all "
                "among them."
            )
        return range(start, stop)

    def _checked(self, number: int) -> int:
        if not 0 <= number < self.info.frames:
            raise StudioError(
                f"{self.info.path.name} has frames 0 to {self.info.frames - 1}: there is no frame {number}."
            )
        return number
