"""The anchors of the shot at the playhead: where they are, whose color they have, and what can be done with them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QHeaderView, QTreeView, QVBoxLayout, QWidget

from tcvc_studio.project import edits
from tcvc_studio.project.anchors import anchors_of_shot
from tcvc_studio.project.model import Project
from tcvc_studio.project.shots import Shot
from tcvc_studio.ui.ask import PICTURES, Ask
from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.panels.film_words import shot_title, timecode_of
from tcvc_studio.ui.parts import ElidedLabel, button, words
from tcvc_studio.ui.theme import SIZES, monospaced

_COLUMNS = ("Frame", "Time code", "State")


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """One anchor. by_hand: it was set by hand. still: the picture that gives it its color."""

    frame: int
    timecode: str
    by_hand: bool = False
    locked: bool = False
    still: Path | None = None

    @property
    def state(self) -> str:
        """In a word or two."""
        state = "locked" if self.locked else "by hand" if self.by_hand else "proposed"
        return f"still, {state}" if self.still and self.locked else "still" if self.still else state


def anchor_rows(project: Project, shot: Shot) -> tuple[AnchorRow, ...]:
    """The anchors of a shot, proposed ones too, ascending."""
    by_hand = {anchor.frame: anchor for anchor in project.anchors if anchor.frame in shot}
    rows = []
    for frame in anchors_of_shot(project, shot):
        anchor = by_hand.get(frame)
        code = timecode_of(project.film, frame)
        if anchor is None:
            rows.append(AnchorRow(frame, code))
        else:
            rows.append(AnchorRow(frame, code, True, anchor.locked, anchor.still))
    return tuple(rows)


class _Rows(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[AnchorRow, ...] = ()
        self._digits = monospaced(parent.font())

    def set_rows(self, rows: tuple[AnchorRow, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        entry = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (str(entry.frame), entry.timecode, entry.state)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            name = "anchor_still" if entry.still else "anchor_hand" if entry.by_hand else "anchor_proposed"
            return icon("lock" if entry.locked else name)
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(entry.still) if entry.still else f"Frame {entry.frame}: {entry.state}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Anchor at frame {entry.frame}, {entry.timecode}, {entry.state}"
        if role == Qt.ItemDataRole.FontRole and index.column() == 1:
            return self._digits
        return None


class AnchorPage(QWidget):
    """The tab. Signals as those of `Inspector`."""

    edit_requested = Signal(str, object, str)
    seek_requested = Signal(int)

    def __init__(self, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._project: Project | None = None
        self._shot: Shot | None = None
        self._frame = 0
        self._title = words("No film", "title")
        self._summary = words("", "dim", wrap=True)
        self._model = _Rows(self)
        self._view = QTreeView()
        self._view.setModel(self._model)
        self._view.setRootIsDecorated(False)
        self._view.setUniformRowHeights(True)
        self._view.setAlternatingRowColors(True)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._view.setAllColumnsShowFocus(True)
        self._view.setAccessibleName("Anchors of this shot")
        self._view.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self._view.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._view.activated.connect(self._go)
        self._view.doubleClicked.connect(self._go)
        self._view.selectionModel().selectionChanged.connect(self._refresh_buttons)
        self._still = ElidedLabel("", "dim")
        self._add = button("Add Here", "anchor", tip="Set an anchor at the playhead (M)", name="Add anchor at playhead")
        self._keep = button("Set by Hand", "anchor_hand", tip="Keep the selected proposed anchors where they are")
        self._lock = button("Lock", "lock", tip="A locked anchor is neither moved nor deleted (Ctrl+Shift+L)")
        self._remove = button("Remove", "delete", tip="Remove the selected anchors (Del in the timeline)")
        self._choose = button("Choose Still…", "still", tip="Give the anchor the color of a picture (Ctrl+M)")
        self._clear = button("Clear Still", "clear_still", tip="Let the backbone color the anchor again")
        for made, slot in (
            (self._add, self._add_here), (self._keep, self._set_by_hand), (self._lock, self._toggle_lock),
            (self._remove, self._remove_selected), (self._choose, self._choose_still), (self._clear, self._clear_still),
        ):  # fmt: skip
            made.clicked.connect(slot)
        grid = QGridLayout()
        grid.setSpacing(SIZES.gap)
        buttons = (self._add, self._keep, self._choose, self._clear, self._lock, self._remove)
        for i, made in enumerate(buttons):
            grid.addWidget(made, i // 2, i % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SIZES.space, SIZES.space, SIZES.space, SIZES.space)
        layout.setSpacing(SIZES.gap)
        for widget in (self._title, self._summary):
            layout.addWidget(widget)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._still)
        layout.addLayout(grid)
        self._refresh_buttons()

    @property
    def selected(self) -> tuple[AnchorRow, ...]:
        """The chosen anchors, ascending."""
        rows = sorted(index.row() for index in self._view.selectionModel().selectedRows())
        return tuple(self._model.rows[row] for row in rows if row < len(self._model.rows))

    def set_state(self, project: Project | None, shot: Shot | None, frame: int) -> None:
        """Show the anchors of a shot; the playhead stands at frame."""
        changed = project is not self._project or shot != self._shot
        moved = frame != self._frame
        self._project, self._shot, self._frame = project, shot, frame
        if changed:
            self._show_rows()
        if changed or moved:
            self._follow_playhead()
            self._refresh_buttons()

    def select(self, frames: tuple[int, ...]) -> None:
        """Choose anchors by their frames, as the timeline did."""
        chosen = self._view.selectionModel()
        chosen.clearSelection()
        for i, entry in enumerate(self._model.rows):
            if entry.frame in frames:
                flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
                chosen.select(self._model.index(i, 0), flags)

    def _show_rows(self) -> None:
        kept = tuple(entry.frame for entry in self.selected)
        project, shot = self._project, self._shot
        if project is None or shot is None:
            self._model.set_rows(())
            self._title.setText("No film")
            self._summary.setText("Open a film to see its anchors.")
            return
        rows = anchor_rows(project, shot)
        self._model.set_rows(rows)
        hand = sum(entry.by_hand for entry in rows)
        stills = sum(entry.still is not None for entry in rows)
        self._title.setText(shot_title(project, shot))
        parts = [f"{len(rows)} anchor{'' if len(rows) == 1 else 's'}", f"{hand} by hand"]
        self._summary.setText(", ".join([*parts, f"{stills} with a still"] if stills else parts))
        self.select(kept)
        self._view.resizeColumnToContents(0)
        self._view.resizeColumnToContents(1)

    def _follow_playhead(self) -> None:
        for i, entry in enumerate(self._model.rows):
            if entry.frame == self._frame:
                self._view.setCurrentIndex(self._model.index(i, 0))
                return

    @Slot()
    def _refresh_buttons(self) -> None:
        chosen = self.selected
        there = self._project is not None
        here = self._project.anchor_at(self._frame) if self._project is not None else None
        self._add.setEnabled(there and here is None)
        self._keep.setEnabled(any(not entry.by_hand for entry in chosen))
        locked = bool(chosen) and all(entry.locked for entry in chosen)
        self._lock.setText("Unlock" if locked else "Lock")
        self._lock.setAccessibleName("Unlock anchors" if locked else "Lock anchors")
        self._lock.setIcon(icon("unlock" if locked else "lock"))
        self._lock.setEnabled(bool(chosen))
        self._remove.setEnabled(bool(chosen) and not any(entry.locked for entry in chosen))
        self._choose.setEnabled(len(chosen) == 1)
        self._clear.setEnabled(any(entry.still for entry in chosen))
        one = chosen[0] if len(chosen) == 1 else None
        if one is not None and one.still is not None:
            self._still.set_text(f"Still: {one.still}")
        elif one is not None:
            self._still.set_text(f"Frame {one.frame}: {one.state}, the backbone's color")
        else:
            self._still.set_text(f"{len(chosen)} anchors selected" if chosen else "Select an anchor to work on it")

    def _ask_for(self, text: str, edit: Callable[[Project], Project]) -> None:
        self.edit_requested.emit(text, edit, "")

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        self.seek_requested.emit(self._model.rows[index.row()].frame)

    @Slot()
    def _add_here(self) -> None:
        self._ask_for("Add Anchor", partial(edits.add_anchor, frame=self._frame))

    @Slot()
    def _set_by_hand(self) -> None:
        frames = tuple(entry.frame for entry in self.selected if not entry.by_hand)
        self._ask_for("Set Anchor by Hand", partial(edits.add_anchors, frames=frames))

    @Slot()
    def _toggle_lock(self) -> None:
        chosen = self.selected
        locked = not all(entry.locked for entry in chosen)
        frames = tuple(entry.frame for entry in chosen)
        text = "Lock Anchor" if locked else "Unlock Anchor"
        self._ask_for(text, partial(edits.lock_anchors, frames=frames, locked=locked))

    @Slot()
    def _remove_selected(self) -> None:
        self._ask_for("Remove Anchor", partial(edits.remove_anchors, frames=tuple(e.frame for e in self.selected)))

    @Slot()
    def _choose_still(self) -> None:
        chosen = self.selected
        if len(chosen) != 1 or self._project is None:
            return
        entry = chosen[0]
        folder = entry.still.parent if entry.still else self._project.film.path.parent
        path = self._ask.open_file(self, f"Still for frame {entry.frame}", PICTURES, folder)
        if path is not None:
            self._ask_for("Choose Still", partial(edits.set_still, frame=entry.frame, path=path))

    @Slot()
    def _clear_still(self) -> None:
        frames = tuple(entry.frame for entry in self.selected if entry.still)
        self._ask_for("Clear Still", partial(_without_stills, frames=frames))


def _without_stills(p: Project, *, frames: tuple[int, ...]) -> Project:
    for frame in frames:
        p = edits.set_still(p, frame, None)
    return p
