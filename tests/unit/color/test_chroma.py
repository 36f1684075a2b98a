"""The color that has the film's luma and the chroma asked for."""

import math

import numpy as np
import pytest
import torch

from tcvc_studio.color.chroma import chroma_for_luma, limit_to_gamut
from tcvc_studio.color.formats import LUMA_WEIGHTS
from tcvc_studio.color.lab import rgb_to_lab
from tcvc_studio.color.ycbcr import luma_weights, rgb_to_ycbcr, ycbcr_to_rgb

HALF_A_12_BIT_CODE = 0.5 / 4095


def _shown(y: torch.Tensor, cb: torch.Tensor, cr: torch.Tensor, matrix: str) -> torch.Tensor:
    return ycbcr_to_rgb(torch.cat((y, cb, cr), dim=1), matrix)


@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
@pytest.mark.parametrize("kind", ["any", "quiet", "loud"])
def test_colors_of_the_gamut_are_found_again(matrix, kind, random):
    rgb = random(1, 3, 200, 200)
    if kind == "quiet":
        rgb = (rgb.mean(1, keepdim=True) + 0.15 * (rgb - 0.5)).clamp(0, 1)
    if kind == "loud":
        rgb = (rgb > 0.5) * (1 - random(1, 3, 200, 200) ** 4)
    ycbcr, ab = rgb_to_ycbcr(rgb, matrix), rgb_to_lab(rgb)[:, 1:]
    cb, cr = chroma_for_luma(ycbcr[:, :1], ab, matrix=matrix)
    assert float((cb - ycbcr[:, 1:2]).abs().max()) < HALF_A_12_BIT_CODE
    assert float((cr - ycbcr[:, 2:]).abs().max()) < HALF_A_12_BIT_CODE
    shown = _shown(ycbcr[:, :1], cb, cr, matrix)
    weights = torch.tensor(luma_weights(matrix)).reshape(1, 3, 1, 1)
    assert float(((shown * weights).sum(1, keepdim=True) - ycbcr[:, :1]).abs().max()) < 1e-5
    # Lab's a and b are steep in the dark: there a 16-bit code of R'G'B' is already 0.02.
    bright = (ycbcr[:, :1] > 0.02).expand_as(ab)
    assert float((rgb_to_lab(shown)[:, 1:] - ab)[bright].abs().max()) < 0.1
    assert float((rgb_to_lab(shown)[:, 1:] - ab)[bright].abs().mean()) < 2e-4


@pytest.mark.parametrize("matrix", ["bt709", "bt601", "bt2020"])
def test_colors_outside_keep_luma_and_hue_and_reach_the_edge(matrix, random):
    y, ab = random(1, 1, 300, 300), 200 * random(1, 2, 300, 300) - 100
    cb, cr = chroma_for_luma(y, ab, matrix=matrix)
    shown = _shown(y, cb, cr, matrix)
    assert float(shown.min()) > -1e-6 and float(shown.max()) < 1 + 1e-6
    lab = rgb_to_lab(shown)
    chroma, asked = lab[:, 1:].norm(dim=1), ab.norm(dim=1)
    # Nobody gets more than was asked for, but for the rounding where hue lines bend.
    assert float((chroma - asked).max()) < 1.0
    less = chroma < 0.98 * asked
    assert 0.3 < float(less.float().mean()) < 0.95
    room = torch.minimum(shown.amin(1), 1 - shown.amax(1))[less]
    assert float(room.max()) < 0.02
    assert float(room.mean()) < 1e-4
    turned = torch.atan2(lab[:, 2], lab[:, 1]) - torch.atan2(ab[:, 1], ab[:, 0])
    turned = (torch.remainder(turned + math.pi, 2 * math.pi) - math.pi).abs()[less & (chroma > 5)].rad2deg()
    assert float(turned.mean()) < 0.6
    assert float(turned.quantile(0.99)) < 4


def test_a_color_near_the_edge_changes_smoothly_across_it():
    ab = torch.stack((torch.linspace(0, 120, 4001), torch.linspace(0, 60, 4001)))[None, :, None]
    y = torch.full((1, 1, 1, 4001), 0.55)
    cb, cr = chroma_for_luma(y, ab, matrix="bt709")
    steps = torch.cat((cb, cr)).diff(dim=-1).abs()
    # One step asks for 0.03 Lab units: a hundredth of the chroma plane's 8-bit code, and no jump of more than one.
    assert float(steps.max()) < 1 / 255


def test_no_color_is_no_chroma_at_all(random):
    y = random(1, 1, 64, 64) * 1.4 - 0.2
    for plane in chroma_for_luma(y, torch.zeros(1, 2, 64, 64), matrix="bt709"):
        assert float(plane.abs().max()) < 1e-6


def test_black_white_and_beyond_have_no_chroma(random):
    y = torch.tensor([-0.07, 0.0, 1.0, 1.09]).reshape(1, 1, 4, 1).expand(1, 1, 4, 100)
    ab = 200 * random(1, 2, 4, 100) - 100
    for plane in chroma_for_luma(y, ab, matrix="bt709"):
        assert float(plane.abs().max()) < 1e-6


def test_absurd_requests_stay_in_the_gamut(random):
    y = random(1, 1, 64, 64)
    for size in (300.0, 1e4, 1e8):
        shown = _shown(y, *chroma_for_luma(y, (random(1, 2, 64, 64) - 0.5) * size, matrix="bt601"), "bt601")
        assert bool(torch.isfinite(shown).all())
        assert float(shown.min()) > -1e-5 and float(shown.max()) < 1 + 1e-5


def test_what_is_no_number_breaks_nothing_else(random):
    y, ab = random(1, 1, 8, 8), 20 * random(1, 2, 8, 8)
    clean = torch.cat(chroma_for_luma(y, ab, matrix="bt709"))
    ab[0, 0, 3, 3] = math.nan
    marred = torch.cat(chroma_for_luma(y, ab, matrix="bt709"))
    others = torch.ones(8, 8, dtype=torch.bool)
    others[3, 3] = False
    assert torch.allclose(marred[:, 0, others], clean[:, 0, others], atol=1e-4)


def test_pictures_of_a_batch_and_chunks_of_a_picture_do_not_mix(random):
    y, ab = random(3, 1, 190, 190), 60 * random(3, 2, 190, 190) - 30
    together = torch.cat(chroma_for_luma(y, ab, matrix="bt709"), dim=1)
    for n in range(3):
        alone = torch.cat(chroma_for_luma(y[n : n + 1], ab[n : n + 1], matrix="bt709"), dim=1)
        assert torch.allclose(together[n : n + 1], alone, atol=1e-6)
    row = torch.cat(chroma_for_luma(y[:, :, 180:], ab[:, :, 180:], matrix="bt709"), dim=1)
    assert torch.allclose(together[:, :, 180:], row, atol=HALF_A_12_BIT_CODE)


def test_strided_inputs_are_read_as_they_lie(random):
    y, ab = random(1, 40, 30, 1).permute(0, 3, 1, 2), 40 * random(1, 40, 30, 2).permute(0, 3, 1, 2)
    strided = torch.cat(chroma_for_luma(y, ab, matrix="bt709"))
    plain = torch.cat(chroma_for_luma(y.contiguous(), ab.contiguous(), matrix="bt709"))
    assert torch.equal(strided, plain)


def test_requests_are_not_changed_in_place(random):
    y, ab = random(1, 1, 16, 16) * 1.4 - 0.2, 200 * random(1, 2, 16, 16) - 100
    before = y.clone(), ab.clone()
    chroma_for_luma(y, ab, matrix="bt709")
    limit_to_gamut(y, ab / 200, matrix="bt709")
    assert torch.equal(y, before[0]) and torch.equal(ab, before[1])


@pytest.mark.parametrize("shape", [(1, 2, 4, 5), (2, 2, 4, 4), (1, 3, 4, 4)])
def test_sizes_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="expected luma"):
        chroma_for_luma(torch.zeros(1, 1, 4, 4), torch.zeros(shape), matrix="bt709")


def test_an_unknown_matrix_is_refused():
    with pytest.raises(ValueError, match="rgb"):
        chroma_for_luma(torch.zeros(1, 1, 4, 4), torch.zeros(1, 2, 4, 4), matrix="rgb")


def test_limiting_takes_the_largest_factor_and_no_more(random):
    y, chroma = random(1, 1, 100, 100), random(1, 2, 100, 100) - 0.5
    limited = limit_to_gamut(y, chroma, matrix="bt709")
    shown = _shown(y, limited[:, :1], limited[:, 1:], "bt709")
    assert float(shown.min()) > -1e-6 and float(shown.max()) < 1 + 1e-6
    # Cb and Cr by one factor, and where it is less than 1 a channel has come to its end.
    factor = (limited / chroma)[0]
    assert np.allclose(factor[0], factor[1], rtol=1e-4)
    cut = factor[0] < 0.999
    assert bool(cut.any()) and not bool(cut.all())
    assert float(torch.minimum(shown.amin(1), 1 - shown.amax(1))[0][cut].max()) < 1e-5
    assert torch.allclose(limited[0][:, ~cut], chroma[0][:, ~cut], atol=1e-3)
