"""Colored frames beside the film's own color: the measures of the paper's section 4, frame by frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from tcvc_studio.analysis.metrics import (
    CdcMeter,
    WarpErrorMeter,
    colorfulness,
    l2_lab,
    occlusion_mask,
    psnr,
)
from tcvc_studio.color.compose import compose
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.color.working import working_lightness
from tcvc_studio.evaluation.rows import Progress
from tcvc_studio.flow.dis import DisFlow
from tcvc_studio.media.colors import rgb_of_coded
from tcvc_studio.media.film import Film
from tcvc_studio.media.info import Frame


def eight_bit(rgb16: np.ndarray) -> np.ndarray:
    """R'G'B' 0..65535 as uint8."""
    return np.rint(rgb16 / 257.0).astype(np.uint8)


def written(luma: np.ndarray, ab: Tensor, coding: PlaneFormat) -> np.ndarray:
    """R'G'B' uint8 [h, w, 3] of a frame as a lossless export in the film's own planes shows it.

    luma: Y as coded; ab [1, 2, h', w']: the color. Cb and Cr are coded as the film's are, subsampling and all, and
    decoded as the film's true picture is: what is compared differs in color alone.
    """
    planes = compose(luma, ab, source=coding, target=coding)
    return eight_bit(rgb_of_coded(planes.y, planes.cb, planes.cr, coding=coding))


class Movement:
    """Flow from each frame to the next, and where it can be trusted: the film's, whatever its color.

    DIS on the film's lightness at full size, both ways. Lies in files below `folder`, so that memory does not grow
    with the film; the folder's owner removes them.
    """

    def __init__(self, film: Film, frames: int, folder: Path, progress: Progress) -> None:
        info = film.info
        shape = (max(1, frames - 1), 2, info.height, info.width)
        self._flows = np.lib.format.open_memmap(folder / "flow.npy", mode="w+", dtype=np.float32, shape=shape)
        self._seen = np.lib.format.open_memmap(folder / "seen.npy", mode="w+", dtype=bool, shape=(shape[0], *shape[2:]))
        flow, size = DisFlow(), (info.width, info.height)
        before = None
        for frame in film.frames(0, frames):
            l = working_lightness(frame.luma, info.format, size)  # noqa: E741
            if before is not None:
                forward, backward = flow(before, l)[0].numpy(), flow(l, before)[0].numpy()
                self._flows[frame.number - 1] = forward
                self._seen[frame.number - 1] = occlusion_mask(forward, backward)
            before = l
            progress(frame.number + 1, frames, "the film's own movement")

    def into(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Flow float32 [2, h, w] from the frame before to this one, and the mask bool [h, w]."""
        return self._flows[number - 1], self._seen[number - 1]


@contextmanager
def truth_of(film: Film) -> Iterator[Film]:
    """The film once more, for the thread that measures."""
    again = film.reopen()
    try:
        yield again
    finally:
        again.close()


@dataclass(frozen=True, slots=True)
class FilmScore:
    """Means over the frames: PSNR in dB (None of the truth itself), distance in Lab, colorfulness; over pairs of
    frames: warp error; CDC."""

    psnr: float | None
    l2_lab: float
    colorfulness: float
    warp_error: float
    cdc: float
    frames: int


class FilmRuler:
    """A sink that measures every frame against the film's own color (all that `FilmScore` has).

    truth: the film, read in the thread that writes. Starts at frame 0.
    """

    def __init__(self, truth: Film, movement: Movement) -> None:
        self._truth = truth
        self._movement = movement
        self._coding = truth.info.format
        self._sums = np.zeros(3)
        self._frames = 0
        self._cdc = CdcMeter()
        self._warp = WarpErrorMeter()

    def write(self, frame: Frame, ab: Tensor) -> None:
        """Measure a colored frame, as a sink does."""
        self.add(frame.number, written(frame.luma, ab, self._coding))

    def add(self, number: int, rgb8: np.ndarray) -> None:
        """Measure a picture of frame `number`, R'G'B' uint8 [h, w, 3]."""
        self._compare(number, eight_bit(self._truth.rgb(number)), rgb8)

    def add_truth(self, number: int) -> None:
        """Measure the film's own picture of frame `number`."""
        truth = eight_bit(self._truth.rgb(number))
        self._compare(number, truth, truth)

    def _compare(self, number: int, truth: np.ndarray, rgb8: np.ndarray) -> None:
        self._sums += psnr(truth, rgb8), l2_lab(truth, rgb8), colorfulness(rgb8)
        self._frames += 1
        self._cdc.add(rgb8)
        self._warp.add(rgb8, *(self._movement.into(number) if number else ()))

    def score(self) -> FilmScore:
        """What came of the frames so far; at least one."""
        decibel, distance, vividness = (float(value) for value in self._sums / self._frames)
        return FilmScore(
            psnr=decibel if np.isfinite(decibel) else None,
            l2_lab=distance,
            colorfulness=vividness,
            warp_error=self._warp.value(),
            cdc=self._cdc.value(),
            frames=self._frames,
        )


class PsnrRuler:
    """A sink that keeps each frame's PSNR in dB against the film's own color."""

    def __init__(self, truth: Film) -> None:
        self._truth = truth
        self.values: dict[int, float] = {}

    def write(self, frame: Frame, ab: Tensor) -> None:
        shown = written(frame.luma, ab, self._truth.info.format)
        self.values[frame.number] = psnr(eight_bit(self._truth.rgb(frame.number)), shown)
