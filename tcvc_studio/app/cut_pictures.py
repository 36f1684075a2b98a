"""The very frames around cuts as small pictures, made in the background when they are looked at.

Thumbnails give the nearest picture there is; beside a cut that would show the wrong shot.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    from tcvc_studio.media.film import Film

#: The largest picture.
SIZE = (256, 144)
#: Pictures kept, the last looked at; about 50 MiB.
KEPT = 360


class CutPictures(QObject):
    """Pictures of single frames, no larger than SIZE. changed: another one is there."""

    changed = Signal()
    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = _State()
        self._thread = QThread(self)
        self._thread.setObjectName("cut pictures")
        self._worker = _Worker(self._state)
        self._worker.moveToThread(self._thread)
        self._wake.connect(self._worker.work, Qt.ConnectionType.QueuedConnection)
        self._worker.made.connect(self._on_made)
        self._thread.start(QThread.Priority.LowPriority)

    def set_film(self, film: "Film | None") -> None:
        """Take pictures from another film, which is opened anew for the thread, or from none."""
        self._state.set_film(film)
        self._wake.emit()

    @Slot(object)
    def want(self, frames: Iterable[int]) -> None:
        """The frames that are looked at; what was wanted before and is not there yet is given up."""
        if self._state.want(tuple(frames)):
            self._wake.emit()

    def picture(self, frame: int) -> QImage | None:
        """The picture of a frame if it is there; it makes none."""
        return self._state.image(frame)

    def close(self) -> None:
        """End the thread and close the film."""
        self._state.end()
        self._thread.quit()
        self._thread.wait()
        self._worker.close()

    @Slot(int)
    def _on_made(self, serial: int) -> None:
        if serial == self._state.serial:
            self.changed.emit()


class _State:
    """What the service and its thread share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._images: OrderedDict[int, QImage | None] = OrderedDict()
        self._wanted: tuple[int, ...] = ()
        self._film: Film | None = None
        self.serial = 0
        self.ended = False

    def set_film(self, film: "Film | None") -> None:
        with self._lock:
            self._film = film
            self.serial += 1
            self._images.clear()
            self._wanted = ()

    def want(self, frames: tuple[int, ...]) -> bool:
        """True where one of them is missing."""
        with self._lock:
            if self._film is None:
                return False
            count = self._film.info.frames
            # More than are kept would push each other out for ever.
            self._wanted = tuple(frame for frame in frames if 0 <= frame < count)[:KEPT]
            return any(frame not in self._images for frame in self._wanted)

    def image(self, frame: int) -> QImage | None:
        with self._lock:
            found = self._images.get(frame)
            if found is not None:
                self._images.move_to_end(frame)
            return found

    def copy_of_film(self, serial: int) -> "tuple[Film | None, int]":
        """The film anew, unless it is still the one of `serial`; None then, or where there is none."""
        with self._lock:
            if serial == self.serial or self._film is None:
                return None, self.serial
            return self._film.reopen(), self.serial

    def next(self, serial: int) -> int | None:
        """A wanted frame that is missing."""
        with self._lock:
            if self.ended or serial != self.serial:
                return None
            return next((frame for frame in self._wanted if frame not in self._images), None)

    def put(self, frame: int, image: QImage | None, serial: int) -> None:
        """image: None where the frame does not decode; it is not tried again."""
        with self._lock:
            if serial != self.serial:
                return
            self._images[frame] = image
            while len(self._images) > KEPT:
                self._images.popitem(last=False)

    def end(self) -> None:
        with self._lock:
            self.ended = True
            self._film = None


class _Worker(QObject):
    """Lives in the thread."""

    made = Signal(int)

    def __init__(self, state: _State) -> None:
        super().__init__()
        self._state = state
        self._film: Film | None = None
        self._serial = 0

    @Slot()
    def work(self) -> None:
        """Make what is wanted and missing."""
        film, serial = self._state.copy_of_film(self._serial)
        if serial != self._serial:
            self.close()
            self._film, self._serial = film, serial
        while self._film is not None and (frame := self._state.next(serial)) is not None:
            self._state.put(frame, self._picture(frame), serial)
            self.made.emit(serial)

    def close(self) -> None:
        """Close the film; called when the thread has ended, too."""
        if self._film is not None:
            self._film.close()
            self._film = None

    def _picture(self, frame: int) -> QImage | None:
        from tcvc_studio.engine.preview import fitted_size, gray_picture

        info = self._film.info
        try:
            picture = gray_picture(self._film.frame(frame).luma, info, size=fitted_size(info, SIZE))
        except (StudioError, OSError):
            # The viewer says what is wrong with it when it is looked at.
            return None
        height, width = picture.shape[:2]
        # A copy of its own: numpy's memory would be kept by nobody.
        return QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
