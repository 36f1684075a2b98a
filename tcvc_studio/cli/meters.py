"""Peak memory of this process, where the system tells."""

import contextlib
import sys
from pathlib import Path


def peak_memory() -> int | None:
    """Largest resident size so far in bytes; None where it cannot be told."""
    # Linux hands ru_maxrss on from the process that started this one, if that was larger; VmHWM is our own.
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kibibytes everywhere but on macOS.
    return peak if sys.platform == "darwin" else peak * 1024


def readable_bytes(size: float | None) -> str:
    """1234567 as "1.2 MB"."""
    if size is None:
        return "unknown"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
