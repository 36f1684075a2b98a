"""Training of the compact backbone on color pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F

from tcvc_studio.engine.device import Compute
from tcvc_studio.errors import StudioError
from tcvc_studio.networks.compact import ARCHITECTURE, CompactBackbone
from tcvc_studio.networks.protocol import Hints
from tcvc_studio.training.batches import Batch, make_batch, split
from tcvc_studio.training.evaluate import sample_sheet, score_stills, write_png
from tcvc_studio.training.learner import Learner
from tcvc_studio.training.losses import ColorClassifier, color_loss, picture_loss
from tcvc_studio.training.perception import Critic
from tcvc_studio.training.run import Clock, Reports, run

_Loaded = TypeVar("_Loaded")

#: Held-out pictures on a sheet of samples.
_SAMPLES = 12


@dataclass(frozen=True, slots=True)
class BackboneRecipe:
    """All that decides how a backbone turns out, but the pictures.

    steps, minutes: the run ends with whichever comes first, and the learning rate falls to nearly nothing by then.
    sizes: sides of the square crops in pixels, multiples of 32, taken one after the other over the run; small ones
        show more pictures a second. batch: crops a step at the first size; larger ones take as many pixels.
    rate: AdamW's learning rate for what is new, of which the pretrained encoder gets `encoder_share`.
    frozen: so many of a pretrained encoder's first blocks, which see edges and textures, stay as they are.
    part: what crops show, as shares of the picture's short side, from least to most.
    filmed: share of the crops that are made film-like.
    vividness, classes: see `color_loss` and `ColorClassifier`, the second with its weight in the loss.
    perceptual: weight of the `Critic`'s loss.
    by_picture: share of `picture_loss` in the regression, the rest is `color_loss`.
    shards: see `Learner`.
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
    perceptual: float = 0.0
    by_picture: float = 0.0
    part: tuple[float, float] = (0.5, 1.0)
    filmed: float = 0.6
    shards: int = 2
    seed: int = 0

    def crop(self, progress: float) -> tuple[int, int]:
        """(crops a step, their side) at `progress` 0..1: half the run at the first size, the rest shared evenly."""
        later = len(self.sizes) - 1
        index = 0 if progress < 0.5 or not later else min(1 + int((progress - 0.5) * 2 * later), later)
        size = self.sizes[index]
        return max(1, round(self.batch * (self.sizes[0] / size) ** 2)), size


def train_backbone(
    pictures: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    out: Path,
    *,
    recipe: BackboneRecipe,
    compute: Compute,
    encoder: Mapping[str, torch.Tensor] | None = None,
    begin: Mapping[str, torch.Tensor] | None = None,
    resume: bool = False,
    reports: Reports | None = None,
    network: CompactBackbone | None = None,
) -> CompactBackbone:
    """Trains, with a checkpoint, `log.csv` and `samples/*.png` in `out`; returns the averaged network.

    pictures, held_out: uint8 [h, w, 3]; held_out are never trained on.  encoder: MobileNetV2 to begin from, and to see
    with where the recipe asks for the perceptual loss.  begin: weights of a trained backbone to begin from instead, in
    a run of its own.
    On a CPU the same arguments give the same weights bit for bit, in one go or taken up again, as long as the run is
    planned in steps. Raises StudioError where the checkpoint is missing or damaged, or `encoder` or `begin` is
    something else.
    """
    torch.manual_seed(recipe.seed)
    network = CompactBackbone() if network is None else network
    if begin is not None:
        _go_on(network, begin)
    elif encoder is not None:
        _loaded(network.load_encoder, encoder)
    if encoder is not None or begin is not None:
        network.encoder.features[: recipe.frozen].requires_grad_(False)
    network.to(compute.device).train()
    classifier = ColorClassifier(network.channels).to(compute.device)
    critic = _critic(encoder).to(compute.device) if recipe.perceptual else None
    learner = _learner(network, classifier, critic, recipe=recipe, compute=compute)

    def make(step: int, progress: float) -> list[Batch]:
        count, size = recipe.crop(progress)
        look = {"part": recipe.part, "filmed": recipe.filmed}
        return split(make_batch(pictures, count=count, size=size, seed=recipe.seed, step=step, **look), recipe.shards)

    def colorize(l: torch.Tensor) -> torch.Tensor:  # noqa: E741
        return learner.averaged(l.to(compute.device))

    def check(step: int) -> dict[str, float]:
        score = score_stills(held_out, colorize)
        write_png(out / "samples" / f"{step:06d}.png", sample_sheet(held_out[:_SAMPLES], colorize))
        return {"psnr": score.psnr, "colorfulness": score.colorfulness}

    run(
        learner,
        make,
        out,
        clock=Clock(recipe.steps, recipe.minutes),
        figures=("loss", "regression", "classes", "perceptual"),
        facts={"architecture": ARCHITECTURE, "recipe": asdict(recipe)},
        reports=reports or Reports(),
        check=check if held_out else None,
        checked=("psnr", "colorfulness"),
        resume=resume,
    )
    return learner.averaged


def _loaded(load: Callable[[Mapping[str, torch.Tensor]], _Loaded], encoder: Mapping[str, torch.Tensor]) -> _Loaded:
    try:
        return load(encoder)
    except (KeyError, RuntimeError) as error:
        raise StudioError(
            "The encoder's weights are not those of MobileNetV2 with its batch norms folded in; give --encoder others."
        ) from error


def _critic(encoder: Mapping[str, torch.Tensor] | None) -> Critic:
    if encoder is None:
        raise StudioError("The perceptual loss needs an encoder to see with; give --encoder, or --perceptual 0.")
    return _loaded(Critic, encoder)


def _go_on(network: CompactBackbone, weights: Mapping[str, torch.Tensor]) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise StudioError(
            "The weights to begin from are not those of a compact backbone of this size; give --begin others."
        ) from error


def _learner(
    network: CompactBackbone,
    classifier: ColorClassifier,
    critic: Critic | None,
    *,
    recipe: BackboneRecipe,
    compute: Compute,
) -> Learner[Batch]:
    def loss(batch: Batch) -> tuple[tuple[float, ...], torch.Tensor]:
        device = compute.device
        l = batch.l.to(device)  # noqa: E741
        hints = Hints(batch.hints.ab.to(device), batch.hints.mask.to(device))
        # The loss is taken where the features lie: upsampling teaches nothing and costs a tenth of a step.
        truth = F.avg_pool2d(batch.ab.to(device), network.stride)
        with compute.autocast():
            features = network.encode(l, hints)
            predicted = network.color(features)
            classes = classifier(features, truth, vividness=recipe.vividness)
            seen = torch.zeros(())
            if critic is not None:
                seen = critic(predicted, truth, F.avg_pool2d(batch.untouched.to(device), network.stride))
        regression = _regression(predicted, truth, recipe)
        total = regression + recipe.classes * classes + recipe.perceptual * seen
        return (total.item(), regression.item(), classes.item(), seen.item()), total

    inside = {id(parameter) for parameter in network.encoder.parameters()}
    encoder = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
    new = [p for p in network.parameters() if id(p) not in inside] + list(classifier.parameters())
    groups = [
        {"params": parameters, "share": share, "weight_decay": decay}
        for group, share in ((encoder, recipe.encoder_share), (new, 1.0))
        for parameters, decay in (
            ([p for p in group if p.ndim > 1], 0.01),
            ([p for p in group if p.ndim <= 1], 0.0),
        )
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.99))
    return Learner(
        network, optimizer, loss=loss, rate=recipe.rate, shards=recipe.shards, beside={"classifier": classifier}
    )


def _regression(predicted: torch.Tensor, truth: torch.Tensor, recipe: BackboneRecipe) -> torch.Tensor:
    loss = color_loss(predicted, truth, vividness=recipe.vividness)
    if recipe.by_picture:
        by_picture = picture_loss(predicted, truth, vividness=recipe.vividness)
        loss = (1 - recipe.by_picture) * loss + recipe.by_picture * by_picture
    return loss
