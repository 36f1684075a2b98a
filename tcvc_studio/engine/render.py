"""Chroma of one interval: anchors through the backbone, internal frames by propagation."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.engine.blend import BlendOptions, blend
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.learned import propagated_color
from tcvc_studio.engine.neighbours import anchor_features
from tcvc_studio.engine.plan import Interval
from tcvc_studio.engine.window import Step
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.networks.protocol import Backbone, Fusion
from tcvc_studio.project.settings import FusionChoice

#: Anchors whose features are kept for the intervals beside them.
_ANCHORS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Models:
    """What renders, ready on its device. key: hash of everything in it that determines results.

    neighbours: distances of the frames before and after an automatic anchor that it is settled with (`neighbours`).
    """

    backbone: Backbone
    fusion: Fusion | None
    flow: Flow
    compute: Compute
    key: str
    neighbours: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Batches:
    """Frames worked on at once. flow: pairs of frames in one call of the flow; encode: frames the backbone sees."""

    flow: int = 8
    encode: int = 4

    @classmethod
    def fitting(cls, models: Models) -> "Batches":
        """As many as are of use: a GPU wants several frames, a CPU is as quick with one and sooner at a stop."""
        on_cpu = models.compute.device.type == "cpu"
        return cls(flow=getattr(models.flow, "at_once", cls().flow), encode=1 if on_cpu else cls().encode)

    def halved(self) -> "Batches | None":
        """The next smaller ones; None where nothing smaller is left."""
        if self.flow == self.encode == 1:
            return None
        return Batches(flow=max(1, self.flow // 2), encode=max(1, self.encode // 2))


@dataclass(frozen=True, slots=True)
class _Anchor:
    """features [1, c, h', w']; ab [1, 2, h, w] as it shall look; painted: ab comes from a still."""

    features: Tensor
    ab: Tensor
    painted: bool


class Renderer:
    """Renders intervals one after the other; neighbours share the anchor between them, in whatever order they come.

    Belongs to one film, one working size and one set of stills. models and batches may be changed between intervals.
    """

    def __init__(self, models: Models, *, fusion: FusionChoice = "auto") -> None:
        self.batches = Batches.fitting(models)
        self._models = models
        self._choice = fusion
        self._anchors: dict[int, _Anchor] = {}

    @property
    def models(self) -> Models:
        return self._models

    @models.setter
    def models(self, models: Models) -> None:
        self.forget()
        self._models = models
        self.batches = Batches.fitting(models)

    def forget(self) -> None:
        """Let go of the anchors kept."""
        self._anchors.clear()

    def needed(self, interval: Interval, *, painted: Container[int]) -> tuple[int, int]:
        """First and last of the frames that rendering takes: the interval's, and those its anchors are settled with.

        painted: anchors that have a still; their color is given.
        """
        frames = [interval.first, interval.last]
        for anchor in () if interval.single else interval.anchors:
            if anchor not in painted:
                frames += interval.around(anchor, self._models.neighbours)
        return min(frames), max(frames)

    @torch.inference_mode()
    def render(
        self, interval: Interval, steps: Sequence[Step], *, stills: Mapping[int, Tensor], check: Callable[[], None]
    ) -> tuple[list[np.ndarray], str]:
        """Chroma [2, h, w] of the frames the interval owns, and the method.

        steps: the frames that are `needed`. stills: ab [1, 2, h, w] at working size of anchors that have one.
        check: called for each frame; what it raises ends the work. Raises torch.OutOfMemoryError.
        """
        device = self._models.compute.device
        lightness = {step.number: step.l for step in steps}
        steps = steps[interval.first - steps[0].number :][: interval.frames]
        l = torch.cat([step.l for step in steps]).to(device)  # noqa: E741
        if interval.single:
            ab = torch.cat([self._alone(part, check) for part in l.split(self.batches.encode)])
            return self._owned(interval, ab), "single"
        anchors = self._colored(interval, lightness, stills, check)
        if interval.frames == 1:
            return self._owned(interval, anchors[interval.first].ab), "anchor"
        check()
        head = anchors.get(interval.first)
        tail = anchors.get(interval.last)
        to_next = torch.cat([step.from_previous for step in steps[1:]]).to(device)
        to_prev = torch.cat([step.to_previous for step in steps[1:]]).to(device)
        learned = self._learned(head, tail) and interval.frames > 2
        if not learned:
            ab = blend(
                l, head and head.ab, tail and tail.ab,
                to_next=to_next, to_prev=to_prev, flow=self._models.flow, check=check,
                # A still's color is worth every candidate; the backbone's guess is carried as well by the chain alone.
                options=BlendOptions() if _painted(head, tail) else BlendOptions.fast(),
            )
            return self._owned(interval, ab), "blend"
        internal = self._propagated(l, head, tail, to_next, to_prev, check)
        if _painted(head, tail):
            internal += self._residual(l, head, tail, to_next, to_prev, check)[1:-1]
        return self._owned(interval, torch.cat((head.ab, internal, tail.ab))), "learned"

    def _learned(self, head: _Anchor | None, tail: _Anchor | None) -> bool:
        if self._models.fusion is None or head is None or tail is None or self._choice == "blend":
            return False
        return self._choice == "learned" or not _painted(head, tail)

    def _alone(self, l: Tensor, check: Callable[[], None]) -> Tensor:  # noqa: E741
        check()
        with self._models.compute.autocast():
            return self._models.backbone.decode(self._models.backbone.encode(l)).float()

    def _colored(
        self, interval: Interval, lightness: Mapping[int, Tensor], stills: Mapping[int, Tensor],
        check: Callable[[], None],
    ) -> dict[int, _Anchor]:  # fmt: skip
        """Anchors of the interval; one shared with an interval rendered shortly before is not computed again."""
        models = self._models
        for frame in interval.anchors:
            if frame in self._anchors:
                self._anchors[frame] = self._anchors.pop(frame)  # the last used is the last to go
                continue
            still = stills.get(frame)
            beside = interval.around(frame, models.neighbours) if still is None else ()
            features = anchor_features(
                lightness[frame], [lightness[i] for i in beside], backbone=models.backbone, flow=models.flow,
                compute=models.compute, at_once=self.batches.flow, check=check,
            )  # fmt: skip
            with models.compute.autocast():
                ab = models.backbone.decode(features).float()
            own = ab if still is None else still.to(ab.device)
            self._anchors[frame] = _Anchor(features, own, still is not None)
        for frame in list(self._anchors)[:-_ANCHORS_KEPT]:
            del self._anchors[frame]
        return {frame: self._anchors[frame] for frame in interval.anchors}

    def _propagated(self, l, head, tail, to_next, to_prev, check) -> Tensor:  # noqa: E741
        """ab [n - 2, 2, h, w] of the internal frames by the learned fusion."""
        models = self._models
        return propagated_color(
            l, head.features, tail.features, to_next=to_next, to_prev=to_prev,
            flow=models.flow, backbone=models.backbone, fusion=models.fusion, compute=models.compute, check=check,
        )

    def _residual(self, l, head, tail, to_next, to_prev, check) -> Tensor:  # noqa: E741
        """What the anchors' features cannot express, carried along the same flow: [n, 2, h, w]."""
        with self._models.compute.autocast():
            first, last = (anchor.ab - self._models.backbone.decode(anchor.features).float() for anchor in (head, tail))
        return blend(l, first, last, to_next=to_next, to_prev=to_prev, flow=self._models.flow, check=check)

    def _owned(self, interval: Interval, ab: Tensor) -> list[np.ndarray]:
        return list(ab[: interval.stop - interval.first].float().cpu().numpy())


def _painted(head: _Anchor | None, tail: _Anchor | None) -> bool:
    return any(anchor is not None and anchor.painted for anchor in (head, tail))
