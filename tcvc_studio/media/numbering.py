"""Names of numbered pictures: patterns, folders, gaps. No picture is opened here."""

import itertools
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tcvc_studio.errors import StudioError
from tcvc_studio.media.source import PICTURE_SUFFIXES

_PLACEHOLDER = re.compile(r"%(?:0(\d+))?d|%(\d+)d")
_HASHES = re.compile(r"#+")
_LAST_NUMBER = re.compile(r"(\d+)(?!.*\d)")
#: So many missing numbers are named; the rest are counted.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Numbering:
    """Files of one sequence: prefix + number + suffix in a folder.

    digits: least digits of a number, padded with zeros; 0 or 1 where numbers are not padded.
    """

    folder: Path
    prefix: str
    digits: int
    suffix: str

    @property
    def pattern(self) -> Path:
        """The sequence's name, as in reel.%06d.dpx."""
        return self.folder / f"{self.prefix}{f'%0{self.digits}d' if self.digits > 1 else '%d'}{self.suffix}"

    def file(self, number: int) -> Path:
        """The file of a number."""
        return self.folder / f"{self.prefix}{number:0{max(1, self.digits)}d}{self.suffix}"

    def number(self, name: str) -> int | None:
        """The number of a file name of this sequence; None for any other name."""
        if not (name.startswith(self.prefix) and name.endswith(self.suffix)):
            return None
        figures = name[len(self.prefix) : len(name) - len(self.suffix)]
        if not (figures.isascii() and figures.isdigit()) or figures != f"{int(figures):0{max(1, self.digits)}d}":
            return None
        return int(figures)


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence without gaps. first: its first number. notes: what in the folder is no part of it."""

    numbering: Numbering
    first: int
    count: int
    notes: tuple[str, ...] = ()


def is_pattern(path: Path) -> bool:
    """Whether a name stands for numbered pictures: reel.%06d.dpx, reel.####.exr."""
    return path.suffix.lower() in PICTURE_SUFFIXES and _parsed(path) is not None


def list_sequence(path: Path) -> Listing:
    """The pictures of a folder or pattern.

    Numbers count up by one. A gap is refused, because a film that silently skips frames would fall out of step with
    its sound and its timecode. Raises StudioError for gaps (naming the first missing numbers), empty pictures, folders
    without numbered pictures or with several sequences.
    """
    notes: list[str] = []
    if path.is_dir():
        numbering, ignored = _of_folder(path)
        if ignored:
            notes.append(f"The folder also holds {_listed(ignored)}, which is no part of the sequence.")
    else:
        parsed = _parsed(path)
        assert parsed is not None, "only patterns and folders come here"
        numbering = parsed
    numbers = []
    for name, size in _entries(numbering.folder):
        number = numbering.number(name)
        if number is not None:
            if size == 0:
                raise StudioError(f"{name} is empty: replace it by a good copy.")
            numbers.append(number)
    if not numbers:
        raise StudioError(f"No picture is named like {path}: check the pattern and the folder.")
    numbers.sort()
    _refuse_gaps(numbering, numbers)
    return Listing(numbering, numbers[0], len(numbers), tuple(notes))


def numbering_of(path: Path) -> tuple[Numbering, int] | None:
    """The sequence a single file would belong to, and its number; None where its name has no number."""
    found = _LAST_NUMBER.search(path.stem)
    if not found:
        return None
    digits = len(found[1]) if found[1].startswith("0") else 0
    tail = path.stem[found.end() :] + path.suffix
    return Numbering(path.parent, path.stem[: found.start()], digits, tail), int(found[1])


def _parsed(path: Path) -> Numbering | None:
    found = _PLACEHOLDER.search(path.name)
    digits = int(found[1] or found[2] or 0) if found else 0
    if not found:
        found = _HASHES.search(path.name)
        if not found:
            return None
        digits = len(found[0])
    return Numbering(path.parent, path.name[: found.start()], digits, path.name[found.end() :])


def _entries(folder: Path) -> list[tuple[str, int]]:
    """Names and sizes of the pictures in a folder."""
    try:
        with os.scandir(folder) as entries:
            return [
                (entry.name, entry.stat().st_size)
                for entry in entries
                if os.path.splitext(entry.name)[1].lower() in PICTURE_SUFFIXES
                # Finder leaves a hidden twin of each file on foreign disks.
                and not entry.name.startswith(".") and entry.is_file()
            ]  # fmt: skip
    except FileNotFoundError:
        raise StudioError(f"There is no folder {folder}: check the name.") from None
    except OSError as error:
        raise StudioError(f"The folder {folder} cannot be read ({error.strerror}): check its permissions.") from None


def _of_folder(folder: Path) -> tuple[Numbering, list[str]]:
    """The one sequence in a folder, and the pictures that are no part of it."""
    names = sorted(name for name, _ in _entries(folder))
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        single = numbering_of(folder / name)
        if single:
            groups[single[0].prefix, single[0].suffix].append(name)
    if not groups:
        what = "no numbered pictures" if names else "no pictures"
        raise StudioError(f"The folder {folder} holds {what} (PNG, JPEG, TIFF, DPX or EXR): choose one that does.")
    longest = max(groups.values(), key=len)
    if sum(len(group) > 1 for group in groups.values()) > 1 or (len(longest) == 1 and len(groups) > 1):
        several = [str(_numbering(folder, group).pattern.name) for group in groups.values()]
        raise StudioError(
            f"The folder {folder} holds several sequences ({_listed(several)}): name one of them instead of the folder."
        )
    kept = set(longest)
    return _numbering(folder, longest), [name for name in names if name not in kept]


def _numbering(folder: Path, names: list[str]) -> Numbering:
    """How the names of one group are numbered. Raises StudioError where two ways are mixed."""
    first = numbering_of(folder / names[0])
    assert first is not None, "only numbered names are grouped"
    prefix, suffix = first[0].prefix, first[0].suffix
    figures = [name[len(prefix) : len(name) - len(suffix)] for name in names]
    padded = [len(text) for text in figures if text.startswith("0")]
    # Without a leading zero anywhere, the shortest number may still be all the padding there is: reel.1001.dpx.
    digits = min(padded or [len(text) for text in figures])
    numbering = Numbering(folder, prefix, digits, suffix)
    odd = [name for name in names if numbering.number(name) is None]
    if odd:
        raise StudioError(f"The pictures in {folder} are numbered in two ways ({odd[0]}, {names[0]}): give a pattern.")
    return numbering


def _refuse_gaps(numbering: Numbering, numbers: list[int]) -> None:
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    if not missing:
        return
    named: list[int] = []
    for before, after in itertools.pairwise(numbers):
        named += range(before + 1, min(after, before + 2 + _NAMED - len(named)))
        if len(named) >= _NAMED:
            break
    named = named[:_NAMED]
    more = f" and {missing - len(named)} more" if missing > len(named) else ""
    raise StudioError(
        f"{numbering.pattern.name} lacks {', '.join(numbering.file(n).name for n in named)}{more}: add the missing "
        "pictures, or keep each unbroken run of numbers in a folder of its own."
    )


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
