"""Checkpoints that survive a kill, and the log of a run."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from tcvc_studio.errors import StudioError

CHECKPOINT = "checkpoint.pt"


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
        # A damaged file makes torch's reader fail in any way.
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

    def add(self, values: Mapping[str, float]) -> None:
        """Values by column; those left out stay empty."""
        self._append({key: f"{value:.6g}" for key, value in values.items()})

    def _append(self, row: Mapping[str, str]) -> None:
        with self._path.open("a", newline="") as file:
            csv.DictWriter(file, self._columns, restval="").writerow(row)
