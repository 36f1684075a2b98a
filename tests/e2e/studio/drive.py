"""Drives the studio through `main(argv)`: a journey is a generator that yields what it waits for."""

import os
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from tcvc_studio.ui.main import main
from tcvc_studio.ui.main_window import MainWindow

#: What a journey yields: a condition to wait for, or seconds to let pass.
Wait = Callable[[], bool] | float
Journey = Callable[[MainWindow], Generator[Wait, None, None]]

_TICK_MS = 4


@dataclass
class Answers:
    """An Ask that answers what it was given beforehand; what it was not given is an answer of None."""

    files: list[Path] = field(default_factory=list)
    saves: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open_file(self, parent, title, filters, folder=None):
        self.asked.append(title)
        return self.files.pop(0) if self.files else None

    def save_file(self, parent, title, filters, suggested=None):
        self.asked.append(title)
        return self.saves.pop(0) if self.saves else None

    def folder(self, parent, title, folder=None):
        self.asked.append(title)
        return self.folders.pop(0) if self.folders else None

    def choose(self, parent, title, text, choices):
        self.asked.append(title)
        return self.choices.pop(0) if self.choices else None


@dataclass
class Drive:
    """What came of it. stalls: seconds between two turns of the event loop, while `watched` was on."""

    stalls: list[float] = field(default_factory=list)
    error: BaseException | None = None
    ended: bool = False


class Driver(QObject):
    """Looks every few milliseconds whether what the journey waits for has come."""

    def __init__(self, window: MainWindow, journey: Journey, drive: Drive, seconds: float) -> None:
        super().__init__(window)
        self._window, self._drive = window, drive
        self._end = time.monotonic() + seconds
        self._steps = journey(window)
        self._wait: Wait | None = None
        self._since = time.monotonic()
        self._last: float | None = None
        self._stepping = False
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    @property
    def stalls(self) -> list[float]:
        """Those of the Drive, so far."""
        return self._drive.stalls

    @Slot()
    def _look(self) -> None:
        now = time.monotonic()
        if self._last is not None:
            self._drive.stalls.append(now - self._last - _TICK_MS / 1000)
        # A step may turn the event loop itself: what waits for the disk does.
        if self._stepping:
            self._last = now
            return
        self._stepping = True
        try:
            if self._wait is not None:
                came = now - self._since >= self._wait if isinstance(self._wait, float) else self._wait()
                if not came:
                    if now > self._end:
                        where = "".join(traceback.format_stack(self._steps.gi_frame, limit=1))
                        raise AssertionError(f"what was waited for did not come:\n{where}")
                    return
            self._wait, self._since = next(self._steps), time.monotonic()
        except StopIteration:
            self._finish(None)
        except BaseException as error:
            self._finish(error)
        finally:
            self._stepping = False
            # What the journey itself does is not the studio's stall.
            self._last = time.monotonic()

    def _finish(self, error: BaseException | None) -> None:
        self._timer.stop()
        self._drive.error, self._drive.ended = error, True
        window = self._window
        # The window asks about nothing that the journey left.
        window.studio.document.undo_stack.setClean()
        for item in window.studio.jobs.items:
            window.studio.jobs.cancel(item.id)
        window.parts.ask.choices[:] = ["quit"]
        window.close()


def drive(
    argv: Sequence[str | Path], journey: Journey, *, answers: Answers | None = None, seconds: float = 120
) -> Drive:
    """Run the studio with these arguments and the journey in it, and close it. Raises what the journey raised."""
    done = Drive()
    drivers = []

    def ready(window: MainWindow) -> None:
        drivers.append(Driver(window, journey, done, seconds))

    code = main([str(word) for word in argv], ask=answers or Answers(), ready=ready)
    if done.error is not None:
        raise done.error
    assert done.ended and code == 0
    return done


def named(parent: QWidget, kind: type, name: str) -> QWidget:
    """The one widget of a kind that has this accessible name."""
    (found,) = [widget for widget in parent.findChildren(kind) if widget.accessibleName() == name]
    return found


def turn(milliseconds: int = 20) -> None:
    """Let the event loop turn within a journey."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def isolated(monkeypatch, folder: Path) -> None:
    """Preferences, recovery, cache and weights of the user stay untouched."""
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    os.makedirs(folder, exist_ok=True)
