"""Weights drawn from their own names, so that any implementation with the published names can fill itself alike."""

import zlib

import numpy as np
import torch
from torch import nn


def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The parameter or buffer of this published name: float32, or an integer 0 for num_batches_tracked."""
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(("parity-a" + name).encode())))
    if name.endswith("running_var"):
        values = rng.uniform(0.5, 1.5, shape)
    elif name.endswith("running_mean"):
        values = 0.1 * rng.standard_normal(shape)
    elif name.endswith(".bias"):
        values = 0.02 * rng.standard_normal(shape)
    elif len(shape) == 1:
        values = rng.uniform(0.8, 1.2, shape)
    else:
        values = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    return values.astype(np.float32)


def drawn_state(module: nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
    """A whole state dict for the module, each name drawn with the prefix before it."""
    state = module.state_dict()
    return {name: torch.from_numpy(np.array(draw(prefix + name, tuple(old.shape)))) for name, old in state.items()}


def fill(module: nn.Module, prefix: str = "") -> nn.Module:
    """Load the drawn weights into the module; returns it in evaluation mode."""
    module.load_state_dict(drawn_state(module, prefix))
    return module.eval()
