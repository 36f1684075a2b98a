"""Cancel and pause, asked for from any thread and obeyed at every frame."""

import threading

from tcvc_studio.errors import Cancelled


class Control:
    """A token shared by whoever asks and whoever works."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def cancel(self) -> None:
        """Ask the work to stop; also ends a pause."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Ask the work to wait at the next frame."""
        self._running.clear()

    def resume(self) -> None:
        """Let paused work go on."""
        self._running.set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Called by the work for each frame: waits while paused. Raises Cancelled once cancelled."""
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled
