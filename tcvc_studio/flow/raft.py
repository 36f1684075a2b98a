"""RAFT, small and large (Teed and Deng, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", ECCV 2020)."""

import copy
import hashlib
from collections.abc import Mapping
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional

from tcvc_studio.errors import StudioError
from tcvc_studio.flow.raft_names import authors_names
from tcvc_studio.flow.raft_parts import (
    Encoder,
    LargeUpdate,
    SmallUpdate,
    correlations,
    pairs_at_once,
    pixel_grid,
    upsampled,
)

#: Working pixels a feature sample covers, each way.
STRIDE = 8
#: The coarsest of the four correlation levels needs one sample: 8 features of 8 pixels.
_SMALLEST = 64


class Raft(nn.Module):
    """RAFT with the authors' parameter names.

    large: 5.3 M parameters, residual encoders, separable GRU, learned upsampling; otherwise small: 1.0 M parameters,
    bottleneck encoders, one GRU, bilinear upsampling.
    """

    def __init__(self, *, large: bool = False) -> None:
        super().__init__()
        self.large = large
        self.hidden, self.context, self.radius = (128, 128, 4) if large else (96, 64, 3)
        self.fnet = Encoder(256 if large else 128, large=large, norm="instance")
        self.cnet = Encoder(self.hidden + self.context, large=large, norm="batch" if large else "none")
        self.update_block = LargeUpdate() if large else SmallUpdate()

    def forward(
        self, first: Tensor, second: Tensor, *, start: Tensor | None = None, iterations: int = 12, half: bool = False
    ) -> Tensor:
        """Flow from first to second.

        first, second: R'G'B' [n, 3, h, w] in 0..255, h and w multiples of 8 and at least 64.
        start: flow [n, 2, h, w] in pixels that the first step corrects; nothing moves where it is None.
        half: convolutions in float16 (CUDA); correlations and coordinates stay in float32, as in the authors' mixed
            precision.
        Returns float32 [n, 2, h, w] in pixels, x first.
        """
        low = torch.autocast(first.device.type, dtype=torch.float16) if half else nullcontext()
        with low:
            features = self.fnet(torch.cat((first, second)) * (2 / 255) - 1).float()
            hidden, context = self.cnet(first * (2 / 255) - 1).split((self.hidden, self.context), dim=1)
            hidden, context = hidden.tanh(), context.relu()
        look_up = correlations(*features.chunk(2), radius=self.radius)
        here = pixel_grid(features.shape[-2:], device=first.device)
        if start is None:
            flow = torch.zeros(first.shape[0], 2, *features.shape[-2:], device=first.device)
        else:
            flow = functional.avg_pool2d(start.float(), STRIDE) / STRIDE
        for _ in range(iterations):
            # Each step is trained to correct the one before, not to look through it (section 3.3).
            flow = flow.detach()
            correlation = look_up(here + flow)
            with low:
                hidden, change = self.update_block(hidden, context, correlation, flow)
            flow = flow + change.float()
        with low:
            mask = self.update_block.mask(hidden) * 0.25 if self.large else None
        return upsampled(flow, None if mask is None else mask.float(), STRIDE)


def raft_from_state_dict(state: Mapping[str, Tensor]) -> Raft:
    """A Raft on the CPU, in evaluation mode, with the weights of a state dict.

    state: under the authors' names (with or without "module." before them) or torchvision's (raft_small, raft_large).
    Raises StudioError where names or shapes are not RAFT's.
    """
    state = authors_names(state)
    model = Raft(large="update_block.gru.convz1.weight" in state)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise StudioError("These weights are not RAFT's: choose a file of RAFT small or large.") from error
    return model.eval()


class RaftFlow:
    """RAFT as a Flow: gray goes in as three equal channels."""

    def __init__(self, model: Raft, *, iterations: int = 12, half: bool = False) -> None:
        """model: the flow is computed where it lies. half: float16 where it is safe; only on CUDA.

        Raises ValueError for less than one iteration.
        """
        if iterations < 1:
            raise ValueError("RAFT needs at least one iteration")
        self._model = model
        self._device = next(model.parameters()).device
        self._iterations = iterations
        self._half = half and self._device.type == "cuda"
        name = "raft-large" if model.large else "raft-small"
        self.key = f"{name}-{iterations}{'-half' if self._half else ''}-{_digest(model)}"

    def on_cpu(self) -> "RaftFlow":
        """The same flow, computed by the CPU in float32; it keeps its key."""
        moved = RaftFlow(copy.deepcopy(self._model).cpu(), iterations=self._iterations)
        moved.key = self.key
        return moved

    @torch.inference_mode()
    def __call__(self, current: Tensor, neighbour: Tensor, start: Tensor | None = None) -> Tensor:
        """See `Flow`."""
        batch = pairs_at_once(current.shape[-2] // STRIDE, current.shape[-1] // STRIDE)
        flows = []
        for i in range(0, current.shape[0], batch):
            some = slice(i, i + batch)
            flows.append(self._flow(current[some], neighbour[some], None if start is None else start[some]))
        return torch.cat(flows).to(current.device) if flows else current.new_zeros(0, 2, *current.shape[-2:])

    def _flow(self, current: Tensor, neighbour: Tensor, start: Tensor | None) -> Tensor:
        height, width = current.shape[-2:]
        left, right = _padding(width)
        top, bottom = _padding(height)

        def padded(x: Tensor) -> Tensor:
            return functional.pad(x.to(self._device), (left, right, top, bottom), mode="replicate")

        pair = (padded(l * 2.55).expand(-1, 3, -1, -1) for l in (current, neighbour))  # noqa: E741
        start = None if start is None else padded(start)
        flow = self._model(*pair, start=start, iterations=self._iterations, half=self._half)
        return flow[..., top : top + height, left : left + width].contiguous()


def _padding(length: int) -> tuple[int, int]:
    missing = max(-(-length // STRIDE) * STRIDE, _SMALLEST) - length
    return missing // 2, missing - missing // 2


def _digest(model: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
