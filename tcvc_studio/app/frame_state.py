"""What the service of pictures and its thread share: the film, what is wanted, and what is kept."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tcvc_studio.app.frame_queue import Wanted
from tcvc_studio.app.picture_store import Entry, PictureStore

if TYPE_CHECKING:
    import numpy as np

    from tcvc_studio.media.film import Film
    from tcvc_studio.media.info import FilmInfo

#: The layers that have color; "gray" is the film itself, "difference" that of two layers.
COLOR_LAYERS = ("backbone", "tcvc")
#: Pictures may be smaller than the film by these whole numbers.
DIVISORS = (1, 2, 4, 8, 16)

Colors = Callable[[str, int], "np.ndarray | None"]

#: So many invalidations are remembered for pictures that are being made meanwhile; older ones are long done.
_INVALIDATIONS = 512
_ALL = 1 << 40


@dataclass(frozen=True, slots=True)
class Task:
    """A frame to make. read_with: frames to read on the way. draft: a draft will do. serial: of the film.
    begun: by which `FrameState.keep` knows what became stale meanwhile. divisor: of the film's size."""

    frame: int
    layers: tuple[str, ...]
    read_with: tuple[int, ...]
    draft: bool
    serial: int
    begun: int
    divisor: int


class FrameState:
    """Everything under one lock. serial: counts the films, so that what was made of the last one is not shown."""

    def __init__(self, limit: int) -> None:
        self.store = PictureStore(limit)
        self.lock = threading.RLock()
        self.film: Film | None = None
        self.serial = 0
        self.colors: Colors | None = None
        self.divisor = 1
        self.difference = ("backbone", "tcvc", 4.0)
        self.broken: dict[int, str] = {}
        self.ended = False
        self._wanted: Wanted | None = None
        self._edits = 0
        self._edited: deque[tuple[int, str, int, int]] = deque(maxlen=_INVALIDATIONS)

    @property
    def info(self) -> "FilmInfo | None":
        return self.film.info if self.film is not None else None

    def set_film(self, film: "Film | None") -> None:
        with self.lock:
            self.film = film
            self.serial += 1
            self._wanted = None
            self.broken.clear()
            self.store.clear()

    def set_colors(self, colors: Colors | None) -> None:
        with self.lock:
            self.colors = colors
            self.spoil_colors()

    def spoil_colors(self) -> None:
        """Have everything that has color, or should, made again."""
        with self.lock:
            self._spoil((*COLOR_LAYERS, "difference"), 0, _ALL)

    def set_detail(self, divisor: int) -> bool:
        with self.lock:
            changed, self.divisor = divisor != self.divisor, divisor
            return changed

    def set_difference(self, left: str, right: str, gain: float) -> bool:
        with self.lock:
            changed = (left, right, gain) != self.difference
            if changed:
                self.difference = (left, right, gain)
                self._spoil(("difference",), 0, _ALL)
            return changed

    def invalidate(self, layer: str, start: int, stop: int) -> None:
        with self.lock:
            self._spoil((layer, "difference"), start, stop)

    def request(self, frame: int, layers: tuple[str, ...], ahead: int | Sequence[int], draft: bool) -> bool:
        with self.lock:
            if self.film is None or not 0 <= frame < self.film.info.frames:
                self._wanted = None
                return False
            last = self.film.info.frames
            frames = range(frame + 1, frame + 1 + ahead) if isinstance(ahead, int) else ahead
            upcoming = [n for n in frames if 0 <= n < last and n != frame]
            self._wanted = Wanted(frame, layers, tuple(upcoming[: self._room(len(layers))]), draft)
            self.broken.pop(frame, None)
            there = all(self.found(frame, layer) is not None for layer in layers)
            if not all(self.is_done(frame, layer) for layer in layers):
                # It may have color by now.
                self.store.mark_stale(layers, frame, frame + 1)
            return there

    def found(self, frame: int, layer: str) -> Entry | None:
        """The entry of the wanted size, else of the nearest."""
        wanted = self.divisor
        for divisor in sorted(DIVISORS, key=lambda d: (d != wanted, d > wanted, abs(d - wanted))):
            entry = self.store.get((layer, frame, divisor))
            if entry is not None:
                return entry
        return None

    def is_done(self, frame: int, layer: str) -> bool:
        """Whether there is nothing better to be had of a picture."""
        entry = self.store.get((layer, frame, self.divisor))
        return entry is not None and not entry.stale and entry.colored

    def next_task(self) -> "Task | None":
        """What to make now."""
        with self.lock:
            wanted = self._wanted
            if self.ended or self.film is None or wanted is None:
                return None
            frame = wanted.next(lambda n: n not in self.broken and self._is_missing(n, wanted))
            if frame is None:
                return None
            return Task(
                frame, wanted.layers, wanted.read_with(frame), wanted.draft, self.serial, self._edits, self.divisor
            )

    def keep(self, key: tuple[str, int, int], entry: Entry, task: "Task") -> None:
        """Keep what was made, unless the film is another by now."""
        with self.lock:
            if task.serial != self.serial:
                return
            layer, frame, _ = key
            if any(n > task.begun and layer == of and start <= frame < stop for n, of, start, stop in self._edited):
                entry = replace(entry, stale=True)
            self.store.put(key, entry)

    def end(self) -> None:
        with self.lock:
            self.ended = True
            self.film = None

    def _is_missing(self, frame: int, wanted: Wanted) -> bool:
        # A draft made at play is made properly when the film stands at it.
        drafts = wanted.draft or frame != wanted.frame
        entries = (self.store.get((layer, frame, self.divisor)) for layer in wanted.layers)
        return any(entry is None or not entry.serves(draft=drafts) for entry in entries)

    def _spoil(self, layers: tuple[str, ...], start: int, stop: int) -> None:
        self._edits += 1
        for layer in layers:
            self._edited.append((self._edits, layer, start, stop))
        self.store.mark_stale(layers, start, stop)

    def _room(self, layers: int) -> int:
        """How many frames may be read ahead: they take half the memory at most."""
        info = self.film.info
        pixels = info.width * info.height
        luma = pixels * (1 if info.format.depth == 8 else 2)
        return max(1, self.store.limit // 2 // (luma + layers * 4 * pixels // self.divisor**2 + 1))
