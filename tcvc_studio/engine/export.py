"""The sink that writes a film: pictures made of its luma and color, and on to an encoder."""

import queue
import threading
from pathlib import Path

from torch import Tensor

from tcvc_studio.engine.pictures import Composer
from tcvc_studio.media.encode import Encoder
from tcvc_studio.media.info import Frame, Picture

_AHEAD = 4


class ExportSink:
    """Composes in the caller's thread and encodes in one of its own.

    composer: makes an encoder's picture of a frame and its color (`engine.pictures`).
    Leaving the context by an exception, or without `finish`, removes what was written.
    """

    def __init__(self, encoder: Encoder, composer: Composer) -> None:
        self._encoder = encoder
        self._composer = composer
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
        self._hand_on((self._composer.picture(frame, ab), frame.number))

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
