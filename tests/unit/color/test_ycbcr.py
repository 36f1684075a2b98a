"""R'G'B', Y'CbCr and their codes, for every matrix, range and depth."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch

from tcvc_studio.color.formats import LUMA_WEIGHTS, PlaneFormat
from tcvc_studio.color.ycbcr import (
    dequantize_chroma,
    dequantize_luma,
    plane_type,
    quantize_chroma,
    quantize_luma,
    recode_luma,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)

CODINGS = [
    pytest.param(PlaneFormat(depth=depth, range=range_), id=f"{range_}-{depth}")
    for depth, range_ in product((8, 9, 10, 12, 14, 16), ("limited", "full"))
]


@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
def test_every_matrix_goes_back_and_weighs_as_its_standard_says(matrix, random):
    rgb = random(2, 3, 16, 16)
    ycbcr = rgb_to_ycbcr(rgb, matrix)
    assert torch.allclose(ycbcr_to_rgb(ycbcr, matrix), rgb, atol=1e-6)
    red, blue = LUMA_WEIGHTS[matrix]
    primaries = rgb_to_ycbcr(torch.eye(3)[:, None, :], matrix)[:, 0]
    assert primaries[0].tolist() == pytest.approx([red, 1 - red - blue, blue], abs=1e-6)
    # The farthest Cb and Cr are those of blue and red: one half.
    assert primaries[1, 2].item() == pytest.approx(0.5, abs=1e-6)
    assert primaries[2, 0].item() == pytest.approx(0.5, abs=1e-6)


def test_gray_has_no_chroma():
    gray = torch.linspace(0, 1, 512).expand(3, 1, 512)
    assert float(rgb_to_ycbcr(gray, "bt709")[1:].abs().max()) < 1e-6


def test_an_unknown_matrix_is_named():
    with pytest.raises(ValueError, match="ycgco"):
        rgb_to_ycbcr(torch.zeros(3, 2, 2), "ycgco")


@pytest.mark.parametrize("fmt", CODINGS)
def test_every_luma_code_comes_back(fmt):
    codes = np.arange(2**fmt.depth).astype(plane_type(fmt)).reshape(16, -1)
    low, high = (0, 2**fmt.depth - 1)
    if fmt.range == "limited":
        step = 2 ** (fmt.depth - 8)
        low, high = step, high - step
    assert np.array_equal(quantize_luma(dequantize_luma(codes, fmt), fmt), codes.clip(low, high))


@pytest.mark.parametrize("fmt", CODINGS)
def test_every_legal_chroma_code_comes_back_and_no_other_is_made(fmt):
    codes = np.arange(2**fmt.depth).astype(plane_type(fmt)).reshape(16, -1)
    step = 2 ** (fmt.depth - 8)
    low, high = (0, 2**fmt.depth - 1) if fmt.range == "full" else (16 * step, 240 * step)
    back = quantize_chroma(dequantize_chroma(codes, fmt), fmt)
    assert back.dtype == plane_type(fmt)
    assert np.array_equal(back, codes.clip(low, high))


@pytest.mark.parametrize("fmt", CODINGS)
def test_black_white_and_neutral_are_where_the_standard_puts_them(fmt):
    step = 2 ** (fmt.depth - 8)
    black, white = (0, 2**fmt.depth - 1) if fmt.range == "full" else (16 * step, 235 * step)
    codes = np.array([black, white], plane_type(fmt))
    assert dequantize_luma(codes, fmt).tolist() == pytest.approx([0.0, 1.0], abs=1e-7)
    assert quantize_chroma(torch.zeros(1), fmt).tolist() == [128 * step]


def test_codes_round_to_the_nearest():
    fmt = PlaneFormat(depth=10)
    values = (torch.tensor([511.4, 511.6, 512.4, 512.6, 700.49, 700.51]) - 512) / 896
    assert quantize_chroma(values, fmt).tolist() == [511, 512, 512, 513, 700, 701]


def test_planes_may_be_tensors_and_are_not_changed():
    fmt = PlaneFormat(depth=10)
    plane = torch.tensor([64, 940], dtype=torch.int32)
    assert dequantize_luma(plane, fmt).tolist() == [0.0, 1.0]
    floats = torch.tensor([64.0, 940.0])
    dequantize_luma(floats, fmt)
    assert floats.tolist() == [64.0, 940.0]


@pytest.mark.parametrize("fmt", CODINGS)
def test_luma_of_the_same_coding_is_the_same_array(fmt):
    plane = np.zeros((4, 4), plane_type(fmt))
    other = PlaneFormat(depth=fmt.depth, range=fmt.range, matrix="bt2020", subsampling=(1, 1))
    assert recode_luma(plane, fmt, other) is plane


@pytest.mark.parametrize(("depth", "deeper"), [(8, 10), (8, 12), (8, 16), (10, 12), (10, 16), (9, 10), (12, 16)])
def test_limited_luma_is_shifted_when_only_depth_grows(depth, deeper):
    source, target = PlaneFormat(depth=depth), PlaneFormat(depth=deeper)
    codes = np.arange(2**depth).astype(plane_type(source))
    moved = recode_luma(codes, source, target)
    assert moved.dtype == plane_type(target)
    assert np.array_equal(moved, codes.astype(np.uint16) << (deeper - depth))
    assert np.array_equal(recode_luma(moved, target, source), codes)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (PlaneFormat(depth=8, range="full"), PlaneFormat(depth=10)),
        (PlaneFormat(depth=8), PlaneFormat(depth=8, range="full")),
        (PlaneFormat(depth=16, range="full"), PlaneFormat(depth=12)),
        (PlaneFormat(depth=12), PlaneFormat(depth=10)),
        (PlaneFormat(depth=8, range="full"), PlaneFormat(depth=16, range="full")),
    ],
    ids=str,
)
def test_other_recodings_round_as_exact_fractions_do(source, target):
    codes = np.arange(0, 2**source.depth, 7).astype(plane_type(source))
    moved = recode_luma(codes, source, target)
    (black, span), (to_black, to_span) = source.luma_scale, target.luma_scale
    for code, result in zip(codes.tolist(), moved.tolist(), strict=True):
        exact = Fraction(code - int(black), int(span)) * int(to_span) + int(to_black)
        exact = min(max(exact, 0), 2**target.depth - 1)
        assert abs(result - exact) <= Fraction(1, 2)


def test_garbage_above_the_depth_is_held_at_the_highest_code():
    plane = np.array([1023, 65535], np.uint16)
    assert recode_luma(plane, PlaneFormat(depth=10), PlaneFormat(depth=12)).tolist() == [4092, 4092]
