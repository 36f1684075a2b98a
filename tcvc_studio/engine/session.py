"""What a run needs beside its job: models ready on a device, and the places where results are kept."""

from dataclasses import replace
from pathlib import Path

import platformdirs

from tcvc_studio.engine.cache import result_key
from tcvc_studio.engine.device import Compute, choose_compute
from tcvc_studio.engine.fingerprint import film_fingerprint as film_fingerprint
from tcvc_studio.engine.render import Models
from tcvc_studio.errors import StudioError
from tcvc_studio.networks.cic import Cic
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.idc import Idc
from tcvc_studio.project.settings import Settings
from tcvc_studio.weights.build import build_flow, build_network


def default_cache_folder() -> Path:
    """Where finished color is kept unless the user names another folder."""
    return Path(platformdirs.user_cache_dir("tcvc-studio", appauthor=False)) / "color"


#: Backbones whose fusion measures worse than the blend (docs/results.md); they have it only where it is asked for.
_BLENDED = frozenset({"compact"})

#: Distances in frames at which the automatic anchors of a backbone have neighbours they settle with, before and after
#: them; of backbones for which a few more looks are cheap beside the propagation. At most `plan.REACH`.
_NEIGHBOURS = {"compact": (3, 6)}


def load_models(settings: Settings, *, device: str = "auto", precision: str = "auto") -> tuple[Models, tuple[str, ...]]:
    """The networks and the flow that the settings name, and notes for the user on what was chosen.

    device, precision: as `choose_compute`. Raises StudioError where weights are absent or damaged, or the device is.
    """
    network = build_network(settings.backbone, weights=settings.weights)
    compute = choose_compute(device, precision, half_safe=network.half_safe)
    flow = build_flow(settings.flow, device=compute.device)
    notes = network.notes
    learned = network.fusion
    if settings.fusion == "auto" and settings.weights is None and settings.backbone in _BLENDED:
        learned = None
    if network.fusion is None and not settings.single_image and settings.fusion == "learned":
        notes += (f"There is no trained fusion for {settings.backbone}; color is blended between anchors instead.",)
    neighbours = _NEIGHBOURS.get(network.architecture, ())
    models = Models(
        backbone=network.backbone.to(compute.device),
        fusion=learned.to(compute.device) if learned is not None else None,
        flow=flow,
        compute=compute,
        key=result_key({
            "network": network.key, "flow": flow.key, "precision": str(compute.dtype), "neighbours": neighbours,
        }),
        neighbours=neighbours,
    )
    return models, notes


def models_for_speed(settings: Settings, *, device: str = "auto", precision: str = "auto") -> tuple[Models, bool]:
    """Models to measure speed with, and whether any of their weights were drawn at random.

    Speed does not depend on the weights' values, so networks whose weights are not on this computer, and fusions that
    nobody has trained, are measured all the same. Their colors mean nothing.
    """
    try:
        models, _ = load_models(replace(settings, fusion="learned"), device=device, precision=precision)
    except StudioError:
        models = _random_models(settings, device=device, precision=precision)
    else:
        if models.fusion is not None:
            return models, False
    backbone = models.backbone
    fusion = FeatureFusion(backbone.channels, stride=backbone.stride).eval().to(models.compute.device)
    return replace(models, fusion=fusion), True


def _random_models(settings: Settings, *, device: str, precision: str) -> Models:
    backbone = {"idc": Idc, "cic": Cic, "compact": CompactBackbone}[settings.backbone]().eval()
    compute = choose_compute(device, precision, half_safe=backbone.half_safe)
    flow = build_flow(settings.flow, device=compute.device)
    return Models(backbone.to(compute.device), None, flow, compute, key="random")


def describe_device(compute: Compute) -> str:
    """As "cpu, fp32" or "cuda:0 NVIDIA H200, bf16"."""
    import torch

    name = str(compute.device)
    if compute.device.type == "cuda":
        name += f" {torch.cuda.get_device_name(compute.device)}"
    short = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}
    return f"{name}, {short[compute.dtype]}"
