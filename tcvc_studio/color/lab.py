"""CIE Lab and the nonlinear R'G'B' that Y'CbCr is made of.

R'G'B' is IEC 61966-2-1 (sRGB): its transfer curve, its primaries, D65. The reference white is the sum of the columns
of the RGB to XYZ matrix, so that R' = G' = B' is a = b = 0 and back exactly; libraries that take the tabulated white
(0.95047, 1, 1.08883) with the same matrix give gray a color of 0.005 Lab units, and differ from this by as much.
"""

import functools

import torch
from torch import Tensor

#: Linear RGB to XYZ, primaries of BT.709, D65 (the six digits that CIE Lab libraries share).
XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)

#: CIE 15: below DELTA the cube root gives way to a line of slope 1 / SLOPE.
DELTA = 6 / 29
SLOPE = 3 * DELTA**2


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """R'G'B' to CIE Lab (D65).

    rgb: float32 [..., 3, h, w], nonlinear sRGB, 0..1 (values outside are followed along the curves' continuations).
    Returns float32 [..., 3, h, w]: L 0..100, a and b about -110..110.
    """
    linear = _linear(rgb)
    x, y, z = _mix(linear, _relative_from_rgb())
    fx, fy, fz = _f(x), _f(y), _f(z)
    return torch.stack((116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)), dim=-3)


def lab_to_rgb(lab: Tensor, *, clip: bool = True) -> Tensor:
    """CIE Lab (D65) to R'G'B'.

    lab: float32 [..., 3, h, w], L 0..100, a and b in Lab units.
    clip: cut R'G'B' to 0..1, as a display does. Without it a color outside the gamut keeps its values: below 0 the
        curves' linear parts go on, so that the way back is `rgb_to_lab`.
    Returns float32 [..., 3, h, w], nonlinear sRGB.
    """
    l, a, b = lab.unbind(-3)  # noqa: E741 - the name of the quantity
    fy = (l + 16) / 116
    relative = torch.stack((_inverse_f(fy + a / 500), _inverse_f(fy), _inverse_f(fy - b / 200)), dim=-3)
    rgb = _encoded(torch.stack(_mix(relative, rgb_from_relative()), dim=-3))
    return rgb.clamp_(0, 1) if clip else rgb


def luma_to_lightness(y: Tensor) -> Tensor:
    """Lightness of the gray R' = G' = B' = Y': what a black-and-white film shows.

    y: float32, any shape, Y' 0..1; codes below black and above white count as black and white.
    Returns CIE L, 0..100, same shape.
    """
    return 116 * _f(_linear(y.clamp(0, 1))) - 16


def lightness_to_luma(l: Tensor) -> Tensor:  # noqa: E741 - the name of the quantity
    """Y' 0..1 of the gray with CIE lightness l (0..100), same shape: the inverse of `luma_to_lightness`."""
    return _encoded(_inverse_f((l.clamp(0, 100) + 16) / 116)).clamp_(0, 1)


@functools.cache
def rgb_from_relative() -> tuple[tuple[float, ...], ...]:
    """Rows of the matrix from (X/Xn, Y/Yn, Z/Zn) to linear RGB; each row sums to 1."""
    inverse = torch.linalg.inv(torch.tensor(_relative_from_rgb(), dtype=torch.float64))
    return tuple(tuple(row) for row in inverse.tolist())


def _relative_from_rgb() -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(value / sum(row) for value in row) for row in XYZ_FROM_RGB)


def _mix(channels: Tensor, rows: tuple[tuple[float, ...], ...]) -> tuple[Tensor, Tensor, Tensor]:
    # Sums of products, not matmul: on CUDA a matmul may run in TF32 and lose 13 bits.
    first, second, third = channels.unbind(-3)
    return tuple(first * row[0] + second * row[1] + third * row[2] for row in rows)


# Each curve has a straight part, and its value there is added to the curved part held at the knee: two clamps cost a
# quarter of what choosing between both costs.


def _linear(encoded: Tensor) -> Tensor:
    held = encoded.clamp(min=0.04045)
    return ((held + 0.055) / 1.055).pow(2.4) + (encoded - held) / 12.92


def _encoded(linear: Tensor) -> Tensor:
    held = linear.clamp(min=0.0031308)
    return 1.055 * held.pow(1 / 2.4) - 0.055 + (linear - held) * 12.92


def _f(t: Tensor) -> Tensor:
    held = t.clamp(min=DELTA**3)
    return held.pow(1 / 3) + (t - held) / SLOPE


def _inverse_f(t: Tensor) -> Tensor:
    held = t.clamp(min=DELTA)
    return held * held * held + (t - held) * SLOPE
