"""Networks with their weights in them, ready on a device."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from tcvc_studio.errors import StudioError
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.flow.raft import RaftFlow, raft_from_state_dict
from tcvc_studio.networks.cic import Cic
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.idc import Idc
from tcvc_studio.networks.many_views import ManyViews
from tcvc_studio.networks.plain_fusion import PlainFusion
from tcvc_studio.networks.protocol import Backbone, Fusion
from tcvc_studio.networks.view import PLAIN
from tcvc_studio.weights.choose import Part, choose
from tcvc_studio.weights.detect import Contents, detect
from tcvc_studio.weights.load import load_state
from tcvc_studio.weights.store import Store

#: How many names an error lists.
_NAMED = 3
#: The flow that is no network.
_WEIGHTLESS = "dis"


@dataclass(frozen=True, slots=True)
class Network:
    """A backbone and the fusion that belongs to it, in evaluation mode, without gradients.

    architecture: "compact", "idc" or "cic". fusion: None where no trained one is at hand.
    key: changes with anything in the weights and with the ways of looking.
    half_safe: whether both bear float16 and bfloat16.
    notes: sentences for the user, on what was chosen and why.
    """

    architecture: str
    backbone: Backbone
    fusion: Fusion | None
    key: str
    half_safe: bool
    notes: tuple[str, ...] = ()


def build_network(
    name: str,
    *,
    weights: Path | None = None,
    store: Store | None = None,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Network:
    """The backbone of this name ("compact", "idc", "cic") and its fusion.

    weights: a file that replaces the catalogue's; what is in it decides: a backbone (with the catalogue's fusion only
        if it is the very one that the fusion was trained on), a fusion for the backbone of this name, or both, as in
        the TCVC authors' checkpoint.
    Raises StudioError where weights are absent, damaged, not what the catalogue says, or do not fit.
    """
    choice = choose(name, weights, store or Store())
    backbone = _backbone(choice.architecture, choice.backbone)
    fusion = _fusion(choice.fusion, backbone) if choice.fusion else None
    parts = [part for part in (choice.backbone, choice.fusion) if part]
    facts = [choice.architecture, *(part.digest for part in parts)]
    if choice.views != PLAIN:
        backbone = ManyViews(backbone, choice.views)
        facts += [f"{view.scale} {view.mirrored}" for view in choice.views]
    return Network(
        architecture=choice.architecture,
        backbone=_ready(backbone, device, dtype),
        fusion=_ready(fusion, device, dtype) if fusion else None,
        key=hashlib.sha256(" ".join(facts).encode()).hexdigest(),
        half_safe=backbone.half_safe and all(part.half_safe for part in parts),
        notes=choice.notes,
    )


def build_backbone(
    name: str,
    *,
    weights: Path | None = None,
    store: Store | None = None,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Backbone:
    """The backbone of `build_network`, the same arguments."""
    return build_network(name, weights=weights, store=store, device=device, dtype=dtype).backbone


def build_fusion(
    backbone_name: str,
    *,
    weights: Path | None = None,
    store: Store | None = None,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Fusion | None:
    """The fusion of `build_network`, the same arguments; None where the backbone has no trained one at hand."""
    return build_network(backbone_name, weights=weights, store=store, device=device, dtype=dtype).fusion


def build_flow(
    name: str,
    *,
    store: Store | None = None,
    device: torch.device | str = "cpu",
    iterations: int = 12,
    half: bool = False,
) -> Flow:
    """The flow of this name: "dis", which needs no weights and no GPU, or "raft-small" or "raft-large".

    iterations, half (float16 on CUDA): of RAFT. Raises StudioError where its weights are absent or damaged.
    """
    if name == _WEIGHTLESS:
        # OpenCV takes a while to import.
        from tcvc_studio.flow.dis import DisFlow

        return DisFlow()
    store = store or Store()
    flows = store.catalogue.of_role("flow")
    if name not in (entry.name for entry in flows):
        names = ", ".join((_WEIGHTLESS, *(entry.name for entry in flows)))
        raise StudioError(f"There is no flow called {name}; choose one of {names}.")
    path, _ = store.locate(name)
    contents = detect(load_state(path), path)
    if contents.flow is None or contents.flow_architecture != store.catalogue[name].architecture:
        raise StudioError(f"{path} holds {contents.kind}, not {name}; delete it and get it again.")
    return RaftFlow(raft_from_state_dict(contents.flow).to(device), iterations=iterations, half=half)


def fits(contents: Contents, path: Path) -> None:
    """Raises StudioError where a network found in a file does not fit its architecture name by name."""
    if contents.backbone is not None and contents.architecture is not None:
        backbone = _backbone(contents.architecture, Part(contents.backbone, path, "", False))
        if contents.fusion is not None:
            _fusion(Part(contents.fusion, path, "", False), backbone)
    if contents.flow is not None:
        raft_from_state_dict(contents.flow)


def _backbone(architecture: str, part: Part) -> nn.Module:
    if architecture == "compact":
        laterals = [part.state.get(f"stages.{i}.lateral.weight") for i in range(5)]
        widths = tuple(0 if w is None else w.shape[0] for w in laterals)
        module = CompactBackbone(widths=widths) if all(widths) else CompactBackbone()
    else:
        module = {"idc": Idc, "cic": Cic}[architecture]()
    return _filled(module, part, f"the {architecture} backbone")


def _fusion(part: Part, backbone: Backbone) -> Fusion:
    """A fusion of the kind and the sizes that the weights have, for the backbone's features."""
    module = _plain_fusion(part, backbone) if "plain.conv1.weight" in part.state else _feature_fusion(part, backbone)
    return _filled(module, part, "the fusion")


def _plain_fusion(part: Part, backbone: Backbone) -> PlainFusion:
    first, second = _shapes(part, "plain.conv1.weight", "plain.conv2.weight")
    directions = 2 if first[1] == 2 * backbone.channels else 1
    _check_channels(part, first[1] // directions, backbone)
    return PlainFusion(
        backbone.channels, directions=directions, hidden=(first[0], second[0]), stride=backbone.stride
    )


def _feature_fusion(part: Part, backbone: Backbone) -> FeatureFusion:
    lightness, reduction, w1, w2, r1, r2 = _shapes(
        part,
        "L_fea_extractor.0.weight", "channel_reduction.conv1.weight", "weigting.conv1.weight", "weigting.conv2.weight",
        "feature_refine.conv1.weight", "feature_refine.conv2.weight",
    )  # fmt: skip
    _check_channels(part, reduction[1], backbone)
    return FeatureFusion(
        backbone.channels,
        lightness_channels=lightness[0],
        weight_hidden=(w1[0], w2[0]),
        refine_hidden=(r1[0], r2[0]),
        reduced=reduction[0],
        stride=backbone.stride,
        nearness="nearness" in part.state,
    )


def _shapes(part: Part, *names: str) -> list[torch.Size]:
    if missing := [name for name in names if name not in part.state]:
        raise _unfit(part.path, "the fusion", f"{_some(missing)} missing")
    return [part.state[name].shape for name in names]


def _check_channels(part: Part, channels: int, backbone: Backbone) -> None:
    if channels != backbone.channels:
        raise StudioError(
            f"The fusion in {part.path} takes features of {channels} channels, the backbone makes "
            f"{backbone.channels}; use it with the backbone it was trained on."
        )


def _filled(module: nn.Module, part: Part, what: str) -> nn.Module:
    """The module with the state in it, every name and shape accounted for."""
    expected = module.state_dict()
    # Checkpoints older than that counter lack it; it has no part in inference.
    counters = {name for name in expected if name.endswith("num_batches_tracked")}
    missing = [name for name in expected if name not in part.state and name not in counters]
    surplus = [name for name in part.state if name not in expected]
    misshapen = [n for n, old in expected.items() if n in part.state and part.state[n].shape != old.shape]
    for names, trouble in ((missing, "missing"), (surplus, "too many"), (misshapen, "of another shape")):
        if names:
            raise _unfit(part.path, what, f"{_some(names)} {trouble}")
    module.load_state_dict(part.state, strict=False)
    return module


def _ready(module: nn.Module, device: torch.device | str, dtype: torch.dtype) -> nn.Module:
    return module.eval().requires_grad_(False).to(device=device, dtype=dtype)


def _unfit(path: Path, what: str, trouble: str) -> StudioError:
    return StudioError(f"The weights in {path} do not fit {what}: {trouble}; give those of the published network.")


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    text = ", ".join(names[:_NAMED])
    return f"{text} and {more} more are" if more > 0 else f"{text} {'is' if len(names) == 1 else 'are'}"
