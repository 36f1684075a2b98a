"""One picture file: PNG, JPEG, TIFF, DPX, EXR, and WebP and BMP for stills."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.coding import CodedAs, resolve_format
from tcvc_studio.media.container import reason
from tcvc_studio.media.encode_tags import ColorTags
from tcvc_studio.media.planes import layout_of
from tcvc_studio.media.rates import as_fraction
from tcvc_studio.media.tiff import TiffTable
from tcvc_studio.media.wholeness import fault

if TYPE_CHECKING:
    import av

#: First bytes of each kind and the decoder for it. Names lie more often than bytes.
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "mjpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"SDPX", "dpx"),
    (b"XPDS", "dpx"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"BM", "bmp"),
)


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A decoded picture file. format: what its planes mean. tags: as the file carries them."""

    frame: "av.VideoFrame"
    codec: str
    format: PlaneFormat
    tags: ColorTags
    sar: Fraction


def read_picture(path: Path) -> PictureFile:
    """Decode a picture file of any of the kinds, known by its first bytes.

    Raises StudioError where it is missing, of another kind, cut off or damaged.
    """
    import av

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise StudioError(f"There is no picture at {path}: check the name.") from None
    except OSError as error:
        raise StudioError(f"{path} cannot be read ({error.strerror}): check its permissions and its disk.") from None
    codec = _kind(data)
    if codec is None:
        what = "is not a PNG, JPEG, TIFF, DPX or EXR picture" if data else "is empty"
        raise StudioError(f"{path.name} {what}: replace it by a good copy.")
    wrong = fault(data, codec)
    if wrong:
        raise StudioError(f"{path.name} {wrong}: replace it by a good copy.")
    if codec == "tiff":
        table = TiffTable.of(data)
        if table.is_float:
            raise StudioError(f"{path.name} is a TIFF of floating-point numbers: write it as 16-bit TIFF, or as EXR.")
        data = table.plain()
    context = av.CodecContext.create(codec, "r")
    context.thread_count = 1
    context.options = {"err_detect": "crccheck+explode"}
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise StudioError(f"{path.name} does not decode ({reason(error)}): replace it by a good copy.") from None
    if not frames or frames[0].is_corrupt:
        raise StudioError(f"{path.name} is damaged: replace it by a good copy.")
    frame = frames[0]
    tags = ColorTags.of(frame)
    sar = as_fraction(context.sample_aspect_ratio) or Fraction(1)
    return PictureFile(frame, codec, _format(frame, codec, tags), tags, sar)


def _kind(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((codec for head, codec in _KINDS if data.startswith(head)), None)


def _format(frame: "av.VideoFrame", codec: str, tags: ColorTags) -> PlaneFormat:
    layout = layout_of(frame.format)
    return resolve_format(
        CodedAs(
            codec=codec,
            pixel_format=layout.pixel_format,
            depth=layout.depth,
            subsampling=layout.subsampling,
            is_rgb=layout.kind == "rgb",
            is_gray=layout.kind == "gray",
            width=frame.width,
            height=frame.height,
            color_range=tags.range,
            matrix=tags.matrix_name,
        )
    )
