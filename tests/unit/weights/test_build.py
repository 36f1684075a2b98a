"""The right networks come out of names and files, with the fusion that was trained on them or none."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tcvc_studio.errors import StudioError
from tcvc_studio.flow.raft import Raft
from tcvc_studio.networks.cic import Cic
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.plain_fusion import PlainFusion
from tcvc_studio.networks.view import View
from tcvc_studio.weights.build import Network, build_backbone, build_flow, build_fusion, build_network
from tcvc_studio.weights.detect import detect
from tcvc_studio.weights.load import load_state
from tests.parity_weights import drawn_state
from tests.unit.weights.conftest import WIDTHS, Files, entry, sha


def _full_catalogue(make_store):
    return make_store(
        entry("compact"),
        entry("compact-fusion", role="fusion", architecture="fusion", backbone="compact"),
        entry("idc"),
        entry("cic"),
        entry("tcvc-idc", role="fusion", architecture="tcvc", backbone="idc"),
    )


@pytest.fixture
def store(make_store):
    return _full_catalogue(make_store)


def _same(network: torch.nn.Module, state: dict[str, torch.Tensor]) -> bool:
    ours = network.state_dict()
    return all(torch.equal(ours[name], value) for name, value in state.items())


def _colors(network: Network) -> torch.Tensor:
    lightness = 100 * torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    return network.backbone.decode(network.backbone.encode(lightness))


def test_compact_and_its_fusion_from_the_store(store, files: Files):
    store.take("compact", files.compact)
    store.take("compact-fusion", files.compact_fusion)
    network = build_network("compact", store=store)
    assert network.architecture == "compact" and network.notes == ()
    assert network.backbone.channels == WIDTHS[0]
    assert network.fusion.stride == network.backbone.stride == 2
    assert _same(network.backbone, load_file(files.compact))
    assert _same(network.fusion, load_file(files.compact_fusion))
    assert not network.backbone.training
    assert not any(p.requires_grad for p in network.backbone.parameters())
    assert not any(p.requires_grad for p in network.fusion.parameters())
    assert _colors(network).shape == (1, 2, 32, 32)
    assert isinstance(build_fusion("compact", store=store), type(network.fusion))


def test_a_backbone_without_trained_fusion_says_so(store, files: Files):
    store.take("compact", files.compact)
    network = build_network("compact", store=store)
    assert network.fusion is None
    assert "no trained fusion" in network.notes[0]
    assert build_fusion("compact", store=store) is None


def test_the_key_follows_the_weights(store, files: Files, tmp_path):
    store.take("compact", files.compact)
    alone = build_network("compact", store=store).key
    assert build_network("compact", store=store).key == alone
    store.take("compact-fusion", files.compact_fusion)
    fused = build_network("compact", store=store).key
    state = load_file(files.compact)
    state["head.bias"] = state["head.bias"] + 1e-3
    save_file(state, tmp_path / "other.safetensors")
    other = build_network("compact", weights=tmp_path / "other.safetensors", store=store).key
    assert len({alone, fused, other}) == 3


def test_the_catalogue_says_in_how_many_ways_a_backbone_looks(make_store, files: Files, store):
    looks = make_store(entry("compact") + "views = [{}, {scale = 0.625, mirrored = true}]\n", entry("cic"))
    for place in (looks, store):
        place.take("compact", files.compact)
    often, once = (build_network("compact", store=place) for place in (looks, store))
    assert often.backbone.views == (View(), View(0.625, mirrored=True))
    assert often.key != once.key and not torch.equal(_colors(often), _colors(once))
    # A file of the same architecture is looked through alike, one of another is not.
    assert build_backbone("compact", weights=files.compact, store=looks).views == often.backbone.views
    assert isinstance(build_backbone("compact", weights=files.cic, store=looks), Cic)


def test_precision(store, files: Files):
    backbone = build_backbone("compact", weights=files.compact, store=store, dtype=torch.bfloat16)
    assert {p.dtype for p in backbone.parameters()} == {torch.bfloat16}


def test_official_idc_loads_by_name_without_counters(store, files: Files):
    network = build_network("idc", weights=files.idc, store=store)
    assert network.architecture == "idc" and network.fusion is None
    assert _same(network.backbone, load_state(files.idc))


def test_the_file_decides_over_the_name(store, files: Files):
    network = build_network("compact", weights=files.cic, store=store)
    assert network.architecture == "cic"
    assert "used in place of compact" in network.notes[0]


def test_the_authors_checkpoint_gives_backbone_and_fusion(store, files: Files):
    network = build_network("idc", weights=files.tcvc, store=store)
    state = load_state(files.tcvc)
    assert network.notes == ()
    assert torch.equal(network.backbone.model_out[0].weight, state["fea_key.model_out.0.weight"])
    assert torch.equal(network.fusion.weigting.conv2.bias, state["weigting.conv2.bias"])
    assert network.fusion.stride == 1


def test_the_imported_checkpoint_serves_idc_by_name(store, files: Files):
    store.take("tcvc-idc", files.tcvc)
    network = build_network("idc", store=store)
    assert network.fusion is not None
    assert "TCVC-IDC" in network.notes[0]


def test_a_file_with_a_fusion_alone_joins_the_named_backbone(store, files: Files):
    store.take("compact", files.compact)
    network = build_network("compact", weights=files.compact_fusion, store=store)
    assert _same(network.fusion, load_file(files.compact_fusion))
    assert network.notes == ()


def test_the_catalogues_fusion_joins_only_the_backbone_it_was_trained_on(make_store, files: Files, tmp_path):
    store = make_store(
        entry("compact", sha256=[sha(files.compact)]),
        entry("compact-fusion", role="fusion", architecture="fusion", backbone="compact"),
    )
    store.take("compact-fusion", files.compact_fusion)
    assert build_network("compact", weights=files.compact, store=store).fusion is not None
    state = load_file(files.compact)
    state["head.bias"] = state["head.bias"] + 1.0
    save_file(state, tmp_path / "mine.safetensors")
    network = build_network("compact", weights=tmp_path / "mine.safetensors", store=store)
    assert network.fusion is None
    assert "no fusion of its own" in network.notes[0]


def test_fusion_on_cic(store, files: Files):
    store.take("cic", files.cic)
    network = build_network("cic", weights=files.cic_fusion, store=store)
    assert network.architecture == "cic" and network.fusion.stride == 4
    assert network.fusion.channels == network.backbone.channels == 313


def test_an_authors_checkpoint_on_cic_gives_the_backbone_and_says_why(store, files: Files, tmp_path):
    whole = {f"fea_key.{name}": value for name, value in load_state(files.cic).items()}
    torch.save(whole | load_state(files.cic_fusion), tmp_path / "w.pth")
    network = build_network("cic", weights=tmp_path / "w.pth", store=store)
    assert network.architecture == "cic" and network.fusion is None
    assert "enlarged" in network.notes[0]


def _refused(name: str, weights: Path | None, store) -> str:
    with pytest.raises(StudioError) as caught:
        build_network(name, weights=weights, store=store)
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".")
    return text


@pytest.mark.parametrize(
    "fusion",
    [
        FeatureFusion(WIDTHS[0], weight_hidden=(8, 4), refine_hidden=(8, 4), stride=2, nearness=True),
        PlainFusion(WIDTHS[0], directions=1, hidden=(6, 5), stride=2),
        PlainFusion(WIDTHS[0], directions=2, hidden=(6, 5), stride=2),
    ],
    ids=["nearness", "forward", "plain"],
)
def test_fusions_that_are_not_published(store, files: Files, tmp_path, fusion):
    store.take("compact", files.compact)
    save_file(drawn_state(fusion), tmp_path / "w.safetensors")
    built = build_network("compact", weights=tmp_path / "w.safetensors", store=store).fusion
    assert type(built) is type(fusion) and _same(built, drawn_state(fusion))
    assert getattr(built, "directions", None) == getattr(fusion, "directions", None)
    # One of another backbone is refused.
    other = PlainFusion(WIDTHS[0] + 3, directions=1, hidden=(6, 5))
    save_file(drawn_state(other), tmp_path / "w.safetensors")
    assert "use it with the backbone it was trained on" in _refused("compact", tmp_path / "w.safetensors", store)


def test_a_fusion_of_another_backbone_is_refused(store, files: Files):
    store.take("compact", files.compact)
    text = _refused("compact", files.cic_fusion, store)
    assert "313" in text and str(WIDTHS[0]) in text


def test_missing_surplus_and_misshapen_weights_are_named(store, files: Files, tmp_path):
    state = load_file(files.compact)
    stages = [name for name in state if name.startswith("stages.1.mix")]
    cases = {
        "missing": {name: value for name, value in state.items() if name not in stages},
        "too many": state | {"extra.weight": torch.zeros(1)},
        "of another shape": state | {"head.bias": torch.zeros(5)},
    }
    for word, changed in cases.items():
        save_file(changed, tmp_path / "w.safetensors")
        assert word in _refused("compact", tmp_path / "w.safetensors", store)
    save_file(cases["missing"], tmp_path / "w.safetensors")
    text = _refused("compact", tmp_path / "w.safetensors", store)
    assert stages[0] in text and "1 more are missing" in text


def test_a_fusion_cut_short_is_refused(store, files: Files, tmp_path):
    store.take("compact", files.compact)
    state = load_file(files.compact_fusion)
    del state["weigting.conv1.weight"]
    save_file(state, tmp_path / "w.safetensors")
    assert "weigting.conv1.weight is missing" in _refused("compact", tmp_path / "w.safetensors", store)


def test_unknown_networks_flows_and_names(store, files: Files, tmp_path):
    torch.save({"layer1.0.weight": torch.zeros(1)}, tmp_path / "resnet.pth")
    assert "layer1.0.weight" in _refused("idc", tmp_path / "resnet.pth", store)
    torch.save({"fnet.conv2.weight": torch.zeros(128, 96, 1, 1)}, tmp_path / "raft.pth")
    assert "flow network" in _refused("idc", tmp_path / "raft.pth", store)
    assert "no weights called vgg" in _refused("vgg", None, store)
    assert "no backbone" in _refused("tcvc-idc", None, store)
    assert "tcvc models import FILE --name idc" in _refused("idc", None, store)


def test_weights_in_the_store_that_hold_something_else(store, files: Files):
    store.take("idc", files.cic)
    assert "holds cic, not idc" in _refused("idc", None, store)


def test_detect_sorts_a_whole_checkpoint_and_leaves_its_flow_network(files: Files):
    contents = detect(load_state(files.tcvc), files.tcvc)
    assert contents.kind == "tcvc" and contents.architecture == "idc"
    names = {*contents.backbone, *contents.fusion}
    assert not any(name.startswith(("flow_net", "fea_key")) for name in names)


def test_detect_knows_raft_by_both_publishers_names(tmp_path):
    for name in ("fnet.conv2.weight", "feature_encoder.conv.weight"):
        for channels, kind in ((128, "raft-small"), (256, "raft-large")):
            assert detect({name: torch.zeros(channels, 8, 1, 1)}, tmp_path).kind == kind


def test_detect_knows_the_published_raft(shared):
    path = shared / "data" / "weights" / "raft-small.pth"
    assert detect(load_state(path), path).kind == "raft-small"


@pytest.fixture
def flow_store(make_store):
    return make_store(*(entry(name, role="flow") for name in ("raft-small", "raft-large")))


def test_raft_from_the_store(flow_store, tmp_path):
    torch.save(drawn_state(Raft()), tmp_path / "small.pth")
    large = {f"module.{name}": value for name, value in drawn_state(Raft(large=True)).items()}
    torch.save(large, tmp_path / "large.pth")
    flow_store.take("raft-small", tmp_path / "small.pth")
    flow_store.take("raft-large", tmp_path / "large.pth")
    flows = [build_flow(name, store=flow_store, iterations=1) for name in ("raft-small", "raft-large")]
    assert flows[0].key.startswith("raft-small") and flows[1].key.startswith("raft-large")
    gray = torch.full((1, 1, 64, 64), 50.0)
    assert flows[0](gray, gray).shape == (1, 2, 64, 64)


def test_flows_that_are_not_here_not_flows_or_not_known(flow_store, files: Files):
    with pytest.raises(StudioError, match="not on this computer"):
        build_flow("raft-small", store=flow_store)
    flow_store.take("raft-small", files.compact)
    with pytest.raises(StudioError, match="holds compact, not raft-small"):
        build_flow("raft-small", store=flow_store)
    with pytest.raises(StudioError, match="choose one of dis, raft-small, raft-large"):
        build_flow("pwc", store=flow_store)


def test_dis_needs_no_weights(flow_store):
    flow = build_flow("dis", store=flow_store)
    assert "dis" in flow.key
