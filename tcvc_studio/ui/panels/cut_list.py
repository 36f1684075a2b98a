"""A list of cuts with the three frames around each; only the rows that are seen are ever painted."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from tcvc_studio.project.model import Cut
from tcvc_studio.ui.theme import COLORS
from tcvc_studio.ui.timeline.ticks import Clock

Filter = Literal["all", "proposed", "hand"]
Picture = Callable[[int], QImage | None]

_CutRole = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_MARGIN, _GAP = 8, 4
#: Height of a picture by its width, until one is there.
_SHAPE = 9 / 16


class CutModel(QAbstractListModel):
    """The cuts of a film, all or those of one sort; ascending."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: Sequence[Cut] = ()
        self._shown: list[Cut] = []
        self._frames = np.empty(0, np.int64)
        self._filter: Filter = "all"
        self._clock: Clock | None = None
        self._scores: np.ndarray | None = None
        self.film_frames = 0

    def set_cuts(self, cuts: Sequence[Cut], *, frames: int, clock: Clock) -> None:
        """Show other cuts. frames: of the film."""
        self._all, self.film_frames, self._clock = cuts, frames, clock
        self._fill()

    def set_filter(self, shown: Filter) -> None:
        """Show all cuts, proposed ones or those set by hand."""
        if shown != self._filter:
            self._filter = shown
            self._fill()

    def set_scores(self, scores: np.ndarray | None) -> None:
        """Scores that are told beside the cuts."""
        self._scores = scores
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def cut(self, row: int) -> Cut:
        """The cut in a row."""
        return self._shown[row]

    def row_of(self, frame: int) -> int | None:
        """The row of the cut at a frame."""
        row = int(np.searchsorted(self._frames, frame))
        return row if row < len(self._frames) and self._frames[row] == frame else None

    def row_from(self, frame: int) -> int:
        """The row of the first cut at a frame or after it; the last row if there is none. -1 in an empty list."""
        return min(int(np.searchsorted(self._frames, frame)), len(self._frames) - 1)

    def words(self, row: int) -> tuple[str, str]:
        """(where a cut is, what it is)."""
        cut = self.cut(row)
        assert self._clock is not None
        score = self._scores[cut.frame] if self._scores is not None and cut.frame < len(self._scores) else None
        sort = "proposed" if cut.proposed else "by hand"
        what = sort if score is None else f"{sort} · {float(score):.2f}"
        return f"{self._clock.text(cut.frame)} · {cut.frame:,}", what

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        if role == _CutRole:
            return self.cut(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"Cut {index.row() + 1} at {', '.join(self.words(index.row()))}"
        if role == Qt.ItemDataRole.ToolTipRole:
            cut = self.cut(index.row())
            around = f"{cut.frame - 1:,} | {cut.frame:,}, {cut.frame + 1:,}"
            return f"Frames {around}: the first must differ from the others."
        return None

    def _fill(self) -> None:
        self.beginResetModel()
        wanted = {"all": (True, False), "proposed": (True,), "hand": (False,)}[self._filter]
        self._shown = [cut for cut in self._all if cut.proposed in wanted]
        self._frames = np.fromiter((cut.frame for cut in self._shown), np.int64, len(self._shown))
        self.endResetModel()


class CutDelegate(QStyledItemDelegate):
    """A line of words above the frame before the cut, a bold line, the cut's own frame and the one after."""

    def __init__(self, view: "CutList") -> None:
        super().__init__(view)
        self._view = view
        self.picture: Picture = lambda frame: None
        self.shape = _SHAPE

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        width = max(180, self._view.viewport().width())
        return QSize(width, round(self._picture_width(width) * self.shape) + option.fontMetrics.height() + 3 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, CutModel)
        cut, (where, what) = model.cut(index.row()), model.words(index.row())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        palette, rect, metrics = option.palette, QRect(option.rect), option.fontMetrics
        if selected:
            painter.fillRect(rect, QColor(COLORS.raised))
            edge = QRect(rect.left(), rect.top(), 4, rect.height())
            painter.fillRect(edge, palette.color(QPalette.ColorRole.Highlight))
        words = rect.adjusted(_MARGIN, _MARGIN - 2, -_MARGIN, 0)
        words.setHeight(metrics.height())
        painter.setPen(QColor(COLORS.text))
        flags = Qt.AlignmentFlag.AlignVCenter
        wide = metrics.horizontalAdvance(what) + metrics.height()
        where = metrics.elidedText(where, Qt.TextElideMode.ElideRight, words.width() - wide - _GAP)
        painter.drawText(words, flags | Qt.AlignmentFlag.AlignLeft, where)
        painter.setPen(QColor(COLORS.text if cut.proposed else COLORS.dim))
        painter.drawText(words, flags | Qt.AlignmentFlag.AlignRight, what)
        self._sign(painter, words, metrics.horizontalAdvance(what) + 9, proposed=cut.proposed)
        self._pictures(painter, rect, words.bottom() + _MARGIN // 2 + 1, cut.frame, model.film_frames)
        painter.setPen(QColor(COLORS.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(1, 1, -1, -2))
        painter.restore()

    @staticmethod
    def _sign(painter: QPainter, words: QRect, from_right: int, *, proposed: bool) -> None:
        """The flag the timeline has: hollow where the cut is proposed."""
        x, y = words.right() - from_right, words.center().y()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(COLORS.text), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush if proposed else QColor(COLORS.text))
        painter.drawPolygon([QPointF(x - 4, y - 3), QPointF(x + 4, y - 3), QPointF(x, y + 4)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _pictures(self, painter: QPainter, rect: QRect, top: int, frame: int, frames: int) -> None:
        width = self._picture_width(rect.width())
        height = rect.bottom() - _MARGIN - top
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        # The cut lies in the wider gap after the first.
        lefts = (_MARGIN, _MARGIN + width + 3 * _GAP, _MARGIN + 2 * width + 4 * _GAP)
        for left, shown in zip(lefts, (frame - 1, frame, frame + 1), strict=True):
            place = QRect(rect.left() + left, top, width, height)
            image = self.picture(shown) if 0 <= shown < frames else None
            if image is None or image.isNull():
                painter.setPen(QColor(COLORS.raised))
                painter.setBrush(QColor(COLORS.alternate))
                painter.drawRect(place.adjusted(0, 0, -1, -1))
                painter.setPen(QColor(COLORS.dim))
                said = f"{shown:,}" if 0 <= shown < frames else "–"
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, said)
            else:
                painter.drawImage(_fitted(image.size(), place), image)
        painter.fillRect(QRect(rect.left() + _MARGIN + width + _GAP + 2, top - 2, 3, height + 4), QColor(COLORS.text))

    @staticmethod
    def _picture_width(width: int) -> int:
        return (width - 2 * _MARGIN - 4 * _GAP) // 3


class CutList(QListView):
    """The list itself. current_changed: frame of the cut the keyboard is at; the others: what a key asks for."""

    current_changed = Signal(int)
    accept_pressed = Signal()
    remove_pressed = Signal()
    nudge_pressed = Signal(int)
    nudges_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cuts = CutModel(self)
        self._delegate = CutDelegate(self)
        self.setModel(self.cuts)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Cuts")
        self.setMouseTracking(False)
        self._quiet = False
        self.selectionModel().currentChanged.connect(self._on_current)

    def set_picture(self, picture: Picture) -> None:
        """Where pictures come from; asked while painting, so it must have them at hand."""
        self._delegate.picture = picture
        self.pictures_changed()

    @Slot()
    def pictures_changed(self) -> None:
        """There are other pictures than before."""
        first = self.current_frame if self.current_frame is not None else 0
        image = self._delegate.picture(first)
        if image is not None and not image.isNull():
            shape = min(1.5, max(0.25, image.height() / image.width()))
            if shape != self._delegate.shape:
                self._delegate.shape = shape
                self.scheduleDelayedItemsLayout()
        self.viewport().update()

    @property
    def current_frame(self) -> int | None:
        """Frame of the cut the keyboard is at."""
        index = self.currentIndex()
        return self.cuts.cut(index.row()).frame if index.isValid() else None

    @property
    def selected_frames(self) -> tuple[int, ...]:
        """Frames of the selected cuts, ascending."""
        return tuple(sorted(self.cuts.cut(index.row()).frame for index in self.selectedIndexes()))

    def visible_frames(self) -> tuple[int, ...]:
        """The frames whose pictures are seen."""
        area = self.viewport().rect()
        first, last = self.indexAt(area.topLeft()), self.indexAt(area.bottomLeft())
        if not first.isValid():
            return ()
        stop = last.row() + 1 if last.isValid() else self.cuts.rowCount()
        near = (self.cuts.cut(row).frame for row in range(first.row(), stop))
        frames = {frame + step for frame in near for step in (-1, 0, 1)}
        return tuple(sorted(frame for frame in frames if 0 <= frame < self.cuts.film_frames))

    def go_to(self, row: int, *, quiet: bool = False) -> None:
        """Make the cut in a row the current and only selected one. quiet: without current_changed."""
        if 0 <= row < self.cuts.rowCount():
            self._quiet = quiet
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(self.cuts.index(row), flags)
            self._quiet = False
            self.scrollTo(self.cuts.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        key = event.key()
        if alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.nudge_pressed.emit(-far if key == Qt.Key.Key_Left else far)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept_pressed.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_pressed.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # The base class makes the first row current, which is no wish to go there.
        there = self.currentIndex().isValid()
        self._quiet = True
        super().focusInEvent(event)
        if not there:
            self.selectionModel().clearCurrentIndex()
        self._quiet = False

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Alt:
            self.nudges_ended.emit()
        super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Pictures are as wide as the list allows.
        self.scheduleDelayedItemsLayout()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.current_changed.emit(self.cuts.cut(current.row()).frame)


def _fitted(size: QSize, place: QRect) -> QRectF:
    """A picture's place in the middle of another, whole and undistorted."""
    own = size.scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    middle = QRectF(place).center()
    return QRectF(middle.x() - own.width() / 2, middle.y() - own.height() / 2, own.width(), own.height())
