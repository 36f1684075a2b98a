"""Reading JSON written by others: each field is taken by name and checked, and what nobody takes is kept."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from tcvc_studio.errors import StudioError

_REQUIRED = object()


class Fields:
    """An object of a JSON file, taken apart field by field.

    where: the file and the place in it, for errors. Whatever is wrong raises StudioError.
    """

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, dict):
            raise _damaged(where)
        self._data = dict(data)
        self._where = where

    def take(self, name: str, kind: type, default: Any = _REQUIRED) -> Any:
        """A field of a kind: int (no bool, no fraction), float (any number), bool, str, list or dict.

        One that is absent or null gives the default where there is one.
        """
        value = self._data.pop(name, None)
        if value is None and default is not _REQUIRED:
            return default
        wanted = (int, float) if kind is float else kind
        if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
            raise _damaged(f"{self._where}, {name}")
        return float(value) if kind is float else value

    def inner(self, name: str) -> "Fields":
        """An object in it; an empty one where it is absent."""
        return Fields(self.take(name, dict, {}), f"{self._where}, {name}")

    def list_of(self, name: str) -> tuple["Fields", ...]:
        """A list of objects; empty where it is absent."""
        return tuple(Fields(item, f"{self._where}, {name}") for item in self.take(name, list, []))

    def path(self, name: str) -> Path | None:
        """A path, or None."""
        text = self.take(name, str, None)
        return None if text is None else Path(text)

    def fraction(self, name: str, default: Any = _REQUIRED) -> Any:
        """A number above zero, written as "24000/1001"."""
        text = self.take(name, str, default)
        if text is default:
            return default
        try:
            value = Fraction(text)
        except (ValueError, ZeroDivisionError) as error:
            raise _damaged(f"{self._where}, {name}") from error
        if value <= 0:
            raise _damaged(f"{self._where}, {name}")
        return value

    def numbers(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of whole numbers."""
        values = self.take(name, list, None)
        if values is None:
            return default
        return tuple(self._whole(value, name) for value in values)

    def spans(self, name: str) -> tuple[tuple[int, int], ...]:
        """A list of pairs of whole numbers, each with the smaller one first."""
        spans = []
        for pair in self.take(name, list, []):
            if not isinstance(pair, list) or len(pair) != 2:
                raise _damaged(f"{self._where}, {name}")
            start, stop = (self._whole(value, name) for value in pair)
            if not 0 <= start < stop:
                raise _damaged(f"{self._where}, {name}")
            spans.append((start, stop))
        return tuple(sorted(spans))

    def numbered(self, name: str) -> dict[int, int]:
        """Whole numbers by whole numbers; JSON has the latter as text."""
        table = {}
        for key, value in self.take(name, dict, {}).items():
            if not key.isascii() or not key.isdigit():
                raise _damaged(f"{self._where}, {name}")
            table[int(key)] = self._whole(value, name)
        return table

    def left(self) -> dict[str, Any]:
        """What nobody took: fields of a version that knows more."""
        return dict(self._data)

    def _whole(self, value: Any, name: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _damaged(f"{self._where}, {name}")
        return value


def _damaged(where: str) -> StudioError:
    return StudioError(f"The file is damaged ({where}): open an older copy of it.")
