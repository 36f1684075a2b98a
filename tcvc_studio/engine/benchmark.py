"""Frames a second and peak memory of each stage, of the whole, and of the ways not taken, in one run.

All figures are of this machine at this moment; what can be compared between machines are the ratios.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.color.compose import compose
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.working import working_lightness
from tcvc_studio.engine.blend import BlendOptions, blend
from tcvc_studio.engine.chroma_code import encode_chroma
from tcvc_studio.engine.learned import propagated_color
from tcvc_studio.engine.neighbours import anchor_features
from tcvc_studio.engine.published import color_interval_published
from tcvc_studio.engine.render import Models

_CODING = PlaneFormat()


@dataclass(frozen=True, slots=True)
class Stage:
    """One measured stage. seconds: for each frame of the film; peak: bytes above what was held before, None unknown."""

    name: str
    seconds: float
    peak: int | None

    @property
    def rate(self) -> float:
        """Frames a second."""
        return 1.0 / self.seconds


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our way beside two others, seconds a frame on the same interval: the ratios are theirs over ours."""

    ours: float
    backbone_on_every_frame: float
    published_way: float

    @property
    def ratios(self) -> tuple[float, float]:
        return self.backbone_on_every_frame / self.ours, self.published_way / self.ours


def drifting_frames(count: int, width: int, height: int) -> list[np.ndarray]:
    """A textured film whose picture drifts and turns: luma planes uint8 [height, width], 8 bit limited."""
    rng = np.random.default_rng(1)
    import cv2

    texture = cv2.GaussianBlur(rng.random((height + 200, width + 200), np.float32), (0, 0), 4)
    texture = cv2.normalize(texture, None, 16, 235, cv2.NORM_MINMAX)
    frames = []
    for i in range(count):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 0.2 * i, 1.0)
        turn[:, 2] -= (60 + 1.5 * i, 60 + 0.7 * i)
        frames.append(cv2.warpAffine(texture, turn, (width, height)).astype(np.uint8))
    return frames


@torch.inference_mode()
def measure(
    models: Models, *, size: tuple[int, int], film_size: tuple[int, int], internal: int, repeats: int = 3
) -> tuple[list[Stage], Comparison]:
    """Stages of one interval with `internal` internal frames, each the median of `repeats` runs after a first one.

    size: working (width, height). film_size: (width, height) of the planes. Seconds are divided by the frames that an
    interval adds to a film, internal + 1.
    """
    device, backbone, fusion = models.compute.device, models.backbone, models.fusion
    frames = drifting_frames(internal + 2, *film_size)
    l = torch.cat([working_lightness(frame, _CODING, size) for frame in frames])  # noqa: E741
    before, after = l[:-1], l[1:]
    both = models.flow(torch.cat((before, after)), torch.cat((after, before))).to(device)
    to_next, to_prev = both.chunk(2)
    l = l.to(device)  # noqa: E741
    added = internal + 1

    def encode(x: Tensor) -> Tensor:
        with models.compute.autocast():
            return backbone.encode(x)

    def decode(x: Tensor) -> Tensor:
        with models.compute.autocast():
            return backbone.decode(x).float()

    first, last = encode(l[:1]), encode(l[-1:])
    chroma = decode(first)

    middle = len(l) // 2
    looks = [middle + way * distance for distance in models.neighbours for way in (-1, 1)]
    beside = [l[i : i + 1] for i in looks if 0 <= i < len(l)]

    def anchor() -> Tensor:
        return decode(anchor_features(
            l[middle : middle + 1], beside, backbone=backbone, flow=models.flow, compute=models.compute
        ))  # fmt: skip

    def learned() -> Tensor:
        return propagated_color(
            l, first, last, to_next=to_next, to_prev=to_prev,
            flow=models.flow, backbone=backbone, fusion=fusion, compute=models.compute,
        )

    def blended() -> Tensor:
        return blend(l, chroma, chroma, to_next=to_next, to_prev=to_prev, flow=models.flow)

    def carried() -> Tensor:
        return blend(
            l, chroma, chroma, to_next=to_next, to_prev=to_prev, flow=models.flow, options=BlendOptions.fast()
        )

    def flows() -> None:
        models.flow(torch.cat((before, after)), torch.cat((after, before)))

    ab = chroma[0].cpu().numpy()
    works: list[tuple[str, Callable[[], object], float]] = [
        ("lightness at working size", lambda: working_lightness(frames[0], _CODING, size), 1),
        ("flow, both directions", flows, added),
        ("backbone on anchors", anchor, added),
        ("blend between automatic anchors", carried, added),
        ("blend between color anchors", blended, added),
        ("chroma to the cache", lambda: encode_chroma(ab), 1),
        (
            "chroma to the film's planes",
            lambda: compose(frames[0], chroma.cpu(), source=_CODING, target=PlaneFormat(depth=10, subsampling=(2, 1))),
            1,
        ),
    ]
    if fusion is not None:
        works.insert(3, ("propagation with learned fusion", learned, added))
    stages = [_stage(name, work, share, device, repeats) for name, work, share in works]

    every = _stage("backbone on every frame", lambda: decode(encode(l[:1])), 1, device, repeats).seconds
    ours = sum(s.seconds for s in stages if s.name in ("backbone on anchors", _carried(fusion)))
    if fusion is None:
        return stages, Comparison(ours, every, float("nan"))

    def published() -> None:
        with models.compute.autocast():
            color_interval_published(l, to_next=to_next, to_prev=to_prev, backbone=backbone, fusion=fusion)
        if fusion.anchored:
            carried()  # which our way includes

    return stages, Comparison(ours, every, _stage("published", published, added, device, repeats).seconds)


def _carried(fusion: object) -> str:
    return "propagation with learned fusion" if fusion is not None else "blend between automatic anchors"


def _stage(name: str, work: Callable[[], object], share: float, device: torch.device, repeats: int) -> Stage:
    with _peak(device) as peak:
        work()
        _wait(device)
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        _wait(device)
        times.append(time.perf_counter() - begun)
    return Stage(name, sorted(times)[len(times) // 2] / share, peak.bytes)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class _peak:
    """Measures the largest memory between entering and leaving, above what was held on entering."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.bytes: int | None = None

    def __enter__(self) -> "_peak":
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._before = torch.cuda.memory_allocated(self._device)
        else:
            reset_peak_resident()
            self._before = resident("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        if self._device.type == "cuda":
            self.bytes = torch.cuda.max_memory_allocated(self._device) - self._before
        elif self._before is not None:
            self.bytes = max(0, resident("VmHWM") - self._before)


def reset_peak_resident() -> None:
    """Let the system forget this process's largest resident size, where it can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def resident(field: str) -> int | None:
    """"VmRSS" (now) or "VmHWM" (peak since the last reset) of this process in bytes; None where it is not told."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), None)
