"""Training of the compact backbone on color pictures."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tcvc_studio.engine.device import Compute
from tcvc_studio.networks.compact import ARCHITECTURE, CompactBackbone
from tcvc_studio.networks.protocol import Hints
from tcvc_studio.training.batches import Batch, make_batch, prefetch, split
from tcvc_studio.training.evaluate import sample_sheet, score_stills, write_png
from tcvc_studio.training.losses import ColorClassifier, color_loss
from tcvc_studio.training.run import Averaged, Clock, Log, cosine_rate, load_checkpoint, save_checkpoint

_COLUMNS = ("step", "seconds", "rate", "loss", "regression", "classes", "psnr", "colorfulness")


@dataclass(frozen=True, slots=True)
class BackboneRecipe:
    """All that decides how a backbone turns out, but the pictures.

    steps, minutes: the run ends with whichever comes first, and the learning rate falls to nearly nothing by then.
    sizes: sides of the square crops in pixels, multiples of 16, taken one after the other over the run; small ones
        show more pictures a second. batch: crops a step at the first size; larger ones take as many pixels.
    rate: AdamW's learning rate for what is new, of which the pretrained encoder gets `encoder_share`.
    shards: parts of a batch whose gradients are taken side by side, each in one thread. Beside other work on the same
        cores this is several times faster than threads inside each convolution, which wait for each other at its end.
    frozen: so many of the pretrained encoder's first blocks, which see edges and textures, stay as they are.
    vividness, classes: see `color_loss` and `ColorClassifier`, the second with its weight in the loss.
    """

    steps: int = 20_000
    minutes: float | None = None
    batch: int = 24
    sizes: tuple[int, ...] = (128, 160, 192)
    rate: float = 1e-3
    encoder_share: float = 0.3
    frozen: int = 4
    vividness: float = 1.0
    classes: float = 0.1
    shards: int = 2
    seed: int = 0

    def crop(self, progress: float) -> tuple[int, int]:
        """(crops a step, their side) at `progress` 0..1: half the run at the first size, the rest shared evenly."""
        later = len(self.sizes) - 1
        index = 0 if progress < 0.5 or not later else min(1 + int((progress - 0.5) * 2 * later), later)
        size = self.sizes[index]
        return max(1, round(self.batch * (self.sizes[0] / size) ** 2)), size


@dataclass(frozen=True, slots=True)
class Reports:
    """When something is written: all in steps. `say` gets a line of text now and then."""

    log_every: int = 50
    check_every: int = 500
    save_every: int = 250
    samples: int = 12
    say: Callable[[str], None] = field(default=print)


def train_backbone(
    pictures: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    out: Path,
    *,
    recipe: BackboneRecipe,
    compute: Compute,
    encoder: Mapping[str, torch.Tensor] | None = None,
    resume: bool = False,
    reports: Reports | None = None,
    network: CompactBackbone | None = None,
) -> CompactBackbone:
    """Trains, with a checkpoint, `log.csv` and `samples/*.png` in `out`; returns the averaged network.

    pictures, held_out: uint8 [h, w, 3]; held_out are never trained on.  encoder: MobileNetV2 to begin from.
    On a CPU the same arguments give the same weights bit for bit, in one go or taken up again, as long as the run is
    planned in steps. Raises StudioError where the checkpoint is missing or damaged.
    """
    reports = reports or Reports()
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    if network is None:
        network = CompactBackbone()
    if encoder is not None:
        network.load_encoder(encoder)
    learner = _Learner(network, recipe=recipe, compute=compute)
    clock = Clock(recipe.steps, recipe.minutes)
    if resume:
        state = load_checkpoint(out, architecture=ARCHITECTURE)
        learner.load_state(state)
        clock.step, clock.seconds = state["step"], state["seconds"]
    log = Log(out / "log.csv", _COLUMNS)

    def make(step: int) -> Batch:
        count, size = recipe.crop(clock.progress(step))
        return make_batch(pictures, count=count, size=size, seed=recipe.seed, step=step)

    def save() -> None:
        state = {"architecture": ARCHITECTURE, "step": clock.step, "seconds": clock.seconds, "recipe": asdict(recipe)}
        save_checkpoint(out, state | learner.state())

    sums = np.zeros(3)
    clock.start()
    with closing(prefetch(make, start=clock.step, stop=recipe.steps)) as batches:
        for batch in batches:
            sums += learner.step(batch, rate=cosine_rate(clock.progress()), step=clock.step)
            clock.tick()
            last = clock.finished
            line: dict[str, float] = {"step": clock.step, "seconds": clock.seconds}
            if clock.step % reports.log_every == 0 or last:
                mean = sums / ((clock.step - 1) % reports.log_every + 1)
                line |= {"rate": recipe.rate * cosine_rate(clock.progress())}
                line |= dict(zip(("loss", "regression", "classes"), mean, strict=True))
                sums[:] = 0
            if held_out and (clock.step % reports.check_every == 0 or last):
                line |= _check(learner, held_out, out / "samples" / f"{clock.step:06d}.png", reports.samples)
            if len(line) > 2:
                log.add(**line)
                reports.say("  ".join(f"{key} {value:.5g}" for key, value in line.items()))
            if clock.step % reports.save_every == 0 or last:
                save()
            if last:
                break
    return learner.averaged.network


def _check(learner: "_Learner", held_out: Sequence[np.ndarray], sheet: Path, samples: int) -> dict[str, float]:
    score = score_stills(held_out, learner.colorize)
    write_png(sheet, sample_sheet(held_out[:samples], learner.colorize))
    return {"psnr": score.psnr, "colorfulness": score.colorfulness}


class _Learner:
    """Network, classifier, optimizer and averaged weights, taken one step at a time."""

    def __init__(self, network: CompactBackbone, *, recipe: BackboneRecipe, compute: Compute) -> None:
        self._recipe = recipe
        self._compute = compute
        # Convolutions over channels-last planes are twice as fast on CPUs, and no slower on GPUs.
        self._network = network.to(compute.device, memory_format=torch.channels_last).train()
        self._network.encoder.features[: recipe.frozen].requires_grad_(False)
        self._classifier = ColorClassifier(network.channels).to(compute.device)
        self.averaged = Averaged(self._network)
        groups = self._groups()
        self._parameters = [parameter for group in groups for parameter in group["params"]]
        self._optimizer = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.99))
        self._pool = ThreadPoolExecutor(recipe.shards)

    def _groups(self) -> list[dict[str, Any]]:
        inside = {id(parameter) for parameter in self._network.encoder.parameters()}
        encoder = [parameter for parameter in self._network.encoder.parameters() if parameter.requires_grad]
        new = [p for p in self._network.parameters() if id(p) not in inside] + list(self._classifier.parameters())
        return [
            {"params": parameters, "share": share, "weight_decay": decay}
            for group, share in ((encoder, self._recipe.encoder_share), (new, 1.0))
            for parameters, decay in (
                ([p for p in group if p.ndim > 1], 0.01),
                ([p for p in group if p.ndim <= 1], 0.0),
            )
        ]

    def step(self, batch: Batch, *, rate: float, step: int) -> tuple[float, float, float]:
        """(loss, regression, classes) before the step. rate: factor of the recipe's learning rate."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._recipe.rate * rate * group["share"]
        shards = split(batch, self._recipe.shards)
        results = list(self._pool.map(self._gradients, shards))
        for i, parameter in enumerate(self._parameters):
            parameter.grad = sum(gradients[i] for _, gradients in results) / len(results)
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self.averaged.update(self._network, step=step)
        return tuple(np.mean([losses for losses, _ in results], axis=0))

    def _gradients(self, batch: Batch) -> tuple[tuple[float, float, float], tuple[torch.Tensor, ...]]:
        l, ab, hints = self._moved(batch)  # noqa: E741
        with self._compute.autocast():
            features = self._network.encode(l, hints)
            # The loss is taken where the features lie: upsampling teaches nothing and costs a tenth of a step.
            predicted = self._network.color(features)
            ab = F.avg_pool2d(ab, 2)
            classes = self._classifier(features, ab, vividness=self._recipe.vividness)
        regression = color_loss(predicted, ab, vividness=self._recipe.vividness)
        loss = regression + self._recipe.classes * classes
        return (loss.item(), regression.item(), classes.item()), torch.autograd.grad(loss, self._parameters)

    def _moved(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, Hints]:
        device = self._compute.device
        hints = Hints(batch.hints.ab.to(device), batch.hints.mask.to(device))
        return batch.l.to(device).contiguous(memory_format=torch.channels_last), batch.ab.to(device), hints

    def colorize(self, l: torch.Tensor) -> torch.Tensor:  # noqa: E741
        """ab of the averaged network, without hints."""
        return self.averaged.network(l.to(self._compute.device, memory_format=torch.channels_last))

    def state(self) -> dict[str, Any]:
        return {
            "network": self._network.state_dict(),
            "classifier": self._classifier.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        self._network.load_state_dict(state["network"])
        self._classifier.load_state_dict(state["classifier"])
        self.averaged.network.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
