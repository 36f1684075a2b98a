"""Menus, toolbar and shortcuts made from the table."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget, QMainWindow, QPushButton, QVBoxLayout, QWidget

from tcvc_studio.app.actions import ACTIONS
from tcvc_studio.ui.action_set import ActionSet


class Handler(QObject):
    def __init__(self, parent) -> None:
        super().__init__(parent)
        self.calls = []

    @Slot()
    def plain(self) -> None:
        self.calls.append("plain")

    @Slot(bool)
    def checked(self, on: bool) -> None:
        self.calls.append(on)

    @Slot(str)
    def named(self, id: str) -> None:
        self.calls.append(id)


@pytest.fixture
def window(qt):
    made = QMainWindow()
    actions = ActionSet(made)
    actions.fill_menu_bar(made.menuBar())
    actions.fill_tool_bar(made.addToolBar("Tools"))
    yield made, actions, Handler(made)
    actions.close()


def show(qt, window, *widgets) -> None:
    middle = QWidget(window)
    layout = QVBoxLayout(middle)
    for widget in widgets:
        layout.addWidget(widget)
    window.setCentralWidget(middle)
    window.show()
    window.activateWindow()
    qt.processEvents()


def test_every_action_is_in_its_menu_with_words_and_keys(window):
    _, actions, _ = window
    for spec in ACTIONS:
        action = actions.action(spec.id)
        assert action in actions.menu(spec.menu).actions()
        assert action.text() and action.toolTip().startswith(spec.tip) and action.statusTip() == spec.status
        assert len(action.shortcuts()) == len(spec.shortcuts)
        assert action.icon().isNull() == (spec.icon is None)
    for menu in ("File", "View/Compare", "Timeline/Loop", "File/Open Recent"):
        assert actions.menu(menu).accessibleName()
    with pytest.raises(KeyError):
        actions.menu("Tools")


def test_groups_are_parted_and_no_menu_ends_in_a_line(window):
    _, actions, _ = window
    for menu in {spec.menu for spec in ACTIONS}:
        rows = actions.menu(menu).actions()
        assert not rows[0].isSeparator() and not rows[-1].isSeparator()
        assert not any(a.isSeparator() and b.isSeparator() for a, b in pairwise(rows))
    assert any(row.isSeparator() for row in actions.menu("View").actions())


def test_handlers_are_called_with_or_without_the_state(window):
    _, actions, handler = window
    actions.connect_all({"file.open_film": handler.plain, "view.gray": handler.checked})
    actions.triggered.connect(handler.named)
    actions.action("file.open_film").trigger()
    actions.action("view.gray").trigger()
    assert handler.calls.count("plain") == 1 and True in handler.calls
    assert "file.open_film" in handler.calls and "view.gray" in handler.calls
    assert "file.open_film" not in actions.unconnected and "file.save" in actions.unconnected
    with pytest.raises(KeyError):
        actions.connect("file.nothing", handler.plain)


def test_what_needs_something_is_enabled_when_it_is_there(window):
    _, actions, _ = window
    assert not actions.action("file.export").isEnabled() and actions.action("file.open_film").isEnabled()
    actions.set_available({"film"})
    assert actions.action("file.export").isEnabled() and not actions.action("edit.delete").isEnabled()
    actions.set_available({"film", "selection"})
    assert actions.action("edit.delete").isEnabled()


def test_of_the_compare_modes_one_is_on(window):
    _, actions, _ = window
    modes = [spec.id for spec in ACTIONS if spec.choice == "compare"]
    assert [id for id in modes if actions.action(id).isChecked()] == ["view.side"]
    actions.action("view.flip").trigger()
    assert [id for id in modes if actions.action(id).isChecked()] == ["view.flip"]
    actions.set_checked("view.wipe", True)
    assert [id for id in modes if actions.action(id).isChecked()] == ["view.wipe"]


def test_a_text_can_say_what_would_be_undone(window):
    _, actions, _ = window
    actions.set_text("edit.undo", "Undo Cut & Anchor")
    assert actions.action("edit.undo").text() == "Undo Cut && Anchor"
    actions.set_text("edit.undo", None)
    assert actions.action("edit.undo").text() == "Undo"


def test_a_key_reaches_its_action_but_not_while_one_types(qt, window):
    main, actions, handler = window
    actions.set_available({"film"})
    actions.connect("anchors.add", handler.plain)
    field, button = QLineEdit(), QPushButton("Go")
    show(qt, main, field, button)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_M)
    assert handler.calls == ["plain"]
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_M)
    assert field.text() == "m" and handler.calls == ["plain"]


def test_arrows_belong_to_the_list_that_has_the_focus(qt, window):
    main, actions, handler = window
    actions.set_available({"film"})
    actions.connect_all({"film.next_cut": handler.plain, "play.toggle": handler.plain})
    rows, button, field = QListWidget(), QPushButton("Go"), QWidget()
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    rows.addItems(["one", "two"])
    show(qt, main, rows, button, field)
    rows.setFocus()
    rows.setCurrentRow(0)
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert rows.currentRow() == 1 and handler.calls == []
    button.setFocus()
    button.clicked.connect(handler.checked)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert handler.calls == [False]
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Space)
    assert handler.calls == [False, "plain", "plain"]


def test_toolbar_buttons_have_names_and_take_the_focus_by_tab(window):
    main, actions, _ = window
    from PySide6.QtWidgets import QToolBar

    bar = main.findChild(QToolBar)
    shown = [spec for spec in ACTIONS if spec.toolbar]
    assert {"file.open_film", "film.add_cut", "anchors.add", "render.pause", "file.export"} <= {s.id for s in shown}
    for spec in shown:
        button = bar.widgetForAction(actions.action(spec.id))
        assert button.accessibleName() and button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_toolbar_fits_the_smallest_window(qt, window):
    main, _, _ = window
    from PySide6.QtWidgets import QToolBar

    assert main.findChild(QToolBar).sizeHint().width() <= 1280 - 260
