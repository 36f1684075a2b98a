"""Color found by likeness: what in the anchors looks like this, and lies about here.

Flow cannot follow what was hidden at an anchor's time, or moved too far. A soft nearest neighbour search over the
anchors still finds a plausible color: coarse, and to be trusted only where the places it was found at agree.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

#: Short side of a picture in cells, at least: cells are 8 pixels up to twice this many times 8, then grow.
_ROWS = 32
#: Summed squared differences of L / 100 over a description at which likeness falls to 1/e.
_UNLIKE = 0.1
#: Distance in picture heights at which likeness falls to 1/e.
_FAR = 0.1
#: Bytes of likenesses held at once.
_BYTES = 64 << 20


class Likeness:
    """Cells of the anchors, described by their lightness and that around them, with their mean color."""

    def __init__(self, lightness: Tensor, planes: Tensor) -> None:
        """lightness: CIE L [k, 1, h, w] of the anchors, k of 1 or 2. planes: [k, c, h, w], what is to be found."""
        self._cell = 8 * max(1, min(lightness.shape[-2:]) // (8 * _ROWS))
        keys = _descriptions(lightness, self._cell)
        self._keys = keys.transpose(0, 1).flatten(1)
        self._norms = self._keys.square().sum(0)
        means = F.avg_pool2d(_filled(planes, self._cell), self._cell).transpose(0, 1).flatten(1)
        self._values = torch.cat((means, means.square())).T.contiguous()

    def find(self, lightness: Tensor, *, shares: Sequence[float]) -> tuple[Tensor, Tensor]:
        """(planes [1, c, h, w], variance [1, 1, h, w], summed over channels) for a frame of CIE L [1, 1, h, w].

        A cell's planes are the mean of all cells of the anchors, weighted by likeness and by the anchors' shares (all
        above 0); the variance is theirs about it.
        """
        size = lightness.shape[-2:]
        query = _descriptions(lightness, self._cell)
        cells = query.shape[-2:]
        query = query[0].flatten(1).T
        each = self._keys.new_tensor(shares).log().repeat_interleave(self._keys.shape[1] // len(shares))
        prior = each - self._norms
        step = max(1, _BYTES // (4 * self._keys.shape[1]))
        found = torch.cat([
            # The query's own square is the same for all keys, so softmax does not need it.
            torch.softmax(2 * part @ self._keys + prior, dim=1) @ self._values for part in query.split(step)
        ])  # fmt: skip
        found = found.T.view(1, -1, *cells)
        mean, square = found.chunk(2, dim=1)
        variance = (square - mean.square()).sum(1, keepdim=True).clamp(min=0)
        whole = (cells[0] * self._cell, cells[1] * self._cell)
        fine = F.interpolate(torch.cat((mean, variance), dim=1), size=whole, mode="bilinear", align_corners=False)
        fine = fine[..., : size[0], : size[1]]
        return fine[:, :-1], fine[:, -1:]


def _descriptions(lightness: Tensor, cell: int) -> Tensor:
    """[n, 50, rows, columns]: L in windows of 1, 2 and 4 cells, 4x4 samples each, and the place.

    Scaled so that exp(-squared distance) is the likeness.
    """
    l = _filled(lightness, cell) / 100  # noqa: E741
    n, _, height, width = l.shape
    rows, columns = height // cell, width // cell
    parts = []
    for cells in (1, 2, 4):
        margin = cell * (cells - 1) // 2
        sample = cell * cells // 4
        samples = F.avg_pool2d(F.pad(l, (margin,) * 4, mode="replicate"), sample)
        windows = F.unfold(samples, 4, stride=cell // sample)
        parts.append(windows.view(n, 16, rows, columns) / _UNLIKE**0.5)
    down = torch.arange(rows, device=l.device, dtype=l.dtype) * (cell / height / _FAR)
    across = torch.arange(columns, device=l.device, dtype=l.dtype) * (cell / height / _FAR)
    place = torch.stack(torch.meshgrid(down, across, indexing="ij"))
    return torch.cat((*parts, place.expand(n, -1, -1, -1)), dim=1)


def _filled(x: Tensor, cell: int) -> Tensor:
    """x [n, c, h, w] continued by its border to whole cells."""
    height, width = x.shape[-2:]
    return F.pad(x, (0, -width % cell, 0, -height % cell), mode="replicate")
