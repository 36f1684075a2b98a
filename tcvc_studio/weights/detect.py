"""What a file of weights holds, told by the names and shapes in its state dict."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from tcvc_studio.errors import StudioError

State = dict[str, Tensor]

#: Before the backbone's names in a whole TCVC checkpoint.
_BACKBONE_PREFIX = "fea_key."
_FUSION_PREFIXES = ("L_fea_extractor.", "channel_reduction.", "weigting.", "feature_refine.", "nearness", "plain.")


@dataclass(frozen=True, slots=True)
class Contents:
    """The networks in one file; each is None where the file has none of it.

    architecture: of the backbone ("compact", "idc", "cic"). flow_architecture: "raft-small" or "raft-large".
    A whole TCVC checkpoint has a backbone and a fusion; the flow network it was trained with is left out.
    """

    architecture: str | None = None
    backbone: State | None = None
    fusion: State | None = None
    flow_architecture: str | None = None
    flow: State | None = None

    @property
    def kind(self) -> str:
        """The catalogue's word for such a file."""
        if self.backbone is not None and self.fusion is not None:
            return "tcvc"
        return self.architecture or self.flow_architecture or "fusion"


def detect(state: Mapping[str, Tensor], source: Path) -> Contents:
    """Sort a state dict into networks. Raises StudioError where no known network is in it."""
    fusion = {name: value for name, value in state.items() if name.startswith(_FUSION_PREFIXES)}
    prefixed = {
        name.removeprefix(_BACKBONE_PREFIX): value for name, value in state.items() if name.startswith(_BACKBONE_PREFIX)
    }
    if fusion:
        architecture = _backbone(prefixed)
        if prefixed and architecture is None:
            raise StudioError(f"{source} is a TCVC checkpoint on a backbone not known here; known are IDC and CIC.")
        return Contents(architecture=architecture, backbone=prefixed or None, fusion=fusion)
    if architecture := _backbone(state):
        return Contents(architecture=architecture, backbone=dict(state))
    if architecture := _raft(state):
        return Contents(flow_architecture=architecture, flow=dict(state))
    first = ", ".join(list(state)[:3])
    raise StudioError(
        f"{source} holds no network known here (its first names are {first}); give weights of the compact backbone, "
        f"IDC, CIC, TCVC or RAFT."
    )


def _backbone(state: Mapping[str, Tensor]) -> str | None:
    if "encoder.features.0.0.weight" in state and "stages.0.lateral.weight" in state:
        return "compact"
    if "model10.1.weight" in state and "model1.0.weight" in state:
        return "idc"
    if "model8.6.weight" in state and "model1.0.weight" in state:
        return "cic"
    return None


def _raft(state: Mapping[str, Tensor]) -> str | None:
    """The authors' names or torchvision's; the small one has a feature encoder of 128 channels, the large one 256."""
    for name in ("fnet.conv2.weight", "feature_encoder.conv.weight"):
        if name in state:
            return {128: "raft-small", 256: "raft-large"}.get(state[name].shape[0])
    return None
