"""The catalogue of weights: what there is, where it comes from, under which licence, and its checksums."""

import dataclasses
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcvc_studio.assets import models_folder
from tcvc_studio.errors import StudioError
from tcvc_studio.networks.view import PLAIN, View
from tcvc_studio.weights.digest import file_sha256

Role = Literal["backbone", "fusion", "flow"]

_FILE_NAME = "catalogue.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of weights.

    architecture: "compact", "idc", "cic", "fusion", "tcvc" (a backbone and its fusion), "raft-small", "raft-large".
    backbone: of a fusion, the name of the backbone that it works with; else None.
    shipped: it comes with the program. url: else where it can be had, None if it can only be imported.
    bytes: its size, 0 if unknown.
    sha256: accepted checksums, whole, or the publisher's first digits (at least 8); none: any file, remembered by the
        checksum it had when it came.
    half_safe: float16 and bfloat16 change the color by less than a just noticeable difference.
    views: of a backbone, the ways in which it looks at a picture.
    """

    name: str
    title: str
    role: Role
    architecture: str
    file: str
    licence: str
    notice: str
    backbone: str | None = None
    shipped: bool = False
    url: str | None = None
    bytes: int = 0
    sha256: tuple[str, ...] = ()
    half_safe: bool = False
    views: tuple[View, ...] = PLAIN

    def knows(self, digest: str) -> bool:
        """Whether this whole sha256 is among the accepted ones."""
        return any(digest.startswith(known) for known in self.sha256)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries, in the order of the file."""

    entries: tuple[Entry, ...]

    def __getitem__(self, name: str) -> Entry:
        """The entry of this name. Raises StudioError if there is none."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        names = ", ".join(entry.name for entry in self.entries)
        raise StudioError(f"The catalogue has no weights called {name}; it has {names}.")

    def of_role(self, role: Role) -> tuple[Entry, ...]:
        """Entries of this role."""
        return tuple(entry for entry in self.entries if entry.role == role)

    def fusions_of(self, backbone: str) -> tuple[Entry, ...]:
        """Fusions that work with this backbone, the preferred one first."""
        return tuple(entry for entry in self.of_role("fusion") if entry.backbone == backbone)


def read_catalogue(path: Path | None = None) -> Catalogue:
    """The shipped catalogue, or the one at path. Raises StudioError if it cannot be read."""
    path = path or models_folder() / _FILE_NAME
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["weights"]
        entries = tuple(_entry(table) for table in tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudioError(f"The catalogue {path} cannot be read ({error}); install the program again.") from error
    return Catalogue(entries)


def seal(folder: Path | None = None) -> list[str]:
    """Write bytes and sha256 of the shipped files into the catalogue beside them; the rest of it stays as it is.

    For whoever puts new weights into the folder. Returns the names of the entries whose file is there.
    """
    folder = folder or models_folder()
    path = folder / _FILE_NAME
    catalogue = read_catalogue(path)
    text = path.read_text(encoding="utf-8")
    sealed = []
    for entry in catalogue.entries:
        file = folder / entry.file
        if entry.shipped and file.is_file():
            facts = {"bytes": str(file.stat().st_size), "sha256": f'["{file_sha256(file)}"]'}
            text = _with_facts(text, entry.name, facts)
            sealed.append(entry.name)
    path.write_text(text, encoding="utf-8")
    read_catalogue(path)
    return sealed


def _entry(table: dict) -> Entry:
    known = {field.name for field in dataclasses.fields(Entry)}
    if unknown := set(table) - known:
        raise ValueError(f"unknown field {sorted(unknown)[0]}")
    checksums = tuple(table.get("sha256", ()))
    for checksum in checksums:
        if not re.fullmatch("[0-9a-f]{8,64}", checksum):
            raise ValueError(f"{checksum} is no sha256")
    if Path(table["file"]).name != table["file"]:
        raise ValueError(f"{table['file']} is no plain file name")
    views = tuple(View(**view) for view in table.get("views", ())) or PLAIN
    return Entry(**{**table, "sha256": checksums, "views": views})


def _with_facts(text: str, name: str, facts: dict[str, str]) -> str:
    """The catalogue's text with these values in the table of this name."""
    head, *tables = re.split(r"(?m)^(?=\[\[weights\]\])", text)
    for i, table in enumerate(tables):
        if re.search(rf'(?m)^name = "{re.escape(name)}"$', table):
            for key, value in facts.items():
                tables[i] = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", tables[i])
    return "".join((head, *tables))
