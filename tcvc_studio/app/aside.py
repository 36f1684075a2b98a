"""Short work that must be done before going on, done in a thread while the window turns."""

import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QObject, Qt, Signal

_Result = TypeVar("_Result")


class _Bell(QObject):
    rung = Signal()


def aside(work: Callable[[], _Result]) -> _Result:
    """`work()` in a thread of its own; returns and raises what it does.

    Until then the caller's event loop turns without the user's input: the window paints, films play and results come
    in, and nobody can press a key twice. What is told by signals may have changed meanwhile; the caller looks again.
    To be called in the GUI thread, for what waits for a disk.
    """
    outcome: list[_Result] = []
    trouble: list[BaseException] = []
    loop, bell = QEventLoop(), _Bell()
    bell.rung.connect(loop.quit, Qt.ConnectionType.QueuedConnection)

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            trouble.append(error)
        finally:
            bell.rung.emit()

    thread = threading.Thread(target=run, name="aside")
    thread.start()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    thread.join()
    if trouble:
        raise trouble[0]
    return outcome[0]
