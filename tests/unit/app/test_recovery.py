import json
import os
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tcvc_studio.app import recovery
from tcvc_studio.app.document import Document
from tcvc_studio.app.recovery import Recovery, default_folder
from tcvc_studio.errors import StudioError
from tcvc_studio.project import edits
from tcvc_studio.project.file import read_project
from tests.qt import wait_until
from tests.unit.project.projects import by_hand, project

ROOT = Path(__file__).resolve().parents[3]
LONG = 3600.0


class Desk:
    """A document and its recovery, as one running program has them."""

    def __init__(self, folder: Path, *, delay: float = 0.01, interval: float = LONG) -> None:
        self.document = Document()
        self.recovery = Recovery(self.document, folder=folder, delay=delay, interval=interval)
        self.kept, self.failed, self.elsewhere = [], [], []
        self.recovery.kept.connect(self._on_kept)
        self.recovery.failed.connect(self.failed.append)
        self.recovery.open_elsewhere.connect(self.elsewhere.append)

    def _on_kept(self) -> None:
        self.kept.append(self.document.project)

    def new(self, frame: int = 7) -> None:
        self.document.new(project())
        self.anchor(frame)

    def anchor(self, frame: int) -> None:
        self.document.apply("Anchor", lambda p: edits.add_anchor(p, frame))

    def wait_kept(self) -> None:
        wait_until(lambda: self.kept and self.kept[-1] is self.document.project)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def desk(qt, folder):
    """Makes desks, and closes them at the end."""
    made = []

    def make(**options) -> Desk:
        made.append(Desk(folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.recovery.close()


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.recovery"))


def killed(folder: Path, script: str, *arguments: str, after: float = 0.0) -> None:
    """Run a desk in a process of its own and kill it, `after` seconds after it said that it is ready."""
    head = """
        import sys
        from pathlib import Path
        from PySide6.QtCore import QCoreApplication, Qt, QTimer
        from tests.unit.app.test_recovery import Desk, edits, project
        application = QCoreApplication([])
        desk = Desk(Path(sys.argv[1]))
        document = desk.document
        def ready():
            print("ready", flush=True)
    """
    code = textwrap.dedent(head) + textwrap.dedent(script) + "\napplication.exec()\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder), *arguments], stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.kill()


def test_an_edit_is_kept_and_forgotten_when_it_is_saved(desk, folder, tmp_path):
    one = desk()
    one.document.new(project())
    assert kept_files(folder) == []
    one.anchor(7)
    one.wait_kept()
    (file,) = kept_files(folder)
    assert json.loads(file.read_text())["project"]["anchors"][0]["frame"] == 7
    one.document.save_as(tmp_path / "a.tcvc")
    wait_until(lambda: kept_files(folder) == [])
    saved = (tmp_path / "a.tcvc").read_bytes()
    one.anchor(9)
    one.wait_kept()
    # The user's own file is only written when the user says so.
    assert (tmp_path / "a.tcvc").read_bytes() == saved
    assert json.loads(kept_files(folder)[0].read_text())["path"] == str(tmp_path / "a.tcvc")
    one.document.undo_stack.undo()
    wait_until(lambda: kept_files(folder) == [])
    one.document.undo_stack.redo()
    wait_until(lambda: kept_files(folder))
    one.document.close()
    wait_until(lambda: kept_files(folder) == [])


def test_edits_that_never_pause_are_kept_at_the_interval(desk):
    one = desk(delay=LONG, interval=0.02)
    one.new()
    one.wait_kept()
    ticks = []
    one.recovery._interval.timeout.connect(lambda: ticks.append(len(one.kept)))
    wait_until(lambda: len(ticks) > 3)
    assert len(one.kept) == 1, "kept again although nothing had changed"
    one.recovery.set_interval(LONG)
    assert one.recovery._interval.interval() == LONG * 1000


def test_what_is_not_saved_is_offered_after_a_close_and_after_a_saved_one_nothing(desk, tmp_path):
    one = desk(delay=LONG)
    one.new()
    project_left = one.document.project
    one.recovery.close()
    other = desk()
    (candidate,) = other.recovery.candidates()
    assert (candidate.title, candidate.path, candidate.outdated) == ("reel", None, False)
    other.recovery.restore(candidate)
    assert other.document.project == project_left and other.document.dirty
    other.document.save_as(tmp_path / "a.tcvc")
    other.recovery.close()
    assert desk().recovery.candidates() == ()


def test_a_running_instance_is_not_offered(desk):
    one = desk()
    one.new()
    one.wait_kept()
    assert one.recovery.candidates() == () and desk().recovery.candidates() == ()


def test_after_a_kill_the_project_is_offered_once(desk, folder, tmp_path):
    path = tmp_path / "a.tcvc"
    script = """
        document.new(project())
        document.save_as(Path(sys.argv[2]))
        document.apply("Anchor", lambda p: edits.add_anchor(p, 9))
        desk.recovery.kept.connect(ready)
    """
    killed(folder, script, str(path))
    saved = path.read_bytes()
    one, other = desk(), desk()
    (candidate,) = one.recovery.candidates()
    assert (candidate.title, candidate.path, candidate.outdated) == ("a", path, False)
    assert other.recovery.candidates() == (candidate,)
    one.recovery.restore(candidate)
    assert one.recovery.candidates() == other.recovery.candidates() == ()
    with pytest.raises(StudioError, match="another window"):
        other.recovery.restore(candidate)
    one.wait_kept()
    assert by_hand(one.document.project) == (9,) and one.document.dirty and one.document.path == path
    assert path.read_bytes() == saved
    assert one.elsewhere == []
    wait_until(lambda: not candidate.file.exists())
    one.document.save()
    assert by_hand(read_project(path)) == (9,)
    wait_until(lambda: kept_files(folder) == [])


def test_a_project_killed_again_while_it_is_recovered_is_still_offered(desk, folder):
    killed(folder, "desk.recovery.kept.connect(ready)\ndesk.new()")
    script = """
        import threading, tcvc_studio.app.recovery
        tcvc_studio.app.recovery.write_durably = lambda *_: threading.Event().wait()
        (candidate,) = desk.recovery.candidates()
        desk.recovery.restore(candidate)
        ready()
    """
    killed(folder, script)
    one = desk()
    (candidate,) = one.recovery.candidates()
    one.recovery.restore(candidate)
    assert by_hand(one.document.project) == (7,)


def test_a_project_recovered_while_the_disk_refuses_is_kept_until_it_does_not(desk, folder, monkeypatch):
    killed(folder, "desk.recovery.kept.connect(ready)\ndesk.new()")

    def full(*_):
        raise StudioError("The disk is full: make room.")

    one = desk(delay=LONG)
    (candidate,) = one.recovery.candidates()
    monkeypatch.setattr(recovery, "write_durably", full)
    one.recovery.restore(candidate)
    wait_until(lambda: one.failed)
    assert kept_files(folder) == [candidate.file]
    monkeypatch.undo()
    one.recovery.keep()
    one.wait_kept()
    assert len(kept_files(folder)) == 1 and not candidate.file.exists()


def test_kills_at_any_moment_leave_a_whole_project(desk, folder):
    script = """
        document.new(project(frames=3000))
        document.apply("Anchors", lambda p: edits.add_anchors(p, range(0, 3000, 3)))
        number = 0
        def edit():
            global number
            number += 1
            document.apply("Marks", lambda p: edits.set_marks(p, number % 3000, None))
            desk.recovery.keep()
        timer = QTimer()
        timer.timeout.connect(edit)
        timer.start(0)
        desk.recovery.kept.connect(ready, Qt.ConnectionType.SingleShotConnection)
    """
    dice = random.Random(2)
    for _ in range(4):
        killed(folder, script, after=dice.uniform(0.05, 0.3))
    one = desk()
    found = one.recovery.candidates()
    assert len(found) == len(kept_files(folder)) >= 1
    for candidate in found:
        one.recovery.restore(candidate)
        assert len(one.document.project.anchors) == 1000
        one.wait_kept()
    wait_until(lambda: len(kept_files(folder)) == 1)


def test_what_was_taken_and_never_came_onto_the_desk_is_offered_again(desk, folder):
    killed(folder, "desk.recovery.kept.connect(ready)\ndesk.new()")
    one, other = desk(), desk()
    (candidate,) = one.recovery.candidates()
    taken = one.recovery.take(candidate)
    assert by_hand(taken.project) == (7,) and taken.path is None
    assert one.recovery.candidates() == other.recovery.candidates() == ()
    # Its film is missing, say, and meanwhile something else is worked on.
    one.new(9)
    one.wait_kept()
    one.document.close()
    wait_until(lambda: kept_files(folder) == [candidate.file])
    one.recovery.put_back(taken)
    assert other.recovery.candidates() == (candidate,)
    again = one.recovery.take(candidate)
    one.document.restore(again.project, again.path)
    one.recovery.put_back(again)
    wait_until(lambda: not candidate.file.exists())
    assert len(kept_files(folder)) == 1


def test_what_was_taken_and_saved_at_once_is_gone(desk, folder, tmp_path):
    killed(folder, "desk.recovery.kept.connect(ready)\ndesk.new()")
    one = desk(delay=LONG)
    one.recovery.restore(one.recovery.candidates()[0])
    one.document.save_as(tmp_path / "a.tcvc")
    one.recovery.close()
    assert list(folder.iterdir()) == []


def test_a_candidate_can_be_discarded(desk, folder):
    killed(folder, "desk.recovery.kept.connect(ready)\ndesk.new()")
    one = desk()
    (candidate,) = one.recovery.candidates()
    one.recovery.discard(candidate)
    one.recovery.discard(candidate)
    assert one.recovery.candidates() == () and kept_files(folder) == []


def test_a_file_saved_later_than_what_was_kept_is_told(desk, folder, tmp_path):
    one = desk()
    one.new()
    one.document.save_as(tmp_path / "a.tcvc")
    one.anchor(9)
    one.wait_kept()
    one.recovery.close()
    later = time.time() + 100
    os.utime(tmp_path / "a.tcvc", (later, later))
    assert [candidate.outdated for candidate in desk().recovery.candidates()] == [True]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "tcvc-project"}', '{"format": "tcvc-recovery"}'])
def test_what_cannot_be_recovered_stays_where_it_is(desk, folder, text):
    folder.mkdir()
    (folder / "x.recovery").write_text(text)
    one = desk()
    for candidate in one.recovery.candidates():
        with pytest.raises(StudioError):
            one.recovery.restore(candidate)
    assert (folder / "x.recovery").read_text() == text and one.document.project is None


def test_a_folder_that_cannot_be_written_is_told_once_and_edits_go_on(desk, folder):
    folder.write_text("a file in the way")
    one = desk()
    one.new()
    wait_until(lambda: one.failed)
    assert "\n" not in one.failed[0]
    one.anchor(9)
    wait_until(lambda: not one.recovery._delay.isActive())
    one.recovery.keep()
    folder.unlink()
    wait_until(lambda: not one.recovery._delay.isActive())
    one.anchor(11)
    one.wait_kept()
    assert len(one.failed) == 1 and len(kept_files(folder)) == 1
    assert desk().recovery.candidates() == ()


def test_a_second_window_on_the_same_project_is_warned(desk, tmp_path):
    path = tmp_path / "a.tcvc"
    one, other = desk(), desk()
    one.new()
    one.document.save_as(path)
    assert one.elsewhere == []
    other.document.open(path)
    assert len(other.elsewhere) == 1 and str(os.getpid()) in other.elsewhere[0]
    other.document.save_as(tmp_path / "b.tcvc")
    assert len(other.elsewhere) == 1
    one.document.close()
    other.document.open(path)
    assert len(other.elsewhere) == 1
    other.recovery.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.tcvc", "b.tcvc", "recovery"]


def test_the_lock_of_a_killed_window_warns_nobody(desk, folder, tmp_path):
    path = tmp_path / "a.tcvc"
    killed(folder, "desk.new()\ndocument.save_as(Path(sys.argv[2]))\nready()", str(path))
    assert (tmp_path / ".a.tcvc.lock").exists()
    part = tmp_path / ".a.tcvc.part-1-2"
    part.touch()
    os.utime(part, (0, 0))
    one = desk()
    one.document.open(path)
    wait_until(lambda: not part.exists())
    assert one.elsewhere == []
    one.recovery.close()
    assert not (tmp_path / ".a.tcvc.lock").exists()


def test_what_killed_programs_left_is_tidied_up(desk, folder):
    killed(folder, "document.new(project())\nready()")
    assert len(list(folder.glob("*.lock"))) == 1
    part = folder / ".x.recovery.part-1-2"
    part.touch()
    os.utime(part, (0, 0))
    one = desk()
    wait_until(lambda: not part.exists() and len(list(folder.glob("*.lock"))) == 1)
    one.recovery.close()
    assert list(folder.iterdir()) == []


def test_closing_twice_is_closing(desk, folder):
    one = desk()
    one.new()
    one.recovery.close()
    one.recovery.close()
    one.anchor(9)
    one.recovery.keep()
    assert len(kept_files(folder)) == 1


def test_the_standard_place_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setattr(recovery.platformdirs, "user_state_dir", lambda name, appauthor: str(tmp_path / name))
    assert default_folder() == tmp_path / "tcvc-studio" / "recovery"
