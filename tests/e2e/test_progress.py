"""The line a person sees on a terminal."""

import io
import re

import pytest

from tcvc_studio.cli.progress import Progress
from tests.e2e.conftest import run_main


class _Terminal(io.TextIOWrapper):
    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="backslashreplace", newline="")

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize(("encoding", "columns"), [("utf-8", 80), ("utf-8", 40), ("ascii", 80), ("utf-8", 200)])
def test_the_line_fits_its_terminal_and_goes_away(encoding, columns, monkeypatch):
    terminal = _Terminal(encoding)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    times = iter(range(1000))
    monkeypatch.setattr("time.monotonic", lambda: float(next(times)))
    progress = Progress(130_000)
    for done in (0, 1, 50_000, 130_000):
        progress.update(done, "finding cuts")
    progress.close()
    first, *lines, blank, last = terminal.shown().split("\r")
    assert (first, last) == ("", "") and not blank.strip() and len(lines) == 4
    assert all(len(line) < columns for line in [*lines, blank]) and "\n" not in terminal.shown()
    assert re.search(r" 50000/130000 frames  \d+\.\d/s  \d\d:\d\d left", lines[2]) or columns < 60
    bar = {"utf-8": "█", "ascii": "#"}[encoding]
    assert columns < 60 or lines[3].count(bar) > 2 * lines[2].count(bar) > 0 == lines[0].count(bar)
    assert "\\" not in terminal.shown()


def test_nothing_of_it_goes_into_a_pipe(film, tmp_path, options):
    result = run_main("colorize", film, tmp_path / "out.mkv", *options)
    assert "\r" not in result.err and "█" not in result.err
