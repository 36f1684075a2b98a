"""What painting and hit testing need of the timeline's data, as arrays; kept while the fields stay the same objects."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tcvc_studio.project.model import Anchor
from tcvc_studio.ui.timeline.curve import CurvePyramid
from tcvc_studio.ui.timeline.data import Span, TimelineData
from tcvc_studio.ui.timeline.marks import frames_array
from tcvc_studio.ui.timeline.ticks import Clock

#: States by rank: where several share a column of pixels the highest is seen.
STATES = ("none", "fresh", "stale", "rendering", "failed")


class Derived:
    """Arrays made of a TimelineData.

    cuts, rejected, anchors, proposed_anchors, suggestions: sorted frames, int64. cut_proposed [cuts], anchor_edited and
    anchor_locked [anchors]: bool. fades: int64 [fades, 2]. scores, confidence: CurvePyramid or None; flicker: by layer.
    clock: time codes.
    """

    def __init__(self, data: TimelineData) -> None:
        self._kept: dict[str, tuple[tuple[Any, ...], Any]] = {}
        self.update(data)

    def update(self, data: TimelineData) -> None:
        """Take other data; only what belongs to fields that are other objects is made anew."""
        self.data = data
        cuts, anchors = data.cuts, data.anchors
        self.cuts = self._of("cuts", (cuts,), lambda: frames_array((c.frame for c in cuts), len(cuts)))
        self.cut_proposed = self._of("proposed", (cuts,), lambda: np.array([c.proposed for c in cuts], bool))
        self.rejected = self._of("rejected", (data.rejected,), lambda: _sorted(data.rejected))
        self.fades = self._of("fades", (data.fades,), lambda: np.array(data.fades, np.int64).reshape(-1, 2))
        own = self._of("anchors", (anchors,), lambda: _anchors(anchors))
        self.anchors, self.anchor_edited, self.anchor_locked = own
        self.proposed_anchors = self._of(
            "proposed_anchors",
            (data.proposed_anchors, anchors),
            # What is set by hand is no proposal any more, whatever the data say.
            lambda: np.setdiff1d(_sorted(data.proposed_anchors), self.anchors, assume_unique=True),
        )
        self.suggestions = self._of("suggestions", (data.suggestions,), lambda: _sorted(data.suggestions))
        self.scores = self._of("scores", (data.cut_scores,), lambda: _pyramid(data.cut_scores, data.frames))
        self.confidence = self._of("confidence", (data.confidence,), lambda: _pyramid(data.confidence, data.frames))
        self.flicker = {
            layer: self._of(f"flicker {layer}", (values,), lambda values=values: _pyramid(values, data.frames))
            for layer, values in data.flicker.items()
        }
        self._states = self._of("states", (data.spans,), lambda: _states(data.spans))
        self.clock = self._of("clock", (data.rate, data.timecode), lambda: Clock(data.rate, data.timecode))

    def states(self, layer: str, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
        """The highest rank in STATES in each of the spans starts[i] .. stops[i] - 1 of a layer: uint8 [spans]."""
        ranks = np.zeros(len(starts), np.uint8)
        for rank, (begin, end) in sorted(self._states.get(layer, {}).items()):
            # One overlaps where more have begun before the stop than have ended by the start.
            begun, ended = np.searchsorted(begin, stops, side="left"), np.searchsorted(end, starts, side="right")
            ranks[begun > ended] = rank
        return ranks

    def _of(self, name: str, sources: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        kept = self._kept.get(name)
        if kept is not None and len(kept[0]) == len(sources) and all(map(_same, kept[0], sources)):
            return kept[1]
        made = make()
        self._kept[name] = (sources, made)
        return made


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, int) and one == other)


def _sorted(frames: Any) -> np.ndarray:
    return np.unique(np.asarray(frames, np.int64))


def _pyramid(values: np.ndarray | None, frames: int) -> CurvePyramid | None:
    """A curve of as many values as the film has frames: what is missing is unknown."""
    if values is None:
        return None
    own = np.asarray(values, np.float32)[:frames]
    if len(own) < frames:
        own = np.concatenate((own, np.full(frames - len(own), np.nan, np.float32)))
    return CurvePyramid(own)


def _states(spans: Sequence[Span]) -> dict[str, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Sorted starts and sorted stops of the spans of each layer and rank."""
    ends: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for span in spans:
        key = (span.layer, span.state)
        known = ends.get(key)
        if known is None:
            known = ends[key] = ([], [])
        known[0].append(span.start)
        known[1].append(span.stop)
    found: dict[str, dict[int, tuple[np.ndarray, np.ndarray]]] = {}
    for (layer, state), (starts, stops) in ends.items():
        if state in STATES:
            found.setdefault(layer, {})[STATES.index(state)] = np.sort(starts), np.sort(stops)
    return found


def _anchors(anchors: Sequence[Anchor]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(frames, whether edited, whether locked)."""
    frames = frames_array([anchor.frame for anchor in anchors], len(anchors))
    edited = np.array([anchor.still is not None for anchor in anchors], bool)
    return frames, edited, np.array([anchor.locked for anchor in anchors], bool)
