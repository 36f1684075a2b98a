"""Learning of the fusion: self-regularized from gray films (the paper's section 3.2), or from true color, or both."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tcvc_studio.engine.blend import BlendOptions, blend
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.learned import decoded
from tcvc_studio.engine.propagate import flow_at_stride, propagate
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.plain_fusion import PlainFusion
from tcvc_studio.networks.protocol import Backbone, Fusion
from tcvc_studio.networks.warp_loss import temporal_loss
from tcvc_studio.training.intervals import Films, Interval
from tcvc_studio.training.learner import Learner
from tcvc_studio.training.run import Clock, Reports, run

ARCHITECTURE = "fusion"

#: What the losses are multiplied by, so that each is about .05 for a blend and one weighs as much as the other.
_STEADY_SCALE = 1000.0
_TRUTH_SCALE = 4.0


@dataclass(frozen=True, slots=True)
class FusionRecipe:
    """All that decides how a fusion turns out, but the films.

    internal: least and most internal frames of an interval, drawn evenly over their logarithm; the two anchors come in
        addition. size: side of the square crops, pixels.
    fuse: what fuses, one of `FUSES`. loss: what it is punished for, one of `LOSSES`. truth: weight of true color beside
        steadiness in the loss "both".
    batch: intervals a step. shards: gradients taken side by side. rate: Adam's highest learning rate.
    """

    steps: int = 20_000
    minutes: float | None = None
    batch: int = 2
    size: int = 96
    internal: tuple[int, int] = (17, 17)
    fuse: str = "ffm"
    loss: str = "steadiness"
    truth: float = 1.0
    rate: float = 1e-3
    shards: int = 2
    seed: int = 0

    def frames(self, step: int, i: int, *, most: int) -> int:
        """Frames of interval `i` of a step, anchors included, `most` at most; the same for the same seed."""
        least, longest = (math.log(internal) for internal in self.internal)
        internal = math.exp(np.random.default_rng((self.seed, step, i, 1)).uniform(least, longest))
        return min(round(internal) + 2, most)


@dataclass(frozen=True, slots=True)
class Propagated:
    """What a loss may look at, all at feature resolution [n, ., h', w'], anchors first and last.

    ab: predicted color, Lab units.  l: CIE lightness.  to_prev: [n - 1, 2, ...] flow from each frame to the one before,
    in feature samples; to_second: [n - 2, 2, ...] to the one before that.  truth: the film's own ab, or None.
    """

    ab: Tensor
    l: Tensor  # noqa: E741
    to_prev: Tensor
    to_second: Tensor
    truth: Tensor | None = None


#: Weight of the forward feature in a new fusion of the published kind: least sum of squared steps, kept**17 the last.
_KEPT = 0.88

#: What a fusion is punished for: a scalar with its graph.
Loss = Callable[[Propagated], Tensor]


def steadiness(shown: Propagated) -> Tensor:
    """The paper's loss, equation 6: differences to the warped prediction one and two frames before, where visible."""
    return _STEADY_SCALE * temporal_loss(shown.ab, shown.l, flow_1=shown.to_prev, flow_2=shown.to_second)


def truth(shown: Propagated) -> Tensor:
    """Mean squared error of the internal frames' color, in the published networks' units (the paper's L2)."""
    return _TRUTH_SCALE * F.mse_loss(shown.ab[1:-1] / 110.0, shown.truth[1:-1] / 110.0)


def both(shown: Propagated, *, weight: float = 1.0) -> Tensor:
    """Their sum. weight: of the true color."""
    return steadiness(shown) + weight * truth(shown)


def vivid(shown: Propagated) -> Tensor:
    """Steadiness relative to how colorful the internal frames are beside the anchors: paler is not steadier."""
    energy = shown.ab.square().mean(dim=(1, 2, 3))
    return steadiness(shown) * energy[[0, -1]].mean() / energy[1:-1].mean().clamp(min=1.0)


#: What a fusion can learn from: the schemes of the paper's Table 5, and `vivid`. "truth" and "both" see the true color.
LOSSES: Mapping[str, Loss] = {"steadiness": steadiness, "truth": truth, "both": both, "vivid": vivid}

#: The ways to fuse of the paper's Table 4: the module, plain convolutions over both directions, over the forward one;
#: and the module as published, which fuses what was fused before and does not know how far the anchors are.
FUSES = ("ffm", "published", "plain", "forward")


def fusion_for(backbone: Backbone, fuse: str = "ffm") -> Fusion:
    """A new fusion: of the published sizes for backbones at full resolution, slim for those at a part of it.

    fuse: one of `FUSES`; the plain ones have about as many parameters as the module.

    It begins as the engine's blend, or with the forward feature alone: corrections begin at zero. The published module
    knows neither. It begins with a weight of .88, with which the change from one anchor to the other is spread best
    over 17 internal frames by a weight that is always the same.
    """
    if fuse in ("plain", "forward"):
        hidden = (196, 128) if backbone.stride == 1 else (56, 48)
        plain = PlainFusion(
            backbone.channels, directions=1 if fuse == "forward" else 2, hidden=hidden, stride=backbone.stride
        )
        _zero(plain.plain.conv3)
        return plain
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
            nearness=fuse == "ffm",
        )
    _zero(fusion.feature_refine.conv3)
    _zero(fusion.weigting.conv3)
    if fusion.nearness is None:
        nn.init.constant_(fusion.weigting.conv3.bias, math.log(_KEPT / (1 - _KEPT)))
    return fusion


def _zero(layer: nn.Conv2d) -> None:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)


def train_fusion(
    films: Sequence[Path],
    out: Path,
    *,
    backbone: Backbone,
    fusion: Fusion,
    flow: Flow,
    recipe: FusionRecipe,
    compute: Compute,
    resume: bool = False,
    reports: Reports | None = None,
) -> Fusion:
    """Trains `fusion` on the frozen `backbone`, with a checkpoint and `log.csv` in `out`; returns the averaged network.

    The log has the loss beside that of the blend on the same intervals (`blend`), and how much chroma the
    internal frames have beside the anchors' (`chroma`, 1 is as much): a loss on differences is low for gray, too.
    Raises StudioError where films cannot be read, or the checkpoint is missing or damaged.
    """
    torch.manual_seed(recipe.seed)
    loss = partial(both, weight=recipe.truth) if recipe.loss == "both" else LOSSES[recipe.loss]
    source = Films(films, shortest=min(recipe.internal) + 2, color=recipe.loss in ("truth", "both"))
    backbone.to(compute.device).eval().requires_grad_(False)
    fusion.to(compute.device).train()

    def make(step: int, _: float) -> list[Interval]:
        def drawn(i: int) -> Interval:
            frames = recipe.frames(step, i, most=source.longest)
            return source.draw(frames=frames, size=recipe.size, flow=flow, seed=(recipe.seed, step, i))

        return [drawn(i) for i in range(recipe.batch)]

    learner = Learner(
        fusion,
        torch.optim.Adam(fusion.parameters(), lr=recipe.rate, betas=(0.9, 0.99)),
        loss=lambda interval: _figures(interval, backbone, fusion, flow=flow, compute=compute, loss=loss),
        rate=recipe.rate,
        shards=recipe.shards,
    )
    run(
        learner,
        make,
        out,
        clock=Clock(recipe.steps, recipe.minutes),
        figures=("loss", "blend", "chroma"),
        facts={"architecture": ARCHITECTURE, "recipe": asdict(recipe)},
        reports=reports or Reports(log_every=25, save_every=100),
        resume=resume,
    )
    return learner.averaged


def _figures(
    interval: Interval, backbone: Backbone, fusion: Fusion, *, flow: Flow, compute: Compute, loss: Loss
) -> tuple[tuple[float, float, float], Tensor]:
    """(loss, loss of the blend, share of chroma), and the loss with its graph."""
    stride = backbone.stride
    l = interval.l.to(compute.device)  # noqa: E741
    to_next, to_prev, to_second = (
        way.to(compute.device) for way in (interval.to_next, interval.to_prev, interval.to_second)
    )
    with compute.autocast():
        with torch.no_grad():
            first, last = backbone.encode(torch.cat((l[:1], l[-1:]))).float().split(1)
            ends = [backbone.decode(features).float() for features in (first, last)]
        stretches = propagate(l, first, last, to_next=to_next, to_prev=to_prev, fusion=fusion)
        internal = torch.cat([decoded(fused, backbone.decode) for fused in stretches])
    with torch.no_grad():
        blended = blend(l, *ends, to_next=to_next, to_prev=to_prev, flow=flow, options=BlendOptions.fast())
        blended = _pooled(blended, stride)
    surroundings = {
        "l": _pooled(l, stride),
        "to_prev": flow_at_stride(to_prev, stride),
        "to_second": flow_at_stride(to_second, stride),
        "truth": None if interval.ab is None else _pooled(interval.ab.to(compute.device), stride),
    }
    internal = _pooled(internal, stride)
    if fusion.anchored:
        internal = internal + blended[1:-1]
    ab = torch.cat((blended[:1], internal, blended[-1:]))
    value = loss(Propagated(ab=ab, **surroundings))
    with torch.no_grad():
        reference = loss(Propagated(ab=blended, **surroundings))
        chroma = ab.square().sum(dim=1).sqrt().mean(dim=(1, 2))
        share = chroma[1:-1].mean() / chroma[[0, -1]].mean().clamp(min=1e-3)
    return (value.item(), reference.item(), share.item()), value


def _pooled(x: Tensor, stride: int) -> Tensor:
    return F.avg_pool2d(x, stride) if stride > 1 else x

