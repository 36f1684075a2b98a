"""The viewer as pictures, below its captions: their text is the font's, and fonts differ between machines."""

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tcvc_studio.ui.viewer.canvas import Canvas
from tcvc_studio.ui.viewer.captions import caption_height
from tcvc_studio.ui.viewer.scene import Cell, Layer, Scene
from tcvc_studio.ui.viewer.states import Badge
from tests.unit.ui.snapshots import SHARE, check, differing, rendered

WIDTH, HEIGHT = 640, 300
FILM = (320, 180)


def drawn(kind: str) -> Layer:
    """A picture of stripes ("left"), of rings ("right"), or a gray ramp."""
    y, x = np.mgrid[0 : FILM[1], 0 : FILM[0]]
    red = (x // 16 % 2) * 150 + 40 if kind == "left" else np.hypot(x - 160, y - 90) % 40 * 5
    green, blue = x * 0.6, y * 1.2
    planes = (blue, green, red, red * 0) if kind != "gray" else (x * 0.7,) * 4
    pixels = np.ascontiguousarray(np.stack(planes, axis=-1).astype(np.uint8))
    image = QImage(pixels.data, *FILM, 4 * FILM[0], QImage.Format.Format_RGB32).copy()
    return Layer(kind, image, Badge("none", ""))


VIEWS = {
    "side": {"cells": (Cell(drawn("left")), Cell(drawn("right")))},
    "third": {"cells": (Cell(drawn("left")), Cell(drawn("right")), Cell(drawn("gray")))},
    "wipe": {"cells": (Cell(drawn("left"), wiped_by=drawn("right")),)},
    "single": {"cells": (Cell(drawn("right")),)},
    "zoomed": {"cells": (Cell(drawn("left")), Cell(drawn("right"))), "scale": 3.0},
    "double": {"cells": (Cell(drawn("left"), wiped_by=drawn("right")),), "ratio": 2.0},
    "missing": {"cells": (Cell(Layer("left", None, Badge("none", ""))), Cell(drawn("right")))},
}


def painted(qt, cells, *, scale=None, ratio=1.0) -> np.ndarray:
    canvas = Canvas()
    above = caption_height(canvas.font())
    canvas.resize(WIDTH, HEIGHT + above)
    canvas.set_scene(Scene(cells=cells, size=FILM))
    canvas.show()
    qt.processEvents()
    if cells[0].wiped_by is not None:
        canvas.center_wipe()
    if scale is not None:
        canvas.zoom(scale)
    seen = rendered(canvas, ratio=ratio)
    canvas.close()
    # Three pictures stand in two rows, with captions in the middle.
    return np.ascontiguousarray(seen[round(above * ratio) :])


@pytest.mark.parametrize("name", [name for name in VIEWS if name != "third"])
def test_the_viewer_looks_as_it_did(qt, tmp_path, name):
    check(painted(qt, **VIEWS[name]), f"viewer/{name}", tmp_path)


def test_three_pictures_are_all_there(qt):
    seen = painted(qt, **VIEWS["third"])
    flat = seen.reshape(-1, 3).astype(int)
    assert (np.ptp(flat, axis=1) == 0).mean() > 0.2, "the gray film"
    assert (flat[:, 0] - flat[:, 2] > 60).any(), "and colors"


def test_a_change_that_can_be_seen_would_fail(qt):
    before = painted(qt, **VIEWS["side"])
    assert differing(painted(qt, **VIEWS["side"]), before) == 0
    assert differing(painted(qt, (Cell(drawn("right")), Cell(drawn("left")))), before) > SHARE
    assert differing(painted(qt, VIEWS["side"]["cells"], scale=0.9), before) > SHARE
