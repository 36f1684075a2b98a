"""The list of exports: what waits, runs and is done, and what was found when it was read back."""

import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from tcvc_studio.ui.icons import icon, pixmap
from tcvc_studio.ui.parts import ElidedLabel, Message, PageArea, readable_time, repolish, row, tool, words
from tcvc_studio.ui.theme import COLORS, SIZES

_STATES = {
    "waiting": ("waiting", "Waiting", COLORS.dim),
    "running": ("running", "Running", COLORS.accent),
    "paused": ("pause", "Paused", COLORS.warning),
    "done": ("done", "Done", COLORS.good),
    "failed": ("failed", "Failed", COLORS.error),
    "cancelled": ("cancel", "Cancelled", COLORS.dim),
}


class JobsPanel(QWidget):
    """Shows an ExportJobs (or whatever has its items, changed, cancel and pause).

    An item is like `app.export_jobs.ExportItem`; jobs may have `clear`, to take what is over off the list.
    folder_requested: the folder of a finished file; the panel opens it itself unless it was told not to.
    """

    folder_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, open_folders: bool = True) -> None:
        super().__init__(parent)
        self._jobs: Any = None
        self._open_folders = open_folders
        self._cards: dict[int, _JobCard] = {}
        self._empty = words("No exports yet. Ctrl+E exports the film while you go on working.", "dim", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setMargin(SIZES.space)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(SIZES.gap, SIZES.gap, SIZES.gap, SIZES.gap)
        self._list.setSpacing(SIZES.gap)
        self._list.addStretch(1)
        page = QWidget()
        page.setLayout(self._list)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(PageArea(page))
        self.setAccessibleName("Exports")

    def set_jobs(self, jobs: Any) -> None:
        """Show these from now on; None: none."""
        if self._jobs is not None:
            self._jobs.changed.disconnect(self._refresh)
        self._jobs = jobs
        for id in tuple(self._cards):
            self._drop(id)
        if jobs is not None:
            jobs.changed.connect(self._refresh)
            for item in _items(jobs):
                self._refresh(item.id)
        self._stack.setCurrentIndex(1 if self._cards else 0)

    @Slot(int)
    def _refresh(self, id: int) -> None:
        item = next((item for item in _items(self._jobs) if item.id == id), None)
        if item is None:
            self._drop(id)
        else:
            card = self._cards.get(id)
            if card is None:
                card = self._cards[id] = _JobCard(id)
                card.cancel_requested.connect(self._cancel)
                card.pause_requested.connect(self._pause)
                card.folder_requested.connect(self._show_folder)
                card.clear_requested.connect(self._clear)
                # The newest on top.
                self._list.insertWidget(0, card)
            card.show_item(item)
        self._stack.setCurrentIndex(1 if self._cards else 0)

    def _drop(self, id: int) -> None:
        card = self._cards.pop(id, None)
        if card is not None:
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()

    @Slot(int)
    def _cancel(self, id: int) -> None:
        self._jobs.cancel(id)

    @Slot(int)
    def _pause(self, id: int) -> None:
        self._jobs.pause(id)

    @Slot(int)
    def _clear(self, id: int) -> None:
        self._jobs.clear(id)

    @Slot(object)
    def _show_folder(self, folder: Path) -> None:
        self.folder_requested.emit(folder)
        if self._open_folders:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class _JobCard(QFrame):
    cancel_requested = Signal(int)
    pause_requested = Signal(int)
    folder_requested = Signal(object)
    clear_requested = Signal(int)

    def __init__(self, id: int) -> None:
        super().__init__()
        self._id = id
        self._folder = Path()
        self.setProperty("part", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._sign = QLabel()
        self._name = ElidedLabel("", "title")
        self._state = words("", "dim")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._report = words("", "dim", wrap=True)
        self._report.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._message = Message()
        self._pause = tool("pause", tip="Pause this export, or go on", name="Pause export")
        self._stop = tool("cancel", tip="Cancel this export; nothing half-written is left", name="Cancel export")
        self._open = tool("folder", tip="Open the folder with the file", name="Open folder")
        self._clear = tool("close", tip="Take this export off the list; its file stays", name="Take off the list")
        self._clear.clicked.connect(self._ask_clear)
        self._pause.clicked.connect(self._ask_pause)
        self._stop.clicked.connect(self._ask_cancel)
        self._open.clicked.connect(self._ask_folder)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 8, 8, 8)
        grid.setHorizontalSpacing(SIZES.gap)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._sign, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addLayout(row(self._pause, self._stop, self._open, self._clear, spacing=0), 0, 2)
        grid.addWidget(self._bar, 1, 1, 1, 2)
        grid.addWidget(self._state, 2, 1, 1, 2)
        grid.addWidget(self._report, 3, 1, 1, 2)
        grid.addWidget(self._message, 4, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_item(self, item: Any) -> None:
        paused = bool(getattr(item, "paused", False))
        state = "paused" if paused and item.state in ("waiting", "running") else item.state
        icon_name, title, color = _STATES[state]
        files = tuple(getattr(item, "files", ()) or ())
        path = Path(files[0] if len(files) == 1 else item.request.path)
        self._folder = path.parent
        self._sign.setPixmap(pixmap(icon_name, color, ratio=self.devicePixelRatioF()))
        self._sign.setAccessibleName(title)
        self._name.set_text(path.name if len(files) < 2 else f"{path.name} ({len(files)} files)")
        self._name.setToolTip("\n".join(map(str, files or (path,))))
        share = min(max(float(item.progress or 0.0), 0.0), 1.0)
        self._bar.setValue(round(share * 1000))
        self._bar.setAccessibleName(f"Progress of {path.name}")
        active = state in ("waiting", "running", "paused")
        self._bar.setVisible(active)
        stage = str(getattr(item, "stage", "") or "")
        shown = stage.capitalize() if stage and state == "running" else title
        self._state.setText(_state_text(shown, state, share, item.eta))
        self._state.setToolTip(str(getattr(item, "details", "") or ""))
        repolish(self._state, "good" if state == "done" else "error" if state == "failed" else "dim")
        self._report.setText(report_text(item.report) if item.report is not None else "")
        self._report.setVisible(item.report is not None)
        error = str(getattr(item, "error", None) or "")
        notes = [note for note in item.notes or () if note != error]
        if state == "failed":
            self._message.say("\n".join([error, *notes] if error else notes) or "The export failed.", "error")
        else:
            self._message.say("\n".join(notes), "warning")
        self._pause.setVisible(active)
        self._pause.setIcon(icon("resume" if paused else "pause"))
        self._pause.setAccessibleName("Go on with export" if paused else "Pause export")
        self._stop.setVisible(active)
        self._open.setVisible(state == "done")
        self._clear.setVisible(not active)
        self.setAccessibleName(f"Export {path.name}: {self._state.text()}")

    @Slot()
    def _ask_pause(self) -> None:
        self.pause_requested.emit(self._id)

    @Slot()
    def _ask_cancel(self) -> None:
        self.cancel_requested.emit(self._id)

    @Slot()
    def _ask_clear(self) -> None:
        self.clear_requested.emit(self._id)

    @Slot()
    def _ask_folder(self) -> None:
        self.folder_requested.emit(self._folder)


def report_text(report: Any) -> str:
    """What was read back from a finished file, in a few lines. report: like `media.verify.ExportReport`, or a sentence.

    Parts that a report does not have are left out.
    """
    if isinstance(report, str):
        return report
    lines = []
    frames = getattr(report, "frames", None)
    differences = tuple(getattr(report, "differences", ()))
    good = getattr(report, "ok", not differences)
    head = "Read back and verified" if good else "Read back, with differences"
    lines.append(f"{head}: {frames:,} frames" if frames is not None else head)
    largest = getattr(report, "max_luma_difference", None)
    if largest is not None:
        looked_at = getattr(report, "luma_frames", 0)
        text = f"Luma against the film's: max |dY| = {largest:g}"
        mean = getattr(report, "mean_luma_difference", None)
        if largest and mean is not None:
            # What a lossy codec does to it; the planes that went in were the film's own.
            text += f", mean {mean:.2g}"
        lines.append(f"{text}, in {looked_at} frame{'' if looked_at == 1 else 's'}")
    tags = [getattr(report, name, None) for name in ("matrix", "primaries", "transfer")]
    if all(tags):
        shown = tags[0] if len(set(tags)) == 1 else " / ".join(tags)
        parts = [f"Tags {shown}, {getattr(report, 'range', '')} range".removesuffix(",  range")]
        if getattr(report, "timecode", None):
            parts.append(f"time code {report.timecode}")
        sound = getattr(report, "sound", ())
        parts.append(f"{len(sound)} sound stream{'' if len(sound) == 1 else 's'}" if sound else "no sound")
        lines.append(", ".join(parts))
    lines += differences
    return "\n".join(lines)


def _items(jobs: Any) -> tuple[Any, ...]:
    if jobs is None:
        return ()
    items = jobs.items() if callable(jobs.items) else jobs.items
    return tuple(items.values()) if hasattr(items, "values") else tuple(items)


def _state_text(title: str, state: str, share: float, eta: float | None) -> str:
    if state not in ("running", "paused"):
        return title
    # Never 100 % before it is done.
    text = f"{title}, {math.floor(share * 100)} %"
    if state == "running" and eta is not None and math.isfinite(eta):
        text += f", {readable_time(eta)} left"
    return text
