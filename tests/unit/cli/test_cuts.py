"""`tcvc cuts` from its arguments to its exit code."""

import argparse
import json

import cv2
import numpy as np
import pytest

from tcvc_studio.cli import cuts
from tcvc_studio.errors import StudioError


def run(*argv) -> int:
    parser = argparse.ArgumentParser()
    cuts.add_parser(parser.add_subparsers())
    args = parser.parse_args(["cuts", *map(str, argv)])
    return args.run(args)


@pytest.fixture(scope="module")
def reel(tmp_path_factory):
    """Forty pictures numbered from 86400, a cut at the 22nd."""
    folder = tmp_path_factory.mktemp("reel")
    draw = np.random.default_rng(4)
    grounds = [cv2.GaussianBlur(draw.standard_normal((90, 260)), (0, 0), 5) for _ in range(2)]
    for number in range(40):
        ground = grounds[number >= 22]
        picture = 128 + 50 * ground[:, number : number + 160] / ground.std()
        cv2.imwrite(str(folder / f"reel.{86400 + number}.png"), np.clip(picture, 0, 255).astype(np.uint8))
    return folder


def test_lists_the_cuts(reel, capsys):
    assert run(reel) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("1 cut in 40 frames")
    assert out[1].split()[:3] == ["22", "00:00:00:22", "cut"]


def test_writes_json(reel, tmp_path, capsys):
    assert run(reel, "-o", tmp_path / "cuts.json") == 0
    values = json.loads((tmp_path / "cuts.json").read_text())
    assert values["cuts"] == [22] and values["frames"] == 40 and values["rate"] == "24/1"
    assert "cuts.json" in capsys.readouterr().out


def test_writes_csv(reel, tmp_path):
    assert run(reel, "-o", tmp_path / "cuts.csv", "--fps", "25") == 0
    assert (tmp_path / "cuts.csv").read_text() == "frame,timecode\n22,00:00:00:22\n"


def test_prints_json_alone(reel, capsys):
    assert run(reel, "--json") == 0
    captured = capsys.readouterr()
    values = json.loads(captured.out)
    assert values["cuts"] == [22] and 0.5 <= values["scores"]["22"] <= 1
    assert captured.err == ""


def test_a_threshold_of_one_hardly_finds_anything(reel, capsys):
    assert run(reel, "--json", "--threshold", "1", "--min-shot", "30") == 0
    assert json.loads(capsys.readouterr().out)["threshold"] == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--threshold", "7"], "between 0 and 1"),
        (["--min-shot", "0"], "1 or more"),
        (["-o", "cuts.edl"], "neither JSON nor CSV"),
        (["-o", "no/such/folder/cuts.json"], "does not exist"),
    ],
)
def test_impossible_options_are_told(reel, options, says):
    with pytest.raises(StudioError, match=says):
        run(reel, *options)


def test_a_film_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StudioError):
        run(tmp_path / "none.mp4")
