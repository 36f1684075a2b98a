"""Checksums of files."""

import hashlib
from pathlib import Path

from tcvc_studio.errors import StudioError


def file_sha256(path: Path) -> str:
    """sha256 of a whole file, 64 lower-case digits. Raises StudioError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StudioError(f"{path} cannot be read ({error.strerror}); check that it is there.") from error
