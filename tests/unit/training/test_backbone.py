"""Training lowers the loss, goes on bit for bit, and survives being killed while it saves."""

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.analysis.stills import color_still
from tcvc_studio.engine.device import Compute
from tcvc_studio.errors import StudioError
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.mobilenet import Encoder
from tcvc_studio.training import checkpoint
from tcvc_studio.training.backbone import BackboneRecipe, train_backbone
from tcvc_studio.training.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from tcvc_studio.training.evaluate import score_stills
from tcvc_studio.training.losses import color_loss, picture_loss
from tcvc_studio.training.run import Clock, Reports, cosine_rate
from tcvc_studio.training.ship import ship
from tcvc_studio.weights.load import load_state

_CPU = Compute(torch.device("cpu"), torch.float32)
_RECIPE = BackboneRecipe(steps=6, batch=4, sizes=(32,), rate=2e-3)
_QUIET = Reports(log_every=2, check_every=3, save_every=3, say=lambda line: None)


@pytest.fixture(autouse=True)
def one_thread():
    """Bit for bit holds for one thread a convolution, as training sets it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _network() -> CompactBackbone:
    torch.manual_seed(4)
    return CompactBackbone(widths=(8, 8, 8, 8, 8))


def _pictures() -> list[np.ndarray]:
    """Bright is orange and dark is blue: a rule that color can be told from gray by."""
    pictures = []
    for seed in range(6):
        gray = np.random.default_rng(seed).random((5, 5)).astype(np.float32)
        gray = cv2.resize(gray, (70, 64), interpolation=cv2.INTER_CUBIC).clip(0, 1)[..., None]
        rgb = gray * np.array([250, 160, 40]) + (1 - gray) * np.array([20, 40, 160])
        pictures.append(rgb.round().astype(np.uint8))
    return pictures


def _train(out: Path, **options) -> dict[str, torch.Tensor]:
    options = {"recipe": _RECIPE, "reports": _QUIET, "held_out": [], **options}
    held_out = options.pop("held_out")
    return train_backbone(_pictures(), held_out, out, compute=_CPU, network=_network(), **options).state_dict()


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_few_steps_lower_the_loss(tmp_path):
    recipe = BackboneRecipe(steps=40, batch=8, sizes=(32,), rate=3e-3)
    _train(tmp_path, recipe=recipe, held_out=_pictures()[:2], reports=Reports(10, 20, 40, lambda line: None))
    rows = _rows(tmp_path)
    losses = [float(row["regression"]) for row in rows if row["regression"]]
    assert losses[-1] < 0.8 * losses[0]
    assert [row["step"] for row in rows if row["psnr"]] == ["20", "40"]
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["000020.png", "000040.png"]


def test_a_run_taken_up_again_ends_with_the_same_bits(tmp_path):
    whole = _train(tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(line: str) -> None:
        if line.startswith("step 4"):
            raise Killed

    with pytest.raises(Killed):
        _train(tmp_path / "parts", reports=Reports(2, 3, 3, kill))
    assert load_checkpoint(tmp_path / "parts", architecture="compact")["step"] == 3
    parts = _train(tmp_path / "parts", resume=True)
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_a_kill_in_the_middle_of_saving_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, {"architecture": "compact", "step": 1})

    def half(state: object, file) -> None:
        file.write(b"half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.torch, "save", half)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(tmp_path, {"architecture": "compact", "step": 2})
    assert load_checkpoint(tmp_path, architecture="compact")["step"] == 1
    save_checkpoint(tmp_path, {"architecture": "compact", "step": 3})
    assert load_checkpoint(tmp_path, architecture="compact")["step"] == 3
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


@pytest.mark.parametrize("trouble", ["absent", "damaged", "another"])
def test_a_checkpoint_that_does_not_serve(tmp_path, trouble):
    if trouble == "damaged":
        (tmp_path / CHECKPOINT).write_bytes(b"PK half a checkpoint")
    if trouble == "another":
        save_checkpoint(tmp_path, {"architecture": "fusion", "step": 1})
    with pytest.raises(StudioError) as caught:
        _train(tmp_path, resume=True)
    assert str(tmp_path) in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize("shape", [None, (3, 3)])
def test_an_encoder_of_another_network(tmp_path, shape):
    state = _network().encoder.state_dict() if shape else {}
    encoder = {name: torch.zeros(shape) for name in state}
    with pytest.raises(StudioError, match="MobileNetV2"):
        _train(tmp_path, encoder=encoder)


def test_a_run_that_begins_from_trained_weights(tmp_path):
    """What is frozen stays, the rest goes on, and nearly nothing changes at a rate near zero."""
    torch.manual_seed(9)
    trained = CompactBackbone(widths=(8, 8, 8, 8, 8)).state_dict()
    recipe = BackboneRecipe(steps=2, batch=2, sizes=(32,), rate=1e-5, by_picture=0.8, classes=0, part=(0.7, 1))
    learned = _train(tmp_path, recipe=recipe, begin=trained)
    first = "encoder.features.0.0.weight"
    assert torch.equal(learned[first], trained[first])
    changes = [float((learned[name] - trained[name]).abs().max()) for name in trained]
    assert 0 < max(changes) < 1e-3
    with pytest.raises(StudioError, match="--begin"):
        _train(tmp_path, begin={"head.bias": torch.zeros(2)})


def _encoder() -> dict[str, torch.Tensor]:
    """MobileNetV2's layout, drawn."""
    torch.manual_seed(7)
    return Encoder(channels=3).state_dict()


def test_a_perceptual_loss_is_learned_from_and_logged(tmp_path):
    each_step = Reports(1, 100, 100, lambda line: None)
    plain, seen = (
        _train(tmp_path / str(w), recipe=replace(_RECIPE, perceptual=w), encoder=_encoder(), reports=each_step)
        for w in (0.0, 50.0)
    )
    assert not torch.equal(plain["head.weight"], seen["head.weight"])
    assert {row["perceptual"] for row in _rows(tmp_path / "0.0")} == {"0"}
    for row in _rows(tmp_path / "50.0"):
        rest = float(row["loss"]) - float(row["regression"]) - _RECIPE.classes * float(row["classes"])
        assert rest == pytest.approx(50 * float(row["perceptual"]), rel=1e-2) and rest > 0


def test_a_perceptual_loss_needs_an_encoder(tmp_path):
    with pytest.raises(StudioError, match="--encoder"):
        _train(tmp_path, recipe=replace(_RECIPE, perceptual=1))
    with pytest.raises(StudioError, match="MobileNetV2"):
        _train(tmp_path, recipe=replace(_RECIPE, perceptual=1), begin=_network().state_dict(), encoder={})


def test_a_run_that_begins_from_trained_weights_keeps_their_encoder(tmp_path):
    """The published one is then there to see with alone."""
    trained, recipe = _network().state_dict(), replace(_RECIPE, rate=1e-9, perceptual=1)
    learned = _train(tmp_path, recipe=recipe, begin=trained, encoder=_encoder())
    last = "encoder.features.17.conv.4.weight"
    torch.testing.assert_close(learned[last], trained[last])


def test_no_room_for_a_checkpoint(tmp_path, monkeypatch):
    def full(state: object, file) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.torch, "save", full)
    with pytest.raises(StudioError, match="No space left"):
        save_checkpoint(tmp_path, {"step": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudioError, match="name another folder"):
        _train(tmp_path / "file" / "out")


def test_the_clock_counts_steps_and_minutes():
    seconds = iter([0.0, 10.0, 20.0, 40.0])
    clock = Clock(10, 1.0, now=lambda: next(seconds))
    clock.start()
    clock.tick()
    assert clock.progress() == pytest.approx(10 / 60)
    assert clock.progress(9) == pytest.approx(0.9)
    clock.tick()
    clock.tick()
    assert (clock.step, clock.seconds) == (3, 40.0)
    assert clock.progress() == pytest.approx(40 / 60) and not clock.finished


def test_the_rate_rises_and_falls():
    rates = [cosine_rate(i / 100) for i in range(101)]
    assert max(rates) == pytest.approx(1, abs=1e-3)
    assert rates[0] == pytest.approx(0.1) and rates[-1] == pytest.approx(0.01)
    assert rates[3:] == sorted(rates[3:], reverse=True)


def test_crops_grow_while_their_pixels_stay():
    recipe = BackboneRecipe(batch=24, sizes=(128, 160, 192))
    assert [recipe.crop(p) for p in (0, 0.49, 0.5, 0.74, 0.75, 1.0)] == [
        (24, 128), (24, 128), (15, 160), (15, 160), (11, 192), (11, 192)
    ]  # fmt: skip


def test_vividness_favours_the_colorful_of_two_guesses():
    """Half gray, half colored truth: without weights the best guess is the middle, with them it is more colorful."""
    truth = torch.zeros(1, 2, 1, 2)
    truth[:, 0, :, 1] = 20.0
    guesses = torch.arange(0, 21.0)

    def best(vividness: float) -> float:
        losses = [color_loss(torch.full((1, 2, 1, 2), 0.0) + _red(g), truth, vividness=vividness) for g in guesses]
        return float(guesses[int(torch.stack(losses).argmin())])

    assert best(0.0) == 10
    assert best(1.0) > 11


def test_every_picture_counts_alike_by_pictures():
    """Half the error is worth as much in a picture that is nearly right as in one that is far off."""
    truth = torch.zeros(2, 2, 4, 4)

    def loss(good: float, poor: float) -> float:
        return float(picture_loss(torch.stack((truth[0] + good, truth[1] + poor)), truth, vividness=0))

    assert loss(20, 40) - loss(10, 40) == pytest.approx(loss(20, 40) - loss(20, 20), rel=0.05)
    perfect = truth.clone().requires_grad_()
    picture_loss(perfect, truth, vividness=1).backward()
    assert perfect.grad.isfinite().all()


def _red(amount: float) -> torch.Tensor:
    return torch.tensor([float(amount), 0.0]).view(1, 2, 1, 1)


def test_the_loss_is_differentiable_at_a_perfect_guess():
    guess = torch.zeros(1, 2, 4, 4, requires_grad=True)
    loss = color_loss(guess, torch.zeros(1, 2, 4, 4), vividness=1.0)
    loss.backward()
    assert loss.item() < 1e-4 and guess.grad.isfinite().all()


def _no_color(l: torch.Tensor) -> torch.Tensor:  # noqa: E741
    return torch.zeros(1, 2, *l.shape[2:])


def test_stills_colored_with_their_own_color_score_high_and_gray_ones_low():
    pictures = [picture[:50, :37] for picture in _pictures()[:2]]
    gray = score_stills(pictures, _no_color)
    assert gray.psnr == pytest.approx(gray.gray_psnr)
    assert gray.colorfulness < 1 < gray.true_colorfulness
    shown = color_still(pictures[0], _no_color)
    assert shown.shape == pictures[0].shape and shown.dtype == np.uint8


def test_shipped_weights_load_and_color_alike(tmp_path):
    network = _network().eval()
    path = tmp_path / "compact.safetensors"
    ship(network, path, facts={"architecture": "compact"})
    again = _network().eval()
    again.load_state_dict(load_state(path))
    l = 100 * torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(1))  # noqa: E741
    with torch.no_grad():
        assert (network(l) - again(l)).abs().max() < 0.5
    assert path.stat().st_size < 2.2 * sum(parameter.numel() for parameter in network.parameters()) + 60_000


def test_weights_that_cannot_be_written(tmp_path):
    with pytest.raises(StudioError, match="cannot be written"):
        ship(_network(), tmp_path / "absent" / "compact.safetensors", facts={})
