"""One picture looked at in several ways: smaller, mirrored; the features are the mean of what was seen."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from tcvc_studio.networks.protocol import Backbone, Hints
from tcvc_studio.networks.view import View

#: Sides of what a backbone is shown are multiples of it, and no shorter than twice as much.
_MULTIPLE = 16


class ManyViews(nn.Module):
    """A backbone whose features are the mean over several views of the picture; obeys `networks.protocol.Backbone`.

    Errors of color that hang on where an edge falls on the encoder's grid differ from view to view and cancel; what
    all views see stays. The mean is over features, not colors, so it travels along the flow as any feature does and
    the same last layer maps it.
    """

    def __init__(self, backbone: Backbone, views: Sequence[View]) -> None:
        super().__init__()
        if not views:
            raise ValueError("a picture has to be looked at")
        self.backbone = backbone
        self.views = tuple(views)
        self.channels = backbone.channels
        self.stride = backbone.stride
        self.takes_hints = backbone.takes_hints
        self.half_safe = backbone.half_safe

    @property
    def mapping(self) -> nn.Conv2d:
        """The backbone's, of those that take hints."""
        return self.backbone.mapping

    def encode(self, l: torch.Tensor, hints: Hints | None = None) -> torch.Tensor:  # noqa: E741
        """As the backbone's: l [n, 1, h, w] in 0..100, h and w multiples of 16."""
        return sum(self._seen(l, hints, view) for view in self.views) / len(self.views)

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """As the backbone's."""
        return self.backbone.decode(features)

    def _seen(self, l: torch.Tensor, hints: Hints | None, view: View) -> torch.Tensor:  # noqa: E741
        height, width = l.shape[-2:]
        size = _side(height, view.scale), _side(width, view.scale)
        if size != (height, width):
            l = _resized(l, size)  # noqa: E741
            hints = hints and _resized_hints(hints, size)
        if view.mirrored:
            l = l.flip(-1)  # noqa: E741
            hints = hints and Hints(hints.ab.flip(-1), hints.mask.flip(-1))
        features = self.backbone.encode(l, hints)
        if view.mirrored:
            features = features.flip(-1)
        return _resized(features, (height // self.stride, width // self.stride))


def _side(length: int, scale: float) -> int:
    return length if scale == 1 else max(2 * _MULTIPLE, round(length * scale / _MULTIPLE) * _MULTIPLE)


def _resized(planes: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    if planes.shape[-2:] == size:
        return planes
    # In float32: not every device resizes halves smoothly.
    resized = F.interpolate(planes.float(), size, mode="bilinear", align_corners=False, antialias=True)
    return resized.to(planes.dtype)


def _resized_hints(hints: Hints, size: tuple[int, int]) -> Hints:
    """The mean over what is hinted of what falls on a pixel, so that the smallest hint keeps its full color."""
    share = F.adaptive_avg_pool2d(hints.mask.float(), size)
    ab = F.adaptive_avg_pool2d((hints.ab * hints.mask).float(), size)
    hinted = share > 0
    return Hints(ab / torch.where(hinted, share, torch.ones_like(share)), hinted.to(hints.mask.dtype))
