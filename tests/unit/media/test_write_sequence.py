"""Picture sequences: values, names and numbers."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.codecs import CODECS, target_format
from tcvc_studio.media.encode import check_export, create_encoder
from tcvc_studio.media.encode_planes import rgb_from_planes
from tcvc_studio.media.encode_sequence import sequence_names
from tcvc_studio.media.encode_tags import luma_weights
from tcvc_studio.media.info import AudioInfo, Picture
from tcvc_studio.media.verify import luma_difference, verify_export
from tests.unit.media.writing import decoded, film, left_over, pictures, write


def rgb_of(path):
    (frame,) = decoded(path)
    packed = {"rgb24": "u1", "rgb48be": ">u2", "rgb48le": "<u2"}[frame.format.name]
    rows = np.frombuffer(frame.planes[0], packed).reshape(frame.height, -1)
    return rows[:, : 3 * frame.width].reshape(frame.height, frame.width, 3)


def within_gamut(target, info, seed):
    """Planes of random R'G'B' colors."""
    top = 2**target.depth - 1
    rgb = np.random.default_rng(seed).uniform(0, top, (3, info.height, info.width))
    kr, kg, kb = luma_weights(target)
    y = kr * rgb[0] + kg * rgb[1] + kb * rgb[2]
    cb, cr = (rgb[2] - y) / (2 * (1 - kb)), (rgb[0] - y) / (2 * (1 - kr))
    middle = 2 ** (target.depth - 1)
    dtype = np.uint8 if target.depth == 8 else np.uint16
    return Picture(*(np.clip(np.rint(p), 0, top).astype(dtype) for p in (y, cb + middle, cr + middle)))


@pytest.mark.parametrize(("codec", "depth", "suffix"), [("png", 16, ".png"), ("png", 8, ".png"), ("tiff", 16, ".tif")])
@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
def test_values(tmp_path, codec, depth, suffix, matrix):
    info = film(width=65, height=47, format=PlaneFormat(10, "limited", matrix, (2, 1)))
    target = target_format(codec, info, depth)
    given = [within_gamut(target, info, seed) for seed in range(3)]
    write(tmp_path / "out", codec, info, given, depth=depth)
    assert left_over(tmp_path) == ["out"]
    assert left_over(tmp_path / "out") == [f"00000{i}{suffix}" for i in range(3)]
    for number, picture in enumerate(given):
        read = rgb_of(tmp_path / "out" / f"00000{number}{suffix}")
        assert np.array_equal(read, rgb_from_planes(picture, target))
    report = verify_export(tmp_path / "out", info, codec=codec, count=3, depth=depth)
    assert report.ok, report.differences
    luma = [picture.y for picture in given]
    options = {"info": info, "codec": codec, "count": 3, "depth": depth}
    # In gamut only rounding is lost: the weights of the matrix sum to one, so half a code at most; and again half a
    # code where rounded chroma leads out of the gamut by as much.
    assert luma_difference(tmp_path / "out", luma, **options) <= 1
    luma[1] = luma[1] ^ 64
    assert luma_difference(tmp_path / "out", luma, **options) > 60


def test_color_tags_go_into_png(tmp_path):
    coded = PlaneFormat(10, "limited", "bt2020")
    info = film(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc", format=coded)
    write(tmp_path / "out", "png", info, pictures(target_format("png", info), info, 1))
    (frame,) = decoded(tmp_path / "out" / "000000.png")
    assert (frame.color_primaries, frame.color_trc, frame.color_range) == (9, 16, 2)


def sequence(folder: Path, pattern: str, first_number: int, **changes):
    return film(path=folder / pattern, kind="sequence", first_number=first_number, **changes)


def test_numbers_and_names_are_the_films(tmp_path):
    scan = tmp_path / "scan"
    scan.mkdir()
    info = sequence(scan, "reel_%07d.dpx", 86400)
    given = pictures(target_format("tiff", info), info, 3)
    write(tmp_path / "out", "tiff", info, given, first=2)
    assert left_over(tmp_path / "out") == ["reel_0086402.tif", "reel_0086403.tif", "reel_0086404.tif"]
    write(tmp_path / "out" / "new.####.tiff", "tiff", info, given, first=0)
    assert "new.86400.tiff" in left_over(tmp_path / "out") and len(left_over(tmp_path / "out")) == 6
    assert verify_export(tmp_path / "out" / "new.####.tiff", info, codec="tiff", count=3).ok
    write(tmp_path / "shot.%d.png", "png", film(), pictures(target_format("png", info), info, 1), first=5)
    assert (tmp_path / "shot.5.png").is_file()


@pytest.mark.parametrize(("name", "digits", "file"), [
    ("x.%06d.png", 6, "x.000042.png"), ("x.%6d.png", 6, "x.000042.png"), ("x####.png", 4, "x0042.png"),
    ("#.png", 1, "42.png"), ("take2_%03d.png", 3, "take2_042.png"), ("folder.v2", 6, "folder.v2/000042.png"),
])  # fmt: skip
def test_patterns(tmp_path, name, digits, file):
    names = sequence_names(tmp_path / name, CODECS["png"], film())
    assert names.digits == digits
    assert names.file(42) == tmp_path / file
    assert names.file(12345678).name.endswith("12345678.png")


@pytest.mark.parametrize(("name", "codec", "says"), [
    ("x.%06d.jpg", "png", "does not end in .png"),
    ("x.%06d.png", "tiff", "does not end in .tif or .tiff"),
    ("x.png", "png", "x.%06d.png"),
    ("none/x.%06d.png", "png", "does not exist"),
    ("none/out", "png", "does not exist"),
    ("file", "png", "is a file"),
])
def test_names_that_will_not_do(tmp_path, name, codec, says):
    (tmp_path / "file").write_text("in the way")
    for attempt in (create_encoder, check_export):
        with pytest.raises(StudioError, match=says.replace(".", r"\.")):
            attempt(tmp_path / name, codec, film(), count=1)
    assert left_over(tmp_path) == ["file"]


def test_the_films_own_pictures_are_never_overwritten(tmp_path):
    (tmp_path / "reel.000010.png").write_bytes(b"a scan")
    info = sequence(tmp_path, "reel.%06d.png", 10)
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    for target in (tmp_path, tmp_path / "reel.%06d.png", tmp_path / "link", tmp_path / "link" / "reel.######.png"):
        with pytest.raises(StudioError, match="never overwritten"):
            create_encoder(target, "png", info, count=1)
    assert (tmp_path / "reel.000010.png").read_bytes() == b"a scan"
    with create_encoder(tmp_path / "colored.%06d.png", "png", info, count=1) as encoder:
        encoder.abort()
    assert left_over(tmp_path) == ["link", "reel.000010.png"]


def test_nothing_appears_before_all_is_there(tmp_path):
    info = film()
    given = pictures(target_format("png", info), info, 3)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "000001.png").write_bytes(b"of an earlier run")
    (tmp_path / "out" / "000009.png").write_bytes(b"someone else's")
    with create_encoder(tmp_path / "out", "png", info, count=3) as encoder:
        for number, picture in enumerate(given):
            encoder.write(picture, number)
        assert left_over(tmp_path / "out") == ["000001.png", "000009.png"]
    assert left_over(tmp_path) == ["out"]
    assert (tmp_path / "out" / "000001.png").read_bytes() == b"of an earlier run"
    write(tmp_path / "out", "png", info, given)
    assert left_over(tmp_path) == ["out"]
    assert left_over(tmp_path / "out") == ["000000.png", "000001.png", "000002.png", "000009.png"]
    assert np.array_equal(rgb_of(tmp_path / "out" / "000001.png"), rgb_from_planes(given[1], encoder.format))


def test_too_few_pictures_leave_nothing(tmp_path):
    info = film()
    given = pictures(target_format("tiff", info), info, 2)
    with create_encoder(tmp_path / "out", "tiff", info, count=3) as encoder:
        encoder.write(given[0], 0)
        with pytest.raises(ValueError, match="was due"):
            encoder.write(given[1], 2)
        with pytest.raises(StudioError, match="1 of 3 pictures"):
            encoder.finish()
    assert left_over(tmp_path) == []


def test_verification_misses_pictures(tmp_path):
    info = film()
    write(tmp_path / "out", "png", info, pictures(target_format("png", info), info, 3))
    (tmp_path / "out" / "000001.png").unlink()
    report = verify_export(tmp_path / "out", info, codec="png", count=3)
    assert report.frames == 2 and "1 pictures are missing, first of them 000001.png" in report.differences[0]
    report = verify_export(tmp_path / "out", replace(info, width=66), codec="png", count=1)
    assert "000000.png is 64x48" in report.differences[0]


def test_what_pictures_cannot_hold_is_noted(tmp_path):
    info = film(audio=(AudioInfo(1, "aac", 48000, 2, "stereo"),), rate=Fraction(25))
    encoder = write(tmp_path / "a", "png", info, pictures(target_format("png", info), info, 1))
    assert [note.split(";")[0] for note in encoder.notes] == ["A picture sequence holds no sound"]
    info = replace(info, timecode="01:00:00:00", rotation=90)
    encoder = write(tmp_path / "b", "png", info, pictures(target_format("png", info), info, 1), audio=False)
    assert [note.split(";")[0] for note in encoder.notes] == ["A picture sequence holds no time code and no rotation"]
    encoder = write(tmp_path / "c", "png", film(), pictures(target_format("png", info), film(), 1))
    assert encoder.notes == ()


def test_other_readers_see_sixteen_bits(tmp_path):
    cv2 = pytest.importorskip("cv2")
    info = film()
    target = target_format("png", info)
    (picture,) = pictures(target, info, 1)
    for codec, name in (("png", "000000.png"), ("tiff", "000000.tif")):
        write(tmp_path / codec, codec, info, [picture])
        seen = cv2.imread(str(tmp_path / codec / name), cv2.IMREAD_UNCHANGED)
        assert seen.dtype == np.uint16
        assert np.array_equal(seen[..., ::-1], rgb_from_planes(picture, target))
    with av.open(str(tmp_path / "png" / "000000.png")) as container:
        assert container.streams.video[0].codec_context.name == "png"
