"""Self-regularization learning of the fusion (the paper's section 3.2): steadiness is learned from gray films alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.propagate import flow_at_stride, propagate
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.flow.warp import warp
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.protocol import Backbone
from tcvc_studio.networks.warp_loss import temporal_loss
from tcvc_studio.training.batches import prefetch
from tcvc_studio.training.intervals import GrayFilms, Interval
from tcvc_studio.training.run import Averaged, Clock, Log, cosine_rate, load_checkpoint, save_checkpoint

ARCHITECTURE = "fusion"
_COLUMNS = ("step", "seconds", "rate", "loss", "blend", "chroma")

#: What the loss is multiplied by, so that it is about 1 and reads well.
_SCALE = 1000.0


@dataclass(frozen=True, slots=True)
class FusionRecipe:
    """All that decides how a fusion turns out, but the films.

    internal: internal frames of an interval; the two anchors come in addition. size: side of the square crops, pixels.
    batch: intervals a step. shards: gradients taken side by side. rate: Adam's highest learning rate.
    """

    steps: int = 20_000
    minutes: float | None = None
    batch: int = 2
    size: int = 160
    internal: int = 8
    rate: float = 5e-4
    shards: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Propagated:
    """What a loss may look at, all at feature resolution [n, ., h', w'], anchors first and last.

    ab: predicted color, Lab units.  l: CIE lightness.  to_prev: [n - 1, 2, ...] flow from each frame to the one before,
    in feature samples; to_second: [n - 2, 2, ...] to the one before that.
    """

    ab: Tensor
    l: Tensor  # noqa: E741
    to_prev: Tensor
    to_second: Tensor


def steadiness(shown: Propagated) -> Tensor:
    """The paper's loss, equation 6: differences to the warped prediction one and two frames before, where visible."""
    return _SCALE * temporal_loss(shown.ab, shown.l, flow_1=shown.to_prev, flow_2=shown.to_second)


def fusion_for(backbone: Backbone) -> FeatureFusion:
    """A new fusion: of the published sizes for backbones at full resolution, slim for those at a part of it.

    It begins as a plain blend that keeps four fifths of the forward feature: the refinement begins at zero.
    """
    if backbone.stride == 1:
        fusion = FeatureFusion(backbone.channels)
    else:
        fusion = FeatureFusion(
            backbone.channels,
            lightness_channels=12,
            weight_hidden=(24, 16),
            refine_hidden=(32, 24),
            reduced=16,
            stride=backbone.stride,
        )
    last_refine, last_weight = fusion.feature_refine.conv3, fusion.weigting.conv3
    for layer in (last_refine, last_weight):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    nn.init.constant_(last_weight.bias, math.log(4))
    return fusion


def train_fusion(
    films: Sequence[Path],
    out: Path,
    *,
    backbone: Backbone,
    fusion: FeatureFusion,
    flow: Flow,
    recipe: FusionRecipe,
    compute: Compute,
    loss: Callable[[Propagated], Tensor] = steadiness,
    resume: bool = False,
    say: Callable[[str], None] = print,
    log_every: int = 25,
    save_every: int = 100,
) -> FeatureFusion:
    """Trains `fusion` on the frozen `backbone`, with a checkpoint and `log.csv` in `out`; returns the averaged network.

    The log has the loss beside that of the untrained blend on the same intervals (`blend`), and how much chroma the
    internal frames have beside the anchors' (`chroma`, 1 is as much): a loss on differences is low for gray, too.
    Raises StudioError where films cannot be read, or the checkpoint is missing or damaged.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    source = GrayFilms(films, shortest=recipe.internal + 2)
    learner = _Learner(backbone, fusion, recipe=recipe, compute=compute, loss=loss)
    clock = Clock(recipe.steps, recipe.minutes)
    if resume:
        state = load_checkpoint(out, architecture=ARCHITECTURE)
        learner.load_state(state)
        clock.step, clock.seconds = state["step"], state["seconds"]
    log = Log(out / "log.csv", _COLUMNS)

    def make(step: int) -> list[Interval]:
        frames = recipe.internal + 2
        return [
            source.draw(frames=frames, size=recipe.size, flow=flow, seed=(recipe.seed, step, i))
            for i in range(recipe.batch)
        ]

    sums = np.zeros(3)
    clock.start()
    with closing(prefetch(make, start=clock.step, stop=recipe.steps)) as batches:
        for intervals in batches:
            sums += learner.step(intervals, rate=cosine_rate(clock.progress()), step=clock.step)
            clock.tick()
            last = clock.finished
            if clock.step % log_every == 0 or last:
                mean = sums / ((clock.step - 1) % log_every + 1)
                line = {"step": clock.step, "seconds": clock.seconds}
                line |= {"rate": recipe.rate * cosine_rate(clock.progress())}
                line |= dict(zip(("loss", "blend", "chroma"), mean, strict=True))
                sums[:] = 0
                log.add(**line)
                say("  ".join(f"{key} {value:.5g}" for key, value in line.items()))
            if clock.step % save_every == 0 or last:
                state = {"architecture": ARCHITECTURE, "step": clock.step, "seconds": clock.seconds}
                save_checkpoint(out, state | {"recipe": asdict(recipe)} | learner.state())
            if last:
                break
    return learner.averaged.network


class _Learner:
    """The fusion, its optimizer and averaged weights on a frozen backbone."""

    def __init__(
        self,
        backbone: Backbone,
        fusion: FeatureFusion,
        *,
        recipe: FusionRecipe,
        compute: Compute,
        loss: Callable[[Propagated], Tensor],
    ) -> None:
        self._compute = compute
        self._loss = loss
        self._recipe = recipe
        self._backbone = backbone.to(compute.device).eval().requires_grad_(False)
        self._fusion = fusion.to(compute.device).train()
        self.averaged = Averaged(self._fusion)
        self._parameters = list(self._fusion.parameters())
        self._optimizer = torch.optim.Adam(self._parameters, lr=recipe.rate, betas=(0.9, 0.99))
        self._pool = ThreadPoolExecutor(recipe.shards)

    def step(self, intervals: Sequence[Interval], *, rate: float, step: int) -> np.ndarray:
        """(loss, loss of the blend, share of chroma) before the step. rate: factor of the recipe's learning rate."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._recipe.rate * rate
        results = list(self._pool.map(self._gradients, intervals))
        for i, parameter in enumerate(self._parameters):
            parameter.grad = sum(gradients[i] for _, gradients in results) / len(results)
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self.averaged.update(self._fusion, step=step)
        return np.mean([figures for figures, _ in results], axis=0)

    def _gradients(self, interval: Interval) -> tuple[tuple[float, float, float], tuple[Tensor, ...]]:
        stride = self._backbone.stride
        l = interval.l.to(self._compute.device)  # noqa: E741
        to_next, to_prev, to_second = (
            flow.to(self._compute.device) for flow in (interval.to_next, interval.to_prev, interval.to_second)
        )
        with torch.no_grad(), self._compute.autocast():
            ends = self._backbone.encode(torch.cat((l[:1], l[-1:])))
        first, last = ends.float().split(1)
        with self._compute.autocast():
            stretches = propagate(l, first, last, to_next=to_next, to_prev=to_prev, fusion=self._fusion)
            features = torch.cat([first, *stretches, last])
        small_l = F.avg_pool2d(l, stride) if stride > 1 else l
        flows = {"to_prev": flow_at_stride(to_prev, stride), "to_second": flow_at_stride(to_second, stride)}
        ab = self._color(features)
        loss = self._loss(Propagated(ab, small_l, **flows))
        with torch.no_grad():
            blend = self._color(_blend(first, last, flow_at_stride(to_next, stride), flows["to_prev"]))
            reference = self._loss(Propagated(blend, small_l, **flows))
            chroma = ab.square().sum(dim=1).sqrt().mean(dim=(1, 2))
            share = chroma[1:-1].mean() / chroma[[0, -1]].mean().clamp(min=1e-3)
        figures = (loss.item(), reference.item(), share.item())
        return figures, torch.autograd.grad(loss, self._parameters)

    def _color(self, features: Tensor) -> Tensor:
        """ab at feature resolution: what `decode` makes, before or after its upsampling, costs the same to compare."""
        ab = self._backbone.decode(features)
        stride = self._backbone.stride
        return F.avg_pool2d(ab, stride) if stride > 1 else ab

    def state(self) -> dict[str, Any]:
        return {
            "network": self._fusion.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        self._fusion.load_state_dict(state["network"])
        self.averaged.network.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])


def _blend(first: Tensor, last: Tensor, to_next: Tensor, to_prev: Tensor) -> Tensor:
    """Features carried from both anchors and blended by temporal distance: what a fusion has to beat. [n, c, h', w']"""
    n = to_next.shape[0] + 1
    forward, backward = [first], [last]
    for i in range(n - 1):
        forward.append(warp(forward[-1], to_prev[i : i + 1]))
        backward.append(warp(backward[-1], to_next[n - 2 - i : n - 1 - i]))
    nearness = torch.linspace(0, 1, n, device=first.device).view(n, 1, 1, 1)
    return torch.lerp(torch.cat(forward), torch.cat(backward[::-1]), nearness)
