"""Pictures for an encoder: the film's luma stays what it is wherever nothing is written over it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.engine.pictures import FilmComposer, GrayComposer, SideBySideComposer
from tcvc_studio.engine.side_by_side import side_by_side_info
from tcvc_studio.media.codecs import target_format
from tcvc_studio.media.info import Frame
from tests.unit.engine.fakes import MemoryFilm


def _film(width=96, height=64, rotation=0, depth=8):
    film = MemoryFilm(3, width=width, height=height, rotation=rotation)
    return replace(film.info, format=PlaneFormat(depth=depth))


def _frame(info, seed=1):
    rng = np.random.default_rng(seed)
    top = 2 ** (info.format.depth - 8)
    kind = np.uint8 if info.format.depth == 8 else np.uint16
    return Frame(0, 0, rng.integers(16 * top, 235 * top, (info.height, info.width)).astype(kind))


def _ab(a, b, height=64, width=96):
    return torch.tensor([a, b], dtype=torch.float32).view(1, 2, 1, 1).expand(1, 2, height, width).contiguous()


@pytest.mark.parametrize("depth", [8, 10, 16])
def test_gray_has_the_films_luma_and_no_color(depth):
    info = _film(depth=depth)
    target = replace(info.format, subsampling=(2, 1))
    frame = _frame(info)
    picture = GrayComposer(info.format, target, info).picture(frame)
    assert np.array_equal(picture.y, frame.luma)
    assert np.all(picture.cb == 2 ** (depth - 1)) and np.all(picture.cr == 2 ** (depth - 1))
    neutral = FilmComposer(info.format, target).picture(frame, _ab(0, 0))
    assert np.array_equal(neutral.cb, picture.cb) and np.array_equal(neutral.y, picture.y)


@pytest.mark.parametrize(("width", "height"), [(96, 64), (95, 64), (96, 63), (640, 272)])
@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
@pytest.mark.parametrize("codec", ["h264", "ffv1", "prores-4444"])
def test_both_halves_are_the_film_upright_with_a_color_each(width, height, rotation, codec):
    info = _film(width, height, rotation)
    wide = side_by_side_info(info)
    target = target_format(codec, wide)
    frame = _frame(info)
    red, green = _ab(60, 0, height, width), _ab(-60, 0, height, width)
    composer = SideBySideComposer(info, target, left=lambda number: red, labels=("backbone: compact", "TCVC"))
    picture = composer.picture(frame, green)
    assert picture.y.shape == (wide.height, wide.width)
    assert picture.cb.shape == picture.cr.shape == target.chroma_size(wide.height, wide.width)
    half = wide.width // 2
    upright = np.rot90(frame.luma, rotation // 90 % 4)[:, :half]
    scale = 2 ** (target.depth - 8)
    above = wide.height // 3
    for part in (picture.y[:, :half], picture.y[:, half:]):
        assert np.array_equal(part[:above], upright[:above].astype(int) * scale)
        assert not np.array_equal(part[above:], upright[above:].astype(int) * scale)
    zero = 2 ** (target.depth - 1)
    across = picture.cr.shape[1] // 2
    rows = above // target.subsampling[1] - 1
    assert picture.cr[:rows, : across - 1].mean() > zero + 8 * scale
    assert picture.cr[:rows, across + 1 :].mean() < zero - 8 * scale


def test_a_label_is_white_on_dark_without_color():
    info = _film(640, 272)
    target = target_format("h264", side_by_side_info(info))
    frame = Frame(0, 0, np.full((272, 640), 120, np.uint8))
    color = _ab(0, 60, 272, 640)
    picture = SideBySideComposer(info, target, left=lambda _: color, labels=("a", "TCVC")).picture(frame, color)
    label = picture.y[-40:, 640:800]
    assert label.max() >= 210 and label.min() < 70
    place = np.argwhere(picture.y == picture.y.max())[0] // 2
    assert abs(int(picture.cb[tuple(place)]) - 128) < abs(int(picture.cb[0, 0]) - 128)


def test_a_name_longer_than_the_picture_is_made_to_fit():
    info = _film(96, 64)
    target = target_format("h264", side_by_side_info(info))
    labels = ("backbone: a name that is far too long for this", "TCVC")
    picture = SideBySideComposer(info, target, left=lambda _: _ab(0, 0), labels=labels).picture(_frame(info), _ab(0, 0))
    assert picture.y.shape == (64, 192)
