import threading

import pytest
from PySide6.QtCore import QTimer

from tcvc_studio.app.aside import aside
from tcvc_studio.errors import StudioError


def test_it_gives_what_the_work_gives_from_another_thread(qt):
    assert aside(threading.current_thread) is not threading.current_thread()
    assert aside(lambda: 7) == 7


def test_it_raises_what_the_work_raises(qt):
    def work():
        raise StudioError("The disk is full: make room.")

    with pytest.raises(StudioError, match="make room"):
        aside(work)


def test_the_event_loop_turns_meanwhile(qt):
    turned = threading.Event()
    QTimer.singleShot(0, turned.set)
    assert aside(lambda: turned.wait(20))
