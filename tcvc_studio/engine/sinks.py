"""Sinks put together."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from tcvc_studio.media.info import Frame


class Sink(Protocol):
    """Where colored frames go, in film order, in a thread of its own."""

    def write(self, frame: Frame, ab: Tensor) -> None:
        """frame: the film's luma. ab: [1, 2, h, w] Lab units, coded orientation, at working size or at the film's."""
        ...


class Tee:
    """Hands every frame to several sinks, one after the other."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def write(self, frame: Frame, ab: Tensor) -> None:
        for sink in self._sinks:
            sink.write(frame, ab)
