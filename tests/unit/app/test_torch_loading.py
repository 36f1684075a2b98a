"""Torch is loaded without holding Python's lock, and works afterwards."""

import subprocess
import sys

CODE = """
import sys
from tcvc_studio.app import torch_loading
assert "torch" not in sys.modules
torch_loading._load_library()
assert "torch" not in sys.modules
maps = open("/proc/self/maps").read() if sys.platform == "linux" else "libtorch_python"
assert "libtorch_python" in maps
torch_loading.load_torch()
torch_loading.load_torch()
import torch
assert torch.ones(2).sum().item() == 2
"""


def test_torch_is_loaded_ahead_of_its_import():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_missing_torch_is_left_to_the_import(monkeypatch):
    from tcvc_studio.app import torch_loading

    monkeypatch.setattr(torch_loading.importlib.util, "find_spec", lambda name: None)
    torch_loading._load_library()
