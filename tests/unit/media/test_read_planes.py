"""Luma comes out as it was coded, in every pixel format; RGB gives the luma its matrix says, and gray its value."""

import av
import numpy as np
import pytest

from tcvc_studio.color.formats import LUMA_WEIGHTS, PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.colors import rgb_of, upsampled
from tcvc_studio.media.film import open_film
from tcvc_studio.media.planes import layout_of, luma_of, rgb_luma, samples
from tests.films import make_frame, write_bar_film, write_picture

YCBCR = {
    "yuv420p": (8, (2, 2)),
    "yuv422p": (8, (2, 1)),
    "yuv444p": (8, (1, 1)),
    "yuv411p": (8, (4, 1)),
    "yuv410p": (8, (4, 4)),
    "yuv440p": (8, (1, 2)),
    "yuv420p9le": (9, (2, 2)),
    "yuv420p10le": (10, (2, 2)),
    "yuv422p10le": (10, (2, 1)),
    "yuv444p10le": (10, (1, 1)),
    "yuv422p12le": (12, (2, 1)),
    "yuv444p14le": (14, (1, 1)),
    "yuv420p16le": (16, (2, 2)),
    "yuv444p16le": (16, (1, 1)),
    "yuva420p": (8, (2, 2)),
    "yuva444p10le": (10, (1, 1)),
}
GRAY = {"gray": 8, "gray9le": 9, "gray10le": 10, "gray12le": 12, "gray16le": 16}


def every_code(number: int, *, depth: int, width: int = 97, height: int = 65) -> np.ndarray:
    """Codes all over the range of a depth, other ones in each frame."""
    return np.random.default_rng(number).integers(0, 2**depth, (height, width))


@pytest.mark.parametrize("pixel_format", [*YCBCR, *GRAY])
@pytest.mark.parametrize("full", [False, True])
def test_luma_of_a_lossless_film_is_the_luma_written(pixel_format, full, tmp_path):
    """Odd width and height; codes outside the nominal range of limited films too."""
    depth, subsampling = YCBCR.get(pixel_format) or (GRAY[pixel_format], (1, 1))

    def picture(number: int) -> np.ndarray:
        codes = every_code(number, depth=depth)
        if full:
            return codes / (2**depth - 1)
        return (codes / 2 ** (depth - 8) - 16) / 219

    path = write_bar_film(
        tmp_path / "a.mkv", 3, codec="ffv1", pixel_format=pixel_format, width=97, height=65, full=full, picture=picture
    )
    with open_film(path) as film:
        assert film.info.format.depth == depth
        assert film.info.format.range == ("full" if full else "limited")
        assert film.info.format.subsampling == subsampling
        for frame in film.frames():
            assert frame.luma.dtype == (np.uint8 if depth == 8 else np.uint16)
            np.testing.assert_array_equal(frame.luma, every_code(frame.number, depth=depth))


def planar(pixel_format: str, *, seed: int = 0, width: int = 34, height: int = 18) -> av.VideoFrame:
    """A frame of random codes in a planar format."""
    frame = av.VideoFrame(width, height, pixel_format)
    rng = np.random.default_rng(seed)
    bits = frame.format.components[0].bits
    for plane in frame.planes:
        dtype = np.uint8 if bits == 8 else np.dtype("<u2")
        view = np.ndarray((plane.height, plane.line_size // np.dtype(dtype).itemsize), dtype, buffer=plane)
        view[:] = rng.integers(0, 2**bits, view.shape)
    return frame


def repacked(frame: av.VideoFrame, pixel_format: str) -> av.VideoFrame:
    """The frame in another layout of the same samples: naming both ranges keeps the scaler from converting."""
    return frame.reformat(
        format=pixel_format, src_colorspace=1, dst_colorspace=1, src_color_range=1, dst_color_range=1, threads=1
    )


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        ("nv12", "yuv420p"),
        ("nv21", "yuv420p"),
        ("nv16", "yuv422p"),
        ("p010le", "yuv420p10le"),
        ("p010be", "yuv420p10le"),
        ("p012le", "yuv420p12le"),
        ("p016le", "yuv420p16le"),
        ("p210le", "yuv422p10le"),
        ("yuyv422", "yuv422p"),
        ("uyvy422", "yuv422p"),
        ("yvyu422", "yuv422p"),
        ("y210le", "yuv422p10le"),
        ("y212le", "yuv422p12le"),
        ("ayuv64le", "yuv444p16le"),
        ("vuyx", "yuv444p"),
        ("xv36le", "yuv444p12le"),
        ("yuv422p10be", "yuv422p10le"),
        ("rgb24", "gbrp"),
        ("bgr24", "gbrp"),
        ("rgba", "gbrp"),
        ("bgra", "gbrp"),
        ("argb", "gbrp"),
        ("abgr", "gbrp"),
        ("bgr0", "gbrp"),
        ("rgb48be", "gbrp16le"),
        ("rgba64le", "gbrp16le"),
        ("bgr48le", "gbrp16le"),
        ("x2rgb10le", "gbrp10le"),
    ],
)
def test_every_layout_gives_the_samples_it_holds(packed, plain):
    frame = planar(plain)
    expected = samples(frame)
    found = samples(repacked(frame, packed))
    assert len(found) == len(expected)
    for plane, wanted in zip(found, expected, strict=True):
        assert plane.dtype == wanted.dtype
        np.testing.assert_array_equal(plane, wanted)


@pytest.mark.parametrize(
    "pixel_format", ["rgb24", "rgba", "gbrp", "gbrp10le", "gbrp12le", "rgb48be", "gbrp16le", "bgr24"]
)
def test_gray_rgb_gives_its_value_exactly(pixel_format):
    bits = av.VideoFormat(pixel_format).components[0].bits
    codes = np.arange(2**bits, dtype=np.int64)[: 2**16].reshape(2 ** (bits // 2), -1)
    frame = make_frame(codes / (2**bits - 1), pixel_format)
    for matrix in LUMA_WEIGHTS:
        np.testing.assert_array_equal(luma_of(frame, matrix), codes)


def test_rgb_with_one_colored_pixel_still_gives_gray_pixels_exactly():
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    red = values.copy()
    red[0, 0] = 40000
    luma = rgb_luma(red, values, values, matrix="bt709")
    np.testing.assert_array_equal(luma.ravel()[1:], values.ravel()[1:])
    assert luma[0, 0] == round(0.2126 * 40000)


@pytest.mark.parametrize("matrix", ["bt709", "bt601", "bt2020"])
@pytest.mark.parametrize("depth", [8, 10, 16])
def test_luma_of_color_follows_the_matrix(matrix, depth):
    dtype = np.uint8 if depth == 8 else np.uint16
    red, green, blue = np.random.default_rng(1).integers(0, 2**depth, (3, 40, 50)).astype(dtype)
    kr, kb = LUMA_WEIGHTS[matrix]
    exact = kr * red.astype(float) + (1 - kr - kb) * green + kb * blue
    luma = rgb_luma(red, green, blue, matrix=matrix)
    assert luma.dtype == dtype
    assert np.abs(luma - exact).max() <= 0.51


def test_floats_get_the_srgb_curve_where_they_are_linear(tmp_path):
    values = np.array([[0.0, 0.002, 0.18, 0.5, 1.0, 1.7, -0.3, np.nan]] * 2)
    path = write_picture(tmp_path / "a.exr", make_frame(values, "gbrpf32le"), codec="exr")
    with open_film(path) as film:
        assert film.info.format == PlaneFormat(16, "full", "bt709", (1, 1), "left")
        found = film.frame(0).luma[0]
    expected = [0.0, 12.92 * 0.002, 1.055 * 0.18 ** (1 / 2.4) - 0.055, 1.055 * 0.5 ** (1 / 2.4) - 0.055, 1, 1, 0, 0]
    np.testing.assert_allclose(found, np.array(expected) * 65535, atol=1)


def test_gray_floats_that_are_not_linear_are_only_scaled():
    frame = make_frame(np.array([[0.0, 0.25, 1.0, 2.0]] * 2), "grayf32le")
    np.testing.assert_array_equal(luma_of(frame, "bt709")[0], [0, 16384, 65535, 65535])


def test_a_palette_and_black_and_white_bits_are_unpacked():
    gray = make_frame(np.array([[0.0, 1.0] * 8] * 4), "gray", full=True)
    bits = luma_of(gray.reformat(format="monob", threads=1), "bt709")
    assert sorted(np.unique(bits)) == [0, 255]
    assert layout_of(av.VideoFormat("pal8")).kind == "rgb"


@pytest.mark.parametrize("pixel_format", ["bayer_rggb8", "vaapi", "rgb96le", "gray32le"])
def test_a_format_that_cannot_be_read_is_refused(pixel_format):
    with pytest.raises(StudioError, match=f"{pixel_format} cannot be read"):
        layout_of(av.VideoFormat(pixel_format))


def ramp(coding: PlaneFormat, rgb: tuple[float, float, float], *, size=(12, 16)) -> list[np.ndarray]:
    """The codes of one color, as 8-bit or deeper planes."""
    kr, kb = LUMA_WEIGHTS[coding.matrix]
    red, green, blue = rgb
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    values = [luma, (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))]
    scales = [coding.luma_scale, coding.chroma_scale, coding.chroma_scale]
    sizes = [size, coding.chroma_size(*size), coding.chroma_size(*size)]
    dtype = np.uint8 if coding.depth == 8 else np.uint16
    return [
        np.full(shape, round(zero + span * value), dtype)
        for value, (zero, span), shape in zip(values, scales, sizes, strict=True)
    ]


@pytest.mark.parametrize("matrix", ["bt709", "bt601", "bt2020"])
@pytest.mark.parametrize(("pixel_format", "depth"), [("yuv420p", 8), ("yuv422p10le", 10), ("yuv444p16le", 16)])
@pytest.mark.parametrize("range_", ["limited", "full"])
def test_rgb_of_a_film_follows_its_matrix_and_range(matrix, pixel_format, depth, range_):
    subsampling = YCBCR[pixel_format][1]
    coding = PlaneFormat(depth, range_, matrix, subsampling, "left")
    wanted = (0.7, 0.35, 0.2)
    frame = av.VideoFrame(16, 12, pixel_format)
    for plane, codes in zip(frame.planes, ramp(coding, wanted), strict=True):
        view = np.ndarray((plane.height, plane.line_size // codes.itemsize), codes.dtype, buffer=plane)
        view[:] = codes[0, 0]
    rgb = rgb_of(frame, coding)
    assert rgb.dtype == np.uint16
    assert rgb.shape == (12, 16, 3)
    # Rounding of Y, Cb and Cr to codes is all that may be lost.
    assert np.abs(rgb / 65535 - np.array(wanted)).max() < 2.2 / 2**depth


@pytest.mark.parametrize(
    ("siting", "subsampling", "across", "down"),
    [
        ("left", (2, 2), 0.0, 0.5),
        ("center", (2, 2), 0.5, 0.5),
        ("topleft", (2, 2), 0.0, 0.0),
        ("left", (2, 1), 0.0, 0.0),
        ("left", (4, 1), 0.0, 0.0),
        ("center", (1, 2), 0.0, 0.5),
    ],
)
def test_chroma_is_put_where_its_samples_lie(siting, subsampling, across, down):
    """A plane whose value is its sample's own place comes back as the place of each luma sample."""
    h, v = subsampling
    coding = PlaneFormat(8, "full", "bt601", subsampling, siting)
    height, width = 24, 32
    x = np.arange(width // h) * h + across
    y = np.arange(height // v) * v + down
    plane = (x[None, :] + 100 * y[:, None]).astype(np.float32)
    found = upsampled(plane, (height, width), coding)
    wanted = np.arange(width)[None, :] + 100 * np.arange(height)[:, None]
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(found[inner], wanted[inner], atol=1e-3)
