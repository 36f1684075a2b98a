"""What decoded planes mean, also where a film leaves it unsaid."""

from dataclasses import dataclass

from tcvc_studio.color.formats import Matrix, PlaneFormat, Range, Siting
from tcvc_studio.errors import StudioError

_MATRICES: dict[str, Matrix] = {
    "bt709": "bt709",
    "fcc": "fcc",
    "bt470bg": "bt601",
    "smpte170m": "bt601",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    # Constant luminance shares the weights; its difference lies in the transfer, which a colored film keeps anyway.
    "bt2020c": "bt2020",
}

#: Codecs that mean 16..235 in a gray picture without a range tag; other gray pictures (PNG, TIFF, DPX, FFV1, raw)
#: use every code, which is also how FFmpeg's scaler reads them.
_LIMITED_GRAY = frozenset({"h264", "hevc", "vvc", "av1", "vp8", "vp9", "mpeg1video", "mpeg2video", "mpeg4", "prores"})

#: Still-picture codecs whose YCbCr is that of JFIF: BT.601, full range, chroma in the middle of its block.
_JFIF = frozenset({"mjpeg", "mjpegb", "ljpeg", "jpegls", "tiff", "webp"})

#: Picture files that hold RGB when they hold color: their gray pictures go with their RGB ones.
_RGB_PICTURES = frozenset({"png", "tiff", "dpx", "exr", "bmp"})

_SITINGS: dict[str, Siting] = {
    "left": "left",
    "center": "center",
    "topleft": "topleft",
    # Not among the three a PlaneFormat knows: the nearest stands in, half a luma sample away.
    "top": "topleft",
    "bottomleft": "left",
    "bottom": "center",
}


@dataclass(frozen=True, slots=True)
class CodedAs:
    """What a decoder says of its pictures.

    depth: bits a sample of the planes as `media.planes` yields them. color_range: 0 unspecified, 1 limited, 2 full.
    matrix: FFmpeg's name. siting: FFmpeg's name, "unspecified" where the codec does not tell.
    """

    codec: str
    pixel_format: str
    depth: int
    subsampling: tuple[int, int]
    is_rgb: bool
    is_gray: bool
    width: int
    height: int
    color_range: int
    matrix: str
    siting: str = "unspecified"


def resolve_format(coded: CodedAs) -> PlaneFormat:
    """The meaning of the planes, with what the film leaves unsaid filled in by the usual rules.

    Untagged YCbCr is BT.601 up to 576 lines and 1024 columns and BT.709 above; untagged range is limited, but full
    for the yuvj formats, JPEG, and gray pictures of codecs without a range of their own. JPEG's chroma is centered.
    RGB is full range 4:4:4 and its luma is weighed by BT.709, whose primaries sRGB shares (IEC 61966-2-1).

    Raises StudioError for a matrix that has no luma of the kind Y = Kr R + Kg G + Kb B (YCgCo, ICtCp).
    """
    if coded.is_rgb:
        return PlaneFormat(coded.depth, "full", "bt709", (1, 1), "left")
    siting = _SITINGS.get(coded.siting, "center" if coded.codec in _JFIF else "left")
    return PlaneFormat(coded.depth, _range(coded), _matrix(coded), coded.subsampling, siting)


def _matrix(coded: CodedAs) -> Matrix:
    known = _MATRICES.get(coded.matrix)
    if known:
        return known
    # A gray PNG is tagged "gbr" although it has no color at all.
    if coded.matrix != "unspecified" and not coded.is_gray:
        raise StudioError(
            f"The film's colors are coded as {coded.matrix}, whose luma is not that of an ordinary film: convert it "
            "to BT.709 YCbCr first."
        )
    if coded.is_gray and (coded.matrix == "gbr" or coded.codec in _RGB_PICTURES):
        return "bt709"
    if coded.codec in _JFIF:
        return "bt601"
    return "bt601" if coded.height <= 576 and coded.width <= 1024 else "bt709"


def _range(coded: CodedAs) -> Range:
    if coded.pixel_format.startswith("yuvj"):
        return "full"
    if coded.color_range:
        return "full" if coded.color_range == 2 else "limited"
    if coded.codec in _JFIF:
        return "full"
    return "full" if coded.is_gray and coded.codec not in _LIMITED_GRAY else "limited"
