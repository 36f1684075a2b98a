"""The codecs a film is exported in: names, containers, planes and the bytes they take."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import FilmInfo

#: FFmpeg's muxer for each suffix.
MUXERS: Mapping[str, str] = MappingProxyType(
    {".mov": "mov", ".mp4": "mp4", ".m4v": "mp4", ".mkv": "matroska"}
)

_SUBSAMPLINGS = MappingProxyType(
    {(2, 2): "420", (2, 1): "422", (1, 1): "444", (1, 2): "440", (4, 1): "411", (4, 4): "410"}
)


@dataclass(frozen=True, slots=True)
class ExportCodec:
    """One way to write a film.

    title: as a restorer knows it. suffixes: of the files it goes into, the usual one first.
    sequence: true where every frame is a file of its own. lossless: true where decoding yields the planes written.
    depths: bits a sample it can be asked for. rated: true where `quality` (a constant rate factor, lower is better)
    means something.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    depths: tuple[int, ...]
    sequence: bool = False
    lossless: bool = False
    rated: bool = False


CODECS: Mapping[str, ExportCodec] = MappingProxyType(
    {
        codec.name: codec
        for codec in (
            ExportCodec("prores-hq", "ProRes 422 HQ", (".mov", ".mkv"), (10,)),
            ExportCodec("prores-422", "ProRes 422", (".mov", ".mkv"), (10,)),
            ExportCodec("prores-4444", "ProRes 4444", (".mov", ".mkv"), (10,)),
            ExportCodec("h264", "H.264", (".mp4", ".m4v", ".mov", ".mkv"), (8, 10), rated=True),
            ExportCodec("h265", "H.265", (".mp4", ".m4v", ".mov", ".mkv"), (8, 10), rated=True),
            ExportCodec("ffv1", "FFV1", (".mkv",), (8, 9, 10, 12, 14, 16), lossless=True),
            ExportCodec("png", "PNG", (".png",), (8, 16), sequence=True, lossless=True),
            ExportCodec("tiff", "TIFF", (".tif", ".tiff"), (16,), sequence=True, lossless=True),
        )
    }
)


def codec_named(name: str) -> ExportCodec:
    """The codec of that name. Raises StudioError that lists the names."""
    try:
        return CODECS[name]
    except KeyError:
        raise StudioError(f"There is no codec {name!r}: choose one of {', '.join(CODECS)}.") from None


def codec_for(path: Path) -> ExportCodec:
    """The codec one expects of a file of that name: ProRes HQ in .mov, H.264 in .mp4, FFV1 in .mkv, PNG, TIFF."""
    usual = {".mov": "prores-hq", ".mp4": "h264", ".m4v": "h264", ".mkv": "ffv1", ".png": "png"}
    usual |= {".tif": "tiff", ".tiff": "tiff"}
    try:
        return CODECS[usual[path.suffix.lower()]]
    except KeyError:
        raise StudioError(
            f"The name {path.name} does not say what to write: name the codec, or end it in .mov, .mp4 or .mkv."
        ) from None


def target_format(codec: str, info: FilmInfo, depth: int | None = None) -> PlaneFormat:
    """The planes the codec's encoder takes for this film.

    Y keeps the film's depth and range wherever the codec can hold them:
    ffv1 keeps depth (8, 9, 10, 12, 14 or 16; else the next of these), range and chroma subsampling, and takes 4:4:4
    for gray and RGB films; prores is 10 bit limited 4:2:2 or 4:4:4; h264 and h265 keep the range and are 4:2:0 (4:4:4
    for an odd width or height, which 4:2:0 cannot hold), h264 in 8 bit unless asked for 10, h265 in 10 for films of
    more than 8; png and tiff take 4:4:4 full range of 16 bit (png 8 on request), to be written as RGB.

    depth: bits a sample, where the codec has a choice. Raises StudioError for a depth the codec does not have.
    """
    chosen = codec_named(codec)
    film = info.format
    if depth is not None and depth not in chosen.depths:
        have = " or ".join(map(str, chosen.depths))
        raise StudioError(f"{chosen.title} cannot hold {depth} bits a sample: it has {have}.")
    if codec in ("prores-hq", "prores-422"):
        return PlaneFormat(10, "limited", film.matrix, (2, 1), "left")
    if codec == "prores-4444":
        return PlaneFormat(10, "limited", film.matrix, (1, 1), "left")
    if chosen.sequence:
        return PlaneFormat(depth or 16, "full", film.matrix, (1, 1), "left")
    if codec == "ffv1":
        wanted = depth or next(bits for bits in chosen.depths if bits >= min(film.depth, 16))
        if is_gray(info) or _pixel_format_name(replace(film, depth=wanted)) is None:
            return PlaneFormat(wanted, film.range, film.matrix, (1, 1), "left")
        return replace(film, depth=wanted)
    if codec == "h265":
        depth = depth or (10 if film.depth > 8 else 8)
    if info.width % 2 or info.height % 2:
        return PlaneFormat(depth or 8, film.range, film.matrix, (1, 1), "left")
    siting = film.siting if film.subsampling == (2, 2) and not is_gray(info) else "left"
    return PlaneFormat(depth or 8, film.range, film.matrix, (2, 2), siting)


def is_gray(info: FilmInfo) -> bool:
    """True where the film's pixels have no chroma planes at all."""
    return info.pixel_format.startswith(("gray", "ya8", "ya16", "mono", "yaf"))


def pixel_format(target: PlaneFormat) -> str:
    """FFmpeg's name of planar little-endian YCbCr in this format."""
    name = _pixel_format_name(target)
    if name is None:
        raise ValueError(f"no encoder takes {target}")
    return name


def _pixel_format_name(target: PlaneFormat) -> str | None:
    sampling = _SUBSAMPLINGS.get(target.subsampling)
    depths = {"411": (8,), "410": (8,), "440": (8, 10, 12)}.get(sampling or "", (8, 9, 10, 12, 14, 16))
    if sampling is None or target.depth not in depths:
        return None
    return f"yuv{sampling}p" + ("" if target.depth == 8 else f"{target.depth}le")


def bytes_a_frame(codec: str, info: FilmInfo, target: PlaneFormat) -> int:
    """About how many bytes a frame will take: measured on grainy film, meant for asking whether a disk has room."""
    pixels = info.width * info.height
    fixed_bits = {"prores-hq": 7.1, "prores-422": 5.8, "prores-4444": 7.4, "h264": 0.3, "h265": 0.2}
    if codec in fixed_bits:
        return int(pixels * fixed_bits[codec] / 8)
    h, v = target.subsampling
    raw = pixels * (1 + 2 / (h * v)) * (target.depth / 8)
    return int(raw * {"ffv1": 0.5, "png": 0.7, "tiff": 1.0}[codec])
