"""Fixtures of every test that needs Qt: one application, and nothing left running behind."""

import contextlib
import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def application():
    """The one QApplication of a test run, in the studio's theme whichever test comes first."""
    from PySide6.QtWidgets import QApplication

    from tcvc_studio.ui.theme import apply_theme

    app = QApplication.instance() or QApplication(["tcvc-studio"])
    apply_theme(app)
    return app


@pytest.fixture
def qt(application) -> Iterator[object]:
    """The application; fails where a test leaves a QThread running, a QTimer ticking, a thread alive or a film open."""
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer

    # The threads themselves: a system gives the number of one that has ended to the next.
    threads_before = set(threading.enumerate())
    films_before = _open_films()
    yield application
    for widget in application.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    for _ in range(3):
        application.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    # Only Python's own objects are looked at: Qt's internals keep timers of their own.
    alive = [thing for thing in gc.get_objects() if issubclass(type(thing), (QThread, QTimer))]
    dangling = [
        repr(thing)
        for thing in alive
        if _lives(thing) and ((isinstance(thing, QThread) and thing.isRunning() and not _is_main(thing)) or
                              (isinstance(thing, QTimer) and thing.isActive()))
    ]
    alive.clear()
    left = [t.name for t in threading.enumerate() if t not in threads_before and not t.name.startswith("Dummy")]
    assert not dangling, f"left running: {dangling}"
    assert not left, f"threads left alive: {left}"
    films = _open_films() - films_before
    assert not films, f"films left open: {films}"


def _open_films() -> set[str]:
    """Film files that this process holds open, where the system tells: a container that nobody closed."""
    folder = Path("/proc/self/fd")
    held = set()
    for link in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            target = os.readlink(link)
            if target.endswith((".mkv", ".mp4", ".mov", ".png", ".dpx")):
                held.add(target)
    return held


def _lives(thing: object) -> bool:
    import shiboken6

    return shiboken6.isValid(thing)


def _is_main(thread: object) -> bool:
    from PySide6.QtCore import QCoreApplication

    return thread is QCoreApplication.instance().thread() or thread == QCoreApplication.instance().thread()


def wait_until(condition, *, seconds: float = 20.0) -> None:
    """Run the event loop until `condition()` is true; fails after `seconds`, which is patience, not a measure."""
    import time

    from PySide6.QtCore import QCoreApplication, QEventLoop

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)
