"""RAFT's parameters under the names the authors and torchvision gave them."""

import re
from collections.abc import Mapping

from torch import Tensor

#: What torchvision calls a part (a pattern), and what the authors call it; applied in this order.
_FROM_TORCHVISION = (
    (r"^feature_encoder\.", "fnet."),
    (r"^context_encoder\.", "cnet."),
    (r"^(fnet|cnet)\.convnormrelu\.0\.", r"\1.conv1."),
    (r"^(fnet|cnet)\.convnormrelu\.1\.", r"\1.norm1."),
    (r"^(fnet|cnet)\.conv\.", r"\1.conv2."),
    (r"(layer\d\.\d)\.convnormrelu(\d)\.0\.", r"\1.conv\2."),
    (r"(layer\d\.\d)\.convnormrelu(\d)\.1\.", r"\1.norm\2."),
    (r"^update_block\.motion_encoder\.convcorr(\d)\.0\.", r"update_block.encoder.convc\1."),
    (r"^update_block\.motion_encoder\.convflow(\d)\.0\.", r"update_block.encoder.convf\1."),
    (r"^update_block\.motion_encoder\.conv\.0\.", "update_block.encoder.conv."),
    (r"^update_block\.recurrent_block\.convgru(\d)\.conv([zrq])\.", r"update_block.gru.conv\2\1."),
    (r"^mask_predictor\.convrelu\.0\.", "update_block.mask.0."),
    (r"^mask_predictor\.conv\.", "update_block.mask.2."),
)

#: The same for the small network alone: its GRU has one pass, which the authors do not number.
_FROM_TORCHVISION_SMALL = (
    (r"^update_block\.recurrent_block\.convgru1\.conv([zrq])\.", r"update_block.gru.conv\1."),
)

#: The large network's norm of the shortcut, which the authors' state dicts hold a second time as downsample.1.
_TWIN = re.compile(r"^cnet\.layer\d\.0\.norm3\.")


def authors_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict of either origin under the authors' names, without the "module." of their training wrapper."""
    large = any(".convgru2." in name for name in state)
    table = _FROM_TORCHVISION if large else _FROM_TORCHVISION_SMALL + _FROM_TORCHVISION
    renamed = {}
    for original, value in state.items():
        name = original.removeprefix("module.")
        for pattern, replacement in table:
            name = re.sub(pattern, replacement, name)
        if not _TWIN.match(name):
            renamed[name] = value
    return renamed
