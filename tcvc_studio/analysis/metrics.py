"""The measures of the paper's section 4: how near the color is to the truth, how vivid, and how steady in time.

A frame is 8-bit R'G'B', uint8 [height, width, 3]. CDC of a gray film is nearly 0: show it beside the colorfulness.
"""

from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np
import torch

from tcvc_studio.color.lab import rgb_to_lab

#: Time steps of equation 8.
CDC_STEPS = (1, 2, 4)


def psnr(rgb8_a: np.ndarray, rgb8_b: np.ndarray) -> float:
    """Peak signal to noise ratio of two frames over all three channels, dB; infinity where they are equal.

    Raises ValueError if they are no frames of one size.
    """
    _check_pair(rgb8_a, rgb8_b)
    # OpenCV sums the squares in double precision, without a copy of the frames.
    squares = cv2.norm(np.ascontiguousarray(rgb8_a), np.ascontiguousarray(rgb8_b), cv2.NORM_L2SQR)
    return float("inf") if squares == 0 else float(10 * np.log10(255.0**2 * rgb8_a.size / squares))


def l2_lab(rgb8_a: np.ndarray, rgb8_b: np.ndarray) -> float:
    """Mean over the pixels of the Euclidean distance in CIE Lab (Delta E 1976), Lab units.

    Raises ValueError if they are no frames of one size.
    """
    _check_pair(rgb8_a, rgb8_b)
    return float((_lab(rgb8_a) - _lab(rgb8_b)).square().sum(0).sqrt().mean(dtype=torch.float64))


def colorfulness(rgb8: np.ndarray) -> float:
    """Colorfulness M3 of Hasler and Suesstrunk 2003: 0 for gray, about 15 slightly, 45 quite, 80 highly colorful."""
    _check(rgb8)
    red, green, blue = (rgb8[..., c].astype(np.float32) for c in range(3))
    red_green = red - green
    yellow_blue = 0.5 * (red + green) - blue
    spread = np.hypot(red_green.std(dtype=np.float64), yellow_blue.std(dtype=np.float64))
    mean = np.hypot(red_green.mean(dtype=np.float64), yellow_blue.mean(dtype=np.float64))
    return float(spread + 0.3 * mean)


class CdcMeter:
    """Color distribution consistency index (equations 7 and 8) of a film, frame by frame in constant memory.

    Only histograms are kept, and of those the last four. Feed one shot, or a whole film: a cut then counts as change.
    """

    def __init__(self) -> None:
        self._recent: deque[np.ndarray] = deque(maxlen=max(CDC_STEPS))
        self._sums = dict.fromkeys(CDC_STEPS, 0.0)
        self._counts = dict.fromkeys(CDC_STEPS, 0)

    def add(self, rgb8: np.ndarray) -> None:
        """Take the next frame. Raises ValueError if it is none."""
        _check(rgb8)
        now = color_histograms(rgb8)
        for step in CDC_STEPS:
            if len(self._recent) >= step:
                self._sums[step] += jensen_shannon(self._recent[-step], now)
                self._counts[step] += 1
        self._recent.append(now)

    def cut(self) -> None:
        """A new shot begins: the next frame is not compared with those before."""
        self._recent.clear()

    def steps(self) -> dict[int, float]:
        """CDC_t (equation 7) for each time step that the frames so far reach."""
        return {step: self._sums[step] / self._counts[step] for step in CDC_STEPS if self._counts[step]}

    def value(self) -> float:
        """CDC (equation 8): the mean over the steps 1, 2 and 4. 0 is perfectly steady.

        A film of fewer than five frames counts the steps it has; a single frame, or none, is steady: 0.
        """
        reached = self.steps()
        return sum(reached.values()) / len(reached) if reached else 0.0


def cdc(frames: Iterable[np.ndarray]) -> float:
    """CDC (equations 7 and 8) of frames in order; see `CdcMeter`."""
    meter = CdcMeter()
    for frame in frames:
        meter.add(frame)
    return meter.value()


def occlusion_mask(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Where a pixel of a frame is seen in the next: bool [h, w], False at occlusions and motion boundaries.

    forward, backward: float32 [2, h, w], pixels, from the frame to the next one and from the next one back.
    Tests of Ruder, Dosovitskiy and Brox 2016 (section 3.3), which Lai et al. 2018 take for their warp error.
    """
    if forward.shape != backward.shape or forward.ndim != 3 or forward.shape[0] != 2:
        raise ValueError(f"flows of shape {forward.shape} and {backward.shape}, expected [2, h, w] twice")
    back = np.stack([_warp(channel, forward) for channel in backward])
    length = (forward**2).sum(0)
    mismatch = ((forward + back) ** 2).sum(0) > 0.01 * (length + (back**2).sum(0)) + 0.5
    slopes = sum(np.gradient(channel, axis=axis) ** 2 for channel in forward for axis in (0, 1))
    return ~(mismatch | (slopes > 0.01 * length + 0.002) | ~_inside(forward))


class WarpErrorMeter:
    """Warp error after Lai et al. 2018, pair by pair: the mean over the pairs of the mean squared difference of R'G'B'
    in 0..1 between a frame and the next one brought back to it.

    Flow and masks belong to the film, not to its color: take them from the true or the gray frames, and the same ones
    for every method. A pair with no pixel seen in both is left out.
    """

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._sum = 0.0
        self._pairs = 0

    def add(self, rgb8: np.ndarray, flow: np.ndarray | None = None, mask: np.ndarray | None = None) -> None:
        """Take the next frame.

        flow: float32 [2, h, w] in pixels, from the frame before to this one (channel 0 along x). mask: bool [h, w],
        True where the pixel is seen in both (`occlusion_mask`). Both None: this frame is not compared with the one
        before it. Raises ValueError where they do not fit the frames.
        """
        before, self._before = self._before, rgb8
        if before is None or flow is None or mask is None:
            _check(rgb8)
            return
        _check_pair(before, rgb8)
        if flow.shape[1:] != rgb8.shape[:2] or mask.shape != rgb8.shape[:2]:
            raise ValueError(f"flow {flow.shape} or mask {mask.shape} does not fit frames {rgb8.shape}")
        if mask.any():
            difference = _warp(rgb8.astype(np.float32), flow) - before.astype(np.float32)
            self._sum += float(np.square(difference[mask] / 255).mean(dtype=np.float64))
            self._pairs += 1

    def value(self) -> float:
        """The error so far; 0 where nothing could be compared."""
        return self._sum / self._pairs if self._pairs else 0.0


def warp_error(frames: Iterable[np.ndarray], flows: Iterable[np.ndarray], masks: Iterable[np.ndarray]) -> float:
    """Warp error of n frames in order; see `WarpErrorMeter`.

    flows, masks: n - 1 of each. Returns 0 for fewer than two frames. Raises ValueError where flows or masks are too few
    or of another size.
    """
    flows, masks = iter(flows), iter(masks)
    meter = WarpErrorMeter()
    for number, frame in enumerate(frames):
        if number == 0:
            meter.add(frame)
            continue
        flow, mask = next(flows, None), next(masks, None)
        if flow is None or mask is None:
            raise ValueError("fewer flows or masks than pairs of frames")
        meter.add(frame, flow, mask)
    return meter.value()


def _check(rgb8: np.ndarray) -> None:
    if rgb8.dtype != np.uint8 or rgb8.ndim != 3 or rgb8.shape[2] != 3 or rgb8.size == 0:
        raise ValueError(f"expected a frame, uint8 [height, width, 3], not {rgb8.dtype} {list(rgb8.shape)}")


def _check_pair(a: np.ndarray, b: np.ndarray) -> None:
    _check(a)
    _check(b)
    if a.shape != b.shape:
        raise ValueError(f"frames of different sizes: {list(a.shape)} and {list(b.shape)}")


def _lab(rgb8: np.ndarray) -> torch.Tensor:
    return rgb_to_lab(torch.from_numpy(np.ascontiguousarray(rgb8)).permute(2, 0, 1).float() / 255)


def color_histograms(rgb8: np.ndarray) -> np.ndarray:
    """Normalized 256-bin histograms of the three channels of a frame, float64 [3, 256] (equation 7)."""
    rgb8 = np.ascontiguousarray(rgb8)
    counts = [cv2.calcHist([rgb8], [c], None, [256], [0, 256]).ravel() for c in range(3)]
    return np.stack(counts).astype(np.float64) / (rgb8.shape[0] * rgb8.shape[1])


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """Jensen-Shannon divergence (natural logarithm) of two frames' histograms [3, 256], mean over the channels."""
    middle = 0.5 * (p + q)
    divergence = 0.0
    for side in (p, q):
        seen = side > 0
        divergence += 0.5 * float((side[seen] * np.log(side[seen] / middle[seen])).sum())
    return max(divergence, 0.0) / 3


def _warp(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """picture [h, w] or [h, w, c] sampled bilinearly at p + flow(p), borders clamped."""
    x, y = _targets(flow)
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _inside(flow: np.ndarray) -> np.ndarray:
    x, y = _targets(flow)
    return (x >= 0) & (x <= flow.shape[2] - 1) & (y >= 0) & (y <= flow.shape[1] - 1)


def _targets(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = flow.shape[1:]
    x = np.arange(width, dtype=np.float32)[None, :] + flow[0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[1]
    return x.astype(np.float32), y.astype(np.float32)
