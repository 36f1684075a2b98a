"""Dense inverse search flow (Kroeger et al. 2016), OpenCV's, on the CPU."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor

Preset = Literal["ultrafast", "fast", "medium"]

_PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}


class DisFlow:
    """DIS as a Flow: the same result with any number of threads, pairs spread over them.

    preset: "ultrafast" and "fast" search down to quarter size, the first without variational refinement; "medium" to
        half size, at about four times the time of "fast". Only for flows from nothing: a start is searched around
        at full size.
    workers: threads; by default one for each core this process may use.
    """

    def __init__(self, preset: Preset = "medium", *, workers: int | None = None) -> None:
        """Raises ValueError for a preset that does not exist."""
        if preset not in _PRESETS:
            raise ValueError(f"no DIS preset {preset}; there are {', '.join(_PRESETS)}")
        self._preset = _PRESETS[preset]
        self._workers = workers or _cores()
        #: Pairs of frames, each there and back, that keep all threads busy: more at once gain nothing.
        self.at_once = -(-self._workers // 2)
        self.key = f"dis-{preset}-opencv-{cv2.__version__}"

    def __call__(self, current: Tensor, neighbour: Tensor, start: Tensor | None = None) -> Tensor:
        """See `Flow`. Tensors on any device; the work is done on the CPU. `start` competes at every scale, and the
        search goes down to full size."""
        first, second = _bytes(current), _bytes(neighbour)
        found = np.zeros((*first.shape, 2), dtype=np.float32)
        if start is not None:
            found[:] = start.permute(0, 2, 3, 1).cpu().numpy()
        workers = max(1, min(self._workers, len(first)))

        def some(offset: int) -> None:
            # One object a thread: it holds the pyramids of the pair at hand.
            method = cv2.DISOpticalFlow_create(self._preset) if start is None else _closer()
            for i in range(offset, len(first), workers):
                found[i] = method.calc(first[i], second[i], None if start is None else found[i])

        if workers == 1:
            some(0)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(some, range(workers)))
        return torch.from_numpy(found).permute(0, 3, 1, 2).contiguous().to(current.device)


def _closer() -> cv2.DISOpticalFlow:
    """A search around a start, for flows to distant frames: finer than any preset, at 1.2 times the time of "medium".

    Patches at full size find what is thin; variational refinement, a third of the time of "medium", gained nothing
    over them, and with a start a dozen steps reach what 25 do from nothing.
    """
    method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    method.setFinestScale(0)
    method.setPatchStride(4)
    method.setGradientDescentIterations(12)
    method.setVariationalRefinementIterations(0)
    return method


def _bytes(l: Tensor) -> np.ndarray:  # noqa: E741
    """CIE lightness [n, 1, h, w] as uint8 [n, h, w]: DIS takes nothing finer."""
    return (l[:, 0] * 2.55).round().clamp(0, 255).to(torch.uint8).cpu().numpy()


def _cores() -> int:
    # Not every system says which cores a process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
