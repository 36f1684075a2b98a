"""How fast the timeline paints a film of 200,000 frames, and whether its memory stays flat.

Run: python tests/perf/timeline.py [--frames N] [--rounds N] [--ratio R] [--profile]

A synthetic project without a film: 3,000 cuts, 12,000 anchors by hand and as many proposed ones, curves, scores and
thousands of spans. Times are of whole repaints of a window of 1600 x 320 drawn into a picture in memory: nothing is
kept from the paint before, except where scrubbing, which moves the playhead alone, is measured. The processor's time
tells what a busy machine adds to the clock's.
"""

import argparse
import gc
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import itertools

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication

from tcvc_studio.project.model import Anchor, Cut
from tcvc_studio.ui.timeline.canvas import HEADER
from tcvc_studio.ui.timeline.data import TimelineData
from tcvc_studio.ui.timeline.widget import Timeline

SIZE = QSize(1600, 320)
#: Frames seen at each zoom: the whole film (0), some minutes, single frames.
ZOOMS = {"whole film": 0, "20 minutes": 30_000, "5 minutes": 7_500, "20 seconds": 500, "single frames": 20}


class Span(NamedTuple):
    start: int
    stop: int
    layer: str
    state: str


class Pictures:
    """Thumbnails that are there at once."""

    def __init__(self) -> None:
        ramp = np.ascontiguousarray(np.broadcast_to(np.arange(192, dtype=np.uint8), (108, 192)))
        self._image = QImage(ramp.data, 192, 108, 192, QImage.Format.Format_Grayscale8).convertToFormat(
            QImage.Format.Format_RGB32
        )

    def image(self, frame: int) -> QImage:
        return self._image


def made_data(frames: int, *, seed: int = 4) -> TimelineData:
    random = np.random.default_rng(seed)

    def some(count: int, first: int = 0) -> list[int]:
        return sorted(random.choice(np.arange(first, frames), min(count, frames // 4), replace=False).tolist())

    cuts = tuple(Cut(frame, bool(random.random() < 0.3)) for frame in some(3000, 1))
    anchors = tuple(
        Anchor(frame, still=Path("still.png") if number % 5 == 0 else None, locked=number % 7 == 0)
        for number, frame in enumerate(some(12_000))
    )
    flicker = random.gamma(1.5, 0.002, frames).astype(np.float32)
    flicker[frames // 2 : frames // 2 + frames // 20] = np.nan
    confidence = np.clip(1 - random.gamma(1.0, 0.1, frames), 0, 1).astype(np.float32)
    states = ("fresh", "fresh", "fresh", "stale", "rendering", "failed")
    ends = [0, *some(6000, 1), frames]
    spans = tuple(
        Span(a, b, layer, states[int(random.integers(len(states)))])
        for layer in ("backbone", "tcvc")
        for a, b in itertools.pairwise(ends)
        if random.random() < 0.8
    )
    scores = random.beta(0.4, 12, frames).astype(np.float32)
    scores[[cut.frame for cut in cuts]] = random.uniform(0.4, 1, len(cuts))
    fades = tuple((frame, frame + 20) for frame in some(frames // 2000))
    return TimelineData(
        frames=frames, rate=Fraction(24000, 1001), timecode="01:00:00:00", cuts=cuts, rejected=tuple(some(300, 1)),
        fades=fades, anchors=anchors, proposed_anchors=tuple(range(0, frames, 18)), spans=spans,
        flicker={"backbone": flicker, "tcvc": flicker / 4}, confidence=confidence, suggestions=tuple(some(500)),
        cut_scores=scores, threshold=0.5, in_frame=frames // 10, out_frame=frames // 2,
    )  # fmt: skip


class Desk:
    """The timeline and a picture that it is painted into."""

    def __init__(self, frames: int, ratio: float) -> None:
        self.data = made_data(frames)
        self.timeline = Timeline()
        self.timeline.resize(SIZE)
        self.timeline.set_thumbnails(Pictures())
        self.timeline.set_view_data(self.data)
        self.timeline.seek_requested.connect(self.timeline.set_playhead)
        self.timeline.show()
        QCoreApplication.processEvents()
        self._image = QImage(self.timeline.viewport().size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        self._image.setDevicePixelRatio(ratio)

    def paint(self) -> None:
        self.timeline.viewport().render(self._image)

    def zoom(self, shown: int, at: float) -> None:
        if shown:
            self.timeline.zoom_to(int(at), int(at) + shown)
        else:
            self.timeline.fit()

    def mouse(self, kind: QMouseEvent.Type, x: float, y: float) -> None:
        view = self.timeline.viewport()
        place = QPointF(x, y)
        held = Qt.MouseButton.NoButton if kind == QMouseEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, place, QPointF(view.mapToGlobal(place)), Qt.MouseButton.LeftButton, held,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(view, event)


def timed(action: Callable[[int], None], rounds: int) -> np.ndarray:
    """Milliseconds of each call by the clock and by the processor: float64 [rounds, 2]."""
    times = []
    for number in range(rounds):
        clock, processor = time.perf_counter(), time.thread_time()
        action(number)
        times.append((1000 * (time.perf_counter() - clock), 1000 * (time.thread_time() - processor)))
    return np.array(times)


def told(name: str, times: np.ndarray) -> None:
    (p50, own50), (p95, own95) = np.percentile(times, (50, 95), axis=0)
    print(
        f"{name:32} p50 {p50:6.2f} ms   p95 {p95:6.2f} ms   max {times[:, 0].max():6.2f} ms   "
        f"processor p50 {own50:6.2f}   p95 {own95:6.2f}",
        flush=True,
    )


def paints(desk: Desk, rounds: int) -> None:
    timeline, frames = desk.timeline, desk.data.frames
    for name, shown in ZOOMS.items():
        desk.zoom(shown, frames / 3)
        desk.paint()

        def whole(number: int) -> None:
            timeline._canvas.spoil_areas()
            desk.paint()

        def scrolled(number: int) -> None:
            scale = timeline.scale
            timeline.set_scale(scale.scrolled(frames / 3 + number * 37 / scale.per_frame))
            desk.paint()

        def scrubbed(number: int) -> None:
            start, stop = timeline.scale.visible()
            timeline.set_playhead(start + number * 31 % (stop - start))
            timeline.viewport().repaint(timeline.playhead_rect())

        def zoomed(number: int) -> None:
            timeline.zoom(1.02 if number % 2 else 1 / 1.02, 700)
            desk.paint()

        told(f"{name}: repaint", timed(whole, rounds))
        if shown:
            told(f"{name}: scroll", timed(scrolled, rounds))
        desk.zoom(shown, frames / 3)
        told(f"{name}: zoom", timed(zoomed, rounds))
        desk.zoom(shown, frames / 3)
        told(f"{name}: scrub", timed(scrubbed, rounds))


def edits(desk: Desk, rounds: int) -> None:
    """An edit comes as new data: cuts, anchors or spans are new objects, the rest is what it was."""
    timeline = desk.timeline
    desk.zoom(500, desk.data.frames / 3)

    for field in ("cuts", "anchors", "spans", "flicker"):

        def edit(number: int, field: str = field) -> None:
            value = getattr(desk.data, field)
            fresh = dict(value) if isinstance(value, dict) else (*value[:-1], value[-1])
            if isinstance(fresh, dict):
                fresh["tcvc"] = fresh["tcvc"].copy()
            timeline.set_view_data(replace(desk.data, **{field: fresh}))
            desk.paint()

        told(f"20 seconds: new {field}", timed(edit, rounds))


def memory(desk: Desk, rounds: int) -> int:
    """Scrubbing, dragging, zooming and edits again and again; returns bytes that Python gained for a round."""
    timeline, frames = desk.timeline, desk.data.frames
    random = np.random.default_rng(1)

    def one(number: int) -> None:
        desk.zoom(int(random.choice([0, 50, 500, 5000, 50_000])), random.random() * frames * 0.7)
        desk.mouse(QMouseEvent.Type.MouseButtonPress, HEADER + 300, 5)
        for step in range(20):
            desk.mouse(QMouseEvent.Type.MouseMove, HEADER + 300 + step * 17, 5)
            timeline.viewport().repaint(timeline.playhead_rect())
        desk.mouse(QMouseEvent.Type.MouseButtonRelease, HEADER + 600, 5)
        place = int(random.integers(len(desk.data.cuts)))
        cuts = (*desk.data.cuts[:place], *desk.data.cuts[place + 1 :])
        timeline.set_view_data(replace(desk.data, cuts=cuts, spans=desk.data.spans[place:]))
        timeline.select_all()
        timeline.escape()
        timeline.tip_at(QPointF(HEADER + 500, 100))
        desk.paint()

    for number in range(20):
        one(number)
    gc.collect()
    tracemalloc.start()
    for number in range(10):
        one(number)
    gc.collect()
    before, rss_before = tracemalloc.get_traced_memory()[0], rss()
    for number in range(rounds):
        one(number)
        if number % 50 == 0:
            QCoreApplication.processEvents()
    gc.collect()
    gained, rss_gained = tracemalloc.get_traced_memory()[0] - before, rss() - rss_before
    tracemalloc.stop()
    print(
        f"{rounds} rounds of 20 scrubs, an edit and a repaint: Python {gained / 1024:+.0f} KiB, "
        f"process {rss_gained / 1024:+.0f} KiB of {rss() / 2**20:.0f} MiB"
    )
    return gained // rounds


def rss() -> int:
    """Bytes of memory the process holds; 0 where that cannot be told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--ratio", type=float, default=1.0, help="device pixels in a pixel")
    parser.add_argument("--profile", action="store_true", help="where the time of a whole repaint goes")
    args = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    desk = Desk(args.frames, args.ratio)
    data = desk.data
    print(
        f"{data.frames:,} frames, {len(data.cuts):,} cuts, {len(data.anchors):,} anchors by hand, "
        f"{len(data.proposed_anchors):,} proposed, {len(data.spans):,} spans; "
        f"{SIZE.width()} x {SIZE.height()} at {args.ratio:g}"
    )
    if args.profile:
        profile(desk)
        return 0
    paints(desk, args.rounds)
    edits(desk, max(10, args.rounds // 4))
    leaked = memory(desk, args.rounds)
    desk.timeline.close()
    application.processEvents()
    return 0 if leaked < 1024 else 1


def profile(desk: Desk) -> None:
    for name, shown in ZOOMS.items():
        desk.zoom(shown, desk.data.frames / 3)
        view = desk.timeline.viewport()
        from PySide6.QtGui import QPainter

        for placed in desk.timeline._placed():
            painter = QPainter(desk._image)
            painter.translate(0, placed.place.top)
            own = desk.timeline._view(placed.place)
            times = timed(lambda number, p=placed, q=painter, v=own: p.row.paint(q, v), 40)
            painter.end()
            print(f"{name:14} {placed.row.key:16} {np.median(times[:, 1]):6.2f} ms  ({view.width()} px)")


if __name__ == "__main__":
    sys.exit(main())
