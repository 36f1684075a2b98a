"""kill -9 while the studio renders, exports and saves: nothing is lost but the work of the moment, nothing is half."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcvc_studio.media.film import open_film
from tcvc_studio.project.file import read_project
from tests.e2e.studio.conftest import SHOTS
from tests.e2e.studio.drive import drive

ROOT = Path(__file__).resolve().parents[3]
FRAMES = sum(SHOTS)

#: A studio in a process of its own, which says when it has come to where it shall be killed.
STUDIO = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from functools import partial
from tests.e2e.studio.drive import Answers, drive
from tcvc_studio.app.export_jobs import ExportRequest
from tcvc_studio.project.edits import add_anchor, set_interval

film, folder = Path({film!r}), Path({folder!r})

def ready_to_die():
    print("now", flush=True)

def journey(window):
    studio = window.studio
    yield lambda: studio.film is not None and bool(studio.project.cuts)
{steps}
    yield 600.0

drive([film], journey, seconds=600, answers=Answers(saves=[folder / "day.tcvc"]))
"""

STEPS = {
    "render": """
    studio.edit("Add Anchor", partial(add_anchor, frame=11))
    yield lambda: studio.rendering.state().done > 20
    yield 2.5
    ready_to_die()
""",
    "export": """
    studio.edit("Add Anchor", partial(add_anchor, frame=11))
    yield 2.5
    studio.jobs.add(ExportRequest(path=folder / "out.mkv", codec="ffv1", spans=((0, 96),)))
    yield lambda: studio.jobs.items[0].stage in ("rendering", "writing")
    ready_to_die()
""",
    "save": """
    studio.edit("Add Anchor", partial(add_anchor, frame=11))
    window.actions_.action("file.save_as").setEnabled(True)
    window.actions_.action("file.save_as").trigger()
    ready_to_die()
    for number in range(100000):
        studio.edit("Interval", partial(set_interval, n=5 + number % 50), "")
        studio.document.save()
        yield 0.0
""",
}


def killed(film: Path, folder: Path, what: str, *, after: float) -> None:
    """Run a studio until it has come to a point, and kill it so many seconds later."""
    code = STUDIO.format(root=str(ROOT), film=str(film), folder=str(folder), steps=STEPS[what])
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        assert line == "now\n", process.stderr.read()
        time.sleep(after)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("what", ["render", "export", "save"])
def test_killed_and_taken_up_again(what, film, tmp_path, qt):
    folder = tmp_path / "work"
    folder.mkdir()
    killed(film, folder, what, after=0.15)
    finals = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if "out.mkv" in finals:
        with open_film(folder / "out.mkv") as whole:
            assert whole.info.frames == FRAMES, "what has its final name is whole"
    if "day.tcvc" in finals:
        saved = read_project(folder / "day.tcvc")
        assert [anchor.frame for anchor in saved.anchors] == [11]
    assert finals <= {"out.mkv", "day.tcvc"}

    def again(window):
        studio = window.studio
        candidates = studio.recovery.candidates()
        if what == "save":
            # The last save had everything, or it is offered.
            yield 0.1
            return
        assert len(candidates) == 1
        studio.recover(candidates[0])
        yield lambda: studio.film is not None and studio.project is not None
        assert [anchor.frame for anchor in studio.project.anchors] == [11]
        assert studio.document.dirty, "it is still to be saved"
        yield lambda: studio.rendering.fresh_frames("tcvc") is not None
        if what == "render":
            assert studio.rendering.fresh_frames("tcvc").any(), "what was rendered is found again"

    drive([], again)


def test_a_second_window_on_the_same_project_is_warned(film, tmp_path, qt):
    from tcvc_studio.app.document import Document
    from tcvc_studio.app.recovery import Recovery

    told = []

    def journey(window):
        studio = window.studio
        yield lambda: studio.film is not None
        studio.document.save_as(tmp_path / "day.tcvc")
        other = Document()
        recovery = Recovery(other, folder=tmp_path / "other")
        recovery.open_elsewhere.connect(told.append)
        other.open(tmp_path / "day.tcvc")
        yield lambda: bool(told)
        other.close()
        recovery.close()

    drive([film], journey)
    assert "day" in told[0]
