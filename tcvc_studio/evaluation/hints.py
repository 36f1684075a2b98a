"""What hints are worth: true colors shown at random places, as a restorer would give them, only without her choice.

After Zhang et al. 2017, section 3.2: squares of 1 to 9 pixels a side that show the mean color of what lies below them.
Here they lie anywhere with equal chance, and their number is given.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tcvc_studio.analysis.ciede2000 import ciede2000
from tcvc_studio.analysis.metrics import colorfulness, psnr
from tcvc_studio.analysis.stills import padded, shown_still, still_lab
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.plan import uniform_anchors
from tcvc_studio.evaluation.folders import at_most
from tcvc_studio.evaluation.rows import Mean, mean_of
from tcvc_studio.evaluation.ruler import eight_bit
from tcvc_studio.evaluation.stills import colorizer
from tcvc_studio.media.film import Film
from tcvc_studio.networks.protocol import Backbone, Hints
from tcvc_studio.project.shots import Shot

#: Sides of hints, least and greatest.
SIDES = (1, 9)
#: The difference within which a hint counts as met.
MET = 5.0


@dataclass(frozen=True, slots=True)
class HintsScore:
    """So many hints in every picture: PSNR in dB, colorfulness, and how far the color shown lies from that asked for at
    the hints (CIEDE2000: median, 95 of 100, and the share within `MET`; None without hints)."""

    hints: int
    pictures: int
    psnr: Mean
    colorfulness: Mean
    median: float | None
    high: float | None
    met: float | None


def anchor_pictures(
    film: Film, internal: int, *, name: str, short_side: int, every: int = 1
) -> Iterator[tuple[str, np.ndarray]]:
    """(name, R'G'B' uint8) of every `every`-th frame that would be an anchor of the film taken as one shot; those
    whose short side is longer than short_side are made smaller."""
    for number in uniform_anchors(Shot(0, film.info.frames), internal)[::every]:
        yield f"{name} {number}", at_most(eight_bit(film.rgb(number)), short_side)


def hints_score(
    pictures: Iterable[tuple[str, np.ndarray]],
    count: int,
    *,
    backbone: Backbone,
    compute: Compute,
    sides: tuple[int, int] = SIDES,
    seed: int = 0,
) -> HintsScore:
    """Colors every picture (name, R'G'B' uint8 [h, w, 3]) with `count` hints of its own color.

    The hints of a picture follow from its name and the seed; fewer hints are the first of more.
    """
    decibels, vividness, misses = [], [], []
    for name, rgb8 in pictures:
        lab = still_lab(rgb8)
        squares = drawn_squares(rgb8.shape[:2], count, name=name, sides=sides, seed=seed)
        owner = _owners(rgb8.shape[:2], squares)
        asked = torch.from_numpy(_shown(lab[0, 1:].numpy(), squares))[None]
        mask = torch.from_numpy((owner >= 0).astype(np.float32))[None, None]
        hints = Hints(*(padded(part, mode="constant") for part in (asked, mask))) if count else None
        colorize = colorizer(backbone, compute, hints=hints)
        ab = colorize(padded(lab[:, :1]))[..., : rgb8.shape[0], : rgb8.shape[1]]
        shown = shown_still(lab[:, :1], ab)
        decibels.append(psnr(rgb8, shown))
        vividness.append(colorfulness(shown))
        wanted = torch.cat((lab[:, :1], asked), dim=1)[0]
        misses.append(_misses(wanted.numpy(), still_lab(shown)[0].numpy(), owner))
    missed = np.concatenate(misses) if misses else np.zeros(0)
    return HintsScore(
        hints=count,
        pictures=len(decibels),
        psnr=mean_of(decibels),
        colorfulness=mean_of(vividness),
        median=float(np.median(missed)) if missed.size else None,
        high=float(np.percentile(missed, 95)) if missed.size else None,
        met=float((missed <= MET).mean()) if missed.size else None,
    )


def drawn_squares(
    shape: tuple[int, int], count: int, *, name: str, sides: tuple[int, int] = SIDES, seed: int = 0
) -> list[tuple[int, int, int]]:
    """(top, left, side) of `count` squares that lie in a picture [height, width], the same for the same name."""
    rng = np.random.default_rng((seed, zlib.crc32(name.encode())))
    squares = []
    # Drawn hint by hint, so that the first of many are those of few.
    for large, down, across in rng.random((count, 3)):
        side = min(sides[0] + int(large * (sides[1] - sides[0] + 1)), *shape)
        squares.append((int(down * (shape[0] - side + 1)), int(across * (shape[1] - side + 1)), side))
    return squares


def _owners(shape: tuple[int, int], squares: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Which hint a pixel belongs to, int64 [h, w]; -1 where there is none. Later ones lie on earlier ones."""
    owner = np.full(shape, -1)
    for number, (top, left, side) in enumerate(squares):
        owner[top : top + side, left : left + side] = number
    return owner


def _shown(ab: np.ndarray, squares: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """The hints' colors, float32 [2, h, w]: each square the mean of what lies below it, 0 elsewhere."""
    shown = np.zeros_like(ab)
    for top, left, side in squares:
        square = np.s_[:, top : top + side, left : left + side]
        shown[square] = ab[square].mean(axis=(1, 2), keepdims=True)
    return shown


def _misses(wanted: np.ndarray, lab: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """CIEDE2000 at every hint that can be seen, between the means of what was wanted and of what came: [3, h, w] each.

    A hint partly covered by a later one counts where it is seen.
    """
    seen = owner >= 0
    numbers, counts = np.unique(owner[seen], return_counts=True)
    if not numbers.size:
        return np.zeros(0)
    place = np.searchsorted(numbers, owner[seen])
    asked, came = (
        np.stack([np.bincount(place, weights=plane[seen]) / counts for plane in planes], axis=-1)
        for planes in (wanted, lab)
    )
    return ciede2000(asked, came)
