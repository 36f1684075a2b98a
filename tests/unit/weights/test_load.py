"""Weights are read from whatever a user may have, and nothing in a file is executed."""

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tcvc_studio.errors import StudioError
from tcvc_studio.weights.load import load_state

_STATE = {"conv.weight": torch.arange(8.0).reshape(2, 1, 2, 2), "conv.bias": torch.tensor([1.0, -1.0])}


class _Evil:
    """Unpickled, it would make a file."""

    def __init__(self, witness: Path) -> None:
        self._witness = witness

    def __reduce__(self):
        return os.system, (f"touch {self._witness}",)


def _assert_state(path: Path) -> None:
    state = load_state(path)
    assert set(state) == set(_STATE)
    for name, value in _STATE.items():
        torch.testing.assert_close(state[name], value)


def _refused(path: Path) -> str:
    with pytest.raises(StudioError) as caught:
        load_state(path)
    text = str(caught.value)
    assert path.name in text and "\n" not in text and text.endswith(".")
    return text


@pytest.mark.parametrize("zipped", [True, False])
def test_state_dicts_of_torch(tmp_path, zipped):
    torch.save(_STATE, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    _assert_state(tmp_path / "w.pth")


@pytest.mark.parametrize("name", ["w.safetensors", "renamed.pth"])
def test_safetensors_under_any_name(tmp_path, name):
    save_file(_STATE, tmp_path / name)
    _assert_state(tmp_path / name)


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "params"])
def test_wrapped_and_parallel_checkpoints(tmp_path, wrapper):
    parallel = {f"module.{name}": value for name, value in _STATE.items()}
    torch.save({"epoch": 3, wrapper: parallel, "optimizer": {"lr": 0.1}}, tmp_path / "w.pth")
    _assert_state(tmp_path / "w.pth")


def test_half_precision_becomes_float32_and_counters_stay_whole(tmp_path):
    save_file({"a": torch.ones(2).half(), "n": torch.tensor(7)}, tmp_path / "w.safetensors")
    state = load_state(tmp_path / "w.safetensors")
    assert state["a"].dtype == torch.float32
    assert state["n"].dtype == torch.int64


@pytest.mark.parametrize("form", ["zip", "legacy", "plain", "plain4"])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path, form):
    witness, path = tmp_path / "harm-done", tmp_path / "w.pth"
    evil = {"conv.weight": torch.zeros(1), "x": _Evil(witness)}
    if form in ("zip", "legacy"):
        torch.save(evil, path, _use_new_zipfile_serialization=form == "zip")
    else:
        path.write_bytes(pickle.dumps(_Evil(witness), protocol=2 if form == "plain" else 4))
    text = _refused(path)
    assert not witness.exists()
    assert form == "plain" or "harmful" in text
    # The file is what it claims to be: loaded carelessly, it does its harm.
    if form == "plain4":
        pickle.loads(path.read_bytes())
        assert witness.exists()


def test_a_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Conv2d(1, 1, 1), tmp_path / "w.pth")
    assert "more than tensors" in _refused(tmp_path / "w.pth")


@pytest.mark.parametrize("form", ["zip", "legacy", "safetensors"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.98])
def test_truncated_files(tmp_path, form, kept):
    path = tmp_path / f"w.{'safetensors' if form == 'safetensors' else 'pth'}"
    if form == "safetensors":
        save_file(_STATE, path)
    else:
        torch.save(_STATE, path, _use_new_zipfile_serialization=form == "zip")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    _refused(path)


def test_what_else_people_give(tmp_path):
    cases = {
        "page.pth": (b"\n<!DOCTYPE html><html>Quota exceeded</html>", "web page"),
        "empty.pth": (b"", "empty"),
        "text.pth": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "damaged"),
        "noise.pth": (bytes(range(256)) * 20, "damaged"),
        "page.safetensors": (b"<html></html>", "web page"),
        "noise.safetensors": (b"\xff" * 64, "damaged"),
    }
    for name, (data, word) in cases.items():
        (tmp_path / name).write_bytes(data)
        assert word in _refused(tmp_path / name)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_archives_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.pth", "w") as archive:
        archive.writestr("photo.jpg", b"...")
    assert "archive" in _refused(tmp_path / "photos.pth")
    torch.jit.save(torch.jit.script(torch.nn.Conv2d(1, 1, 1)), tmp_path / "program.pth")
    _refused(tmp_path / "program.pth")


def test_files_without_named_tensors(tmp_path):
    for name, content in {"tensor": torch.zeros(3), "list": [torch.zeros(1)], "nothing": {"epoch": 3}}.items():
        torch.save(content, tmp_path / f"{name}.pth")
        assert "no weights by name" in _refused(tmp_path / f"{name}.pth")


def test_values_that_are_no_numbers(tmp_path):
    save_file({**_STATE, "conv.bias": torch.tensor([1.0, float("nan")])}, tmp_path / "w.safetensors")
    assert "conv.bias" in _refused(tmp_path / "w.safetensors")


def test_absent_files_and_folders(tmp_path):
    assert "cannot be read" in _refused(tmp_path / "absent.pth")
    (tmp_path / "folder.pth").mkdir()
    assert "cannot be read" in _refused(tmp_path / "folder.pth")
