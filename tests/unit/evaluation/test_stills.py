"""Photographs colored by backbones whose color is known."""

import numpy as np
import pytest

from tcvc_studio.analysis.metrics import colorfulness, l2_lab, psnr
from tcvc_studio.analysis.stills import color_still, gray_still, still_lab
from tcvc_studio.evaluation.stills import StillRow, colorizer, still_rows, stills_score
from tests.unit.evaluation.backbones import CPU, Plain
from tests.unit.evaluation.pictures import color_picture


def test_rows_are_the_measures_of_each_picture():
    pictures = [(f"picture {seed}", color_picture(seed, width=50 + seed, height=37)) for seed in range(3)]
    rows = list(still_rows(pictures, colorizer(Plain(12, -7), CPU)))
    assert [row.name for row in rows] == ["picture 0", "picture 1", "picture 2"]
    for row, (_, rgb8) in zip(rows, pictures, strict=True):
        colored = color_still(rgb8, lambda l: l.new_tensor([12.0, -7]).view(1, 2, 1, 1).expand(-1, -1, *l.shape[2:]))  # noqa: E741
        assert row.psnr == psnr(rgb8, colored) and row.l2_lab == l2_lab(rgb8, colored)
        assert row.colorfulness == colorfulness(colored) and row.true_colorfulness == colorfulness(rgb8)
        assert row.gray_psnr == psnr(rgb8, gray_still(rgb8)) and row.gray_l2_lab == l2_lab(rgb8, gray_still(rgb8))
        lab = still_lab(colored)[0].mean(dim=(1, 2))
        assert lab[1] == pytest.approx(12, abs=0.3) and lab[2] == pytest.approx(-7, abs=0.3)


def test_saturation_is_a_factor_of_chroma():
    rgb8 = np.full((32, 32, 3), 120, np.uint8)
    (half,) = still_rows([("", rgb8)], colorizer(Plain(20, 10), CPU, saturation=0.5))
    (own,) = still_rows([("", rgb8)], colorizer(Plain(10, 5), CPU))
    assert half == own


def test_a_gray_photograph_has_a_finite_figure():
    (row,) = still_rows([("", np.full((32, 32, 3), 120, np.uint8))], colorizer(Plain(), CPU))
    assert 50 < row.psnr < 60 and row.l2_lab < 0.01


def test_means_and_the_gain_picture_by_picture():
    def row(gray: float, colored: float) -> StillRow:
        return StillRow("", gray, colored, 9, 8, 20, 40)

    score = stills_score([row(20, 22), row(30, 31), row(10, 13)])
    assert (score.pictures, score.gray_psnr.value, score.psnr.value, score.gain.value) == (3, 20, 22, 2)
    # The pictures differ by much, what each gains by little: that is what the error of the gain tells.
    assert score.gain.error == pytest.approx(1 / np.sqrt(3)) and score.psnr.error == pytest.approx(9 / np.sqrt(3))
