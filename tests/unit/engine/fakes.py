"""A film in memory and networks whose color can be foretold, for tests of the engine."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.engine.device import Compute
from tcvc_studio.engine.job import Job
from tcvc_studio.engine.render import Models
from tcvc_studio.media.info import FilmInfo, Frame
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.project.settings import Settings
from tcvc_studio.project.shots import shots_from_cuts


class MemoryFilm:
    """Frames whose luma is one gray, 16 + 2 * (number % 100); counts what is open and read."""

    opened = 0

    def __init__(self, frames: int, *, width: int = 64, height: int = 64, rotation: int = 0, bad: int | None = None):
        self.info = FilmInfo(
            path=Path("memory.mkv"), kind="video", codec="rawvideo", frames=frames, first_number=0, width=width,
            height=height, rate=Fraction(24), time_base=Fraction(1, 24), pts=np.arange(frames), vfr=False,
            pixel_format="gray", bit_depth=8, format=PlaneFormat(), matrix="bt709", primaries="bt709",
            transfer="bt709", sar=Fraction(1), rotation=rotation, timecode=None, audio=(), interlaced=False,
            has_color=False,
        )  # fmt: skip
        self.bad = bad
        self.read: list[int] = []

    def reopen(self) -> "MemoryFilm":
        return self

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for number in range(start, self.info.frames if stop is None else stop):
            if number == self.bad:
                raise OSError(f"frame {number} is bad")
            self.read.append(number)
            yield Frame(number, number, self.luma(number))

    def luma(self, number: int) -> np.ndarray:
        return np.full((self.info.height, self.info.width), 16 + 2 * (number % 100), np.uint8)

    def __enter__(self) -> "MemoryFilm":
        MemoryFilm.opened += 1
        return self

    def __exit__(self, *_: object) -> None:
        MemoryFilm.opened -= 1


class GrayBackbone(nn.Module):
    """Colors by lightness: a = L, b = -L / 2. Counts the frames it encoded."""

    channels, stride, takes_hints, half_safe = 2, 2, False, True

    def __init__(self) -> None:
        super().__init__()
        self.encoded = 0

    def encode(self, l: torch.Tensor, hints=None) -> torch.Tensor:  # noqa: E741
        self.encoded += l.shape[0]
        return torch.cat((l, -l / 2), dim=1)[..., ::2, ::2]

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        return nn.functional.interpolate(features, scale_factor=2, mode="nearest")


class StillFlow:
    """Nothing moves."""

    key = "still"

    def __init__(self) -> None:
        self.pairs = 0

    def __call__(
        self, current: torch.Tensor, neighbour: torch.Tensor, start: torch.Tensor | None = None
    ) -> torch.Tensor:
        self.pairs += current.shape[0]
        return torch.zeros(current.shape[0], 2, *current.shape[-2:])


def models(*, fusion: bool = False, key: str = "fake") -> Models:
    torch.manual_seed(1)
    learned = FeatureFusion(
        2, lightness_channels=2, weight_hidden=(4, 4), refine_hidden=(4, 4), reduced=2, stride=2
    ).eval() if fusion else None
    return Models(GrayBackbone(), learned, StillFlow(), Compute(torch.device("cpu"), torch.float32), key)


def job(film: MemoryFilm, *, cuts=(), start=0, stop=None, listed=(), stills=None, **settings) -> Job:
    frames = film.info.frames
    return Job(
        info=film.info, fingerprint="film", shots=shots_from_cuts(cuts, frames),
        settings=Settings(working_size=64, **settings), start=start, stop=frames if stop is None else stop,
        listed=tuple(listed), stills=stills or {},
    )  # fmt: skip


class ListSink:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, torch.Tensor]] = []

    def write(self, frame: Frame, ab: torch.Tensor) -> None:
        self.frames.append((frame.number, ab.clone()))

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.frames]

    def a(self) -> list[float]:
        """Mean a of each frame."""
        return [float(ab[:, 0].mean()) for _, ab in self.frames]
