"""The house stands: every room imports only from rooms below it, and heavy libraries stay where they belong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def contracts(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache", *options],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


def test_the_contracts_between_the_rooms_are_kept():
    seen = contracts(ROOT)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "0 broken" in seen.stdout


def test_a_broken_contract_would_be_seen(tmp_path):
    house = tmp_path / "tcvc_studio"
    for room in sorted((ROOT / "tcvc_studio").iterdir()):
        if room.is_dir() and (room / "__init__.py").is_file():
            (house / room.name).mkdir(parents=True)
            (house / room.name / "__init__.py").write_text("")
    for module in ("__init__", "assets", "errors", "start"):
        (house / f"{module}.py").write_text("")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert contracts(tmp_path).returncode == 0
    (house / "project" / "__init__.py").write_text("import tcvc_studio.engine\n")
    assert contracts(tmp_path).returncode == 1
    (house / "project" / "__init__.py").write_text("import torch\n")
    assert contracts(tmp_path).returncode == 1
    (house / "project" / "__init__.py").write_text("")
    (house / "engine" / "__init__.py").write_text("from PySide6 import QtCore\n")
    assert contracts(tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("tcvc_studio.project.shots", ("torch", "av", "numpy")),
        ("tcvc_studio.media.info", ("torch", "av")),
        ("tcvc_studio.cli.main", ("torch", "av", "scenedetect", "cv2")),
    ],
)
def test_light_modules_load_nothing_heavy(module, absent):
    code = f"import sys, {module}; print(*(name for name in {absent!r} if name in sys.modules))"
    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert seen.stdout.split() == []
