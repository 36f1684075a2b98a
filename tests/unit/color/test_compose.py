"""Only chroma changes: the film's luma and the predicted chroma as planes."""

from itertools import product

import numpy as np
import pytest
import torch

from tcvc_studio.color.compose import ab_of_planes, compose, rgb_of_planes
from tcvc_studio.color.formats import LUMA_WEIGHTS, PlaneFormat
from tcvc_studio.color.lab import rgb_to_lab
from tcvc_studio.color.working import working_ab, working_lightness, working_size
from tcvc_studio.color.ycbcr import dequantize_luma, plane_type, quantize_luma, rgb_to_ycbcr

CODINGS = [PlaneFormat(depth=d, range=r) for d, r in product((8, 10, 12, 16), ("limited", "full"))]
CHROMAS = list(product([(2, 2), (2, 1), (1, 1)], ["left", "center", "topleft"]))


def _every_code(fmt: PlaneFormat, height: int, width: int) -> np.ndarray:
    """A Y plane that holds codes from end to end, those beyond black and white too."""
    return np.linspace(0, 2**fmt.depth - 1, height * width).round().astype(plane_type(fmt)).reshape(height, width)


def _like(fmt: PlaneFormat, **changes) -> PlaneFormat:
    given = {name: getattr(fmt, name) for name in ("depth", "range", "matrix", "subsampling", "siting")}
    return PlaneFormat(**{**given, **changes})


@pytest.mark.parametrize("fmt", CODINGS, ids=str)
@pytest.mark.parametrize(("subsampling", "siting"), CHROMAS)
def test_luma_is_the_same_array_and_chroma_is_legal(fmt, subsampling, siting, random):
    target = _like(fmt, subsampling=subsampling, siting=siting)
    luma = _every_code(fmt, 61, 83)
    before = luma.copy()
    planes = compose(luma, 160 * random(1, 2, 32, 48) - 80, source=fmt, target=target)
    assert planes.y is luma and np.array_equal(luma, before)
    step = 2 ** (fmt.depth - 8)
    low, high = (0, 2**fmt.depth - 1) if fmt.range == "full" else (16 * step, 240 * step)
    for plane in (planes.cb, planes.cr):
        assert plane.shape == target.chroma_size(61, 83) and plane.dtype == plane_type(target)
        assert plane.min() >= low and plane.max() <= high
        assert len(np.unique(plane)) > 10


@pytest.mark.parametrize("fmt", CODINGS, ids=str)
@pytest.mark.parametrize("edge_aware", [True, False])
def test_no_color_gives_exactly_neutral_codes(fmt, edge_aware):
    for size in ((32, 48), (61, 83)):
        target = _like(fmt, subsampling=(2, 1))
        planes = compose(
            _every_code(fmt, 61, 83), torch.zeros(1, 2, *size), source=fmt, target=target, edge_aware=edge_aware
        )
        assert (planes.cb == 128 * 2 ** (fmt.depth - 8)).all() and (planes.cr == planes.cb).all()


def test_eight_bits_grow_to_ten_by_a_shift(random):
    luma = _every_code(PlaneFormat(), 64, 64)
    planes = compose(luma, random(1, 2, 32, 32), source=PlaneFormat(), target=PlaneFormat(depth=10, subsampling=(2, 1)))
    assert planes.y.dtype == np.uint16
    assert np.array_equal(planes.y, luma.astype(np.uint16) << 2)


@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
@pytest.mark.parametrize("fmt", CODINGS, ids=str)
def test_a_picture_comes_back_from_luma_and_its_own_chroma(matrix, fmt, random):
    rgb = 0.5 + 0.35 * (random(1, 3, 48, 64) - 0.5)
    full = _like(fmt, matrix=matrix, subsampling=(1, 1))
    luma = quantize_luma(rgb_to_ycbcr(rgb, matrix)[0, 0], full)
    ab = rgb_to_lab(rgb)[:, 1:].contiguous()
    planes = compose(luma, ab, source=full, target=full)
    code = 1 / full.luma_scale[1]
    shown = rgb_of_planes(planes.y, planes.cb, planes.cr, fmt=full)
    assert float((shown - rgb).abs().max()) < 3 * code + 1e-4
    back = ab_of_planes(planes.y, planes.cb, planes.cr, fmt=full)
    assert back.shape == ab.shape
    assert float((back - ab).abs().max()) < 800 * code + 0.02


def test_the_matrix_of_the_target_decides_and_luma_stays(random):
    luma = _every_code(PlaneFormat(), 32, 32)
    ab = torch.full((1, 2, 32, 32), 15.0)
    results = [
        compose(luma, ab, source=PlaneFormat(matrix="bt601"), target=PlaneFormat(matrix=matrix, subsampling=(1, 1)))
        for matrix in ("bt601", "bt709")
    ]
    assert np.array_equal(results[0].y, results[1].y)
    assert not np.array_equal(results[0].cb, results[1].cb)
    middle = (slice(10, 22), slice(None))
    for planes, matrix in zip(results, ("bt601", "bt709"), strict=True):
        shown = ab_of_planes(planes.y, planes.cb, planes.cr, fmt=PlaneFormat(matrix=matrix, subsampling=(1, 1)))
        assert float((shown[0][:, *middle] - 15).abs().max()) < 1.5


@pytest.mark.parametrize(("subsampling", "siting"), CHROMAS)
def test_a_still_brought_to_working_size_comes_back_at_the_films(subsampling, siting):
    height, width = 243, 431
    y, x = np.mgrid[0:height, 0:width] / 60.0
    picture = np.stack((np.sin(x) + np.cos(y), np.sin(x + 1) * np.cos(y), np.cos(x - y)), axis=-1) * 0.15 + 0.5
    rgb = torch.from_numpy(picture).float().permute(2, 0, 1)[None]
    fmt = PlaneFormat(depth=10, subsampling=subsampling, siting=siting)
    luma = quantize_luma(rgb_to_ycbcr(rgb, fmt.matrix)[0, 0], fmt)
    size = working_size(width, height, 96)
    ab = working_ab((picture * 65535).round().astype(np.uint16), size)
    planes = compose(luma, ab, source=fmt, target=fmt, working_l=working_lightness(luma, fmt, size))
    shown = rgb_of_planes(planes.y, planes.cb, planes.cr, fmt=fmt)
    inner = (..., slice(8, -8), slice(8, -8))
    assert float((shown - rgb)[inner].abs().max()) < 0.01
    without = compose(luma, ab, source=fmt, target=fmt)
    assert np.abs(without.cb.astype(int) - planes.cb).max() <= 1


def test_shown_colors_have_the_films_luma_and_stay_in_the_gamut(random):
    fmt = PlaneFormat(depth=16, range="full", subsampling=(1, 1))
    luma = (random(120, 160) * 65535).numpy().astype(np.uint16)
    planes = compose(luma, 240 * random(1, 2, 48, 64) - 120, source=fmt, target=fmt)
    shown = rgb_of_planes(planes.y, planes.cb, planes.cr, fmt=fmt)
    back = rgb_to_ycbcr(shown, fmt.matrix)[0, 0]
    assert float((back - dequantize_luma(luma, fmt)).abs().max()) < 1e-4


def test_a_black_border_stays_black_beside_color():
    luma = np.full((96, 128), 120, np.uint8)
    luma[:24] = 16
    fmt = PlaneFormat(subsampling=(1, 1))
    planes = compose(luma, torch.full((1, 2, 48, 64), 40.0), source=fmt, target=fmt)
    assert (planes.cb[:24] == 128).all() and (planes.cr[:24] == 128).all()
    assert (planes.cr[30:] > 140).all()


def test_half_precision_chroma_is_taken():
    luma = np.full((32, 32), 120, np.uint8)
    ab = torch.full((1, 2, 32, 32), 20.0)
    half = compose(luma, ab.bfloat16(), source=PlaneFormat(), target=PlaneFormat())
    full = compose(luma, ab, source=PlaneFormat(), target=PlaneFormat())
    assert np.array_equal(half.cb, full.cb)


@pytest.mark.parametrize(
    ("luma", "ab", "words"),
    [
        (np.zeros((8, 8), np.uint16), torch.zeros(1, 2, 8, 8), "uint8"),
        (np.zeros((8, 8, 1), np.uint8), torch.zeros(1, 2, 8, 8), "Y plane"),
        (np.zeros((8, 8), np.uint8), torch.zeros(2, 2, 8, 8), "chroma"),
        (np.zeros((8, 8), np.uint8), torch.full((1, 2, 8, 8), float("nan")), "not finite"),
        (np.zeros((8, 8), np.uint8), torch.full((1, 2, 4, 4), float("inf")), "not finite"),
    ],
)
def test_what_cannot_be_composed_is_refused(luma, ab, words):
    with pytest.raises(ValueError, match=words):
        compose(luma, ab, source=PlaneFormat(), target=PlaneFormat())


def test_working_lightness_of_another_size_is_refused():
    with pytest.raises(ValueError, match="expected luma"):
        compose(
            np.zeros((64, 64), np.uint8),
            torch.zeros(1, 2, 32, 32),
            source=PlaneFormat(),
            target=PlaneFormat(),
            working_l=torch.zeros(1, 1, 32, 48),
        )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_makes_the_same_picture(random):
    fmt = PlaneFormat(depth=10)
    luma = (64 + 876 * random(242, 322)).numpy().astype(np.uint16)
    for size in ((96, 128), (242, 322)):
        ab = 100 * random(1, 2, *size) - 50
        here = compose(luma, ab, source=fmt, target=fmt)
        there = compose(luma, ab.cuda(), source=fmt, target=fmt)
        for plane, other in ((here.cb, there.cb), (here.cr, there.cr)):
            difference = np.abs(plane.astype(int) - other)
            assert difference.max() <= 4 and difference.mean() < 0.05
