"""Loading torch in a thread without stopping the window: its library takes longer to load than a frame may last."""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path


def is_torch_loaded() -> bool:
    """Whether an import of torch would return at once; not while another thread is at it."""
    module = sys.modules.get("torch")
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def load_torch() -> None:
    """Import torch, the slow part of it without holding Python's lock; call it in a thread, before what needs torch.

    Python's import holds the lock while the system loads a library, and torch's takes a quarter of a second: the window
    would stand still. What is loaded already costs the import nothing, and a call through ctypes lets others run.
    """
    if "torch" not in sys.modules:
        _load_library()
    import torch  # noqa: F401


def _load_library() -> None:
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None or not hasattr(os, "RTLD_LAZY"):
        return
    folder = Path(spec.origin).parent / "lib"
    library = next((path for end in ("so", "dylib") if (path := folder / f"libtorch_python.{end}").is_file()), None)
    if library is None:
        return
    load = ctypes.CDLL(None).dlopen
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    # Where it fails the import says why.
    load(os.fsencode(library), os.RTLD_LAZY)
