import gc
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_studio.app.document import Document, touched
from tcvc_studio.errors import StudioError
from tcvc_studio.project import edits
from tcvc_studio.project.model import BY_HAND_ONLY, Anchor, Cut
from tcvc_studio.project.settings import Settings
from tests.unit.project.projects import REELS, cuts, project, random_edit

ROOT = Path(__file__).resolve().parents[3]


class Heard:
    """What a document said."""

    def __init__(self, document: Document) -> None:
        self.changed, self.dirty, self.replaced, self.paths = [], [], 0, 0
        document.changed.connect(self.changed.append)
        document.dirty_changed.connect(self.dirty.append)
        document.replaced.connect(self._on_replaced)
        document.path_changed.connect(self._on_path)

    def _on_replaced(self) -> None:
        self.replaced += 1

    def _on_path(self) -> None:
        self.paths += 1


@pytest.fixture
def document(qt):
    made = Document()
    made.new(project())
    yield made
    made.deleteLater()


def test_a_new_project_has_nothing_to_save_and_is_called_by_its_film(qt):
    document = Document()
    heard = Heard(document)
    assert (document.project, document.title, document.dirty) == (None, "", False)
    document.new(project())
    assert (document.title, document.path, document.dirty) == ("reel", None, False)
    assert (heard.replaced, heard.paths, heard.dirty, heard.changed) == (1, 0, [], [])


def test_an_edit_can_be_undone_and_redone(document):
    heard = Heard(document)
    before = document.project
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    after = document.project
    assert cuts(after) == (100,) and document.dirty
    document.undo_stack.undo()
    assert document.project is before and not document.dirty
    document.undo_stack.redo()
    assert document.project is after and document.dirty
    assert heard.changed == [frozenset({"cuts", "anchors"})] * 3
    assert heard.dirty == [True, False, True]
    assert document.undo_stack.text(0) == "Add cut"


def test_an_edit_that_is_refused_leaves_everything_as_it_was(document):
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    document.undo_stack.undo()
    heard = Heard(document)
    before = document.project
    for edit in (lambda p: edits.add_cut(p, 0), lambda p: 1 / 0):
        with pytest.raises((StudioError, ZeroDivisionError)):
            document.apply("Add cut", edit)
        assert document.project is before
        # What could be redone still can.
        assert (document.undo_stack.count(), document.undo_stack.index()) == (1, 0)
    assert heard.changed == [] and not document.dirty


def test_an_edit_that_changes_nothing_is_no_step(document):
    document.apply("Interval length", lambda p: edits.set_interval(p, 17))
    document.apply("Accept cuts", lambda p: replace(p))
    assert document.undo_stack.count() == 0 and not document.dirty


def test_edits_without_a_project_are_refused(qt):
    document = Document()
    with pytest.raises(StudioError, match="no project open"):
        document.apply("Add cut", lambda p: edits.add_cut(p, 1))
    with pytest.raises(StudioError, match="no project open"):
        document.save_as(Path("anywhere.tcvc"))


def test_a_drag_is_one_step(document):
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    start = document.project
    for frame in (100, 101, 102):
        document.apply(f"Move cut to {frame + 1}", lambda p, f=frame: edits.move_cut(p, f, f + 1), merge="cut")
    assert cuts(document.project) == (103,)
    assert [document.undo_stack.text(i) for i in range(2)] == ["Add cut", "Move cut to 103"]
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.project is start
    document.undo_stack.redo()
    assert cuts(document.project) == (103,)


def test_a_drag_told_from_its_start_passes_others_by(document):
    document.apply("Anchors", lambda p: edits.add_anchors(p, (40, 45)))
    for to in (44, 45, 46, 47):
        try:
            document.apply(
                "Move anchor", lambda p, t=to: edits.move_anchor(p, 40, t), merge="anchor", from_start=True
            )
        except StudioError:
            assert to == 45
    assert [a.frame for a in document.project.anchors] == [45, 47]
    assert document.undo_stack.count() == 2


def test_a_drag_that_comes_home_is_no_step(document):
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    document.end_merge()
    home = document.project
    for to in (110, 120, 100):
        document.apply("Move", lambda p, t=to: edits.move_cut(p, 100, t), merge="cut", from_start=True)
    assert document.project == home and document.undo_stack.count() == 1
    document.apply("Move", lambda p: edits.move_cut(p, 100, 130), merge="cut", from_start=True)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.project == home


@pytest.mark.parametrize("between", ["end", "undo", "other edit", "other drag", "save", "redo"])
def test_a_drag_ends(document, tmp_path, between):
    def drag(to, key="cut"):
        document.apply("Move", lambda p: edits.move_cut(p, cuts(p)[0], to), merge=key)

    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    drag(110)
    assert document.undo_stack.count() == 2
    expected = 3
    if between == "end":
        document.end_merge()
    elif between == "undo":
        document.undo_stack.undo()
        expected = 2
    elif between == "redo":
        document.undo_stack.undo()
        document.undo_stack.redo()
    elif between == "other edit":
        document.apply("Anchor", lambda p: edits.add_anchor(p, 7))
        expected = 4
    elif between == "other drag":
        drag(115, key="another")
        expected = 4
    else:
        document.save_as(tmp_path / "a.tcvc")
    drag(120)
    assert document.undo_stack.count() == expected
    document.undo_stack.undo()
    assert cuts(document.project) == ({"undo": 100, "other drag": 115}.get(between, 110),)


def test_a_drag_from_a_saved_project_does_not_look_saved_in_between(document, tmp_path):
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    document.save_as(tmp_path / "a.tcvc")
    heard = Heard(document)
    for to in (101, 102, 103):
        document.apply("Move", lambda p, t=to: edits.move_cut(p, 100, t), merge="cut", from_start=True)
    assert heard.dirty == [True]
    document.apply("Move", lambda p: edits.move_cut(p, 100, 100), merge="cut", from_start=True)
    assert heard.dirty == [True, False] and len(heard.changed) == 4


def test_steps_that_are_gone_are_freed(document):
    def steps() -> int:
        gc.collect()
        return sum(type(thing).__name__ == "_Step" for thing in gc.get_objects())

    for number in range(50):
        document.apply("Mark", lambda p, n=number: edits.mark_in(p, n))
        for to in range(10):
            document.apply("Drag", lambda p, t=to, n=number: edits.mark_out(p, 60 + n + t), merge=f"drag {number}")
    assert steps() == document.undo_stack.count() == 100
    document.undo_stack.setIndex(10)
    document.apply("Anchor", lambda p: edits.add_anchor(p, 3))
    assert steps() == document.undo_stack.count() == 11
    document.close()
    assert steps() == 0


def test_what_an_edit_touched(qt):
    p = edits.add_cut(project(), 100)
    assert touched(p, p) == frozenset()
    assert touched(p, edits.set_marks(p, 1, 2)) == {"marks"}
    assert touched(p, edits.add_anchor(p, 2)) == {"anchors"}
    assert touched(p, edits.set_shot_interval(p, 100, BY_HAND_ONLY)) == {"anchors"}
    assert touched(p, edits.set_interval(p, 5)) == {"settings", "anchors"}
    assert touched(p, edits.set_settings(p, Settings(flow="raft-small"))) == {"settings"}
    assert touched(p, edits.relink_film(p, Path("x.mov"))) == {"film"}
    assert touched(p, edits.move_cut(p, 100, 90)) == {"cuts", "anchors"}
    assert touched(p, edits.propose_cuts(p, (), ((3, 4),))) == {"cuts"}


def test_save_open_and_close(document, tmp_path):
    heard = Heard(document)
    with pytest.raises(StudioError, match="no file yet"):
        document.save()
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    document.save_as(tmp_path / "one")
    assert document.path == tmp_path / "one.tcvc" and not document.dirty and document.title == "one"
    document.apply("Anchor", lambda p: edits.add_anchor(p, 7))
    document.save()
    saved = document.project
    assert heard.dirty == [True, False, True, False] and heard.paths == 1
    document.undo_stack.undo()
    assert document.dirty
    document.close()
    assert (document.project, document.path, document.dirty, document.undo_stack.count()) == (None, None, False, 0)
    document.open(tmp_path / "one.tcvc")
    assert document.project == saved and not document.dirty
    assert heard.replaced == 2


def test_a_file_that_cannot_be_opened_leaves_the_open_project(document, tmp_path):
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    before, heard = document.project, Heard(document)
    (tmp_path / "bad.tcvc").write_text("{")
    for name in ("bad.tcvc", "none.tcvc"):
        with pytest.raises(StudioError):
            document.open(tmp_path / name)
    assert document.project is before and document.dirty and document.undo_stack.count() == 1
    assert heard.replaced == 0


def test_a_save_that_fails_leaves_the_project_to_be_saved(document, tmp_path):
    document.apply("Add cut", lambda p: edits.add_cut(p, 100))
    with pytest.raises(StudioError, match="no folder"):
        document.save_as(tmp_path / "nowhere" / "one.tcvc")
    assert document.dirty and document.path is None


def test_a_project_is_never_written_over_a_film(document, tmp_path):
    film = tmp_path / "film.mov"
    film.write_bytes(b"film")
    document.save_as(film)
    assert film.read_bytes() == b"film" and document.path == tmp_path / "film.mov.tcvc"
    document.save_as(tmp_path / "a.TCVC")
    assert document.path == tmp_path / "a.TCVC"


def test_a_file_that_somebody_else_has_written_is_noticed(document, tmp_path):
    path = tmp_path / "a.tcvc"
    assert not document.changed_on_disk
    document.save_as(path)
    assert not document.changed_on_disk
    other = Document()
    other.open(path)
    other.apply("Anchor", lambda p: edits.add_anchor(p, 7))
    other.save()
    assert document.changed_on_disk and not other.changed_on_disk
    document.open(path)
    assert not document.changed_on_disk
    path.unlink()
    assert not document.changed_on_disk


def _meanwhile(happens):
    """Something else happens while the disk is waited for."""

    def aside(work):
        work()
        happens()

    return aside


def test_what_is_found_while_a_project_is_saved_is_still_to_be_saved(qt, tmp_path):
    document = Document(aside=_meanwhile(lambda: document.apply("Find Cuts", lambda p: edits.add_cut(p, 100))))
    document.new(project())
    document.save_as(tmp_path / "a.tcvc")
    assert document.path == tmp_path / "a.tcvc" and document.dirty and cuts(document.project) == (100,)
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert document.dirty
    other = Document()
    other.open(tmp_path / "a.tcvc")
    assert cuts(other.project) == ()


def test_another_project_that_comes_while_one_is_saved_is_not_taken_for_it(qt, tmp_path):
    p = edits.add_cut(project(), 100)
    document = Document(aside=_meanwhile(lambda: document.restore(p, None)))
    document.new(project())
    document.save_as(tmp_path / "a.tcvc")
    assert document.project is p and document.path is None and document.dirty


def test_a_save_within_a_save_is_refused(qt, tmp_path):
    said = []

    def again():
        with pytest.raises(StudioError, match="being saved") as refused:
            document.save_as(tmp_path / "b.tcvc")
        said.append(refused.value)

    document = Document(aside=_meanwhile(again))
    document.new(project())
    document.save_as(tmp_path / "a.tcvc")
    assert said and document.path == tmp_path / "a.tcvc" and not (tmp_path / "b.tcvc").exists()


def test_a_recovered_project_is_to_be_saved(document, tmp_path):
    heard = Heard(document)
    p = edits.add_cut(project(), 100)
    document.restore(p, tmp_path / "one.tcvc")
    assert document.dirty and document.project is p and document.path == tmp_path / "one.tcvc"
    assert heard.dirty == [True] and heard.replaced == 1
    document.save()
    assert not document.dirty and (tmp_path / "one.tcvc").is_file()


def test_random_edits_are_undone_to_the_start_and_redone_to_the_end(document):
    dice = random.Random(17)
    steps = [document.project]
    for _ in range(400):
        kind = dice.random()
        if kind < 0.15 and document.undo_stack.canUndo():
            document.undo_stack.undo()
            steps.pop()
        else:
            edit = random_edit(dice, document.project)
            merge = dice.choice((None, None, "drag"))
            count, before = document.undo_stack.count(), document.project
            try:
                document.apply("Edit", edit, merge=merge)
            except StudioError:
                assert document.project is before and document.undo_stack.count() == count
                continue
            merged = document.undo_stack.index() == len(steps) - 1 and document.project != steps[-1]
            if merged:
                steps[-1] = document.project
            elif document.undo_stack.index() == len(steps):
                steps.append(document.project)
            elif document.undo_stack.index() < len(steps) - 1:
                steps.pop()  # a drag that came home
        assert document.project == steps[-1]
    assert document.undo_stack.index() == len(steps) - 1 > 50
    for step in reversed(steps[:-1]):
        document.undo_stack.undo()
        assert document.project == step
    assert document.project is steps[0] and not document.undo_stack.canUndo() and not document.dirty
    for step in steps[1:]:
        document.undo_stack.redo()
        assert document.project == step
    document.undo_stack.setIndex(0)
    assert document.project is steps[0]


def test_jumping_in_the_history_tells_of_all_that_changed(document):
    document.apply("Anchor", lambda p: edits.add_anchor(p, 7))
    document.apply("Marks", lambda p: edits.set_marks(p, 1, 2))
    heard = Heard(document)
    document.undo_stack.setIndex(0)
    assert heard.changed == [frozenset({"anchors", "marks"})]


def test_a_listener_may_edit_at_once(document):
    def accept(parts):
        if "cuts" in parts and any(cut.proposed for cut in document.project.cuts):
            document.apply("Accept", lambda p: edits.accept_cuts(p, cuts(p)))

    document.changed.connect(accept)
    document.apply("Propose", lambda p: edits.propose_cuts(p, (50, 60)))
    assert document.project.cuts == (Cut(50, found=50), Cut(60, found=60))
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()


def test_the_names_of_anchors_and_stills_survive_a_save(document, tmp_path):
    document.apply("Still", lambda p: edits.set_still(p, 7, REELS / "still.png"))
    document.apply("Lock", lambda p: edits.lock_anchors(p, (7,), True))
    document.save_as(tmp_path / "a.tcvc")
    document.open(tmp_path / "a.tcvc")
    assert document.project.anchors == (Anchor(7, REELS / "still.png", locked=True),)


def test_the_application_room_loads_nothing_heavy():
    code = """
import sys
from tcvc_studio.app import crash, document, notices, preferences, recovery
print(*{"torch", "av", "cv2", "numpy"} & set(sys.modules))
"""
    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert seen.stdout.split() == []
