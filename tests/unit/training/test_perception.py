"""The perceptual loss: nothing where colors are alike, more the farther they are, with a gradient that leads there."""

import pytest
import torch

from tcvc_studio.networks.mobilenet import Encoder
from tcvc_studio.training.perception import Critic


@pytest.fixture(scope="module")
def critic() -> Critic:
    torch.manual_seed(6)
    return Critic(Encoder(channels=3).state_dict())


def _pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """(lightness, ab) of two pictures of colors that can be shown."""
    generator = torch.Generator().manual_seed(2)
    return 40 + 20 * torch.rand(2, 1, 64, 64, generator=generator), 30 * torch.randn(2, 2, 1, 1, generator=generator)


def test_alike_is_nothing_and_farther_is_more(critic):
    lightness, ab = _pictures()
    ab = ab.expand(-1, -1, 64, 64)
    losses = [float(critic(share * ab, ab, lightness)) for share in (1, 0.8, 0.4, 0)]
    assert losses[0] == 0
    assert losses == sorted(losses) and losses[1] > 0


def test_its_gradient_leads_to_the_true_color(critic):
    lightness, ab = _pictures()
    truth = ab.expand(-1, -1, 64, 64)
    guess = torch.zeros_like(ab, requires_grad=True)
    optimizer = torch.optim.Adam([guess], lr=2)
    for _ in range(30):
        optimizer.zero_grad()
        critic(guess.expand(-1, -1, 64, 64), truth, lightness).backward()
        optimizer.step()
    assert (guess - ab).norm() < 0.5 * ab.norm()


def test_it_learns_nothing_itself_and_takes_what_cannot_be_shown(critic):
    assert not any(parameter.requires_grad for parameter in critic.parameters())
    lightness, ab = _pictures()
    wild = (20 * ab).expand(-1, -1, 64, 64).clone().requires_grad_()
    loss = critic(wild, ab.expand(-1, -1, 64, 64), lightness)
    loss.backward()
    assert loss.isfinite() and wild.grad.isfinite().all()


def test_other_weights_are_refused():
    with pytest.raises(KeyError):
        Critic({})
