"""Fixtures of the color room."""

from collections.abc import Callable

import pytest
import torch


@pytest.fixture
def random() -> Callable[..., torch.Tensor]:
    """Uniform numbers in 0..1 of a given shape, the same in every run."""
    generator = torch.Generator().manual_seed(1906)
    return lambda *shape: torch.rand(*shape, generator=generator)
