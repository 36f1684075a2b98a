"""The fusion's split arithmetic is the published arithmetic; strides and training behave."""

import pytest
import torch

from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.plain_fusion import PlainFusion


def _fusion(**options) -> FeatureFusion:
    torch.manual_seed(3)
    return FeatureFusion(12, lightness_channels=4, weight_hidden=(10, 6), refine_hidden=(9, 7), reduced=5, **options)


def _inputs(n: int = 3, *, size: int = 16, stride: int = 1) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(5)
    inputs = {name: 100 * torch.rand(n, 1, size, size, generator=rng) for name in ("l_prev", "l_cur", "l_next")}
    for name in ("backward", "backward_next", "warped_forward", "forward_prev"):
        inputs[name] = torch.randn(n, 12, size // stride, size // stride, generator=rng)
    inputs["odds"] = torch.arange(n, 0, -1.0)
    return inputs


def _split(fusion: FeatureFusion, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Prepared over all frames at once, then stepped frame by frame."""
    prepared = {name: inputs[name] for name in ("backward", "backward_next", "odds")}
    prepared |= {name: fusion.lightness_features(inputs[name]) for name in ("l_prev", "l_cur", "l_next")}
    part = fusion.prepare(**prepared)
    steps = [
        fusion.step(part.frame(i), inputs["warped_forward"][i : i + 1], inputs["forward_prev"][i : i + 1])
        for i in range(len(inputs["l_cur"]))
    ]
    return torch.cat(steps)


@pytest.mark.parametrize("nearness", [False, True])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_split_and_published_agree(stride, nearness):
    fusion, inputs = _fusion(stride=stride, nearness=nearness), _inputs(stride=stride)
    with torch.no_grad():
        published, split = fusion(**inputs), _split(fusion, inputs)
    assert published.shape == inputs["backward"].shape
    torch.testing.assert_close(split, published, rtol=1e-5, atol=1e-5)


def test_split_and_published_agree_at_the_published_sizes():
    torch.manual_seed(1)
    fusion = FeatureFusion(128)
    inputs = {
        name: torch.randn(1, 128, 16, 16) if "ward" in name else value for name, value in _inputs(1).items()
    }
    with torch.no_grad():
        torch.testing.assert_close(_split(fusion, inputs), fusion(**inputs), rtol=1e-5, atol=1e-5)


def test_gradients_agree_too_and_stop_at_the_reduced_inputs():
    gradients = []
    for way in (_split, lambda fusion, inputs: fusion(**inputs)):
        fusion, inputs = _fusion(), _inputs()
        for name in ("backward", "backward_next", "warped_forward", "forward_prev"):
            inputs[name].requires_grad_()
        way(fusion, inputs).square().mean().backward()
        assert inputs["backward_next"].grad is None and inputs["forward_prev"].grad is None
        assert inputs["warped_forward"].grad.abs().max() > 0
        gradients.append({name: p.grad for name, p in fusion.named_parameters()})
    assert all(g is not None and g.abs().max() > 0 for g in gradients[0].values())
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], rtol=1e-4, atol=1e-6, msg=name)


def test_a_step_leaves_the_prepared_part_as_it_was():
    fusion, inputs = _fusion(), _inputs(1)
    with torch.no_grad():
        torch.testing.assert_close(_split(fusion, inputs), _split(fusion, inputs), rtol=0, atol=0)
        lightness = [fusion.lightness_features(inputs[n]) for n in ("l_prev", "l_cur", "l_next")]
        part = fusion.prepare(
            l_prev=lightness[0], l_cur=lightness[1], l_next=lightness[2],
            backward=inputs["backward"], backward_next=inputs["backward_next"], odds=inputs["odds"],
        )  # fmt: skip
        before = [part.weighting.clone(), part.refine.clone(), part.backward.clone()]
        once = fusion.step(part, inputs["warped_forward"], inputs["forward_prev"])
        again = fusion.step(part, inputs["warped_forward"], inputs["forward_prev"])
    torch.testing.assert_close(once, again, rtol=0, atol=0)
    for old, now in zip(before, (part.weighting, part.refine, part.backward), strict=True):
        torch.testing.assert_close(old, now, rtol=0, atol=0)


def test_every_input_counts():
    fusion, inputs = _fusion(nearness=True), _inputs(1)
    with torch.no_grad():
        before = fusion(**inputs)
        for name in inputs:
            changed = inputs | {name: inputs[name] + 10.0}
            assert (fusion(**changed) - before).abs().max() > 1e-4, name


def test_strides_keep_the_weights_shapes():
    shapes = [{k: v.shape for k, v in _fusion(stride=s).state_dict().items()} for s in (1, 2, 4)]
    assert shapes[0] == shapes[1] == shapes[2]


def test_an_unknown_stride_is_refused():
    with pytest.raises(ValueError, match="stride 3"):
        _fusion(stride=3)


def test_half_precision_takes_lightness_in_float32():
    fusion = _fusion().to(torch.bfloat16)
    features = fusion.lightness_features(torch.full((1, 1, 8, 8), 73.2))
    assert features.dtype == torch.bfloat16


def test_autocast_stays_close_whatever_the_features_come_in():
    fusion, inputs = _fusion(), _inputs()
    half = {n: v.bfloat16() if "ward" in n else v for n, v in inputs.items()}
    with torch.no_grad():
        exact = fusion(**inputs)
        for given in (inputs, half, inputs | {"forward_prev": half["forward_prev"]}):
            with torch.autocast("cpu", torch.bfloat16):
                assert (_split(fusion, given).float() - exact).abs().max() < 0.1


def test_nearness_alone_weighs_by_the_odds():
    fusion = _fusion(nearness=True)
    for layer in (fusion.weigting.conv3, fusion.feature_refine.conv3):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    inputs = _inputs(4)
    with torch.no_grad():
        fused = _split(fusion, inputs)
    kept = (inputs["odds"] / (inputs["odds"] + 1)).view(-1, 1, 1, 1)
    expected = kept * inputs["warped_forward"] + (1 - kept) * inputs["backward"]
    torch.testing.assert_close(fused, expected, rtol=1e-5, atol=1e-5)


def test_the_published_module_does_not_know_how_far_the_anchors_are():
    fusion, inputs = _fusion(), _inputs(2)
    assert "nearness" not in fusion.state_dict() and not fusion.anchored
    with torch.no_grad():
        near, far = (fusion(**inputs | {"odds": torch.full((2,), r)}) for r in (1.0, 50.0))
    assert torch.equal(near, far)


@pytest.mark.parametrize("directions", [1, 2])
def test_plain_fusions_see_what_is_carried_and_nothing_else(directions):
    torch.manual_seed(4)
    fusion, inputs = PlainFusion(12, directions=directions, hidden=(9, 7), stride=2), _inputs(3, stride=2)
    with torch.no_grad():
        before = fusion(**inputs)
        torch.testing.assert_close(_split(fusion, inputs), before, rtol=1e-5, atol=1e-5)
        seen = {
            name for name in inputs
            if (fusion(**inputs | {name: inputs[name] + 10.0}) - before).abs().max() > 1e-4
        }  # fmt: skip
    assert seen == ({"warped_forward"} if directions == 1 else {"warped_forward", "backward", "odds"})
