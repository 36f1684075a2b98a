"""What the numbers in a plane mean. Free of torch, so that `media` can name formats without loading it."""

from dataclasses import dataclass
from typing import Literal

Range = Literal["limited", "full"]
Matrix = Literal["bt709", "bt601", "bt2020", "smpte240m", "fcc"]
Siting = Literal["left", "center", "topleft"]

#: (Kr, Kb) of each matrix: ITU-R BT.709-6, BT.601-7, BT.2020-2, SMPTE ST 240, FCC 73.682.
LUMA_WEIGHTS: dict[str, tuple[float, float]] = {
    "bt709": (0.2126, 0.0722),
    "bt601": (0.299, 0.114),
    "bt2020": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}


@dataclass(frozen=True, slots=True)
class PlaneFormat:
    """Coding of Y, Cb and Cr planes.

    depth: bits a sample, 8 to 16; planes are uint8 for 8 bit, else uint16 with the value in the low bits.
    range: "limited" (Y 16..235, C 16..240 at 8 bit, times 2**(depth-8)) or "full" (0..2**depth-1).
    matrix: which luma weights made Y from R'G'B'.
    subsampling: (horizontal, vertical) chroma divisors: (2, 2) is 4:2:0, (2, 1) is 4:2:2, (1, 1) is 4:4:4.
    siting: where a subsampled chroma sample lies in its block of luma samples: "left" (MPEG-2, H.264, H.265,
        ProRes), "center" (JPEG, MPEG-1), "topleft" (BT.2020 4:2:0).
    """

    depth: int = 8
    range: Range = "limited"
    matrix: Matrix = "bt709"
    subsampling: tuple[int, int] = (2, 2)
    siting: Siting = "left"

    @property
    def luma_scale(self) -> tuple[float, float]:
        """(black, span) of Y: Y' in 0..1 is (code - black) / span."""
        if self.range == "full":
            return 0.0, float(2**self.depth - 1)
        return 16.0 * 2 ** (self.depth - 8), 219.0 * 2 ** (self.depth - 8)

    @property
    def chroma_scale(self) -> tuple[float, float]:
        """(zero, span) of Cb and Cr: Cb in -0.5..0.5 is (code - zero) / span."""
        zero = float(2 ** (self.depth - 1))
        if self.range == "full":
            return zero, float(2**self.depth - 1)
        return zero, 224.0 * 2 ** (self.depth - 8)

    def chroma_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the chroma planes of a picture; odd sizes round up, as FFmpeg does."""
        h, v = self.subsampling
        return -(-height // v), -(-width // h)
