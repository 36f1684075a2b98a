"""Small files that appear whole or not at all, whatever happens while they are written."""

import contextlib
import errno
import os
import re
import stat
import threading
import time
from pathlib import Path

from tcvc_studio.errors import StudioError

#: A part that was not written to for so long belongs to a process that is no more: these files are small.
_LEFT_OVER_SECONDS = 600


def write_durably(path: Path, data: bytes, *, settled: bool = True) -> None:
    """Put `data` under the name `path`, replacing what is there once all of it is on the disk.

    Whatever fails, and however the process ends, the old file stays whole. A symbolic link stays one, permissions stay
    as they were. settled: wait until the disk has it, which takes some tenths of a second; without it a loss of power
    may lose the last change. Raises StudioError with one sentence.
    """
    path = Path(os.path.realpath(path))
    part = path.with_name(f".{path.name}.part-{os.getpid()}-{threading.get_ident()}")
    try:
        mode = _mode(path)
        with part.open("wb") as file:
            file.write(data)
            if settled:
                file.flush()
                os.fsync(file.fileno())
        if mode is not None:
            # Some file systems know no permissions.
            with contextlib.suppress(OSError):
                part.chmod(mode)
        os.replace(part, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise StudioError(write_sentence(error, path)) from error
        raise
    if settled:
        _sync_folder(path.parent)


def clear_leftovers(path: Path) -> None:
    """Remove the parts of this file that killed processes left. Looks through its folder, which may be a large one."""
    path = Path(os.path.realpath(path))
    pattern = re.compile(re.escape(f".{path.name}.part-") + r"\d+-\d+")
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if pattern.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat().st_mtime > _LEFT_OVER_SECONDS:
                        os.unlink(entry.path)


def write_sentence(error: OSError, path: Path) -> str:
    """Why `path` could not be written and what to do, as one sentence."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return f"{path.name} could not be saved, the disk of {path.parent} is full: make room, or save elsewhere."
    if error.errno == errno.EFBIG:
        return f"{path.name} could not be saved, it is larger than its disk or quota allows: save elsewhere."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"There is no permission to write {path}: save elsewhere, or change the rights of file and folder."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"{path.name} could not be saved, there is no folder {path.parent}: save elsewhere."
    if error.errno == errno.EISDIR:
        return f"{path} is a folder: save under another name."
    if error.errno == errno.ENAMETOOLONG:
        return f"The name {path.name} is too long for its disk: choose a shorter one."
    return f"{path} could not be saved ({error.strerror or error}): save elsewhere."


def _mode(path: Path) -> int | None:
    """Permissions of the file that is there. Raises PermissionError for one that is protected from writing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # A rename would replace it all the same, but whoever protected it meant it.
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(status.st_mode)


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk too. Where a folder cannot be synced (Windows, some networks) there is no need."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
