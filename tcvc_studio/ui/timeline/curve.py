"""Curves of one value a frame, ready to be drawn at any zoom: least and greatest of each column. Pure."""

import numpy as np

from tcvc_studio.ui.timeline.scale import Scale

_FACTOR = 4
_SMALLEST = 1024


class CurvePyramid:
    """Least and greatest of ever longer runs of frames, so that a column never looks at more than a few of them.

    values: [frames], nan where unknown; kept as float32, never changed.
    """

    def __init__(self, values: np.ndarray) -> None:
        own = np.asarray(values, np.float32)
        self._levels: list[tuple[int, np.ndarray, np.ndarray]] = [(1, own, own)]
        size, low, high = 1, own, own
        while len(low) > _SMALLEST:
            starts = np.arange(0, len(low), _FACTOR)
            low, high = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
            size *= _FACTOR
            self._levels.append((size, low, high))
        #: A value that few frames exceed: where the scale of the row may end. 0 where nothing is known.
        self.ceiling = _quantile(own[np.isfinite(own)], 0.995)

    @property
    def values(self) -> np.ndarray:
        """As given, float32 [frames]."""
        return self._levels[0][1]

    def columns(self, scale: Scale, ratio: float) -> tuple[np.ndarray, np.ndarray]:
        """(least, greatest) of the frames in each column of device pixels: float32 [columns], nan where unknown.

        Where a frame is wider than a column, every column has the value of its frame. The result is exact to a quarter
        of a column.
        """
        edges = scale.edges(ratio)
        per_column = 1 / (scale.per_frame * ratio)
        size, low, high = next(
            (level for level in reversed(self._levels) if level[0] * 4 <= per_column), self._levels[0]
        )
        if size > 1:
            edges = np.minimum(edges // size, -(-len(self.values) // size))
        return reduced(np.fmin, low, edges, np.nan), reduced(np.fmax, high, edges, np.nan)


def reduced(how: np.ufunc, values: np.ndarray, edges: np.ndarray, outside: float) -> np.ndarray:
    """One value for each column i: `how` over values[edges[i] : edges[i + 1]], or values[edges[i]] where that is empty.

    edges: ascending, at least two, the first below len(values). Columns that begin past the values have `outside`.
    """
    starts = edges[:-1][edges[:-1] < len(values)]
    found = how.reduceat(values[: max(int(edges[-1]), int(starts[-1]) + 1)], starts)
    missing = len(edges) - 1 - len(starts)
    return np.append(found, np.full(missing, outside, found.dtype)) if missing else found


def joined(least: np.ndarray, greatest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns stretched until each touches the one before, so that the drawn line has no gaps but unknown frames."""
    low, high = least.copy(), greatest.copy()
    low[1:] = np.where(np.isnan(greatest[:-1]), least[1:], np.minimum(least[1:], greatest[:-1]))
    high[1:] = np.where(np.isnan(least[:-1]), greatest[1:], np.maximum(greatest[1:], least[:-1]))
    return low, high


def _quantile(values: np.ndarray, part: float) -> float:
    if len(values) == 0:
        return 0.0
    place = int(part * (len(values) - 1))
    return float(np.partition(values, place)[place])
