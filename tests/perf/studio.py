"""How quick the studio is: start-up, first colored frame, stalls of the event loop, pictures while scrubbing.

    python tests/perf/studio.py [FILM ...]

Without films it takes the demo film. Prints markdown rows. Figures are of this machine at this moment.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
_SEEKS = 60

START = """
import time; begun = time.monotonic()
import sys; sys.path.insert(0, {root!r})
from tcvc_studio.ui.main import main
from PySide6.QtCore import QTimer
def ready(window):
    print(time.monotonic() - begun, flush=True)
    window.close()
main([], ready=ready)
"""


def started() -> float:
    """Seconds from Python's first line to the shown window, median of five processes."""
    code = START.format(root=str(ROOT))
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    return float(np.median(times))


def measured(film: Path) -> dict[str, float]:
    """Seconds: first color; longest stall until then; stalls while rendering; waits for a picture while scrubbing."""
    from tests.e2e.studio.drive import drive

    facts: dict[str, float] = {}

    def journey(window):
        studio, viewer = window.studio, window.parts.viewer
        window.resize(1440, 900)
        begun = time.monotonic()
        yield lambda: viewer.frame == 0 and studio.frames.is_colored(0, "tcvc")
        facts["first color"] = time.monotonic() - begun
        facts["opening max"] = max(window.findChild(_driver()).stalls)
        rendering = len(window.findChild(_driver()).stalls)
        yield 10.0
        stalls = np.array(window.findChild(_driver()).stalls[rendering:])
        facts.update(zip(("stall p50", "stall p99", "stall max"), np.quantile(stalls, (0.5, 0.99, 1)), strict=True))
        studio.rendering.cancel()
        yield 1.0
        chosen, waits = random.Random(1), []
        for _ in range(_SEEKS):
            frame = chosen.randrange(studio.playback.frames)
            begun = time.monotonic()
            studio.playback.seek(frame)
            yield lambda frame=frame: viewer.frame == frame
            waits.append(time.monotonic() - begun)
        facts.update(zip(("picture p50", "picture p95"), np.quantile(waits, (0.5, 0.95)), strict=True))

    drive([film], journey, seconds=300)
    return facts


def _driver() -> type:
    from tests.e2e.studio.drive import Driver

    return Driver


def run() -> None:
    sys.path.insert(0, str(ROOT))
    films = [Path(name) for name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "STATE", "CACHE", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        print(f"start-up to shown window: {started():.2f} s")
        if not films:
            from tcvc_studio.assets import demo_film

            films = [demo_film()]
        head = ("first color", "opening max", "stall p50", "stall p99", "stall max", "picture p50", "picture p95")
        print("| film | " + " | ".join(f"{name}, ms" for name in head) + " |\n|" + "---|" * (len(head) + 1))
        for film in films:
            facts = measured(film)
            print(f"| {film.name} | " + " | ".join(f"{1000 * facts[name]:.0f}" for name in head) + " |", flush=True)


if __name__ == "__main__":
    run()
