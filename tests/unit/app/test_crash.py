import faulthandler
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from tcvc_studio.app import crash
from tcvc_studio.app.notices import Notice, Notices
from tcvc_studio.errors import Cancelled, StudioError
from tests.qt import wait_until

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def log(qt, tmp_path, capfd):
    was_on = faulthandler.is_enabled()
    made = crash.install(tmp_path / "log")
    yield made
    made.close()
    if was_on:
        faulthandler.enable(sys.__stderr__)


class Heard(QObject):
    """What the log told, and in which thread."""

    def __init__(self, log) -> None:
        super().__init__()
        self.notices, self.threads = [], []
        log.noticed.connect(self._on_noticed)

    @Slot(object)
    def _on_noticed(self, notice: Notice) -> None:
        self.notices.append(notice)
        self.threads.append(QThread.currentThread())


class Breaking(QObject):
    go = Signal()

    @Slot()
    def break_down(self) -> None:
        raise ZeroDivisionError("in a slot")

    @Slot()
    def refuse(self) -> None:
        raise StudioError("The disk is full: make room.")


def told(heard: Heard, count: int = 1) -> Notice:
    wait_until(lambda: len(heard.notices) >= count)
    assert len(heard.notices) == count
    return heard.notices[-1]


def test_an_exception_in_a_slot_is_logged_and_told_by_the_event_loop(log):
    heard, breaking = Heard(log), Breaking()
    breaking.go.connect(breaking.break_down)
    breaking.go.emit()
    assert heard.notices == [], "told from within the hook"
    notice = told(heard)
    assert notice.level == "error" and "ZeroDivisionError" in notice.text and "\n" not in notice.text
    assert "break_down" in notice.details and str(log.file) in notice.details
    text = log.file.read_text()
    assert "in a slot" in text and "Traceback" in text and "TCVC Studio 0." in text


def test_a_sentence_for_the_user_is_shown_as_it_is(log):
    heard, breaking = Heard(log), Breaking()
    QTimer.singleShot(0, breaking.refuse)
    assert told(heard) == Notice("The disk is full: make room.", "", "error")


def test_exceptions_of_other_threads_are_told_in_the_window_s(log, qt):
    heard, notices = Heard(log), Notices()
    log.noticed.connect(notices.post)

    def break_down():
        raise LookupError("in a thread")

    thread = threading.Thread(target=break_down, name="decoder")
    thread.start()
    thread.join()
    assert "LookupError" in told(heard).text
    assert "in decoder" in log.file.read_text() and notices.kept == (heard.notices[0],)

    worker, qthread = Breaking(), QThread()
    worker.moveToThread(qthread)
    qthread.started.connect(worker.break_down)
    qthread.start()
    assert "ZeroDivisionError" in told(heard, 2).text
    # The thread survived its exception.
    assert qthread.isRunning()
    qthread.quit()
    qthread.wait()
    assert all(thread is qt.thread() or thread == qt.thread() for thread in heard.threads)


def test_many_threads_breaking_at_once(log):
    heard = Heard(log)

    def break_down(number):
        exec(compile("\n" * number + "raise ValueError", f"<{number}>", "exec"))

    threads = [threading.Thread(target=break_down, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told(heard, 20)
    assert log.file.read_text().count("Traceback") == 20


def test_the_same_thing_again_and_again_is_told_once(log, monkeypatch):
    heard, breaking = Heard(log), Breaking()
    breaking.go.connect(breaking.break_down)
    for _ in range(50):
        breaking.go.emit()
    told(heard)
    assert log.file.read_text().count("Traceback") == 1
    monkeypatch.setattr(crash, "QUIET_SECONDS", -1.0)
    breaking.go.emit()
    assert "49 times more" in told(heard, 2).details


def test_a_slot_that_breaks_on_being_told_does_not_go_round_in_circles(log):
    heard = Heard(log)

    class Worse(QObject):
        @Slot(object)
        def show(self, _notice):
            raise RuntimeError("the notifier itself")

    worse, breaking = Worse(), Breaking()
    log.noticed.connect(worse.show)
    QTimer.singleShot(0, breaking.break_down)
    wait_until(lambda: len(heard.notices) == 2)
    for _ in range(20):
        QTimer.singleShot(0, breaking.refuse)
    wait_until(lambda: len(heard.notices) >= 3)
    assert log.file.read_text().count("Traceback") == 3


def test_an_exception_that_cannot_be_shown(log):
    heard = Heard(log)

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

        __repr__ = __str__

    sys.excepthook(Mute, Mute(), None)
    assert "Mute" in told(heard).text


def test_what_is_no_error_is_not_told(log, monkeypatch):
    heard = Heard(log)
    seen = []
    monkeypatch.setattr(sys, "__excepthook__", lambda *args: seen.append(args[0]))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    sys.excepthook(Cancelled, Cancelled(), None)
    sys.excepthook(ValueError, ValueError(), None)
    assert "ValueError" in told(heard).text and seen == [KeyboardInterrupt]


def test_no_memory_has_a_sentence_of_its_own(log):
    heard = Heard(log)
    sys.excepthook(MemoryError, MemoryError(), None)
    assert "memory" in told(heard).text


def test_an_exception_in_a_destructor_is_logged_only(log):
    heard = Heard(log)

    class Bad:
        def __del__(self):
            raise OSError("in a destructor")

    Bad()
    gc.collect()
    sys.excepthook(ValueError, ValueError(), None)
    assert "ValueError" in told(heard).text
    assert "in a destructor" in log.file.read_text()


def test_an_exception_that_somebody_caught_can_be_recorded(log):
    try:
        raise LookupError("caught")
    except LookupError as error:
        log.record(error, where="the render")
    text = log.file.read_text()
    assert "LookupError: caught" in text and "in the render" in text


def test_the_log_is_bounded(log, monkeypatch):
    monkeypatch.setattr(crash, "QUIET_SECONDS", -1.0)
    for _ in range(60):
        log.record(ValueError("x" * 60_000))
    files = list(log.file.parent.glob("crash.log*"))
    assert len(files) == 1 + crash.OLDER_LOGS
    assert sum(file.stat().st_size for file in files) <= (1 + crash.OLDER_LOGS) * crash.LOG_BYTES


def test_a_log_that_cannot_be_written_breaks_nothing(qt, tmp_path, capfd):
    (tmp_path / "log").write_text("in the way")
    log = crash.install(tmp_path / "log")
    try:
        heard = Heard(log)
        sys.excepthook(ValueError, ValueError(), None)
        assert "ValueError" in told(heard).text
    finally:
        log.close()


def test_the_hooks_are_given_back(qt, tmp_path):
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    log = crash.install(tmp_path)
    assert sys.excepthook != before[0]
    log.close()
    log.close()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_where_the_program_went_down_is_known_the_next_time(qt, tmp_path, capfd):
    code = f"""
        import os, signal
        from pathlib import Path
        from PySide6.QtCore import QCoreApplication
        from tcvc_studio.app import crash
        application = QCoreApplication([])
        log = crash.install(Path({str(tmp_path)!r}))
        assert log.last_fault == ""
        def fall():
            os.kill(os.getpid(), signal.SIGSEGV)
        fall()
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    seen = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=False, env=environment)
    assert seen.returncode == -signal.SIGSEGV
    log = crash.install(tmp_path)
    assert "Segmentation fault" in log.last_fault and "fall" in log.last_fault
    assert "fall" in log.file.read_text()
    log.close()
    log = crash.install(tmp_path)
    assert log.last_fault == ""
    log.close()


def test_notices_are_kept_and_posted(qt):
    notices, heard = Notices(), []
    notices.posted.connect(heard.append)
    notices.info("One.")
    notices.warning("Two.", "details")
    notices.error("Three.")
    assert heard == [Notice("One.", "", "info"), Notice("Two.", "details", "warning"), Notice("Three.", "", "error")]
    assert notices.kept == tuple(heard)
    for number in range(500):
        notices.info(str(number))
    assert len(notices.kept) == 200 and notices.kept[-1].text == "499"
