"""The frames an interval needs, read ahead of it: lightness at working size, and flow between neighbours."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, pairwise

import torch
from torch import Tensor

from tcvc_studio.color.working import working_lightness
from tcvc_studio.engine.background import in_background
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.media.film import Film

#: Frames whose flows are computed in one call: enough for threads and GPUs, few enough to be cancelled soon.
FLOW_BATCH = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One frame and how it hangs together with the one before.

    l: CIE lightness [1, 1, h, w], upright. from_previous: flow [1, 2, h, w] from frame number - 1 to this one;
    to_previous: from this one back. Both None where the frame before is of another shot or was not read.
    """

    number: int
    l: Tensor  # noqa: E741
    from_previous: Tensor | None = None
    to_previous: Tensor | None = None


def read_lightness(
    film: Film, spans: Iterable[tuple[int, int]], size: tuple[int, int], check: Callable[[], None]
) -> Iterator[Step]:
    """Frames of half-open spans in film order as Steps without flow. size: working (width, height), upright."""
    coded = size if film.info.rotation % 180 == 0 else size[::-1]
    for start, stop in spans:
        for frame in film.frames(start, stop):
            check()
            l = working_lightness(frame.luma, film.info.format, coded)  # noqa: E741
            yield Step(frame.number, upright(l, film.info.rotation))


def upright(x: Tensor, rotation: int) -> Tensor:
    """A coded picture [..., h, w] as it is shown: turned counterclockwise by rotation degrees, a multiple of 90."""
    return torch.rot90(x, rotation // 90 % 4, dims=(-2, -1)).contiguous() if rotation else x


def as_coded(x: Tensor, rotation: int) -> Tensor:
    """The inverse of `upright`."""
    return torch.rot90(x, -rotation // 90 % 4, dims=(-2, -1)).contiguous() if rotation else x


def with_flow(
    steps: Iterable[Step], flow: Flow, breaks: frozenset[int], *, at_once: int = FLOW_BATCH
) -> Iterator[Step]:
    """Steps with the flow to and from the frame before, unless a shot begins there (breaks) or it was not read.

    at_once: pairs of frames in one call of the flow.
    """
    previous: Step | None = None
    for batch in _batches(steps, at_once):
        chain = [previous, *batch] if previous else batch
        pairs = [
            (a, b) for a, b in pairwise(chain)
            if b.number == a.number + 1 and b.number not in breaks
        ]
        flows: dict[int, tuple[Tensor, Tensor]] = {}
        if pairs:
            before = torch.cat([a.l for a, _ in pairs])
            after = torch.cat([b.l for _, b in pairs])
            forth, back = flow(torch.cat((before, after)), torch.cat((after, before))).chunk(2)
            flows = {b.number: (forth[i : i + 1], back[i : i + 1]) for i, (_, b) in enumerate(pairs)}
        for step in batch:
            yield Step(step.number, step.l, *flows.get(step.number, (None, None)))
        previous = batch[-1]


class Window:
    """Takes steps as they come and holds those that intervals still need."""

    def __init__(self, steps: Iterator[Step], check: Callable[[], None]) -> None:
        """check: called for each step; what it raises ends the wait for more."""
        self._steps, self._check = steps, check
        self._held: dict[int, Step] = {}

    def take(self, first: int, last: int) -> list[Step]:
        """Steps of the frames first..last, waiting until they have been read."""
        while last not in self._held:
            step = next(self._steps)
            self._check()
            self._held[step.number] = step
        return [self._held[number] for number in range(first, last + 1)]

    def release(self, before: int) -> None:
        """Forget frames before this one."""
        for number in [n for n in self._held if n < before]:
            del self._held[number]


def open_window(
    film: Film,
    spans: Sequence[tuple[int, int]],
    *,
    size: tuple[int, int],
    flow: Flow | None,
    breaks: frozenset[int],
    check: Callable[[], None],
    stack: ExitStack,
    flow_batch: int = FLOW_BATCH,
) -> Window:
    """A window over spans of a film whose reading and flow run ahead, each in a thread that the stack ends.

    flow: None where no interval needs it. flow_batch: pairs of frames in one call of it.
    """
    steps = stack.enter_context(in_background(read_lightness(film, spans, size, check), ahead=2 * FLOW_BATCH))
    if flow is not None:
        flowing = with_flow(steps, flow, breaks, at_once=flow_batch)
        steps = stack.enter_context(in_background(flowing, ahead=2 * FLOW_BATCH))
    return Window(steps, check)


def merged_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open spans, sorted, those that touch or overlap joined."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _batches(items: Iterable[Step], size: int) -> Iterator[list[Step]]:
    for _, group in groupby(enumerate(items), key=lambda pair: pair[0] // size):
        yield [item for _, item in group]
