"""Contact sheets: the same frames seen several ways, one row each, on a neutral ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tcvc_studio.errors import StudioError

#: Dark neutral gray, so that no tint of the surround shifts the colors.
_GROUND = 38
_TEXT = 205
_GAP = 6
_MARGIN = 14
_HEAD = 22
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SCALE = 0.46


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its pictures, R'G'B' uint8 [h, w, 3], all of one size."""

    label: str
    pictures: Sequence[np.ndarray]


def contact_sheet(rows: Sequence[Row], *, heads: Sequence[str], width: int = 320) -> np.ndarray:
    """R'G'B' uint8 [height, width, 3] of all rows under their heads (frame numbers or time codes).

    width: of each picture; heights follow. Raises ValueError where rows and heads differ in number or there are none.
    """
    if not rows or not heads or any(len(row.pictures) != len(heads) for row in rows):
        raise ValueError("every row needs a picture for every head, and there must be one")
    h, w = rows[0].pictures[0].shape[:2]
    width = min(width, w)
    height = max(1, round(width * h / w))
    left = _MARGIN + max(_text_width(row.label) for row in rows) + _MARGIN
    sheet = np.full(
        (
            _MARGIN + _HEAD + len(rows) * (height + _GAP) - _GAP + _MARGIN,
            left + len(heads) * (width + _GAP) - _GAP + _MARGIN,
            3,
        ),
        _GROUND,
        np.uint8,
    )
    for column, head in enumerate(heads):
        x = left + column * (width + _GAP)
        _write(sheet, head, x + (width - _text_width(head)) // 2, _MARGIN + 12)
    for line, row in enumerate(rows):
        y = _MARGIN + _HEAD + line * (height + _GAP)
        _write(sheet, row.label, _MARGIN, y + height // 2 + 5)
        for column, picture in enumerate(row.pictures):
            x = left + column * (width + _GAP)
            sheet[y : y + height, x : x + width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return sheet


def write_png(path: Path, rgb: np.ndarray) -> None:
    """Write R'G'B' uint8 [h, w, 3] as PNG, whole or not at all. Raises StudioError where it cannot be written."""
    encoded = cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))[1]
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(encoded.tobytes())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StudioError(f"{path} cannot be written ({error.strerror}); choose another place.") from error


def _text_width(text: str) -> int:
    return cv2.getTextSize(text, _FONT, _SCALE, 1)[0][0]


def _write(sheet: np.ndarray, text: str, x: int, y: int) -> None:
    cv2.putText(sheet, text, (x, y), _FONT, _SCALE, (_TEXT,) * 3, 1, cv2.LINE_AA)
