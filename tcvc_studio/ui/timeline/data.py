"""What the timeline shows: one frozen value, handed over whole. Fields that stay the same object cost nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np

from tcvc_studio.project.model import Anchor, Cut

HitKind = Literal["cut", "rejected", "fade", "anchor", "proposed_anchor", "suggestion", "in", "out", "threshold"]


class Span(Protocol):
    """Frames start, ..., stop - 1 of a layer ("backbone", "tcvc") in a state ("fresh", "stale", "rendering",
    "failed")."""

    start: int
    stop: int
    layer: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimelineData:
    """A film as the timeline shows it. Frame numbers count from 0; spans are half-open.

    frames: of the film. rate: frames a second. timecode: of the first frame; None counts from zero.
    cuts: ascending; rejected: cuts that detection may not propose again, ascending. fades: (start, stop), ascending.
    anchors: set by hand, ascending; proposed_anchors: the automatic ones, ascending.
    spans: what is rendered, stale, ...; frames without a span have never been asked for.
    flicker: by layer "backbone" and "tcvc", float32 [frames], 0 is steady, nan where unknown.
    confidence: of the flow, float32 [frames], 0..1, nan where unknown. suggestions: frames worth an anchor, ascending.
    cut_scores: float32 [frames], 0..1, shown with `threshold` while not None.
    in_frame, out_frame: the marked range, both included.
    """

    frames: int
    rate: Fraction = Fraction(24)
    timecode: str | None = None
    cuts: Sequence[Cut] = ()
    rejected: Sequence[int] = ()
    fades: Sequence[tuple[int, int]] = ()
    anchors: Sequence[Anchor] = ()
    proposed_anchors: Sequence[int] = ()
    spans: Sequence[Span] = ()
    flicker: Mapping[str, np.ndarray] = field(default_factory=dict)
    confidence: np.ndarray | None = None
    suggestions: Sequence[int] = ()
    cut_scores: np.ndarray | None = None
    threshold: float = 0.5
    in_frame: int | None = None
    out_frame: int | None = None

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise ValueError(f"a film has at least one frame, not {self.frames}")
        if self.rate <= 0:
            raise ValueError(f"a frame rate must be above zero, not {self.rate}")


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under the cursor: a mark of a kind at a frame (of a span, its first)."""

    kind: HitKind
    frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuRequest:
    """A context menu is asked for.

    position: QPoint on the screen. frame: under the cursor, or the playhead's for the menu key. row: key of the row,
    None beside all. hit: the mark meant, if any. cuts, anchors: what is selected, ascending.
    """

    position: object
    frame: int
    row: str | None
    hit: Hit | None
    cuts: tuple[int, ...]
    anchors: tuple[int, ...]
