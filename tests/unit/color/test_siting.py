"""Chroma lies where the format's siting puts it."""

from itertools import product

import pytest
import torch

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.siting import expand_chroma, reduce_chroma

FORMATS = [
    PlaneFormat(subsampling=subsampling, siting=siting)
    for subsampling, siting in product([(1, 1), (2, 1), (2, 2), (4, 1), (1, 2)], ["left", "center", "topleft"])
]


def _positions(fmt: PlaneFormat, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the chroma samples lie, in luma samples: (x of the columns, y of the rows)."""
    h, v = fmt.subsampling
    rows, columns = fmt.chroma_size(height, width)
    x = torch.arange(columns) * h + (0 if fmt.siting in ("left", "topleft") else (h - 1) / 2)
    y = torch.arange(rows) * v + (0 if fmt.siting == "topleft" else (v - 1) / 2)
    return x, y


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@pytest.mark.parametrize(("height", "width"), [(64, 80), (61, 83)])
def test_a_ramp_is_sampled_at_the_siting(fmt, height, width):
    ramp = 0.003 * torch.arange(width)[None, :] - 0.002 * torch.arange(height)[:, None]
    reduced = reduce_chroma(ramp[None, None], fmt)[0, 0]
    assert reduced.shape == fmt.chroma_size(height, width)
    x, y = _positions(fmt, height, width)
    expected = 0.003 * x[None, :] - 0.002 * y[:, None]
    # At the borders a ramp cannot be told from a curve.
    inner = (slice(4, -4), slice(4, -4))
    assert torch.allclose(reduced[inner], expected[inner], atol=1e-6)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@pytest.mark.parametrize(("height", "width"), [(64, 80), (61, 83)])
def test_a_ramp_comes_back_where_it_was(fmt, height, width):
    ramp = 0.003 * torch.arange(width)[None, :] - 0.002 * torch.arange(height)[:, None]
    back = expand_chroma(reduce_chroma(ramp[None, None], fmt), fmt, height, width)[0, 0]
    assert back.shape == (height, width)
    inner = (slice(16, -16), slice(16, -16))
    assert torch.allclose(back[inner], ramp[inner], atol=1e-6)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (5, 7), (16, 16)])
def test_a_flat_color_stays_as_it_is_at_any_size(fmt, size):
    flat = torch.full((2, 2, *size), 0.25)
    reduced = reduce_chroma(flat, fmt)
    assert reduced.shape == (2, 2, *fmt.chroma_size(*size))
    assert torch.allclose(reduced, torch.full_like(reduced, 0.25), atol=1e-7)
    assert torch.allclose(expand_chroma(reduced, fmt, *size), flat, atol=1e-7)


@pytest.mark.parametrize("siting", ["left", "center", "topleft"])
def test_the_finest_stripes_do_not_turn_into_color(siting):
    stripes = torch.tensor([0.2, -0.2]).repeat(64).expand(1, 1, 64, 128)
    reduced = reduce_chroma(stripes, PlaneFormat(subsampling=(2, 1), siting=siting))
    assert float(reduced[..., 3:-3].abs().max()) < 1e-6


def test_full_resolution_passes_through(random):
    chroma = random(1, 2, 9, 9)
    assert torch.equal(reduce_chroma(chroma, PlaneFormat(subsampling=(1, 1))), chroma)


def test_other_subsamplings_are_refused():
    with pytest.raises(ValueError, match="subsampled by 3"):
        reduce_chroma(torch.zeros(1, 2, 9, 9), PlaneFormat(subsampling=(3, 1)))


def test_chroma_of_another_size_is_refused():
    with pytest.raises(ValueError, match="9x9"):
        expand_chroma(torch.zeros(1, 2, 4, 4), PlaneFormat(), 9, 9)
