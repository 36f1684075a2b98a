"""Files that appear whole or not at all: part files beside the target, room on the disk, errors in one sentence."""

import contextlib
import errno
import glob
import os
import re
import shutil
import sys
import time
from pathlib import Path

from tcvc_studio.errors import StudioError

_PART = re.compile(r"\.(?P<name>.+)\.part-(?P<pid>\d+)(?:\.[^.]*)?")


def part_path(target: Path) -> Path:
    """Where this process builds `target`: a hidden name beside it, `.NAME.part-<pid>` and the target's suffix."""
    return target.with_name(f".{target.name}.part-{os.getpid()}{target.suffix}")


def clear_leftovers(target: Path) -> tuple[Path, ...]:
    """Remove what runs that no longer live left of `target` (files or folders). Returns what was removed."""
    removed = []
    for path in sorted(target.parent.glob(f".{glob.escape(target.name)}.part-*")):
        match = _PART.fullmatch(path.name)
        if match is None or match["name"] != target.name or _still_written(path, int(match["pid"])):
            continue
        with contextlib.suppress(OSError):
            discard(path)
            removed.append(path)
    return tuple(removed)


def discard(path: Path) -> None:
    """Remove a file, or a folder with all in it; one that is not there is as good as removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def check_target(target: Path, source: Path) -> None:
    """Refuse, in one sentence, a target whose folder is missing, that is a folder, or that is the film itself.

    Links are followed: a target that is a symbolic or hard link to the film counts as the film.
    """
    if not os.path.isdir(target.parent):
        raise StudioError(f"The folder {target.parent} does not exist: make it, or write somewhere else.")
    if os.path.isdir(target):
        raise StudioError(f"{target} is a folder: name a file to write.")
    if same_file(target, source):
        raise StudioError(f"{target} is the film itself: write under another name, the film is never overwritten.")


def same_file(one: Path, other: Path) -> bool:
    """True where both names lead to one existing file, or are the same name."""
    with contextlib.suppress(OSError):
        if os.path.samefile(one, other):
            return True
    return os.path.realpath(one) == os.path.realpath(other)


def require_space(folder: Path, needed: int) -> None:
    """Refuse to begin what will not fit. needed: bytes, an estimate."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise write_error(error, folder) from error
    if needed > free:
        raise StudioError(
            f"The export needs about {_size(needed)} and the disk of {folder} has {_size(free)} free: make room, or "
            "write to another disk."
        )


def publish(part: Path, target: Path) -> None:
    """Put a finished part under its final name, replacing what is there, once its bytes are on the disk."""
    _sync(part)
    os.replace(part, target)
    _sync(target.parent)


def write_error(error: BaseException, target: Path) -> StudioError:
    """Why `target` could not be written, as one sentence. error: an OSError or one of PyAV's (which carry an errno)."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        text = f"The disk of {target.parent} is full: make room, or write to another disk; nothing was left behind."
    elif number == errno.EFBIG:
        text = f"{target.name} grew larger than its file system or quota allows: write to another disk."
    elif number in (errno.EACCES, errno.EPERM):
        text = f"There is no permission to write {target}: write somewhere else, or change the rights of the folder."
    elif number == errno.EROFS:
        text = f"The disk of {target.parent} can only be read: write to another disk."
    elif number == errno.ENAMETOOLONG:
        text = f"The name {target.name} is too long for its disk: choose a shorter one."
    else:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        text = f"{target} could not be written ({why}): check the disk, or choose another codec."
    return StudioError(text)


def _still_written(path: Path, pid: int) -> bool:
    """True where the process that made the part lives: its number does, and it is not younger than the part."""
    if not _alive(pid):
        return False
    begun = _begun(pid)
    with contextlib.suppress(OSError):
        # A process that began after the last write to the part merely got a dead one's number. Two seconds of grace
        # for clocks that tick coarsely.
        return begun is None or path.stat().st_mtime >= begun - 2
    return True


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return kernel.GetLastError() == 5  # access denied: it is there, and someone else's
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == 259  # STILL_ACTIVE
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _begun(pid: int) -> float | None:
    """When a process began, in seconds since 1970, where the system tells (Linux)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    return None


def _sync(path: Path) -> None:
    """Ask the system to have the path's bytes on the disk. Some file systems and Windows folders cannot: then not."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _size(count: int) -> str:
    for unit, scale in (("GB", 10**9), ("MB", 10**6)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count / 1000:.0f} kB"
