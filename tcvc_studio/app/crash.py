"""What breaks inside the program is written to a log with all its details, and told to the user in one sentence."""

import contextlib
import faulthandler
import logging
import platform
import sys
import threading
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import platformdirs
from PySide6.QtCore import QObject, Qt, Signal, Slot

from tcvc_studio import __version__
from tcvc_studio.app.notices import Notice
from tcvc_studio.errors import Cancelled, StudioError

LOG_NAME = "crash.log"
FAULTS_NAME = "faults.log"

#: Bytes of a log, and how many older ones are kept beside it.
LOG_BYTES = 512 << 10
OLDER_LOGS = 4

#: The same thing breaking again within these seconds (at every paint, say) is counted, not told and written anew.
QUIET_SECONDS = 10.0

#: Places remembered for that.
_PLACES = 256


class CrashLog(QObject):
    """Takes the interpreter's hooks for exceptions that nobody caught, in whatever thread, until `close`.

    Lives in the GUI thread. `noticed` reaches it by the event loop, never from within the hook: what the hook is called
    from may be anything, and nothing is built there.
    """

    #: A Notice: one sentence, and the details to copy.
    noticed = Signal(object)

    _caught = Signal(object)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or default_folder()
        self._lock = threading.RLock()
        self._seen: dict[tuple, tuple[float, int]] = {}
        self._faults: IO[str] | None = None
        self._closed = False
        self.last_fault = ""
        self._logger = logging.Logger("tcvc-crash")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                self.file, maxBytes=LOG_BYTES, backupCount=OLDER_LOGS, encoding="utf-8", errors="backslashreplace",
                delay=True,
            )  # fmt: skip
            handler.handleError = _no_more_errors
            self._logger.addHandler(handler)
            self.last_fault = self._take_over_faults()
            self._faults = (self._folder / FAULTS_NAME).open("a", encoding="utf-8")
            faulthandler.enable(self._faults, all_threads=True)
        self._caught.connect(self._on_caught, Qt.ConnectionType.QueuedConnection)
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable

    @property
    def file(self) -> Path:
        """The log."""
        return self._folder / LOG_NAME

    def record(self, error: BaseException, *, where: str = "") -> None:
        """Write an exception that somebody caught to the log, without telling the user. From any thread."""
        with contextlib.suppress(Exception):
            self._write(_details(type(error), error, error.__traceback__, where or threading.current_thread().name))

    def close(self) -> None:
        """Give the hooks back."""
        if self._closed:
            return
        self._closed = True
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
        for handler in tuple(self._logger.handlers):
            self._logger.removeHandler(handler)
            handler.close()

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._handle(kind, error, trace, threading.current_thread().name)

    def _on_thread_exception(self, args: Any) -> None:
        if args.exc_type is not SystemExit:
            name = args.thread.name if args.thread is not None else "a thread"
            self._handle(args.exc_type, args.exc_value, args.exc_traceback, name)

    def _on_unraisable(self, args: Any) -> None:
        """An exception where none can be raised (in a destructor): for the log, not for the user."""
        with contextlib.suppress(Exception):
            message = args.err_msg or "Exception ignored in"
            where = f"{threading.current_thread().name}: {message} {args.object!r:.200}"
            if self._is_new(args.exc_type, args.exc_traceback)[0]:
                self._write(_details(args.exc_type, args.exc_value, args.exc_traceback, where))

    def _handle(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str
    ) -> None:
        # Whatever goes wrong in here must not come back to the hook.
        with contextlib.suppress(Exception):
            if issubclass(kind, Cancelled):
                return
            new, times = self._is_new(kind, trace)
            if not new:
                return
            details = _details(kind, error, trace, where)
            if times:
                details = f"(and {times} times more since it was last told)\n{details}"
            self._write(details)
            if sys.stderr is not None:
                sys.stderr.write(details)
            self._caught.emit(self._notice(kind, error, details))

    def _notice(self, kind: type[BaseException], error: BaseException | None, details: str) -> Notice:
        if issubclass(kind, StudioError):
            return Notice(str(error), "", "error")
        if issubclass(kind, MemoryError):
            text = "There was not enough memory for this: close other programs, or choose a smaller working size."
        else:
            text = (
                f"Something broke inside the program ({kind.__name__}), and your project is as it was before: save it, "
                "and send in the details."
            )
        return Notice(text, f"{details}\n{self.file}", "error")

    def _is_new(self, kind: type[BaseException], trace: TracebackType | None) -> tuple[bool, int]:
        """Whether to tell of it, and how often it happened untold since the last time."""
        last = trace
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        place = (kind, last.tb_frame.f_code, last.tb_lineno) if last is not None else (kind,)
        now = time.monotonic()
        with self._lock:
            told, untold = self._seen.pop(place, (None, 0))
            new = told is None or now - told > QUIET_SECONDS
            self._seen[place] = (now, 0) if new else (told, untold + 1)
            while len(self._seen) > _PLACES:
                del self._seen[next(iter(self._seen))]
        return new, untold if new else 0

    def _write(self, details: str) -> None:
        self._logger.error(details)

    def _take_over_faults(self) -> str:
        """What the fault handler wrote when the program last went down, moved to the log."""
        file = self._folder / FAULTS_NAME
        with contextlib.suppress(OSError):
            left = file.read_text(encoding="utf-8", errors="replace").strip()
            if left:
                self._write(f"The program went down the last time:\n{left}\n")
                # Another running instance goes on writing at its end.
                with file.open("r+") as opened:
                    opened.truncate()
            return left
        return ""

    @Slot(object)
    def _on_caught(self, notice: Notice) -> None:
        self.noticed.emit(notice)


def install(folder: Path | None = None, parent: QObject | None = None) -> CrashLog:
    """Log what breaks from now on, in `folder` (the standard place where None), and tell of it by signal."""
    return CrashLog(folder, parent)


def default_folder() -> Path:
    """Where logs are kept unless somebody names another place."""
    return Path(platformdirs.user_log_dir("tcvc-studio", appauthor=False))


def _details(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str
) -> str:
    """All that a report needs."""
    when = time.strftime("%Y-%m-%d %H:%M:%S")
    head = f"{when}  TCVC Studio {__version__}, Python {platform.python_version()}, {platform.platform()}, in {where}\n"
    try:
        text = "".join(traceback.format_exception(kind, error, trace))
    except Exception:
        # An exception may be so broken that it cannot even be shown.
        text = f"{kind.__name__}, which cannot be shown\n" + "".join(traceback.format_tb(trace))
    return head + text


def _no_more_errors(_record: logging.LogRecord) -> None:
    """A log that cannot be written (a full disk) is no reason to break anything else."""
