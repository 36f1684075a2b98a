"""Planes at another size: the same numbers by every road."""

import numpy as np
import pytest
import torch
import torch.nn.functional as functional

from tcvc_studio.color import resize


@pytest.mark.parametrize("cubic", [True, False])
def test_enlarging_gives_the_numbers_of_torch(cubic, random):
    planes = random(2, 3, 17, 23)
    mode = "bicubic" if cubic else "bilinear"
    expected = functional.interpolate(planes, size=(50, 71), mode=mode, align_corners=False)
    assert torch.allclose(resize.enlarge(planes, 50, 71, cubic=cubic), expected, atol=1e-4)


@pytest.mark.parametrize("size", [(16, 24), (17, 23), (10, 31)])
def test_shrinking_is_the_mean_over_areas(size, random):
    planes = random(2, 2, 32, 48)
    rows, columns = (resize._area_weights(n, m).float() for n, m in zip((32, 48), size, strict=True))
    assert torch.allclose(rows.sum(1), torch.ones(size[0]))
    expected = torch.einsum("ih,nchw,jw->ncij", rows, planes, columns)
    assert torch.allclose(resize.shrink(planes, *size), expected, atol=1e-5)


def test_shrinking_by_whole_numbers_is_a_plain_mean(random):
    planes = random(1, 1, 8, 8)
    assert torch.allclose(resize.shrink(planes, 4, 4), functional.avg_pool2d(planes, 2), atol=1e-6)


def test_arrays_keep_their_type_and_channels():
    picture = np.full((40, 60, 3), 50000, np.uint16)
    smaller = resize.shrink_array(picture, 13, 17)
    assert smaller.dtype == np.uint16 and smaller.shape == (13, 17, 3)
    assert (smaller == 50000).all()
