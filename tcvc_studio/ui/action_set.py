"""The table of actions made into QActions, menus and a toolbar; the window connects what each does by its id."""

from collections.abc import Callable, Collection, Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QMainWindow,
    QMenu,
    QMenuBar,
    QTabBar,
    QToolBar,
    QWidget,
)

from tcvc_studio.app.actions import ACTIONS, MENUS, ActionSpec
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.theme import SIZES

_KEYS_OF_LISTS = frozenset(
    {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
     Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Backspace}
)  # fmt: skip
_WIDGETS_WITH_KEYS = (QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QTabBar)


class ActionSet(QObject):
    """All QActions of a window.

    triggered: the id of what was chosen, for logs and tests; handlers are connected by `connect`.
    """

    triggered = Signal(str)

    def __init__(self, window: QMainWindow, specs: Iterable[ActionSpec] = ACTIONS) -> None:
        super().__init__(window)
        self._window = window
        self._specs = {spec.id: spec for spec in specs}
        self._actions: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        self._choices: dict[str, QActionGroup] = {}
        self._connected: set[str] = set()
        for spec in self._specs.values():
            self._actions[spec.id] = self._made(spec)
        self.set_available(())
        # What a list, slider or field does with arrows, Return and Space comes before the same keys' shortcuts.
        self._guarded: QWidget | None = None
        QApplication.instance().focusChanged.connect(self._guard)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every action's id, in the order of the table."""
        return tuple(self._specs)

    @property
    def unconnected(self) -> tuple[str, ...]:
        """Actions that do nothing yet; none once the window is wired."""
        return tuple(id for id in self._specs if id not in self._connected)

    def spec(self, id: str) -> ActionSpec:
        """The table's row. Raises KeyError."""
        return self._specs[id]

    def action(self, id: str) -> QAction:
        """The QAction. Raises KeyError."""
        return self._actions[id]

    def connect(self, id: str, handler: Callable[..., object]) -> None:
        """Let a method of a QObject do it. It gets `checked` where it takes an argument. Raises KeyError."""
        self._actions[id].triggered.connect(handler)
        self._connected.add(id)

    def connect_all(self, handlers: dict[str, Callable[..., object]]) -> None:
        """Connect many."""
        for id, handler in handlers.items():
            self.connect(id, handler)

    def set_checked(self, id: str, checked: bool) -> None:
        """Show a state that came from elsewhere; handlers are not called."""
        self._actions[id].setChecked(checked)

    def set_enabled(self, id: str, enabled: bool) -> None:
        """Enable one action by hand (undo and redo, say)."""
        self._actions[id].setEnabled(enabled)

    def set_text(self, id: str, text: str | None) -> None:
        """Another text in the menu, "Undo Move Cut"; None for the table's own."""
        self._actions[id].setText(_escaped(text or self._specs[id].text))

    def set_available(self, there: Collection[str]) -> None:
        """Enable what needs nothing or needs what is there ("film", "selection", "anchor", "work"), and no more."""
        for spec in self._specs.values():
            if spec.needs is not None:
                self._actions[spec.id].setEnabled(spec.needs in there)

    def fill_menu_bar(self, bar: QMenuBar) -> None:
        """Make the menus, in the order of the table, and put every action into the window so that its keys work."""
        for title in MENUS:
            menu = bar.addMenu(title)
            name = title.replace("&", "")
            menu.setAccessibleName(name)
            self._menus[name] = menu
        groups: dict[str, str] = {}
        for spec in self._specs.values():
            menu = self.menu(spec.menu)
            groups.setdefault(spec.menu.partition("/")[0], "" if "/" in spec.menu else spec.group)
            if groups.setdefault(spec.menu, spec.group) != spec.group:
                menu.addSeparator()
                groups[spec.menu] = spec.group
            menu.addAction(self._actions[spec.id])
        self._window.addActions(list(self._actions.values()))

    def menu(self, path: str) -> QMenu:
        """The menu of a path ("File/Open Recent"), made where it is not there yet. Raises KeyError off the menu bar."""
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            if not parent:
                raise KeyError(path)
            # A submenu belongs to the group before it.
            made = QMenu(_escaped(title), self._window)
            made.setAccessibleName(title)
            self.menu(parent).addMenu(made)
            self._menus[path] = made
        return self._menus[path]

    def fill_tool_bar(self, bar: QToolBar) -> None:
        """Put the toolbar's actions in, icon and text, with a line between menus."""
        bar.setIconSize(QSize(SIZES.tool_icon, SIZES.tool_icon))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setMovable(False)
        last = None
        for spec in self._specs.values():
            if not spec.toolbar:
                continue
            if last not in (None, spec.menu):
                bar.addSeparator()
            last = spec.menu
            bar.addAction(self._actions[spec.id])
            button = bar.widgetForAction(self._actions[spec.id])
            button.setAccessibleName(spec.text.rstrip("…"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def close(self) -> None:
        """Let go of the application; the window calls it when it closes."""
        self._guard(None, None)
        QApplication.instance().focusChanged.disconnect(self._guard)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaves keys to the widget that has the focus, where it has a use for them."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in _KEYS_OF_LISTS:
            plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if plain == Qt.KeyboardModifier.NoModifier:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    @Slot(QWidget, QWidget)
    def _guard(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._guarded is not None:
            self._guarded.removeEventFilter(self)
            self._guarded.destroyed.disconnect(self._forget)
            self._guarded = None
        # Space presses a button that has the focus, whatever else it does.
        if now is not None and (isinstance(now, _WIDGETS_WITH_KEYS) or now.inherits("QAbstractButton")):
            self._guarded = now
            now.installEventFilter(self)
            now.destroyed.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self._guarded = None

    @Slot()
    def _tell(self) -> None:
        self.triggered.emit(self.sender().objectName())

    def _made(self, spec: ActionSpec) -> QAction:
        action = QAction(_escaped(spec.text), self._window)
        action.setObjectName(spec.id)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setShortcuts([QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for key in spec.shortcuts])
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{spec.tip} ({shown})" if shown else spec.tip)
        action.setStatusTip(spec.status)
        action.setWhatsThis(spec.status)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        action.setAutoRepeat(spec.id.startswith(("play.", "edit.nudge", "edit.undo", "edit.redo", "view.")))
        action.setCheckable(spec.checkable or spec.choice is not None)
        if spec.choice is not None:
            if spec.choice not in self._choices:
                self._choices[spec.choice] = QActionGroup(self)
                action.setChecked(True)
            self._choices[spec.choice].addAction(action)
        action.triggered.connect(self._tell)
        return action


_ROLES = {
    "file.quit": QAction.MenuRole.QuitRole,
    "edit.preferences": QAction.MenuRole.PreferencesRole,
    "help.about": QAction.MenuRole.AboutRole,
}


def _escaped(text: str) -> str:
    return text.replace("&", "&&")
