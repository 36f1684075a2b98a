"""The timeline as pictures. Text is left out, for fonts differ between machines; so is the ruler, whose ticks follow
the width of the text. See `snapshots`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tcvc_studio.ui.timeline.canvas import HEADER
from tcvc_studio.ui.timeline.colors import TimelineColors
from tcvc_studio.ui.timeline.widget import Timeline
from tests.unit.ui.snapshots import SHARE, check, differing, rendered
from tests.unit.ui.timelines import made_data


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
    pixels = rendered(view, ratio=ratio)
    top = timeline._placed()[1].place.top
    timeline.close()
    return pixels[round(top * ratio) :, round(HEADER * ratio) :]


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
    check(np.ascontiguousarray(seen), f"timeline/{name}", tmp_path)


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
