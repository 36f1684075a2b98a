"""Films that cannot be read, or not wholly: one sentence that says what to do, and never a frame skipped."""

import os
from fractions import Fraction

import av
import numpy as np
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.media.decode import UndecodableFrame
from tcvc_studio.media.film import open_film
from tcvc_studio.media.truncation import missing_bytes
from tests.films import draw_bars, read_bars, write_bar_film


def textured(number: int) -> np.ndarray:
    """Bars under noise, so that every packet holds something to damage."""
    noise = np.random.default_rng(number).random((64, 96))
    return np.clip(draw_bars(number) * 0.7 + noise * 0.3, 0, 1)


def packets_of(path) -> list[tuple[int, int, int]]:
    """(frame shown, position, size) of each packet in the order of decoding."""
    with av.open(str(path)) as container:
        found = [(packet.pts, packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    shown = sorted(pts for pts, _, _ in found)
    return [(shown.index(pts), position, size) for pts, position, size in found]


def damaged(path, target, frame: int, *, octets: int = 24, header: bool = False):
    """A copy of a film whose packet for one frame is overwritten in its middle, or where it begins, behind its length.

    H.264 has no checksum: what is overwritten in the middle often decodes to another picture that nobody can tell from
    the true one, depending on how the encoder of this machine filled the packet.
    """
    _, position, size = next(packet for packet in packets_of(path) if packet[0] == frame)
    data = bytearray(path.read_bytes())
    start = position + (4 if header else size // 2)
    data[start : start + octets] = bytes(octets)
    target.write_bytes(data)
    return target


def read_until_it_fails(path) -> tuple[list[int], UndecodableFrame]:
    with open_film(path) as film:
        read = []
        with pytest.raises(UndecodableFrame) as failure:
            for frame in film.frames():
                read.append(read_bars(frame.luma))
        return read, failure.value


DAMAGED = {
    "h264": ("mp4", {"options": {"bf": "3", "crf": "18"}, "gop": 15}),
    "h264 in mkv": ("mkv", {"options": {"bf": "3", "crf": "18"}, "gop": 15}),
    "mpeg-2": ("mkv", {"codec": "mpeg2video", "options": {"bf": "2"}, "rate": 25, "gop": 15}),
    "ffv1": ("mkv", {"codec": "ffv1", "options": {"level": "3", "slicecrc": "1"}}),
    "hevc": ("mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none:crf=18:hash=1"}, "gop": 15}),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("frame", [20, 37])
def test_a_damaged_frame_is_never_skipped_or_passed_on(name, frame, tmp_path):
    """Reading stops at the damaged frame, or before it where an earlier one needs it; all read is right."""
    ending, how = DAMAGED[name]
    whole = write_bar_film(tmp_path / f"whole.{ending}", 45, picture=textured, **how)
    path = damaged(whole, tmp_path / f"film.{ending}", frame, header="h264" in name)
    read, failure = read_until_it_fails(path)
    with open_film(whole) as film:
        assert read == list(range(len(read)))
        for got, wanted in zip(open_film(path).frames(0, len(read)), film.frames(), strict=False):
            np.testing.assert_array_equal(got.luma, wanted.luma)
    assert failure.number == len(read)
    assert frame - 8 <= failure.number <= frame
    assert f"Frame {failure.number} of film.{ending}" in str(failure)


@pytest.mark.parametrize("name", ["h264", "h264 in mkv", "mpeg-2", "ffv1"])
def test_frames_behind_the_damage_can_still_be_read(name, tmp_path):
    """The next group decodes on its own: a restorer can save what is left, asking for a range."""
    ending, how = DAMAGED[name]
    whole = write_bar_film(tmp_path / f"whole.{ending}", 45, picture=textured, **how)
    path = damaged(whole, tmp_path / f"film.{ending}", 20, header="h264" in name)
    with open_film(path) as film:
        with pytest.raises(UndecodableFrame):
            film.frame(20)
        assert read_bars(film.frame(44).luma) == 44
        assert [read_bars(frame.luma) for frame in film.frames(36, 45)] == list(range(36, 45))
        assert read_bars(film.frame(3).luma) == 3


def test_prores_with_a_damaged_frame_stops_there(tmp_path):
    whole = write_bar_film(tmp_path / "whole.mov", 30, codec="prores_ks", pixel_format="yuv422p10le", picture=textured)
    _, position, _ = packets_of(whole)[20]
    data = bytearray(whole.read_bytes())
    data[position + 4 : position + 60] = os.urandom(56)  # the frame's header
    (tmp_path / "film.mov").write_bytes(data)
    read, failure = read_until_it_fails(tmp_path / "film.mov")
    assert read == list(range(20))
    assert failure.number == 20
    with open_film(tmp_path / "film.mov") as film:
        assert read_bars(film.frame(21).luma) == 21
        assert any("Frame 20" in note for note in film.info.notes) or film.info.frames == 30


def test_the_time_of_a_bad_frame_is_told_in_the_film_not_the_file(tmp_path):
    whole = write_bar_film(
        tmp_path / "whole.mkv", 45, picture=textured, pts=list(range(1000, 1045)), time_base=Fraction(1, 24),
        codec="ffv1", options={"level": "3", "slicecrc": "1"},
    )  # fmt: skip
    _, failure = read_until_it_fails(damaged(whole, tmp_path / "film.mkv", 36))
    assert "(at 0:00:01.500)" in str(failure)


def test_the_shared_corrupt_film(shared):
    """It opens, tells what is wrong, gives the frames before the damage, and stops with number and time."""
    with open_film(shared / "data/media/corrupt.mp4") as film:
        assert film.info.frames == 50
        assert any("does not decode" in note for note in film.info.notes)
        read = 0
        with pytest.raises(UndecodableFrame, match=r"Frame \d+ of corrupt\.mp4 \(at 0:00:0\d\.\d00\)") as failure:
            for frame in film.frames():
                assert frame.number == read
                read += 1
        assert failure.value.number == read
        assert 20 <= read < 35


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(ending, share, tmp_path):
    how = {"codec": "libvpx-vp9", "options": {"cpu-used": "8"}} if ending == "webm" else {}
    options = {"movflags": "faststart"} if ending in ("mp4", "mov") else {}
    path = write_bar_film(tmp_path / f"a.{ending}", 40, picture=textured, container_options=options, **how)
    assert missing_bytes(path) == 0
    size = path.stat().st_size
    os.truncate(path, int(size * share))
    with pytest.raises(StudioError, match=rf"a\.{ending} is cut off: [\d,]+ bytes of it are missing"):
        open_film(path)
    assert missing_bytes(path) == size - int(size * share)


def test_a_file_without_its_table_of_contents_is_refused(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 40, picture=textured)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StudioError, match=r"a\.mp4 is cut off|table of contents is missing"):
        open_film(path)


def test_rubbish_behind_the_end_is_no_truncation(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 12)
    with path.open("ab") as file:
        file.write(b"\x7f\xff\xff\xffrubbish and more rubbish")
    with open_film(path) as film:
        assert [read_bars(frame.luma) for frame in film.frames()] == list(range(12))


def test_a_transport_stream_that_was_cut_off_ends_with_an_error_or_its_last_whole_frame(tmp_path):
    path = write_bar_film(tmp_path / "a.ts", 40, picture=textured, codec="mpeg2video", rate=25)
    os.truncate(path, path.stat().st_size * 6 // 10)
    with open_film(path) as film:
        read = []
        try:
            for frame in film.frames():
                read.append(read_bars(frame.luma))
        except UndecodableFrame as error:
            assert error.number == len(read)
        assert read == list(range(len(read)))
        assert 10 < len(read) < 40


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no film at"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(os.urandom(5000)), "not a film"),
        (lambda path: path.write_text("Dear sir,\n" * 500), "not a film|no video stream"),
        (lambda path: path.mkdir(), "no pictures"),
    ],
)
@pytest.mark.parametrize("name", ["a.mov", "a.txt", "a", "ä ö %d.mkv"])
def test_what_is_no_film_is_refused(make, message, name, tmp_path):
    make(tmp_path / name)
    with pytest.raises(StudioError, match=message) as failure:
        open_film(tmp_path / name)
    assert "\n" not in str(failure.value)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind the one who runs this")
def test_a_film_that_may_not_be_read_is_refused(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 4)
    path.chmod(0)
    with pytest.raises(StudioError, match="permissions"):
        open_film(path)


def test_a_file_with_sound_only_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(StudioError, match=r"a\.mp4 has no video stream"):
        open_film(path)


@pytest.mark.parametrize("ending", ["mkv", "mov"])
def test_a_film_without_frames_is_refused(ending, tmp_path):
    path = tmp_path / f"a.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1" if ending == "mkv" else "mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p" if ending == "mkv" else "yuvj420p"
        container.start_encoding()
    with pytest.raises(StudioError, match=r"no frames|no video stream|not a film"):
        open_film(path)


def test_a_rate_for_a_video_is_refused(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 4)
    with pytest.raises(StudioError, match="its own rate"):
        open_film(path, rate=Fraction(25))


def test_a_pattern_without_pictures_is_refused(tmp_path):
    with pytest.raises(StudioError, match="No picture is named like"):
        open_film(tmp_path / "reel.%06d.dpx")
    with pytest.raises(StudioError, match="no folder"):
        open_film(tmp_path / "nowhere" / "reel.####.exr")


def test_a_film_that_changes_its_size_is_refused_at_that_frame(tmp_path):
    first = write_bar_film(tmp_path / "a.ts", 20, codec="mpeg2video", rate=25)
    second = write_bar_film(tmp_path / "b.ts", 20, codec="mpeg2video", rate=25, width=128, height=96)
    path = tmp_path / "film.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with open_film(path) as film:
        read = []
        with pytest.raises(StudioError, match=r"Frame (19|20) .* is 128x96 .* began as 96x64"):
            for frame in film.frames():
                read.append(read_bars(frame.luma))
        # A decoder gives up the picture it holds back when the size changes.
        assert read in (list(range(19)), list(range(20)))
