"""One way in for commands and for the studio."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def started(*argv: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *argv], env=environment, capture_output=True, text=True, check=False
    )


def test_a_command_goes_to_the_command_line():
    assert "usage: tcvc info" in started("info", "--help").stdout


def test_where_qt_cannot_be_loaded_one_sentence_says_what_to_install(tmp_path):
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object')")
    seen = started("film.mov", path=tmp_path)
    assert seen.returncode == 1 and "libEGL.so.1" in seen.stderr and "apt install" in seen.stderr
    assert "Traceback" not in seen.stderr
    assert "usage: tcvc info" in started("info", "--help", path=tmp_path).stdout, "commands do without it"
