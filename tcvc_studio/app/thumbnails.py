"""Small gray pictures all over a film, made in the background: over the whole film first, finer where one looks."""

import threading
import time
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    from tcvc_studio.media.film import Film

#: The largest picture, sharp at 200 % in a row of ordinary height.
SIZE = (192, 108)
#: So many lie over the whole film, and so many more, at most, in what is looked at.
OVERALL, AROUND = 256, 256
_FIRST = 16
#: Seconds between two signals, and the longest rest between two pictures.
_TELL, _REST = 0.1, 0.05


def passes(start: int, stop: int, count: int) -> Iterator[list[int]]:
    """Frames of start, ..., stop - 1 in passes, each twice as fine as the last, until there are `count` (16 times a
    power of 2), or all. Every pass ascends, so that a decoder goes forward, and repeats nothing."""
    length = stop - start
    count = min(count, length)
    seen: set[int] = set()
    n = min(_FIRST, count)
    while length > 0 and n:
        frames = [start + i * length // n for i in range(n)]
        new = [frame for frame in frames if frame not in seen]
        seen.update(new)
        if new:
            yield new
        if n >= count:
            return
        n = min(2 * n, count)


class Thumbnails(QObject):
    """Pictures of a film no larger than SIZE, upright.

    changed: there are more of them than before; it comes ten times a second at most. progress: pictures made over the
    whole film, and all of these there will be.
    """

    changed = Signal()
    progress = Signal(int, int)
    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = _State()
        self._thread = QThread(self)
        self._thread.setObjectName("thumbnails")
        self._worker = _Worker(self._state)
        self._worker.moveToThread(self._thread)
        self._wake.connect(self._worker.work, Qt.ConnectionType.QueuedConnection)
        self._worker.told.connect(self._on_told)
        self._thread.start(QThread.Priority.LowPriority)

    def set_film(self, film: "Film | None") -> None:
        """Of another film, or of none. A copy of it is read and closed."""
        self._state.set_film(film)
        self._wake.emit()
        self.changed.emit()

    def set_focus(self, start: int, stop: int) -> None:
        """The frames that are looked at, half-open: what the timeline shows. Finer pictures are made there."""
        if self._state.set_focus(start, stop):
            self._wake.emit()

    def image(self, frame: int) -> QImage | None:
        """The picture of that frame or of the nearest one there is."""
        near = self.nearest(frame)
        return None if near is None else self._state.images.get(near)

    def nearest(self, frame: int) -> int | None:
        """Which frame `image` would show; None where there is none yet."""
        return self._state.nearest(frame)

    @Slot()
    def pause(self) -> None:
        """Leave the processor to others, play for one."""
        self._state.paused = True

    @Slot()
    def resume(self) -> None:
        """Go on."""
        self._state.paused = False
        self._wake.emit()

    def close(self) -> None:
        """End the thread and close the film."""
        self._state.end()
        self._thread.quit()
        self._thread.wait()
        self._worker.close()

    @Slot(int, int, int)
    def _on_told(self, serial: int, done: int, total: int) -> None:
        if serial == self._state.serial:
            self.changed.emit()
            self.progress.emit(done, total)


class _State:
    """What the service and its thread share. images is read by the window and written by the thread."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.film: Film | None = None
        self.serial = 0
        self.focus: tuple[int, int] | None = None
        self.images: dict[int, QImage] = {}
        self.ended = self.paused = False
        self._frames: list[int] = []
        self._around: list[int] = []

    def set_film(self, film: "Film | None") -> None:
        with self.lock:
            self.film = film
            self.serial += 1
            self.focus = None
            self.images = {}
            self._frames, self._around = [], []

    def set_focus(self, start: int, stop: int) -> bool:
        with self.lock:
            if self.film is None:
                return False
            focus = (max(0, start), min(self.film.info.frames, stop))
            changed = focus != self.focus and focus[0] < focus[1]
            if changed:
                self.focus = focus
            return changed

    def nearest(self, frame: int) -> int | None:
        with self.lock:
            if not self._frames:
                return None
            at = bisect_left(self._frames, frame)
            around = self._frames[max(0, at - 1) : at + 1]
            return min(around, key=lambda n: (abs(n - frame), n))

    def put(self, frame: int, image: QImage, *, serial: int, around: bool) -> None:
        """Keep a picture; the oldest of those made around what was looked at make room."""
        with self.lock:
            if serial != self.serial or frame in self.images:
                return
            self.images[frame] = image
            insort(self._frames, frame)
            if around:
                self._around.append(frame)
                if len(self._around) > AROUND:
                    oldest = self._around.pop(0)
                    self._frames.remove(oldest)
                    del self.images[oldest]

    def end(self) -> None:
        with self.lock:
            self.ended = True
            self.film = None
            self.serial += 1


class _Worker(QObject):
    """Lives in the thread."""

    told = Signal(int, int, int)

    def __init__(self, state: _State) -> None:
        super().__init__()
        self._state = state
        self._film: Film | None = None
        self._serial = -1
        self._overall: list[list[int]] = []
        self._failed: set[int] = set()
        self._total = self._done = 0
        self._told = 0.0

    @Slot()
    def work(self) -> None:
        """Make what is missing; comes back at once when the film or the focus is another."""
        state = self._state
        while not state.ended and not state.paused:
            serial = self._follow_film()
            if self._film is None:
                return
            if self._overall:
                # Where one looks comes after a coarse look at everything, and before the fine one.
                if self._total > _FIRST and self._done >= _FIRST and self._around(serial):
                    continue
                self._one_overall(serial)
            elif not self._around(serial):
                self._tell(serial, now=True)
                return

    def close(self) -> None:
        """Called when the thread has ended."""
        if self._film is not None:
            self._film.close()
            self._film = None

    def _follow_film(self) -> int:
        with self._state.lock:
            serial, film = self._state.serial, self._state.film
            copy = film.reopen() if film is not None and serial != self._serial else None
        if serial != self._serial:
            self.close()
            self._film, self._serial = copy, serial
            self._failed.clear()
            self._done = 0
            self._overall = list(passes(0, copy.info.frames, OVERALL))[::-1] if copy is not None else []
            self._total = sum(map(len, self._overall))
        return serial

    def _one_overall(self, serial: int) -> None:
        frames = self._overall[-1]
        frame = frames.pop(0)
        if not frames:
            self._overall.pop()
        # A key nearby is as good as the very frame, and far cheaper.
        near = self._film.near(frame)
        spacing = self._film.info.frames / OVERALL
        self._make(near if frame - near <= spacing / 2 else frame, serial, around=False)
        self._done += 1
        self._tell(serial, now=self._done == self._total)

    def _around(self, serial: int) -> bool:
        """Make one picture of what is looked at; False where none is missing."""
        focus = self._state.focus
        if focus is None:
            return False
        for frames in passes(*focus, AROUND // 2):
            for frame in frames:
                if frame not in self._state.images and frame not in self._failed:
                    self._make(frame, serial, around=True)
                    self._tell(serial)
                    return True
        return False

    def _make(self, frame: int, serial: int, *, around: bool) -> None:
        from tcvc_studio.engine.preview import fitted_size, gray_picture

        if frame in self._state.images or frame in self._failed:
            return
        begun = time.monotonic()
        info = self._film.info
        try:
            picture = gray_picture(self._film.frame(frame).luma, info, size=fitted_size(info, SIZE))
        except (StudioError, OSError):
            # The viewer says what is wrong with it when it is looked at.
            self._failed.add(frame)
            return
        height, width = picture.shape[:2]
        image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        self._state.put(frame, image, serial=serial, around=around)
        # As much rest as work: the picture on screen and the engine come first.
        QThread.msleep(max(1, round(1000 * min(_REST, time.monotonic() - begun))))

    def _tell(self, serial: int, *, now: bool = False) -> None:
        if now or time.monotonic() - self._told >= _TELL:
            self._told = time.monotonic()
            self.told.emit(serial, self._done, self._total)
