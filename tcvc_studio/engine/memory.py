"""What to do where the memory of a device does not suffice: fewer frames at once, and past that another device."""

import copy
import gc
from dataclasses import replace

import torch

from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.render import Models
from tcvc_studio.errors import StudioError
from tcvc_studio.flow.protocol import Flow


class OutOfMemory(StudioError):
    """The device cannot hold even one frame's work at this working size."""


def out_of_memory(models: Models, short_side: int) -> OutOfMemory:
    """The sentence for a device whose memory does not suffice."""
    if models.compute.device.type == "cpu":
        return OutOfMemory(
            f"There is not enough memory to color this film at a working size of {short_side}; choose a smaller one."
        )
    return OutOfMemory(
        f"The GPU does not have the memory to color this film at a working size of {short_side}; choose a smaller "
        "one, or let the CPU color it."
    )


def models_on_cpu(models: Models) -> Models | None:
    """The same models on the CPU in float32, under the same key; None where they are there already."""
    if models.compute.device.type == "cpu":
        return None
    return replace(
        models,
        backbone=copy.deepcopy(models.backbone).cpu(),
        fusion=copy.deepcopy(models.fusion).cpu() if models.fusion is not None else None,
        flow=_flow_on_cpu(models.flow),
        compute=Compute(torch.device("cpu"), torch.float32),
    )


def free_device_memory() -> None:
    """Hand back what the allocator of a GPU holds without need."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _flow_on_cpu(flow: Flow) -> Flow:
    on_cpu = getattr(flow, "on_cpu", None)
    return flow if on_cpu is None else on_cpu()
