"""What the networks cost: parameters, multiplications, frames a second."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tcvc_studio.engine.benchmark import measure
from tcvc_studio.engine.propagate import propagate
from tcvc_studio.engine.render import Models

#: Working (width, height), and that of a film whose short side it is: DAVIS, as in the paper.
SIZE = (448, 256)
_FILM_SIZE = (854, 480)


@dataclass(frozen=True, slots=True)
class Cost:
    """A backbone and its fusion at one working size.

    parameters: numbers learned. macs: multiplications with addition of one frame, by convolutions and matrix products;
    of the fusion for one of `internal_frames` internal frames, the flow left out. rates: frames a second of the stages
    of `engine.benchmark`, by name. drawn: whether weights were drawn at random, which speed does not mind.
    published_way: time of the published order of work over ours.
    """

    network: str
    size: tuple[int, int]
    parameters: int
    fusion_parameters: int
    macs: int
    fusion_macs: int
    internal_frames: int
    rates: dict[str, float]
    published_way: float
    drawn: bool


def network_cost(
    name: str, models: Models, *, drawn: bool, size: tuple[int, int] = SIZE, internal: int = 17, repeats: int = 3
) -> Cost:
    """Counts and measures. models: with a fusion. repeats: of each timing, the median of which is taken."""
    backbone, fusion = models.backbone, models.fusion
    stages, comparison = measure(models, size=size, film_size=_FILM_SIZE, internal=internal, repeats=repeats)
    return Cost(
        network=name,
        size=size,
        parameters=parameters(backbone),
        fusion_parameters=parameters(fusion),
        macs=backbone_macs(backbone, size),
        fusion_macs=fusion_macs(fusion, backbone, size, internal=internal),
        internal_frames=internal,
        rates={stage.name: stage.rate for stage in stages} | {"backbone": 1 / comparison.backbone_on_every_frame},
        published_way=comparison.ratios[1],
        drawn=drawn,
    )


def parameters(network: nn.Module) -> int:
    """Numbers learned, of everything in the module."""
    return sum(parameter.numel() for parameter in network.parameters())


def backbone_macs(backbone: nn.Module, size: tuple[int, int]) -> int:
    """Multiplications of one frame of (width, height), features and color mapping."""
    l = torch.zeros(1, 1, size[1], size[0], device=_device(backbone))  # noqa: E741
    return counted_macs(lambda: backbone.decode(backbone.encode(l)))


def fusion_macs(fusion: nn.Module, backbone: nn.Module, size: tuple[int, int], *, internal: int) -> int:
    """Multiplications of one of `internal` internal frames, without flow and color mapping."""
    width, height = size
    device = _device(fusion)
    features = torch.zeros(1, backbone.channels, height // backbone.stride, width // backbone.stride, device=device)
    flow = torch.zeros(internal + 1, 2, height, width, device=device)
    l = torch.zeros(internal + 2, 1, height, width, device=device)  # noqa: E741

    def interval() -> None:
        for _ in propagate(l, features, features, to_next=flow, to_prev=flow, fusion=fusion):
            pass

    return round(counted_macs(interval) / internal)


def counted_macs(work: Callable[[], object]) -> int:
    """Multiplications with addition in the convolutions and matrix products that work calls, in modules or not."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        work()
    # It counts a multiplication and its addition as two.
    return counter.get_total_flops() // 2


def processor() -> str:
    """As "2 cores of AMD EPYC 9R14", for the heading of a table."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{cores} core{'s' * (cores != 1)} of {name}"


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
