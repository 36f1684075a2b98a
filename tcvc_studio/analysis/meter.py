"""A sink that looks at colored frames as a viewer would: flicker, colorfulness, pictures for a contact sheet."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from tcvc_studio.analysis.metrics import CdcMeter, colorfulness
from tcvc_studio.color.compose import compose
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.ycbcr import ycbcr_to_rgb
from tcvc_studio.media.info import Frame


def display_rgb(luma: np.ndarray, ab: Tensor, coding: PlaneFormat) -> np.ndarray:
    """R'G'B' uint8 [h, w, 3] of a frame: its luma plane (coded as `coding` says) with the color ab [1, 2, h', w']."""
    full = PlaneFormat(depth=8, range="full", matrix=coding.matrix, subsampling=(1, 1), siting="center")
    planes = compose(luma, ab, source=coding, target=full)
    ycbcr = torch.from_numpy(np.stack((planes.y, planes.cb, planes.cr)).astype(np.float32))
    ycbcr[1:] -= 128.0
    rgb = ycbcr_to_rgb(ycbcr / 255.0, full.matrix)
    return rgb.clamp_(0, 1).mul_(255).round_().byte().permute(1, 2, 0).contiguous().numpy()


class ColorMeter:
    """Takes frames as a sink does and keeps: CDC (equation 8), mean colorfulness, and the pictures asked for.

    cuts: first frames of shots; frames of two shots are not compared. pictures: frame numbers of which the R'G'B'
    picture is kept. gray: look at the film without its color, which tells how much of CDC is movement.
    Memory does not grow with the film.
    """

    def __init__(
        self, coding: PlaneFormat, *, cuts: Iterable[int] = (), pictures: Iterable[int] = (), gray: bool = False
    ) -> None:
        self._coding = coding
        self._gray = gray
        self._cuts = frozenset(cuts)
        self._wanted = frozenset(pictures)
        self._cdc = CdcMeter()
        self._colorfulness = 0.0
        self._frames = 0
        self.pictures: dict[int, np.ndarray] = {}

    def write(self, frame: Frame, ab: Tensor) -> None:
        rgb = display_rgb(frame.luma, torch.zeros_like(ab) if self._gray else ab, self._coding)
        if frame.number in self._cuts:
            self._cdc.cut()
        self._cdc.add(rgb)
        self._colorfulness += colorfulness(rgb)
        self._frames += 1
        if frame.number in self._wanted:
            self.pictures[frame.number] = rgb

    @property
    def cdc(self) -> float:
        """Color distribution consistency so far; lower is steadier."""
        return self._cdc.value()

    @property
    def colorfulness(self) -> float:
        """Mean colorfulness (Hasler and Suesstrunk) so far; near 0 is gray."""
        return self._colorfulness / max(1, self._frames)
