"""What is measured of every frame, to find cuts: of small luma pictures, one pass, a bounded number of them kept.

Old films flicker, jump and carry dirt, so no difference of two neighbouring frames is enough. Four kinds of measures
are taken: PySceneDetect's (luma, edges and histogram of neighbours; hue and saturation do not exist here), what is left
after the motion from one frame to the next is taken out, the likeness of frames up to `REACH` apart (a flash or a torn
frame is unlike both its neighbours, but these are alike), and for dissolves how well a frame is a mixture of one before
and one after it.
"""

from array import array
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from tcvc_studio.color.formats import PlaneFormat

#: Longer side of the pictures compared, in pixels; half of it for likeness over longer stretches.
SIDE = 160
#: Frames before and after a cut that are compared across it.
REACH = 4
#: Half lengths of the dissolves looked for, in frames.
HALVES = (3, 6, 10, 15)

_SILENT = 1e-6
_LEAST = 40
_WORTH_A_LOOK = 0.3
#: Unlikeness that motion leaves between the ends and the middle: under this it explains all, this much above nothing.
_EXPLAINED, _UNEXPLAINED = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class Measures:
    """One value a frame, float32 [frames]; those of a pair of frames stand at the later one, 0 at the first.

    luma, edges, histogram: PySceneDetect's differences of neighbouring frames (0..255, 0..255, 0..2).
    motion: unlikeness of neighbours after the motion between them is taken out, 0 alike .. about 1.
    across: smallest unlikeness of any of the REACH frames before and any of the REACH frames from here on, 0..about 1.
    mixture: how surely a dissolve has its middle here, 0..1.
    mean, deviation: of the frame's luma in 8-bit codes above black, and its standard deviation.
    spread: 10th to 90th percentile of the luma, so coarse that grain and small print do not count.
    """

    luma: np.ndarray
    edges: np.ndarray
    histogram: np.ndarray
    motion: np.ndarray
    across: np.ndarray
    mixture: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    spread: np.ndarray


class Measurer:
    """Takes frames one after the other and keeps the last thirty-one of them, small."""

    def __init__(self) -> None:
        self._neighbours = _Neighbours()
        self._grid: tuple[np.ndarray, np.ndarray] | None = None
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        window = 2 * max(HALVES) + 1
        self._flats: deque[np.ndarray] = deque(maxlen=window)
        self._kept: deque[np.ndarray] = deque(maxlen=window)
        self._products: deque[np.ndarray] = deque(maxlen=window)
        # Four bytes a value: a long film has some hundred thousand frames.
        self._rows = array("f")
        self._across = array("f")
        self._mixture = array("f")

    def take(self, luma: np.ndarray, coding: PlaneFormat) -> None:
        """Measure the next frame. luma: Y plane as coded, uint8 or uint16 [height, width]; coding: of its values."""
        picture = reduced(luma, coding)
        small = cv2.resize(picture, _half(picture), interpolation=cv2.INTER_AREA).astype(np.float32)
        height, width = small.shape
        coarse = cv2.resize(small, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
        low, high = np.percentile(coarse, (10, 90))
        light = (float(small.mean()), float(small.std()), float(high - low))
        self._flats.append(_flattened(picture))
        moved = self._moved(self._flats[-1], self._flats[-2]) if len(self._flats) > 1 else 0.0
        self._rows.extend((*self._neighbours.compare(picture), moved, *light))
        self._compare_far(small)

    def measures(self) -> Measures:
        """All that was measured of the frames taken so far."""
        frames = len(self._across)
        table = np.array(self._rows, np.float32).reshape(frames, 7)
        across = np.array(self._across, np.float32)
        across[:1] = 0
        mixture = np.zeros(frames, np.float32)
        mixture[: len(self._mixture)] = self._mixture
        return Measures(*np.ascontiguousarray(table.T[:4]), across, mixture, *np.ascontiguousarray(table.T[4:]))

    def _moved(self, picture: np.ndarray, other: np.ndarray) -> float:
        """Unlikeness of a flattened picture to another that is carried to it along the motion between the two."""
        if self._grid is None:
            height, width = picture.shape
            x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
            self._grid = (x, y)
        motion = self._flow.calc(_shown(picture), _shown(other), None)
        x, y = self._grid
        carried = cv2.remap(
            other, x + motion[..., 0], y + motion[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return _unlike(picture.ravel() - picture.mean(), carried.ravel() - carried.mean(), 0.02)

    def _compare_far(self, small: np.ndarray) -> None:
        """Likeness to the frames kept: `across` for the cuts that are now REACH - 1 frames back, `mixture` likewise."""
        vector = (small - small.mean()).ravel()
        self._kept.append(vector)
        # products[i][k]: mean product of frame i with the frame k before it.
        self._products.append(np.array([float(vector @ other) for other in reversed(self._kept)]) / vector.size)
        place = len(self._across)
        self._across.append(2.0)
        newest = len(self._products) - 1
        for back in range(REACH):
            # The cut `back` frames ago: pairs of this newest frame with the REACH frames before that cut.
            if place - back < 1:
                break
            for lag in range(back + 1, back + REACH + 1):
                if newest - lag < 0:
                    break
                unlike = self._pair(newest, lag)
                self._across[place - back] = min(self._across[place - back], unlike)
        for half in HALVES:
            if newest - 2 * half >= 0:
                middle = place - half
                self._mixture.extend([0.0] * (middle + 1 - len(self._mixture)))
                self._mixture[middle] = max(self._mixture[middle], self._mixed(newest, half))

    def _pair(self, later: int, lag: int) -> float:
        """Unlikeness of the kept frame `later` and the one `lag` before it: 1 - 2 cov / (var + var), as in SSIM."""
        own, other = self._products[later], self._products[later - lag]
        # A constant of four squared codes: two empty pictures are alike.
        return 1 - (2 * own[lag] + 4) / (own[0] + other[0] + 4)

    def _mixed(self, newest: int, half: int) -> float:
        """How far the frame `half` back is a mixture of the ones half a dissolve before and after it, which are unlike.

        Least squares of the middle on both ends: both shares must be large and little may be left.
        """
        after, middle, before = (self._products[newest - lag] for lag in (0, half, 2 * half))
        aa, bb, cc = before[0] + 1, after[0] + 1, middle[0] + 1
        ab, bc, ac = after[2 * half], after[half], middle[half]
        determinant = aa * bb - ab * ab
        if min(aa, bb, cc) < 9 or determinant < _SILENT * aa * bb:
            return 0.0
        share_before, share_after = (ac * bb - bc * ab) / determinant, (bc * aa - ac * ab) / determinant
        explained = (share_before * ac + share_after * bc) / cc
        likeness = ab / np.sqrt(aa * bb)
        balance = min(share_before, share_after) / 0.3
        mixture = float(np.clip(explained, 0, 1) ** 2 * np.clip(balance, 0, 1) * np.clip(1 - likeness, 0, 1))
        if mixture < _WORTH_A_LOOK:
            # Too little for a dissolve even if it were one, and not looked into.
            return mixture / 2
        # Soft shapes that drift are nearly mixtures as well, but motion explains them.
        flats = [self._flats[newest - lag] for lag in (0, half, 2 * half)]
        unexplained = min(self._moved(flats[1], flats[0]), self._moved(flats[1], flats[2]))
        return mixture * float(np.clip((unexplained - _EXPLAINED) / _UNEXPLAINED, 0, 1))


class _Neighbours:
    """PySceneDetect's detectors, asked for what they measure rather than for what they decide."""

    def __init__(self) -> None:
        from scenedetect.detectors import ContentDetector, HistogramDetector

        self._stats = _Stats()
        self._detectors = (
            ContentDetector(weights=ContentDetector.Components(0.0, 0.0, 1.0, 1.0)),
            HistogramDetector(bins=64),
        )
        for detector in self._detectors:
            detector.stats_manager = self._stats
        (self._histogram_key,) = self._detectors[1].get_metrics()
        self._count = 0

    def compare(self, picture: np.ndarray) -> tuple[float, float, float]:
        """(luma, edges, histogram) differences of a uint8 picture [height, width] and the one before."""
        from scenedetect import FrameTimecode

        # The detectors count frames only; the film's own times, which may vary, are never theirs to handle.
        time = FrameTimecode(self._count, 25.0)
        self._count += 1
        self._stats.values.clear()
        colored = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        for detector in self._detectors:
            detector.process_frame(time, colored)
        values = self._stats.values
        if "delta_lum" not in values:
            return 0.0, 0.0, 0.0
        return values["delta_lum"], values["delta_edges"], 1 - values[self._histogram_key]


class _Stats:
    """Where the detectors put their measures: those of the newest frame only, so that memory stays bounded."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}

    def set_metrics(self, time: object, values: dict[str, float]) -> None:
        self.values.update(values)

    def metrics_exist(self, time: object, keys: object) -> bool:
        return False


def reduced(luma: np.ndarray, coding: PlaneFormat) -> np.ndarray:
    """A luma plane as 8-bit codes above black (0 black, 255 white); uint8 [h, w].

    The longer side is at most `SIDE`, neither less than 40: very small or narrow pictures are stretched.
    """
    # Means over whole blocks are many times faster than over parts of pixels: most of the way goes in whole blocks.
    block = max(1, max(luma.shape) // (2 * SIDE))
    if block > 1:
        rows, columns = luma.shape[0] // block, luma.shape[1] // block
        if rows and columns:
            luma = cv2.resize(luma[: rows * block, : columns * block], (columns, rows), interpolation=cv2.INTER_AREA)
    height, width = luma.shape
    scale = min(1.0, SIDE / max(height, width))
    # OpenCV's flow ends the process on pictures much flatter than this.
    size = (max(_LEAST, round(width * scale)), max(_LEAST, round(height * scale)))
    black, span = coding.luma_scale
    picture = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.clip((picture - black) * (255 / span) + 0.5, 0, 255).astype(np.uint8)


def _half(picture: np.ndarray) -> tuple[int, int]:
    height, width = picture.shape
    return max(4, width // 2), max(4, height // 2)


def _flattened(picture: np.ndarray) -> np.ndarray:
    """Local brightness and contrast taken out and grain smoothed, so that flicker vanishes. float32, about 0 +- 1."""
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    detail = smooth - cv2.blur(smooth, (25, 25))
    return detail / (np.sqrt(np.maximum(cv2.blur(detail * detail, (25, 25)), 0)) + 3)


def _shown(flat: np.ndarray) -> np.ndarray:
    """A flattened picture in the codes that the flow takes, uint8."""
    return np.clip(flat * 40 + 128, 0, 255).astype(np.uint8)


def _unlike(first: np.ndarray, second: np.ndarray, floor: float) -> float:
    """1 - 2 cov / (var + var) of two flat pictures without their means; floor: a variance too small to matter."""
    size = first.size
    power = (float(first @ first) + float(second @ second)) / size
    return 1 - (2 * float(first @ second) / size + floor) / (power + floor)
