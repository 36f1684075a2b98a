"""What networks and flow see of a film."""

import numpy as np
import pytest
import torch

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.lab import rgb_to_lab
from tcvc_studio.color.working import working_ab, working_lightness, working_size


@pytest.mark.parametrize(
    ("film", "short", "expected"),
    [
        ((854, 480), 256, (448, 256)),
        ((640, 272), 256, (608, 256)),
        ((480, 854), 256, (256, 448)),
        ((1920, 1080), 384, (688, 384)),
        ((4096, 2160), 256, (480, 256)),
        ((320, 240), 256, (320, 240)),
        ((161, 121), 256, (160, 112)),
        ((64, 64), 256, (64, 64)),
        ((63, 40), 256, (64, 32)),
        ((8, 8), 256, (32, 32)),
        ((2000, 20), 256, (2000, 32)),
    ],
)
def test_working_sizes(film, short, expected):
    assert working_size(*film, short) == expected


def test_working_sizes_are_never_larger_than_the_film_and_always_multiples():
    for width in range(64, 900, 37):
        for height in range(64, 700, 29):
            for short in (128, 256, 512):
                w, h = working_size(width, height, short)
                assert w % 16 == 0 and h % 16 == 0 and w >= 32 and h >= 32
                assert w <= width and h <= height
                assert min(w, h) <= short + 8


def test_another_multiple():
    width, height = working_size(854, 480, 250, multiple=40)
    assert (width, height) == (440, 240)
    assert min(working_size(64, 64, 16, multiple=24)) == 48


@pytest.mark.parametrize("arguments", [(0, 10, 256), (10, -1, 256), (10, 10, 0)])
def test_impossible_sizes_are_refused(arguments):
    with pytest.raises(ValueError, match="no working size"):
        working_size(*arguments)


@pytest.mark.parametrize("fmt", [PlaneFormat(), PlaneFormat(depth=10), PlaneFormat(depth=16, range="full")], ids=str)
def test_black_and_white_are_0_and_100(fmt):
    black, span = fmt.luma_scale
    plane = np.full((50, 70), black, np.uint8 if fmt.depth == 8 else np.uint16)
    plane[:, 35:] = black + span
    lightness = working_lightness(plane, fmt, (32, 32))
    assert lightness.shape == (1, 1, 32, 32) and lightness.dtype == torch.float32
    assert lightness[0, 0, :, 0].tolist() == pytest.approx([0] * 32, abs=1e-3)
    assert lightness[0, 0, :, -1].tolist() == pytest.approx([100] * 32, abs=1e-3)


def test_areas_are_averaged_without_rounding_to_codes():
    plane = np.full((64, 64), 100, np.uint8)
    plane[::2, ::2] = 101
    fmt = PlaneFormat(range="full")
    finer = PlaneFormat(depth=10, range="full")
    expected = working_lightness(np.full((64, 64), round(100.25 / 255 * 1023), np.uint16), finer, (32, 32))
    lightness = working_lightness(plane, fmt, (32, 32))
    assert torch.allclose(lightness, expected, atol=0.05)
    assert float(lightness.std()) < 1e-3
    assert float(lightness.mean()) > float(working_lightness(np.full((64, 64), 100, np.uint8), fmt, (32, 32)).mean())


def test_a_film_smaller_than_the_least_side_is_enlarged():
    plane = np.full((8, 8), 126, np.uint8)
    assert float(working_lightness(plane, PlaneFormat(), (32, 32)).std()) < 1e-4


def test_a_still_gives_its_chroma(random):
    rgb = np.full((90, 120, 3), (52428, 13107, 6553), np.uint16)
    ab = working_ab(rgb, (48, 32))
    assert ab.shape == (1, 2, 32, 48) and ab.is_contiguous()
    expected = rgb_to_lab(torch.tensor([0.8, 0.2, 0.1]).reshape(3, 1, 1))[1:, 0, 0]
    assert ab.mean((0, 2, 3)).tolist() == pytest.approx(expected.tolist(), abs=0.02)
    gray = working_ab(np.full((30, 30, 3), 30000, np.uint16), (32, 32))
    assert float(gray.abs().max()) < 1e-3


@pytest.mark.parametrize(("shape", "dtype"), [((4, 4, 3), np.uint8), ((4, 4), np.uint16), ((4, 4, 4), np.uint16)])
def test_what_is_no_still_is_refused(shape, dtype):
    still = np.zeros(shape, dtype)
    with pytest.raises(ValueError, match="expected a still"):
        working_ab(still, (32, 32))
