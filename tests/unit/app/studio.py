"""A small studio on fake networks, for tests of the services that render."""

import threading
from dataclasses import replace

import numpy as np

from tcvc_studio.app.engine_room import EngineRoom
from tcvc_studio.project.model import Project
from tcvc_studio.project.settings import Settings
from tests.unit.engine.fakes import GrayBackbone, MemoryFilm, models
from tests.unit.engine.test_pieces import project_of

__all__ = ["Gate", "MemoryFilm", "Studio", "project_of"]


class Gate(GrayBackbone):
    """A backbone that waits where it is told to, and remembers what it colored (frames of MemoryFilm, by lightness)."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = threading.Event()
        self.opened.set()
        self.reached = threading.Event()
        self.error: Exception | None = None

    def encode(self, l, hints=None):  # noqa: E741
        self.reached.set()
        assert self.opened.wait(20)
        if self.error is not None:
            raise self.error
        return super().encode(l, hints)


class Studio:
    """A room whose models are fakes, and what they did."""

    def __init__(self, folder, **room) -> None:
        self.gate = Gate()
        self.loads: list[tuple[Settings, str]] = []
        self.load_error: Exception | None = None
        self.room = EngineRoom(cache_folder=folder, loader=self._load, **room)

    def _load(self, settings, *, device, precision):
        self.loads.append((settings, device))
        if self.load_error is not None:
            raise self.load_error
        return replace(models(key=settings.backbone), backbone=self.gate), ()


def tiny(project: Project, **settings) -> Project:
    return replace(project, settings=replace(project.settings, **{"working_size": 64, **settings}))


def lightness_of(film: MemoryFilm, number: int) -> float:
    from tcvc_studio.color.lab import luma_to_lightness
    from tcvc_studio.color.ycbcr import dequantize_luma

    return float(luma_to_lightness(dequantize_luma(film.luma(number), film.info.format)).mean())


def mean_a(ab: np.ndarray) -> float:
    return float(ab[0].mean())
