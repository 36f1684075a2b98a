"""What a row of the timeline is, and what it is given to paint with. A new row is a class in a file of its own."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.data import Hit, TimelineData
from tcvc_studio.ui.timeline.derived import Derived
from tcvc_studio.ui.timeline.glyphs import Glyphs
from tcvc_studio.ui.timeline.scale import Scale
from tcvc_studio.ui.timeline.selection import Kind, Selection

#: Pixels from a mark at which it is still hit.
REACH = 6.0


class Pictures(Protocol):
    """Where thumbnails come from."""

    def image(self, frame: int) -> QImage | None:
        """The nearest thumbnail that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """All that a row paints from.

    width, height: of its area in pixels; ratio: device pixels in one. font: for labels; small: its measures.
    """

    scale: Scale
    width: float
    height: float
    ratio: float
    data: TimelineData
    derived: Derived
    selection: Selection
    colors: TimelineColors
    glyphs: Glyphs
    font: QFont
    small: QFontMetricsF
    pictures: Pictures | None

    def address(self, frame: int) -> str:
        """How a frame is told: time code and number."""
        return f"{self.derived.clock.text(frame)}, frame {frame:,}"


class Row:
    """A row with its title on the left. (0, 0) is the upper left corner of its area right of the title.

    key: unlike any other row's. title: said on its left. least, stretch: height in pixels, and its share of what is
    left over. watches: fields of TimelineData, "selection" or "pictures" after whose change it is painted anew.
    kind: of the marks that can be selected and edited in it; a press beside them begins a selection. In rows without
    any it moves the playhead.
    """

    key: str
    title: str
    kind: ClassVar[Kind | None] = None
    least: ClassVar[int] = 24
    stretch: ClassVar[int] = 0
    watches: ClassVar[frozenset[str]] = frozenset()

    def shown(self, data: TimelineData) -> bool:
        """Whether the row has a place at present."""
        return True

    def paint(self, painter: QPainter, view: RowView) -> None:
        """Paint the area; the painter is clipped to it and its background is filled."""

    def paint_title(self, painter: QPainter, rect: QRectF, view: RowView) -> None:
        """Paint the title into its field."""
        painter.setPen(QColor(view.colors.text))
        painter.setFont(view.font)
        text = view.small.elidedText(self.title, Qt.TextElideMode.ElideRight, rect.width() - 16)
        painter.drawText(rect.adjusted(10, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def hit(self, view: RowView, x: float, y: float) -> Hit | None:
        """The mark at a place of the area."""
        return None

    def tip(self, view: RowView, x: float, y: float) -> str:
        """What is said of a place of the area."""
        return view.address(view.scale.frame(x))
