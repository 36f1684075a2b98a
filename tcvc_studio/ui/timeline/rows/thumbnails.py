"""Thumbnails, laid out in places that stay the same while the film is scrolled."""

from math import ceil

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from tcvc_studio.ui.timeline.rows.row import Row, RowView

_SHAPE = 16 / 9


class ThumbnailsRow(Row):
    """Pictures of the film, each at the frame under its left edge; single frames carry their number."""

    key = "thumbnails"
    title = "Film"
    least = 42
    stretch = 3
    watches = frozenset({"frames", "pictures"})

    def paint(self, painter: QPainter, view: RowView) -> None:
        scale = view.scale
        height = view.height - 4
        shape = _SHAPE
        if view.pictures is not None:
            first = view.pictures.image(scale.visible()[0])
            if first is not None and not first.isNull():
                shape = min(4.0, max(0.5, first.width() / first.height()))
        wide = height * shape
        frames = frames_a_tile(scale.per_frame, wide + 2)
        start, stop = scale.visible()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(view.font)
        empty, edge = QColor(view.colors.row_other), QPen(QColor(view.colors.line), 0)
        for frame in range(start // frames * frames, stop, frames):
            x = scale.x(frame)
            cell = min(scale.x(min(frame + frames, scale.frames)) - x, max(wide, frames * scale.per_frame)) - 1
            rect = QRectF(x, 2, min(wide, cell), height)
            image = view.pictures.image(frame) if view.pictures is not None else None
            if image is None or image.isNull():
                painter.fillRect(rect, empty)
                painter.setPen(edge)
                painter.drawRect(rect.adjusted(0, 0, -1, -1))
            else:
                part = image.width() * rect.width() / wide
                painter.drawImage(rect, image, QRectF(0, 0, part, image.height()))
            if frames == 1:
                self._number(painter, view, frame, QPointF(x, 2 + height))

    def _number(self, painter: QPainter, view: RowView, frame: int, corner: QPointF) -> None:
        text = str(frame)
        width = view.small.horizontalAdvance(text) + 6
        if width > view.scale.per_frame - 1:
            return
        line = view.small.height()
        painter.fillRect(QRectF(corner.x(), corner.y() - line, width, line), QColor(0, 0, 0, 170))
        painter.setPen(QColor(view.colors.text))
        painter.drawText(QPointF(corner.x() + 3, corner.y() - view.small.descent()), text)


def frames_a_tile(per_frame: float, wide: float) -> int:
    """Frames that a tile at least `wide` pixels across stands for."""
    return max(1, ceil(wide / per_frame - 1e-9))
