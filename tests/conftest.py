"""Fixtures every room may use."""

import functools
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the films, stills and weights that are not part of the repository; skips where it is absent."""
    folder = Path(os.environ.get("TCVC_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the shared films and stills are not here")
    return folder


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Folder with the parity fixtures."""
    return Path(__file__).resolve().parent / "data"


#: What cannot even be imported without Qt.
_QT_TESTS = ("unit/app", "unit/ui", "e2e/studio", "soak/test_studio.py")


@functools.cache
def _qt_problem() -> str:
    """Why Qt cannot be loaded here; empty where it can. Bare systems lack libraries that Qt's wheels do not carry."""
    try:
        import PySide6.QtGui
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return str(error)
    return ""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    here = Path(__file__).parent
    is_qt = any(collection_path.is_relative_to(here / name) for name in _QT_TESTS)
    return True if is_qt and _qt_problem() else None


def pytest_terminal_summary(terminalreporter) -> None:
    if _qt_problem():
        terminalreporter.write_line(
            f"The studio's tests were left out: Qt cannot be loaded ({_qt_problem()}). On Debian: "
            "sudo apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1",
            yellow=True,
        )
