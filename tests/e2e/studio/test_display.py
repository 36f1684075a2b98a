"""The journey once more in a real window, where there is an X server to be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"


@pytest.fixture
def display():
    """The environment of an X server of its own; skips where there is none, or Qt's xcb plugin lacks a library."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("there is no Xvfb here")
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        pass_fds=(writing,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        if subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True).returncode:
            pytest.skip("Qt's xcb plugin lacks a library here")
        yield environment
    finally:
        process.terminate()
        process.wait()


def test_a_day_at_the_desk_in_a_real_window(display):
    test = "tests/e2e/studio/test_journey.py::test_a_day_at_the_desk"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", test, "-vv", "-p", "no:cacheprovider"],
        cwd=ROOT, env=display, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout
