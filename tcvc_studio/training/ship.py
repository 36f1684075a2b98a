"""Trained networks as the files that the program ships."""

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from tcvc_studio.errors import StudioError


def ship(network: nn.Module, path: Path, *, facts: Mapping[str, str]) -> None:
    """Writes the weights as float16 safetensors with `facts` as metadata, whole or not at all.

    float16 keeps 11 bits of each weight: color changes by hundredths of a Lab unit, the file is half as long.
    Raises StudioError where it cannot be written.
    """
    state = {
        name: value.detach().cpu().to(torch.float16 if value.is_floating_point() else value.dtype).contiguous()
        for name, value in network.state_dict().items()
    }
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(save(state, metadata=dict(facts)))
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StudioError(f"The weights cannot be written to {path} ({error.strerror}); free some space.") from error
