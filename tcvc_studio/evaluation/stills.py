"""Automatic color of photographs: the steady measure of a backbone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.analysis.metrics import colorfulness, l2_lab, psnr
from tcvc_studio.analysis.stills import Colorize, color_still, gray_still
from tcvc_studio.engine.device import Compute
from tcvc_studio.evaluation.rows import Mean, mean_of
from tcvc_studio.networks.met_hints import encode_meeting
from tcvc_studio.networks.protocol import Backbone, Hints


@dataclass(frozen=True, slots=True)
class StillRow:
    """One picture: PSNR in dB of 8-bit R'G'B', distance in Lab and colorfulness, as gray, as colored, and in truth."""

    name: str
    gray_psnr: float
    psnr: float
    gray_l2_lab: float
    l2_lab: float
    colorfulness: float
    true_colorfulness: float


@dataclass(frozen=True, slots=True)
class StillsScore:
    """Means of rows with their standard errors. gain: of PSNR over gray, picture by picture."""

    pictures: int
    gray_psnr: Mean
    psnr: Mean
    gain: Mean
    gray_l2_lab: Mean
    l2_lab: Mean
    colorfulness: Mean
    true_colorfulness: Mean


def colorizer(backbone: Backbone, compute: Compute, *, saturation: float = 1.0, hints: Hints | None = None) -> Colorize:
    """The backbone as a function of lightness, its color times `saturation`. hints: of the size that lightness has."""

    @torch.inference_mode()
    def colorize(l: Tensor) -> Tensor:  # noqa: E741
        l = l.to(compute.device)  # noqa: E741
        with compute.autocast():
            if hints is None:
                features = backbone.encode(l)
            else:
                given = Hints(hints.ab.to(compute.device), hints.mask.to(compute.device))
                features = encode_meeting(backbone, l, given)
            ab = backbone.decode(features)
        return saturation * ab.float().cpu()

    return colorize


def still_rows(pictures: Iterable[tuple[str, np.ndarray]], colorize: Colorize) -> Iterator[StillRow]:
    """Colors every picture (name, R'G'B' uint8 [h, w, 3]) from its own CIE lightness and compares it with itself."""
    for name, rgb8 in pictures:
        gray, colored = gray_still(rgb8), color_still(rgb8, colorize)
        yield StillRow(
            name=name,
            gray_psnr=_finite(psnr(rgb8, gray)),
            psnr=_finite(psnr(rgb8, colored)),
            gray_l2_lab=l2_lab(rgb8, gray),
            l2_lab=l2_lab(rgb8, colored),
            colorfulness=colorfulness(colored),
            true_colorfulness=colorfulness(rgb8),
        )


def stills_score(rows: Sequence[StillRow]) -> StillsScore:
    """Means over the pictures; at least one."""
    named = ("gray_psnr", "psnr", "gray_l2_lab", "l2_lab", "colorfulness", "true_colorfulness")
    means = {name: mean_of(getattr(row, name) for row in rows) for name in named}
    return StillsScore(pictures=len(rows), gain=mean_of(row.psnr - row.gray_psnr for row in rows), **means)


def _finite(decibel: float) -> float:
    """A gray photograph is met exactly by gray: an error of half a code stands in, so that means stay finite."""
    return min(decibel, 20 * float(np.log10(255 / 0.5)))
