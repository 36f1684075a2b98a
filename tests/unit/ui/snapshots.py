"""Comparing what a widget paints with a picture that was looked at and kept.

Write pictures anew with TCVC_WRITE_SNAPSHOTS=1, and look at each before it is committed.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

FOLDER = Path(__file__).resolve().parents[2] / "snapshots"
#: Codes by which a pixel may differ, and the share of pixels that may differ by more.
CODES, SHARE = 24, 0.00025


def rendered(widget: QWidget, *, ratio: float = 1.0) -> np.ndarray:
    """What a widget paints, uint8 [h, w, 3], at `ratio` pixels for each of its own."""
    size = QSize(round(widget.width() * ratio), round(widget.height() * ratio))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    widget.render(image)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels[:, : image.width(), 2::-1].copy()


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """Share of pixels that differ by more than CODES."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > CODES).mean())


def check(seen: np.ndarray, name: str, folder: Path) -> None:
    """Fails where `seen`, uint8 [h, w, 3], is not what was kept under `name`; puts it into `folder` to be looked at."""
    path = FOLDER / f"{name}.png"
    image = QImage(seen.data, seen.shape[1], seen.shape[0], 3 * seen.shape[1], QImage.Format.Format_RGB888)
    if os.environ.get("TCVC_WRITE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        assert image.save(str(path))
    kept = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    assert (kept.width(), kept.height()) == (seen.shape[1], seen.shape[0])
    pixels = np.frombuffer(kept.constBits(), np.uint8).reshape(kept.height(), kept.bytesPerLine())
    share = differing(seen, pixels[:, : 3 * kept.width()].reshape(seen.shape))
    if share > SHARE:
        file = folder / path.name
        image.save(str(file))
        pytest.fail(f"{share:.2%} of the pixels differ: compare {file} with {path}")
