"""The shortcut sheet: every action with its keys, made from the table, with a field to search it."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from tcvc_studio.app.actions import ACTIONS, MENUS, ActionSpec
from tcvc_studio.ui.dialogs.frame import Dialog
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.parts import words
from tcvc_studio.ui.theme import SIZES


class ShortcutSheet(Dialog):
    """All actions by menu. chosen: the id of an action that was activated (Return or double click)."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, specs: Iterable[ActionSpec] = ACTIONS) -> None:
        super().__init__("Shortcuts", parent, width=680, height=560)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search for a word or a key, such as anchor or Ctrl+E")
        self._search.setAccessibleName("Search shortcuts")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._tree = QTreeWidget()
        self._tree.setAccessibleName("Actions and their shortcuts")
        self._tree.setHeaderLabels(["Action", "Shortcut", "What it does"])
        self._tree.setIndentation(14)
        self._tree.setUniformRowHeights(True)
        self._tree.setIconSize(QSize(SIZES.icon, SIZES.icon))
        self._tree.setAllColumnsShowFocus(True)
        self._none = words("No action has that word or key.", "dim")
        self.body.addWidget(self._search)
        self.body.addWidget(self._tree, 1)
        self.body.addWidget(self._none)
        self.add_close()
        self._fill(tuple(specs))
        self._search.textChanged.connect(self.search)
        self._tree.itemActivated.connect(self._activate)
        self.search("")

    @property
    def visible_ids(self) -> tuple[str, ...]:
        """The actions that are shown."""
        return tuple(item.data(0, Qt.ItemDataRole.UserRole) for item in self._leaves() if not item.isHidden())

    @Slot(str)
    def search(self, text: str) -> None:
        """Show the actions that have every one of the words, or the key."""
        wanted = text.casefold().split()
        for item in self._leaves():
            hay = item.data(1, Qt.ItemDataRole.UserRole)
            item.setHidden(not all(word in hay for word in wanted))
        any_shown = False
        for i in range(self._tree.topLevelItemCount()):
            head = self._tree.topLevelItem(i)
            shown = any(not head.child(k).isHidden() for k in range(head.childCount()))
            head.setHidden(not shown)
            any_shown |= shown
        self._none.setVisible(not any_shown)

    def _fill(self, specs: tuple[ActionSpec, ...]) -> None:
        bold = QFont(self.font())
        bold.setBold(True)
        # Rows without an icon line up with those that have one.
        room = QPixmap(SIZES.icon, SIZES.icon)
        room.fill(Qt.GlobalColor.transparent)
        blank = QIcon(room)
        for title in (title.replace("&", "") for title in MENUS):
            rows = [spec for spec in specs if spec.menu.partition("/")[0] == title]
            if not rows:
                continue
            head = QTreeWidgetItem(self._tree, [title])
            head.setFont(0, bold)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setFirstColumnSpanned(True)
            for spec in rows:
                keys = [QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for key in spec.shortcuts]
                shown = "  or  ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
                item = QTreeWidgetItem(head, [spec.text.rstrip("…"), shown, spec.status])
                item.setToolTip(2, spec.status)
                item.setData(0, Qt.ItemDataRole.UserRole, spec.id)
                hay = " ".join((spec.text, *spec.shortcuts, shown, spec.tip, spec.status, spec.menu))
                item.setData(1, Qt.ItemDataRole.UserRole, hay.casefold())
                item.setIcon(0, icon(spec.icon) if spec.icon else blank)
        self._tree.expandAll()
        header = self._tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)

    def _leaves(self) -> list[QTreeWidgetItem]:
        tops = [self._tree.topLevelItem(i) for i in range(self._tree.topLevelItemCount())]
        return [top.child(k) for top in tops for k in range(top.childCount())]

    @Slot(QTreeWidgetItem)
    def _activate(self, item: QTreeWidgetItem) -> None:
        if (id := item.data(0, Qt.ItemDataRole.UserRole)) is not None:
            self.chosen.emit(id)
