"""What is known of each pair of neighbouring frames: flicker of both layers, and confidence in the flow. Free of Qt."""

import contextlib
import os
import threading
from pathlib import Path

import numpy as np

from tcvc_studio.app.render_plan import LAYERS

#: Frames measured in one go.
CHUNK = 32
#: Divergences remembered by what they belong to, so that undo measures nothing again.
_REMEMBERED = 300_000


class CurveDesk:
    """Values by frame, each of the pair (frame - 1, frame). Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, float] = {}
        self._store: Path | None = None
        self._unsaved = False
        self.reset(0)

    def reset(self, frames: int) -> None:
        """Another film of so many frames; nothing is known of it."""
        with self._lock:
            self.frames = frames
            self._flicker = {layer: np.full(frames, np.nan, np.float32) for layer in LAYERS}
            self._dirty = {layer: np.zeros(frames, bool) for layer in LAYERS}
            self._confidence = np.full(frames, np.nan, np.float32)
            self._known.clear()
            self._store, self._unsaved = None, False

    def touch(self, layer: str, start: int, stop: int) -> None:
        """These frames have another color; the pair of the last one and the next is touched too."""
        with self._lock:
            self._dirty[layer][max(1, start) : stop + 1] = True

    def next(self, near: int) -> tuple[int, int] | None:
        """A stretch of frames to be measured, the nearest to a frame; None where there is none. It counts as done."""
        with self._lock:
            either = np.zeros(self.frames, bool)
            for dirty in self._dirty.values():
                either |= dirty
            places = np.flatnonzero(either)
            if len(places) == 0:
                return None
            nearest = start = int(places[np.argmin(np.abs(places - near))])
            while start > 0 and either[start - 1] and nearest - start < CHUNK // 2:
                start -= 1
            stop = nearest
            while stop < self.frames and either[stop] and stop - start < CHUNK:
                stop += 1
            return start, stop

    def done(self, start: int, stop: int) -> None:
        """These frames were measured, as far as they could be."""
        with self._lock:
            for dirty in self._dirty.values():
                dirty[start:stop] = False

    def needs(self, layer: str, frame: int) -> bool:
        with self._lock:
            return bool(self._dirty[layer][frame])

    def recall(self, layer: str, frame: int, pair: int) -> bool:
        """Whether the pair's divergence is known from before; then it is taken."""
        with self._lock:
            if pair not in self._known:
                return False
            self._flicker[layer][frame] = self._known[pair]
            return True

    def put(self, layer: str, frame: int, pair: int, value: float) -> None:
        """The divergence of a pair, measured now."""
        with self._lock:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[pair] = value
            self._flicker[layer][frame] = value

    def confidence_known(self, frame: int) -> bool:
        with self._lock:
            return bool(np.isfinite(self._confidence[frame]))

    def put_confidence(self, frame: int, value: float) -> None:
        with self._lock:
            self._confidence[frame] = value
            self._unsaved = True

    def values(self) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Copies of the flicker of each layer and of the confidence, nan where unknown."""
        with self._lock:
            return {layer: values.copy() for layer, values in self._flicker.items()}, self._confidence.copy()

    def load(self, path: Path) -> None:
        """Take the confidence that was kept of this film; from now on `save` writes there."""
        kept = None
        with contextlib.suppress(OSError, ValueError, EOFError):
            kept = np.load(path, allow_pickle=False)
        with self._lock:
            self._store = path
            if kept is not None and kept.shape == self._confidence.shape and kept.dtype == np.float16:
                self._confidence = kept.astype(np.float32)

    def save(self) -> None:
        """Keep the confidence, which belongs to the film alone, for another day. A disk that refuses is no loss."""
        with self._lock:
            path, values, unsaved = self._store, self._confidence.astype(np.float16), self._unsaved
            self._unsaved = False
        if path is None or not unsaved:
            return
        part = path.with_name(f".{path.name}.part-{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.save(file, values, allow_pickle=False)
            os.replace(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
