"""Small shapes that are drawn many times: made once for each size of pixels."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from tcvc_studio.ui.timeline.colors import TimelineColors

#: Side of a glyph in pixels; its middle is the mark's place.
SIDE = 17.0
_MIDDLE = SIDE / 2


class Glyphs:
    """Pixmaps by name and device pixel ratio: "hand", "edited", "proposed" (anchors), "flag", "flag_proposed",
    "rejected" (cuts), "lock", "suggestion", "failed"; with " selected" after the name, as selected."""

    def __init__(self, colors: TimelineColors) -> None:
        self._colors = colors
        self._made: dict[tuple[str, float], QPixmap] = {}

    def draw(self, painter: QPainter, name: str, *, x: float, y: float) -> None:
        """Draw a glyph with its middle at (x, y)."""
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._made.get((name, ratio))
        if pixmap is None:
            pixmap = self._made[(name, ratio)] = self._make(name, ratio)
        # On whole device pixels, or the outline blurs.
        left, top = round((x - _MIDDLE) * ratio) / ratio, round((y - _MIDDLE) * ratio) / ratio
        painter.drawPixmap(QPointF(left, top), pixmap)

    def _make(self, name: str, ratio: float) -> QPixmap:
        pixmap = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        own, _, selected = name.partition(" ")
        shapes: dict[str, Callable[[QPainter, bool], None]] = {
            "hand": self._hand,
            "edited": self._edited,
            "proposed": self._proposed,
            "flag": self._flag,
            "flag_proposed": self._flag_proposed,
            "rejected": self._rejected,
            "lock": self._lock,
            "suggestion": self._suggestion,
            "failed": self._failed,
        }
        shapes[own](painter, bool(selected))
        painter.end()
        return pixmap

    def _hand(self, painter: QPainter, selected: bool) -> None:
        self._halo(painter, selected)
        painter.setPen(QPen(QColor("#1a1a1a"), 1))
        painter.setBrush(QColor(self._colors.anchor))
        painter.drawPolygon(_diamond(5.5))

    def _edited(self, painter: QPainter, selected: bool) -> None:
        if selected:
            painter.setPen(QPen(QColor(self._colors.accent), 1.6))
            painter.drawRect(QRectF(_MIDDLE - 7, _MIDDLE - 7, 14, 14))
        painter.setPen(QPen(QColor("#1a1a1a"), 1))
        painter.setBrush(QColor(self._colors.anchor))
        painter.drawRect(QRectF(_MIDDLE - 5, _MIDDLE - 5, 10, 10))
        # A little picture: sun and hill.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#1a1a1a"))
        hill = ((-3.2, 3.2), (0.4, -0.8), (3.4, 3.2))
        painter.drawPolygon(QPolygonF([QPointF(_MIDDLE + x, _MIDDLE + y) for x, y in hill]))
        painter.drawEllipse(QPointF(_MIDDLE - 2, _MIDDLE - 2.2), 1.1, 1.1)

    def _proposed(self, painter: QPainter, selected: bool) -> None:
        self._halo(painter, selected)
        painter.setPen(QPen(QColor(self._colors.proposed), 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(_diamond(4.0))

    def _halo(self, painter: QPainter, selected: bool) -> None:
        if selected:
            painter.setPen(QPen(QColor(self._colors.accent), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(_diamond(7.8))

    def _flag(self, painter: QPainter, selected: bool) -> None:
        painter.setPen(QPen(QColor("#1a1a1a"), 1))
        painter.setBrush(QColor(self._colors.accent if selected else self._colors.cut))
        painter.drawPolygon(_flag(5.0))

    def _flag_proposed(self, painter: QPainter, selected: bool) -> None:
        painter.setPen(QPen(QColor(self._colors.accent if selected else self._colors.cut), 1.3))
        painter.setBrush(QColor(self._colors.shot))
        painter.drawPolygon(_flag(4.3))

    def _rejected(self, painter: QPainter, selected: bool) -> None:
        painter.setPen(QPen(QColor(self._colors.rejected), 1.3))
        for sign in (-1, 1):
            painter.drawLine(QPointF(_MIDDLE - 3, _MIDDLE - 3 * sign), QPointF(_MIDDLE + 3, _MIDDLE + 3 * sign))

    def _lock(self, painter: QPainter, selected: bool) -> None:
        color = QColor(self._colors.cut)
        painter.setPen(QPen(color, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(_MIDDLE - 2, _MIDDLE - 3.6, 4, 5), 0, 180 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(_MIDDLE - 3.2, _MIDDLE - 0.8, 6.4, 4.6), 1, 1)

    def _suggestion(self, painter: QPainter, selected: bool) -> None:
        painter.setPen(QPen(QColor(self._colors.anchor), 1.4))
        painter.setBrush(QColor(self._colors.back))
        painter.drawPolygon(_diamond(7.0))
        painter.drawLine(QPointF(_MIDDLE - 2.8, _MIDDLE), QPointF(_MIDDLE + 2.8, _MIDDLE))
        painter.drawLine(QPointF(_MIDDLE, _MIDDLE - 2.8), QPointF(_MIDDLE, _MIDDLE + 2.8))

    def _failed(self, painter: QPainter, selected: bool) -> None:
        path = QPainterPath()
        path.addEllipse(QPointF(_MIDDLE, _MIDDLE), 5.5, 5.5)
        painter.fillPath(path, QColor(self._colors.failed))
        painter.setPen(QPen(QColor("#1a1a1a"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(_MIDDLE, _MIDDLE - 3), QPointF(_MIDDLE, _MIDDLE + 0.6))
        painter.drawPoint(QPointF(_MIDDLE, _MIDDLE + 3))


def _diamond(size: float) -> QPolygonF:
    m = _MIDDLE
    return QPolygonF([QPointF(m, m - size), QPointF(m + size, m), QPointF(m, m + size), QPointF(m - size, m)])


def _flag(size: float) -> QPolygonF:
    m = _MIDDLE
    return QPolygonF([QPointF(m - size, m - size), QPointF(m + size, m - size), QPointF(m, m + size)])
