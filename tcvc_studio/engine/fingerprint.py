"""What a film or a still is, whatever it is called and wherever it lies."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tcvc_studio.media.film import Film
from tcvc_studio.media.progress import Progress, no_progress

_PROBE = 1 << 20


def film_fingerprint(film: Film, *, progress: Progress = no_progress) -> str:
    """What the film's content is, under whatever name it lies. progress: called with pictures of a sequence looked at
    and all; what it raises ends the work."""
    info = film.info
    if "%" not in info.path.name:
        return file_fingerprint(info.path)

    def files() -> Iterator[Path]:
        for number in range(info.frames):
            progress(number, info.frames)
            yield info.path.with_name(info.path.name % (info.first_number + number))

    return sequence_fingerprint(files())


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
