"""The fusion without training: candidates carried from both anchors, weighted and averaged.

Each internal frame has up to five candidates: from either anchor, the color carried along the chain of neighbouring
frames, and the color fetched by flow straight from the anchor (whose search begins where the flow of the frame before
leads); and color found by likeness (`match`). A candidate's weight is its nearness in time, times the consistency of
the flows it came by (there and back should cancel), times the agreement of the anchor's lightness, carried the same
way, with the frame's own: where a flow went astray or something was uncovered, the carried picture does not look like
the frame, and the candidate yields to the others. In the end each frame settles with its two neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tcvc_studio.engine.match import Likeness
from tcvc_studio.flow.chain import composed
from tcvc_studio.flow.consistency import confidence
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.flow.warp import warp


@dataclass(frozen=True, slots=True)
class BlendOptions:
    """Constants of the weights.

    direct: weight of the candidates fetched straight from the anchors beside those of the chain; 0 leaves them out.
    matched: weight of the candidate found by likeness where the places it was found at agree; 0 leaves it out.
    spread: disagreement of those places, in the planes' units (Lab), that costs weight: exp(-variance / (2 spread^2)).
    settle: weight of the neighbouring frames' results beside a frame's own; 0 leaves them out.
    tolerance: pixels of forward-backward error at which a step's confidence falls to 1/e.
    agreement: how sharply disagreeing lightness counts: 1 / (1 + agreement * mean squared difference of L / 100 over
        (2 radius + 1)^2 pixels). It falls off slowly: of candidates that all disagree the nearest still counts most,
        and some color always arrives.
    doubt: what a candidate's flows are worth where they are not consistent, beside 1 where they are: over long
        intervals hardly a chain is, and what it carried may look right all the same.
    """

    direct: float = 1.0
    matched: float = 1e-2
    spread: float = 4.0
    settle: float = 1.0
    tolerance: float = 1.0
    agreement: float = 1000.0
    radius: int = 2
    doubt: float = 0.1

    @classmethod
    def fast(cls) -> "BlendOptions":
        """The chain alone, settled: no flow beyond that between neighbours."""
        return cls(direct=0, matched=0)


@dataclass(frozen=True, slots=True)
class Blended:
    """planes [n, c, h, w]; confidence [n, 1, h, w] in 0..1: of the best candidate at each pixel, 1 at the anchors."""

    planes: Tensor
    confidence: Tensor


def blend(
    l: Tensor,  # noqa: E741
    first: Tensor | None,
    last: Tensor | None,
    *,
    to_next: Tensor,
    to_prev: Tensor,
    flow: Flow,
    options: BlendOptions | None = None,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """The planes of `blend_with_confidence`, the same arguments."""
    return blend_with_confidence(
        l, first, last, to_next=to_next, to_prev=to_prev, flow=flow, options=options, check=check
    ).planes


def blend_with_confidence(
    l: Tensor,  # noqa: E741
    first: Tensor | None,
    last: Tensor | None,
    *,
    to_next: Tensor,
    to_prev: Tensor,
    flow: Flow,
    options: BlendOptions | None = None,
    check: Callable[[], None] = lambda: None,
) -> Blended:
    """Planes [n, c, h, w] of all frames of an interval, n >= 2; at the anchors they are `first` and `last` exactly.

    l: CIE lightness [n, 1, h, w] of all n frames. first, last: what is carried, [1, c, h, w]: chroma or a residual;
    None at an open end, from which nothing comes (not both).
    to_next: [n - 1, 2, h, w], entry i is the flow from frame i to i + 1; to_prev: entry i is that from i + 1 to i.
    flow: for the flows straight to the anchors. check: called for each frame; what it raises ends the work.
    Beside arguments and result it holds two planes a frame, and a few frames' worth. Raises ValueError where both
    ends are open.
    """
    if first is None and last is None:
        raise ValueError("there is no anchor to blend from")
    options = options or BlendOptions()
    n = l.shape[0]
    inner = range(first is not None, n - (last is not None))
    time = torch.linspace(0, 1, n).tolist()
    both = first is not None and last is not None
    sums = _Sums(l, channels=(last if first is None else first).shape[1])
    steps_back = _steps(to_prev, to_next, options, check)
    steps_forth = _steps(to_next, to_prev, options, check)
    carriers, walks = [], []
    if first is not None:
        carriers.append(_Carrier.at(first, l[:1]))
        walks.append([(i, 1 - time[i] if both else 1.0, steps_back[i - 1]) for i in inner])
    if last is not None:
        carriers.append(_Carrier.at(last, l[-1:]))
        walks.append([(i, time[i] if both else 1.0, steps_forth[i]) for i in reversed(inner)])
    # Both anchors at once: their flows are found side by side.
    for reached in zip(*walks, strict=True):
        for carrier, (_, _, step) in zip(carriers, reached, strict=True):
            check()
            carrier.step(step)
            if options.direct > 0:
                carrier.lead(step)
        if options.direct > 0:
            _find_direct(carriers, l[[number for number, _, _ in reached]], flow)
        for carrier, (number, nearness, _) in zip(carriers, reached, strict=True):
            _add(sums, l, carrier, number, nearness, options)
    if options.matched > 0 and len(inner):
        ends = [(l[:1], first)] * (first is not None) + [(l[-1:], last)] * (last is not None)
        likeness = Likeness(torch.cat([lightness for lightness, _ in ends]), torch.cat([planes for _, planes in ends]))
        for i in inner:
            check()
            found, variance = likeness.find(l[i : i + 1], shares=[1 - time[i], time[i]] if both else [1.0])
            sums.add(i, found, options.matched * torch.exp(-variance / (2 * options.spread**2)))
    for end, planes in ((0, first), (n - 1, last)):
        if planes is not None:
            sums.put(end, planes, 1 + options.direct)
    return sums.blended(l, steps_back, steps_forth, inner, options, check)


@dataclass(frozen=True, slots=True)
class _Step:
    """From a frame to its neighbour: flow [1, 2, h, w], the flow back, and the confidence [1, 1, h, w] in the first."""

    toward: Tensor
    outward: Tensor
    trust: Tensor


def _steps(toward: Tensor, outward: Tensor, options: BlendOptions, check: Callable[[], None]) -> list[_Step]:
    steps = []
    for there, back in zip(toward.split(1), outward.split(1), strict=True):
        check()
        steps.append(_Step(there, back, confidence(there, back, tolerance=options.tolerance)))
    return steps


class _Sums:
    """Weighted sums of candidates, frame by frame."""

    def __init__(self, l: Tensor, *, channels: int) -> None:  # noqa: E741
        n, _, height, width = l.shape
        self._planes = l.new_zeros(n, channels, height, width)
        self._weight = l.new_zeros(n, 1, height, width)
        self._trust = l.new_zeros(n, 1, height, width)

    def add(self, number: int, candidate: Tensor, weight: Tensor, trust: Tensor | None = None) -> None:
        """candidate [1, c, h, w] and weight [1, 1, h, w] of a frame; trust [1, 1, h, w] where it is to count."""
        self._planes[number] += (weight * candidate)[0]
        self._weight[number] += weight[0]
        if trust is not None:
            torch.maximum(self._trust[number], trust[0], out=self._trust[number])

    def put(self, number: int, planes: Tensor, weight: float) -> None:
        """A frame whose planes are known."""
        self._planes[number] = planes[0]
        self._weight[number] = weight
        self._trust[number] = 1

    def blended(
        self,
        l: Tensor,  # noqa: E741
        steps_back: list[_Step],
        steps_forth: list[_Step],
        inner: range,
        options: BlendOptions,
        check: Callable[[], None],
    ) -> Blended:
        """The means; inner frames settle with their neighbours, as far as flows are consistent and lightness agrees."""
        self._planes[inner.start : inner.stop] /= self._weight[inner.start : inner.stop]
        if options.settle == 0:
            return Blended(self._planes, self._trust)
        # Neighbours count as they were before any settled.
        before = None if inner.start == 0 else self._planes[:1].clone()
        for i in inner:
            check()
            own = self._planes[i : i + 1].clone()
            total, weights = own * self._weight[i : i + 1], self._weight[i : i + 1]
            sides = [(i - 1, before, steps_back[i - 1])] if before is not None else []
            if i + 1 < len(self._planes):
                sides.append((i + 1, self._planes[i + 1 : i + 2], steps_forth[i]))
            for j, planes, step in sides:
                near = warp(torch.cat((planes, self._weight[j : j + 1], l[j : j + 1]), dim=1), step.toward)
                alike = agreement(near[:, -1:], l[i : i + 1], options)
                weight = options.settle * step.trust * alike * near[:, -2:-1]
                total = total + weight * near[:, :-2]
                weights = weights + weight
            self._planes[i : i + 1] = total / weights
            before = own
        return Blended(self._planes, self._trust)


@dataclass(slots=True)
class _Carrier:
    """What one anchor gives to frames ever farther from it, and how far it has come.

    source, held: [1, c + 2, h, w] at the anchor, and carried along the chain to the frame reached last.
    away, home: flow [1, 2, h, w] from that frame straight to the anchor, and from the anchor to it.
    """

    source: Tensor
    held: Tensor
    away: Tensor
    home: Tensor

    @classmethod
    def at(cls, planes: Tensor, lightness: Tensor) -> "_Carrier":
        """At an anchor with these planes [1, c, h, w] and lightness [1, 1, h, w]."""
        # Beside the planes travel the lightness and the confidence, full at the anchor.
        source = torch.cat((planes, lightness, torch.ones_like(lightness)), dim=1)
        still = lightness.new_zeros(1, 2, *lightness.shape[-2:])
        return cls(source, source, still, still)

    def step(self, step: _Step) -> None:
        """Carry what is held on to the next frame."""
        self.held = warp(self.held, step.toward)
        self.held[:, -1:] *= step.trust

    def lead(self, step: _Step) -> None:
        """Lead the straight flows on to the next frame, as a start for the search there."""
        self.away = composed(step.toward, self.away)
        self.home = composed(self.home, step.outward)


def _find_direct(carriers: list[_Carrier], here: Tensor, flow: Flow) -> None:
    """Find the flows between the frames here, one for each carrier, and the anchors, from where they were led.

    They were led there from what was found for the frame before, not along the chain alone: so errors are put right
    at every frame instead of adding up.
    """
    there = torch.cat([carrier.source[:, -2:-1] for carrier in carriers])
    away = torch.cat([carrier.away for carrier in carriers])
    home = torch.cat([carrier.home for carrier in carriers])
    found = flow(torch.cat((here, there)), torch.cat((there, here)), start=torch.cat((away, home))).to(here.device)
    for i, carrier in enumerate(carriers):
        carrier.away, carrier.home = found[i : i + 1], found[len(carriers) + i :][:1]


def _add(
    sums: _Sums,
    l: Tensor,  # noqa: E741
    carrier: _Carrier,
    number: int,
    nearness: float,
    options: BlendOptions,
) -> None:
    """Add what a carrier that has reached a frame gives to it. nearness: of its anchor, in time."""
    candidates = [(carrier.held, 1.0)]
    if options.direct > 0:
        fetched = warp(carrier.source, carrier.away)
        fetched[:, -1:] *= confidence(carrier.away, carrier.home, tolerance=options.tolerance)
        candidates.append((fetched, options.direct))
    for candidate, share in candidates:
        trust, weight = _weighed(candidate, l[number : number + 1], options)
        sums.add(number, candidate[:, :-2], nearness * share * weight, trust)


def _weighed(candidate: Tensor, l: Tensor, options: BlendOptions) -> tuple[Tensor, Tensor]:  # noqa: E741
    """(confidence, weight) of candidates whose last two planes are carried lightness and flow confidence."""
    alike = agreement(candidate[:, -2:-1], l, options)
    consistency = candidate[:, -1:]
    return consistency * alike, (consistency + options.doubt) * alike


def agreement(carried: Tensor, l: Tensor, options: BlendOptions) -> Tensor:  # noqa: E741
    """How much carried lightness looks like a frame's own, [n, 1, h, w] in 0..1."""
    difference = ((l - carried) / 100).square()
    mean = F.avg_pool2d(difference, 2 * options.radius + 1, 1, padding=options.radius, count_include_pad=False)
    return 1 / (1 + options.agreement * mean)
