"""Chroma follows the film's luma where luma knows, and nothing else."""

import cv2
import pytest
import torch

from tcvc_studio.color.chroma import limit_to_gamut
from tcvc_studio.color.resize import enlarge, shrink
from tcvc_studio.color.upsample import upsample_chroma
from tcvc_studio.color.ycbcr import rgb_to_ycbcr, ycbcr_to_rgb

SIZE, WORKING = (160, 240), (48, 72)


def _error(result: torch.Tensor, truth: torch.Tensor) -> float:
    return float((result - truth).square().mean())


def _two_colors(angle: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A straight edge between two flat colors: Y' and true Cb, Cr at full size."""
    y, x = torch.meshgrid(torch.arange(SIZE[0]) - 80.0, torch.arange(SIZE[1]) - 120.0, indexing="ij")
    side = (x * torch.cos(torch.tensor(angle)) + y * torch.sin(torch.tensor(angle))).clamp(-0.5, 0.5)[None, None] + 0.5
    return 0.25 + 0.4 * side, torch.cat((0.15 - 0.25 * side, -0.1 + 0.2 * side), dim=1)


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2])
def test_a_hard_edge_is_sharper_than_interpolation_makes_it(angle):
    luma, truth = _two_colors(angle)
    chroma, small = shrink(truth, *WORKING), shrink(luma, *WORKING)
    bilinear = _error(enlarge(chroma, *SIZE, cubic=False), truth)
    plain = _error(upsample_chroma(chroma, small, luma, edge_aware=False), truth)
    guided = _error(upsample_chroma(chroma, small, luma), truth)
    assert plain < bilinear
    assert guided < 0.2 * plain


def test_grain_does_not_color_a_flat_color(random):
    luma = 0.5 + 0.1 * (random(1, 1, *SIZE) - 0.5)
    chroma = torch.full((1, 2, *WORKING), 0.1)
    result = upsample_chroma(chroma, shrink(luma, *WORKING), luma)
    assert float((result - 0.1).abs().max()) < 1e-6


def test_grain_hardly_shows_in_a_gradient(random):
    ramp = torch.linspace(-0.1, 0.1, SIZE[1]).expand(1, 2, *SIZE).contiguous()
    luma = 0.5 + 0.15 * (random(1, 1, *SIZE) - 0.5)
    chroma, small = shrink(ramp, *WORKING), shrink(luma, *WORKING)
    plain = upsample_chroma(chroma, small, luma, edge_aware=False)
    guided = upsample_chroma(chroma, small, luma)
    # A tenth of an 8-bit code.
    assert float((guided - plain).square().mean().sqrt()) < 0.1 / 255


def test_luma_edges_without_color_edges_leave_no_trace():
    luma, _ = _two_colors(0.7)
    chroma = torch.full((1, 2, *WORKING), -0.2)
    assert torch.allclose(upsample_chroma(chroma, shrink(luma, *WORKING), luma), torch.tensor(-0.2), atol=1e-6)


@pytest.mark.parametrize(
    ("size", "working"), [((480, 854), (256, 448)), ((121, 161), (112, 160)), ((100, 100), (96, 96))]
)
def test_pixel_centres_keep_their_place(size, working):
    # The ramp's value at the centre of pixel i of n is (i + 1/2) / n.
    x = ((torch.arange(size[1]) + 0.5) / size[1]).expand(1, 1, *size)
    y = ((torch.arange(size[0]) + 0.5) / size[0])[:, None].expand(1, 1, *size)
    truth = torch.cat((x, y), dim=1) - 0.5
    small = torch.cat(
        (
            ((torch.arange(working[1]) + 0.5) / working[1]).expand(1, 1, *working),
            ((torch.arange(working[0]) + 0.5) / working[0])[:, None].expand(1, 1, *working),
        ),
        dim=1,
    ) - 0.5
    gray = torch.full((1, 1, *size), 0.5)
    result = upsample_chroma(small, torch.full((1, 1, *working), 0.5), gray)
    inner = (..., slice(6, -6), slice(6, -6))
    # Half a pixel to the side would be 6e-4 of the ramp everywhere; cubic interpolation ripples around it.
    assert float((result - truth)[inner].mean((2, 3)).abs().max()) < 2e-5
    assert torch.allclose(result[inner], truth[inner], atol=0.06 / min(working))
    smaller = shrink(truth, *working) - small
    assert float(smaller.mean((2, 3)).abs().max()) < 2e-5 and float(smaller.abs().max()) < 0.1 / min(working)


def test_pictures_of_a_batch_do_not_mix(random):
    chroma, small, luma = random(3, 2, 20, 30) - 0.5, random(3, 1, 20, 30), random(3, 1, 50, 70)
    together = upsample_chroma(chroma, small, luma)
    for n in range(3):
        piece = slice(n, n + 1)
        assert torch.allclose(together[piece], upsample_chroma(chroma[piece], small[piece], luma[piece]), atol=1e-6)


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        upsample_chroma(torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 9), torch.zeros(1, 1, 32, 32))


def test_photographs_gain_two_decibels_over_bilinear(shared):
    for film in ("camel", "soapbox"):
        picture = cv2.imread(str(shared / "data" / "davis" / film / "00000.jpg"))[..., ::-1].copy()
        ycbcr = rgb_to_ycbcr(torch.from_numpy(picture).permute(2, 0, 1)[None] / 255, "bt601")
        luma, chroma = ycbcr[:, :1].contiguous(), ycbcr[:, 1:].contiguous()
        small, little = shrink(luma, 256, 448), shrink(chroma, 256, 448)

        def psnr(result: torch.Tensor, luma=luma, truth=ycbcr) -> float:
            shown = ycbcr_to_rgb(torch.cat((luma, limit_to_gamut(luma, result, matrix="bt601")), dim=1), "bt601")
            return float(-10 * (shown - ycbcr_to_rgb(truth, "bt601")).square().mean().log10())

        bilinear = psnr(enlarge(little, 480, 854, cubic=False))
        assert psnr(upsample_chroma(little, small, luma)) > bilinear + 1.5
