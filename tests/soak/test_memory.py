"""Memory is bounded by the interval, not by the film."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

from tcvc_studio.networks.compact import CompactBackbone
from tests.films import write_bar_film
from tests.parity_weights import drawn_state

ROOT = Path(__file__).resolve().parents[2]
SHORT, LONG = 500, 20_000

#: Runs the program and prints its own peak memory as its last line.
MEASURED = """
import sys
sys.path.insert(0, {root!r})
from tcvc_studio.cli.main import main
from tcvc_studio.cli.meters import peak_memory
code = main(sys.argv[1:])
print(peak_memory(), flush=True)
sys.exit(code)
"""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


def drifting(number: int) -> np.ndarray:
    y, x = np.mgrid[0:64, 0:64]
    return 0.5 + 0.3 * np.sin((x + 0.5 * number) / 7) * np.cos((y - 0.3 * number) / 9)


def peak_of(*argv: object) -> int:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(root=str(ROOT)), *map(str, argv)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("name", "cuts"), [("out.mov", "none"), ("out.mp4", "auto")])
def test_a_long_film_takes_no_more_memory_than_a_short_one(name, cuts, tmp_path, record_property):
    weights = tmp_path / "small.safetensors"
    save_file(drawn_state(CompactBackbone(widths=(8, 12, 12, 16, 16))), weights)
    # With sound, which is copied and compared as well.
    long = write_bar_film(
        tmp_path / "long.mp4", LONG, width=64, height=64, picture=drifting, audio=1,
        options={"preset": "ultrafast", "crf": "23"}, gop=48,
    )  # fmt: skip
    peaks = {}
    for frames in (SHORT, LONG):
        film = long if frames == LONG else write_bar_film(
            tmp_path / "short.mp4", SHORT, width=64, height=64, picture=drifting, audio=1,
            options={"preset": "ultrafast", "crf": "23"}, gop=48,
        )  # fmt: skip
        peaks[frames] = peak_of(
            "colorize", film, tmp_path / f"{frames}-{name}", "--weights", weights, "--cache", tmp_path / f"c{frames}",
            "--device", "cpu", "--working-size", 64, "--cuts", cuts, "--json",
        )  # fmt: skip
    record_property("peaks", peaks)
    print({frames: f"{peak / 1e6:.1f} MB" for frames, peak in peaks.items()})
    assert peaks[LONG] <= 1.1 * peaks[SHORT]


def test_the_measure_is_of_the_child_alone():
    """A check of the check: what the child holds shows, and what the parent holds does not."""
    held = bytearray(b"x") * 1_000_000_000
    script = MEASURED.format(root=str(ROOT)).replace("main(sys.argv[1:])", "0; held = bytearray(b'x') * 200_000_000")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 200_000_000 < int(done.stdout) < 600_000_000 < len(held)
