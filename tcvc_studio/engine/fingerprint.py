"""What a film or a still is, whatever it is called and wherever it lies."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_PROBE = 1 << 20


def file_fingerprint(path: Path) -> str:
    """Hash of a file's size and of its first, middle and last mebibyte: quick on a file of any size."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for offset in sorted({0, max(0, size // 2 - _PROBE // 2), max(0, size - _PROBE)}):
            file.seek(offset)
            digest.update(file.read(_PROBE))
    return digest.hexdigest()


def sequence_fingerprint(files: Iterable[Path]) -> str:
    """Hash of the names, sizes and modification times of numbered pictures, and of the first one's content."""
    digest = hashlib.sha256()
    for number, path in enumerate(files):
        stat = path.stat()
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        if number == 0:
            digest.update(path.read_bytes())
    return digest.hexdigest()
