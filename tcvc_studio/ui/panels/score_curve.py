"""The scores of cut detection over the whole film, with the threshold as a line that can be dragged."""

import numpy as np
from PySide6.QtCore import QLineF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tcvc_studio.ui.theme import COLORS
from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.curve import CurvePyramid
from tcvc_studio.ui.timeline.raster import Raster, argb
from tcvc_studio.ui.timeline.rows.scores import score_at, score_y
from tcvc_studio.ui.timeline.scale import Scale

_REACH = 6.0


class ScoreCurve(QWidget):
    """threshold_moved: the line has been dragged to a score 0..1; drag_finished: let go; seek_requested: a press beside
    the line asks for the frame there."""

    threshold_moved = Signal(float)
    drag_finished = Signal()
    seek_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: CurvePyramid | None = None
        self._threshold = 0.5
        self._playhead = 0
        self._drawn = QPixmap()
        self._dragging = False
        self.setAccessibleName("Cut scores over the film")
        self.setToolTip("How surely a shot begins at each frame. Drag the line to choose which scores are proposed.")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_scores(self, scores: np.ndarray | None) -> None:
        """Show scores float32 [frames], 0..1, or nothing."""
        self._curve = None if scores is None or len(scores) == 0 else CurvePyramid(scores)
        self._spoil()

    def set_threshold(self, threshold: float) -> None:
        """Show the line at a score."""
        if threshold != self._threshold:
            self._threshold = threshold
            self._spoil()

    def set_playhead(self, frame: int) -> None:
        """Show where the playhead is."""
        if frame != self._playhead:
            self._playhead = frame
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 64)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if self._drawn.isNull() or self._drawn.devicePixelRatioF() != ratio:
            self._drawn = self._painted(ratio)
        painter.drawPixmap(0, 0, self._drawn)
        if self._curve is not None:
            x = round(self._scale.x(self._playhead + 0.5)) + 0.5
            painter.setPen(QPen(QColor(TimelineColors().playhead), 1))
            painter.drawLine(QLineF(x, 0, x, self.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._spoil()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._curve is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._dragging = self._near(event.position().y())
        if not self._dragging:
            self.seek_requested.emit(self._scale.frame(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        y = event.position().y()
        over = self._curve is not None and (self._dragging or self._near(y))
        self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)
        if self._dragging:
            threshold = score_at(y, self.height())
            if threshold != self._threshold:
                self.set_threshold(threshold)
                self.threshold_moved.emit(threshold)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.drag_finished.emit()

    @property
    def _scale(self) -> Scale:
        return Scale.fitted(len(self._curve.values) if self._curve is not None else 1, self.width())

    def _near(self, y: float) -> bool:
        return abs(score_y(self._threshold, self.height()) - y) <= _REACH

    def _spoil(self) -> None:
        self._drawn = QPixmap()
        self.update()

    def _painted(self, ratio: float) -> QPixmap:
        drawn = QPixmap(self.size() * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(QColor(COLORS.base))
        if self._curve is None:
            return drawn
        painter = QPainter(drawn)
        raster = Raster(self.width(), self.height(), ratio=ratio)
        _, high = self._curve.columns(self._scale, ratio)
        tops = score_y(high.astype(np.float64), self.height()) * ratio
        above = high >= self._threshold
        raster.bars(tops, argb(COLORS.edge), where=~above)
        raster.bars(tops, argb(COLORS.text), where=above)
        raster.draw(painter)
        y = round(score_y(self._threshold, self.height())) + 0.5
        painter.setPen(QPen(QColor(TimelineColors().threshold), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(0, y, self.width(), y))
        painter.end()
        return drawn
