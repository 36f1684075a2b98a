"""Paints pictures beside or over each other with one zoom and pan, and lets hands move them. Knows nothing of films."""

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from tcvc_studio.ui.theme import COLORS, SIZES, scaled
from tcvc_studio.ui.viewer.captions import caption_height, paint_caption
from tcvc_studio.ui.viewer.geometry import (
    Box,
    Placed,
    View,
    cells,
    held_line,
    next_scale,
    panned,
    placed,
    visible_middle,
    wiped,
    zoomed,
)
from tcvc_studio.ui.viewer.scene import Cell, Scene

_GRIP = 6
_GAP = 2
#: Of the picture's width: what one press of , or . moves the wipe by.
_WIPE_STEP = 1 / 40
_PAN_STEP = 60


class Canvas(QWidget):
    """The painted part of the viewer.

    painted: the frame whose pictures have just been drawn. view_changed: zoom, pan or size. wipe_moved: the line.
    clicked: without moving, in a picture.
    """

    painted = Signal(int)
    view_changed = Signal()
    wipe_moved = Signal(float)
    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer_canvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 135)
        self._scene = Scene()
        self._view = View()
        self._line: float | None = None
        self._dragged: str | None = None
        self._moved = False
        self._last = QPointF()

    @property
    def scene(self) -> Scene:
        """What is shown."""
        return self._scene

    @property
    def view(self) -> View:
        """Zoom and pan of all pictures."""
        return self._view

    @property
    def scale(self) -> float:
        """Device pixels for one of the film's, fitted or not."""
        return self._placed(self.boxes()[0]).scale

    @property
    def wipe_line(self) -> float:
        """Where the wipe stands, in columns of the film's picture."""
        return self._scene.size[0] / 2 if self._line is None else self._line

    def set_scene(self, scene: Scene) -> None:
        """Show other pictures; zoom and pan stay."""
        if scene.size != self._scene.size:
            self._line = None
        moved = (scene.size, len(scene.cells)) != (self._scene.size, len(self._scene.cells))
        self._scene = scene
        self.update()
        if moved:
            self.view_changed.emit()

    def set_view(self, view: View) -> None:
        """Zoom and pan all pictures."""
        if view != self._view:
            self._view = view
            self._changed()

    def zoom(self, scale: float | None, *, at: tuple[float, float] | None = None) -> None:
        """To a scale, None to fit; about a point in device pixels, else about the middle."""
        box = self._box_at(at)
        self.set_view(View() if scale is None else zoomed(self._view, self._scene.size, box, scale=scale, at=at))

    def step_zoom(self, direction: int, *, at: tuple[float, float] | None = None) -> None:
        """To the next larger or smaller step."""
        self.zoom(next_scale(self.scale, direction), at=at)

    def pan(self, dx: float, dy: float) -> None:
        """Move the pictures by device pixels."""
        self.set_view(panned(self._view, self._scene.size, self.boxes()[0], dx=dx, dy=dy))

    def set_wipe_line(self, line: float) -> None:
        """Move the wipe to a column of the film's picture, held within it."""
        line = held_line(line, self._scene.size[0])
        if line != self._line:
            self._line = line
            self.wipe_moved.emit(line)
            self.update()

    def center_wipe(self) -> None:
        """Move the wipe to the middle of what is seen."""
        box = self.boxes()[0]
        self.set_wipe_line(visible_middle(self._placed(box), box, self._scene.size[0]))

    def is_wipe_seen(self) -> bool:
        """Whether the line lies where the picture can be seen."""
        box = self.boxes()[0]
        return box.x < self._placed(box).to_box(self.wipe_line, 0)[0] < box.x + box.width

    def boxes(self) -> list[Box]:
        """Where the pictures of the cells have their room, in device pixels."""
        ratio = self.devicePixelRatioF()
        area = Box(0, 0, max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        header = round(caption_height(self.font()) * ratio)
        gap = round(_GAP * ratio)
        return cells(max(1, len(self._scene.cells)), self._scene.size, area, gap=gap, header=header)

    def sizeHint(self) -> QSize:
        return QSize(960, 420)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        # Everything is painted in device pixels, so that a picture at 100 % has each of its pixels on one.
        painter.scale(1 / ratio, 1 / ratio)
        whole = QRect(0, 0, round(self.width() * ratio), round(self.height() * ratio))
        painter.fillRect(whole, QColor(COLORS.surround))
        shown = bool(self._scene.cells)
        for cell, box in zip(self._scene.cells, self.boxes(), strict=False):
            shown &= self._paint_cell(painter, cell, box, ratio)
        if not self._scene.cells and self._scene.message:
            self._write(painter, whole, self._scene.message, ratio)
        if self.hasFocus():
            edge = max(1, round(SIZES.focus * ratio))
            for line in (
                QRect(0, 0, whole.width(), edge), QRect(0, whole.height() - edge, whole.width(), edge),
                QRect(0, 0, edge, whole.height()), QRect(whole.width() - edge, 0, edge, whole.height()),
            ):  # fmt: skip
                # No hue so near the pictures.
                painter.fillRect(line, QColor(COLORS.text))
        painter.end()
        if shown:
            self.painted.emit(self._scene.frame)

    def _paint_cell(self, painter: QPainter, cell: Cell, box: Box, ratio: float) -> bool:
        """Whether its pictures were there."""
        place = self._placed(box)
        header = round(caption_height(self.font()) * ratio)
        strip = QRect(box.x, box.y - header, box.width, header)
        if cell.wiped_by is None:
            paint_caption(painter, strip, cell.layer, font=self.font(), ratio=ratio)
        else:
            half = strip.width() // 2
            paint_caption(
                painter, QRect(strip.x(), strip.y(), half, header), cell.layer, font=self.font(), ratio=ratio
            )
            paint_caption(
                painter, QRect(strip.x() + half, strip.y(), strip.width() - half, header), cell.wiped_by,
                font=self.font(), ratio=ratio, right=True,
            )  # fmt: skip
        clip = QRect(box.x, box.y, box.width, box.height)
        images = [cell.layer.image] + ([cell.wiped_by.image] if cell.wiped_by else [])
        if len(images) == 1:
            self._draw(painter, images[0], place, clip)
        else:
            column = wiped(self.wipe_line, place, box)
            self._draw(painter, images[0], place, QRect(box.x, box.y, column - box.x, box.height))
            self._draw(painter, images[1], place, QRect(column, box.y, box.x + box.width - column, box.height))
            self._paint_line(painter, column, box, ratio)
        if None not in images:
            return True
        self._write(painter, clip, self._scene.message, ratio)
        return False

    def _draw(self, painter: QPainter, image: QImage | None, place: Placed, clip: QRect) -> None:
        if image is None or clip.isEmpty():
            return
        width, height = self._scene.size
        target = QRect(place.x, place.y, max(1, round(width * place.scale)), max(1, round(height * place.scale)))
        exact = target.size() == image.size()
        painter.save()
        painter.setClipRect(clip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        if exact:
            painter.drawImage(target.topLeft(), image)
        else:
            painter.drawImage(target, image)
        painter.restore()

    def _paint_line(self, painter: QPainter, column: int, box: Box, ratio: float) -> None:
        """A light line with dark edges is seen on every picture; a grip says that it can be moved."""
        thin = max(1, round(ratio))
        painter.fillRect(QRect(column - thin, box.y, 3 * thin, box.height), QColor(0, 0, 0, 160))
        painter.fillRect(QRect(column, box.y, thin, box.height), QColor(COLORS.text))
        middle = box.y + box.height // 2
        half, arm = round(5 * ratio), round(14 * ratio)
        painter.fillRect(QRect(column - half, middle - arm, 2 * half + thin, 2 * arm), QColor(0, 0, 0, 200))
        inner = QRect(column - half + thin, middle - arm + thin, 2 * half - thin, 2 * arm - 2 * thin)
        painter.fillRect(inner, QColor(COLORS.text))
        for x in (column - round(2 * ratio), column + round(2 * ratio)):
            painter.fillRect(QRect(x, middle - round(7 * ratio), thin, round(14 * ratio)), QColor(COLORS.line))

    def _write(self, painter: QPainter, where: QRect, text: str, ratio: float) -> None:
        if not text:
            return
        painter.save()
        painter.scale(ratio, ratio)
        painter.setFont(scaled(self.font(), 1.1))
        room = QRect(
            round(where.x() / ratio), round(where.y() / ratio), round(where.width() / ratio),
            round(where.height() / ratio),
        ).adjusted(SIZES.space, SIZES.space, -SIZES.space, -SIZES.space)  # fmt: skip
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        ground = painter.boundingRect(room, flags, text).adjusted(-SIZES.space, -SIZES.gap, SIZES.space, SIZES.gap)
        painter.fillRect(ground, QColor(COLORS.window))
        painter.setPen(QColor(COLORS.text))
        painter.drawText(room, flags, text)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._changed()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._changed()
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(self.scale * (1 + event.value()), at=self._device(event.position()))
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y()
        if turn and self._scene.cells:
            self.zoom(self.scale * 2 ** (turn / 480), at=self._device(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            event.ignore()
            return
        self._last, self._moved = event.position(), False
        on_line = event.button() == Qt.MouseButton.LeftButton and self._is_on_line(event.position())
        self._dragged = "line" if on_line else "pan"
        self._point(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved = event.position() - self._last
        if self._dragged == "line":
            x, y = self._device(event.position())
            self.set_wipe_line(self._placed(self._box_at((x, y))).to_image(x, y)[0])
            self._moved = True
        elif self._dragged == "pan" and (self._moved or moved.manhattanLength() >= 3):
            ratio = self.devicePixelRatioF()
            self.pan(moved.x() * ratio, moved.y() * ratio)
            self._last, self._moved = event.position(), True
        self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was, self._dragged = self._dragged, None
        if was == "pan" and not self._moved and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()
        self._point(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._scene.cells and not self._is_on_line(event.position()):
            self.zoom(1.0 if self._view.scale is None else None, at=self._device(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """, and . move the wipe (with Shift by one pixel of the film); Ctrl+Shift+arrows pan."""
        step = 1.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else self._scene.size[0] * _WIPE_STEP
        sides = {Qt.Key.Key_Comma: -1, Qt.Key.Key_Less: -1, Qt.Key.Key_Period: 1, Qt.Key.Key_Greater: 1}
        arrows = {
            Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)
        }  # fmt: skip
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if event.key() in sides and self._is_wiping():
            self.set_wipe_line(self.wipe_line + sides[event.key()] * step)
        elif event.key() in arrows and event.modifiers() & both == both:
            far = _PAN_STEP * self.devicePixelRatioF()
            self.pan(*(far * sign for sign in arrows[event.key()]))
        else:
            super().keyPressEvent(event)

    def _changed(self) -> None:
        self.update()
        self.view_changed.emit()

    def _placed(self, box: Box) -> Placed:
        return placed(self._view, self._scene.size, box)

    def _device(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _box_at(self, at: tuple[float, float] | None) -> Box:
        boxes = self.boxes()
        return next((box for box in boxes if at is not None and box.contains(*at)), boxes[0])

    def _is_wiping(self) -> bool:
        return any(cell.wiped_by is not None for cell in self._scene.cells)

    def _is_on_line(self, position: QPointF) -> bool:
        x, y = self._device(position)
        for cell, box in zip(self._scene.cells, self.boxes(), strict=False):
            if cell.wiped_by is not None and box.contains(x, y):
                return abs(x - wiped(self.wipe_line, self._placed(box), box)) <= _GRIP * self.devicePixelRatioF()
        return False

    def _point(self, position: QPointF) -> None:
        if self._dragged == "line" or (self._dragged is None and self._is_on_line(position)):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._view.scale is not None and self._scene.cells:
            self.setCursor(
                Qt.CursorShape.ClosedHandCursor if self._dragged == "pan" else Qt.CursorShape.OpenHandCursor
            )
        else:
            self.unsetCursor()
