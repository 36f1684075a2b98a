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
    sheet = contact_sheet([Row("a rather long label", [_picture((0, 0, 0))])], heads=["10:00:00:00"])
    text = np.argwhere(sheet.max(axis=2) > 120)
    assert text.min() > 4
    assert text[:, 1].max() < sheet.shape[1] - 4


def test_large_pictures_are_reduced():
    sheet = contact_sheet([Row("x", [_picture((9, 9, 9), 1080, 1920)])], heads=["0"], width=320)
    assert sheet.shape[0] < 260 and sheet.shape[1] < 420


def test_rows_must_match_their_heads():
    with pytest.raises(ValueError):
        contact_sheet([Row("x", [_picture((0, 0, 0))])], heads=["0", "1"])


def test_a_png_comes_back_as_it_was(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    write_png(tmp_path / "sheet.png", rgb)
    assert np.array_equal(cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1], rgb)
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]
    with pytest.raises(StudioError, match="cannot be written"):
        write_png(tmp_path / "missing" / "sheet.png", rgb)
