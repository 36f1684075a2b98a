import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_studio.app import preferences
from tcvc_studio.app.preferences import RECENT, Preferences, PreferenceStore, default_file, recent
from tcvc_studio.errors import StudioError


@pytest.fixture
def file(qt, tmp_path) -> Path:
    return tmp_path / "config" / "preferences.json"


def test_what_is_changed_is_there_the_next_time(file):
    store = PreferenceStore(file)
    heard = []
    store.changed.connect(lambda: heard.append(store.value))
    assert store.value == Preferences() and store.problem is None
    changes = {
        "cache_folder": Path("/cache"), "cache_limit": 5 << 40, "device": "cpu", "precision": "fp32", "text_size": 14,
        "autosave_seconds": 30, "show_flicker": False, "recent_films": (Path("/a.mov"),), "window_state": "00ff",
    }  # fmt: skip
    store.update(**changes)
    assert store.value == replace(Preferences(), **changes) and heard == [store.value]
    assert PreferenceStore(file).value == store.value
    store.update(device="cpu")
    assert len(heard) == 1
    assert json.loads(file.read_text())["version"] == 1


@pytest.mark.parametrize(
    "changes",
    [{"cache_limit": 0}, {"device": "tpu"}, {"precision": "int4"}, {"text_size": 100}, {"autosave_seconds": 0}],
)
def test_values_out_of_range_are_refused(file, changes):
    store = PreferenceStore(file)
    with pytest.raises(StudioError) as caught:
        store.update(**changes)
    assert str(caught.value).endswith(".") and store.value == Preferences() and not file.exists()
    with pytest.raises(TypeError):
        store.update(no_such_field=1)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\udcff"])
def test_a_bad_file_is_set_aside_not_lost(file, text):
    file.parent.mkdir()
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    store = PreferenceStore(file)
    assert store.value == Preferences()
    (aside,) = file.parent.iterdir()
    assert aside.name.startswith("preferences.bad-") and str(aside) in store.problem
    assert aside.read_bytes() == text.encode("utf-8", "surrogateescape")
    store.update(text_size=12)
    assert PreferenceStore(file).value.text_size == 12 and len(list(file.parent.iterdir())) == 2


def test_what_is_wrong_in_one_field_leaves_the_others_and_unknown_ones_survive(file):
    file.parent.mkdir()
    data = {
        "version": 7, "text_size": 900, "device": 3, "cache_limit": "much", "autosave_seconds": 15, "snapping": 1,
        "recent_films": ["/a.mov", 7], "recent_projects": ["/p.tcvc", "/p.tcvc"], "theme": {"name": "darker"},
        "cache_folder": "",
    }  # fmt: skip
    file.write_text(json.dumps(data))
    store = PreferenceStore(file)
    assert store.value == Preferences(autosave_seconds=15, recent_projects=(Path("/p.tcvc"),))
    store.update(device="cpu")
    written = json.loads(file.read_text())
    assert (written["theme"], written["version"], written["device"]) == ({"name": "darker"}, 7, "cpu")


def test_two_instances_keep_each_others_changes(file):
    one, other = PreferenceStore(file), PreferenceStore(file)
    one.update(text_size=12)
    other.update(device="cpu")
    one.add_recent_film(Path("/a.mov"))
    other.add_recent_film(Path("/b.mov"))
    value = PreferenceStore(file).value
    assert (value.text_size, value.device) == (12, "cpu")
    assert value.recent_films == (Path("/b.mov"), Path("/a.mov"))


def test_recent_films_are_kept_even_when_they_are_missing(file, tmp_path):
    store = PreferenceStore(file)
    film, gone = tmp_path / "a.mov", tmp_path / "gone.mov"
    film.touch()
    for path in (gone, film, tmp_path / "reel.%05d.dpx", tmp_path / "none" / "reel.%05d.dpx", film):
        store.add_recent_film(path)
    assert [(entry.path.name, entry.missing) for entry in recent(store.value.recent_films)] == [
        ("a.mov", False), ("reel.%05d.dpx", True), ("reel.%05d.dpx", False), ("gone.mov", True),
    ]  # fmt: skip
    store.forget_recent(gone)
    assert gone not in store.value.recent_films and film in store.value.recent_films
    for number in range(2 * RECENT):
        store.add_recent_project(Path(f"/p{number}.tcvc"))
    assert len(store.value.recent_projects) == RECENT
    assert store.value.recent_projects[0] == Path(f"/p{2 * RECENT - 1}.tcvc")


def test_a_relative_path_is_remembered_from_the_root(file, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    store = PreferenceStore(file)
    store.add_recent_film(Path("a.mov"))
    assert store.value.recent_films == (Path(os.path.abspath("a.mov")),)


def test_a_file_that_cannot_be_written_is_told_and_the_change_counts_for_now(qt, tmp_path):
    (tmp_path / "config").touch()
    store = PreferenceStore(tmp_path / "config" / "preferences.json")
    with pytest.raises(StudioError) as caught:
        store.update(text_size=12)
    assert "\n" not in str(caught.value)
    assert store.value.text_size == 12
    # Lists of recent things trouble nobody.
    store.add_recent_film(tmp_path / "a.mov")
    assert store.value.recent_films == (tmp_path / "a.mov",)


def test_a_change_that_could_not_be_written_is_written_with_the_next(file, monkeypatch):
    store = PreferenceStore(file)
    store.update(snapping=False)

    def full(*_, **__):
        raise StudioError("The disk is full: make room.")

    monkeypatch.setattr(preferences, "write_durably", full)
    with pytest.raises(StudioError, match="full"):
        store.update(text_size=12)
    monkeypatch.undo()
    assert PreferenceStore(file).value == Preferences(snapping=False)
    store.update(device="cpu")
    assert PreferenceStore(file).value == store.value == Preferences(snapping=False, text_size=12, device="cpu")


def test_the_standard_place_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setattr(preferences.platformdirs, "user_config_dir", lambda name, appauthor: str(tmp_path / name))
    assert default_file() == tmp_path / "tcvc-studio" / "preferences.json"
