"""RAFT: parity with the published network, both naming schemes, sizes."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tcvc_studio.errors import StudioError
from tcvc_studio.flow import raft_parts
from tcvc_studio.flow.raft import Raft, RaftFlow, raft_from_state_dict


def drawn(name: str, shape: torch.Size) -> Tensor:
    """A value that depends on the name alone, sized so that activations keep their scale."""
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    if len(shape) > 1:
        return torch.randn(shape, generator=generator) / int(np.prod(shape[1:])) ** 0.5
    if name.endswith(("running_var", "weight")):
        return torch.rand(shape, generator=generator) + 0.5
    return torch.randn(shape, generator=generator) * 0.1


def authors_state(*, large: bool) -> dict[str, Tensor]:
    state = {name: drawn(name, value.shape) for name, value in Raft(large=large).state_dict().items()}
    if large:  # the shortcut's norm has a second name in the authors' files
        for name in [n for n in state if n.startswith("cnet.") and ".downsample.1." in n]:
            state[name.replace("downsample.1", "norm3")] = state[name]
    return state


def encoder_names(theirs: str, ours: str, *, convolutions: int, normed: bool) -> dict[str, str]:
    """torchvision's names (FeatureEncoder, ResidualBlock or BottleneckBlock) and the authors' for one encoder."""
    table = {}

    def convolution(their: str, our_convolution: str, our_norm: str) -> None:
        for leaf in ("weight", "bias"):
            table[f"{their}.0.{leaf}"] = f"{our_convolution}.{leaf}"
        if normed:
            for leaf in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                table[f"{their}.1.{leaf}"] = f"{our_norm}.{leaf}"

    convolution(f"{theirs}.convnormrelu", f"{ours}.conv1", f"{ours}.norm1")
    for layer in (1, 2, 3):
        for block in (0, 1):
            their, our = f"{theirs}.layer{layer}.{block}", f"{ours}.layer{layer}.{block}"
            for i in range(1, convolutions + 1):
                convolution(f"{their}.convnormrelu{i}", f"{our}.conv{i}", f"{our}.norm{i}")
            if layer > 1 and block == 0:
                convolution(f"{their}.downsample", f"{our}.downsample.0", f"{our}.downsample.1")
    for leaf in ("weight", "bias"):
        table[f"{theirs}.conv.{leaf}"] = f"{ours}.conv2.{leaf}"
    return table


def torchvision_names(*, large: bool) -> dict[str, str]:
    """torchvision's name of every parameter of raft_small or raft_large, and the authors' name of the same."""
    convolutions = 2 if large else 3
    table = encoder_names("feature_encoder", "fnet", convolutions=convolutions, normed=False)
    table |= encoder_names("context_encoder", "cnet", convolutions=convolutions, normed=large)
    modules = {
        "update_block.motion_encoder.convcorr1.0": "update_block.encoder.convc1",
        "update_block.motion_encoder.convflow1.0": "update_block.encoder.convf1",
        "update_block.motion_encoder.convflow2.0": "update_block.encoder.convf2",
        "update_block.motion_encoder.conv.0": "update_block.encoder.conv",
        "update_block.flow_head.conv1": "update_block.flow_head.conv1",
        "update_block.flow_head.conv2": "update_block.flow_head.conv2",
    }
    first = "1" if large else ""
    for gate in "zrq":
        modules[f"update_block.recurrent_block.convgru1.conv{gate}"] = f"update_block.gru.conv{gate}{first}"
    if large:
        modules["update_block.motion_encoder.convcorr2.0"] = "update_block.encoder.convc2"
        modules["mask_predictor.convrelu.0"] = "update_block.mask.0"
        modules["mask_predictor.conv"] = "update_block.mask.2"
        for gate in "zrq":
            modules[f"update_block.recurrent_block.convgru2.conv{gate}"] = f"update_block.gru.conv{gate}2"
    return table | {f"{a}.{leaf}": f"{b}.{leaf}" for a, b in modules.items() for leaf in ("weight", "bias")}


def frames(height: int, width: int, n: int = 1) -> tuple[Tensor, Tensor]:
    """A smooth texture in lightness units, and the same two pixels to the right."""
    generator = torch.Generator().manual_seed(5)
    coarse = torch.rand(n, 1, height // 4 + 2, width // 4 + 2, generator=generator)
    fine = torch.nn.functional.interpolate(coarse, size=(height, width + 2), mode="bicubic") * 100
    return fine[..., 2:].contiguous(), fine[..., :-2].contiguous()


def test_agrees_with_the_published_network(shared: Path, fixtures: Path) -> None:
    weights = shared / "data" / "weights" / "raft-small.pth"
    flow = RaftFlow(raft_from_state_dict(torch.load(weights, weights_only=True, map_location="cpu")))
    pair = np.load(fixtures / "raft_small.npz")
    first, second = (torch.from_numpy(pair[name]).float()[None, None] / 2.55 for name in ("gray_1", "gray_2"))
    difference = (flow(first, second)[0] - torch.from_numpy(pair["flow_1_to_2"])).norm(dim=0)
    assert difference.mean() < 1e-3


@pytest.mark.parametrize("large", [False, True])
def test_torchvision_names_load_and_give_the_same_flow(large: bool) -> None:
    state = authors_state(large=large)
    names = torchvision_names(large=large)
    twins = {name for name in state if "norm3" in name}
    assert set(names.values()) == set(state) - twins, "the table names every parameter once"
    theirs = {name: state[ours] for name, ours in names.items()}
    first, second = frames(64, 72)
    reference = RaftFlow(raft_from_state_dict({f"module.{k}": v for k, v in state.items()}), iterations=2)
    same = RaftFlow(raft_from_state_dict(theirs), iterations=2)
    assert reference(first, second).abs().max() > 1e-3
    assert torch.equal(reference(first, second), same(first, second))
    assert reference.key == same.key


def test_parameters_are_as_many_as_published() -> None:
    assert sum(p.numel() for p in Raft().parameters()) == 990_162
    assert sum(p.numel() for p in Raft(large=True).parameters()) == 5_257_536


def test_correlations_not_kept_give_the_same_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = RaftFlow(raft_from_state_dict(authors_state(large=False)), iterations=2)
    pair = frames(72, 96, n=2)
    kept = flow(*pair)
    monkeypatch.setattr(raft_parts, "_KEEP_BYTES", 2 * 4 * 12 * 9 * 12 * 3)
    assert torch.allclose(flow(*pair), kept, atol=1e-4)


@pytest.mark.parametrize("size", [(16, 16), (17, 130), (70, 64)])
def test_any_size_works(size: tuple[int, int]) -> None:
    found = RaftFlow(raft_from_state_dict(authors_state(large=False)), iterations=1)(*frames(*size))
    assert found.shape == (1, 2, *size)
    assert found.isfinite().all()


def test_odd_sizes_are_padded_with_their_border_and_cut_again() -> None:
    model = raft_from_state_dict(authors_state(large=False))
    pair = frames(66, 78)
    padded = [torch.nn.functional.pad(x, (1, 1, 3, 3), mode="replicate").expand(-1, 3, -1, -1) * 2.55 for x in pair]
    with torch.inference_mode():
        expected = model(*padded, iterations=2)[..., 3:-3, 1:-1]
    assert torch.equal(RaftFlow(model, iterations=2)(*pair), expected)


def test_a_start_is_where_the_first_step_begins() -> None:
    state = authors_state(large=False)
    for leaf in ("weight", "bias"):  # a network that corrects nothing
        state[f"update_block.flow_head.conv2.{leaf}"] = torch.zeros_like(state[f"update_block.flow_head.conv2.{leaf}"])
    start = torch.tensor([3.0, -2.0]).view(1, 2, 1, 1).expand(1, 2, 66, 78)
    flow = RaftFlow(raft_from_state_dict(state), iterations=2)(*frames(66, 78), start=start)
    assert torch.allclose(flow, start, atol=1e-4)


def test_iterations_and_weights_are_in_the_key() -> None:
    model = raft_from_state_dict(authors_state(large=False))
    other = raft_from_state_dict({k: v * 1.01 for k, v in authors_state(large=False).items()})
    assert len({RaftFlow(model).key, RaftFlow(model, iterations=6).key, RaftFlow(other).key}) == 3
    with pytest.raises(ValueError, match="iteration"):
        RaftFlow(model, iterations=0)


def test_other_weights_are_refused() -> None:
    for state in ({}, {"fnet.conv1.weight": torch.zeros(1)}, authors_state(large=False) | {"extra": torch.zeros(1)}):
        with pytest.raises(StudioError, match="RAFT"):
            raft_from_state_dict(state)
