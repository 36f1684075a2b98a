"""The strip above a picture: which layer it is, and by shape and word what its color is worth."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen

from tcvc_studio.ui.theme import COLORS, SIZES, scaled

if TYPE_CHECKING:
    from tcvc_studio.ui.viewer.scene import Layer
    from tcvc_studio.ui.viewer.states import Shape

_SIGN = 9
_MARK = 3


def caption_height(font: QFont) -> int:
    """Height of the strip in device-independent pixels."""
    return QFontMetrics(font).height() + 2 * 4


def paint_caption(
    painter: QPainter, strip: QRect, layer: "Layer", *, font: QFont, ratio: float, right: bool = False
) -> None:
    """Paint a strip given in device pixels. right: written from its right end, for the second picture of a wipe."""
    painter.save()
    painter.setClipRect(strip)
    painter.fillRect(strip, QColor(COLORS.window))
    painter.scale(ratio, ratio)
    left, top = strip.x() / ratio, strip.y() / ratio
    width, height = strip.width() / ratio, strip.height() / ratio
    painter.fillRect(QRectF(left + width - _MARK if right else left, top, _MARK, height), QColor(layer.color))
    bold, plain = scaled(font, 1.0, bold=True), font
    pieces = [(layer.name, bold, COLORS.text)]
    if layer.badge.text:
        pieces.append((layer.badge.text, plain, COLORS.dim))
    if layer.note:
        pieces.append((layer.note, plain, COLORS.dim))
    at = left + SIZES.space if not right else left + width - SIZES.space
    for number, (text, face, color) in enumerate(pieces):
        sign = _SIGN + SIZES.gap if number == 1 and layer.badge.shape != "none" and layer.badge.text else 0
        free = (left + width - at if not right else at - left) - SIZES.gap - sign
        metrics = QFontMetrics(face)
        if free < metrics.averageCharWidth() * 3:
            break
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(free))
        length = metrics.horizontalAdvance(text)
        begin = at if not right else at - length - sign
        if sign:
            paint_shape(painter, layer.badge.shape, QRectF(begin, top + (height - _SIGN) / 2, _SIGN, _SIGN))
        painter.setFont(face)
        painter.setPen(QColor(color))
        room = QRectF(begin + sign, top, length + 2, height)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        step = length + sign + SIZES.space
        at += step if not right else -step
    painter.restore()


def paint_shape(painter: QPainter, shape: "Shape", box: QRectF, color: str = COLORS.text) -> None:
    """A state's sign: disc fresh, half rendering, hatched stale, ring not there, cross failed."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(color), 1.4)
    painter.setPen(pen)
    inner = box.adjusted(0.7, 0.7, -0.7, -0.7)
    if shape == "disc":
        painter.setBrush(QColor(color))
        painter.drawEllipse(inner)
    elif shape == "ring":
        painter.drawEllipse(inner)
    elif shape == "half":
        painter.drawEllipse(inner)
        painter.setBrush(QColor(color))
        painter.drawPie(inner, 90 * 16, 180 * 16)
    elif shape == "hatched":
        painter.setBrush(QBrush(QColor(color), Qt.BrushStyle.BDiagPattern))
        painter.drawRect(inner)
    elif shape == "cross":
        painter.setPen(QPen(QColor(color), 2))
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(QPointF(inner.right(), inner.top()), QPointF(inner.left(), inner.bottom()))
    painter.restore()
