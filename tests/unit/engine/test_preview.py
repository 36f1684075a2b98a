"""Pictures on screen show what the export will hold: the same luma, the same color, upright and with square pixels."""

import subprocess
import sys
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.color.compose import compose, rgb_of_planes
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.engine.preview import (
    color_picture,
    difference_picture,
    display_luma,
    display_size,
    fitted_size,
    gray_picture,
    proxy_size,
)


@dataclass
class Info:
    """What of a FilmInfo a picture depends on."""

    width: int = 96
    height: int = 64
    sar: Fraction = Fraction(1)
    rotation: int = 0
    format: PlaneFormat = field(default_factory=PlaneFormat)


def smooth(height, width, *, seed, spread=9.0):
    plane = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    plane = cv2.GaussianBlur(plane, (0, 0), spread)
    return (plane - plane.min()) / (plane.max() - plane.min())


def luma_of(info, *, seed=1):
    black, span = info.format.luma_scale
    codes = np.rint(black + span * (0.05 + 0.9 * smooth(info.height, info.width, seed=seed)))
    return codes.astype(np.uint8 if info.format.depth == 8 else np.uint16)


def chroma(height, width, *, reach=40.0):
    return np.stack([(smooth(height, width, seed=s) * 2 - 1) * reach for s in (5, 6)]).astype(np.float32)


def exported(luma, ab, info):
    """B, G, R as an export at full chroma resolution shows them, 0..255."""
    target = PlaneFormat(depth=16, range="full", matrix=info.format.matrix, subsampling=(1, 1))
    planes = compose(luma, torch.from_numpy(ab)[None], source=info.format, target=target, edge_aware=False)
    rgb = rgb_of_planes(planes.y, planes.cb, planes.cr, fmt=target)[0].permute(1, 2, 0).numpy()
    return rgb[..., ::-1] * 255


def assert_close(apart):
    """Within rounding; a little more where the gamut ends and rounded luma decides how much chroma there may be."""
    assert apart.mean() < 0.5 and (apart > 1.5).mean() < 0.01 and apart.max() < 5


@pytest.mark.parametrize("depth", [8, 10, 12, 16])
@pytest.mark.parametrize("kind", ["limited", "full"])
def test_gray_goes_from_black_to_white_at_every_depth_and_range(depth, kind):
    info = Info(4, 1, format=PlaneFormat(depth=depth, range=kind))
    black, span = info.format.luma_scale
    codes = np.array([[max(black - 3, 0), black, black + span / 2, black + span]])
    plane = np.rint(codes).astype(np.uint8 if depth == 8 else np.uint16)
    assert display_luma(plane, info)[0].tolist() in ([0, 0, 127, 255], [0, 0, 128, 255])


def test_a_full_range_picture_of_8_bits_is_shown_code_by_code():
    info = Info(16, 16, format=PlaneFormat(range="full"))
    plane = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = gray_picture(plane, info)
    assert picture.dtype == np.uint8 and picture.shape == (16, 16, 4) and picture.flags.c_contiguous
    for channel in range(3):
        assert np.array_equal(picture[..., channel], plane)
    assert (picture[..., 3] == 255).all()


@pytest.mark.parametrize("matrix", ["bt709", "bt601", "bt2020"])
@pytest.mark.parametrize("size", [(64, 96), (32, 48), (40, 60)])
def test_color_is_that_of_the_export(matrix, size):
    info = Info(format=PlaneFormat(matrix=matrix))
    luma, ab = luma_of(info), chroma(*size)
    apart = np.abs(color_picture(luma, ab, info)[..., :3].astype(np.float32) - exported(luma, ab, info))
    assert_close(apart)


def test_color_of_ten_bits_is_that_of_the_export():
    info = Info(format=PlaneFormat(depth=10))
    luma, ab = luma_of(info), chroma(32, 48)
    apart = np.abs(color_picture(luma, ab, info)[..., :3].astype(np.float32) - exported(luma, ab, info))
    assert_close(apart)


@pytest.mark.parametrize("reach", [10.0, 60.0, 150.0])
def test_color_keeps_the_luma(reach):
    info = Info()
    luma = luma_of(info)
    bgr = color_picture(luma, chroma(32, 48, reach=reach), info)[..., :3].astype(np.float64)
    shown = bgr @ np.array([0.0722, 0.7152, 0.2126])
    assert np.abs(shown - display_luma(luma, info)).max() <= 1.6


def test_without_color_the_picture_is_the_gray_one():
    info = Info()
    luma = luma_of(info)
    assert np.array_equal(color_picture(luma, np.zeros((2, 32, 48), np.float32), info), gray_picture(luma, info))


def test_black_and_white_take_no_color():
    info = Info()
    luma = np.full((64, 96), 16, np.uint8)
    luma[:, 48:] = 235
    ab = np.full((2, 32, 48), 60.0, np.float32)
    assert np.array_equal(color_picture(luma, ab, info), gray_picture(luma, info))


def test_a_turned_film_is_shown_upright_with_its_color():
    # Turned by 90 degrees counterclockwise what is right above comes to lie left above.
    info = Info(rotation=90)
    luma = np.full((64, 96), 60, np.uint8)
    luma[:32, 48:] = 200
    assert display_size(info) == (64, 96)
    gray = gray_picture(luma, info)
    assert gray.shape == (96, 64, 4) and gray[10, 10, 0] > 200 > gray[80, 50, 0]
    ab = np.zeros((2, 48, 32), np.float32)
    ab[0, :24] = 50.0
    color = color_picture(np.full((64, 96), 120, np.uint8), ab, info).astype(int)
    assert color[20, 30, 2] > color[20, 30, 1] + 30
    assert color[80, 30, 2] == color[80, 30, 1]


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (-1, 0)), (180, (-1, -1)), (-90, (0, -1))])
def test_every_turn_puts_the_corner_where_it_belongs(rotation, corner):
    info = Info(rotation=rotation, format=PlaneFormat(range="full"))
    luma = np.zeros((64, 96), np.uint8)
    luma[0, 0] = 255
    shown = display_luma(luma, info)
    assert shown[corner] == 255 and shown.sum() == 255


def test_wide_pixels_are_made_square():
    info = Info(72, 48, sar=Fraction(64, 45))
    assert display_size(info) == (102, 48)
    assert gray_picture(luma_of(info), info).shape == (48, 102, 4)
    turned = Info(72, 48, sar=Fraction(64, 45), rotation=-90)
    assert gray_picture(luma_of(turned), turned).shape == (102, 48, 4)


def test_smaller_pictures_are_means_over_areas():
    info = Info(format=PlaneFormat(range="full"))
    luma = np.zeros((64, 96), np.uint8)
    luma[::2, ::2] = 200
    half = gray_picture(luma, info, size=proxy_size(info, 2))
    assert half.shape == (32, 48, 4) and (half[..., 0] == 50).all()
    assert proxy_size(Info(97, 65), 4) == (25, 17)
    assert fitted_size(info, (48, 1000)) == (48, 32) and fitted_size(info, (999, 999)) == (96, 64)
    assert fitted_size(Info(4000, 2), (100, 100)) == (100, 1)


@pytest.mark.parametrize("bad", [np.zeros((3, 8, 8), np.float32), np.zeros((8, 8), np.float32),
                                 np.full((2, 8, 8), np.nan, np.float32)])  # fmt: skip
def test_what_is_no_chroma_is_refused(bad):
    with pytest.raises(ValueError):
        color_picture(luma_of(Info()), bad, Info())


def test_the_difference_is_multiplied_and_cut():
    one, other = np.full((2, 2, 4), 100, np.uint8), np.full((2, 2, 4), 107, np.uint8)
    other[0, 0] = 90
    apart = difference_picture(one, other, gain=8)
    assert apart[1, 1].tolist() == [56, 56, 56, 255] and apart[0, 0].tolist() == [80, 80, 80, 255]
    assert difference_picture(one, other, gain=100)[1, 1].tolist() == [255] * 4
    assert not difference_picture(one, one, gain=32)[..., :3].any()
    with pytest.raises(ValueError):
        difference_picture(one, other[:1])


def test_gray_pictures_load_no_torch():
    code = (
        "import sys, numpy as np; from types import SimpleNamespace as N; from fractions import Fraction\n"
        "from tcvc_studio.color.formats import PlaneFormat\n"
        "from tcvc_studio.engine.preview import gray_picture\n"
        "info = N(width=8, height=4, sar=Fraction(1), rotation=0, format=PlaneFormat())\n"
        "gray_picture(np.zeros((4, 8), np.uint8), info)\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
