"""The program from its arguments to its exit code, on networks drawn at random that color quickly."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tcvc_studio.cli.main import main
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.fusion import FeatureFusion
from tests.e2e.films import write_film
from tests.parity_weights import drawn_state

ROOT = Path(__file__).resolve().parents[2]
_WIDTHS = (8, 12, 12, 16, 16)


@dataclass(frozen=True)
class Result:
    """What a command returned and wrote."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict:
        """What --json printed."""
        return json.loads(self.out)

    def failed(self) -> str:
        """The sentence of a command that failed as it should: one line, no traceback."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.err.startswith("tcvc") and self.err.count("\n") == 1 and self.err.endswith(".\n"), self.err
        assert "Traceback" not in self.err and "nobody foresaw" not in self.err, self.err
        return self.err


def run_main(*argv: object) -> Result:
    """main(argv) in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in argv])
    return Result(code, out.getvalue(), err.getvalue())


def finished_intervals(cache: Path) -> int:
    """How many intervals have been kept."""
    return len(list(cache.rglob("*.chroma")))


def wait_for_intervals(process: subprocess.Popen, cache: Path, count: int) -> None:
    """Return once so many intervals are kept, while the process is still at work."""
    end = time.monotonic() + 120
    while finished_intervals(cache) < count:
        assert process.poll() is None, f"it ended before it could be stopped: {process.communicate()}"
        assert time.monotonic() < end, "nothing was rendered in two minutes"
        time.sleep(0.02)


def start(*argv: object, **how) -> subprocess.Popen:
    """The program in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *map(str, argv)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        **{"preexec_fn": _heed_interrupts, **how},
    )  # fmt: skip


def _heed_interrupts() -> None:
    """A test run that was itself started in the background ignores Ctrl-C, and its children would."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def one_thread():
    """On pictures this small torch's threads wait for each other longer than they work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def weights(tmp_path_factory) -> Path:
    """A small backbone and its fusion in one file, drawn at random: quick, colorful, and meaningless."""
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    state = {f"fea_key.{name}": value for name, value in drawn_state(CompactBackbone(widths=_WIDTHS)).items()}
    state |= drawn_state(
        FeatureFusion(
            _WIDTHS[0], lightness_channels=4, weight_hidden=(8, 4), refine_hidden=(8, 4), reduced=4, stride=2
        )
    )
    save_file(state, path)
    return path


@pytest.fixture
def options(weights, tmp_path) -> list[object]:
    """Options that make coloring quick, and keep to this test's own cache."""
    return ["--weights", weights, "--cache", tmp_path / "cache", "--device", "cpu", "--working-size", 64]


@pytest.fixture
def colorize(options) -> Callable[..., dict]:
    """Color a film and return the report; --cuts none unless the test gives --cuts."""

    def colorized(film: Path, out: Path, *more: object) -> dict:
        cuts = [] if "--cuts" in more else ["--cuts", "none"]
        result = run_main("colorize", film, out, *options, *cuts, "--json", *more)
        assert result.code == 0, result.err
        (file,) = result.facts["files"]
        assert file["verified"], file["differences"]
        return result.facts

    return colorized


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> Path:
    """24 lossless frames of 96x64, 8 bit 4:2:0 limited."""
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv")
