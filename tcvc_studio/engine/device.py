"""Where the networks run and in which precision."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from tcvc_studio.errors import StudioError

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Compute:
    """A device and the precision of its convolutions (colors and flows stay float32)."""

    device: torch.device
    dtype: torch.dtype

    def autocast(self) -> AbstractContextManager:
        """Context in which convolutions take `dtype`; does nothing in float32."""
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)


def choose_device(name: str) -> torch.device:
    """name: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:1". Raises StudioError for one not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise StudioError(f"There is no device called {name}; choose auto, cpu, cuda or cuda:1.") from error
    if device.type == "cpu":
        return torch.device("cpu")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise StudioError("No CUDA GPU can be used here; choose --device cpu, or install a CUDA build of torch.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise StudioError(f"This machine has {torch.cuda.device_count()} CUDA GPU(s), counted from cuda:0; choose one.")
    if device.type != "cuda":
        raise StudioError(f"Device {name} was never tried; choose auto, cpu, cuda or cuda:1.")
    return device


def choose_compute(device: str, precision: str, *, half_safe: bool) -> Compute:
    """precision: "auto" is half on a GPU where the networks bear it (bf16, or fp16 on chips without), else float32."""
    chosen = choose_device(device)
    if precision != "auto":
        return Compute(chosen, _DTYPES[precision])
    if chosen.type == "cpu" or not half_safe:
        return Compute(chosen, torch.float32)
    return Compute(chosen, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16)
