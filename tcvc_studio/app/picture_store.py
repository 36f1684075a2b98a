"""Pictures and luma planes kept in memory, bounded in bytes; what was used longest ago goes first."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

#: What is kept of a frame: (layer, frame, divisor).
Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """content: an image or a plane, never written to again. size: in bytes. colored: it has the color its layer is to
    have. stale: to be made again; shown meanwhile. draft: good enough while the film plays."""

    content: Any
    size: int
    colored: bool = True
    stale: bool = False
    draft: bool = False

    def serves(self, *, draft: bool) -> bool:
        """Whether there is no need to make it again. draft: whether a draft will do."""
        return not self.stale and (draft or not self.draft)


class PictureStore:
    """Safe for use by several threads. limit: in bytes; what alone is larger is kept while nothing else is put."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """In bytes."""
        return self._limit

    @property
    def size(self) -> int:
        """Bytes kept."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Entry | None:
        """What is kept under a key; it now is the most recently used."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Keep something in the place of what was there, at the cost of what was used longest ago."""
        with self._lock:
            self._drop(key)
            self._entries[key] = entry
            self._size += entry.size
            while self._size > self._limit and len(self._entries) > 1:
                self._drop(next(iter(self._entries)))

    def mark_stale(self, layers: Iterable[str], start: int, stop: int) -> None:
        """Have entries of frames start, ..., stop - 1 made again when they are next asked for."""
        wanted = frozenset(layers)
        with self._lock:
            for key, entry in self._entries.items():
                if key[0] in wanted and start <= key[1] < stop and not entry.stale:
                    self._entries[key] = replace(entry, stale=True)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size
