"""Every codec, from the film to a file that is what it should be."""

import av
import pytest

from tests.e2e.conftest import run_main
from tests.e2e.films import chroma_of, names_in, write_film

CODECS = {
    "prores-hq": ("out.mov", "prores", "yuv422p10le"),
    "prores-422": ("out.mov", "prores", "yuv422p10le"),
    "prores-4444": ("out.mov", "prores", "yuv444p12le"),
    "h264": ("out.mp4", "h264", "yuv420p"),
    "h265": ("out.mp4", "hevc", "yuv420p"),
    "ffv1": ("out.mkv", "ffv1", "yuv420p"),
    "png": ("out/%06d.png", "png", "rgb48be"),
    "tiff": ("out/%06d.tif", "tiff", "rgb48le"),
}


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec(codec, film, tmp_path, colorize):
    name, coding, pixels = CODECS[codec]
    target = tmp_path / name
    facts = colorize(film, target.parent if "%" in name else target, "--codec", codec)
    (file,) = facts["files"]
    assert (file["frames"], file["width"], file["height"], file["rate"]) == (24, 96, 64, "24")
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.codec_context.name == coding
    assert len(frames) == 24
    assert {frame.format.name for frame in frames} == {pixels}
    colored = frames[12].reformat(format="rgb24").to_ndarray().astype(int)
    assert (abs(colored[..., 0] - colored[..., 2]) > 8).mean() > 0.1
    assert not [name for name in names_in(tmp_path) if ".part-" in name]


@pytest.mark.parametrize(
    ("name", "coding"),
    [("a.mov", "prores"), ("a.mp4", "h264"), ("a.MKV", "ffv1"), ("a.%04d.png", "png"), ("a.####.tiff", "tiff")],
)
def test_the_suffix_says_the_codec(name, coding, film, tmp_path, colorize):
    colorize(film, tmp_path / name, "--range", "0:2")
    (written, *_) = sorted(path for path in tmp_path.iterdir() if path.name.startswith("a."))
    with av.open(str(written)) as container:
        assert container.streams.video[0].codec_context.name == coding


def test_depth_quality_and_the_fast_prores(film, tmp_path, colorize):
    colorize(film, tmp_path / "ten.mp4", "--depth", 10, "--quality", 30)
    colorize(film, tmp_path / "fine.mp4", "--quality", 10)
    colorize(film, tmp_path / "fast.mov", "--fast")
    with av.open(str(tmp_path / "ten.mp4")) as container:
        assert container.streams.video[0].pix_fmt == "yuv420p10le"
    assert (tmp_path / "ten.mp4").stat().st_size < (tmp_path / "fine.mp4").stat().st_size


def test_the_report(film, tmp_path, colorize):
    facts = colorize(film, tmp_path / "out.mkv", "--interval", 7)
    assert facts["frames"] == 24 and facts["intervals"] == 3 and facts["intervals_reused"] == 0
    assert facts["intervals_by_method"] == {"learned": 3} and facts["cuts"] == []
    assert facts["device"] == "cpu, fp32"
    assert facts["seconds"] > 0 and facts["frames_per_second"] > 0 and facts["peak_memory_bytes"] > 1 << 20
    (file,) = facts["files"]
    assert file["path"] == str(tmp_path / "out.mkv")
    assert (file["range"], file["sar"], file["rotation"], file["timecode"]) == ("limited", "1", 0, None)
    again = colorize(film, tmp_path / "again.mkv", "--interval", 7)
    assert again["intervals_reused"] == 3 and again["intervals_by_method"] == {}
    assert (chroma_of(tmp_path / "again.mkv") == chroma_of(tmp_path / "out.mkv")).all()


def test_people_read_lines(film, tmp_path, options):
    result = run_main("colorize", film, tmp_path / "out.mkv", *options, "--cuts", "none")
    assert result.code == 0
    first, second = result.out.splitlines()
    assert first.startswith("24 frames in ") and "cpu, fp32" in first
    assert second == f"{tmp_path / 'out.mkv'}  24 frames, verified: frames, times, tags and sound as the film's"
    assert all(line.startswith("note: ") for line in result.err.splitlines())


def test_a_film_with_color_is_read_for_its_luma(tmp_path, options):
    plain = write_film(tmp_path / "plain.mkv", 8)
    tinted = write_film(tmp_path / "tinted.mkv", 8, chroma=0.2)
    for name, path in (("a.mkv", plain), ("b.mkv", tinted)):
        result = run_main("colorize", path, tmp_path / name, *options, "--cuts", "none")
        assert ("its own color is not used" in result.err) == (path is tinted)
    assert (chroma_of(tmp_path / "a.mkv") == chroma_of(tmp_path / "b.mkv")).all()
