"""The window as a whole: every action does something, and what is asked for is asked."""

import shutil
from fractions import Fraction
from functools import partial

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog

from tcvc_studio.app.rendering import Failure
from tcvc_studio.project.edits import set_still
from tcvc_studio.project.file import read_project
from tests.e2e.films import write_film, write_sequence
from tests.e2e.studio.conftest import SHOTS
from tests.e2e.studio.drive import Answers, drive

#: They end the journey, or open windows of the system.
LEFT_OUT = {"file.quit", "file.close", "help.log"}


def broken(window) -> list[str]:
    return [card.text for card in window.parts.notifier.shown if "broke" in card.text]


def test_every_action_is_connected_and_can_be_triggered(film, tmp_path, qt):
    def journey(window):
        studio = window.studio
        assert window.actions_.unconnected == ()
        yield lambda: studio.film is not None and len(studio.project.cuts) == 2
        tried = 0
        for id in window.actions_.ids:
            action = window.actions_.action(id)
            if id in LEFT_OUT or id.startswith("file.open"):
                continue
            studio.playback.seek(40)
            yield 0.02
            if action.isEnabled():
                tried += 1
                action.trigger()
                yield 0.02
            assert not broken(window), (id, broken(window))
            studio.playback.stop()
            for dialog in window.findChildren(QDialog):
                if dialog.isVisible():
                    dialog.close()
        assert tried > 60
        if window.isFullScreen():
            window.showNormal()

    drive([film], journey, answers=Answers())


def test_a_folder_of_pictures_is_asked_for_its_rate(tmp_path, qt):
    folder = write_sequence(tmp_path / "reel", 8)

    def journey(window):
        window.files.open_path(tmp_path / "reel")
        yield lambda: window.studio.film is not None
        assert window.studio.info.rate == Fraction(18) and window.studio.project.film.sequence_rate == Fraction(18)

    drive([], journey, answers=Answers(choices=["18"]))
    assert folder


def test_an_interlaced_film_is_asked_about(tmp_path, qt):
    film = write_film(tmp_path / "combed.mp4", 12, options={"x264-params": "tff=1", "preset": "veryfast"})
    answers = Answers(choices=["cancel", "open"])

    def journey(window):
        yield lambda: "Interlaced Film" in answers.asked
        assert window.studio.film is None
        window.studio.open(film)
        yield lambda: window.studio.film is not None

    drive([film], journey, answers=answers)


def test_a_film_that_has_moved_is_asked_for(film, tmp_path, qt):
    own = tmp_path / "first" / film.name
    own.parent.mkdir()
    shutil.copy(film, own)
    project = tmp_path / "away.tcvc"

    def make(window):
        yield lambda: window.studio.film is not None
        window.studio.document.save_as(project)

    drive([own], make)
    moved = tmp_path / "second" / "renamed.mkv"
    moved.parent.mkdir()
    own.rename(moved)

    def again(window):
        yield lambda: any(dialog.isVisible() for dialog in window.findChildren(QDialog))
        (dialog,) = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
        assert window.studio.film is None
        dialog.relink_requested.emit(moved)
        dialog.close()
        yield lambda: window.studio.film is not None
        assert window.studio.project.film.path == moved and window.studio.document.dirty
        window.studio.document.save()

    drive([project], again)
    assert read_project(project).film.path == moved


def test_unsaved_edits_are_asked_about(film, tmp_path, qt):
    answers = Answers(choices=["save"], saves=[tmp_path / "kept.tcvc"])

    def journey(window):
        studio = window.studio
        yield lambda: studio.film is not None and bool(studio.project.cuts)
        studio.playback.seek(12)
        window.actions_.action("anchors.add").setEnabled(True)
        window.actions_.action("anchors.add").trigger()
        window.actions_.action("file.close").setEnabled(True)
        window.actions_.action("file.close").trigger()
        assert studio.film is None and window.parts.welcome.isVisible()

    drive([film], journey, answers=answers)
    assert answers.asked == ["Unsaved Edits", "Save Project"]
    assert [anchor.frame for anchor in read_project(tmp_path / "kept.tcvc").anchors] == [12]


def test_preferences_are_obeyed_at_once(film, qt):
    def journey(window):
        studio, timeline = window.studio, window.parts.timeline
        yield lambda: studio.film is not None
        yield lambda: any(row.key == "flicker" for row in timeline.rows_shown)
        studio.preferences.update(show_flicker=False, snapping=False, text_size=14)
        yield lambda: not any(row.key == "flicker" for row in timeline.rows_shown)
        assert timeline.snapping is False and window.font().pointSize() == 14
        assert timeline.snap_targets("cut") == []
        studio.preferences.update(show_flicker=True, snapping=True, text_size=0)
        assert window.font().pointSize() == 10

    drive([film], journey)


@pytest.mark.parametrize("size", [(1280, 720), (960, 600)])
def test_nothing_is_wider_than_a_small_screen(film, size, qt):
    def journey(window):
        window.resize(*size)
        yield lambda: window.studio.film is not None
        yield 0.3
        assert (window.width(), window.height()) == size

    drive([film], journey)


def test_a_film_that_is_dropped_is_opened(film, qt):
    def journey(window):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(film))])
        action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(50, 50), action, data, button, key)
        QApplication.sendEvent(window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), action, data, button, key))
        yield lambda: window.studio.film is not None
        assert window.studio.info.path == film

    drive([], journey)


def test_a_threshold_adds_and_removes_proposals_live(film, qt):
    def journey(window):
        studio = window.studio
        yield lambda: studio.film is not None and len(studio.project.cuts) == 2
        studio.set_threshold(1.0)
        high = len(studio.project.cuts)
        studio.set_threshold(0.01)
        low = len(studio.project.cuts)
        studio.document.end_merge()
        assert high <= 2 <= low
        window.actions_.action("edit.undo").trigger()
        assert len(studio.project.cuts) == 2, "the drag of the threshold is one edit"

        assert SHOTS[0] in {cut.frame for cut in studio.project.cuts}

    drive([film], journey)


def test_a_rotated_film_is_shown_upright_with_its_color(tmp_path, qt):
    """A still of red left and blue right lies so in the viewer, whichever way the planes are coded."""
    film = write_film(tmp_path / "turned.mp4", 12, width=128, height=96, rotation=90)
    pixels = np.zeros((128, 96, 3), np.uint8)
    pixels[:, :48], pixels[:, 48:] = (60, 60, 200), (200, 60, 60)
    cv2.imwrite(str(tmp_path / "still.png"), pixels)

    def journey(window):
        studio = window.studio
        yield lambda: studio.film is not None
        studio.edit("Still", partial(set_still, frame=0, path=tmp_path / "still.png"))
        yield lambda: (fresh := studio.rendering.fresh_frames("tcvc")) is not None and bool(fresh.all())
        yield lambda: window.parts.viewer.frame == 0 and studio.frames.is_colored(0, "tcvc")
        yield 0.5
        image = studio.frames.picture(0, "tcvc")
        assert image.height() > image.width()
        middle = image.height() // 2
        left, right = (image.pixelColor(round(image.width() * share), middle) for share in (0.25, 0.75))
        assert left.red() > left.blue() + 20 and right.blue() > right.red() + 20

    drive([film], journey)


def test_what_could_not_be_measured_is_told(film, qt):
    def journey(window):
        yield lambda: window.studio.film is not None
        window.studio.curves.failed.emit(Failure("A stretch of the film could not be measured.", "the details"))
        (notice,) = [notice for notice in window.studio.notices.kept if notice.level == "warning"]
        assert (notice.text, notice.details) == ("A stretch of the film could not be measured.", "the details")

    drive([film], journey)


def test_other_preferences_are_handed_to_the_renderer(film, tmp_path, qt):
    def journey(window):
        studio = window.studio
        yield lambda: studio.film is not None
        studio.preferences.update(cache_folder=tmp_path / "elsewhere")
        assert studio.cache_folder == tmp_path / "elsewhere"
        yield lambda: any((tmp_path / "elsewhere").rglob("*.chroma"))

    drive([film], journey)


def test_the_window_closes_with_a_question_still_open(film, tmp_path, qt):
    own = tmp_path / film.name
    shutil.copy(film, own)

    def make(window):
        yield lambda: window.studio.film is not None
        window.studio.document.save_as(tmp_path / "away.tcvc")

    drive([own], make)
    own.unlink()

    def again(window):
        yield lambda: any(dialog.isVisible() for dialog in window.findChildren(QDialog))

    # The fixture looks for the thread of the search.
    drive([tmp_path / "away.tcvc"], again)
