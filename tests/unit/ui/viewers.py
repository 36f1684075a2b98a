"""What the tests of the viewer share: drawn pictures, a source of frames without a film, and a look at the canvas."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage


@dataclass(frozen=True)
class Info:
    """What of a FilmInfo the viewer asks for."""

    frames: int = 100
    width: int = 320
    height: int = 180
    sar: Fraction = Fraction(1)
    rotation: int = 0


@dataclass(frozen=True)
class Span:
    start: int
    stop: int
    layer: str
    state: str


def drawn(layer: str, frame: int, width: int = 320, height: int = 180) -> np.ndarray:
    """A picture [height, width, 4], B, G, R: fine lines and flat fields, of another hue for each layer."""
    y, x = np.mgrid[0:height, 0:width]
    gray = 40 + 150 * x / width + 30 * ((x // 16 + y // 16) % 2)
    gray[height // 2 : height // 2 + 20] = 255 * (x[:20] % 2)
    tint = {"gray": (0, 0, 0), "backbone": (-30, 0, 25), "tcvc": (25, 0, -30), "difference": (-40, -20, 0)}[layer]
    picture = np.empty((height, width, 4))
    for channel in range(3):
        picture[..., channel] = gray + tint[channel] + frame % 7
    picture[..., 3] = 255
    return np.clip(picture, 0, 255).astype(np.uint8)


def image_of(pixels: np.ndarray) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def pixels_of(image: QImage) -> np.ndarray:
    """uint8 [h, w, 3] of R, G, B."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


class Source(QObject):
    """A FrameService without a film: pictures are there when `make` was called for their frame."""

    ready = Signal(int)
    failed = Signal(int, str)

    def __init__(self, info: Info | None = None) -> None:
        super().__init__()
        self.info = info or Info()
        self.requests: list[tuple] = []
        self.divisor, self.difference = 1, None
        self.uncolored: set[str] = set()
        self.broken: dict[int, str] = {}
        self._there: dict[tuple[int, str], QImage] = {}

    def set_detail(self, divisor):
        self.divisor = divisor

    def set_difference(self, left, right, *, gain):
        self.difference = (left, right, gain)

    def request(self, frame, layers, *, ahead=0, draft=False):
        self.requests.append((frame, tuple(layers), ahead, draft))
        return all((frame, layer) in self._there for layer in layers)

    def picture(self, frame, layer):
        return self._there.get((frame, layer))

    def is_colored(self, frame, layer):
        return (frame, layer) in self._there and layer not in self.uncolored

    def failure(self, frame):
        return self.broken.get(frame)

    def make(self, frame, layers=("gray", "backbone", "tcvc", "difference")):
        """Have pictures there, and tell."""
        for layer in layers:
            pixels = drawn(layer, frame, self.info.width, self.info.height)
            self._there[frame, layer] = image_of(pixels)
        self.ready.emit(frame)

    def fail(self, frame, text):
        self.broken[frame] = text
        self.failed.emit(frame, text)
