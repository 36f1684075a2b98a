"""Pictures of a film for the screen, made in a thread of their own and kept in memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from tcvc_studio.app.frame_state import COLOR_LAYERS, DIVISORS, Colors, FrameState
from tcvc_studio.app.frame_worker import FrameWorker

if TYPE_CHECKING:
    from tcvc_studio.media.film import Film
    from tcvc_studio.media.info import FilmInfo

#: All layers there are; "gray" is the film itself, "difference" that of two layers.
LAYERS = ("gray", *COLOR_LAYERS, "difference")


class FrameService(QObject):
    """Makes and keeps the pictures of a film's layers: "gray", "backbone", "tcvc", and "difference".

    Where a layer has no color yet its picture is gray, and `is_colored` says so. All layers of a frame are there
    before `ready` tells of it, so that pictures side by side are of one frame.

    ready: a frame's pictures were made. failed: a frame could not be, and why in a sentence.
    """

    ready = Signal(int)
    failed = Signal(int, str)
    _wake = Signal()

    def __init__(self, parent: QObject | None = None, *, limit: int = 512 << 20) -> None:
        """limit: bytes of memory that pictures and planes may take."""
        super().__init__(parent)
        self._state = FrameState(limit)
        self._thread = QThread(self)
        self._thread.setObjectName("frames")
        self._worker = FrameWorker(self._state)
        self._worker.moveToThread(self._thread)
        self._wake.connect(self._worker.work, Qt.ConnectionType.QueuedConnection)
        self._worker.ready.connect(self._on_ready)
        self._worker.failed.connect(self._on_failed)
        self._worker.can_color.connect(self._on_can_color)
        self._thread.start()

    @property
    def info(self) -> "FilmInfo | None":
        """Of the film, None where there is none."""
        return self._state.info

    @property
    def bytes_kept(self) -> int:
        """Memory that pictures and planes take now."""
        return self._state.store.size

    def set_film(self, film: "Film | None") -> None:
        """Show another film. The service reads a copy of its own (`Film.reopen`) and closes it."""
        self._state.set_film(film)
        self._wake.emit()

    def set_colors(self, colors: Colors | None) -> None:
        """Where a layer's color comes from: a function of layer and frame number, called in the decoding thread.

        It returns a and b, float32 [2, h, w] in Lab units, upright, or None where there is no color yet.
        """
        self._state.set_colors(colors)
        self._wake.emit()

    def set_detail(self, divisor: int) -> None:
        """How much smaller than the film pictures may be made from now on. Raises ValueError for none of DIVISORS."""
        if divisor not in DIVISORS:
            raise ValueError(f"pictures are made at 1/1, 1/2, ... 1/16 of the film's size, not at 1/{divisor}")
        if self._state.set_detail(divisor):
            self._wake.emit()

    def set_difference(self, left: str, right: str, *, gain: float) -> None:
        """Of which layers "difference" is the difference, and how often it is multiplied."""
        if self._state.set_difference(left, right, gain):
            self._wake.emit()

    def request(
        self, frame: int, layers: Sequence[str], *, ahead: int | Sequence[int] = 0, draft: bool = False
    ) -> bool:
        """Ask for a frame's layers; what was asked for before and is not made yet is given up.

        ahead: how many of the frames after it to make too, or the very frames, in the order they come due.
        draft: pictures for play will do, which are quicker to make; a frame asked for without is made properly.
        Returns whether the pictures are all there already; if not, `ready` or `failed` will come.
        """
        there = self._state.request(frame, tuple(layers), ahead, draft)
        self._wake.emit()
        return there

    def picture(self, frame: int, layer: str) -> QImage | None:
        """The picture of a frame's layer if it is there, of any size, its format RGB32. The size at which it is to be
        drawn is `engine.preview.display_size`."""
        entry = self._state.found(frame, layer)
        return entry.content if entry is not None else None

    def is_colored(self, frame: int, layer: str) -> bool:
        """Whether the layer's picture is there with its color."""
        entry = self._state.found(frame, layer)
        return entry is not None and entry.colored

    def failure(self, frame: int) -> str | None:
        """Why a frame could not be made, if it could not."""
        return self._state.broken.get(frame)

    def invalidate(self, layer: str, start: int, stop: int) -> None:
        """A layer's color of frames start, ..., stop - 1 is another now. Old pictures are given out until new ones are
        made, which happens at once for the frames that are wanted."""
        self._state.invalidate(layer, start, stop)
        self._wake.emit()

    def close(self) -> None:
        """End the thread and close the film."""
        self._state.end()
        self._thread.quit()
        self._thread.wait()
        self._worker.close()
        self._state.store.clear()

    @Slot()
    def _on_can_color(self) -> None:
        self._state.spoil_colors()
        self._wake.emit()

    @Slot(int, int)
    def _on_ready(self, serial: int, frame: int) -> None:
        if serial == self._state.serial:
            self.ready.emit(frame)

    @Slot(int, int, str)
    def _on_failed(self, serial: int, frame: int, text: str) -> None:
        if serial == self._state.serial:
            self.failed.emit(frame, text)
