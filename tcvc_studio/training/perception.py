"""What a network that knows things sees in a picture: the perceptual loss."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tcvc_studio.color.lab import lab_to_rgb
from tcvc_studio.networks.mobilenet import Encoder, color_weights, normalised


class Critic(nn.Module):
    """MobileNetV2 as published, frozen, which looks at pictures in color: Johnson et al. 2016, section 3.2."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """weights: in the folded layout. Raises KeyError or RuntimeError where they are something else."""
        super().__init__()
        self.encoder = Encoder(channels=3)
        self.encoder.load_state_dict(color_weights(weights))
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)

    def forward(self, predicted: Tensor, truth: Tensor, lightness: Tensor) -> Tensor:
        """How differently it sees a lightness in predicted and in true color; 0 dimensions, 0 where alike.

        predicted, truth: ab [n, 2, h, w], Lab units. lightness: CIE L [n, 1, h, w] of the picture. Squared error over
        variance of what is seen at 1/2, 1/4 ... 1/32 of the size, their mean: about .2 for a fair guess.
        """
        with torch.no_grad():
            real = self._seen(truth, lightness)
        pairs = zip(self._seen(predicted, lightness), real, strict=True)
        return sum((one - other).square().mean() / other.var() for one, other in pairs) / len(real)

    def _seen(self, ab: Tensor, lightness: Tensor) -> list[Tensor]:
        # Not by `clip`, which cuts in place: the gradient needs what was there before.
        rgb = lab_to_rgb(torch.cat((lightness, ab), dim=1), clip=False).clamp(0, 1)
        return self.encoder(normalised(rgb).contiguous(memory_format=torch.channels_last))
