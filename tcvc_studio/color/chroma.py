"""The film's Y' and the predicted a and b together fix a color: the chroma that goes with a film's luma.

Lightness L and luma Y' are not the same quantity: L weighs linear light, Y' sums encoded R'G'B'. Putting a and b
beside an L made from Y' and converting would change Y'. Here Y' is given and L is the unknown: a few Newton steps on
L make the color's luma equal Y' under the film's matrix, while a and b are as asked.
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color import lab as cie
from tcvc_studio.color.ycbcr import luma_weights

# Below this linear light the encoding is a straight line (IEC 61966-2-1).
_KNEE = 0.0031308
# Nodes of the table over (Y', hue); looked up at the nearest one.
_LEVELS, _HUES = 512, 1024
# A request this many times beyond the table's edge of the gamut lies outside for certain; nearer ones are tried first,
# for the table is coarse, and only what proves to lie outside is brought back to just beyond the edge.
_FAR, _TIGHT = 4.0, 1.02
# Newton's error is about the square of its step: after a step this small only the rounding of float32 is left.
_SMALL_STEP = 5e-4
_MOST_STEPS = 8
# Y' rises at least this fast with (L + 16) / 116 inside the gamut of every matrix (0.8); the guard is for outside.
_LEAST_SLOPE = 0.4
# Pixels a step works on together: its dozen planes stay in the processor's cache, and torch keeps a step on the calling
# thread: hundreds of small steps would spend their time waiting for one another on a busy machine. (Indexing by `[]`
# and `take` would leave it at any size; index_select and index_copy_ do not.)
_CHUNK = 32760
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where the R'G'B' gamut ends at each Y' and hue, and the lightness there; flat float32 planes.

    reach: |a| + |b| at the edge, over Y' (1 - Y') [_LEVELS * _HUES], rows of one Y'.
    gray: (L + 16) / 116 of the gray with that Y' [_LEVELS].
    rise: its change with Y' [_LEVELS].
    bend: what (L + 16) / 116 has at the edge beyond a straight line in a and b [_LEVELS * _HUES].
    slope: that straight line: the change of (L + 16) / 116 with a and with b, at gray and constant Y'.
    """

    reach: Tensor
    gray: Tensor
    rise: Tensor
    bend: Tensor
    slope: tuple[float, float]


def chroma_for_luma(y: Tensor, ab: Tensor, *, matrix: str, steps: int = _MOST_STEPS) -> tuple[Tensor, Tensor]:
    """Cb and Cr of the color that has luma Y' and the chroma a, b.

    y: float32 [n, 1, h, w], the film's Y', 0 black, 1 white; codes outside 0..1 are allowed.
    ab: float32 [n, 2, h, w], Lab units, on the same device.
    matrix: the film's, a name in `formats.LUMA_WEIGHTS`.
    steps: the most Newton steps to take; fewer are quicker and only near, enough for a picture on a screen.
    Returns cb, cr: float32 [n, 1, h, w] in -0.5..0.5. Where the R'G'B' gamut holds a color of that Y', a and b, it is
    that color, its luma within 1e-5 of Y'. Elsewhere chroma shrinks along its hue of Lab until the gamut holds it, at
    the same Y'; at and beyond black and white it is 0.
    Raises ValueError where the sizes do not fit or the matrix is unknown.
    """
    if y.ndim != 4 or y.shape[1] != 1 or ab.shape != (y.shape[0], 2, *y.shape[2:]):
        raise ValueError(f"expected luma [n, 1, h, w] and chroma [n, 2, h, w], not {list(y.shape)}, {list(ab.shape)}")
    edge = _edge_of_gamut(matrix, y.device)
    cb, cr = torch.empty_like(y), torch.empty_like(y)
    # On a GPU one large step is quicker than many small ones.
    chunk = _CHUNK if y.device.type == "cpu" else 1 << 24
    for n in range(y.shape[0]):
        planes = [plane.reshape(-1).split(chunk) for plane in (y[n, 0], ab[n, 0], ab[n, 1])]
        into = [plane.view(-1).split(chunk) for plane in (cb[n, 0], cr[n, 0])]
        for asked, blue, red in zip(zip(*planes, strict=True), *into, strict=True):
            _solve(*asked, blue, red, matrix=matrix, steps=steps, edge=edge)
    return cb, cr


def limit_to_gamut(y: Tensor, chroma: Tensor, *, matrix: str) -> Tensor:
    """Chroma made small enough for its luma.

    y: float32 [n, 1, h, w], Y'.  chroma: float32 [n, 2, h, w], Cb and Cr, -0.5..0.5.
    Returns float32 [n, 2, h, w]: Cb and Cr times the largest factor, at most 1, that keeps R'G'B' in 0..1. Y' and the
    proportion of Cb and Cr stay; at and beyond black and white chroma is 0.
    """
    kr, _, kb = luma_weights(matrix)
    limited = torch.empty_like(chroma)
    chunk = _CHUNK if y.device.type == "cpu" else 1 << 24
    for n in range(y.shape[0]):
        planes = [plane.reshape(-1).split(chunk) for plane in (y[n, 0], chroma[n, 0], chroma[n, 1])]
        into = [plane.view(-1).split(chunk) for plane in limited[n]]
        for luma, cb, cr, cb_out, cr_out in zip(*planes, *into, strict=True):
            excess = _excess(cr * (2 * (1 - kr)), cb * (2 * (1 - kb)), luma.clamp(0, 1), matrix)
            torch.div(cb, excess, out=cb_out)
            torch.div(cr, excess, out=cr_out)
    return limited


def _solve(
    y: Tensor, a: Tensor, b: Tensor, cb: Tensor, cr: Tensor, *, matrix: str, steps: int, edge: _Edge
) -> None:
    """One chunk: all [n]; writes cb and cr."""
    kr, _, kb = luma_weights(matrix)
    y = y.clamp(0, 1)
    red, blue, excess = _differences(y, a, b, beyond=_FAR, matrix=matrix, steps=steps, edge=edge)
    outside = ((excess > _TIGHT) & (y > 0) & (y < 1)).nonzero().squeeze(1)
    if len(outside):
        # Brought back along their hue of Lab instead of the straight line to gray, which turns blues to purple.
        few = (plane.index_select(0, outside) for plane in (y, a, b))
        again = _differences(*few, beyond=_TIGHT, matrix=matrix, steps=steps, edge=edge)
        for whole, part in zip((red, blue, excess), again, strict=True):
            whole.index_copy_(0, outside, part)
    # The last bit goes along the line to gray, which in Y'CbCr keeps Y' exactly.
    torch.div(blue.mul_(0.5 / (1 - kb)), excess, out=cb)
    torch.div(red.mul_(0.5 / (1 - kr)), excess, out=cr)


def _differences(
    y: Tensor, a: Tensor, b: Tensor, *, beyond: float, matrix: str, steps: int, edge: _Edge
) -> tuple[Tensor, Tensor, Tensor]:
    """R' - Y' and B' - Y' of the color, and by how much they must be divided to lie in the gamut (at least 1)."""
    a, b, f = _start(y, a, b, beyond=beyond, edge=edge)
    for _ in range(steps):
        red, blue, luma, dred, dblue, dluma = _evaluate(f, a, b, matrix)
        step = luma.sub_(y).div_(dluma.clamp_(min=_LEAST_SLOPE))
        low, high = step.aminmax()
        if max(-float(low), float(high)) < _SMALL_STEP:
            break
        f.sub_(step)
    red = red.addcmul_(dred, step, value=-1).sub_(y)
    blue = blue.addcmul_(dblue, step, value=-1).sub_(y)
    return red, blue, _excess(red, blue, y, matrix)


def _excess(red: Tensor, blue: Tensor, y: Tensor, matrix: str) -> Tensor:
    """By how much R' - Y' and B' - Y' must be divided for R'G'B' to lie in 0..1; at least 1. y within 0..1."""
    kr, kg, kb = luma_weights(matrix)
    green = (red * (-kr / kg)).sub_(blue, alpha=kb / kg)
    most = torch.maximum(red, green)
    most = torch.maximum(most, blue, out=most).div_((1 - y).clamp_(min=_TINY))
    least = torch.minimum(red, green, out=green)
    least = torch.minimum(least, blue, out=least).div_(y.clamp(min=_TINY))
    return torch.maximum(most, least.neg_(), out=most).clamp_(min=1)


def _start(y: Tensor, a: Tensor, b: Tensor, *, beyond: float, edge: _Edge) -> tuple[Tensor, Tensor, Tensor]:
    """a and b, held to the gamut's edge where they reach so many times beyond it, and (L + 16) / 116 nearly solved."""
    # Whole numbers by cutting off: torch's round and floor call for a second thread at any size. Clamped as whole
    # numbers, so that a NaN does not read outside the table.
    row = (y * (_LEVELS - 1)).add_(0.5).long().clamp_(0, _LEVELS - 1)
    size = a.abs().add_(b.abs())
    # A hue angle without arctangents: 0..4 around the square |a| + |b| = 1, from b = -1.
    turn = torch.copysign(1 - b / size.clamp(min=_TINY), a)
    index = turn.sub_(2).mul_(-_HUES / 4).long().clamp_(0, _HUES - 1).add_(row, alpha=_HUES)
    ratio = size.div_(edge.reach.index_select(0, index).mul_(y).mul_(1 - y).clamp_(min=_TINY))
    held = torch.where(ratio > beyond, _TIGHT / ratio, 1.0)
    a, b = a * held, b * held
    f = edge.gray.index_select(0, row).addcmul_(edge.rise.index_select(0, row), y - row / (_LEVELS - 1))
    f.add_(a, alpha=edge.slope[0]).add_(b, alpha=edge.slope[1])
    return a, b, f.addcmul_(edge.bend.index_select(0, index), ratio.clamp_(max=1).square_())


def _evaluate(f: Tensor, a: Tensor, b: Tensor, matrix: str) -> tuple[Tensor, ...]:
    """R', B' and Y' of f = (L + 16) / 116 with a and b, and their derivatives by f."""
    values, slopes = [], []
    for shifted in (torch.add(f, a, alpha=1 / 500), f, torch.sub(f, b, alpha=1 / 200)):
        # The inverse of CIE's f and its slope: g**3 and 3 g**2 above DELTA, a line of slope 3 DELTA**2 below it.
        g = shifted.clamp(min=cie.DELTA)
        square = g * g
        values.append(torch.sub(shifted, g, alpha=2 / 3).mul_(square))
        slopes.append(square)
    encoded, rates = [], []
    for row in cie.rgb_from_relative():
        first, second, third = (3 * value for value in row)
        linear = (values[0] * first).add_(values[1], alpha=second).add_(values[2], alpha=third)
        rate = (slopes[0] * first).add_(slopes[1], alpha=second).add_(slopes[2], alpha=third)
        g = linear.clamp(min=_KNEE)
        power = g.pow(1 / 2.4)
        rates.append(rate.mul_(power).div_(g).mul_(1.055 / 2.4))
        encoded.append(power.mul_(1.055).sub_(0.055).add_(linear.sub_(g), alpha=12.92))
    kr, kg, kb = luma_weights(matrix)
    luma = (encoded[0] * kr).add_(encoded[1], alpha=kg).add_(encoded[2], alpha=kb)
    rate = (rates[0] * kr).add_(rates[1], alpha=kg).add_(rates[2], alpha=kb)
    return encoded[0], encoded[2], luma, rates[0], rates[2], rate


@functools.lru_cache(maxsize=8)
def _edge_of_gamut(matrix: str, device: torch.device) -> _Edge:
    """The table for a matrix: for each Y' the plane of that luma cuts the R'G'B' cube in a polygon; its rim in Lab."""
    kr, kg, kb = luma_weights(matrix)
    mix = np.array(cie.rgb_from_relative())
    weighted = np.array((kr, kg, kb)) @ mix
    slope = -weighted[0] / 500, weighted[2] / 200
    angle = np.linspace(0, 2 * np.pi, 2 * _HUES, endpoint=False)
    blue, red = np.cos(angle) * 2 * (1 - kb), np.sin(angle) * 2 * (1 - kr)
    away = np.stack((red, -(kr * red + kb * blue) / kg, blue))[:, None, :]
    y = np.linspace(0, 1, _LEVELS).clip(0.25 / _LEVELS, 1 - 0.25 / _LEVELS)[:, None]
    rim = y + away / np.maximum(away / (1 - y), -away / y).max(0)
    lightness, a, b = cie.rgb_to_lab(torch.from_numpy(rim)).numpy()
    gray = cie.luma_to_lightness(torch.from_numpy(y)).numpy()
    bend = (lightness - gray) / 116 - slope[0] * a - slope[1] * b
    size = abs(a) + abs(b)
    turn = 2 - np.copysign(1 - b / size, a)
    wanted = (np.arange(_HUES) + 0.5) * 4 / _HUES
    reach = np.stack([np.interp(wanted, *row, period=4) for row in zip(turn, size / (y * (1 - y)), strict=True)])
    bend = np.stack([np.interp(wanted, *row, period=4) for row in zip(turn, bend, strict=True)])
    # The edge has corners that lie between nodes: with the largest of the nine around it a node never falls short.
    reach = cv2.dilate(np.pad(reach, ((0, 0), (1, 1)), mode="wrap"), np.ones((3, 3), np.uint8))[:, 1:-1]
    gray = (gray + 16) / 116
    rise = np.gradient(gray[:, 0], y[:, 0])
    planes = (torch.from_numpy(plane.ravel()).to(device, torch.float32) for plane in (reach, gray, rise, bend))
    return _Edge(*planes, slope=slope)
