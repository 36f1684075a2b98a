"""The installer: CUDA never comes unasked, and nothing is done twice."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPU = "https://cpu.example/whl"


@pytest.fixture
def installer(monkeypatch):
    """The installer with every command recorded instead of run; answers: what `pip index versions` prints, by index."""
    spec = importlib.util.spec_from_file_location("tcvc_install", ROOT / "tools/install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.commands, module.answers = [], {}

    def run(command, *, quiet=False):
        module.commands.append(command)
        out, code = "", 0
        if "versions" in command:
            out = module.answers.get(command[-1] if "--extra-index-url" in command else "", "2.14.0, 2.13.0")
        elif "version_info" in command[-1]:
            out = "3 11"
        elif "-c" in command:
            out, code = module.answers.get("torch", ""), "torch" not in module.answers
        elif "venv" in command:
            python = module.interpreter(Path(command[-1]))
            python.parent.mkdir(parents=True)
            python.touch()
        return subprocess.CompletedProcess(command, code, out, "")

    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(sys, "platform", "linux")
    return module


def installs(module) -> list[list[str]]:
    return [command[command.index("install") + 1 :] for command in module.commands if "install" in command]


def cpu(module) -> str:
    return module.pinned_torch() + "+cpu"


def test_a_build_that_pip_can_find_is_taken_without_another_index(installer, tmp_path):
    installer.answers[""] = f"torch (2.14.0)\nAvailable versions: 2.14.0, {cpu(installer)[7:]}, 2.13.0"
    installer.install(tmp_path / "venv", ["test"], cuda=False, torch_index=CPU)
    first, second = installs(installer)
    assert first[0] == cpu(installer) and CPU not in first
    assert second[1].endswith("[test]")


def test_else_the_index_of_cpu_builds_is_asked_for_torch_alone(installer, tmp_path):
    installer.answers[CPU] = f"Available versions: 2.13.0, {cpu(installer)[7:]}"
    installer.install(tmp_path / "venv", ["demo", "test"], cuda=False, torch_index=CPU)
    first, second = installs(installer)
    assert first[:3] == [cpu(installer), "--extra-index-url", CPU]
    assert CPU not in second


def test_it_stops_rather_than_fetch_cuda(installer, tmp_path):
    with pytest.raises(installer.InstallError, match="CUDA=1"):
        installer.install(tmp_path / "venv", ["demo"], cuda=False, torch_index=CPU)
    assert installs(installer) == []


def test_a_longer_version_is_not_the_pinned_one(installer, tmp_path):
    installer.answers[""] = "Available versions: 12.13.0+cpu, 2.13.01+cpu, 2.13.0"
    with pytest.raises(installer.InstallError):
        installer.install(tmp_path / "venv", [], cuda=False, torch_index=CPU)


def test_cuda_comes_when_it_is_asked_for(installer, tmp_path):
    installer.install(tmp_path / "venv", ["demo"], cuda=True, torch_index=CPU)
    assert installs(installer)[0][0] == installer.pinned_torch().replace("==", "===")


def test_cuda_stays_where_it_was_asked_for_before(installer, tmp_path):
    installer.install(tmp_path / "venv", ["demo"], cuda=True, torch_index=CPU)
    installer.answers["torch"] = installer.pinned_torch().split("==")[1]
    installer.commands.clear()
    installer.install(tmp_path / "venv", ["demo"], cuda=False, torch_index=CPU)
    assert installs(installer) == []


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_take_what_their_registry_has(installer, tmp_path, monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    installer.install(tmp_path / "venv", ["test"], cuda=False, torch_index=CPU)
    assert len(installs(installer)) == 1


def test_nothing_is_done_twice_and_other_extras_are_added(installer, tmp_path):
    installer.answers[CPU] = cpu(installer)[7:]
    for extras in (["test"], ["demo"]):
        installer.install(tmp_path / "venv", extras, cuda=False, torch_index=CPU)
    installer.commands.clear()
    for extras in (["test"], ["demo"]):
        installer.install(tmp_path / "venv", extras, cuda=False, torch_index=CPU)
    assert installer.commands == []


def test_another_python_is_told(installer, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))
    with pytest.raises(installer.InstallError, match=r"3\.11 and 3\.12"):
        installer.install(tmp_path / "venv", [], cuda=False, torch_index=CPU)


def test_a_python_without_venv_is_told_what_to_install(installer, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(installer.InstallError, match="sudo apt install python3"):
        installer.install(tmp_path / "venv", [], cuda=False, torch_index=CPU)
