"""What to render next: around the playhead first, both layers in step. Pure, so that it can be told without rendering.

The film is looked at in windows, the nearest to the playhead first: its interval, then its shot (onwards from the
playhead, then back to the shot's beginning), then the other shots, the following and the preceding ones in turn. In
each window every layer is finished before the next window's turn comes, so that two viewers side by side never lie
further apart than one window.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tcvc_studio.engine.pieces import Piece, Pieces
from tcvc_studio.project.shots import Shot

#: Frames of a window: enough for reading, flow and networks to overlap, few enough to change course soon.
WINDOW = 64

Span = tuple[int, int]


class LayerPlan:
    """The pieces of one layer ("tcvc", "backbone"), found by frame. Immutable."""

    def __init__(self, name: str, pieces: Pieces) -> None:
        self.name = name
        self.pieces = pieces
        self._firsts = [[piece.interval.first for piece in plan] for plan in pieces]
        self._stops = [[piece.interval.stop for piece in plan] for plan in pieces]
        self.keys = frozenset(piece.key for plan in pieces for piece in plan)

    def covering(self, start: int, stop: int) -> list[Piece]:
        """Pieces that hold color of a frame in [start, stop), each once, in the order a render takes them."""
        found: dict[str, Piece] = {}
        for plan, firsts, stops in zip(self.pieces, self._firsts, self._stops, strict=True):
            for piece in plan[bisect_right(stops, start) : bisect_left(firsts, stop)]:
                found[piece.key] = piece
        return sorted(found.values(), key=lambda piece: (piece.interval.last, piece.interval.first))

    def at(self, frame: int) -> list[Piece]:
        """Pieces that hold a frame's color, one for each interval length."""
        return self.covering(frame, frame + 1)


@dataclass(frozen=True, slots=True)
class Task:
    """Pieces of one layer to be rendered in one go, in that order; at least one."""

    layer: str
    pieces: tuple[Piece, ...]

    @property
    def start(self) -> int:
        return min(piece.interval.first for piece in self.pieces)

    @property
    def stop(self) -> int:
        """End (exclusive) of the frames whose color it makes."""
        return max(piece.interval.stop for piece in self.pieces)


def near_span(layers: Sequence[LayerPlan], playhead: int) -> Span:
    """The frames of the playhead's interval in the first layer: what must be there first."""
    pieces = layers[0].at(playhead)
    return min(piece.interval.first for piece in pieces), max(piece.interval.stop for piece in pieces)


def windows(shots: Sequence[Shot], playhead: int, near: Span, *, shot_alone: bool = False) -> Iterator[Span]:
    """Spans that together cover the film, the most urgent first. near: `near_span`. shot_alone: the playhead's only."""
    yield near
    place = bisect_right([shot.start for shot in shots], playhead) - 1
    here = shots[place]
    yield from _onwards(max(near[1], here.start), here.stop)
    for stop in range(min(near[0], here.stop), here.start, -WINDOW):
        yield max(stop - WINDOW, here.start), stop
    if shot_alone:
        return
    for after, before in zip_longest(shots[place + 1 :], reversed(shots[:place])):
        for shot in (after, before):
            if shot is not None:
                yield from _onwards(shot.start, shot.stop)


def next_task(
    layers: Sequence[LayerPlan],
    shots: Sequence[Shot],
    playhead: int,
    *,
    done: Container[str],
    alone: Container[str] = (),
    shot_alone: bool = False,
) -> Task | None:
    """The most urgent work that is not done; None where all is.

    layers: in the order in which they are rendered in a window. done: keys that need no rendering (or cannot be).
    alone: keys of pieces to be rendered by themselves, so that what is wrong with one does not stop the others.
    shot_alone: only the playhead's shot.
    """
    for span in windows(shots, playhead, near_span(layers, playhead), shot_alone=shot_alone):
        for layer in layers:
            missing = [piece for piece in layer.covering(*span) if piece.key not in done]
            if any(piece.key in alone for piece in missing):
                missing = missing[:1]
            if missing:
                return Task(layer.name, tuple(missing))
    return None


def _onwards(start: int, stop: int) -> Iterator[Span]:
    for first in range(start, stop, WINDOW):
        yield first, min(first + WINDOW, stop)
