"""What the viewer may not do to a picture: resample it at 100 %, put a hue beside it, tell its state by hue alone."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tcvc_studio.ui.theme import COLORS
from tcvc_studio.ui.viewer.area import ViewerArea
from tcvc_studio.ui.viewer.captions import paint_shape
from tests.unit.ui.snapshots import rendered
from tests.unit.ui.viewers import Info, Source, drawn, pixels_of


@pytest.fixture
def single(qt):
    """Makes a viewer of one picture of that size; the viewer and its canvas alone."""
    areas, sources = [], []

    def make(width, height):
        source, area = Source(Info(width=width, height=height)), ViewerArea()
        areas.append(area)
        sources.append(source)
        source.make(5)
        area.set_source(source)
        area.set_mode("single")
        area.show_frame(5)
        area.resize(640, 400)
        area.show()
        qt.processEvents()
        area.canvas.clearFocus()
        return area, area.canvas

    yield make
    for area in areas:
        area.set_source(None)
        area.close()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("size", [(250, 120), (251, 121), (900, 700)])
def test_at_one_to_one_every_pixel_of_the_film_is_one_of_the_screen(single, monkeypatch, size, ratio):
    area, canvas = single(*size)
    # The test's screen has a ratio of 1; what the canvas is told is what it draws by.
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: ratio)
    area.zoom_to(1.0)
    box = canvas.boxes()[0]
    place, pixels = canvas._placed(box), rendered(canvas, ratio=ratio)
    left, top = max(place.x, box.x), max(place.y, box.y)
    right, bottom = min(place.x + size[0], box.x + box.width), min(place.y + size[1], box.y + box.height)
    film = drawn("tcvc", 5, *size)[..., 2::-1]
    expected = film[top - place.y : bottom - place.y, left - place.x : right - place.x]
    assert np.array_equal(pixels[top:bottom, left:right], expected) and expected.size > 1000


def test_the_surround_is_gray_and_reaches_the_picture(single):
    _, canvas = single(120, 200)
    box = canvas.boxes()[0]
    place, pixels = canvas._placed(box), rendered(canvas)
    gray = QColor(COLORS.surround)
    assert gray.red() == gray.green() == gray.blue()
    beside = pixels[box.y : box.y + box.height, : place.x]
    assert beside.size and (beside == gray.red()).all()


def test_the_signs_of_the_states_differ_without_any_hue(qt):
    seen = {}
    for shape in ("disc", "half", "hatched", "ring", "cross", "none"):
        image = QImage(24, 24, QImage.Format.Format_RGB32)
        image.fill(QColor("black"))
        painter = QPainter(image)
        paint_shape(painter, shape, QRectF(2, 2, 20, 20), "#ffffff")
        painter.end()
        seen[shape] = pixels_of(image)[..., 0].astype(int)
    names = list(seen)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            assert (np.abs(seen[one] - seen[other]) > 100).mean() > 0.05, (one, other)
