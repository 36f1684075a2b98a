"""Where one more anchor would help most. Pure."""

from collections.abc import Sequence

import numpy as np

#: Frames between a suggestion and the nearest anchor, and between two suggestions, at least.
_APART = 4
#: A dip of confidence counts where it lies so far below what is usual around it.
_DIP = 0.12
#: TCVC that flickers so much more than its own film usually does ...
_RESTLESS = 3.0
#: ... and so much compared with the backbone, which knows nothing of neighbours.
_RATIO = 0.8
#: Below this divergence nobody sees flicker.
_SEEN = 2e-3
#: Suggestions in a thousand frames, at most.
_MOST = 24
_AROUND = 12


def suggest_anchors(
    *,
    confidence: np.ndarray,
    backbone: np.ndarray,
    tcvc: np.ndarray,
    anchors: Sequence[int],
    limit: int | None = None,
) -> tuple[int, ...]:
    """Frames worth an anchor, ascending: where the flow loses hold, or color flickers in spite of it.

    confidence: of the flow from each frame to the one before, 0..1; backbone, tcvc: flicker from the frame before; all
    float32 [frames], nan where unknown and at cuts. anchors: those there are, ascending.
    """
    frames = len(confidence)
    need = np.maximum(_dips(confidence), _unrest(backbone, tcvc))
    free = np.ones(frames, bool)
    for anchor in anchors:
        free[max(0, anchor - _APART) : anchor + _APART + 1] = False
    need[~free] = 0.0
    limit = max(3, frames * _MOST // 1000) if limit is None else limit
    chosen: list[int] = []
    for frame in np.argsort(-need, kind="stable"):
        if need[frame] <= 0 or len(chosen) == limit:
            break
        if free[frame]:
            chosen.append(int(frame))
            free[max(0, frame - 2 * _APART) : frame + 2 * _APART + 1] = False
    return tuple(sorted(chosen))


def _dips(confidence: np.ndarray) -> np.ndarray:
    """How far each local minimum lies below what is usual around it, 0 elsewhere; 1 is everything."""
    known = np.isfinite(confidence)
    values = np.where(known, confidence, np.inf)
    usual = _around(confidence)
    depth = np.where(known & np.isfinite(usual), usual - np.where(known, confidence, 0), 0.0)
    lowest = values <= np.minimum(np.r_[np.inf, values[:-1]], np.r_[values[1:], np.inf])
    return np.where(lowest & (depth > _DIP), depth, 0.0)


def _unrest(backbone: np.ndarray, tcvc: np.ndarray) -> np.ndarray:
    """How restless TCVC is at its local maxima, 0 elsewhere; 1 is thrice what is usual."""
    known = np.isfinite(tcvc)
    if not known.any():
        return np.zeros(len(tcvc))
    usual = max(float(np.median(tcvc[known])), _SEEN / _RESTLESS)
    values = np.where(known, tcvc, -np.inf)
    highest = values >= np.maximum(np.r_[-np.inf, values[:-1]], np.r_[values[1:], -np.inf])
    against = np.where(np.isfinite(backbone), tcvc > _RATIO * np.where(np.isfinite(backbone), backbone, 0), True)
    times = np.where(known, np.where(known, tcvc, 0) / (_RESTLESS * usual), 0.0)
    counts = highest & against & (times > 1) & (np.where(known, tcvc, 0) > _SEEN)
    return np.where(counts, np.minimum(times - 1, 2.0) / 2 + _DIP, 0.0)


def _around(values: np.ndarray) -> np.ndarray:
    """The mean of what is known around each value, nan where nothing is."""
    known = np.isfinite(values)
    sums = np.r_[0.0, np.cumsum(np.where(known, values, 0.0), dtype=np.float64)]
    counts = np.r_[0, np.cumsum(known)]
    places = np.arange(len(values))
    first, last = np.maximum(places - _AROUND, 0), np.minimum(places + _AROUND + 1, len(values))
    number = counts[last] - counts[first]
    return np.where(number > 0, (sums[last] - sums[first]) / np.maximum(number, 1), np.nan)
