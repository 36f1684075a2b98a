"""Numbered pictures as a film: every kind, names of every sort, gaps, and pictures that do not belong."""

import shutil
from fractions import Fraction

import numpy as np
import pytest

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import open_film
from tcvc_studio.media.numbering import Numbering, is_pattern
from tests.films import draw_bars, make_frame, read_bars, write_bar_sequence, write_picture

KINDS = {
    "png": ("reel.%06d.png", "gray", 8),
    "png of 16 bits": ("reel.%06d.png", "gray16be", 16),
    "png in color": ("reel.%06d.png", "rgb24", 8),
    "png in color of 16 bits": ("reel.%06d.png", "rgb48be", 16),
    "png with alpha": ("reel.%06d.png", "rgba", 8),
    "jpeg": ("reel%04d.jpg", "yuvj420p", 8),
    "tiff": ("reel_%05d.tif", "gray", 8),
    "tiff of 16 bits": ("reel_%05d.tif", "rgb48le", 16),
    "dpx of 10 bits": ("reel.%06d.dpx", "gbrp10be", 10),
    "dpx of 12 bits": ("reel.%06d.dpx", "gbrp12be", 12),
    "dpx of 16 bits": ("reel.%06d.dpx", "rgb48be", 16),
    "exr": ("reel.%04d.exr", "gbrpf32le", 16),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_makes_a_film(name, tmp_path):
    pattern, pixel_format, depth = KINDS[name]
    path = write_bar_sequence(tmp_path, 7, pattern=pattern, pixel_format=pixel_format, first=86400)
    with open_film(path) as film:
        info = film.info
        assert (info.kind, info.frames, info.first_number) == ("sequence", 7, 86400)
        assert info.path == path
        assert (info.width, info.height, info.rate, info.vfr) == (96, 64, Fraction(24), False)
        assert (info.format.depth, info.format.range) == (depth, "full")
        assert info.pts.tolist() == list(range(7))
        assert not info.has_color
        assert [read_bars(frame.luma) for frame in film.frames()] == list(range(7))
        assert [read_bars(film.frame(n).luma) for n in (5, 0, 6, 3)] == [5, 0, 6, 3]
        assert [frame.number for frame in film.frames(2, 5)] == [2, 3, 4]


@pytest.mark.parametrize(("pixel_format", "bits"), [("gray", 8), ("gray16be", 16), ("rgb24", 8), ("rgb48be", 16)])
def test_values_of_a_lossless_sequence_are_the_values_written(pixel_format, bits, tmp_path):
    codes = np.random.default_rng(0).integers(0, 2**bits, (33, 47))
    path = write_bar_sequence(tmp_path, 1, pixel_format=pixel_format, picture=lambda _: codes / (2**bits - 1))
    with open_film(path) as film:
        np.testing.assert_array_equal(film.frame(0).luma, codes)


def test_jpeg_is_full_range_bt601_with_centered_chroma(tmp_path):
    with open_film(write_bar_sequence(tmp_path, 2, pattern="a%04d.jpg")) as film:
        assert film.info.format == PlaneFormat(8, "full", "bt601", (2, 2), "center")


@pytest.mark.parametrize(
    ("pattern", "given", "found"),
    [
        ("reel.%06d.png", "reel.%06d.png", "reel.%06d.png"),
        ("reel.%06d.png", "reel.######.png", "reel.%06d.png"),
        ("reel.%06d.png", ".", "reel.%06d.png"),
        ("%05d.png", ".", "%05d.png"),
        ("shot_2k_v3.%04d.png", ".", "shot_2k_v3.%04d.png"),
        ("100%%_%04d.png", ".", "100%_%04d.png"),
        ("a%d.png", ".", "a%d.png"),
        ("a%d.png", "a%d.png", "a%d.png"),
        ("a%d.png", "a#.png", "a%d.png"),
        ("a%04d_left.png", ".", "a%04d_left.png"),
    ],
)
def test_folders_and_patterns_name_the_same_film(pattern, given, found, tmp_path):
    write_bar_sequence(tmp_path, 12, pattern=pattern, first=7)
    with open_film(tmp_path / given) as film:
        assert film.info.path == tmp_path / found
        assert (film.info.frames, film.info.first_number) == (12, 7)
        assert [read_bars(frame.luma) for frame in film.frames()] == list(range(12))
        with open_film(film.info.path) as again:
            assert again.info == film.info


def test_numbers_may_outgrow_their_digits(tmp_path):
    write_bar_sequence(tmp_path, 5, pattern="reel.%04d.png", first=9998)
    for given in (tmp_path, tmp_path / "reel.####.png"):
        with open_film(given) as film:
            assert film.info.frames == 5
            assert [read_bars(frame.luma) for frame in film.frames()] == list(range(5))


def test_the_rate_is_24_or_the_one_given(tmp_path):
    write_bar_sequence(tmp_path, 2)
    assert open_film(tmp_path).info.rate == 24
    assert open_film(tmp_path, rate=Fraction(18)).info.time_base == Fraction(1, 18)
    assert open_film(tmp_path, rate=Fraction("23.976")).info.rate == Fraction(24000, 1001)
    with pytest.raises(StudioError, match="above 0"):
        open_film(tmp_path, rate=Fraction(0))


def test_gaps_are_refused_and_named(tmp_path):
    write_bar_sequence(tmp_path, 20)
    (tmp_path / "reel.000004.png").unlink()
    with pytest.raises(StudioError, match=r"reel\.%06d\.png lacks reel\.000004\.png: add"):
        open_film(tmp_path)
    for number in (9, 10, 11, 15, 16, 17, 18):
        (tmp_path / f"reel.{number:06d}.png").unlink()
    with pytest.raises(StudioError, match=r"000004.*000009.*000010.*000011.*000015\.png and 3 more"):
        open_film(tmp_path)


def test_a_gap_of_millions_is_told_at_once(tmp_path):
    write_bar_sequence(tmp_path, 1, pattern="a%d.png", first=1)
    write_bar_sequence(tmp_path, 1, pattern="a%d.png", first=900_000_000)
    with pytest.raises(StudioError, match="899999993 more"):
        open_film(tmp_path)


def test_several_sequences_in_a_folder_have_to_be_named(tmp_path):
    write_bar_sequence(tmp_path, 3, pattern="a.%04d.png")
    write_bar_sequence(tmp_path, 2, pattern="b.%04d.png")
    with pytest.raises(StudioError, match=r"several sequences .*a\.%04d\.png, b\.%04d\.png"):
        open_film(tmp_path)
    assert open_film(tmp_path / "b.%04d.png").info.frames == 2


def test_what_else_lies_in_the_folder_is_left_out_and_told(tmp_path):
    write_bar_sequence(tmp_path, 3)
    shutil.copy(tmp_path / "reel.000001.png", tmp_path / "cover.png")
    (tmp_path / "notes.txt").write_text("reel 3")
    (tmp_path / "._reel.000001.png").write_bytes(b"finder")
    with open_film(tmp_path) as film:
        assert film.info.frames == 3
        assert [note for note in film.info.notes if "cover.png" in note]


def test_numbers_written_in_two_ways_are_refused(tmp_path):
    write_bar_sequence(tmp_path, 3, pattern="a%04d.png", first=1)
    write_bar_sequence(tmp_path, 3, pattern="a%d.png", first=4)
    with pytest.raises(StudioError, match="two ways"):
        open_film(tmp_path)


def test_a_picture_alone_is_a_film_of_one_frame(tmp_path):
    write_bar_sequence(tmp_path, 3)
    with open_film(tmp_path / "reel.000002.png") as film:
        assert (film.info.frames, film.info.first_number) == (1, 2)
        assert read_bars(film.frame(0).luma) == 1
        assert any("reel.%06d.png" in note for note in film.info.notes)
    single = tmp_path / "alone"
    single.mkdir()
    shutil.copy(tmp_path / "reel.000003.png", single / "still.png")
    with open_film(single / "still.png") as film:
        assert film.info.notes == ()
        assert [read_bars(frame.luma) for frame in film.frames()] == [2]


def test_pictures_of_differing_size_are_refused(tmp_path):
    path = write_bar_sequence(tmp_path, 40)
    odd = make_frame(draw_bars(18, width=98), "gray", full=True)
    write_picture(tmp_path / "reel.000019.png", odd, codec="png")
    with open_film(path) as film:
        read = []
        with pytest.raises(StudioError, match=r"reel\.000019\.png is 98x64, the sequence began with 96x64"):
            for frame in film.frames():
                read.append(read_bars(frame.luma))
        assert read == list(range(18))
    write_picture(tmp_path / "reel.000040.png", odd, codec="png")
    with pytest.raises(StudioError, match=r"reel\.000040\.png is 98x64"):
        open_film(path)


def test_pictures_of_differing_depth_are_refused(tmp_path):
    path = write_bar_sequence(tmp_path, 3)
    write_picture(tmp_path / "reel.000003.png", make_frame(draw_bars(2), "gray16be", full=True), codec="png")
    with pytest.raises(StudioError, match=r"reel\.000003\.png is 16 bit"):
        open_film(path)


def test_gray_and_rgb_pictures_of_one_depth_go_together(tmp_path):
    path = write_bar_sequence(tmp_path, 6)
    for number in (2, 5):
        frame = make_frame(draw_bars(number - 1), "rgb24")
        write_picture(tmp_path / f"reel.{number:06d}.png", frame, codec="png")
    with open_film(path) as film:
        assert [read_bars(frame.luma) for frame in film.frames()] == list(range(6))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("name", ["png", "jpeg", "tiff of 16 bits", "dpx of 10 bits", "exr"])
def test_a_picture_that_was_cut_off_is_refused(name, share, tmp_path):
    pattern, pixel_format, _ = KINDS[name]
    noise = np.random.default_rng(0).random((80, 120))
    path = write_bar_sequence(tmp_path, 30, pattern=pattern, pixel_format=pixel_format, picture=lambda n: noise)
    # The third picture is none of those looked at when a sequence is opened.
    broken = tmp_path / (pattern % 3)
    broken.write_bytes(broken.read_bytes()[: int(broken.stat().st_size * share)])
    with open_film(path) as film:
        with pytest.raises(StudioError, match=broken.name):
            film.frame(2)
        assert film.frame(3).number == 3


def test_an_empty_picture_is_refused_at_once(tmp_path):
    path = write_bar_sequence(tmp_path, 30)
    (tmp_path / "reel.000012.png").write_bytes(b"")
    with pytest.raises(StudioError, match=r"reel\.000012\.png is empty"):
        open_film(path)


def test_a_damaged_png_is_noticed_by_its_checksum(tmp_path):
    path = write_bar_sequence(tmp_path, 3, picture=lambda n: np.random.default_rng(n).random((64, 96)))
    file = tmp_path / "reel.000002.png"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(StudioError, match=r"reel\.000002\.png"), open_film(path) as film:
        list(film.frames())


@pytest.mark.parametrize("compression", ["deflate", "lzw", "packbits"])
def test_damage_in_a_tiff_is_noticed(compression, tmp_path):
    """Every sixteenth of the compressed data in turn."""
    noise = np.kron(np.random.default_rng(0).random((40, 60)), np.ones((2, 2)))
    path = write_bar_sequence(
        tmp_path,
        1,
        pattern="a%04d.tif",
        pixel_format="gray",
        picture=lambda n: noise,
        options={"compression_algo": compression},
    )
    file = tmp_path / "a0001.tif"
    whole = file.read_bytes()
    noticed = 0
    for part in range(2, 14):
        data = bytearray(whole)
        at = len(data) * part // 16
        data[at : at + 24] = bytes(24)
        file.write_bytes(data)
        try:
            open_film(path)
        except StudioError as error:
            noticed += "a0001.tif" in str(error)
    # LZW and PackBits carry no checksum: a code that makes no sense shows, and in noise most do not.
    assert noticed == 12 if compression == "deflate" else noticed > 6


@pytest.mark.parametrize("compression", ["zip1", "zip16"])
def test_damage_in_a_zipped_exr_is_noticed(compression, tmp_path):
    ramp = np.kron(np.random.default_rng(0).random((20, 30)), np.ones((2, 2)))
    path = write_bar_sequence(
        tmp_path, 1, pattern="a%04d.exr", picture=lambda n: ramp, options={"compression": compression}
    )
    file = tmp_path / "a0001.exr"
    whole = file.read_bytes()
    with open_film(path) as film:
        assert film.frame(0).luma.std() > 0
    for part in range(6, 16):
        data = bytearray(whole)
        at = len(data) * part // 17
        data[at : at + 4] = bytes(4)
        file.write_bytes(data)
        with pytest.raises(StudioError, match=r"a0001\.exr"):
            open_film(path)


def test_tags_that_do_not_matter_do_not_keep_a_tiff_from_being_read(tmp_path):
    import cv2

    values = np.random.default_rng(0).integers(0, 65536, (48, 64)).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "a.0001.tif"), values)
    with open_film(tmp_path / "a.0001.tif") as film:
        np.testing.assert_array_equal(film.frame(0).luma, values)


def test_a_tiff_of_floats_is_refused(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "a.0001.tif"), np.full((48, 64), 0.5, np.float32))
    with pytest.raises(StudioError, match="floating-point"):
        open_film(tmp_path / "a.0001.tif")


def test_a_picture_of_another_kind_under_the_name_is_read_by_its_bytes(tmp_path):
    write_bar_sequence(tmp_path, 3, pattern="a.%04d.tif", pixel_format="gray")
    write_picture(tmp_path / "a.0002.tif", make_frame(draw_bars(1), "gray", full=True), codec="png")
    with open_film(tmp_path) as film:
        assert [read_bars(frame.luma) for frame in film.frames()] == [0, 1, 2]


def test_an_abandoned_iteration_stops_its_threads(tmp_path):
    import threading

    write_bar_sequence(tmp_path, 30)
    with open_film(tmp_path) as film:
        frames = film.frames()
        next(frames)
        frames.close()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("pictures")]


def test_reopened_sequences_read_alike(tmp_path):
    write_bar_sequence(tmp_path, 5)
    with open_film(tmp_path) as film, film.reopen() as other:
        assert other.info is film.info
        assert read_bars(other.frame(3).luma) == 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reel.%06d.dpx", True),
        ("reel.####.exr", True),
        ("%d.png", True),
        ("reel.0001.dpx", False),
        ("reel.%06d.mov", False),
        ("reel.mov", False),
    ],
)
def test_patterns_are_told_from_names(name, expected, tmp_path):
    assert is_pattern(tmp_path / name) is expected


def test_names_of_other_sequences_are_not_numbers_of_this(tmp_path):
    numbering = Numbering(tmp_path, "a", 4, ".png")
    assert [numbering.number(f"a{text}.png") for text in ("0001", "1", "12345", "012345", "", "00x1", "²345")] == [
        1, None, 12345, None, None, None, None,
    ]  # fmt: skip
    assert numbering.number("b0001.png") is None
    assert Numbering(tmp_path, "a", 0, ".png").number("a0.png") == 0


def test_davis_is_a_film(shared):
    with open_film(shared / "data/davis/goat") as film:
        assert (film.info.frames, film.info.width, film.info.height) == (90, 854, 480)
        assert film.info.has_color
        assert film.rgb(0).shape == (480, 854, 3)
