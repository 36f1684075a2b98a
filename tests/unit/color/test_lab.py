"""CIE Lab from R'G'B' and back, and the lightness of gray."""

import math

import pytest
import torch

from tcvc_studio.color.lab import lab_to_rgb, lightness_to_luma, luma_to_lightness, rgb_to_lab


def _lab_of_one(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """CIE 15 with the tabulated white, one pixel in plain Python."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    rows = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
    white = (0.95047, 1.0, 1.08883)
    x, y, z = (sum(m * c for m, c in zip(row, linear, strict=True)) / w for row, w in zip(rows, white, strict=True))
    fx, fy, fz = (math.cbrt(t) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def test_agrees_with_the_formulas_of_cie(random):
    rgb = random(3, 8, 8)
    lab = rgb_to_lab(rgb)
    for row in range(8):
        for column in range(8):
            expected = _lab_of_one(*rgb[:, row, column].tolist())
            # The white differs in its fifth digit, so that gray has no color at all.
            assert lab[:, row, column].tolist() == pytest.approx(expected, abs=6e-3)


def test_known_colors():
    rgb = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]]).T[:, None, :]
    lab = rgb_to_lab(rgb)[:, 0].T
    known = [(53.24, 80.09, 67.20), (87.73, -86.18, 83.18), (32.30, 79.19, -107.86), (100, 0, 0), (0, 0, 0)]
    assert lab.tolist() == [pytest.approx(color, abs=0.02) for color in known]


def test_goes_back_to_where_it_came_from(random):
    rgb = random(2, 3, 64, 64)
    assert torch.allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=2e-5)


def test_what_lies_outside_the_gamut_comes_back_unless_it_is_cut():
    lab = torch.tensor([40.0, 90.0, -90.0]).reshape(3, 1, 1)
    rgb = lab_to_rgb(lab, clip=False)
    assert float(rgb.min()) < 0
    assert torch.allclose(rgb_to_lab(rgb), lab, atol=1e-3)
    cut = lab_to_rgb(lab)
    assert float(cut.min()) >= 0 and float(cut.max()) <= 1


def test_gray_has_no_color_and_no_color_is_gray():
    gray = torch.linspace(0, 1, 1024).expand(3, 1, 1024)
    lab = rgb_to_lab(gray)
    assert float(lab[1:].abs().max()) < 1e-4
    lab[1:] = 0
    back = lab_to_rgb(lab)
    # Less than a third of a 16-bit code between the channels.
    assert float((back.amax(0) - back.amin(0)).max()) < 5e-6
    assert torch.allclose(back, gray, atol=1e-5)


def test_lightness_of_luma_is_that_of_gray_and_back():
    y = torch.linspace(0, 1, 4096)
    lightness = luma_to_lightness(y)
    assert torch.allclose(lightness, rgb_to_lab(y.expand(3, 1, -1))[0, 0], atol=1e-4)
    assert bool((lightness.diff() > 0).all())
    assert torch.allclose(lightness_to_luma(lightness), y, atol=1e-6)


def test_codes_beyond_black_and_white_are_black_and_white():
    assert luma_to_lightness(torch.tensor([-0.1, 1.1])).tolist() == pytest.approx([0.0, 100.0], abs=1e-4)
    assert lightness_to_luma(torch.tensor([-5.0, 105.0])).tolist() == pytest.approx([0.0, 1.0], abs=1e-6)


def test_can_be_learned_through(random):
    rgb = random(1, 3, 4, 4).requires_grad_()
    lab_to_rgb(rgb_to_lab(rgb), clip=False).sum().backward()
    assert bool(torch.isfinite(rgb.grad).all())
    assert torch.allclose(rgb.grad, torch.ones_like(rgb), atol=1e-2)
