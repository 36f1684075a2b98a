"""The parts RAFT is made of (section 3 and figure 5 of Teed and Deng 2020), under the authors' parameter names."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

_LEVELS = 4
#: All-pairs correlations beyond this many bytes are not kept but computed again in every step, some rows at a time.
_KEEP_BYTES = 1 << 30


def _norm(kind: str, channels: int) -> nn.Module:
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels) if kind == "instance" else nn.Identity()


class _Residual(nn.Module):
    """Two 3x3 convolutions (large) or a 1x1, 3x3, 1x1 bottleneck (small) beside a shortcut."""

    def __init__(self, inside: int, outside: int, *, stride: int, norm: str, bottleneck: bool) -> None:
        super().__init__()
        middle = outside // 4 if bottleneck else outside
        if bottleneck:
            self.conv1 = nn.Conv2d(inside, middle, 1)
            self.conv2 = nn.Conv2d(middle, middle, 3, stride=stride, padding=1)
            self.conv3 = nn.Conv2d(middle, outside, 1)
            self.norm3 = _norm(norm, outside)
        else:
            self.conv1 = nn.Conv2d(inside, middle, 3, stride=stride, padding=1)
            self.conv2 = nn.Conv2d(middle, middle, 3, padding=1)
        self.norm1, self.norm2 = _norm(norm, middle), _norm(norm, middle)
        self.bottleneck = bottleneck
        shortcut = (nn.Conv2d(inside, outside, 1, stride=stride), _norm(norm, outside))
        self.downsample = nn.Sequential(*shortcut) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(self.conv1(x)).relu()
        y = self.norm2(self.conv2(y)).relu()
        if self.bottleneck:
            y = self.norm3(self.conv3(y)).relu()
        return (self.downsample(x) + y).relu()


class Encoder(nn.Module):
    """R'G'B' [n, 3, h, w] in -1..1 to [n, channels, h / 8, w / 8]."""

    def __init__(self, channels: int, *, large: bool, norm: str) -> None:
        super().__init__()
        widths = (64, 64, 96, 128) if large else (32, 32, 64, 96)
        self.conv1 = nn.Conv2d(3, widths[0], 7, stride=2, padding=3)
        self.norm1 = _norm(norm, widths[0])
        for i in range(3):
            blocks = (
                _Residual(widths[i], widths[i + 1], stride=2 if i else 1, norm=norm, bottleneck=not large),
                _Residual(widths[i + 1], widths[i + 1], stride=1, norm=norm, bottleneck=not large),
            )
            self.add_module(f"layer{i + 1}", nn.Sequential(*blocks))
        self.conv2 = nn.Conv2d(widths[3], channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(self.conv1(x)).relu()
        return self.conv2(self.layer3(self.layer2(self.layer1(x))))


class _SmallMotion(nn.Module):
    """Correlations and flow to 82 channels, of which the last two are the flow itself."""

    def __init__(self) -> None:
        super().__init__()
        self.convc1 = nn.Conv2d(_LEVELS * 7**2, 96, 1)
        self.convf1 = nn.Conv2d(2, 64, 7, padding=3)
        self.convf2 = nn.Conv2d(64, 32, 3, padding=1)
        self.conv = nn.Conv2d(96 + 32, 80, 3, padding=1)

    def forward(self, flow: Tensor, correlation: Tensor) -> Tensor:
        seen = self.convc1(correlation).relu()
        moved = self.convf2(self.convf1(flow).relu()).relu()
        return torch.cat((self.conv(torch.cat((seen, moved), 1)).relu(), flow), 1)


class _LargeMotion(nn.Module):
    """Correlations and flow to 128 channels, of which the last two are the flow itself."""

    def __init__(self) -> None:
        super().__init__()
        self.convc1 = nn.Conv2d(_LEVELS * 9**2, 256, 1)
        self.convc2 = nn.Conv2d(256, 192, 3, padding=1)
        self.convf1 = nn.Conv2d(2, 128, 7, padding=3)
        self.convf2 = nn.Conv2d(128, 64, 3, padding=1)
        self.conv = nn.Conv2d(192 + 64, 126, 3, padding=1)

    def forward(self, flow: Tensor, correlation: Tensor) -> Tensor:
        seen = self.convc2(self.convc1(correlation).relu()).relu()
        moved = self.convf2(self.convf1(flow).relu()).relu()
        return torch.cat((self.conv(torch.cat((seen, moved), 1)).relu(), flow), 1)


class _Gru(nn.Module):
    """Convolutional gated recurrent unit (equations 3 to 6). suffixes: one pass each, with its kernel."""

    def __init__(self, hidden: int, given: int, passes: dict[str, tuple[int, int]]) -> None:
        super().__init__()
        self._suffixes = tuple(passes)
        for suffix, (high, wide) in passes.items():
            for gate in "zrq":
                conv = nn.Conv2d(hidden + given, hidden, (high, wide), padding=(high // 2, wide // 2))
                self.add_module(f"conv{gate}{suffix}", conv)

    def forward(self, hidden: Tensor, x: Tensor) -> Tensor:
        for suffix in self._suffixes:
            z, r, q = (getattr(self, f"conv{gate}{suffix}") for gate in "zrq")
            both = torch.cat((hidden, x), 1)
            update, reset = z(both).sigmoid(), r(both).sigmoid()
            hidden = (1 - update) * hidden + update * q(torch.cat((reset * hidden, x), 1)).tanh()
        return hidden


class _FlowHead(nn.Module):
    def __init__(self, hidden: int, middle: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(hidden, middle, 3, padding=1)
        self.conv2 = nn.Conv2d(middle, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x).relu())


class _Update(nn.Module):
    """One step: hidden state, context, correlations and flow to a new hidden state and a change of flow."""

    def forward(self, hidden: Tensor, context: Tensor, correlation: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.gru(hidden, torch.cat((context, self.encoder(flow, correlation)), 1))
        return hidden, self.flow_head(hidden)


class SmallUpdate(_Update):
    """The small network's step."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = _SmallMotion()
        self.gru = _Gru(96, 64 + 82, {"": (3, 3)})
        self.flow_head = _FlowHead(96, 128)


class LargeUpdate(_Update):
    """The large network's step, and `mask`, which makes the weights of the convex upsampling."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = _LargeMotion()
        self.gru = _Gru(128, 128 + 128, {"1": (1, 5), "2": (5, 1)})
        self.flow_head = _FlowHead(128, 256)
        self.mask = nn.Sequential(nn.Conv2d(128, 256, 3, padding=1), nn.ReLU(), nn.Conv2d(256, 64 * 9, 1))


def pixel_grid(size: tuple[int, int], *, device: torch.device) -> Tensor:
    """Coordinates (x, y) of every sample: float32 [1, 2, h, w]."""
    rows, columns = (torch.arange(length, dtype=torch.float32, device=device) for length in size)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"))[None]


def pairs_at_once(height: int, width: int) -> int:
    """How many pairs of feature maps of this size to take together: more gain little and need memory."""
    return min(8, max(1, _KEEP_BYTES // max(1, 4 * (height * width) ** 2)))


def correlations(first: Tensor, second: Tensor, *, radius: int) -> Callable[[Tensor], Tensor]:
    """All-pairs correlations of two feature maps [n, c, h, w], at four scales (section 3.2).

    Returns the look-up: coordinates [n, 2, h, w] to [n, 4 (2 radius + 1)^2, h, w], the correlations around them.
    Past 1 GiB they are not kept: each look-up multiplies again, a few rows of `first` at a time.
    """
    n, channels, height, width = first.shape
    rows = first.flatten(2).transpose(1, 2) / channels**0.5
    columns = second.flatten(2)
    per_row = 4 * n * width * height * width

    def pyramid(start: int, stop: int) -> list[Tensor]:
        level = (rows[:, start * width : stop * width] @ columns).view(-1, 1, height, width)
        levels = [level]
        while len(levels) < _LEVELS:
            levels.append(functional.avg_pool2d(levels[-1], 2))
        return levels

    kept = pyramid(0, height) if per_row * height <= _KEEP_BYTES else None
    step = height if kept else max(1, _KEEP_BYTES // per_row)

    def look_up(at: Tensor) -> Tensor:
        parts = []
        for start in range(0, height, step):
            near = at[:, :, start : start + step]
            levels = kept or pyramid(start, start + near.shape[2])
            parts.append(_sampled(levels, near, radius))
        return torch.cat(parts, 2)

    return look_up


def _sampled(levels: list[Tensor], at: Tensor, radius: int) -> Tensor:
    """Correlations [n k w, 1, h', w'] of each level, around coordinates [n, 2, k, w]: [n, 4 (2r + 1)^2, k, w]."""
    n, _, high, wide = at.shape
    side = 2 * radius + 1
    steps = torch.arange(-radius, radius + 1, dtype=torch.float32, device=at.device)
    # The published order: x changes from group to group, y within a group.
    around = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)
    center = at.permute(0, 2, 3, 1).reshape(-1, 1, 1, 2)
    found = []
    for i, level in enumerate(levels):
        size = torch.tensor(level.shape[:-3:-1], dtype=torch.float32, device=at.device)
        grid = (2 * (center / 2**i + around) + 1) / size - 1
        sampled = functional.grid_sample(level, grid, padding_mode="zeros", align_corners=False)
        found.append(sampled.view(n, high, wide, side * side))
    return torch.cat(found, -1).permute(0, 3, 1, 2).contiguous()


def upsampled(flow: Tensor, mask: Tensor | None, stride: int) -> Tensor:
    """Flow [n, 2, h, w] in samples as [n, 2, h stride, w stride] in pixels.

    mask: [n, stride^2 9, h, w], logits of the convex combination of nine neighbours (section 3.3); without it bilinear.
    """
    n, _, height, width = flow.shape
    if mask is None:
        size = (height * stride, width * stride)
        return stride * functional.interpolate(flow, size=size, mode="bilinear", align_corners=True)
    weights = mask.view(n, 1, 9, stride, stride, height, width).softmax(2)
    neighbours = functional.unfold(stride * flow, 3, padding=1).view(n, 2, 9, 1, 1, height, width)
    fine = (weights * neighbours).sum(2).permute(0, 1, 4, 2, 5, 3)
    return fine.reshape(n, 2, height * stride, width * stride)
