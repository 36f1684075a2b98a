"""Samples out of decoded pictures: Y, Cb, Cr or R, G, B as numpy planes, with the values that were coded.

Nothing here goes through a scaler that could touch a value, but for a few packed formats (`_THROUGH`) whose change
of layout is exact. Samples of 9 to 16 bits come as uint16 in the low bits, 8 bits as uint8.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tcvc_studio.color.formats import LUMA_WEIGHTS, Matrix
from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    import av

#: Interleaved formats: samples in a group and where in it (Y, Cb, Cr) or (R, G, B) lie.
_PACKED: dict[str, tuple[int, tuple[int, int, int]]] = {
    "rgb24": (3, (0, 1, 2)),
    "bgr24": (3, (2, 1, 0)),
    "rgba": (4, (0, 1, 2)),
    "bgra": (4, (2, 1, 0)),
    "argb": (4, (1, 2, 3)),
    "abgr": (4, (3, 2, 1)),
    "rgb0": (4, (0, 1, 2)),
    "bgr0": (4, (2, 1, 0)),
    "0rgb": (4, (1, 2, 3)),
    "0bgr": (4, (3, 2, 1)),
    "rgb48": (3, (0, 1, 2)),
    "bgr48": (3, (2, 1, 0)),
    "rgba64": (4, (0, 1, 2)),
    "bgra64": (4, (2, 1, 0)),
    "rgbf32": (3, (0, 1, 2)),
    "rgbaf32": (4, (0, 1, 2)),
    "rgbf16": (3, (0, 1, 2)),
    "rgbaf16": (4, (0, 1, 2)),
    "ayuv": (4, (1, 2, 3)),
    "ayuv64": (4, (1, 2, 3)),
    "vuya": (4, (2, 1, 0)),
    "vuyx": (4, (2, 1, 0)),
    "uyva": (4, (1, 0, 2)),
    "vyu444": (3, (1, 2, 0)),
    "xv36": (4, (1, 0, 2)),
    "xv48": (4, (1, 0, 2)),
}
#: Interleaved 4:2:2: where in a group of four samples the first Y, Cb and Cr lie; the second Y is two further.
_PACKED_422: dict[str, tuple[int, int, int]] = {
    "yuyv422": (0, 1, 3),
    "yvyu422": (0, 3, 1),
    "uyvy422": (1, 0, 2),
    "y210": (0, 1, 3),
    "y212": (0, 1, 3),
    "y216": (0, 1, 3),
}
#: Formats whose samples are no whole bytes, and the plain one of the same depth they are unpacked to.
_THROUGH: dict[str, str] = {
    "pal8": "rgb24",
    "monow": "gray",
    "monob": "gray",
    "rgb8": "rgb24",
    "bgr8": "rgb24",
    "rgb4_byte": "rgb24",
    "bgr4_byte": "rgb24",
    "rgb444": "rgb24",
    "bgr444": "rgb24",
    "rgb555": "rgb24",
    "bgr555": "rgb24",
    "rgb565": "rgb24",
    "bgr565": "rgb24",
    "x2rgb10": "gbrp10le",
    "x2bgr10": "gbrp10le",
    "uyyvyy411": "yuv411p",
    # Digital cinema: X'Y'Z' becomes R'G'B', the only one here that changes values.
    "xyz12": "rgb48le",
}
#: Formats that keep the value in the high bits of a 16-bit word.
_HIGH = ("p010", "p012", "p210", "p212", "p410", "p412", "y210", "y212", "xv36")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a pixel format keeps its samples.

    kind: what the planes are. depth: bits a sample of the planes as they come out, 8 to 16; floats become 16 bits.
    coded_bits: bits a sample as the format stores them. subsampling: chroma divisors, (1, 1) for gray and RGB.
    """

    pixel_format: str
    kind: Literal["ycbcr", "gray", "rgb"]
    depth: int
    coded_bits: int
    subsampling: tuple[int, int]
    is_float: bool


def layout_of(kind: "av.VideoFormat") -> Layout:
    """The layout of a pixel format. Raises StudioError for one whose samples cannot be had (Bayer, hardware)."""
    import av

    plain = _plain(kind.name)
    if plain in _THROUGH:
        through = layout_of(av.VideoFormat(_THROUGH[plain]))
        bits = max((part.bits for part in kind.components), default=8)
        return Layout(kind.name, through.kind, through.depth, bits, through.subsampling, False)
    bits = kind.components[0].bits if kind.components else 0
    is_float = plain.startswith(("grayf", "yaf", "gbrpf", "gbrapf", "rgbf", "rgbaf"))
    readable = kind.is_planar or plain.startswith(("gray", "ya")) or plain in _PACKED or plain in _PACKED_422
    if not readable or kind.is_bayer or kind.has_palette or not (is_float or 8 <= bits <= 16):
        raise StudioError(f"Pictures in the pixel format {kind.name} cannot be read: convert the film to yuv422p10.")
    if kind.is_rgb:
        name: Literal["ycbcr", "gray", "rgb"] = "rgb"
    else:
        name = "ycbcr" if len(kind.components) >= 3 else "gray"
    subsampling = (1, 1)
    if name == "ycbcr":
        subsampling = (64 // kind.chroma_width(64), 64 // kind.chroma_height(64))
    return Layout(kind.name, name, 16 if is_float else bits, bits, subsampling, is_float)


def samples(frame: "av.VideoFrame") -> tuple[np.ndarray, ...]:
    """The planes of a picture: (Y, Cb, Cr), (Y,) for gray, or (R, G, B).

    Each is uint8 [h, w] for 8 bits, else uint16 with the value in the low bits, chroma planes at their own size.
    Floats (EXR) become 16 bits: clipped to 0..1, scene-linear ones (as EXR is tagged) after the sRGB curve of
    IEC 61966-2-1, so that what is seen on a screen is what is colored. Alpha is left out.
    The planes may be views into the frame: copy what outlives it.
    """
    plain = _plain(frame.format.name)
    if plain in _THROUGH:
        frame = _repacked(frame, _THROUGH[plain])
        plain = _plain(frame.format.name)
    layout = layout_of(frame.format)
    planes = _stored(frame, plain, layout)
    if layout.is_float:
        linear = int(frame.color_trc) == 8
        shown = _display(planes[0], linear=linear)
        # The curve is what costs; a black-and-white picture needs it once.
        return (shown, *(shown if np.array_equal(p, planes[0]) else _display(p, linear=linear) for p in planes[1:]))
    shift = 16 - layout.coded_bits if plain.startswith(_HIGH) or "msb" in plain else 0
    native = np.uint8 if layout.depth == 8 else np.uint16
    return tuple((plane >> shift if shift else plane).astype(native, copy=False) for plane in planes)


def luma_of(frame: "av.VideoFrame", matrix: Matrix) -> np.ndarray:
    """The luma plane of a picture, uint8 or uint16 [height, width], owned by the caller.

    YCbCr and gray: Y as coded. RGB: the value itself where R = G = B, else Kr R + Kg G + Kb B, rounded.
    """
    planes = samples(frame)
    if len(planes) == 1 or layout_of(frame.format).kind == "ycbcr":
        return np.array(planes[0], order="C")
    return rgb_luma(*planes, matrix=matrix)


def rgb_luma(red: np.ndarray, green: np.ndarray, blue: np.ndarray, *, matrix: Matrix) -> np.ndarray:
    """Luma of full-range R'G'B' planes at their own depth; exactly the common value where they agree."""
    if np.array_equal(red, green) and np.array_equal(blue, green):
        return np.array(green, order="C")
    kr, kb = LUMA_WEIGHTS[matrix]
    # Differences from green, so that equal values give exactly that value whatever the rounding of the weights.
    base = green.astype(np.float32)
    mixed = base + np.float32(kr) * (red - base) + np.float32(kb) * (blue - base)
    return np.rint(mixed).astype(green.dtype)


def _plain(name: str) -> str:
    """A pixel format's name without its byte order."""
    return name[:-2] if name.endswith(("le", "be")) else name


def _stored(frame: "av.VideoFrame", plain: str, layout: Layout) -> tuple[np.ndarray, ...]:
    """Views of the planes as stored: byte order resolved, values not yet shifted."""
    order = ">" if frame.format.name.endswith("be") else "<"
    width_in_bytes = 1 if layout.coded_bits <= 8 else 2 if layout.coded_bits <= 16 else 4
    dtype = np.dtype(f"{order}{'f' if layout.is_float else 'u'}{width_in_bytes}")
    width, height = frame.width, frame.height
    rows = [
        np.frombuffer(plane, dtype).reshape(-1, plane.line_size // dtype.itemsize)[: plane.height]
        for plane in frame.planes
    ]
    first = rows[0][:height]
    if plain in _PACKED:
        group, places = _PACKED[plain]
        return tuple(first[:, place : width * group : group] for place in places)
    if plain in _PACKED_422:
        y, cb, cr = _PACKED_422[plain]
        half = -(-width // 2)
        return (
            first[:, y::2][:, :width],
            first[:, cb::4][:, :half],
            first[:, cr::4][:, :half],
        )
    if layout.kind == "gray":
        step = 2 if plain.startswith("ya") else 1
        return (first[:, : width * step : step],)
    if layout.kind == "rgb":
        green, blue, red = (row[:height, :width] for row in rows[:3])
        return red, green, blue
    h, v = layout.subsampling
    narrow, low = -(-width // h), -(-height // v)
    if len(rows) == 2:  # nv12, p010 and their kin: Cb and Cr share a plane (nv21 and nv42 the other way round)
        pair = rows[1][:low, : 2 * narrow]
        cb, cr = pair[:, 0::2], pair[:, 1::2]
        return (first[:, :width], cr, cb) if plain in ("nv21", "nv42") else (first[:, :width], cb, cr)
    return first[:, :width], rows[1][:low, :narrow], rows[2][:low, :narrow]


def _repacked(frame: "av.VideoFrame", name: str) -> "av.VideoFrame":
    # Naming the same matrix and range on both sides keeps the scaler from converting between them.
    color_range = 2 if name.startswith(("rgb", "gbr", "gray")) else int(frame.color_range) or 1
    # One thread: where a row is not a multiple of 16 pixels, the scaler's threads write over each other's first row.
    return frame.reformat(
        format=name, src_colorspace=1, dst_colorspace=1, src_color_range=color_range, dst_color_range=color_range,
        threads=1,
    )  # fmt: skip


def _display(values: np.ndarray, *, linear: bool) -> np.ndarray:
    """Float samples as 16-bit display values; not-a-number becomes black."""
    clipped = np.clip(np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    if linear:
        low = clipped <= 0.0031308
        clipped = np.where(low, 12.92 * clipped, 1.055 * np.power(clipped, 1 / 2.4, dtype=np.float32) - 0.055)
    return np.rint(clipped * 65535.0).astype(np.uint16)
