"""What is said of a picture: is its color fresh, stale, on its way, or not there yet? Each has a shape and a word."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

Shape = Literal["disc", "half", "hatched", "ring", "cross", "none"]

#: What layers are called on screen.
NAMES = {"backbone": "Backbone", "tcvc": "TCVC", "gray": "Source", "difference": "Difference"}


class Span(Protocol):
    """Frames start, ..., stop - 1 of a layer in a state ("fresh", "stale", "rendering", "failed")."""

    start: int
    stop: int
    layer: str
    state: str


@dataclass(frozen=True, slots=True)
class Badge:
    """shape: drawn before the text, telling by itself. text: empty for what needs no words."""

    shape: Shape
    text: str


class SpanIndex:
    """Spans of one layer do not overlap; found by layer and frame in logarithmic time."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans: dict[str, list[Span]] = {}
        for span in sorted(spans, key=lambda span: span.start):
            self._spans.setdefault(span.layer, []).append(span)
        self._starts = {layer: [span.start for span in found] for layer, found in self._spans.items()}

    def state(self, layer: str, frame: int) -> str | None:
        """The state of a layer's frame; None where nothing is known of it."""
        at = bisect_right(self._starts.get(layer, ()), frame) - 1
        if at < 0:
            return None
        span = self._spans[layer][at]
        return span.state if frame < span.stop else None


def badge(layer: str, state: str | None, *, colored: bool) -> Badge:
    """What to say of a picture. colored: whether color is in the picture that is shown."""
    if layer in ("gray", "difference"):
        return Badge("none", "")
    if state == "failed":
        return Badge("cross", "failed" if colored else "failed, shown gray")
    if state == "rendering":
        return Badge("half", "rendering" if colored else "rendering, gray until then")
    if not colored:
        return Badge("ring", "not colored yet, shown gray")
    if state == "stale":
        return Badge("hatched", "stale")
    return Badge("disc", "fresh")
