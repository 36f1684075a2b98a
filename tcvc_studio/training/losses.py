"""What the backbone is punished for."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Side of a bin of the ab plane, and bins a side: -100..100 in Lab units.
_BIN = 20.0
_BINS = 10
#: Lab units below which a picture's error need not fall.
_UNSEEN = 2.0


def color_loss(predicted: Tensor, truth: Tensor, *, vividness: float) -> Tensor:
    """Huber loss of the color distance, weighted by how colorful the truth is; 0 dimensions, about 1 for a poor guess.

    predicted, truth: [n, 2, h, w], Lab units. Below 25 units the loss is quadratic, above it grows evenly.
    vividness: weights are 1 + vividness * chroma / 40. What may be gray or colored is then guessed nearer to the
        color than its plain mean would be, because most pixels of most pictures are nearly gray.
    """
    knee = 25.0
    weight = 1 + vividness * truth.square().sum(dim=1).sqrt() / 40
    distance = (predicted - truth).square().sum(dim=1).clamp(min=1e-6).sqrt()
    huber = torch.where(distance < knee, distance.square() / (2 * knee), distance - knee / 2)
    return (weight * huber).sum() / weight.sum() / 5


def picture_loss(predicted: Tensor, truth: Tensor, *, vividness: float) -> Tensor:
    """Logarithm of each picture's squared color error, averaged over the pictures; 0 dimensions, about 5 at first.

    predicted, truth: [n, 2, h, w], Lab units; vividness as in `color_loss`. This is PSNR's view: halving the error of
    a picture is worth the same whatever is in it, so that a plain wall must not turn blue for the sake of a wild guess
    at a coat. Errors below 2 Lab units count no further.
    """
    weight = 1 + vividness * truth.square().sum(dim=1).sqrt() / 40
    squares = (predicted - truth).square().sum(dim=1)
    error = (weight * squares).sum(dim=(1, 2)) / weight.sum(dim=(1, 2))
    return (error + _UNSEEN**2).log().mean()


class ColorClassifier(nn.Module):
    """Which of 100 colors, from the backbone's features: used in training only.

    A mean of red and blue is gray; a distribution over colors can hold both, and the features then know of both.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(channels, _BINS * _BINS, 1)

    def forward(self, features: Tensor, truth: Tensor, *, vividness: float) -> Tensor:
        """Cross-entropy, weighted as `color_loss`; features [n, channels, h, w], truth [n, 2, h, w]."""
        logits = self.head(F.avg_pool2d(features, 2))
        truth = F.avg_pool2d(truth, 2)
        cell = (truth / _BIN + _BINS / 2).floor().clamp(0, _BINS - 1).long()
        label = cell[:, 0] * _BINS + cell[:, 1]
        weight = 1 + vividness * truth.square().sum(dim=1).sqrt() / 40
        entropy = F.cross_entropy(logits.float(), label, reduction="none")
        return (weight * entropy).sum() / weight.sum()
