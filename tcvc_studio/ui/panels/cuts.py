"""The panel in which cuts are gone through: what detection proposes, and the three frames around each cut."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QProgressBar, QSlider, QStackedWidget, QVBoxLayout, QWidget

from tcvc_studio.project.model import Cut
from tcvc_studio.ui.panels.cut_list import CutList, Filter
from tcvc_studio.ui.panels.score_curve import ScoreCurve
from tcvc_studio.ui.parts import button, row, tool, words
from tcvc_studio.ui.theme import SIZES
from tcvc_studio.ui.timeline.marks import moves, shift_limits
from tcvc_studio.ui.timeline.ticks import Clock

_FILTERS: tuple[tuple[str, Filter], ...] = (("All cuts", "all"), ("Proposed", "proposed"), ("By hand", "hand"))
_EMPTY = "There are no cuts yet.\n\nLet them be found, or set them\non the timeline with a double click."
_NONE_LEFT = "There are no cuts of this sort."


class CutsPanel(QWidget):
    """Asks for edits of the cuts it shows; changes nothing itself.

    cuts_accepted, cuts_removed, cuts_selected: ascending tuples of frames. cut_moved: (from, to). threshold_requested:
    0..1, live; drag_finished ends it, and a series of nudges. seek_requested: the frame of the cut come to.
    detect_requested, cancel_requested: begin and give up detection. pictures_wanted: the frames whose pictures are
    seen, whenever others are.
    """

    seek_requested = Signal(int)
    cuts_accepted = Signal(object)
    cuts_removed = Signal(object)
    cuts_selected = Signal(object)
    cut_moved = Signal(int, int)
    threshold_requested = Signal(float)
    drag_finished = Signal()
    detect_requested = Signal()
    cancel_requested = Signal()
    pictures_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cuts: Sequence[Cut] = ()
        self._frames = 0
        self._looking = False
        self._wanted: tuple[int, ...] = ()
        self._chosen: tuple[int, ...] = ()
        self._echo = False
        self._shown: tuple[object, ...] = ()
        self.list = CutList()
        self._curve = ScoreCurve()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._threshold_words = words("", "dim")
        self._progress = QProgressBar()
        self._detect = button("Find cuts", "detect", tip="Look through the whole film for cuts and fades")
        self._count = words("", "dim")
        self._filter = QComboBox()
        self._previous = tool("previous_cut", tip="Previous cut (Up)", name="Previous cut")
        self._next = tool("next_cut", tip="Next cut (Down)", name="Next cut")
        self._left = tool("nudge_left", tip="One frame earlier (Alt+Left)", name="Move the cut one frame earlier")
        self._right = tool("nudge_right", tip="One frame later (Alt+Right)", name="Move the cut one frame later")
        self._accept = button("Accept", "accept", tip="Keep the selected cuts and go on (Enter)")
        self._remove = button("Delete", "delete", tip="Delete the selected cuts; they are not proposed again (Del)")
        self._accept_all = button(
            "Accept all", tip="Keep every proposed cut (Ctrl+Enter)", name="Accept all proposed cuts"
        )
        self._none = words(_EMPTY, "dim")
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self.set_scores(None, 0.5)
        self.set_progress(None)
        self.set_cuts((), frames=0, rate=Fraction(24))

    # -- what is shown

    def set_cuts(self, cuts: Sequence[Cut], *, frames: int, rate: Fraction, timecode: str | None = None) -> None:
        """Show the cuts of a film of so many frames (0: no film). The current cut stays, or the one after it is."""
        if (cuts, frames, rate, timecode) == self._shown:
            return
        self._shown = (cuts, frames, rate, timecode)
        self._wanted = ()
        self._cuts, self._frames = cuts, frames
        with self._unheard():
            at, chosen = self.list.current_frame, self.list.selected_frames
            self.list.cuts.set_cuts(cuts, frames=frames, clock=Clock(rate, timecode))
            if at is not None and self.list.cuts.rowCount():
                kept = self.list.cuts.row_of(at)
                self.list.go_to(self.list.cuts.row_from(at) if kept is None else kept, quiet=True)
                if kept is not None and len(chosen) > 1:
                    self._select_also(chosen)
            self._refresh()

    def set_scores(self, scores: np.ndarray | None, threshold: float) -> None:
        """Show scores float32 [frames] with the threshold; None where there are none: nothing can be chosen then."""
        self._curve.set_scores(scores)
        self.list.cuts.set_scores(scores)
        there = scores is not None
        for widget in (self._curve, self._slider, self._threshold_words):
            widget.setVisible(there)
        self.set_threshold(threshold)

    def set_threshold(self, threshold: float) -> None:
        """Show another threshold 0..1."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(100 * threshold))
        self._slider.blockSignals(False)
        self._curve.set_threshold(threshold)
        self._threshold_words.setText(f"Threshold {threshold:.2f}")

    def set_progress(self, done: int | None, total: int = 0) -> None:
        """Detection has looked at so many frames of all; None: it is not running."""
        self._looking = done is not None
        self._progress.setVisible(self._looking)
        if done is not None:
            self._progress.setRange(0, max(0, total))
            self._progress.setValue(done)
        self._detect.setText("Cancel" if self._looking else "Find cuts")
        self._detect.setToolTip("Give up the search" if self._looking else "Look through the film for cuts and fades")
        self._refresh()

    def set_picture(self, picture: Callable[[int], QImage | None]) -> None:
        """Take pictures from `picture(frame)`, which is asked while painting and must have them at hand."""
        self.list.set_picture(picture)

    @Slot()
    def pictures_changed(self) -> None:
        """There are other pictures than before."""
        self.list.pictures_changed()

    @Slot(int)
    def set_playhead(self, frame: int) -> None:
        """Show where the playhead is."""
        self._curve.set_playhead(frame)

    def select_cut(self, frame: int) -> None:
        """Go to a cut that was selected elsewhere, without asking for it in turn."""
        found = self.list.cuts.row_of(frame)
        if found is not None and (frame,) != self.list.selected_frames:
            with self._unheard():
                self.list.go_to(found, quiet=True)

    # -- what keys and buttons do

    @Slot()
    def accept(self) -> None:
        """Ask for the selected proposed cuts to be kept and go to the next."""
        chosen = set(self.list.selected_frames)
        frames = tuple(cut.frame for cut in self._cuts if cut.proposed and cut.frame in chosen)
        after = self._frame_after(chosen)
        if frames:
            self.cuts_accepted.emit(frames)
        self._go_to_frame(after)

    @Slot()
    def accept_all(self) -> None:
        """Ask for every proposed cut to be kept."""
        frames = tuple(cut.frame for cut in self._cuts if cut.proposed)
        if frames:
            self.cuts_accepted.emit(frames)

    @Slot()
    def remove(self) -> None:
        """Ask for the selected cuts to be deleted and go to the next."""
        chosen = self.list.selected_frames
        if chosen:
            after = self._frame_after(set(chosen))
            self.cuts_removed.emit(chosen)
            self._go_to_frame(after)

    @Slot(int)
    def nudge(self, frames: int) -> None:
        """Ask for the selected cuts to be moved; they stop at their neighbours."""
        chosen = self.list.selected_frames
        at = self.list.current_frame
        if not chosen or at is None:
            return
        every = np.array([cut.frame for cut in self._cuts], np.int64)
        least, most = shift_limits(every, frozenset(chosen), first=1, last=self._frames - 1)
        frames = min(most, max(least, frames))
        for frame, to in moves(chosen, frames):
            self.cut_moved.emit(frame, to)
        if frames:
            to = self.list.cuts.row_of(at + frames)
            if to is not None:
                with self._unheard():
                    self.list.go_to(to, quiet=True)
                    self._select_also(tuple(frame + frames for frame in chosen))
                self.cuts_selected.emit(self.list.selected_frames)
            self.seek_requested.emit(at + frames)

    @Slot()
    def go_on(self) -> None:
        """Go to the next cut."""
        self._go_by(1)

    @Slot()
    def go_back(self) -> None:
        """Go to the previous cut."""
        self._go_by(-1)

    # -- inside

    def _build(self) -> None:
        self._slider.setRange(1, 100)
        self._slider.setPageStep(5)
        self._slider.setAccessibleName("Threshold of proposed cuts")
        self._slider.setToolTip("Scores from here on are proposed: to the left more cuts, to the right fewer")
        self._progress.setAccessibleName("Progress of the search for cuts")
        self._progress.setFormat("%p %")
        for text, key in _FILTERS:
            self._filter.addItem(text, key)
        self._filter.setAccessibleName("Which cuts are listed")
        self._filter.setToolTip("Which cuts are listed")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._none)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SIZES.gap, SIZES.gap, SIZES.gap, SIZES.gap)
        layout.setSpacing(SIZES.gap)
        layout.addLayout(row(self._detect, self._progress, None, self._count))
        layout.addWidget(self._curve)
        layout.addLayout(row(self._slider, self._threshold_words))
        layout.addLayout(row(self._filter, None, self._previous, self._next, self._left, self._right))
        layout.addWidget(self._stack, 1)
        layout.addLayout(row(self._accept, self._remove, None, self._accept_all))
        self.setAccessibleName("Cuts")
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.accept_all)

    def _connect(self) -> None:
        self.list.current_changed.connect(self.seek_requested)
        self.list.accept_pressed.connect(self.accept)
        self.list.remove_pressed.connect(self.remove)
        self.list.nudge_pressed.connect(self.nudge)
        self.list.nudges_ended.connect(self.drag_finished)
        self.list.selectionModel().selectionChanged.connect(self._on_selection)
        self.list.verticalScrollBar().valueChanged.connect(self._want_pictures)
        self._accept.clicked.connect(self.accept)
        self._remove.clicked.connect(self.remove)
        self._accept_all.clicked.connect(self.accept_all)
        self._previous.clicked.connect(self.go_back)
        self._next.clicked.connect(self.go_on)
        self._left.clicked.connect(self._nudge_left)
        self._right.clicked.connect(self._nudge_right)
        self._detect.clicked.connect(self._on_detect)
        self._filter.currentIndexChanged.connect(self._on_filter)
        self._slider.valueChanged.connect(self._on_slider)
        self._slider.sliderReleased.connect(self.drag_finished)
        self._curve.threshold_moved.connect(self._on_curve)
        self._curve.drag_finished.connect(self.drag_finished)
        self._curve.seek_requested.connect(self.seek_requested)

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Within, a change of selection is not the restorer's and is not told."""
        before, self._echo = self._echo, True
        try:
            yield
        finally:
            self._echo = before

    def _frame_after(self, chosen: set[int]) -> int | None:
        """The cut listed after the last of those chosen, else the one before the first."""
        model = self.list.cuts
        rows = sorted(found for frame in chosen if (found := model.row_of(frame)) is not None)
        if not rows:
            return None
        for near in (rows[-1] + 1, rows[0] - 1):
            if 0 <= near < model.rowCount():
                return model.cut(near).frame
        return None

    def _go_to_frame(self, frame: int | None) -> None:
        found = self.list.cuts.row_of(frame) if frame is not None else None
        if found is not None:
            # Told even where the list has already come to it by itself.
            self.list.go_to(found, quiet=True)
            self.seek_requested.emit(frame)

    def _go_by(self, step: int) -> None:
        at = self.list.currentIndex().row()
        self.list.go_to(max(0, at + step) if at >= 0 else 0)

    def _select_also(self, frames: Sequence[int]) -> None:
        selection = self.list.selectionModel()
        for frame in frames:
            found = self.list.cuts.row_of(frame)
            if found is not None:
                selection.select(self.list.cuts.index(found), selection.SelectionFlag.Select)

    def _refresh(self) -> None:
        proposed = sum(cut.proposed for cut in self._cuts)
        self._count.setText(f"{len(self._cuts):,} cuts, {proposed:,} proposed" if self._frames else "")
        listed = self.list.cuts.rowCount()
        self._stack.setCurrentIndex(0 if listed else 1)
        self._none.setText(_NONE_LEFT if self._cuts else _EMPTY)
        self._detect.setEnabled(self._frames > 0)
        self._accept_all.setEnabled(proposed > 0)
        self._filter.setEnabled(self._frames > 0)
        for widget in (self._previous, self._next):
            widget.setEnabled(listed > 0)
        self._on_selection()
        self._want_pictures()

    @Slot()
    def _on_selection(self, *_: object) -> None:
        chosen = self.list.selected_frames
        there = set(chosen)
        self._accept.setEnabled(any(cut.proposed and cut.frame in there for cut in self._cuts) if there else False)
        for widget in (self._remove, self._left, self._right):
            widget.setEnabled(bool(chosen))
        if chosen != self._chosen:
            self._chosen = chosen
            # What was not chosen here is not told to others as if it were.
            if not self._echo:
                self.cuts_selected.emit(chosen)

    @Slot()
    def _want_pictures(self, *_: object) -> None:
        wanted = self.list.visible_frames() if self.isVisible() else ()
        if wanted and wanted != self._wanted:
            self._wanted = wanted
            self.pictures_wanted.emit(wanted)

    @Slot()
    def _nudge_left(self) -> None:
        self.nudge(-1)

    @Slot()
    def _nudge_right(self) -> None:
        self.nudge(1)

    @Slot()
    def _on_detect(self) -> None:
        (self.cancel_requested if self._looking else self.detect_requested).emit()

    @Slot(int)
    def _on_filter(self, place: int) -> None:
        at = self.list.current_frame
        with self._unheard():
            self.list.cuts.set_filter(self._filter.itemData(place))
            if at is not None:
                self.list.go_to(self.list.cuts.row_from(at), quiet=True)
            self._refresh()

    @Slot(int)
    def _on_slider(self, value: int) -> None:
        self.set_threshold(value / 100)
        self.threshold_requested.emit(value / 100)

    @Slot(float)
    def _on_curve(self, threshold: float) -> None:
        self.set_threshold(threshold)
        self.threshold_requested.emit(threshold)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._want_pictures()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._want_pictures()
