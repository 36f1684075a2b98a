"""Timelines to test with, and a stand-in for the document that answers them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tcvc_studio.project.model import Anchor, Cut
from tcvc_studio.ui.timeline.data import TimelineData
from tcvc_studio.ui.timeline.widget import Timeline


class Span(NamedTuple):
    start: int
    stop: int
    layer: str
    state: str


def made_data(frames=1000, **changes) -> TimelineData:
    """A film with one of everything."""
    values = np.linspace(0, 1, frames).astype(np.float32)
    data = TimelineData(
        frames=frames,
        rate=Fraction(25),
        timecode="10:00:00:00",
        cuts=(Cut(100), Cut(200, proposed=True), Cut(300), Cut(600)),
        rejected=(450,),
        fades=((700, 740),),
        anchors=(Anchor(120), Anchor(250, still=Path("coat.png")), Anchor(350, locked=True), Anchor(800)),
        proposed_anchors=(0, 99, 100, 199, 400, 500, 999),
        spans=(
            Span(0, 200, "backbone", "fresh"), Span(200, 400, "backbone", "stale"),
            Span(400, 500, "backbone", "rendering"), Span(500, 520, "backbone", "failed"),
            Span(0, 300, "tcvc", "fresh"),
        ),
        flicker={"backbone": values, "tcvc": values / 4},
        confidence=1 - values / 2,
        suggestions=(880,),
    )  # fmt: skip
    return replace(data, **changes)


class Answering:
    """What a document does: makes every edit that is asked for and shows the result. refuse: edits it will not make."""

    def __init__(self, timeline: Timeline, data: TimelineData) -> None:
        self.timeline, self.data = timeline, data
        self.log: list[tuple] = []
        self.refuse = False
        timeline.set_view_data(data)
        timeline.seek_requested.connect(self._seek)
        for name in ("cut_moved", "anchor_moved"):
            getattr(timeline, name).connect(lambda a, b, name=name: self._move(name, a, b))
        for name in ("cut_added", "anchor_added", "cuts_removed", "anchors_removed", "cuts_accepted"):
            getattr(timeline, name).connect(lambda a, name=name: self._other(name, a))
        timeline.marks_requested.connect(self._mark)
        timeline.drag_finished.connect(lambda: self.log.append(("drag_finished",)))

    def told(self, name: str) -> list[tuple]:
        """What one signal carried so far."""
        return [entry[1:] for entry in self.log if entry[0] == name]

    def _seek(self, frame):
        self.log.append(("seek", frame))
        self.timeline.set_playhead(frame)

    def _show(self, **changes):
        self.data = replace(self.data, **changes)
        self.timeline.set_view_data(self.data)

    def _move(self, name, frame, to):
        self.log.append((name, frame, to))
        if self.refuse:
            return
        field = "cuts" if name == "cut_moved" else "anchors"
        marks = list(getattr(self.data, field))
        assert frame in [mark.frame for mark in marks], f"{name} of a frame without a mark"
        assert to not in [mark.frame for mark in marks], f"{name} onto another mark"
        moved = [replace(mark, frame=to) if mark.frame == frame else mark for mark in marks]
        self._show(**{field: tuple(sorted(moved))})

    def _other(self, name, value):
        self.log.append((name, value))
        data = self.data
        if name == "cut_added":
            self._show(cuts=tuple(sorted((*data.cuts, Cut(value)))))
        elif name == "anchor_added":
            self._show(anchors=tuple(sorted((*data.anchors, Anchor(value)))))
        elif name == "cuts_removed":
            self._show(cuts=tuple(cut for cut in data.cuts if cut.frame not in value))
        elif name == "anchors_removed":
            self._show(anchors=tuple(anchor for anchor in data.anchors if anchor.frame not in value))
        else:
            self._show(cuts=tuple(Cut(cut.frame, cut.proposed and cut.frame not in value) for cut in data.cuts))

    def _mark(self, start, stop):
        self.log.append(("marks", start, stop))
        self._show(in_frame=start, out_frame=stop)
