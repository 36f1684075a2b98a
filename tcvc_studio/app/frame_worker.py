"""The thread that decodes a film and draws its pictures."""

import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from tcvc_studio.app.frame_state import FrameState, Task
from tcvc_studio.app.luma_reader import LumaReader
from tcvc_studio.app.picture_store import Entry
from tcvc_studio.app.torch_loading import is_torch_loaded, load_torch
from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    import numpy as np

_LUMA = "luma"


class FrameWorker(QObject):
    """Lives in the decoding thread. Its signals carry the film's serial first."""

    ready = Signal(int, int)
    failed = Signal(int, int, str)
    can_color = Signal()

    def __init__(self, state: FrameState) -> None:
        super().__init__()
        self._state = state
        self._reader: LumaReader | None = None
        self._serial = -1
        self._loader: threading.Thread | None = None

    @Slot()
    def work(self) -> None:
        """Make what is wanted until it is all there."""
        while True:
            serial = self._follow_film()
            task = self._state.next_task()
            if task is None or self._reader is None:
                return
            if task.serial != serial:
                continue
            try:
                self._make(task)
            except StudioError as error:
                self._fail(task, str(error))
            except Exception as error:
                what = f"Frame {task.frame} could not be drawn ({type(error).__name__}: {error}): go on with another."
                self._fail(task, what)
            else:
                self.ready.emit(serial, task.frame)

    def close(self) -> None:
        """Called when the thread has ended."""
        if self._loader is not None:
            self._loader.join()
        self._close_film()

    def _close_film(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _follow_film(self) -> int:
        with self._state.lock:
            serial, film = self._state.serial, self._state.film
            copy = film.reopen() if film is not None and serial != self._serial else None
        if serial != self._serial or film is None:
            self._close_film()
            self._reader = LumaReader(copy) if copy is not None else None
            self._serial = serial
        return serial

    def _fail(self, task: Task, text: str) -> None:
        with self._state.lock:
            if task.serial == self._state.serial:
                self._state.broken[task.frame] = text
        self.failed.emit(task.serial, task.frame, text)

    def _make(self, task: Task) -> None:
        made: dict[str, Entry] = {}
        for layer in task.layers:
            self._layer(task, layer, made)

    def _layer(self, task: Task, layer: str, made: dict[str, Entry]) -> Entry:
        """A layer's picture, kept from before or made."""
        key = (layer, task.frame, task.divisor)
        entry = made.get(layer) or self._state.store.get(key)
        if entry is None or not entry.serves(draft=task.draft):
            if layer == "difference":
                entry = self._difference(task, made)
            elif layer == "gray":
                entry = self._gray(task)
            else:
                entry = self._colored(task, layer)
            self._state.keep(key, entry, task)
        made[layer] = entry
        return entry

    def _difference(self, task: Task, made: dict[str, Entry]) -> Entry:
        from tcvc_studio.engine.preview import difference_picture

        left, right, gain = self._state.difference
        pair = [self._layer(task, layer, made) for layer in (left, right)]
        picture = difference_picture(*(_pixels(entry.content) for entry in pair), gain=gain)
        return replace(
            _entry(picture), colored=all(entry.colored for entry in pair), stale=any(entry.stale for entry in pair),
            draft=any(entry.draft for entry in pair),
        )  # fmt: skip

    def _gray(self, task: Task) -> Entry:
        from tcvc_studio.engine.preview import gray_picture, proxy_size

        info = self._reader.info
        return _entry(gray_picture(self._luma(task), info, size=proxy_size(info, task.divisor)))

    def _colored(self, task: Task, layer: str) -> Entry:
        ab = self._color(layer, task.frame, task.serial)
        if ab is None or not self._can_color():
            gray = self._state.store.get(("gray", task.frame, task.divisor)) or self._gray(task)
            return replace(gray, colored=False, stale=False)
        from tcvc_studio.engine.preview import color_picture, proxy_size

        info = self._reader.info
        size = proxy_size(info, task.divisor)
        return replace(_entry(color_picture(self._luma(task), ab, info, size=size, draft=task.draft)), draft=task.draft)

    def _can_color(self) -> bool:
        """Whether what color needs is loaded. It takes seconds the first time, in which pictures are gray: the thread
        that draws them must not wait."""
        if is_torch_loaded():
            return True
        if self._loader is None:
            self._loader = threading.Thread(target=self._load, name="frames' torch", daemon=True)
            self._loader.start()
        return False

    def _load(self) -> None:
        load_torch()
        self.can_color.emit()

    def _color(self, layer: str, frame: int, serial: int) -> "np.ndarray | None":
        colors = self._state.colors
        if colors is None:
            return None
        try:
            return colors(layer, frame)
        except Exception as error:
            # Gray is worth more than nothing.
            what = str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
            self.failed.emit(serial, frame, f"The color of frame {frame} could not be read ({what}).")
            return None

    def _luma(self, task: Task) -> "np.ndarray":
        kept = self._state.store.get((_LUMA, task.frame, 1))
        if kept is not None:
            return kept.content
        for frame in task.read_with:
            if self._state.store.get((_LUMA, frame, 1)) is None:
                # What is wrong with it is said when it is its turn.
                with suppress(StudioError):
                    self._read(frame, task)
        return self._read(task.frame, task)

    def _read(self, frame: int, task: Task) -> "np.ndarray":
        luma = self._reader.luma(frame)
        self._state.keep((_LUMA, frame, 1), Entry(luma, luma.nbytes), task)
        return luma


def _entry(picture: "np.ndarray") -> Entry:
    height, width = picture.shape[:2]
    # The image keeps the array alive.
    image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return Entry(image, picture.nbytes)


def _pixels(image: QImage) -> "np.ndarray":
    import numpy as np

    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
