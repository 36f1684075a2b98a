"""The still part of the timeline, kept as a picture: a row is painted anew only when what it shows has changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.layout import Place
from tcvc_studio.ui.timeline.rows.row import Row, RowView

#: Width of the field with the titles.
HEADER = 104


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and where it is seen: place is its own, top moved by the vertical scroll bar; above: what covers it."""

    row: Row
    place: Place
    above: int


class Canvas:
    """A pixmap of the size of the viewport and which rows of it are out of date."""

    def __init__(self, colors: TimelineColors) -> None:
        self._colors = colors
        self._pixmap = QPixmap()
        self._size = QSize()
        self._dirty: set[str] = set()
        self._all_dirty = self._areas_dirty = True

    def spoil_areas(self) -> None:
        """All rows have to be painted anew, but not their titles."""
        self._areas_dirty = True

    def spoil(self, keys: Iterable[str] | None = None) -> None:
        """Rows that have to be painted anew; None for everything."""
        if keys is None:
            self._all_dirty = True
        else:
            self._dirty.update(keys)

    def draw(
        self, painter: QPainter, region: QRegion, *, rows: Iterable[Placed], view: Callable[[Placed], RowView],
        focus: str | None,
    ) -> None:  # fmt: skip
        """Bring the picture up to date and draw the region of it. focus: key of the row with the keyboard's focus."""
        device = painter.device()
        ratio = device.devicePixelRatioF()
        size = QSize(device.width(), device.height())
        if size != self._size or ratio != self._pixmap.devicePixelRatioF():
            self._size = size
            self._pixmap = QPixmap(size * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._all_dirty = True
        if self._all_dirty or self._areas_dirty or self._dirty:
            self._refresh(list(rows), view, focus)
        for rect in region:
            source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
            painter.drawPixmap(QRectF(rect), self._pixmap, source)

    def _refresh(self, rows: list[Placed], view: Callable[[Placed], RowView], focus: str | None) -> None:
        everything, areas, dirty = self._all_dirty, self._areas_dirty, self._dirty
        self._all_dirty, self._areas_dirty, self._dirty = False, False, set()
        painter = QPainter(self._pixmap)
        try:
            if everything:
                painter.fillRect(QRect(0, 0, self._size.width(), self._size.height()), QColor(self._colors.back))
            for number, placed in enumerate(rows):
                if everything or areas or placed.row.key in dirty:
                    own = view(placed)
                    seen = self._paint_area(painter, placed, own, number)
                    if seen is not None and (everything or placed.row.key in dirty):
                        self._paint_title(painter, seen, placed, own, focused=placed.row.key == focus)
        finally:
            # A painter left open on a pixmap that is then freed would end the process.
            painter.end()

    def _paint_area(self, painter: QPainter, placed: Placed, view: RowView, number: int) -> QRectF | None:
        """Paint a row but for its title; returns where it is seen, None where it is not."""
        top, height, width = placed.place.top, placed.place.height, self._size.width()
        seen_top = max(top, placed.above)
        if seen_top >= top + height or top >= self._size.height():
            return None
        colors = self._colors
        seen = QRectF(0, seen_top, width, top + height - seen_top)
        painter.save()
        painter.setClipRect(seen.adjusted(HEADER, 0, 0, 0))
        painter.translate(HEADER, top)
        painter.fillRect(QRectF(0, 0, width, height), QColor(colors.row if number % 2 else colors.row_other))
        end = view.scale.x(view.data.frames)
        if end < view.width:
            painter.fillRect(QRectF(end, 0, view.width - end, height), QColor(colors.past_end))
        placed.row.paint(painter, view)
        painter.restore()
        return seen

    def _paint_title(self, painter: QPainter, seen: QRectF, placed: Placed, view: RowView, *, focused: bool) -> None:
        colors, top, height = self._colors, placed.place.top, placed.place.height
        header = QRectF(0, top, HEADER - 1, height)
        painter.save()
        painter.setClipRect(seen)
        painter.fillRect(header, QColor(colors.header))
        placed.row.paint_title(painter, header, view)
        if focused:
            painter.setPen(QColor(colors.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(header.adjusted(1, 0, -1, -1))
            painter.fillRect(QRectF(0, top, 4, height), QColor(colors.accent))
        painter.restore()
