"""The fixture that guards every Qt test sees what it is there to see."""

import threading

import pytest
from PySide6.QtCore import QThread, QTimer

from tests import qt as fixtures


def guarded(application):
    return fixtures.qt.__wrapped__(application)


@pytest.mark.parametrize("what", ["thread", "timer", "python thread", "film"])
def test_what_is_left_running_is_seen(application, what, tmp_path):
    guard = guarded(application)
    next(guard)
    released = threading.Event()
    kept = []
    if what == "thread":
        kept.append(QThread())
        kept[0].start()
    elif what == "timer":
        kept.append(QTimer())
        kept[0].start(1000)
    elif what == "python thread":
        kept.append(threading.Thread(target=released.wait, daemon=True))
        kept[0].start()
    else:
        (tmp_path / "film.mkv").write_bytes(b"film")
        kept.append((tmp_path / "film.mkv").open("rb"))
    try:
        with pytest.raises(AssertionError, match="left"):
            next(guard)
    finally:
        released.set()
        if what == "thread":
            kept[0].quit()
            kept[0].wait()
        elif what == "timer":
            kept[0].stop()
        elif what == "film":
            kept[0].close()


def test_what_is_put_away_is_let_pass(application):
    guard = guarded(application)
    next(guard)
    timer = QTimer()
    timer.start(1000)
    timer.stop()
    with pytest.raises(StopIteration):
        next(guard)
