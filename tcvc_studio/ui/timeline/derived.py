"""What painting and hit testing need of the timeline's data, as arrays; kept while the fields stay the same objects."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tcvc_studio.ui.timeline.curve import CurvePyramid
from tcvc_studio.ui.timeline.data import TimelineData
from tcvc_studio.ui.timeline.marks import frames_array
from tcvc_studio.ui.timeline.ticks import Clock

#: States by rank: where several share a column of pixels the highest is seen.
STATES = ("none", "fresh", "stale", "rendering", "failed")


class Derived:
    """Arrays made of a TimelineData.

    cuts, rejected, anchors, proposed_anchors, suggestions: sorted frames, int64. cut_proposed [cuts], anchor_edited and
    anchor_locked [anchors]: bool. fades: int64 [fades, 2]. scores, confidence: CurvePyramid or None; flicker: by layer.
    states(layer): rank in STATES of every frame, uint8 [frames]. clock: time codes.
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
        self.anchors = self._of("anchors", (anchors,), lambda: frames_array((a.frame for a in anchors), len(anchors)))
        self.anchor_edited = self._of("edited", (anchors,), lambda: np.array([a.edited for a in anchors], bool))
        self.anchor_locked = self._of("locked", (anchors,), lambda: np.array([a.locked for a in anchors], bool))
        self.proposed_anchors = self._of(
            "proposed_anchors",
            (data.proposed_anchors, anchors),
            # What is set by hand is no proposal any more, whatever the data say.
            lambda: np.setdiff1d(_sorted(data.proposed_anchors), self.anchors, assume_unique=False),
        )
        self.suggestions = self._of("suggestions", (data.suggestions,), lambda: _sorted(data.suggestions))
        self.scores = self._of("scores", (data.cut_scores,), lambda: _pyramid(data.cut_scores, data.frames))
        self.confidence = self._of("confidence", (data.confidence,), lambda: _pyramid(data.confidence, data.frames))
        self.flicker = {
            layer: self._of(f"flicker {layer}", (values,), lambda values=values: _pyramid(values, data.frames))
            for layer, values in data.flicker.items()
        }
        self._states = self._of("states", (data.spans, data.frames), lambda: _states(data))
        self.clock = self._of("clock", (data.rate, data.timecode), lambda: Clock(data.rate, data.timecode))

    def states(self, layer: str) -> np.ndarray | None:
        """Rank of every frame of a layer, uint8 [frames]; None where none was ever asked for."""
        return self._states.get(layer)

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


def _states(data: TimelineData) -> dict[str, np.ndarray]:
    by_layer: dict[str, dict[str, tuple[list[int], list[int]]]] = {}
    for span in data.spans:
        starts, stops = by_layer.setdefault(span.layer, {}).setdefault(span.state, ([], []))
        starts.append(span.start)
        stops.append(span.stop)
    found: dict[str, np.ndarray] = {}
    for layer, states in by_layer.items():
        ranks = np.zeros(data.frames, np.uint8)
        for rank, state in enumerate(STATES):
            if state in states:
                starts, stops = (np.clip(np.array(ends, np.int64), 0, data.frames) for ends in states[state])
                step = np.bincount(starts, minlength=data.frames + 1) - np.bincount(stops, minlength=data.frames + 1)
                ranks[np.cumsum(step[:-1]) > 0] = rank
        found[layer] = ranks
    return found
