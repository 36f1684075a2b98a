"""Runs that are killed, cancelled or not alone: no half a file, no work done twice, the same frames in the end."""

import os
import signal
import time

import numpy as np
import pytest

from tests.e2e.conftest import finished_intervals, start, wait_for_intervals
from tests.e2e.films import chroma_of, luma_of, names_in, write_film

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are a thing of POSIX")

#: Much work for a small film, so that there is a middle to be stopped in.
SLOW = ["--cuts", "none", "--working-size", 256, "--interval", 3]
FRAMES = 120


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES)


def parts(folder) -> list[str]:
    return [str(path) for path in folder.rglob("*.part-*")]


@pytest.mark.parametrize("name", ["out.mkv", "pictures"])
def test_a_killed_run_is_taken_up_where_it_ended(name, long_film, tmp_path, weights, colorize):
    cache, out = tmp_path / "cache", tmp_path / "out"
    out.mkdir()
    codec = ["--codec", "ffv1" if name == "out.mkv" else "png"]
    how = [*SLOW, "--weights", weights, "--device", "cpu", *codec]
    process = start("colorize", long_film, out / name, *how, "--cache", cache)
    wait_for_intervals(process, cache, 4)
    process.kill()
    process.communicate()
    (part,) = names_in(out)
    assert part.startswith(f".{name}.part-{process.pid}"), "nothing has the final name"
    # What a kill in the middle of keeping an interval leaves.
    lost = cache / "00" / f"{'0' * 64}.chroma.part-{process.pid}-1"
    lost.parent.mkdir(exist_ok=True)
    lost.write_bytes(b"half")
    kept = finished_intervals(cache)

    again = colorize(long_film, out / name, *how, "--cache", cache)
    assert 4 <= kept <= again["intervals_reused"] < again["intervals"] == 30
    assert names_in(out) == [name] and not parts(cache)
    if name == "out.mkv":
        colorize(long_film, tmp_path / "undisturbed.mkv", *how, "--cache", tmp_path / "other")
        assert np.array_equal(chroma_of(out / name), chroma_of(tmp_path / "undisturbed.mkv"))
        assert np.array_equal(luma_of(out / name), luma_of(long_film))
    else:
        assert len(names_in(out / name)) == FRAMES


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_run_clears_up(which, long_film, tmp_path, weights):
    cache, out = tmp_path / "cache", tmp_path / "out"
    out.mkdir()
    how = [*SLOW, "--weights", weights, "--device", "cpu", "--cache", cache]
    process = start("colorize", long_film, out / "out.mov", *how)
    wait_for_intervals(process, cache, 2)
    process.send_signal(which)
    said, told = process.communicate(timeout=60)
    assert (process.returncode, said, told) == (130, "", "tcvc: cancelled.\n")
    assert names_in(out) == [] and not parts(cache)


def test_a_run_cancelled_while_cuts_are_sought(tmp_path, weights):
    film = write_film(tmp_path / "film.mkv", 2000)
    process = start("cuts", film, "-o", tmp_path / "cuts.json")
    # It has begun to read once its libraries are loaded: the film is open.
    folder = f"/proc/{process.pid}/fd"
    if not os.path.isdir(folder):
        process.kill()
        process.communicate()
        pytest.skip("this system does not tell which files are open")
    while process.poll() is None and str(film) not in {os.path.realpath(f"{folder}/{n}") for n in _listed(folder)}:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=60)
    assert (process.returncode, said, told) == (130, "", "tcvc: cancelled.\n")
    assert names_in(tmp_path) == ["film.mkv"]


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def test_two_runs_into_one_cache(long_film, tmp_path, weights, colorize):
    how = [*SLOW, "--weights", weights, "--device", "cpu", "--cache", tmp_path / "cache", "--range", "0:60"]
    running = [start("colorize", long_film, tmp_path / name, *how) for name in ("a.mkv", "b.mkv")]
    told = [process.communicate(timeout=200)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    assert finished_intervals(tmp_path / "cache") == 15 and not parts(tmp_path)
    assert np.array_equal(chroma_of(tmp_path / "a.mkv"), chroma_of(tmp_path / "b.mkv"))
    assert colorize(long_film, tmp_path / "c.mkv", *how)["intervals_reused"] == 15


def test_damaged_results_are_rendered_again(long_film, tmp_path, weights, colorize):
    how = [*SLOW, "--weights", weights, "--cache", tmp_path / "cache", "--range", "0:40"]
    colorize(long_film, tmp_path / "a.mkv", *how)
    kept = sorted((tmp_path / "cache").rglob("*.chroma"))
    data = bytearray(kept[0].read_bytes())
    data[len(data) // 2] ^= 16
    kept[0].write_bytes(data)
    kept[1].write_bytes(kept[1].read_bytes()[:-40])
    facts = colorize(long_film, tmp_path / "b.mkv", *how)
    assert facts["intervals_reused"] == facts["intervals"] - 2
    assert np.array_equal(chroma_of(tmp_path / "a.mkv"), chroma_of(tmp_path / "b.mkv"))
