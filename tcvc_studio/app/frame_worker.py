"""The thread that decodes a film and draws its pictures."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from tcvc_studio.app.frame_state import FrameState
from tcvc_studio.app.luma_reader import LumaReader
from tcvc_studio.app.picture_store import Entry
from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    import numpy as np

_LUMA = "luma"


class FrameWorker(QObject):
    """Lives in the decoding thread. Its signals carry the film's serial first."""

    ready = Signal(int, int)
    failed = Signal(int, int, str)

    def __init__(self, state: FrameState) -> None:
        super().__init__()
        self._state = state
        self._reader: LumaReader | None = None
        self._serial = -1

    @Slot()
    def work(self) -> None:
        """Make what is wanted until it is all there."""
        while True:
            serial = self._follow_film()
            task = self._state.next_frame()
            if task is None or self._reader is None:
                return
            frame, layers = task
            try:
                self._make(frame, layers, serial)
            except StudioError as error:
                self._fail(serial, frame, str(error))
            except Exception as error:
                what = f"Frame {frame} could not be drawn ({type(error).__name__}: {error}): go on with another."
                self._fail(serial, frame, what)
            else:
                self.ready.emit(serial, frame)

    def close(self) -> None:
        """Called when the thread has ended."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _follow_film(self) -> int:
        with self._state.lock:
            serial, film = self._state.serial, self._state.film
            copy = film.reopen() if film is not None and serial != self._serial else None
        if serial != self._serial or film is None:
            self.close()
            self._reader = LumaReader(copy) if copy is not None else None
            self._serial = serial
        return serial

    def _fail(self, serial: int, frame: int, text: str) -> None:
        with self._state.lock:
            if serial == self._state.serial:
                self._state.broken[frame] = text
        self.failed.emit(serial, frame, text)

    def _make(self, frame: int, layers: tuple[str, ...], serial: int) -> None:
        begun, divisor = self._state.begin(), self._state.divisor
        made: dict[str, Entry] = {}
        for layer in layers:
            entry = self._state.store.get((layer, frame, divisor))
            if entry is None or entry.stale:
                entry = self._layer(frame, layer, divisor, serial, begun, made)
            made[layer] = entry

    def _layer(
        self, frame: int, layer: str, divisor: int, serial: int, begun: int, made: dict[str, Entry]
    ) -> Entry:
        if layer == "difference":
            entry = self._difference(frame, divisor, serial, begun, made)
        elif layer == "gray":
            entry = self._gray(frame, divisor, serial)
        else:
            entry = self._colored(frame, layer, divisor, serial)
        self._state.keep((layer, frame, divisor), entry, serial=serial, begun=begun)
        return entry

    def _difference(self, frame: int, divisor: int, serial: int, begun: int, made: dict[str, Entry]) -> Entry:
        from tcvc_studio.engine.preview import difference_picture

        left, right, gain = self._state.difference
        pair = []
        for layer in (left, right):
            entry = made.get(layer) or self._state.store.get((layer, frame, divisor))
            if entry is None or entry.stale:
                entry = self._layer(frame, layer, divisor, serial, begun, made)
            made[layer] = entry
            pair.append(entry)
        picture = difference_picture(*(_pixels(entry.content) for entry in pair), gain=gain)
        return _entry(picture, colored=all(entry.colored for entry in pair))

    def _gray(self, frame: int, divisor: int, serial: int) -> Entry:
        from tcvc_studio.engine.preview import gray_picture, proxy_size

        info = self._reader.info
        return _entry(gray_picture(self._luma(frame, serial), info, size=proxy_size(info, divisor)))

    def _colored(self, frame: int, layer: str, divisor: int, serial: int) -> Entry:
        ab = self._color(layer, frame, serial)
        if ab is None:
            gray = self._state.store.get(("gray", frame, divisor))
            return replace(gray if gray is not None else self._gray(frame, divisor, serial), colored=False, stale=False)
        from tcvc_studio.engine.preview import color_picture, proxy_size

        info = self._reader.info
        return _entry(color_picture(self._luma(frame, serial), ab, info, size=proxy_size(info, divisor)))

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

    def _luma(self, frame: int, serial: int) -> "np.ndarray":
        kept = self._state.store.get((_LUMA, frame, 1))
        if kept is not None:
            return kept.content
        luma = self._reader.luma(frame)
        self._state.keep((_LUMA, frame, 1), Entry(luma, luma.nbytes), serial=serial, begun=self._state.begin())
        return luma


def _entry(picture: "np.ndarray", *, colored: bool = True) -> Entry:
    height, width = picture.shape[:2]
    # The image keeps the array alive.
    image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return Entry(image, picture.nbytes, colored)


def _pixels(image: QImage) -> "np.ndarray":
    import numpy as np

    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
