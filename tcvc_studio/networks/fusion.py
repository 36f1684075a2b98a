"""The feature fusion module (FFM) of the paper, section 3.1.3: a weighting network and a feature refine network.

Parameter names and shapes are those of the published checkpoints (`weigting` is their spelling), so that these load
by name. Most of the cost lies in 3x3 convolutions over concatenated inputs, and

    conv(concat(x1, x2, ...)) = conv1(x1) + conv2(x2) + ...

so only what depends on the forward feature of the previous frame has to wait for it. `prepare` does the rest for any
number of frames at once, `step` does the remainder, `forward` does it all at once on concatenated inputs.

The published module fuses what it fused at the frame before, carried on, with what is carried back from the later
anchor; it does not know how far the anchors are. With `nearness`, which is ours, the first anchor's own feature travels
instead (`anchored`), and the logarithm of the odds of the first anchor by distance in time is added to the weighting's
logit: with nothing else in the logit features change evenly from one anchor to the other, however long the interval is.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SLOPE = 0.1


class _Extractor(nn.Sequential):
    """L features: two 3x3 convolutions. A stride is shared out over them, so that the weights keep their shapes."""

    def __init__(self, channels: int, stride: int) -> None:
        first, second = {1: (1, 1), 2: (2, 1), 4: (2, 2)}[stride]
        super().__init__(
            nn.Conv2d(1, channels, 3, stride=first, padding=1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(channels, channels, 3, stride=second, padding=1),
        )


class ThreeConvolutions(nn.Module):
    """Three convolutions with leaky ReLU between; the first may be given as a sum of parts."""

    def __init__(self, channels: tuple[int, int, int, int], kernels: tuple[int, int, int]) -> None:
        super().__init__()
        a, b, c, d = channels
        self.conv1 = nn.Conv2d(a, b, kernels[0], padding=kernels[0] // 2)
        self.conv2 = nn.Conv2d(b, c, kernels[1], padding=kernels[1] // 2)
        self.conv3 = nn.Conv2d(c, d, kernels[2], padding=kernels[2] // 2)

    def first(self, x: Tensor, start: int, *, bias: bool) -> Tensor:
        """Share of the first convolution's inputs start..start + channels of x in its output."""
        weight = self.conv1.weight[:, start : start + x.shape[1]]
        return F.conv2d(x, weight, self.conv1.bias if bias else None, padding=self.conv1.padding)

    def rest(self, x: Tensor) -> Tensor:
        """What follows the first convolution. Overwrites x."""
        x = self.conv2(F.leaky_relu(x, _SLOPE, inplace=True))
        return self.conv3(F.leaky_relu(x, _SLOPE, inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.rest(self.conv1(x))


@dataclass(frozen=True, slots=True)
class FusionPart:
    """What the fusion of n frames owes to everything but the forward feature; made by `FeatureFusion.prepare`.

    weighting, refine: shares in the first convolutions' outputs [n, hidden, h, w], biases included.
    backward: backward features of the frames themselves [n, channels, h, w].
    nearness: what is added to the logit of the weight of each frame [n, 1, 1, 1], or None.
    """

    weighting: Tensor
    refine: Tensor
    backward: Tensor
    nearness: Tensor | None = None

    def frame(self, index: int) -> "FusionPart":
        """The part of one frame, as views with n = 1."""
        here = slice(index, index + 1)
        nearness = None if self.nearness is None else self.nearness[here]
        return FusionPart(self.weighting[here], self.refine[here], self.backward[here], nearness)


class FeatureFusion(nn.Module):
    """Fuses backward and forward features of internal frames; the published module at the default sizes.

    channels: channels of the backbone's features.
    lightness_channels: channels of the L features.
    weight_hidden, refine_hidden: hidden channels of the two networks; reduced: channels of the reduced features.
    stride: working pixels between two feature samples, 1, 2 or 4. The L extractor's convolutions take the stride, so
        that fine lightness is seen before it is thinned; at 1 this is the published extractor.
    nearness: whether the anchors' own features are fused, by weights that know how far these are (`anchored`); the
        published module fuses what was fused before.
    """

    def __init__(
        self,
        channels: int,
        *,
        lightness_channels: int = 32,
        weight_hidden: tuple[int, int] = (196, 64),
        refine_hidden: tuple[int, int] = (196, 128),
        reduced: int = 64,
        stride: int = 1,
        nearness: bool = False,
    ) -> None:
        super().__init__()
        if stride not in (1, 2, 4):
            raise ValueError(f"stride {stride} is none of 1, 2, 4")
        self.channels = channels
        self.stride = stride
        self._lightness = 3 * lightness_channels
        self._reduced = reduced
        self.L_fea_extractor = _Extractor(lightness_channels, stride)
        self.register_parameter("nearness", nn.Parameter(torch.ones(1)) if nearness else None)
        self.channel_reduction = ThreeConvolutions((channels, reduced, reduced, reduced), (1, 3, 1))
        self.weigting = ThreeConvolutions((self._lightness + 2 * channels, *weight_hidden, 1), (3, 3, 3))
        self.feature_refine = ThreeConvolutions((self._lightness + 3 * reduced, *refine_hidden, channels), (3, 3, 3))

    @property
    def anchored(self) -> bool:
        return self.nearness is not None

    @property
    def prepared_channels(self) -> int:
        return self.weigting.conv1.out_channels + self.feature_refine.conv1.out_channels

    def lightness_features(self, l: Tensor) -> Tensor:  # noqa: E741
        """L features, once for each frame: l [n, 1, h, w] in 0..100, h and w multiples of the stride.

        Returns [n, lightness_channels, h / stride, w / stride].
        """
        scaled = (l - 50.0) / 100.0
        return self.L_fea_extractor(scaled.to(self.L_fea_extractor[0].weight.dtype))

    def prepare(
        self,
        *,
        l_prev: Tensor,
        l_cur: Tensor,
        l_next: Tensor,
        backward: Tensor,
        backward_next: Tensor,
        odds: Tensor,
    ) -> FusionPart:
        """Everything that need not wait for the forward feature, for n frames at once.

        l_prev, l_cur, l_next: L features (`lightness_features`) of the previous, the current and the next frame.
        backward, backward_next: backward features at the current frame and at the next one (neither is warped here;
            the next frame of the last internal frame is the anchor, whose own feature is meant).
        odds: of the forward feature against the backward one by distance in time alone [n], above 0.
        The result takes 4 * n * h * w * (196 + 196) bytes at the published sizes: call it on a few frames at a time.
        """
        lightness = torch.cat((l_prev, l_cur, l_next), dim=1)
        weighting = self.weigting.first(lightness, 0, bias=True)
        weighting += self.weigting.first(backward, self._lightness, bias=False)
        refine = self.feature_refine.first(lightness, 0, bias=True)
        refine += self.feature_refine.first(self._reduce(backward_next), self._lightness, bias=False)
        return FusionPart(weighting, refine, backward, self._nearness(odds))

    def step(self, part: FusionPart, warped_forward: Tensor, forward_prev: Tensor) -> Tensor:
        """The rest: the fused and refined feature [n, channels, h, w] that G_C maps and, if not `anchored`, travels on.

        warped_forward: forward feature of the previous frame (if `anchored`, of the first anchor), warped to this one.
        forward_prev: what was fused at the previous frame, not warped.
        """
        logit = self.weigting.first(warped_forward, self._lightness + self.channels, bias=False)
        weight = _weight(self.weigting.rest(logit.add_(part.weighting)), part.nearness)
        fused = part.backward + weight * (warped_forward - part.backward)
        # One call for both reduced inputs; they lie side by side in the refine network's input.
        previous, current = self._reduce(torch.cat((forward_prev, fused))).chunk(2)
        hidden = self.feature_refine.first(
            torch.cat((previous, current), dim=1), self._lightness + self._reduced, bias=False
        )
        return fused + self.feature_refine.rest(hidden.add_(part.refine))

    def forward(
        self,
        *,
        l_prev: Tensor,
        l_cur: Tensor,
        l_next: Tensor,
        backward: Tensor,
        backward_next: Tensor,
        warped_forward: Tensor,
        forward_prev: Tensor,
        odds: Tensor,
    ) -> Tensor:
        """`prepare` and `step` the published way: from lightness [n, 1, h, w] in 0..100, on concatenated inputs.

        All arguments but the lightness are as in `prepare` and `step`; so is the result.
        """
        lightness = [self.lightness_features(l) for l in (l_prev, l_cur, l_next)]  # noqa: E741
        logit = self.weigting(torch.cat((*lightness, backward, warped_forward), dim=1))
        weight = _weight(logit, self._nearness(odds))
        fused = weight * warped_forward + (1.0 - weight) * backward
        reduced = [self._reduce(x) for x in (backward_next, forward_prev, fused)]
        return fused + self.feature_refine(torch.cat((*lightness, *reduced), dim=1))

    def _reduce(self, features: Tensor) -> Tensor:
        # The published training lets no gradient through the reduced inputs.
        return self.channel_reduction(features.detach())

    def _nearness(self, odds: Tensor) -> Tensor | None:
        return None if self.nearness is None else self.nearness * odds.log().view(-1, 1, 1, 1)


def _weight(logit: Tensor, nearness: Tensor | None) -> Tensor:
    """Weight of the forward feature, in the logit's precision."""
    return torch.sigmoid(logit if nearness is None else logit + nearness.to(logit.dtype))
