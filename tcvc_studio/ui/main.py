"""The studio: `tcvc-studio [FILM|PROJECT]`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from tcvc_studio import __version__
from tcvc_studio.app.collector import Collector
from tcvc_studio.app.crash import CrashLog, default_folder
from tcvc_studio.app.preferences import PreferenceStore
from tcvc_studio.app.studio import Studio
from tcvc_studio.ui.ask import Ask
from tcvc_studio.ui.main_window import MainWindow
from tcvc_studio.ui.theme import DEFAULT_TEXT_SIZE, apply_theme


def main(
    argv: Sequence[str] | None = None, *, ask: Ask | None = None, ready: Callable[[MainWindow], None] | None = None
) -> int:
    """Open the studio and stay until its window is closed. Returns the exit code.

    argv: without the program's name. ask: answers instead of dialogs. ready: called once the window is shown.
    """
    args = _parser().parse_args(argv)
    # Threads that work in Python give way to the window five times as soon as they would by themselves.
    sys.setswitchinterval(0.001)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    QCoreApplication.setApplicationName("tcvc-studio")
    QApplication.setApplicationDisplayName("TCVC Studio")
    crash, collector = CrashLog(), Collector()
    preferences = PreferenceStore()
    apply_theme(app, preferences.value.text_size or DEFAULT_TEXT_SIZE)
    studio = Studio(preferences)
    crash.noticed.connect(studio.notices.post)
    studio.rendering.device_changed.connect(collector.settle)
    window = MainWindow(studio, ask=ask, log_folder=default_folder())
    window.show()
    if preferences.problem:
        studio.notices.warning(preferences.problem)
    QTimer.singleShot(0, window, window.files.offer_recovery)
    if args.path is not None:
        studio.open(args.path)
    if ready is not None:
        QTimer.singleShot(0, window, lambda: ready(window))
    code = app.exec()
    crash.close()
    window.deleteLater()
    return code


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="tcvc-studio", description="The desk at which film restorers color black-and-white films."
    )
    p.add_argument("path", type=Path, nargs="?", metavar="FILM|PROJECT", help="what to open")
    p.add_argument("--version", action="version", version=f"TCVC Studio {__version__}")
    return p


if __name__ == "__main__":
    sys.exit(main())
