"""Kills at random moments, and a cache that stays within its bounds."""

import random
import time

import numpy as np
import pytest
from safetensors.torch import save_file

from tcvc_studio.networks.compact import CompactBackbone
from tests.e2e.conftest import finished_intervals, run_main, start
from tests.e2e.films import chroma_of, luma_of, names_in, write_film
from tests.parity_weights import drawn_state

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

ROUNDS = 25


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_file(drawn_state(CompactBackbone(widths=(8, 12, 12, 16, 16))), path)
    return path


def test_kills_at_random_moments(weights, tmp_path):
    """However often it is killed, nothing half-made has the final name, and the end is as if nothing had been."""
    film = write_film(tmp_path / "film.mkv", 240)
    cache, out = tmp_path / "cache", tmp_path / "out"
    out.mkdir()
    how = ["--weights", weights, "--device", "cpu", "--working-size", 192, "--interval", 5, "--cuts", "none", "--json"]
    random.seed(7)
    kept, longest, before = [], 8.0, 0
    for _ in range(ROUNDS):
        process = start("colorize", film, out / "out.mkv", *how, "--cache", cache)
        # So that kills fall into loading, rendering, encoding and finishing alike.
        time.sleep(random.uniform(0.5, longest))
        ended = process.poll() is not None
        process.kill()
        process.communicate()
        finals = [name for name in names_in(out) if not name.startswith(".")]
        assert finals == (["out.mkv"] if finals else [])
        if finals:
            assert len(luma_of(out / "out.mkv")) == 240, "what has the final name is whole"
        kept.append(finished_intervals(cache))
        assert kept[-1] >= before, "nothing finished is lost"
        if not ended and kept[-1] == before:
            longest += 2
        # So that there is work left for the next round.
        for path in random.sample(sorted(cache.rglob("*.chroma")), kept[-1] // 2):
            path.unlink()
        before = finished_intervals(cache)
    result = run_main("colorize", film, out / "out.mkv", *how, "--cache", cache)
    assert result.code == 0, result.err
    print("intervals kept after each kill:", kept, "reused:", result.facts["intervals_reused"])
    assert result.facts["intervals_reused"] == before
    assert names_in(out) == ["out.mkv"] and not list(cache.rglob("*.part-*"))
    assert run_main("colorize", film, tmp_path / "calm.mkv", *how, "--cache", tmp_path / "other").code == 0
    assert np.array_equal(chroma_of(out / "out.mkv"), chroma_of(tmp_path / "calm.mkv"))
    assert np.array_equal(luma_of(out / "out.mkv"), luma_of(film))


def test_the_cache_stays_within_its_limit(weights, tmp_path):
    """Past the limit only what the run at hand needs is kept; what was used longest ago goes first."""
    cache, limit = tmp_path / "cache", 200_000
    how = ["--weights", weights, "--device", "cpu", "--working-size", 128, "--cuts", "none", "--cache", cache, "--json"]

    def used(since: float = 0) -> int:
        files = [path.stat() for path in cache.rglob("*.chroma")]
        return sum(file.st_size for file in files if file.st_mtime >= since)

    film = write_film(tmp_path / "film.mkv", 90)
    owns, sizes = [], []
    for interval in range(3, 15):
        begun = time.time()
        result = run_main(
            "colorize", film, tmp_path / "out.mkv", *how, "--interval", interval, "--cache-limit", limit / 1e9
        )
        assert result.code == 0, result.err
        sizes.append(used())
        owns.append(used(begun))
        assert sizes[-1] <= limit + owns[-1]
    print("bytes kept after each run:", sizes, "each run's own:", owns)
    assert sum(sizes[i] < sizes[i - 1] + owns[i] / 2 for i in range(1, len(sizes))), "some were removed"
    again = run_main("colorize", film, tmp_path / "out.mkv", *how, "--interval", 14, "--cache-limit", limit / 1e9)
    assert again.facts["intervals_reused"] == again.facts["intervals"], "the newest are there"
