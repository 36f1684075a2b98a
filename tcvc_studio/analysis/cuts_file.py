"""Lists of cuts in files: JSON (`{"cuts": [...]}` and whatever else stands beside it) and CSV (frame, timecode)."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from tcvc_studio.errors import StudioError
from tcvc_studio.media.atomic import part_path, publish, write_error
from tcvc_studio.project.shots import checked_cuts
from tcvc_studio.project.timecode import Timecode

#: Endings a list of cuts may have; JSON where it has another.
SUFFIXES = (".json", ".csv")

_KNOWN = ("cuts", "fades", "film", "frames", "rate")


@dataclass(frozen=True, slots=True)
class CutList:
    """The cuts of a film as a file keeps them.

    cuts: first frame of every shot but the first, ascending.
    fades: (start, stop) of fades, ascending.
    film: the film's file name; frames: how many it has; rate: frames a second. None where the file does not tell.
    more: other keys of a JSON file, kept as they were found.
    """

    cuts: tuple[int, ...]
    fades: tuple[tuple[int, int], ...] = ()
    film: str | None = None
    frames: int | None = None
    rate: Fraction | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def read_cuts(path: str | Path, frames: int) -> tuple[int, ...]:
    """The cuts of a file, checked against a film of so many frames.

    Raises StudioError where the file cannot be read, is no list of cuts, or is one of another film.
    """
    found = read_cut_list(path)
    if found.frames is not None and found.frames != frames:
        raise StudioError(
            f"{Path(path).name} lists the cuts of a film of {found.frames} frames and this film has {frames}: "
            "find the film's own cuts with tcvc cuts."
        )
    try:
        return checked_cuts(found.cuts, frames)
    except StudioError as error:
        raise StudioError(f"{Path(path).name}: {error}") from None


def read_cut_list(path: str | Path) -> CutList:
    """All that a file of cuts tells; CSV by its ending, else JSON. A bare JSON list of numbers is taken too.

    Raises StudioError where the file cannot be read or is no list of cuts; order and range of the cuts are checked
    where the film's length is known.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise StudioError(f"There is no file {path}: check the name of the list of cuts.") from None
    except OSError as error:
        raise StudioError(f"{path} cannot be read ({error.strerror}): check its permissions.") from None
    except UnicodeDecodeError:
        raise StudioError(f"{path.name} is not text: give a list of cuts as JSON or CSV.") from None
    found = _from_csv(text, path.name) if path.suffix.lower() == ".csv" else _from_json(text, path.name)
    if found.frames is not None:
        try:
            checked_cuts(found.cuts, found.frames)
        except StudioError as error:
            raise StudioError(f"{path.name}: {error}") from None
    return found


def write_cut_list(path: str | Path, found: CutList, *, timecode: str | None = None) -> None:
    """Write a list of cuts, whole or not at all; CSV by its ending, else JSON.

    timecode: that of the film's first frame, for the CSV's second column; 00:00:00:00 where the film has none. CSV
    holds the cuts alone and needs `found.rate`.
    Raises StudioError where the file cannot be written.
    """
    path = Path(path)
    text = as_csv(found, timecode=timecode) if path.suffix.lower() == ".csv" else as_json(found)
    part = part_path(path)
    try:
        part.write_text(text, encoding="utf-8", newline="")
        publish(part, path)
    except FileNotFoundError:
        raise StudioError(f"The folder {path.parent} does not exist: make it, or write somewhere else.") from None
    except OSError as error:
        part.unlink(missing_ok=True)
        raise write_error(error, path) from None


def as_json(found: CutList) -> str:
    """The list as JSON text, other programs' keys after ours."""
    values: dict[str, Any] = {"cuts": list(found.cuts)}
    values["fades"] = [list(fade) for fade in found.fades]
    if found.film is not None:
        values["film"] = found.film
    if found.frames is not None:
        values["frames"] = found.frames
    if found.rate is not None:
        values["rate"] = f"{found.rate.numerator}/{found.rate.denominator}"
    values.update({key: value for key, value in found.more.items() if key not in _KNOWN})
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def as_csv(found: CutList, *, timecode: str | None = None) -> str:
    """The cuts as CSV text: a heading, then frame number and time code of each."""
    if found.rate is None:
        raise StudioError("The film's rate is not known, so its cuts have no time codes: write JSON instead.")
    first = first_timecode(timecode, found.rate)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("frame", "timecode"))
    writer.writerows((cut, str(first + cut)) for cut in found.cuts)
    return out.getvalue()


def first_timecode(text: str | None, rate: Fraction) -> Timecode:
    """The time code of a film's first frame; 00:00:00:00 where it has none, or one that cannot be at its rate."""
    try:
        return Timecode.parse(text or "00:00:00:00", rate)
    except StudioError:
        return Timecode(0, rate)


def _from_json(text: str, name: str) -> CutList:
    try:
        values = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise StudioError(f'{name} is not JSON{where}: a list of cuts looks like {{"cuts": [48, 120]}}.') from None
    if isinstance(values, list):
        values = {"cuts": values}
    if not isinstance(values, dict) or not isinstance(values.get("cuts"), list):
        raise StudioError(f'{name} holds no cuts: a list of cuts looks like {{"cuts": [48, 120]}}.')
    return CutList(
        cuts=tuple(_number(cut, name) for cut in values["cuts"]),
        fades=_fades(values.get("fades"), name),
        film=_expected(values.get("film"), str, "film", name),
        frames=_expected(values.get("frames"), int, "frames", name),
        rate=_rate(values.get("rate"), name),
        more={key: value for key, value in values.items() if key not in _KNOWN},
    )


def _from_csv(text: str, name: str) -> CutList:
    # Spreadsheets of half the world separate by semicolons.
    lines = text.splitlines()
    mark = next((mark for mark in (";", "\t") if lines and mark in lines[0]), ",")
    cuts: list[int] = []
    for place, row in enumerate(csv.reader(lines, delimiter=mark), 1):
        first = row[0].strip() if row else ""
        if not first or first.startswith("#"):
            continue
        if not first.isascii() or not first.isdecimal():
            if not cuts and not any(character.isdigit() for character in first):
                continue  # the heading
            raise StudioError(
                f"Line {place} of {name} begins with {first!r}, which is no frame number: write one cut a line, "
                "its frame number first."
            )
        cuts.append(_number(int(first), name))
    return CutList(cuts=tuple(cuts))


def _number(value: Any, name: str) -> int:
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise StudioError(f"{name} has {value!r} among its cuts, which is no frame number: write whole numbers.")
    return value


def _fades(values: Any, name: str) -> tuple[tuple[int, int], ...]:
    if values is None:
        return ()
    try:
        fades = tuple((_number(start, name), _number(stop, name)) for start, stop in values)
    except (TypeError, ValueError):
        raise StudioError(f"The fades of {name} are not pairs of frame numbers: write them as [[40, 60]].") from None
    if any(not 0 <= start < stop for start, stop in fades):
        raise StudioError(f"A fade of {name} ends before it begins: write first frame and the frame after the last.")
    return fades


def _rate(value: Any, name: str) -> Fraction | None:
    if value is None:
        return None
    try:
        rate = Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        rate = Fraction(0)
    if rate <= 0:
        raise StudioError(f'The rate of {name} is {value!r}: write it as "24" or "24000/1001".')
    return rate


def _expected(value: Any, kind: type, key: str, name: str) -> Any:
    if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    said = "a whole number" if kind is int else "text"
    raise StudioError(f'"{key}" in {name} is {value!r} and should be {said}: correct it or take it out.')
