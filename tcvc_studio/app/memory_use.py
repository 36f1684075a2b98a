"""How much memory the work takes: the GPU's where one is used, else this process's."""

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def memory_text() -> str:
    """As "3.1 of 80 GB" for a GPU, "1.2 GB" for the process; empty where the system does not tell. Loads nothing."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    # While another thread loads torch only a part of it is there.
    if cuda is not None and hasattr(cuda, "mem_get_info") and cuda.is_initialized():
        free, total = cuda.mem_get_info()
        return f"{(total - free) / 2**30:.1f} of {total / 2**30:.0f} GB"
    held = resident_bytes()
    return f"{held / 1e9:.1f} GB" if held else ""


def resident_bytes() -> int:
    """Bytes of this process that lie in memory; 0 where the system does not tell."""
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0
