"""What the viewer's canvas is given to paint: frozen values."""

from dataclasses import dataclass

from PySide6.QtGui import QImage

from tcvc_studio.ui.theme import COLORS
from tcvc_studio.ui.viewer.states import Badge


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture with what is said of it. image: RGB32, of any size, None where there is none yet.
    note: shown at the caption's end. color: of the caption's mark, as #rrggbb."""

    name: str
    image: QImage | None
    badge: Badge
    note: str = ""
    color: str = COLORS.gray


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the viewer: a picture, or two with a wipe line between them."""

    layer: Layer
    wiped_by: Layer | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be seen. size: of the film's picture as shown. frame: shown now. cells: empty for no film.
    message: written where pictures are missing."""

    cells: tuple[Cell, ...] = ()
    size: tuple[int, int] = (16, 9)
    frame: int = 0
    message: str = ""
