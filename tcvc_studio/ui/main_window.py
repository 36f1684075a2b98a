"""The window: viewers above, transport and timeline below, panels at the right. It puts them together, no more."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDockWidget,
    QLabel,
    QMainWindow,
    QProgressBar,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from tcvc_studio.app.studio import Studio
from tcvc_studio.ui.action_set import ActionSet
from tcvc_studio.ui.ask import Ask, AskInWindows
from tcvc_studio.ui.desk.exporting import Exporting
from tcvc_studio.ui.desk.files import Files
from tcvc_studio.ui.desk.marking import Marking
from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.desk.playing import Playing
from tcvc_studio.ui.desk.showing import Showing
from tcvc_studio.ui.desk.status import Status
from tcvc_studio.ui.desk.tastes import Tastes
from tcvc_studio.ui.desk.viewing import Viewing
from tcvc_studio.ui.dialogs.history import HistoryDock
from tcvc_studio.ui.notifier import Notifier
from tcvc_studio.ui.panels.cuts import CutsPanel
from tcvc_studio.ui.panels.inspector import Inspector
from tcvc_studio.ui.panels.jobs import JobsPanel
from tcvc_studio.ui.timeline.widget import Timeline
from tcvc_studio.ui.transport import Transport
from tcvc_studio.ui.viewer.area import ViewerArea
from tcvc_studio.ui.welcome import Welcome, dropped_path

_SIZE = QSize(1440, 900)
_LEAST = QSize(960, 600)
#: Share of the height that viewer and timeline get at first.
_VIEWER, _TIMELINE = 11, 9


class MainWindow(QMainWindow):
    """One window on one studio. Closing it asks about unsaved edits and ends all threads."""

    def __init__(self, studio: Studio, *, ask: Ask | None = None, log_folder: Path) -> None:
        super().__init__()
        self.studio = studio
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setMinimumSize(_LEAST)
        self.resize(_SIZE)
        self.actions_ = ActionSet(self)
        self.actions_.fill_menu_bar(self.menuBar())
        self.parts = self._made_parts(ask or AskInWindows())
        self._device, self._work, self._bar = QLabel(), QLabel(), QProgressBar()
        self._fill_tool_bar()
        self._fill_status_bar()
        parts = self.parts
        self.files = Files(parts)
        self.exporting = Exporting(parts)
        self._wiring: tuple[QObject, ...] = (
            Playing(parts), Marking(parts), Tastes(parts), self.files, self.exporting,
        )  # fmt: skip
        self._viewing = Viewing(parts, log_folder=log_folder)
        self._showing = Showing(parts)
        self._status = Status(parts, device=self._device, work=self._work, bar=self._bar)
        self.actions_.connect("file.quit", self.close)
        self.actions_.connect("window.reset", self.reset_layout)
        parts.welcome.action_requested.connect(self._trigger)
        parts.transport.loop_requested.connect(self._loop)
        parts.transport.mark_in_requested.connect(self.actions_.action("marks.in").trigger)
        parts.transport.mark_out_requested.connect(self.actions_.action("marks.out").trigger)
        studio.film_changed.connect(self._show_desk)
        self._default_state = self.saveState()
        self._restore_layout()
        self._show_desk()

    # --- putting together ---------------------------------------------------------------------------------------

    def _made_parts(self, ask: Ask) -> Parts:
        studio = self.studio
        viewer = ViewerArea()
        viewer.set_source(studio.frames)
        viewer.follow(studio.playback)
        transport, timeline = Transport(studio.playback), Timeline()
        timeline.set_thumbnails(studio.thumbnails)
        above = QWidget()
        column = QVBoxLayout(above)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(viewer, 1)
        column.addWidget(transport)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(above)
        split.addWidget(timeline)
        split.setStretchFactor(0, _VIEWER)
        split.setStretchFactor(1, _TIMELINE)
        split.setSizes([100 * _VIEWER, 100 * _TIMELINE])
        self._desk = split
        welcome = Welcome()
        self._pages = QStackedWidget()
        self._pages.addWidget(welcome)
        self._pages.addWidget(split)
        self.setCentralWidget(self._pages)
        inspector, cuts, jobs, history = Inspector(ask), CutsPanel(), JobsPanel(), HistoryDock(self)
        history.set_stack(studio.document.undo_stack)
        docks = {
            "inspector": self._docked("Inspector", inspector), "cuts": self._docked("Cuts", cuts),
            "jobs": self._docked("Jobs", jobs), "history": history,
        }  # fmt: skip
        for name, dock in docks.items():
            dock.setObjectName(name)
            self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            if name != "inspector":
                self.tabifyDockWidget(docks["inspector"], dock)
        docks["inspector"].raise_()
        return Parts(
            studio=studio, window=self, ask=ask, actions=self.actions_, welcome=welcome, viewer=viewer,
            transport=transport, timeline=timeline, inspector=inspector, cuts=cuts, jobs=jobs,
            notifier=Notifier(self), docks=docks,
        )  # fmt: skip

    def _docked(self, title: str, content: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setWidget(content)
        return dock

    def _fill_tool_bar(self) -> None:
        bar = QToolBar("Tools", self)
        bar.setObjectName("tools")
        self.actions_.fill_tool_bar(bar)
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spring)
        self._device.setAccessibleName("Device, speed and memory")
        self._device.setContentsMargins(8, 0, 8, 0)
        bar.addWidget(self._device)
        self.addToolBar(bar)

    def _fill_status_bar(self) -> None:
        self._work.setAccessibleName("Work in the background")
        self._bar.setAccessibleName("Progress of the work in the background")
        self._bar.setFixedWidth(160)
        self._bar.setTextVisible(False)
        self.statusBar().addPermanentWidget(self._work)
        self.statusBar().addPermanentWidget(self._bar)

    # --- what the window does itself ----------------------------------------------------------------------------

    @Slot()
    def _show_desk(self) -> None:
        """The desk where a film is open, else the welcome page."""
        there = self.studio.film is not None
        self._pages.setCurrentIndex(int(there))
        if there:
            self.parts.timeline.setFocus()
        else:
            for dock in self.parts.docks.values():
                dock.hide()
            return
        if all(dock.isHidden() for dock in self.parts.docks.values()):
            for dock in self.parts.docks.values():
                dock.show()
            self.parts.docks["inspector"].raise_()

    @Slot(str)
    def _trigger(self, id: str) -> None:
        self.actions_.action(id).trigger()

    @Slot(str)
    def _loop(self, mode: str) -> None:
        self.actions_.action(f"loop.{mode}").trigger()

    @Slot()
    def reset_layout(self) -> None:
        """Every panel where it was at first."""
        self.restoreState(self._default_state)
        self._show_desk()

    def _restore_layout(self) -> None:
        value = self.studio.preferences.value
        if value.window_geometry:
            self.restoreGeometry(QByteArray.fromHex(value.window_geometry.encode()))
        if value.window_state:
            self.restoreState(QByteArray.fromHex(value.window_state.encode()))
        if value.window_split:
            self._desk.restoreState(QByteArray.fromHex(value.window_split.encode()))

    def _keep_layout(self) -> None:
        self.studio.preferences.update(
            window_geometry=bytes(self.saveGeometry().toHex()).decode(),
            window_state=bytes(self.saveState().toHex()).decode(),
            window_split=bytes(self._desk.saveState().toHex()).decode(),
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (path := dropped_path(event)) is not None:
            event.acceptProposedAction()
            self.files.open_path(path)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and hasattr(self, "actions_"):
            self.actions_.set_checked("view.fullscreen", self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave() or not self._may_end_jobs():
            event.ignore()
            return
        self._keep_layout()
        # Some have threads of their own, which end with them.
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self._viewing.close()
        self._showing.close()
        self._status.close()
        self.actions_.close()
        # A filter in Python must not be called any more while its window is taken apart.
        self.removeEventFilter(self.parts.notifier)
        # What was not to be saved shall not be offered as lost.
        self.studio.document.close()
        self.studio.close()
        event.accept()

    def _may_end_jobs(self) -> bool:
        running = [item for item in self.studio.jobs.items if item.state in ("waiting", "running")]
        if not running:
            return True
        answer = self.parts.ask.choose(
            self, "Exports Going On", f"{len(running)} exports are not finished; what is half-written is removed.",
            (("stay", "Go On Exporting"), ("quit", "Give Them Up and Quit")),
        )  # fmt: skip
        return answer == "quit"
