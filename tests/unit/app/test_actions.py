"""The table of actions: whole, worded, and without two claims to one key."""

import dataclasses

import pytest
from PySide6.QtGui import QKeySequence

from tcvc_studio.app.actions import ACTIONS, MENUS, conflicts, find

TITLES = [title.replace("&", "") for title in MENUS]


def keys(id: str) -> tuple[str, ...]:
    return find(id).shortcuts


def test_every_action_has_words_and_a_place():
    for spec in ACTIONS:
        assert spec.text and spec.tip and spec.status.endswith("."), spec.id
        assert not spec.tip.endswith("."), spec.id
        assert spec.menu.partition("/")[0] in TITLES, spec.id
        assert "&" not in spec.text, spec.id


def test_ids_are_given_once_and_every_menu_has_actions():
    ids = [spec.id for spec in ACTIONS]
    assert len(ids) == len(set(ids))
    assert {spec.menu.partition("/")[0] for spec in ACTIONS} == set(TITLES)


def test_texts_are_given_once_in_a_menu():
    places = [(spec.menu, spec.text) for spec in ACTIONS]
    assert len(places) == len(set(places))


def test_no_two_actions_claim_one_shortcut():
    assert conflicts() == ()
    read = [QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for spec in ACTIONS for key in spec.shortcuts]
    assert len({sequence.toString() for sequence in read}) == len(read)


def test_a_conflict_would_be_seen():
    twin = dataclasses.replace(find("help.about"), id="help.twin", shortcuts=("ctrl+z",))
    assert conflicts((*ACTIONS, twin)) == ("ctrl+z",)


def test_every_shortcut_can_be_typed():
    for spec in ACTIONS:
        for key in spec.shortcuts:
            sequence = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)
            assert sequence.count() == 1, (spec.id, key)
            assert sequence[0].key() != 0x01FFFFFF, (spec.id, key)


@pytest.mark.parametrize(
    ("id", "key"),
    [
        ("play.back", "J"), ("play.stop", "K"), ("play.forward", "L"), ("play.toggle", "Space"),
        ("play.step", "Right"), ("play.step_back", "Left"), ("marks.in", "I"), ("marks.out", "O"),
        ("anchors.add", "M"), ("film.add_cut", "C"), ("view.side", "1"), ("view.wipe", "2"), ("view.flip", "3"),
        ("view.difference", "4"), ("view.single", "5"), ("edit.undo", "Ctrl+Z"), ("edit.redo", "Ctrl+Shift+Z"),
        ("help.shortcuts", "F1"), ("view.fullscreen", "F11"), ("file.export", "Ctrl+E"), ("file.save", "Ctrl+S"),
    ],
)  # fmt: skip
def test_the_keys_a_restorer_knows(id, key):
    assert key in keys(id)


def test_the_tooltip_names_the_shortcut():
    assert find("anchors.add").tooltip == "Set an anchor at the playhead (M)"
    assert find("file.open_demo").tooltip == "Open the demo film"
    with pytest.raises(KeyError):
        find("file.nothing")
