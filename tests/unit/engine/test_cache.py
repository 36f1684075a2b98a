import os
import subprocess
import sys

import numpy as np
import pytest

from tcvc_studio.engine.cache import ChromaCache, result_key
from tcvc_studio.engine.chroma_code import decode_chroma, encode_chroma
from tcvc_studio.errors import StudioError


def _chroma(seed: int, frames: int = 3, height: int = 20, width: int = 28) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-110, 110, (2, height, width)).astype(np.float32) for _ in range(frames)]


def test_the_code_is_true_to_a_sixty_fourth():
    chroma = np.concatenate([_chroma(1, 1)[0].ravel(), [-512, 511, 0, 700, -700, -512, 511, 3]]).astype(np.float32)
    chroma = chroma[: chroma.size // 4 * 4].reshape(2, 2, -1)
    back = decode_chroma(encode_chroma(chroma), 2, chroma.shape[2])
    assert np.abs(back - np.clip(chroma, -512, 511)).max() <= 1 / 64


def test_a_damaged_code_is_told():
    code = encode_chroma(_chroma(2, 1)[0])
    with pytest.raises(ValueError):
        decode_chroma(code[:-9], 20, 28)
    with pytest.raises(ValueError):
        decode_chroma(code, 20, 27)


def test_what_is_put_comes_back_from_ram_and_from_disk(tmp_path):
    chroma = _chroma(3)
    first = ChromaCache(tmp_path)
    first.put("ab" * 32, chroma)
    for cache in (first, ChromaCache(tmp_path)):
        assert cache.has("ab" * 32)
        for index, frame in enumerate(chroma):
            assert np.abs(cache.get("ab" * 32, index) - frame).max() <= 1 / 64
        with pytest.raises(KeyError):
            cache.get("ab" * 32, 3)
        with pytest.raises(KeyError):
            cache.get("cd" * 32, 0)


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_file_is_no_result(tmp_path, damage):
    ChromaCache(tmp_path).put("ab" * 32, _chroma(4))
    (path,) = tmp_path.glob("*/*.chroma")
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[:-100]
    elif damage == "flip":
        data[len(data) // 2] ^= 1
    else:
        data = b""
    path.write_bytes(data)
    cache = ChromaCache(tmp_path)
    assert not cache.has("ab" * 32)
    with pytest.raises(KeyError):
        cache.get("ab" * 32, 0)


def test_keys_depend_on_every_fact_and_not_on_their_order():
    facts = {"film": "x", "frames": [0, 18], "models": "m"}
    assert result_key(facts) == result_key(dict(reversed(facts.items())))
    for name, value in (("film", "y"), ("frames", [0, 19]), ("models", "n")):
        assert result_key(facts) != result_key({**facts, name: value})


def test_disk_is_bounded_and_what_is_needed_stays(tmp_path):
    ChromaCache(tmp_path).put("00" * 32, _chroma(0))
    size = sum(path.stat().st_size for path in tmp_path.glob("*/*.chroma"))
    cache = ChromaCache(tmp_path, limit=10 * size)
    cache.protect({"00" * 32})
    for i in range(200):
        cache.put(f"{i:02x}" * 32, _chroma(i))
        os.utime(tmp_path / f"{i:02x}" / f"{f'{i:02x}' * 32}.chroma", (1000 + i, 1000 + i))
    left = {path.stem[:2] for path in tmp_path.glob("*/*.chroma")}
    assert {"00", f"{199:02x}"} <= left
    assert "01" not in left
    assert len(left) < 100


def test_ram_is_bounded(tmp_path):
    cache = ChromaCache(tmp_path, ram=20_000)
    for i in range(20):
        cache.put(f"{i:02x}" * 32, _chroma(i))
    assert cache._ram_used == sum(map(len, cache._ram.values()))
    assert cache._ram_used <= 20_000 + max(map(len, cache._ram.values()))


def test_leftovers_of_a_dead_process_are_cleared_and_those_of_a_living_one_kept(tmp_path):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    folder = tmp_path / "ab"
    folder.mkdir()
    dead = folder / f"abc.chroma.part-{int(gone.stdout)}-1"
    living = folder / f"abc.chroma.part-{os.getpid()}-1"
    dead.touch()
    living.touch()
    ChromaCache(tmp_path).clear_leftovers()
    assert not dead.exists()
    assert living.exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="cache folder"):
        ChromaCache(tmp_path / "file").put("ab" * 32, _chroma(1))
