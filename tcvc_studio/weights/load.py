"""Reading weights from files without running anything that is in them."""

import os
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from tcvc_studio.errors import StudioError

#: Under which a checkpoint may keep its state dict.
_WRAPPERS = ("state_dict", "model_state_dict", "model", "params", "params_ema", "net", "generator", "netG")
_PARALLEL = "module."


def load_state(path: Path) -> dict[str, Tensor]:
    """Parameters and buffers by name, on the CPU; floating ones as float32. Nothing in the file is executed.

    Reads safetensors, and torch's .pth files (zip or legacy) restricted to tensors; a state dict inside a checkpoint's
    usual wrappers is found, the "module." of parallel training is dropped. Raises StudioError for anything else.
    """
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise StudioError(f"The weights {path} cannot be read ({error.strerror}); check the path.") from error
    if not head:
        raise StudioError(f"The weights {path} are an empty file; get them again.")
    if head.lstrip()[:1] == b"<":
        raise StudioError(f"{path} is a web page, not weights; download the file itself, not the page about it.")
    raw = _safetensors(path) if _is_safetensors(head, path) else _torch(path, head)
    return _checked(_unwrapped(raw), path)


def _is_safetensors(head: bytes, path: Path) -> bool:
    """A header length of 8 bytes, then JSON."""
    return path.suffix == ".safetensors" or head[8:9] == b"{"


def _safetensors(path: Path) -> object:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(path) from error


def _torch(path: Path, head: bytes) -> object:
    if head.startswith(b"PK") and not _is_torch_zip(path):
        raise StudioError(f"{path} is an archive of something else or damaged, not weights; unpack it or get it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # torch raises the same for a forbidden function and for bytes that are no pickle at all. Pickles of a later
        # protocol than torch writes are never its own.
        if "GLOBAL" in str(error) or head[:2] in (b"\x80\x03", b"\x80\x04", b"\x80\x05"):
            raise StudioError(
                f"{path} holds more than tensors, which could be harmful program code and was not run; "
                f"get the weights from their publisher."
            ) from error
        raise _damaged(path) from error
    except Exception as error:
        # A damaged file makes torch's reader fail in any way (EOFError, RuntimeError, UnicodeDecodeError, ...).
        raise _damaged(path) from error


def _is_torch_zip(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/data.pkl") or name == "data.pkl" for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _unwrapped(raw: object) -> object:
    """The innermost mapping that holds tensors, by the usual names of wrappers."""
    while isinstance(raw, Mapping) and not any(isinstance(value, Tensor) for value in raw.values()):
        inner = next((raw[name] for name in _WRAPPERS if isinstance(raw.get(name), Mapping)), None)
        if inner is None:
            break
        raw = inner
    return raw


def _checked(raw: object, path: Path) -> dict[str, Tensor]:
    if not isinstance(raw, Mapping) or not any(isinstance(value, Tensor) for value in raw.values()):
        raise StudioError(f"{path} holds no weights by name; give a state dict (.pth) or a .safetensors file.")
    state = {str(name): value for name, value in raw.items() if isinstance(value, Tensor)}
    if all(name.startswith(_PARALLEL) for name in state):
        state = {name.removeprefix(_PARALLEL): value for name, value in state.items()}
    state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    for name, value in state.items():
        if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
            raise StudioError(f"{path} keeps {name} in a form that is not read here; give plain tensors.")
        if not value.isfinite().all():
            raise StudioError(f"{path} is damaged: {name} holds values that are no numbers; get the file again.")
    return state


def _damaged(path: Path) -> StudioError:
    return StudioError(f"{path} is damaged or not a file of weights ({_size(path)}); get it again.")


def _size(path: Path) -> str:
    size = os.path.getsize(path)
    return f"{size} bytes" if size < 10_000 else f"{size / 1e6:.1f} MB"
