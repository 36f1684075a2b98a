"""The timeline as pictures. Text is left out, for fonts differ between machines; so is the ruler, whose ticks follow
the width of the text. Write them anew with TCVC_WRITE_SNAPSHOTS=1, and look at each before it is committed."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tcvc_studio.ui.timeline.canvas import HEADER
from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.widget import Timeline
from tests.unit.ui.timelines import made_data

FOLDER = Path(__file__).resolve().parents[2] / "snapshots" / "timeline"
#: Codes by which a pixel may differ, and the share of pixels that may differ by more.
CODES, SHARE = 24, 0.00025


class Ramps:
    """Thumbnails that are gray ramps, lighter from frame to frame."""

    def image(self, frame):
        row = np.linspace(0, 200, 64).astype(np.uint8) + np.uint8(frame % 50)
        pixels = np.ascontiguousarray(np.broadcast_to(row, (36, 64)))
        return QImage(pixels.data, 64, 36, 64, QImage.Format.Format_Grayscale8).copy()


def painted(qt, data, *, zoom=None, playhead=130, select=(), ratio=1.0) -> np.ndarray:
    """The rows under the ruler right of the titles: uint8 [h, w, 3]."""
    timeline = Timeline(colors=TimelineColors(text="#00ffffff", dim="#00ffffff"))
    timeline.resize(HEADER + 640, 420)
    timeline.setFocusPolicy(timeline.focusPolicy().NoFocus)
    timeline.set_view_data(data)
    timeline.set_thumbnails(Ramps())
    timeline.show()
    if zoom:
        timeline.zoom_to(*zoom)
    timeline.set_playhead(playhead, follow=False)
    timeline.select_frames(cuts=select, anchors=select)
    timeline.clearFocus()
    qt.processEvents()
    view = timeline.viewport()
    image = QImage(view.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    view.render(image)
    top = timeline._placed()[1].place.top
    timeline.close()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels[round(top * ratio) :, round(HEADER * ratio) : image.width(), 2::-1].copy()


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """Share of pixels that differ by more than CODES."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > CODES).mean())


VIEWS = {
    "whole": {},
    "middle": {"zoom": (90, 320), "select": (200, 250)},
    "frames": {"zoom": (115, 126), "playhead": 121},
    "double": {"zoom": (90, 320), "ratio": 2.0},
}


def snapshot_data():
    # Suggestions near each other leave no room for words, whose width is the font's.
    data = made_data(suggestions=tuple(range(10, 1000, 20)))
    return replace(data, cut_scores=np.where(np.isin(np.arange(1000), (100, 200, 300, 600)), 0.9, 0.1))


@pytest.mark.parametrize("name", VIEWS)
def test_the_timeline_looks_as_it_did(qt, tmp_path, name):
    seen = painted(qt, snapshot_data(), **VIEWS[name])
    path = FOLDER / f"{name}.png"
    image = QImage(seen.data, seen.shape[1], seen.shape[0], 3 * seen.shape[1], QImage.Format.Format_RGB888)
    if os.environ.get("TCVC_WRITE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        assert image.save(str(path))
    kept = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    assert (kept.width(), kept.height()) == (seen.shape[1], seen.shape[0])
    pixels = np.frombuffer(kept.constBits(), np.uint8).reshape(kept.height(), kept.bytesPerLine())
    before = pixels[:, : 3 * kept.width()].reshape(seen.shape)
    share = differing(seen, before)
    if share > SHARE:
        image.save(str(tmp_path / f"{name}.png"))
        pytest.fail(f"{share:.2%} of the pixels differ: compare {tmp_path / name}.png with {path}")


def test_a_change_that_can_be_seen_would_fail(qt):
    data = snapshot_data()
    before = painted(qt, data)
    share = differing(painted(qt, data), before)
    assert share == 0
    for change in (
        {"cuts": data.cuts[1:]}, {"spans": data.spans[1:]}, {"flicker": {}}, {"confidence": None}, {"fades": ()},
        {"cut_scores": data.cut_scores / 2},
    ):  # fmt: skip
        share = differing(painted(qt, replace(data, **change)), before)
        assert share > SHARE, next(iter(change))


def test_states_are_told_apart_without_color(qt):
    """Every state has a pattern of its own: their lightness alone, less its mean, differs."""
    from tests.unit.ui.timelines import Span

    looks = []
    for state in ("fresh", "stale", "rendering", "failed", None):
        spans = (Span(0, 1000, "backbone", state),) if state else ()
        picture = painted(qt, made_data(spans=spans), playhead=999).astype(float) @ (0.2126, 0.7152, 0.0722)
        looks.append(picture)
    rows = [number for number in range(len(looks[0])) if np.ptp([look[number].mean() for look in looks]) > 5]
    assert rows
    flat = [look[rows][:, :300] - look[rows][:, :300].mean() for look in looks]
    for one in range(len(flat)):
        for other in range(one):
            assert np.abs(flat[one] - flat[other]).mean() > 3


def test_cuts_and_anchors_of_each_sort_are_told_apart_without_color(qt):
    from pathlib import Path

    from tcvc_studio.project.model import Anchor, Cut

    sorts = [
        {"cuts": (Cut(100),)}, {"cuts": (Cut(100, proposed=True),)}, {"rejected": (100,)},
        {"anchors": (Anchor(100),)}, {"anchors": (Anchor(100, still=Path("a.png")),)},
        {"anchors": (Anchor(100, locked=True),)}, {"proposed_anchors": (100,)}, {},
    ]  # fmt: skip
    bare = {"cuts": (), "rejected": (), "anchors": (), "proposed_anchors": (), "fades": (), "suggestions": ()}
    looks = []
    for sort in sorts:
        picture = painted(qt, made_data(**{**bare, **sort}), zoom=(80, 120), playhead=999).astype(float)
        looks.append(picture @ (0.2126, 0.7152, 0.0722) > 110)
    for one in range(len(looks)):
        for other in range(one):
            assert (looks[one] != looks[other]).sum() > 8, (sorts[one], sorts[other])
