"""Contact sheets are tidy, uncut and true in color."""

import cv2
import numpy as np
import pytest

from tcvc_studio.analysis.sheet import Row, contact_sheet, write_png
from tcvc_studio.errors import StudioError


def _picture(rgb, height=90, width=160):
    return np.full((height, width, 3), rgb, np.uint8)


def test_every_picture_keeps_its_colors_and_its_place():
    colors = [[(200, 30, 40), (10, 180, 60)], [(20, 40, 220), (128, 128, 128)]]
    sheet = contact_sheet([Row(str(i), [_picture(c) for c in row]) for i, row in enumerate(colors)], heads=["1", "20"])
    for row in colors:
        for color in row:
            assert np.all(sheet == color, axis=2).sum() >= 90 * 160
    first = np.argwhere(np.all(sheet == colors[0][0], axis=2)).min(axis=0)
    last = np.argwhere(np.all(sheet == colors[1][1], axis=2)).max(axis=0)
    assert np.all(last > first)


def test_labels_and_heads_are_not_cut():
    for height, width in ((90, 160), (4, 5)):
        row = Row("a rather long label", [_picture((0, 0, 0), height, width)], note="with a note that is longer still")
        sheet = contact_sheet([row, row], heads=["10:00:00:00"])
        text = np.argwhere(sheet.max(axis=2) > 100)
        assert text.min() > 8
        assert text[:, 0].max() < sheet.shape[0] - 8
        assert text[:, 1].max() < sheet.shape[1] - 8


def test_heads_wider_than_their_pictures_do_not_touch():
    pictures = [_picture((0, 0, 0), 20, 20)] * 2
    sheet = contact_sheet([Row("x", pictures)], heads=["10:00:00:00", "10:00:01:00"])
    band = (sheet[:45].max(axis=2) > 100).any(axis=0)
    gaps = np.diff(np.flatnonzero(band))
    assert gaps.max() > 6


def test_the_ground_is_neutral():
    sheet = contact_sheet([Row("x", [_picture((255, 0, 0))], note="y")], heads=["0"])
    outside = ~np.all(sheet == (255, 0, 0), axis=2)
    assert np.ptp(sheet[outside].astype(int), axis=1).max() == 0


def test_large_pictures_are_reduced():
    sheet = contact_sheet([Row("x", [_picture((9, 9, 9), 1080, 1920)])], heads=["0"], width=320)
    assert sheet.shape[0] < 260 and sheet.shape[1] < 420


def test_rows_must_match_their_heads():
    with pytest.raises(ValueError):
        contact_sheet([Row("x", [_picture((0, 0, 0))])], heads=["0", "1"])


def test_pictures_must_be_of_one_size():
    with pytest.raises(ValueError, match="one size"):
        contact_sheet([Row("x", [_picture((0, 0, 0)), _picture((0, 0, 0), 91)])], heads=["0", "1"])


def test_a_png_comes_back_as_it_was(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    write_png(tmp_path / "sheet.png", rgb)
    assert np.array_equal(cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1], rgb)
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]
    with pytest.raises(StudioError, match="cannot be written"):
        write_png(tmp_path / "missing" / "sheet.png", rgb)
