"""Rows of a table: what was measured, kept in a file so that a run broken off goes on where it stopped."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcvc_studio.engine.cache import result_key
from tcvc_studio.errors import StudioError

#: Raise it when the same colors would be measured otherwise.
_RULER = 1

#: Called with what is done, of how many, and what it is.
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, text: str) -> None:
    """For whom nobody waits."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and its standard error; the error of a single value is unknown: nan."""

    value: float
    error: float


def mean_of(values: Iterable[float]) -> Mean:
    """Mean and standard error (deviation with n - 1, over the root of n). Raises ValueError for no values."""
    values = np.fromiter(values, np.float64)
    if not values.size:
        raise ValueError("there is no mean of nothing")
    error = values.std(ddof=1) / math.sqrt(values.size) if values.size > 1 else math.nan
    return Mean(float(values.mean()), float(error))


class Rows:
    """Measured rows by everything that determines them. path: a file of JSON lines, made on first use; None keeps
    nothing. Rows are added at once, so that a killed run loses none; a last line broken off is measured again."""

    def __init__(self, path: Path | None) -> None:
        """Raises StudioError where the file cannot be read."""
        self._path = path
        self._known: dict[str, dict] = {}
        if path is None or not path.exists():
            return
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise StudioError(f"The rows in {path} cannot be read; name another file for them.") from error
        for line in lines:
            try:
                entry = json.loads(line)
                self._known[entry["key"]] = entry["row"]
            except (ValueError, KeyError, TypeError):
                continue

    def row(self, facts: dict, measure: Callable[[], dict]) -> dict:
        """The row of these facts: as kept, or measured now. facts, row: what JSON can hold."""
        key = result_key({**facts, "ruler": _RULER})
        if key not in self._known:
            self._known[key] = measure()
            self._keep(key)
        return self._known[key]

    def _keep(self, key: str) -> None:
        if self._path is None:
            return
        try:
            # A line broken off by a kill would swallow the next one.
            broken = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" * broken + json.dumps({"key": key, "row": self._known[key]}) + "\n")
        except OSError as error:
            raise StudioError(f"Rows cannot be kept in {self._path} ({error.strerror}); name another file.") from error


def table_head(cells: Sequence[str]) -> str:
    """The first two lines of a markdown table."""
    return f"{table_row(cells)}\n|{'---|' * len(cells)}"


def table_row(cells: Iterable[str]) -> str:
    """One line of a markdown table."""
    return "| " + " | ".join(cells) + " |"


def figure(value: float | None, digits: int = 2) -> str:
    """As "39.47" or ".001496"; "-" where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def with_error(mean: Mean, digits: int = 2) -> str:
    """As "23.51 ± .17"."""
    known = math.isfinite(mean.error)
    return figure(mean.value, digits) + (f" ± {figure(mean.error, digits)}" if known else "")
