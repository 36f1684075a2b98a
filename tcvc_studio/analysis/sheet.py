"""Contact sheets: the same frames seen several ways, one row each, on a neutral ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tcvc_studio.errors import StudioError

#: Dark neutral gray, so that no tint of the surround shifts the colors.
_GROUND = 38
_TEXT = 220
_QUIET = 150
_GAP = 8
_MARGIN = 20
_HEAD = 30
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SCALE = 0.62
_NOTE_SCALE = 0.5
_LINE = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A label, its pictures, R'G'B' uint8 [h, w, 3], all of one size, and a note that stands below the label."""

    label: str
    pictures: Sequence[np.ndarray]
    note: str = ""


def contact_sheet(rows: Sequence[Row], *, heads: Sequence[str], width: int = 320) -> np.ndarray:
    """R'G'B' uint8 [height, width, 3] of all rows under their heads (frame numbers or time codes).

    width: of each picture, where the frames are not narrower; heights follow. Pictures are not enlarged.
    Raises ValueError where rows and heads differ in number, pictures in size, or there are none.
    """
    if not rows or not heads or any(len(row.pictures) != len(heads) for row in rows):
        raise ValueError("every row needs a picture for every head, and there must be one")
    shape = rows[0].pictures[0].shape
    if any(picture.shape != shape for row in rows for picture in row.pictures):
        raise ValueError("the pictures of a contact sheet must all have one size")
    width = min(width, shape[1])
    height = max(1, round(width * shape[0] / shape[1]))
    # A head wider than its picture makes the columns wider, a label taller than its picture the rows: no text is cut.
    across = max(width, *(_text_width(head, _SCALE) for head in heads))
    down = max(height, 2 * _LINE)
    left = _MARGIN + max(max(_text_width(r.label, _SCALE), _text_width(r.note, _NOTE_SCALE)) for r in rows) + _MARGIN
    sheet = np.full(
        (
            _MARGIN + _HEAD + len(rows) * (down + _GAP) - _GAP + _MARGIN,
            left + len(heads) * (across + _GAP) - _GAP + _MARGIN,
            3,
        ),
        _GROUND,
        np.uint8,
    )
    for column, head in enumerate(heads):
        middle = left + column * (across + _GAP) + across // 2
        _write(sheet, head, middle - _text_width(head, _SCALE) // 2, _MARGIN + 14)
    for line, row in enumerate(rows):
        y = _MARGIN + _HEAD + line * (down + _GAP)
        base = y + down // 2 + (-4 if row.note else 6)
        _write(sheet, row.label, _MARGIN, base)
        _write(sheet, row.note, _MARGIN, base + _LINE, scale=_NOTE_SCALE, tone=_QUIET)
        top = y + (down - height) // 2
        for column, picture in enumerate(row.pictures):
            x = left + column * (across + _GAP) + (across - width) // 2
            sheet[top : top + height, x : x + width] = cv2.resize(
                picture, (width, height), interpolation=cv2.INTER_AREA
            )
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


def _text_width(text: str, scale: float) -> int:
    return cv2.getTextSize(text, _FONT, scale, 1)[0][0]


def _write(sheet: np.ndarray, text: str, x: int, y: int, *, scale: float = _SCALE, tone: int = _TEXT) -> None:
    cv2.putText(sheet, text, (x, y), _FONT, scale, (tone,) * 3, 1, cv2.LINE_AA)
