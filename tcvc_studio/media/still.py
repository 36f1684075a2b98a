"""Single pictures as color: anchors painted elsewhere, references."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcvc_studio.media.colors import rgb_of
from tcvc_studio.media.pictures import read_picture


@dataclass(frozen=True, slots=True)
class Still:
    """One picture. rgb: R'G'B', uint16 [height, width, 3], 0..65535. depth: bits a sample the file holds, 8 to 16."""

    path: Path
    rgb: np.ndarray
    depth: int

    @property
    def width(self) -> int:
        return self.rgb.shape[1]

    @property
    def height(self) -> int:
        return self.rgb.shape[0]


def read_still(path: str | Path) -> Still:
    """Read a PNG, JPEG, TIFF, DPX, EXR, WebP or BMP picture.

    RGB is scaled to 16 bits, gray repeated; YCbCr (JPEG) goes through its own matrix and range; EXR is taken as linear
    light and gets the sRGB curve. Alpha, embedded profiles and an orientation in the metadata are not applied.
    Raises StudioError where the picture is missing, damaged or of another kind.
    """
    path = Path(path)
    picture = read_picture(path)
    return Still(path, rgb_of(picture.frame, picture.format), picture.format.depth)
