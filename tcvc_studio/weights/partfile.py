"""Files that appear under their name whole or not at all."""

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tcvc_studio.errors import StudioError

#: A part file this old belongs to a run that was killed; those of runs still going on are younger.
_STALE_S = 24 * 3600


@contextlib.contextmanager
def part_file(target: Path) -> Iterator[BinaryIO]:
    """A new file beside target, open for writing, that takes target's name when the block ends without an exception.

    Raises StudioError where the disk is full or may not be written.
    """
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_stale(target)
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _clear_stale(target: Path) -> None:
    for part in target.parent.glob(f"{target.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _STALE_S:
                part.unlink()


def _cannot_write(target: Path, error: OSError) -> StudioError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StudioError(f"The disk of {target.parent} is full; make room, or set TCVC_WEIGHTS to another folder.")
    return StudioError(
        f"{target} cannot be written ({error.strerror or error}); allow it, or set TCVC_WEIGHTS to another folder."
    )
