"""Where weights lie, and whether they are what the catalogue says: shipped ones, and the user's own folder."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import platformdirs

from tcvc_studio.assets import models_folder
from tcvc_studio.errors import StudioError
from tcvc_studio.weights.catalogue import Catalogue, Entry, read_catalogue
from tcvc_studio.weights.digest import file_sha256
from tcvc_studio.weights.download import Progress, download
from tcvc_studio.weights.partfile import part_file

#: Names another folder than the platform's for downloaded and imported weights.
FOLDER_VARIABLE = "TCVC_WEIGHTS"

_PIECE = 1 << 20


def user_folder() -> Path:
    """Folder for downloaded and imported weights; it may not be there yet."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_data_dir("tcvc-studio", appauthor=False)) / "weights"


@dataclass(frozen=True, slots=True)
class Store:
    """The weights of a catalogue on this computer.

    Every file is checked by its sha256 each time it is asked for (.2 s for 130 MB). Where the catalogue
    knows only the first digits, or none, the checksum the file had when it came lies beside it in NAME.sha256, in the
    form that sha256sum reads.
    """

    catalogue: Catalogue = field(default_factory=read_catalogue)
    shipped: Path = field(default_factory=models_folder)
    folder: Path = field(default_factory=user_folder)

    def path(self, name: str) -> Path:
        """Where the weights of this name lie, or would lie."""
        entry = self.catalogue[name]
        return (self.shipped if entry.shipped else self.folder) / entry.file

    def has(self, name: str) -> bool:
        """Whether there is a file, whatever is in it."""
        return self.path(name).is_file()

    def locate(self, name: str) -> tuple[Path, str]:
        """The verified file and its sha256. Raises StudioError if it is absent or not what it should be."""
        entry, path = self.catalogue[name], self.path(name)
        if not path.is_file():
            raise StudioError(f"The weights of {name} are not on this computer; {_how_to_get(entry, path)}.")
        digest = file_sha256(path)
        expected = _expected(entry, path)
        if not any(digest.startswith(known) for known in expected):
            remedy = "install the program again" if entry.shipped else f"delete it, then {_how_to_get(entry, path)}"
            raise StudioError(f"{path} is not the file it should be (its sha256 is {digest[:8]}...); {remedy}.")
        return path, digest

    def get(self, name: str, *, progress: Progress | None = None, check: Callable[[], None] = lambda: None) -> Path:
        """Download the weights of this name unless they are here and sound; returns the verified file.

        progress: called with bytes done and bytes in all (None if unknown). check: called for each piece; what it
        raises ends the download and leaves nothing behind. Raises StudioError where they cannot be had.
        """
        entry = self.catalogue[name]
        path = self.path(name)
        if self._sound(name):
            return path
        if entry.shipped or entry.url is None:
            raise StudioError(f"The weights of {name} cannot be downloaded; {_how_to_get(entry, path)}.")
        digest = download(entry.url, path, accept=entry.knows, progress=progress, check=check)
        self._remember(path, digest)
        return path

    def take(self, name: str, source: Path, *, unknown: bool = False) -> Path:
        """Copy a file the user has into the folder, as the weights of this name; what it holds is not looked at.

        unknown: take it also if the catalogue knows other checksums. Raises StudioError if it is not taken.
        """
        entry, path = self.catalogue[name], self.path(name)
        if entry.shipped:
            raise StudioError(f"{name} comes with the program; give your own weights with --weights {source} instead.")
        digest = file_sha256(source)
        if entry.sha256 and not entry.knows(digest) and not unknown:
            raise StudioError(
                f"{source} is not the published {name} (its sha256 is {digest[:8]}...); "
                f"add --unknown if you know where it comes from."
            )
        with part_file(path) as part:
            if _copied(source, part) != digest:
                raise StudioError(f"{source} changed while it was copied; try again when nothing else writes to it.")
        self._remember(path, digest)
        return path

    def _sound(self, name: str) -> bool:
        try:
            self.locate(name)
        except StudioError:
            return False
        return True

    def _remember(self, path: Path, digest: str) -> None:
        with part_file(_receipt(path)) as part:
            part.write(f"{digest}  {path.name}\n".encode())


def _copied(source: Path, part: BinaryIO) -> str:
    """Copies and returns the sha256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            part.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def _receipt(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _expected(entry: Entry, path: Path) -> tuple[str, ...]:
    """Checksums this file may have."""
    if entry.shipped:
        return entry.sha256
    try:
        words = _receipt(path).read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        words = []
    if not words or len(words[0]) != 64:
        # Somebody put the file here by hand: the catalogue alone can vouch for it.
        return entry.sha256
    whole = tuple(known for known in entry.sha256 if len(known) == 64)
    return (words[0], *whole)


def _how_to_get(entry: Entry, path: Path) -> str:
    if entry.shipped:
        return f"they should lie at {path}: install the program again"
    if entry.url is None:
        return f"get the file from its authors, then run: tcvc models import FILE --name {entry.name}"
    return f"run: tcvc models get {entry.name}"
