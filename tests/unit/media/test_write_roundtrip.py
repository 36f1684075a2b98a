"""A film opened, written and opened again is the same film: frames, luma, times, tags and sound."""

from fractions import Fraction

import numpy as np
import pytest

from tcvc_studio.media.codecs import target_format
from tcvc_studio.media.encode import create_encoder
from tcvc_studio.media.film import open_film
from tcvc_studio.media.info import Picture
from tcvc_studio.media.verify import luma_difference, verify_export
from tests.films import read_bars, write_bar_film

NTSC = {
    "rate": Fraction(30000, 1001), "tags": (6, 6, 6), "sar": Fraction(10, 11), "timecode": "00:59:59;20", "audio": 2,
}  # fmt: skip
UNEVEN = {"pts": [0, 2, 3, 7, 8, 9, 13, 14, 15, 20, 21, 22], "time_base": Fraction(1, 60), "frames": 12}


def recode(luma, source, target):
    """Y at another depth and range, as a composer does it."""
    (black, span), (to_black, to_span) = source.luma_scale, target.luma_scale
    codes = np.rint((luma.astype(np.float64) - black) / span * to_span + to_black)
    return np.clip(codes, 0, 2**target.depth - 1).astype(np.uint8 if target.depth == 8 else np.uint16)


def export(film, path, codec, *, first=0, count=None):
    """Write the film's own luma without color; returns the planes written."""
    info = film.info
    count = info.frames - first if count is None else count
    target = target_format(codec, info)
    written = []
    with create_encoder(path, codec, info, first=first, count=count) as encoder:
        for frame in film.frames(first, first + count):
            y = recode(frame.luma, info.format, target)
            gray = np.full(target.chroma_size(*y.shape), 2 ** (target.depth - 1), y.dtype)
            encoder.write(Picture(y, gray, gray), frame.number)
            written.append(y)
        encoder.finish()
    return written


@pytest.mark.parametrize(("name", "codec"), [
    ("out.mov", "prores-hq"), ("out.mov", "h264"), ("out.mp4", "h264"), ("out.mp4", "h265"), ("out.mkv", "ffv1"),
])  # fmt: skip
@pytest.mark.parametrize("made", [NTSC, {"rotation": 90, "tags": (1, 1, 1), "full": True}, UNEVEN])
def test_the_same_film_comes_back(tmp_path, name, codec, made):
    with open_film(write_bar_film(tmp_path / "film.mov", **({"frames": 30} | made))) as film:
        info = film.info
        luma = export(film, tmp_path / name, codec)
        report = verify_export(tmp_path / name, info, codec=codec, count=info.frames)
        assert report.ok, report.differences
        assert info.vfr == (made is UNEVEN)
    with open_film(tmp_path / name) as again:
        back = again.info
        assert (back.frames, back.width, back.height, back.vfr) == (info.frames, info.width, info.height, info.vfr)
        assert (back.sar, back.rotation) == (info.sar, info.rotation)
        assert back.format.matrix == info.format.matrix
        assert back.format.range == ("limited" if codec == "prores-hq" else info.format.range)
        assert (back.primaries, back.transfer) == (info.primaries, info.transfer)
        assert [sound.codec for sound in back.audio] == [sound.codec for sound in info.audio]
        if not info.vfr:
            assert back.rate == info.rate
        if not name.endswith(".mkv"):
            assert back.timecode == info.timecode
            times = [[int(p - i.pts[0]) * i.time_base for p in i.pts] for i in (info, back)]
            assert times[0] == times[1]
        frames = list(again.frames())
        assert [read_bars(frame.luma) for frame in frames] == list(range(info.frames))
        if codec == "ffv1":
            assert all(np.array_equal(frame.luma, y) for frame, y in zip(frames, luma, strict=True))


@pytest.mark.parametrize("range_", [False, True])
@pytest.mark.parametrize(
    "pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "gray", "gray10le"]
)
def test_luma_is_untouched_through_ffv1(tmp_path, pixel_format, range_):
    with open_film(
        write_bar_film(tmp_path / "film.mkv", 6, codec="ffv1", pixel_format=pixel_format, full=range_)
    ) as film:
        info = film.info
        luma = export(film, tmp_path / "out.mkv", "ffv1", first=1, count=4)
        assert all(np.array_equal(y, film.frame(n).luma) for n, y in enumerate(luma, 1))
        target = target_format("ffv1", info)
        assert (target.depth, target.range) == (info.format.depth, info.format.range)
        options = {"info": info, "codec": "ffv1", "first": 1, "count": 4}
        assert luma_difference(tmp_path / "out.mkv", luma, **options) == 0
        assert verify_export(tmp_path / "out.mkv", info, codec="ffv1", first=1, count=4).ok
    with open_film(tmp_path / "out.mkv") as again:
        assert again.info.format == target
        assert [read_bars(frame.luma) for frame in again.frames()] == [1, 2, 3, 4]


@pytest.mark.parametrize("codec", ["png", "tiff"])
def test_a_sequence_comes_back(tmp_path, codec):
    with open_film(write_bar_film(tmp_path / "film.mp4", 9)) as film:
        export(film, tmp_path / "out", codec, first=3, count=5)
    with open_film(tmp_path / "out") as pictures:
        assert (pictures.info.first_number, pictures.info.frames, pictures.info.bit_depth) == (3, 5, 16)
        assert [read_bars(frame.luma) for frame in pictures.frames()] == [3, 4, 5, 6, 7]
        export(pictures, tmp_path / "new.%06d.png", "png", first=1, count=2)
        assert (tmp_path / "new.000004.png").is_file() and (tmp_path / "new.000005.png").is_file()
