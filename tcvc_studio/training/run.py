"""What every training run needs: how far it is, checkpoints that survive a kill, a log, averaged weights."""

import copy
import csv
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tcvc_studio.errors import StudioError

CHECKPOINT = "checkpoint.pt"


@dataclass(slots=True)
class Clock:
    """How far a run is: by steps, or, where `minutes` is given, by whichever of steps and minutes is further.

    seconds: training time so far, that of earlier sittings included.
    """

    steps: int
    minutes: float | None = None
    step: int = 0
    seconds: float = 0.0
    now: Callable[[], float] = time.monotonic
    _last: float | None = None

    def tick(self) -> None:
        """One more step is done."""
        now = self.now()
        if self._last is not None:
            self.seconds += now - self._last
        self._last = now
        self.step += 1

    def start(self) -> None:
        """The time counts from here on."""
        self._last = self.now()

    def progress(self, step: int | None = None) -> float:
        """0..1 at `step` (the present one by default)."""
        done = (self.step if step is None else step) / max(self.steps, 1)
        if self.minutes is not None:
            done = max(done, self.seconds / (60 * self.minutes))
        return min(done, 1.0)

    @property
    def finished(self) -> bool:
        return self.progress() >= 1.0


def cosine_rate(progress: float, *, warmup: float = 0.03, last: float = 0.01) -> float:
    """Factor of the learning rate: linear from a tenth to 1 over `warmup`, then half a cosine down to `last`."""
    if progress < warmup:
        return 0.1 + 0.9 * progress / warmup
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


class Averaged:
    """Exponential moving average of a network's weights, which colors better than its last ones."""

    def __init__(self, network: nn.Module, *, decay: float = 0.999) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, *, step: int) -> None:
        """Takes the network's weights in; early steps count for more, so that the beginning is soon forgotten."""
        decay = min(self._decay, (1 + step) / (10 + step))
        mine = list(self.network.parameters())
        theirs = [parameter.detach() for parameter in network.parameters()]
        torch._foreach_lerp_(mine, theirs, 1 - decay)


def save_checkpoint(folder: Path, state: Mapping[str, Any]) -> None:
    """Writes `checkpoint.pt` whole or not at all: beside it first, then renamed over the old one."""
    part = folder / f"{CHECKPOINT}.part"
    try:
        with part.open("wb") as file:
            torch.save(dict(state), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / CHECKPOINT)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StudioError(f"No checkpoint can be written to {folder} ({error.strerror}); free some space.") from error


def load_checkpoint(folder: Path, *, architecture: str) -> dict[str, Any]:
    """The state last saved. Raises StudioError where there is none, it is damaged, or of another architecture."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise StudioError(f"There is no checkpoint in {folder}; start without --resume.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise StudioError(f"The checkpoint {path} is damaged; start again without --resume.") from error
    if not isinstance(state, dict) or state.get("architecture") != architecture:
        raise StudioError(f"The checkpoint {path} is not one of {architecture}; name another folder with --out.")
    return state


class Log:
    """A CSV file, one line a report; taken up again it goes on below what is there."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._path = path
        self._columns = columns
        if not path.exists():
            self._append(dict(zip(columns, columns, strict=True)))

    def add(self, **values: float) -> None:
        """Values by column; those left out stay empty."""
        self._append({key: f"{value:.6g}" for key, value in values.items()})

    def _append(self, row: Mapping[str, str]) -> None:
        with self._path.open("a", newline="") as file:
            csv.DictWriter(file, self._columns, restval="").writerow(row)
