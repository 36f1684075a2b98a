"""Preferences, shortcuts, history, recovery, relinking and about."""

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QPushButton

from tcvc_studio.app.actions import ACTIONS
from tcvc_studio.app.film_search import FilmSearch, FoundFilm, fingerprint_at, search
from tcvc_studio.app.preferences import PreferenceStore
from tcvc_studio.app.recovery import Candidate
from tcvc_studio.engine.fingerprint import file_fingerprint, sequence_fingerprint
from tcvc_studio.project.model import FilmReference
from tcvc_studio.ui.dialogs.about import AboutDialog, card_notices, program_licence, versions, weight_licences
from tcvc_studio.ui.dialogs.history import HistoryDock
from tcvc_studio.ui.dialogs.preferences import PreferencesDialog
from tcvc_studio.ui.dialogs.recovery import RecoveryDialog
from tcvc_studio.ui.dialogs.relink import RelinkDialog
from tcvc_studio.ui.dialogs.shortcuts import ShortcutSheet
from tcvc_studio.ui.theme import apply_theme
from tcvc_studio.weights.store import Store
from tests.qt import wait_until
from tests.unit.ui.window_kit import RATE, Answers, clipped, unnamed


def shown(qt, dialog, *, size=None):
    apply_theme(qt)
    if size:
        dialog.resize(*size)
    dialog.show()
    for _ in range(3):
        qt.processEvents()
    return dialog


def looks_right(dialog) -> None:
    assert clipped(dialog) == [] and unnamed(dialog) == [] and dialog.accessibleName() and dialog.windowTitle()
    assert dialog.minimumSizeHint().width() <= 1280 and dialog.minimumSizeHint().height() <= 680


def press(dialog, text) -> None:
    next(b for b in dialog.findChildren(QPushButton) if b.text() == text).click()


# --- preferences


@pytest.fixture
def preferences(qt, tmp_path):
    store = PreferenceStore(tmp_path / "preferences.json")
    dialog = shown(qt, PreferencesDialog(store, Answers(), default_cache=Path("/home/a/.cache/color")))
    return store, dialog


def test_every_preference_is_kept_at_once(preferences, tmp_path):
    _, dialog = preferences
    for box, value in ((dialog._device, "cpu"), (dialog._precision, "fp32"), (dialog._text_size, 14)):
        index = box.findData(value)
        box.setCurrentIndex(index)
        box.activated.emit(index)
    dialog._autosave.setValue(30)
    dialog._limit.setValue(200)
    dialog._checks["show_flicker"].setChecked(False)
    value = PreferenceStore(tmp_path / "preferences.json").value
    assert (value.device, value.precision, value.text_size) == ("cpu", "fp32", 14)
    assert (value.autosave_seconds, value.cache_limit, value.show_flicker) == (30, 200 << 30, False)


def test_the_cache_goes_elsewhere_and_back(preferences):
    store, dialog = preferences
    assert dialog._folder.whole == "/home/a/.cache/color"
    dialog._ask.path = Path("/fast/cache")
    press(dialog, "Change…")
    assert store.value.cache_folder == Path("/fast/cache") and dialog._folder.whole == "/fast/cache"
    press(dialog, "Standard")
    assert store.value.cache_folder is None and dialog._folder.whole == "/home/a/.cache/color"
    dialog._ask.path = None
    press(dialog, "Change…")
    assert store.value.cache_folder is None
    asked = []
    dialog.clear_cache_requested.connect(lambda: asked.append(True))
    press(dialog, "Empty Cache")
    assert asked == [True]
    dialog.set_cache_size(3_100_000_000)
    assert dialog._used.text() == "3.1 GB"


def test_what_cannot_be_kept_is_said_in_the_dialog(qt, tmp_path):
    (tmp_path / "file").touch()
    dialog = PreferencesDialog(PreferenceStore(tmp_path / "file" / "p.json"), Answers())
    dialog._autosave.setValue(30)
    assert dialog._message.level == "error" and "cannot be kept" in dialog._message.text


def test_changes_from_elsewhere_are_shown(preferences):
    store, dialog = preferences
    store.update(autosave_seconds=45)
    assert dialog._autosave.value() == 45


def test_preferences_look_right(qt, preferences):
    _, dialog = preferences
    for i in range(dialog._tabs.count()):
        dialog._tabs.setCurrentIndex(i)
        qt.processEvents()
        looks_right(dialog)


# --- shortcuts and history


def test_the_sheet_has_every_action_and_finds_words_and_keys(qt):
    sheet = shown(qt, ShortcutSheet())
    assert sheet.visible_ids == tuple(spec.id for spec in ACTIONS)
    sheet._search.setText("ANCHOR add")
    assert "anchors.add" in sheet.visible_ids and "file.save" not in sheet.visible_ids
    sheet._search.setText("ctrl+e")
    assert sheet.visible_ids == ("file.export",)
    sheet._search.setText("no such thing")
    assert sheet.visible_ids == () and sheet._none.isVisible()
    sheet._search.clear()
    assert sheet.visible_ids == tuple(spec.id for spec in ACTIONS) and not sheet._none.isVisible()
    looks_right(sheet)


def test_an_action_can_be_chosen_from_the_sheet(qt):
    sheet = ShortcutSheet()
    chosen = []
    sheet.chosen.connect(chosen.append)
    leaves = sheet._leaves()
    sheet._tree.itemActivated.emit(leaves[0], 0)
    sheet._tree.itemActivated.emit(sheet._tree.topLevelItem(0), 0)
    assert chosen == ["file.open_film"]


def test_the_history_goes_back_to_an_edit(qt):
    dock = HistoryDock()
    stack = QUndoStack(dock)
    for text in ("Add Cut", "Move Cut", "Add Anchor"):
        stack.push(QUndoCommand(text))
    dock.set_stack(stack)
    dock.view.setCurrentIndex(dock.view.model().index(1, 0))
    assert stack.index() == 1 and stack.undoText() == "Add Cut"
    dock.set_stack(None)
    assert dock.view.model().rowCount() in (0, 1) and dock.view.accessibleName()


# --- recovery


def candidate(title, path=None, outdated=False) -> Candidate:
    return Candidate(Path(f"/r/{title}.recovery"), title, path, datetime(2026, 5, 4, 12, 30), outdated)


def test_unsaved_work_is_recovered(qt):
    dialog = shown(qt, RecoveryDialog([candidate("reel-03", Path("/p/reel-03.tcvc")), candidate("bikes")]))
    wanted = []
    dialog.recover_requested.connect(wanted.append)
    looks_right(dialog)
    dialog._tree.setCurrentItem(dialog._tree.topLevelItem(1))
    press(dialog, "Recover")
    assert [c.title for c in wanted] == ["bikes"] and not dialog.isVisible()


def test_work_is_thrown_away_only_when_asked_twice(qt):
    dialog = shown(qt, RecoveryDialog([candidate("a"), candidate("b")]))
    gone = []
    dialog.discard_requested.connect(gone.append)
    press(dialog, "Discard")
    assert gone == [] and "gone for good" in dialog._message.text
    # Another choice asks anew.
    dialog._tree.setCurrentItem(dialog._tree.topLevelItem(1))
    press(dialog, "Discard")
    assert gone == []
    press(dialog, "Really Discard")
    assert [c.title for c in gone] == ["b"] and dialog.isVisible()
    press(dialog, "Discard")
    press(dialog, "Really Discard")
    assert [c.title for c in gone] == ["b", "a"] and not dialog.isVisible()


def test_work_older_than_its_file_is_marked(qt):
    dialog = shown(qt, RecoveryDialog([candidate("a", Path("/p/a.tcvc"), outdated=True)]))
    assert dialog._message.level == "warning" and "saved later" in dialog._message.text
    press(dialog, "Later")
    assert not dialog.isVisible()


# --- a film that has moved


@pytest.fixture
def moved(tmp_path):
    """The film under another folder, one like it, and the same under another name."""
    folder = tmp_path / "new"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "reel.mov").write_bytes(b"the film" * 1000)
    (folder / "reel.mov").write_bytes(b"another film")
    (folder / "renamed.mov").write_bytes(b"the film" * 1000)
    (folder / "notes.txt").write_text("x")
    return FilmReference(
        path=tmp_path / "old" / "reel.mov", fingerprint=file_fingerprint(folder / "renamed.mov"), frames=10, rate=RATE,
        width=64, height=48,
    )  # fmt: skip


def test_a_folder_is_searched_by_name_and_then_by_content(moved, tmp_path):
    folder = tmp_path / "new"
    found = list(search(folder, moved, stop=lambda: False, fingerprint=fingerprint_at))
    assert found == [
        FoundFilm(folder / "reel.mov", False), FoundFilm(folder / "deep" / "reel.mov", True),
        FoundFilm(folder / "renamed.mov", True),
    ]  # fmt: skip
    assert list(search(folder, moved, stop=lambda: True, fingerprint=fingerprint_at)) == []


def test_a_sequence_is_found_by_its_first_picture(tmp_path):
    import cv2
    import numpy as np

    folder = tmp_path / "new" / "scan"
    folder.mkdir(parents=True)
    for number in (5, 6):
        cv2.imwrite(str(folder / f"r.{number:04d}.png"), np.full((8, 8), number, np.uint8))
    whole = sequence_fingerprint(folder / f"r.{number:04d}.png" for number in (5, 6))
    film = FilmReference(
        path=tmp_path / "old" / "r.%04d.png", fingerprint=whole, frames=2, rate=RATE, width=8, height=8, first_number=5
    )
    found = list(search(tmp_path / "new", film, stop=lambda: False, fingerprint=fingerprint_at))
    assert found == [FoundFilm(folder / "r.%04d.png", True)]


def test_what_cannot_be_read_is_no_film(tmp_path):
    assert fingerprint_at(tmp_path / "nothing.mov") is None
    assert fingerprint_at(tmp_path / "none" / "r.%04d.png") is None


def test_the_same_film_is_found_and_taken(qt, moved, tmp_path):
    dialog = shown(qt, RelinkDialog(moved, Answers(tmp_path / "new"), why="There is no film there: check the name."))
    taken = []
    dialog.relink_requested.connect(taken.append)
    press(dialog, "Search a Folder…")
    wait_until(lambda: dialog._folder.isEnabled() and dialog._list.count() == 3)
    assert dialog.chosen == FoundFilm(tmp_path / "new" / "deep" / "reel.mov", True)
    assert dialog._message.level == "good"
    looks_right(dialog)
    press(dialog, "Use This Film")
    assert taken == [tmp_path / "new" / "deep" / "reel.mov"] and not dialog.isVisible()


def test_another_film_is_taken_only_with_a_warning(qt, moved, tmp_path):
    dialog = shown(qt, RelinkDialog(moved, Answers(tmp_path / "new" / "reel.mov")))
    taken = []
    dialog.relink_requested.connect(taken.append)
    assert not dialog._use.isEnabled()
    press(dialog, "Choose File…")
    wait_until(lambda: dialog._use.isEnabled())
    assert dialog._message.level == "warning" and "may not fit" in dialog._message.text
    press(dialog, "Use This Film")
    assert taken == [tmp_path / "new" / "reel.mov"]


def test_an_empty_search_says_so_and_giving_up_changes_nothing(qt, moved, tmp_path):
    (tmp_path / "empty").mkdir()
    dialog = shown(qt, RelinkDialog(moved, Answers(tmp_path / "empty")))
    press(dialog, "Search a Folder…")
    wait_until(lambda: "not in that folder" in dialog._message.text)
    dialog._ask.path = None
    press(dialog, "Choose File…")
    assert not dialog._search.busy
    press(dialog, "Cancel")


def test_a_search_is_stopped(qt, moved, tmp_path):
    import threading

    held = threading.Event()

    def slow(path):
        held.wait(10)
        return None

    finished = FilmSearch(fingerprint=slow)
    seen = []
    finished.finished.connect(lambda count, cancelled: seen.append(cancelled))
    finished.start(moved, folder=tmp_path / "new")
    finished.cancel()
    held.set()
    wait_until(lambda: bool(seen))
    assert seen == [True]
    finished.close()


# --- about


def test_about_has_versions_and_licences(qt):
    dialog = shown(qt, AboutDialog(Store()))
    assert "TCVC Studio 0" in dialog.text_of("Versions") and "Qt 6" in dialog.text_of("Versions")
    assert "MIT" in dialog.text_of("Licence") and "AS IS" in dialog.text_of("Licence")
    weights = dialog.text_of("Weights")
    assert "Copyright (c) 2017 Pytorch contributors" in weights and "MobileNetV2" in weights
    assert "Redistributions in binary form must reproduce the above copyright notice, this list" in weights
    assert "PyTorch" in dialog.text_of("Libraries") and "LGPL" in dialog.text_of("Libraries")
    looks_right(dialog)
    press(dialog, "Copy Versions")
    assert QGuiApplication.clipboard().text() == versions()
    with pytest.raises(KeyError):
        dialog.text_of("Cast")


def test_downloaded_weights_are_listed_with_their_licence(tmp_path):
    store = Store(folder=tmp_path)
    assert "Richard Zhang" not in weight_licences(store)
    store.path("idc").write_bytes(b"x")
    assert "Richard Zhang" in weight_licences(store) and "BSD-2-Clause" in weight_licences(store)
    assert program_licence().startswith("MIT")


def test_a_card_without_notices_has_none(tmp_path):
    assert tuple(card_notices(tmp_path / "none.md")) == ()
    card = tmp_path / "card.md"
    card.write_text("# Card\n\n## Data\n\nx\n\n## Notice of a thing\n> Copyright,\n> all rights.\n>\n> * one\n> two\n")
    assert card_notices(card) == ("Notice of a thing\n\nCopyright, all rights.\n\n* one two",)
