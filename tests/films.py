"""Films and sequences drawn for tests: every picture carries its own number as a code of light and dark blocks.

`write_bar_film` writes a film of any codec, rate, pixel format and time line; `write_bar_sequence` the same as numbered
pictures; `read_bars` tells from a decoded luma plane which frame it is, after any ordinary compression.

    info = write_bar_film(tmp_path / "a.mp4", 50, rate=Fraction(24000, 1001), options={"bf": "3"})
    assert read_bars(luma) == 17
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

#: Blocks across and down. The first two are always light and always dark, the other sixteen are the number's bits.
COLUMNS, ROWS = 6, 3
_LIGHT, _DARK = 0.8, 0.2


def draw_bars(number: int, *, width: int = 96, height: int = 64) -> np.ndarray:
    """The picture of one frame number, 0..65535: luma float64 [height, width] in 0..1."""
    if not 0 <= number < 1 << 16:
        raise ValueError(f"a bar film has room for 65536 frames, not for number {number}")
    bits = [True, False] + [bool(number >> i & 1) for i in range(16)]
    cells = np.where(np.array(bits).reshape(ROWS, COLUMNS), _LIGHT, _DARK)
    rows = np.arange(height) * ROWS // height
    columns = np.arange(width) * COLUMNS // width
    return cells[rows][:, columns]


def read_bars(luma: np.ndarray) -> int:
    """The number drawn by `draw_bars` in a luma plane [height, width] of any depth and range."""
    height, width = luma.shape
    means = np.empty((ROWS, COLUMNS))
    for r in range(ROWS):
        for c in range(COLUMNS):
            top, bottom = -(-r * height // ROWS), -(-(r + 1) * height // ROWS)
            left, right = -(-c * width // COLUMNS), -(-(c + 1) * width // COLUMNS)
            # Edges of the blocks ring after compression: read their inner half.
            y, x = (bottom - top) // 4, (right - left) // 4
            means[r, c] = luma[top + y : bottom - y, left + x : right - x].mean()
    light, dark, *bits = means.ravel()
    assert light > dark, "this picture carries no bars"
    return sum(1 << i for i, value in enumerate(bits) if value > (light + dark) / 2)


def make_frame(luma: np.ndarray, pixel_format: str, *, full: bool = False, chroma: float = 0.0) -> av.VideoFrame:
    """An av frame of a luma picture [height, width] in 0..1.

    Works for planar YCbCr, gray, nv12/p010-like and RGB formats; float formats take the values as they are.
    full: code the whole range instead of 16..235. chroma: Cb - neutral as a share of the range, Cr gets the opposite.
    """
    height, width = luma.shape
    frame = av.VideoFrame(width, height, pixel_format)
    kind = frame.format
    bits = kind.components[0].bits
    # p010 and its kin keep the value in the high bits of the word.
    high = pixel_format.startswith(("p0", "p2", "p4"))
    order = ">" if pixel_format.endswith("be") else "<"
    floating = "f32" in pixel_format
    dtype = np.dtype(order + "f4") if floating else np.dtype(np.uint8) if bits <= 8 else np.dtype(order + "u2")
    top = 2**bits - 1
    if floating:
        codes = luma
    elif kind.is_rgb or full:
        codes = np.rint(luma * top)
    else:
        codes = np.rint((16 + 219 * luma) * 2 ** (bits - 8))
    shift = 16 - bits if high and bits > 8 else 0
    for number, plane in enumerate(frame.planes):
        row = plane.line_size // dtype.itemsize
        view = np.ndarray((plane.height, row), dtype, buffer=plane)
        alpha = len(frame.planes) in (2, 4) and number == len(frame.planes) - 1 and "a" in pixel_format[:4]
        if alpha and kind.is_planar:
            view[:] = top
        elif kind.is_rgb and not kind.is_planar:
            samples = len(kind.components)
            view[:, : width * samples] = np.repeat(codes, samples, axis=1)
        elif number == 0 or kind.is_rgb:
            view[:, :width] = codes.astype(np.int64) << shift if shift else codes
        else:
            middle = 2 ** (bits - 1)
            offset = np.rint(chroma * top)
            if len(frame.planes) == 2 and not alpha:
                view[:, 0::2] = int(middle + offset) << shift
                view[:, 1::2] = int(middle - offset) << shift
            else:
                view[:] = middle + (offset if number == 1 else -offset)
    return frame


def write_bar_film(
    path: Path,
    frames: int | Iterable[int] = 40,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    width: int = 96,
    height: int = 64,
    rate: Fraction | int = 24,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    gop: int = 12,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    full: bool = False,
    chroma: float = 0.0,
    picture: Callable[[int], np.ndarray] | None = None,
    tags: tuple[int, int, int] | None = None,
    sar: Fraction | None = None,
    rotation: int = 0,
    timecode: str | None = None,
    audio: int = 0,
    audio_codec: str = "aac",
) -> Path:
    """Write a film whose pictures show their numbers; returns its path.

    frames: how many, or the very numbers to draw, in order of showing.
    pts, time_base: time of each frame in units of time_base; by default one frame after another at `rate`.
    full: code and tag the full range. tags: (matrix, primaries, transfer) as the numbers of ITU-T H.273.
    picture: draws frame n as luma [height, width] in 0..1 instead of bars.
    rotation: degrees counterclockwise for the display matrix. audio: how many sine-wave streams to add, each at
    another pitch and as long as the film.
    """
    numbers = list(range(frames)) if isinstance(frames, int) else list(frames)
    rate = Fraction(rate)
    time_base = time_base or 1 / rate
    pts = list(range(len(numbers))) if pts is None and time_base == 1 / rate else pts
    if pts is None:
        pts = [round(i / rate / time_base) for i in range(len(numbers))]
    if len(pts) != len(numbers):
        raise ValueError("as many times as frames are needed")
    draw = picture or (lambda n: draw_bars(n, width=width, height=height))
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        if timecode:
            container.metadata["timecode"] = timecode
        stream = container.add_stream(codec, rate=rate, options=options or {})
        context = stream.codec_context
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        context.time_base = time_base
        stream.time_base = time_base
        context.gop_size = gop
        # 2: full range, 1: limited, as AVColorRange numbers them.
        context.color_range = 2 if full else 1
        if tags:
            context.colorspace, context.color_primaries, context.color_trc = tags
        if sar:
            context.sample_aspect_ratio = sar
        if rotation:
            stream.set_display_rotation(rotation)
        sounds = [_add_sound(container, audio_codec, pitch=220 * (i + 1)) for i in range(audio)]
        for number, time in zip(numbers, pts, strict=True):
            frame = make_frame(draw(number), pixel_format, full=full, chroma=chroma)
            frame.pts, frame.time_base = time, time_base
            frame.color_range = context.color_range
            if tags:
                frame.colorspace, frame.color_primaries, frame.color_trc = tags
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        seconds = len(numbers) / rate
        for sound, pitch in sounds:
            _write_sound(container, sound, pitch=pitch, seconds=float(seconds))
    return path


def write_bar_sequence(
    folder: Path,
    frames: int | Iterable[int] = 12,
    *,
    pattern: str = "reel.%06d.png",
    first: int = 1,
    pixel_format: str | None = None,
    width: int = 96,
    height: int = 64,
    picture: Callable[[int], np.ndarray] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write numbered pictures that show their numbers, counted from 0; returns the pattern's path.

    The kind follows from the pattern's ending: png, jpg, tif, dpx or exr. The file of the picture that shows n has
    the number first + n.
    """
    codec, default = {
        "png": ("png", "gray"),
        "jpg": ("mjpeg", "yuvj420p"),
        "tif": ("tiff", "gray"),
        "dpx": ("dpx", "gbrp10be"),
        "exr": ("exr", "gbrpf32le"),
    }[pattern.rsplit(".", 1)[1]]
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(frames) if isinstance(frames, int) else frames
    for number in numbers:
        luma = picture(number) if picture else draw_bars(number, width=width, height=height)
        frame = make_frame(luma, pixel_format or default, full=True)
        write_picture(folder / (pattern % (first + number)), frame, codec=codec, options=options)
    return folder / pattern


def write_picture(path: Path, frame: av.VideoFrame, *, codec: str, options: dict[str, str] | None = None) -> Path:
    """Encode one av frame as one picture file."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = frame.width, frame.height, frame.format.name
    context.time_base = Fraction(1, 24)
    if codec == "mjpeg":
        context.color_range = 2
        frame.color_range = 2
    context.options = options or {}
    frame.pts = 0
    path.write_bytes(b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)]))
    return path


def _add_sound(container: av.container.OutputContainer, codec: str, *, pitch: int) -> tuple[av.AudioStream, int]:
    stream = container.add_stream(codec, rate=48000)
    stream.codec_context.layout = "stereo"
    return stream, pitch


def _write_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, *, pitch: int, seconds: float
) -> None:
    total = round(seconds * 48000)
    wave = (0.3 * np.sin(2 * np.pi * pitch * np.arange(total) / 48000)).astype(np.float32)
    for at in range(0, total, 1024):
        part = wave[at : at + 1024]
        frame = av.AudioFrame.from_ndarray(np.stack([part, part]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
