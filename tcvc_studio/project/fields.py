"""Reading JSON written by others: each field is taken by name and checked, and what nobody takes is kept."""

from collections.abc import Callable
from fractions import Fraction
from math import isfinite
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
        self._inner: dict[str, Fields] = {}

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
        if kind is not float:
            return value
        if not isfinite(value):
            raise _damaged(f"{self._where}, {name}")
        return float(value)

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """A word, one of several."""
        word = self.take(name, str, default)
        if word not in choices:
            raise _damaged(f"{self._where}, {name}")
        return word

    def inner(self, name: str) -> "Fields":
        """An object in it; an empty one where it is absent."""
        self._inner[name] = Fields(self.take(name, dict, {}), f"{self._where}, {name}")
        return self._inner[name]

    def list_of(self, name: str) -> tuple["Fields", ...]:
        """A list of objects; empty where it is absent."""
        return tuple(Fields(item, f"{self._where}, {name}") for item in self.take(name, list, []))

    def place(self, name: str, find: Callable[[str | None, str | None], Path | None]) -> Path | None:
        """A path written as {"absolute": ..., "relative": ...}, or None. find: which of the two it is."""
        place = self.inner(name)
        return find(place.take("absolute", str, None), place.take("relative", str, None))

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
        """What nobody took, here and in the objects in it: fields of a version that knows more."""
        inner = {name: fields.left() for name, fields in self._inner.items()}
        return {**self._data, **{name: left for name, left in inner.items() if left}}

    def _whole(self, value: Any, name: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _damaged(f"{self._where}, {name}")
        return value


def _damaged(where: str) -> StudioError:
    return StudioError(f"The file is damaged ({where}): open an older copy of it.")
