"""The sink that writes a film: chroma joined to the film's own luma, and on to an encoder."""

import queue
import threading
from pathlib import Path

import numpy as np
from torch import Tensor

from tcvc_studio.color.compose import compose
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.encode import Encoder
from tcvc_studio.media.info import Frame, Picture

_AHEAD = 4


class ExportSink:
    """Composes in the caller's thread and encodes in one of its own.

    source: coding of the film's planes. Where it and the encoder's planes agree in depth and range, Y is written as it
    was read, and each frame is checked for it.
    Leaving the context by an exception, or without `finish`, removes what was written.
    """

    def __init__(self, encoder: Encoder, *, source: PlaneFormat, edge_aware: bool = True) -> None:
        self._encoder = encoder
        self._source = source
        self._target = encoder.format
        self._edge_aware = edge_aware
        self._same_luma = (source.depth, source.range) == (self._target.depth, self._target.range)
        self._pictures: queue.Queue = queue.Queue(maxsize=_AHEAD)
        self._error: BaseException | None = None
        self._finished = False
        self._thread = threading.Thread(target=self._encode, name="encode", daemon=True)

    def __enter__(self) -> "ExportSink":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            self._end()
            self._encoder.abort()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the result cannot carry over from the film."""
        return self._encoder.notes

    def write(self, frame: Frame, ab: Tensor) -> None:
        """Compose and hand on one frame. Raises what the encoder raised at an earlier one."""
        planes = compose(frame.luma, ab, source=self._source, target=self._target, edge_aware=self._edge_aware)
        if self._same_luma and not np.array_equal(planes.y, frame.luma):
            raise StudioError(f"Frame {frame.number} would change its luma; the export was stopped; please report it.")
        self._hand_on((Picture(planes.y, planes.cb, planes.cr), frame.number))

    def finish(self) -> Path:
        """Wait for the encoder and complete the file. Returns its final name; raises what the encoder raises."""
        self._end()
        if self._error is not None:
            raise self._error
        path = self._encoder.finish()
        self._finished = True
        return path

    def _hand_on(self, item: tuple[Picture, int] | None) -> None:
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._pictures.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def _end(self) -> None:
        if self._thread.is_alive():
            while self._thread.is_alive():
                try:
                    self._pictures.put(None, timeout=0.1)
                    break
                except queue.Full:
                    continue
            self._thread.join()

    def _encode(self) -> None:
        try:
            while (item := self._pictures.get()) is not None:
                self._encoder.write(*item)
        except BaseException as error:
            self._error = error
