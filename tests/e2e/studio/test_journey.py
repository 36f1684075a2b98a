"""The restorer's day in one go: open, find cuts, correct them, set anchors, render, compare, save, reopen, export."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton

from tcvc_studio.media.film import open_film
from tcvc_studio.project.edits import set_interval
from tcvc_studio.project.file import read_project
from tests.e2e.films import chroma_of, luma_of
from tests.e2e.studio.conftest import SHOTS
from tests.e2e.studio.drive import Answers, Driver, drive, named

FRAMES = sum(SHOTS)


def rendered(window, layer="tcvc"):
    fresh = window.studio.rendering.fresh_frames(layer)
    return fresh is not None and bool(fresh.all())


def press(window, id):
    """Trigger an action as a menu would: once it can be."""
    yield window.actions_.action(id).isEnabled
    window.actions_.action(id).trigger()


def test_a_day_at_the_desk(film, tmp_path, qt):
    answers = Answers(saves=[tmp_path / "restored.tcvc"])
    out = tmp_path / "colored.mkv"

    def journey(window):
        studio, playback = window.studio, window.studio.playback
        yield lambda: studio.film is not None
        assert studio.project.film.frames == FRAMES
        # Cuts are found by themselves, and proposed.
        yield lambda: len(studio.project.cuts) == 2
        assert [cut.frame for cut in studio.project.cuts] == [SHOTS[0], SHOTS[0] + SHOTS[1]]
        assert all(cut.proposed for cut in studio.project.cuts)
        # One is moved, undone, and accepted where it was.
        window.parts.timeline.cut_moved.emit(SHOTS[0], SHOTS[0] + 2)
        window.parts.timeline.drag_finished.emit()
        assert studio.project.cuts[0].frame == SHOTS[0] + 2
        yield from press(window, "edit.undo")
        assert studio.project.cuts[0].frame == SHOTS[0] and studio.project.cuts[0].proposed
        yield from press(window, "film.accept_all_cuts")
        assert not any(cut.proposed for cut in studio.project.cuts)
        # Anchors by hand, one too many.
        playback.seek(7)
        yield from press(window, "anchors.add")
        playback.seek(50)
        yield from press(window, "anchors.add")
        assert [anchor.frame for anchor in studio.project.anchors] == [7, 50]
        yield from press(window, "anchors.remove")
        assert [anchor.frame for anchor in studio.project.anchors] == [7]
        # All of it is rendered, both layers.
        yield lambda: rendered(window) and rendered(window, "backbone")
        yield lambda: window.parts.viewer.frame == 50
        assert studio.frames.is_colored(50, "tcvc") and studio.frames.is_colored(50, "backbone")
        for mode in ("wipe", "flip", "difference", "single", "side"):
            yield from press(window, f"view.{mode}")
            assert window.parts.viewer.mode == mode
            yield lambda: window.parts.viewer.frame == 50
        yield from press(window, "file.save")
        assert studio.document.path == tmp_path / "restored.tcvc" and not studio.document.dirty
        # An edit makes two intervals stale, and no more; undone, they are fresh at once.
        before = studio.rendering.fresh_frames("tcvc").copy()
        studio.edit("N", partial(set_interval, n=9))
        yield lambda: not studio.rendering.fresh_frames("tcvc").all() or rendered(window)
        yield lambda: rendered(window)
        yield from press(window, "edit.undo")
        yield lambda: rendered(window)
        assert before.all() and not studio.document.dirty

    drive([film], journey, answers=answers)
    saved = read_project(tmp_path / "restored.tcvc")
    assert [anchor.frame for anchor in saved.anchors] == [7] and len(saved.cuts) == 2

    def second(window):
        studio = window.studio
        yield lambda: studio.film is not None
        assert studio.project.anchors == saved.anchors
        yield lambda: rendered(window)
        yield from press(window, "file.export")
        dialog = window.exporting.dialog
        preset = named(dialog, QComboBox, "Format")
        preset.setCurrentIndex(preset.findData("ffv1"))
        named(dialog, QLineEdit, "File to write").setText(str(out))
        named(dialog, QLineEdit, "File to write").textEdited.emit(str(out))
        go = named(dialog, QPushButton, "Export")
        yield go.isEnabled
        go.click()
        yield lambda: bool(studio.jobs.items) and studio.jobs.items[-1].state not in ("waiting", "running")
        item = studio.jobs.items[-1]
        assert item.state == "done", item.error
        assert item.files == (out,) and item.report is not None

    drive([tmp_path / "restored.tcvc"], second)
    assert np.array_equal(luma_of(film), luma_of(out))
    assert chroma_of(out).std() > 2
    with open_film(film) as before, open_film(out) as after:
        assert after.info.frames == FRAMES and after.info.timecode == before.info.timecode == "10:00:00:00"
        assert len(after.info.audio) == len(before.info.audio)


def test_the_window_stays_responsive_while_a_film_is_rendered(film, qt, record_property):
    stalls = []

    def journey(window):
        studio, driver = window.studio, window.findChild(Driver)
        yield lambda: studio.film is not None and bool(studio.project.cuts)
        yield lambda: studio.rendering.state().state == "rendering" and studio.rendering.state().done > 0
        begun = len(driver.stalls)
        for interval in (11, 5, 3):
            studio.edit("N", partial(set_interval, n=interval))
            yield 0.2
            yield lambda: rendered(window)
        stalls.extend(driver.stalls[begun:])

    drive([film], journey)
    record_property("stalls_ms", [round(1000 * float(q), 1) for q in np.quantile(stalls, (0.5, 0.99, 1))])
    # A window that waited for its threads would stand still for as long as they work; the figures are in results.md.
    assert np.quantile(stalls, 0.5) < 0.05


@pytest.mark.parametrize("name", ["nothing.mov", "words.mov"])
def test_a_film_that_is_none_is_one_sentence(name, tmp_path, qt):
    if name == "words.mov":
        (tmp_path / name).write_text("no film")

    def journey(window):
        yield lambda: bool(window.parts.notifier.shown)
        (card,) = window.parts.notifier.shown
        assert card.level == "error" and name in card.text and "Traceback" not in card.text
        assert window.studio.film is None and window.parts.welcome.isVisible()

    drive([tmp_path / name], journey)


def test_the_empty_studio_loads_no_torch(qt):
    code = (
        "import sys; from tests.e2e.studio.drive import drive\n"
        "def journey(window):\n    yield 0.05\n"
        "drive([], journey)\n"
        "print(*(name for name in ('torch', 'av', 'cv2', 'scenedetect') if name in sys.modules))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == []
