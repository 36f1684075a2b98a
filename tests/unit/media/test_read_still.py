"""Stills as full-range 16-bit color."""

import numpy as np
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import open_film
from tcvc_studio.media.still import read_still
from tests.films import draw_bars, make_frame, write_bar_film, write_picture


def colored(height=24, width=32, *, dtype=np.uint8, seed=0) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top + 1, (height, width, 3)).astype(dtype)


def written(path, rgb: np.ndarray, pixel_format: str, codec: str):
    import av

    frame = av.VideoFrame(rgb.shape[1], rgb.shape[0], pixel_format)
    plane = frame.planes[0]
    kind = rgb.dtype.newbyteorder(">") if pixel_format.endswith("be") else rgb.dtype
    view = np.ndarray((rgb.shape[0], plane.line_size // rgb.itemsize), kind, buffer=plane)
    view[:, : rgb.shape[1] * 3] = rgb.reshape(rgb.shape[0], -1)
    return write_picture(path, frame, codec=codec)


@pytest.mark.parametrize(("name", "codec"), [("a.png", "png"), ("a.tif", "tiff"), ("a.dpx", "dpx")])
def test_eight_bits_are_widened_exactly(name, codec, tmp_path):
    rgb = colored()
    still = read_still(written(tmp_path / name, rgb, "rgb24", codec))
    assert (still.rgb.dtype, still.depth, still.width, still.height) == (np.uint16, 8, 32, 24)
    np.testing.assert_array_equal(still.rgb, rgb.astype(np.uint16) * 257)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.png", "png", "rgb48be"), ("a.tif", "tiff", "rgb48le"), ("a.dpx", "dpx", "rgb48be")],
)
def test_sixteen_bits_are_kept_exactly(name, codec, pixel_format, tmp_path):
    rgb = colored(dtype=np.uint16)
    still = read_still(written(tmp_path / name, rgb, pixel_format, codec))
    assert still.depth == 16
    np.testing.assert_array_equal(still.rgb, rgb)


def test_a_gray_picture_is_gray(tmp_path):
    path = write_picture(tmp_path / "a.png", make_frame(draw_bars(5), "gray", full=True), codec="png")
    rgb = read_still(path).rgb
    assert (rgb[..., 0] == rgb[..., 1]).all()
    assert (rgb[..., 0] == rgb[..., 2]).all()
    assert sorted(np.unique(rgb)) == [51 * 257, 204 * 257]


@pytest.mark.parametrize("pixel_format", ["yuvj444p", "yuvj420p"])
def test_jpeg_goes_through_its_own_matrix(pixel_format, tmp_path):
    """A flat color, coded by JFIF's equations, comes back within JPEG's quantization."""
    red, green, blue = 0.8, 0.3, 0.15
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    frame = make_frame(np.full((32, 48), luma), pixel_format, full=True)
    for plane, value in zip(frame.planes[1:], [(blue - luma) / 1.772, (red - luma) / 1.402], strict=True):
        np.ndarray((plane.height, plane.line_size), np.uint8, buffer=plane)[:] = round(128 + 255 * value)
    path = write_picture(tmp_path / "a.jpg", frame, codec="mjpeg", options={"qmin": "1", "qmax": "2"})
    found = read_still(path).rgb / 65535
    assert np.abs(found - [red, green, blue]).max() < 0.012


def test_exr_is_shown_by_the_srgb_curve(tmp_path):
    path = write_picture(tmp_path / "a.exr", make_frame(np.full((8, 8), 0.214), "gbrpf32le"), codec="exr")
    assert np.abs(read_still(path).rgb / 65535 - 0.5).max() < 0.001


def test_webp_and_bmp_are_read_too(tmp_path):
    bmp = write_picture(tmp_path / "a.bmp", make_frame(draw_bars(9), "bgr24"), codec="bmp")
    assert sorted(np.unique(read_still(bmp).rgb)) == [51 * 257, 204 * 257]
    webp = write_picture(tmp_path / "a.webp", make_frame(np.full((32, 32), 0.5), "yuv420p"), codec="libwebp")
    assert np.abs(read_still(webp).rgb / 65535 - 0.5).max() < 0.02


def test_a_frame_of_a_film_is_shown_in_its_color(tmp_path):
    path = write_bar_film(tmp_path / "a.mkv", 3, codec="ffv1", pixel_format="yuv444p16le", tags=(1, 1, 1), chroma=0.05)
    with open_film(path) as film:
        rgb = film.rgb(1) / 65535
        # Cb and Cr are 0.05 of all codes up and down: over the 224/256 that chroma spans, by BT.709's equations.
        away = 0.05 * 65535 / (224 * 256)
        luma = 0.2126 * rgb[..., 0] + 0.7152 * rgb[..., 1] + 0.0722 * rgb[..., 2]
        np.testing.assert_allclose(rgb[..., 2] - luma, 1.8556 * away, atol=1e-3)
        np.testing.assert_allclose(rgb[..., 0] - luma, -1.5748 * away, atol=1e-3)
        with pytest.raises(StudioError, match="no frame 3"):
            film.rgb(3)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no picture"), (b"", "is empty"), (b"GIF89a....", "is not a PNG"), (b"\x89PNG\r\n\x1a\n", "a.png")],
)
def test_what_is_no_picture_is_refused(content, message, tmp_path):
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StudioError, match=message):
        read_still(path)


def test_a_folder_is_no_still(tmp_path):
    with pytest.raises(StudioError, match="cannot be read"):
        read_still(tmp_path)
