"""Frame rates: exact fractions out of time stamps that were rounded to a time base."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

#: Rates films are made at; a measured rate within rounding of one of them is that one.
STANDARD_RATES: tuple[Fraction, ...] = tuple(
    Fraction(*pair)
    for pair in (
        (24, 1), (24000, 1001), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1), (48, 1),
        (48000, 1001), (12, 1), (15, 1), (16, 1), (18, 1), (20, 1), (22, 1), (100, 1), (120000, 1001), (120, 1),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cadence:
    """rate: frames a second, exact, nominal where `vfr`. vfr: true where frame durations differ beyond rounding."""

    rate: Fraction
    vfr: bool


def as_fraction(value: Any) -> Fraction | None:
    """A rate or time base of av as a Fraction; None where it is unset, zero or nonsense.

    The only place that knows what av returns: Fractions in some versions, a rational type of its own in others.
    """
    if not value:
        return None
    numerator, denominator = int(value.numerator), int(value.denominator)
    return Fraction(numerator, denominator) if numerator > 0 and denominator > 0 else None


def find_cadence(pts: np.ndarray, time_base: Fraction, *, declared: Iterable[Fraction | None]) -> Cadence:
    """The rate of frames shown at `pts` (int64, ascending, in units of time_base).

    A rate holds where every time lies within rounding of first + i / rate: exactly, where a frame lasts a whole
    number of ticks of a coarse time base; else within one tick in all, or two where a frame lasts 16 ticks or more
    (containers round twice). The declared rates are tried in their order, then the usual ones, then the mean.
    Where none holds the film is of varying rate; its nominal rate then is the one of its most common duration.
    """
    candidates = [standardized(rate) for rate in declared if rate]
    if len(pts) < 2:
        return Cadence(candidates[0] if candidates else Fraction(24), False)
    mean = Fraction(len(pts) - 1) / (int(pts[-1] - pts[0]) * time_base)
    for rate in [*candidates, *STANDARD_RATES, mean.limit_denominator(100_000)]:
        if _holds(rate, pts, time_base):
            return Cadence(rate, False)
    return Cadence(_nominal(pts, time_base), True)


def _holds(rate: Fraction, pts: np.ndarray, time_base: Fraction) -> bool:
    ticks = 1 / (rate * time_base)
    # Scaled by the denominator the comparison stays in whole numbers, exact for any length of film.
    error = (pts - pts[0]) * ticks.denominator - np.arange(len(pts), dtype=np.int64) * ticks.numerator
    spread = int(error.max() - error.min())
    if ticks >= 16:
        return spread <= 2 * ticks.denominator
    if ticks.denominator == 1:
        return spread == 0
    # In fewer ticks than four a dropped frame would hide in the rounding.
    return ticks >= 4 and spread <= ticks.denominator


def standardized(rate: Fraction) -> Fraction:
    """A usual rate for its decimal spelling: 30000/1001 for 29.97, 24000/1001 for 23.976."""
    return next((usual for usual in STANDARD_RATES if abs(usual - rate) < usual / 100_000), rate)


def _nominal(pts: np.ndarray, time_base: Fraction) -> Fraction:
    every = np.diff(pts)
    durations, counts = np.unique(every, return_counts=True)
    most = int(durations[counts.argmax()])
    # The mean of all durations like the most common one, because a rounded one tells 24 from 23.976 badly.
    alike = every[np.abs(every - most) <= most // 8]
    usual = 1 / (Fraction(int(alike.sum()), len(alike)) * time_base)
    nearest = min(STANDARD_RATES, key=lambda rate: abs(rate - usual))
    # A tick more or less must not keep 30 from being 30; 2 % is less than lies between any two neighbours but
    # those 1.001 apart.
    return nearest if abs(nearest - usual) <= usual / 50 else usual
