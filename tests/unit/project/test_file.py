import copy
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.project import durable, edits
from tcvc_studio.project.file import project_data, project_from_data, read_project, to_json, write_project
from tcvc_studio.project.migrations import STEPS, VERSION, migrated
from tcvc_studio.project.model import BY_HAND_ONLY, Anchor, Cut, FilmReference, Project
from tcvc_studio.project.settings import Settings
from tests.unit.project.projects import REELS, project, random_edit

ROOT = Path(__file__).resolve().parents[3]


def rich() -> Project:
    """A project in which nothing is as it is by default."""
    return Project(
        film=FilmReference(
            path=REELS / "reel.%06d.dpx", fingerprint="0f" * 32, frames=1000, rate=Fraction(24000, 1001), width=2048,
            height=1556, sequence_rate=Fraction(24000, 1001), timecode="10:00:00;02", first_number=86400,
        ),
        cuts=(Cut(100), Cut(200, proposed=True), Cut(303, found=300)),
        rejected_cuts=(50, 60),
        cut_threshold=0.3,
        fades=((20, 30), (400, 420)),
        anchors=(Anchor(0, locked=True), Anchor(40, REELS / "still.png"), Anchor(41, REELS / "Ä 42.tif", locked=True)),
        shot_lengths={0: 5, 100: BY_HAND_ONLY},
        settings=Settings(
            backbone="idc", weights=REELS / "w.pth", flow="raft-small", lengths=(17, 13), working_size=384,
            fusion="blend", single_image=True,
        ),
        in_frame=10,
        out_frame=900,
    )  # fmt: skip


def sentence(caught) -> str:
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".")
    return text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_everything_is_there_again(tmp_path):
    for number, p in enumerate((project(), rich())):
        write_project(tmp_path / f"{number}.tcvc", p)
        assert read_project(tmp_path / f"{number}.tcvc") == p
    assert names(tmp_path) == ["0.tcvc", "1.tcvc"]


def test_random_projects_are_there_again(tmp_path):
    dice = random.Random(23)
    for _ in range(30):
        p = project()
        for _ in range(25):
            try:
                p = random_edit(dice, p)(p)
            except StudioError:
                continue
        write_project(tmp_path / "a.tcvc", p)
        assert read_project(tmp_path / "a.tcvc") == p


def test_a_name_that_is_no_unicode_survives(tmp_path):
    odd = Path(os.fsdecode(b"/films/r\xe4el.mov"))
    write_project(tmp_path / "a.tcvc", edits.relink_film(project(), odd))
    assert read_project(tmp_path / "a.tcvc").film.path == odd


# --- unknown fields


def with_unknown(data):
    """The data with a field of its own in every object, and how many there are."""
    count = 0

    def add(value):
        nonlocal count
        if isinstance(value, dict):
            changed = {name: item if name == "shot_lengths" else add(item) for name, item in value.items()}
            count += 1
            return {**changed, "from_the_future": {"number": count, "list": [1, {"deep": None}]}}
        return [add(item) for item in value] if isinstance(value, list) else value

    return add(data), count


def test_unknown_fields_survive_at_every_level(tmp_path):
    data, count = with_unknown(project_data(rich(), folder=tmp_path))
    # The top; film, settings, marks; three cuts and anchors; the film's, the weights' and two stills' places.
    assert count == 1 + 3 + 3 + 3 + 1 + 1 + 2
    path = tmp_path / "a.tcvc"
    path.write_bytes(to_json(data))
    p = read_project(path)
    assert p.cuts == tuple(edits.replace(cut, unknown=p.cuts[i].unknown) for i, cut in enumerate(rich().cuts))
    write_project(path, p)
    assert json.loads(path.read_text()) == data


def test_unknown_fields_go_with_what_they_belong_to(tmp_path):
    data, _ = with_unknown(project_data(rich(), folder=tmp_path))
    p = project_from_data(data, name="a.tcvc", folder=tmp_path)
    marks = {cut.frame: cut.unknown["from_the_future"]["number"] for cut in p.cuts}
    moved = edits.move_cut(edits.accept_cuts(p, (200,)), 100, 110)
    moved = edits.move_anchor(edits.lock_anchors(moved, (41,), False), 41, 77)
    assert {c.frame: c.unknown["from_the_future"]["number"] for c in moved.cuts} == {
        110: marks[100], 200: marks[200], 303: marks[303],
    }  # fmt: skip
    assert moved.anchor_at(77).unknown == p.anchor_at(41).unknown
    assert moved.unknown == p.unknown
    written = project_data(moved, folder=tmp_path)
    assert written["from_the_future"] == data["from_the_future"]
    assert written["film"]["path"]["from_the_future"] == data["film"]["path"]["from_the_future"]


# --- places


def test_a_folder_that_has_moved_is_still_whole(tmp_path):
    home = tmp_path / "home"
    (home / "film" / "stills").mkdir(parents=True)
    (home / "projects").mkdir()
    for name in ("reel.000007.dpx", "stills/40.png"):
        (home / "film" / name).touch()
    p = edits.set_still(project(), 40, home / "film" / "stills" / "40.png")
    film = edits.replace(p.film, path=home / "film" / "reel.%06d.dpx", first_number=7, sequence_rate=Fraction(24))
    p = edits.replace(p, film=film)
    write_project(home / "projects" / "a.tcvc", p)
    assert read_project(home / "projects" / "a.tcvc") == p
    away = tmp_path / "another disk" / "away"
    away.parent.mkdir()
    home.rename(away)
    moved = read_project(away / "projects" / "a.tcvc")
    assert moved.film.path == away / "film" / "reel.%06d.dpx"
    assert moved.anchors[0].still == away / "film" / "stills" / "40.png"
    # What lies nowhere is asked for by the name it had.
    shutil.rmtree(away / "film")
    assert read_project(away / "projects" / "a.tcvc") == p


def test_the_film_that_has_not_moved_is_preferred(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "reel.mov").touch()
    write_project(tmp_path / "a" / "a.tcvc", edits.relink_film(project(), tmp_path / "a" / "reel.mov"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert read_project(tmp_path / "b" / "a.tcvc").film.path == tmp_path / "a" / "reel.mov"


def test_a_folder_reached_through_a_link_moves_too(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "reel.mov").touch()
    (tmp_path / "link").symlink_to("real")
    write_project(tmp_path / "real" / "a.tcvc", edits.relink_film(project(), tmp_path / "link" / "reel.mov"))
    (tmp_path / "link").unlink()
    (tmp_path / "real").rename(tmp_path / "moved")
    assert read_project(tmp_path / "moved" / "a.tcvc").film.path == tmp_path / "moved" / "reel.mov"


def test_a_path_of_another_system_is_kept(tmp_path):
    there = Path("D:\\films\\reel.mov")
    write_project(tmp_path / "a.tcvc", edits.relink_film(project(), there))
    data = json.loads((tmp_path / "a.tcvc").read_text())
    assert data["film"]["path"] == {"absolute": "D:\\films\\reel.mov", "relative": None}
    data["film"]["path"]["relative"] = "../reel.mov"
    (tmp_path / "reel.mov").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.tcvc").write_text(json.dumps(data))
    assert read_project(tmp_path / "a.tcvc").film.path == there
    assert read_project(tmp_path / "sub" / "a.tcvc").film.path == tmp_path / "reel.mov"


def test_a_path_written_by_hand_leads_from_the_projects_folder(tmp_path):
    data = project_data(project())
    data["film"]["path"] = {"absolute": "reels/reel.mov"}
    (tmp_path / "a.tcvc").write_text(json.dumps(data))
    assert read_project(tmp_path / "a.tcvc").film.path == tmp_path / "reels" / "reel.mov"


# --- versions

#: As version 1 wrote it.
FIRST = {
    "format": "tcvc-project",
    "version": 1,
    "film": {
        "path": "/films/reel.mov", "fingerprint": "ab", "frames": 300, "rate": "25", "width": 1920, "height": 1080,
        "sequence_rate": None, "timecode": None, "first_number": 0, "gauge": "35 mm",
    },
    "cuts": [{"frame": 100, "proposed": False}, {"frame": 200, "proposed": True, "found": None}],
    "rejected_cuts": [50],
    "cut_threshold": 0.4,
    "fades": [[10, 20]],
    "anchors": [
        {"frame": 7, "still": None, "locked": True},
        {"frame": 40, "still": "/films/stills/40.png", "locked": False, "by": "M."},
    ],
    "shot_lengths": {"100": 9},
    "settings": {
        "backbone": "idc", "weights": "/w/idc.pth", "flow": "dis", "lengths": [17], "working_size": 256,
        "fusion": "auto", "single_image": False,
    },
    "marks": {"in": 1, "out": None},
}  # fmt: skip


def test_a_file_of_version_1_is_read_and_saved_in_the_present_one(tmp_path):
    path = tmp_path / "old.tcvc"
    path.write_text(json.dumps(FIRST))
    p = read_project(path)
    assert p.film.path == Path("/films/reel.mov") and p.film.rate == 25
    assert p.cuts == (Cut(100), Cut(200, proposed=True))
    assert [(a.frame, a.still, a.locked) for a in p.anchors] == [
        (7, None, True), (40, Path("/films/stills/40.png"), False),
    ]  # fmt: skip
    assert p.settings == Settings(backbone="idc", weights=Path("/w/idc.pth"))
    assert (dict(p.shot_lengths), p.in_frame, p.rejected_cuts, p.fades) == ({100: 9}, 1, (50,), ((10, 20),))
    assert json.loads(path.read_text()) == FIRST
    write_project(path, p)
    written = json.loads(path.read_text())
    assert written["version"] == VERSION == 2
    assert written["film"]["gauge"] == "35 mm" and written["anchors"][1]["by"] == "M."
    assert written["film"]["path"]["absolute"] == "/films/reel.mov"
    assert read_project(path) == p


def test_there_is_a_step_from_every_version_and_none_changes_what_it_was_given():
    assert sorted(STEPS) == list(range(1, VERSION))
    before = copy.deepcopy(FIRST)
    assert migrated(before, 1)["version"] == VERSION
    assert before == FIRST


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "new.tcvc"
    path.write_bytes(to_json({**project_data(rich()), "version": VERSION + 1}))
    with pytest.raises(StudioError, match="newer version") as caught:
        read_project(path)
    sentence(caught)


# --- files that are no projects


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "null", "{}", '{"format": "tcvc-project"}', '{"format": "tcvc-project", "version": 2}',
     '{"format": "tcvc-project", "version": true}', '{"format": "tcvc-project", "version": -1}', "[" * 100_000,
     '{"format": "tcvc-project", "version": 1, "film": [], "anchors": 7, "settings": ""}', "\udcff"],
)  # fmt: skip
def test_what_is_no_project_is_refused(tmp_path, text):
    (tmp_path / "a.tcvc").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StudioError) as caught:
        read_project(tmp_path / "a.tcvc")
    sentence(caught)


def test_no_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.tcvc", tmp_path):
        with pytest.raises(StudioError) as caught:
            read_project(path)
        sentence(caught)


def test_a_damaged_file_gives_a_project_or_one_sentence():
    dice = random.Random(8)
    whole = project_data(rich(), folder=REELS)
    odd = (None, True, -1, 0, 10**30, 0.5, float("nan"), "", "x", "1/0", [], [None], [[1]], {}, {"a": 1}, "nul\0")
    refused = 0

    def places(value, path=()):
        yield path
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            yield from places(item, (*path, key))

    for path in list(places(whole))[1:]:
        for value in dice.sample(odd, 6):
            data = copy.deepcopy(whole)
            holder = data
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = value
            try:
                p = project_from_data(data, name="a.tcvc", folder=REELS)
            except StudioError as error:
                refused += 1
                assert "\n" not in str(error)
            else:
                assert project_from_data(project_data(p), name="a.tcvc") == p
    assert refused > 100


# --- accidents


def test_a_cut_off_file_never_takes_the_name(tmp_path, monkeypatch):
    path = tmp_path / "a.tcvc"
    write_project(path, project())
    before = path.read_bytes()

    def break_off(*_):
        raise KeyboardInterrupt

    for function in ("fsync", "replace"):
        monkeypatch.setattr(durable.os, function, break_off)
        with pytest.raises(KeyboardInterrupt):
            write_project(path, rich())
        monkeypatch.undo()
        assert path.read_bytes() == before and names(tmp_path) == ["a.tcvc"]


def test_the_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(durable.os, "fsync", lambda handle: (done.append("sync"), sync(handle)))
    monkeypatch.setattr(durable.os, "replace", lambda *names: (done.append("name"), replace(*names)))
    write_project(tmp_path / "a.tcvc", project())
    assert done[:2] == ["sync", "name"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on processes")
def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    """A limit on the size of files stands for the disk: the write is cut off half-way, as on a full one."""
    import resource

    path = tmp_path / "a.tcvc"
    write_project(path, project())
    before = path.read_bytes()
    big = edits.add_anchors(project(frames=30_000), range(0, 30_000, 3))
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, old[1]))
    try:
        with pytest.raises(StudioError) as caught:
            write_project(path, big)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert "save elsewhere" in sentence(caught)
    assert path.read_bytes() == before and names(tmp_path) == ["a.tcvc"]
    write_project(path, big)
    assert read_project(path) == big


def test_a_disk_without_room_is_named(tmp_path):
    """/dev/full refuses every byte."""
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with pytest.raises(OSError) as caught, open("/dev/full", "wb") as file:
        file.write(b"x")
        file.flush()
    assert "full" in durable.write_sentence(caught.value, tmp_path / "a.tcvc")


@pytest.mark.skipif(sys.platform == "win32", reason="needs users")
@pytest.mark.parametrize("protected", ["folder", "file"])
def test_no_permission_leaves_the_old_file_whole(protected):
    """As somebody who owns nothing here: root may do anything."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "a.tcvc"
    try:
        write_project(path, project())
        before = path.read_bytes()
        path.chmod(0o444 if protected == "file" else 0o666)
        folder.chmod(0o555 if protected == "folder" else 0o777)
        code = f"""
            import os, sys
            from pathlib import Path
            from tcvc_studio.errors import StudioError
            from tcvc_studio.project.file import read_project, write_project
            p = read_project(Path({str(path)!r}))
            if os.getuid() == 0:
                os.setuid(65534)
            try:
                write_project(Path({str(path)!r}), p)
            except StudioError as error:
                print(error)
        """
        seen = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "no permission" in seen.stdout and seen.stdout.count("\n") == 1
        assert path.read_bytes() == before and names(folder) == ["a.tcvc"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_permissions_and_links_stay(tmp_path):
    (tmp_path / "store").mkdir()
    path = tmp_path / "a.tcvc"
    write_project(tmp_path / "store" / "real.tcvc", project())
    (tmp_path / "store" / "real.tcvc").chmod(0o660)
    path.symlink_to("store/real.tcvc")
    write_project(path, rich())
    assert path.is_symlink() and read_project(path) == rich()
    assert stat.S_IMODE((tmp_path / "store" / "real.tcvc").stat().st_mode) == 0o660


@pytest.mark.parametrize(
    ("name", "match"), [("no/a.tcvc", "no folder"), ("a" * 300, "too long"), ("folder", "is a folder")]
)
def test_where_nothing_can_be_written(tmp_path, name, match):
    (tmp_path / "folder").mkdir()
    with pytest.raises(StudioError, match=match) as caught:
        write_project(tmp_path / name, project())
    sentence(caught)
    assert names(tmp_path) == ["folder"]


SAVING = """
    import random, sys
    from pathlib import Path
    from tcvc_studio.project.file import write_project
    from tests.unit.project.projects import project
    from tcvc_studio.project import edits
    path = Path(sys.argv[1])
    print("begun", flush=True)
    number = 0
    while True:
        number += 1
        write_project(path, edits.add_anchors(project(frames=3000), range(0, 3000, 2 + number % 7)))
"""


def test_a_save_that_is_killed_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.tcvc"
    write_project(path, project(frames=3000))
    dice = random.Random(1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SAVING), str(path)], stdout=subprocess.PIPE, env=environment
        ) as process:
            process.stdout.readline()
            time.sleep(dice.uniform(0.02, 0.25))
            process.kill()
        assert read_project(path).film.frames == 3000
    # What they left is cleared away once it is old.
    for left in tmp_path.glob(".a.tcvc.part-*"):
        os.utime(left, (0, 0))
    old = tmp_path / ".a.tcvc.part-1-2"
    old.touch()
    os.utime(old, (0, 0))
    mine = tmp_path / ".a.tcvc.part-of-mine"
    mine.touch()
    os.utime(mine, (0, 0))
    durable.clear_leftovers(path)
    assert names(tmp_path) == [".a.tcvc.part-of-mine", "a.tcvc"]
    fresh = tmp_path / ".a.tcvc.part-3-4"
    fresh.touch()
    durable.clear_leftovers(path)
    assert fresh.exists(), "somebody may be writing it"
