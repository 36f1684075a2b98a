"""Color tags by FFmpeg's names and by the numbers of ITU-T H.273, which mov, mp4, mkv and the codecs store."""

from dataclasses import dataclass
from typing import Any

from tcvc_studio.color.formats import LUMA_WEIGHTS, PlaneFormat
from tcvc_studio.media.info import FilmInfo

UNSPECIFIED = 2

_PRIMARIES = {
    1: "bt709", 2: "unspecified", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020",
    10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
_TRANSFER = {
    1: "bt709", 2: "unspecified", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear",
    9: "log100", 10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10",
    15: "bt2020-12", 16: "smpte2084", 17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip
_MATRIX = {
    0: "gbr", 1: "bt709", 2: "unspecified", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco",
    9: "bt2020nc", 10: "bt2020c", 11: "smpte2085", 12: "chroma-derived-nc", 13: "chroma-derived-c", 14: "ictcp",
}  # fmt: skip

#: Tags whose luma weights are those of a PlaneFormat's matrix.
_TAGS_OF_MATRIX = {
    "bt709": ("bt709",),
    "bt601": ("smpte170m", "bt470bg"),
    "bt2020": ("bt2020nc",),
    "smpte240m": ("smpte240m",),
    "fcc": ("fcc",),
}


@dataclass(frozen=True, slots=True)
class ColorTags:
    """What a file says of its colors: H.273 numbers; range 1 is limited, 2 is full."""

    range: int
    matrix: int
    primaries: int
    transfer: int

    def put_on(self, target: Any) -> None:
        """Set all four on a codec context or a frame."""
        target.color_range = self.range
        target.colorspace = self.matrix
        target.color_primaries = self.primaries
        target.color_trc = self.transfer

    @classmethod
    def of(cls, source: Any) -> "ColorTags":
        """Read all four from a codec context or a frame; numbers H.273 reserves count as unspecified."""
        return cls(
            int(source.color_range),
            int(source.colorspace) if int(source.colorspace) in _MATRIX else UNSPECIFIED,
            int(source.color_primaries) if int(source.color_primaries) in _PRIMARIES else UNSPECIFIED,
            int(source.color_trc) if int(source.color_trc) in _TRANSFER else UNSPECIFIED,
        )

    @property
    def range_name(self) -> str:
        return {1: "limited", 2: "full"}.get(self.range, "unspecified")

    @property
    def matrix_name(self) -> str:
        return _MATRIX[self.matrix]

    @property
    def primaries_name(self) -> str:
        return _PRIMARIES[self.primaries]

    @property
    def transfer_name(self) -> str:
        return _TRANSFER[self.transfer]


def tags_for(info: FilmInfo, target: PlaneFormat, *, rgb: bool = False) -> ColorTags:
    """The tags of an export.

    Primaries and transfer are the film's own, left unspecified where the film leaves them so. Matrix and range are
    always stated, because Cb and Cr are new and somebody has to say what they were made with: the film's own matrix
    tag where it means the matrix used, else the tag of that matrix (for BT.601 the one of the film's line standard).
    """
    return ColorTags(
        range=2 if target.range == "full" else 1,
        matrix=0 if rgb else _number(_MATRIX, _matrix_tag(info, target)),
        primaries=_number(_PRIMARIES, info.primaries),
        transfer=_number(_TRANSFER, info.transfer),
    )


def _matrix_tag(info: FilmInfo, target: PlaneFormat) -> str:
    candidates = _TAGS_OF_MATRIX[target.matrix]
    if info.matrix in candidates:
        return info.matrix
    if target.matrix == "bt601" and (info.height in (288, 576) or info.rate in (25, 50)):
        return "bt470bg"
    return candidates[0]


def _number(names: dict[int, str], name: str) -> int:
    return next((number for number, known in names.items() if known == name), UNSPECIFIED)


def luma_weights(target: PlaneFormat) -> tuple[float, float, float]:
    """(Kr, Kg, Kb) of a plane format's matrix."""
    red, blue = LUMA_WEIGHTS[target.matrix]
    return red, 1.0 - red - blue, blue
