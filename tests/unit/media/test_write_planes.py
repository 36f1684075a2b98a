"""Planes written come back: exactly where the codec is lossless, else as its encoder alone would have them."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media import encode_settings
from tcvc_studio.media.codecs import CODECS, codec_for, pixel_format, target_format
from tcvc_studio.media.encode import create_encoder
from tcvc_studio.media.encode_planes import fill_p010, rgb_from_planes
from tcvc_studio.media.info import Picture
from tcvc_studio.media.verify import luma_difference
from tests.unit.media.writing import decoded, film, pictures, planes_of, write


def described(depth, subsampling, range_="limited", **changes):
    coded = PlaneFormat(depth, range_, "bt709", subsampling)
    return film(format=coded, bit_depth=depth, pixel_format=pixel_format(coded), **changes)


@pytest.mark.parametrize("range_", ["limited", "full"])
@pytest.mark.parametrize("subsampling", [(2, 2), (2, 1), (1, 1)])
@pytest.mark.parametrize("depth", [8, 10, 12, 16])
def test_ffv1_is_exact(tmp_path, depth, subsampling, range_):
    info = described(depth, subsampling, range_)
    target = target_format("ffv1", info)
    assert target == info.format
    given = pictures(target, info, 4)
    write(tmp_path / "out.mkv", "ffv1", info, given)
    for picture, (y, cb, cr) in zip(given, planes_of(tmp_path / "out.mkv"), strict=True):
        assert np.array_equal(picture.y, y) and np.array_equal(picture.cb, cb) and np.array_equal(picture.cr, cr)
    luma = [picture.y for picture in given]
    assert luma_difference(tmp_path / "out.mkv", luma, info=info, codec="ffv1", count=4) == 0
    luma[2] = luma[2] ^ 1
    assert luma_difference(tmp_path / "out.mkv", luma, info=info, codec="ffv1", count=4) == 1
    with pytest.raises(StudioError, match="as many frames"):
        luma_difference(tmp_path / "out.mkv", luma[:3], info=info, codec="ffv1", count=4)


@pytest.mark.parametrize("subsampling", [(1, 2), (4, 1)])
def test_ffv1_keeps_rare_samplings_of_odd_sizes(tmp_path, subsampling):
    info = described(8, subsampling, width=63, height=35)
    given = pictures(target_format("ffv1", info), info, 2)
    write(tmp_path / "out.mkv", "ffv1", info, given)
    for picture, read in zip(given, planes_of(tmp_path / "out.mkv"), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip((picture.y, picture.cb, picture.cr), read, strict=True))


def same_encode_with_pyav_alone(path, encoder, options, target, info, given):
    """The encoder run on the same planes, which go into its frames by PyAV's own copying of bytes."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=info.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = info.width, info.height, pixel_format(target)
        stream.thread_type = "AUTO"
        stream.codec_context.color_range = 1
        for number, picture in enumerate(given):
            frame = av.VideoFrame(info.width, info.height, pixel_format(target))
            for plane, source in zip(frame.planes, (picture.y, picture.cb, picture.cr), strict=True):
                rows = np.zeros((plane.height, plane.line_size // source.itemsize), source.dtype)
                rows[:, : source.shape[1]] = source
                plane.update(rows.tobytes())
            frame.pts, frame.time_base, frame.color_range = number, 1 / info.rate, 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


LOSSY = [
    ("prores-hq", "mov", "prores_ks", {"profile": "3", "vendor": "apl0"}, {}),
    ("prores-422", "mov", "prores_ks", {"profile": "2", "vendor": "apl0"}, {}),
    ("prores-4444", "mov", "prores_ks", {"profile": "4", "vendor": "apl0", "alpha_bits": "0"}, {}),
    ("prores-hq", "mov", "prores_aw", {"profile": "3", "vendor": "apl0"}, {"fast": True}),
    ("h264", "mp4", "libx264", {"preset": "medium", "crf": "16"}, {}),
    ("h264", "mp4", "libx264", {"preset": "medium", "crf": "16"}, {"depth": 10}),
    ("h265", "mp4", "libx265", {"preset": "medium", "crf": "18", "x265-params": "log-level=none"}, {}),
]


@pytest.mark.parametrize(("codec", "suffix", "encoder", "options", "chosen"), LOSSY)
def test_lossy_codecs_add_no_error_of_ours(tmp_path, codec, suffix, encoder, options, chosen):
    info = film(width=128, height=96)
    target = target_format(codec, info, chosen.get("depth"))
    given = pictures(target, info, 6)
    ours, plain = tmp_path / f"ours.{suffix}", tmp_path / f"plain.{suffix}"
    write(ours, codec, info, given, **chosen)
    same_encode_with_pyav_alone(plain, encoder, options, target, info, given)
    for picture, mine, theirs in zip(given, planes_of(ours), planes_of(plain), strict=True):
        for source, a, b in zip((picture.y, picture.cb, picture.cr), mine, theirs, strict=True):
            scale = 4 if codec == "prores-4444" else 1  # decodes as 12 bits
            error, fair = np.abs(a / scale - source).mean(), np.abs(b / scale - source).mean()
            assert error <= fair * 1.01 + 0.01
    depth = chosen.get("depth")
    luma = [picture.y for picture in given]
    off = luma_difference(ours, luma, info=info, codec=codec, count=6, depth=depth)
    assert 0 < off < 2 ** (target.depth - 8) * 24


@pytest.mark.parametrize(("codec", "name", "profile"), [
    ("prores-hq", "yuv422p10le", "HQ"),
    ("prores-422", "yuv422p10le", "Standard"),
    ("prores-4444", "yuv444p12le", "4444"),
])
def test_prores_profiles(tmp_path, codec, name, profile):
    info = film()
    for fast in (False, True):
        write(tmp_path / "out.mov", codec, info, pictures(target_format(codec, info), info, 2), fast=fast)
        with av.open(str(tmp_path / "out.mov")) as container:
            stream = container.streams.video[0]
            assert next(container.decode(stream)).format.name == name
            assert stream.profile == profile
            assert stream.codec_context.codec_tag == {"HQ": "apch", "Standard": "apcn", "4444": "ap4h"}[profile]


@pytest.mark.parametrize("codec", ["prores-hq", "prores-4444", "h264", "h265", "ffv1"])
def test_odd_sizes_keep_their_size(tmp_path, codec):
    info = described(8, (2, 2), width=161, height=121)
    target = target_format(codec, info)
    path = tmp_path / f"out{CODECS[codec].suffixes[0]}"
    given = pictures(target, info, 2)
    encoder = write(path, codec, info, given, fast=codec == "prores-hq")
    frames = list(decoded(path))
    assert [(frame.width, frame.height) for frame in frames] == [(161, 121)] * 2
    assert any("even sizes" in note for note in encoder.notes) == (codec == "prores-hq")


@pytest.mark.parametrize(("matrix", "kr", "kb"), [("bt709", 0.2126, 0.0722), ("bt601", 0.299, 0.114)])
@pytest.mark.parametrize("depth", [8, 16])
def test_rgb_inverts_the_matrix(matrix, kr, kb, depth):
    random = np.random.default_rng(3)
    top = 2**depth - 1
    rgb = random.integers(0, top + 1, (40, 50, 3)).astype(np.float64)
    red, green, blue = np.moveaxis(rgb, 2, 0)
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb = (blue - y) / (2 * (1 - kb)) + 2 ** (depth - 1)
    cr = (red - y) / (2 * (1 - kr)) + 2 ** (depth - 1)
    dtype = np.uint8 if depth == 8 else np.uint16
    coded = Picture(*(np.clip(np.rint(p), 0, top).astype(dtype) for p in (y, cb, cr)))
    back = rgb_from_planes(coded, PlaneFormat(depth, "full", matrix, (1, 1)))
    assert back.dtype == dtype
    # Half a code of rounding in each plane, through the largest weights of the inverse, and half a code at the end.
    assert np.abs(back - rgb).max() <= 0.5 + 0.5 * (1 + 2 * (1 - kb)) + 0.51


def test_rgb_of_gray_is_gray_and_black_and_white_stay():
    y = np.array([[0, 1, 32768, 65534, 65535]], np.uint16)
    zero = np.full_like(y, 32768)
    rgb = rgb_from_planes(Picture(y, zero, zero), PlaneFormat(16, "full", "bt709", (1, 1)))
    assert np.array_equal(rgb, np.repeat(y[..., None], 3, axis=2))


def test_p010_holds_ten_bits_high():
    info = film(format=PlaneFormat(10, "limited", "bt709", (2, 2)))
    (picture,) = pictures(info.format, info, 1)
    frame = av.VideoFrame(info.width, info.height, "p010le")
    fill_p010(frame, picture)
    plain = frame.reformat(format="yuv420p10le", threads=1)
    for plane, given in zip(plain.planes, (picture.y, picture.cb, picture.cr), strict=True):
        rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)[:, : plane.width]
        assert np.array_equal(rows, given)


def test_target_formats_keep_depth_and_range_where_they_can():
    dcp = described(12, (1, 1), "full")
    assert target_format("ffv1", dcp) == dcp.format
    assert target_format("prores-hq", dcp) == PlaneFormat(10, "limited", "bt709", (2, 1), "left")
    assert target_format("prores-4444", dcp).subsampling == (1, 1)
    assert target_format("h264", dcp) == PlaneFormat(8, "full", "bt709", (2, 2), "left")
    assert target_format("h265", dcp).depth == 10
    assert target_format("h265", described(8, (2, 2))).depth == 8
    assert target_format("png", dcp) == target_format("tiff", dcp) == PlaneFormat(16, "full", "bt709", (1, 1), "left")
    assert target_format("png", dcp, 8).depth == 8
    gray = film(pixel_format="gray", format=PlaneFormat(8, "full", "bt709", (1, 1)))
    assert target_format("ffv1", gray) == PlaneFormat(8, "full", "bt709", (1, 1), "left")
    top = film(format=PlaneFormat(10, "limited", "bt2020", (2, 2), "topleft"))
    assert target_format("h265", top).siting == target_format("ffv1", top).siting == "topleft"
    nine = film(format=PlaneFormat(9, "limited", "bt709", (2, 2)))
    assert target_format("ffv1", nine).depth == 9
    thirteen = film(format=PlaneFormat(13, "limited", "bt709", (1, 2)))
    assert target_format("ffv1", thirteen) == PlaneFormat(14, "limited", "bt709", (1, 1), "left")


def test_unknown_codecs_and_depths_are_refused():
    with pytest.raises(StudioError, match="prores-hq"):
        target_format("dnxhd", film())
    with pytest.raises(StudioError, match="8 or 10"):
        target_format("h264", film(), 12)
    with pytest.raises(StudioError, match="16"):
        target_format("tiff", film(), 8)


def test_codec_by_name_of_the_file(tmp_path):
    assert codec_for(tmp_path / "a.MOV").name == "prores-hq"
    assert codec_for(tmp_path / "x.%06d.tif").name == "tiff"
    with pytest.raises(StudioError, match="name the codec"):
        codec_for(tmp_path / "reel")


def test_what_is_not_due_or_not_in_the_format_is_a_mistake(tmp_path):
    info = film()
    given = pictures(target_format("prores-hq", info), info, 3)
    with create_encoder(tmp_path / "out.mov", "prores-hq", info, count=2) as encoder:
        with pytest.raises(ValueError, match="was due"):
            encoder.write(given[0], 1)
        with pytest.raises(ValueError, match="cb is"):
            encoder.write(replace(given[0], cb=given[0].y), 0)
        with pytest.raises(ValueError, match="uint8"):
            encoder.write(replace(given[0], y=given[0].y.astype(np.uint8)), 0)
        encoder.write(given[0], 0)
        encoder.write(given[1], 1)
        with pytest.raises(ValueError, match="was due"):
            encoder.write(given[2], 2)
        encoder.finish()
        with pytest.raises(ValueError, match="closed"):
            encoder.write(given[2], 2)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_hardware_is_used_only_where_it_works(tmp_path, monkeypatch, codec):
    """NVENC is listed on machines without it, and fails at its first frame."""
    info = film(width=256, height=144, rate=Fraction(25))
    given = pictures(target_format(codec, info), info, 3)
    encoder = write(tmp_path / "a.mp4", codec, info, given, hardware=True)
    assert len(planes_of(tmp_path / "a.mp4")) == 3
    in_software = encode_settings.EncoderSettings("libx264", "yuv420p", {"preset": "ultrafast"})
    assert encoder.notes == () or "in software" in encoder.notes[0]
    # An encoder that does encode the trial frame, in the place of NVENC, is taken; one that does not, is not.
    for stand_in, notes in ((in_software, 0), (replace(in_software, options={"preset": "none such"}), 1)):
        monkeypatch.setattr(encode_settings, "_nvenc", lambda *args, stand_in=stand_in: stand_in)
        eight = film(width=256, height=144, format=PlaneFormat(8, "limited", "bt709", (2, 2)))
        given = pictures(target_format(codec, eight), eight, 3)
        encoder = write(tmp_path / "b.mp4", codec, eight, given, hardware=True)
        assert len(encoder.notes) == notes
        with av.open(str(tmp_path / "b.mp4")) as container:
            assert container.streams.video[0].codec_context.name == ("hevc" if notes and codec == "h265" else "h264")
