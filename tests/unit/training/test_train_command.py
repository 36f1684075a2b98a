"""`tcvc train backbone` and `tcvc train fusion`, from data to weights that the program loads."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors import safe_open

from tcvc_studio.cli import train
from tcvc_studio.errors import StudioError
from tcvc_studio.weights.build import build_network


@pytest.fixture(autouse=True)
def same_threads():
    """The command sets one thread a convolution for its process."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _run(*argv: object) -> int:
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["train", *map(str, argv)])
    return args.run(args)


def _data(folder: Path) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(1)
    for i in range(3):
        picture = cv2.resize(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8), (80, 70))
        cv2.imwrite(str(folder / f"{i}.png"), picture)
    writer = cv2.VideoWriter(str(folder / "film.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 24, (96, 80))
    for _ in range(6):
        writer.write(cv2.resize(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8), (96, 80)))
    writer.release()
    return folder


def test_backbone_then_fusion(tmp_path, capsys):
    data = _data(tmp_path / "data")
    common = ("--data", data, "--device", "cpu", "--steps", 1, "--batch", 2, "--json")
    assert _run("backbone", *common, "--out", tmp_path / "b", "--size", 32, "--repeat", "2=2,0=3") == 0
    weights = Path(json.loads(capsys.readouterr().out)["weights"])
    assert _run("fusion", *common, "--out", tmp_path / "f", "--weights", weights, "--size", 64, "--internal", 2) == 0
    fusion = Path(json.loads(capsys.readouterr().out)["weights"])
    assert (weights.name, fusion.name) == ("compact.safetensors", "compact-fusion.safetensors")
    network = build_network("compact", weights=weights)
    assert network.architecture == "compact"
    l = torch.full((1, 1, 32, 32), 50.0)  # noqa: E741
    assert network.backbone.decode(network.backbone.encode(l)).isfinite().all()
    with safe_open(weights, "pt") as file:
        assert json.loads(file.metadata()["repeat"]) == {"2": 2, "0": 3}
    ablation = ("--fuse", "plain", "--loss", "truth", "--size", 64, "--internal", 2)
    assert _run("fusion", *common, "--out", tmp_path / "a", "--weights", weights, *ablation) == 0
    with safe_open(json.loads(capsys.readouterr().out)["weights"], "pt") as file:
        recipe = json.loads(file.metadata()["recipe"])
    assert (recipe["fuse"], recipe["loss"]) == ("plain", "truth")


def test_resuming_what_never_began(tmp_path):
    with pytest.raises(StudioError, match="without --resume"):
        _run("backbone", "--data", _data(tmp_path / "data"), "--out", tmp_path / "out", "--resume", "--device", "cpu")


def test_an_encoder_of_something_else(tmp_path):
    (tmp_path / "encoder.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0not json")
    with pytest.raises(StudioError, match=r"encoder\.safetensors"):
        _run("backbone", "--data", _data(tmp_path / "data"), "--out", tmp_path / "out",
             "--encoder", tmp_path / "encoder.safetensors", "--device", "cpu")  # fmt: skip


@pytest.mark.parametrize("options", [
    ("--size", "100"), ("--batch", "0"), ("--steps", "few"), ("--precision", "int8"), ("--part", "1,.5"),
    ("--part", "half"), ("--repeat", "sea"), ("--repeat", "sea=0"), ("--repeat", "=2"), ("--encoder-share", "much"),
])  # fmt: skip
def test_options_out_of_range(tmp_path, options, capsys):
    with pytest.raises(SystemExit):
        _run("backbone", "--data", tmp_path, "--out", tmp_path, *options)
    assert options[0] in capsys.readouterr().err
