"""Every frame of a film is the frame that was drawn there, in order and at random, whatever the film is kept in."""

import contextlib
import gc
import hashlib
import os
import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import Film, open_film
from tests.films import draw_bars, read_bars, write_bar_film

FRAMES = 40
NTSC, NTSC_FILM = Fraction(30000, 1001), Fraction(24000, 1001)
#: Durations of the frames of a film of varying rate, in its ticks.
UNEVEN = (np.cumsum([1, 1, 2, 1, 1, 3, 1, 5, 1, 2] * 4) - 1).tolist()

FILMS = {
    "h264 with B-frames": ("a.mp4", {"options": {"bf": "3"}, "rate": NTSC_FILM}),
    "h264 with open groups": ("a.mkv", {"options": {"x264-params": "open-gop=1:bframes=3:scenecut=0"}, "gop": 7}),
    "h264 without key frames": ("a.mp4", {"options": {"x264-params": "intra-refresh=1:bframes=0"}, "gop": 6}),
    "hevc with open groups": (
        "a.mp4",
        {"codec": "libx265", "options": {"x265-params": "open-gop=1:bframes=3:log-level=none"}, "gop": 8},
    ),
    "prores": ("a.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le", "rate": 25}),
    "prores 4444 with alpha": ("a.mov", {"codec": "prores_ks", "pixel_format": "yuva444p10le"}),
    "ffv1": ("a.mkv", {"codec": "ffv1", "pixel_format": "yuv420p", "rate": NTSC}),
    "mpeg-2 in a transport stream": ("a.ts", {"codec": "mpeg2video", "rate": 25, "options": {"bf": "2"}}),
    "h264 in a transport stream": ("a.ts", {"rate": NTSC, "options": {"bf": "3"}, "gop": 8}),
    "mpeg-2 in a program stream": ("a.vob", {"codec": "mpeg2video", "rate": 25, "options": {"bf": "2"}}),
    "vp9 with hidden frames": (
        "a.webm",
        {"codec": "libvpx-vp9", "options": {"auto-alt-ref": "1", "lag-in-frames": "12", "cpu-used": "8"}},
    ),
    "vp8": ("a.webm", {"codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "12", "cpu-used": "8"}}),
    "av1": ("a.mp4", {"codec": "libsvtav1", "options": {"preset": "10"}, "width": 128, "height": 128}),
    "mjpeg in avi": ("a.avi", {"codec": "mjpeg", "pixel_format": "yuvj420p", "full": True}),
    "mpeg-4 in avi": ("a.avi", {"codec": "mpeg4", "options": {"bf": "2"}, "rate": 25}),
    "h264 in avi, whose times lie": ("a.avi", {"options": {"bf": "3"}}),
    "a raw stream without times": ("a.h264", {"options": {"bf": "3"}, "rate": 25}),
    "varying rate in mp4": ("a.mp4", {"pts": UNEVEN, "time_base": Fraction(1, 24), "options": {"bf": "3"}}),
    "varying rate in mkv": ("a.mkv", {"pts": UNEVEN, "time_base": Fraction(1, 24), "options": {"bf": "3"}}),
    "a start that is not 0": ("a.mkv", {"pts": list(range(90, 90 + FRAMES)), "time_base": Fraction(1, 24)}),
    "odd size": ("a.mkv", {"codec": "ffv1", "width": 97, "height": 65}),
    "rgb": ("a.mkv", {"codec": "ffv1", "pixel_format": "gbrp10le"}),
    "12 bit gray": ("a.mkv", {"codec": "ffv1", "pixel_format": "gray12le"}),
}


def numbers(film: Film, order) -> list[int]:
    return [read_bars(film.frame(n).luma) for n in order]


@pytest.mark.parametrize("name", FILMS)
def test_each_frame_is_the_one_drawn(name, tmp_path):
    file, how = FILMS[name]
    path = write_bar_film(tmp_path / file, FRAMES, **how)
    shuffled = list(range(FRAMES))
    random.Random(7).shuffle(shuffled)
    with open_film(path) as film:
        assert film.info.frames == FRAMES
        assert len(film.info.pts) == FRAMES
        assert (np.diff(film.info.pts) > 0).all()
        assert [read_bars(frame.luma) for frame in film.frames()] == list(range(FRAMES))
        assert numbers(film, shuffled) == shuffled
        assert numbers(film, reversed(range(FRAMES))) == list(reversed(range(FRAMES)))


@pytest.mark.parametrize(
    "name", ["h264 with open groups", "prores", "vp9 with hidden frames", "a raw stream without times"]
)
@pytest.mark.parametrize(("start", "stop"), [(0, 1), (13, 22), (39, 40), (17, None), (5, 5)])
def test_a_part_of_the_film_begins_and_ends_where_it_should(name, start, stop, tmp_path):
    file, how = FILMS[name]
    with open_film(write_bar_film(tmp_path / file, FRAMES, **how)) as film:
        part = list(film.frames(start, stop))
        expected = list(range(start, FRAMES if stop is None else stop))
        assert [read_bars(frame.luma) for frame in part] == expected
        assert [frame.number for frame in part] == expected
        assert [frame.pts for frame in part] == film.info.pts[expected].tolist()


def test_times_of_a_varying_rate_are_kept(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", FRAMES, pts=UNEVEN, time_base=Fraction(1, 24))
    with open_film(path) as film:
        seconds = [time * film.info.time_base for time in film.info.pts.tolist()]
        assert film.info.vfr
        assert seconds == [Fraction(time, 24) for time in UNEVEN]


def test_a_film_whose_clock_starts_late_keeps_its_times(tmp_path):
    path = write_bar_film(tmp_path / "a.ts", 12, codec="mpeg2video", rate=25)
    with open_film(path) as film, av.open(str(path)) as plain:
        assert film.info.pts.tolist() == [frame.pts for frame in plain.decode(video=0)]
        assert film.info.pts[0] > 0
        assert not film.info.vfr


EDITS = {
    "the beginning cut off": ([(5, 20)], list(range(5, 25))),
    "an empty second before it": ([(None, 24), (7, 20)], list(range(7, 27))),
    "two parts": ([(5, 10), (20, 10)], [*range(5, 15), *range(20, 30)]),
    "two parts exchanged": ([(20, 10), (5, 10)], [*range(20, 30), *range(5, 15)]),
    "one part twice": ([(5, 10), (5, 10)], [*range(5, 15), *range(5, 15)]),
}


@pytest.mark.parametrize("name", EDITS)
def test_edit_lists_are_honoured(name, tmp_path):
    edits, expected = EDITS[name]
    whole = write_bar_film(tmp_path / "whole.mp4", 48, options={"bf": "3"})
    path = with_edits(whole, tmp_path / "edited.mp4", edits)
    with open_film(path) as film:
        assert film.info.frames == len(expected)
        assert [read_bars(frame.luma) for frame in film.frames()] == expected
        backwards = list(reversed(range(len(expected))))
        assert numbers(film, backwards) == [expected[n] for n in backwards]


def test_a_film_cut_without_regard_for_its_groups_begins_with_its_first_whole_frame(tmp_path):
    """A transport stream recorded from the middle: what precedes the first key cannot be decoded by anyone."""
    whole = write_bar_film(tmp_path / "whole.ts", 60, options={"bf": "3", "x264-params": "scenecut=0"}, gop=20)
    data = whole.read_bytes()
    path = tmp_path / "cut.ts"
    path.write_bytes(data[:564] + data[len(data) * 9 // 20 // 188 * 188 :])
    with open_film(path) as film:
        drawn = [read_bars(frame.luma) for frame in film.frames()]
        assert 0 < film.info.frames < 60
        assert drawn == list(range(60 - film.info.frames, 60))
        assert numbers(film, reversed(range(film.info.frames))) == drawn[::-1]


def test_frames_belong_to_their_owner(tmp_path):
    """Luma is a copy that later decoding never touches, and it can be written to."""
    with open_film(write_bar_film(tmp_path / "a.mp4", 30)) as film:
        kept = list(film.frames())
        assert [read_bars(frame.luma) for frame in kept] == list(range(30))
        assert all(frame.luma.flags.owndata and frame.luma.flags.writeable for frame in kept)


def test_single_frames_and_a_running_iteration_do_not_disturb_each_other(tmp_path):
    with open_film(write_bar_film(tmp_path / "a.mp4", 30, options={"bf": "2"})) as film:
        for frame in film.frames():
            other = (frame.number * 11 + 4) % 30
            assert read_bars(film.frame(other).luma) == other
            assert read_bars(frame.luma) == frame.number


def test_a_second_reader_works_without_probing_again(tmp_path):
    with open_film(write_bar_film(tmp_path / "a.mp4", 20)) as film, film.reopen() as other:
        assert other.info is film.info
        assert other is not film
        assert numbers(other, [13, 2]) == [13, 2]
        assert numbers(film, [4, 19]) == [4, 19]


counts_open_files = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="open files are counted where the system lists them"
)


def times_open(path: Path) -> int:
    links = []
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/self/fd/{entry}"))
    return links.count(str(path.resolve()))


@counts_open_files
def test_no_container_stays_open(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 20)
    film = open_film(path)
    assert times_open(path) == 0, "probing left something open"
    iterating = film.frames()
    next(iterating)
    film.frame(3)
    assert times_open(path) == 2
    del iterating
    gc.collect()
    assert times_open(path) == 1, "an abandoned iteration kept its container"
    running = film.frames()
    next(running)
    film.close()
    assert times_open(path) == 0
    assert read_bars(film.frame(5).luma) == 5, "a closed film may be read again"
    film.close()
    assert times_open(path) == 0


@counts_open_files
def test_no_container_stays_open_after_an_error(tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 20)
    film = open_film(path)
    with pytest.raises(ZeroDivisionError), film:
        for frame in film.frames():
            film.frame(7)
            1 // (frame.number - frame.number)
    gc.collect()
    assert times_open(path) == 0


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (3, 21), (7, 6), (21, None)])
def test_a_range_outside_the_film_is_refused(start, stop, tmp_path):
    with open_film(write_bar_film(tmp_path / "a.mp4", 20)) as film:
        with pytest.raises(StudioError, match="frames 0 to 19"):
            film.frames(start, stop)


@pytest.mark.parametrize("number", [-1, 20])
def test_a_frame_outside_the_film_is_refused(number, tmp_path):
    with open_film(write_bar_film(tmp_path / "a.mp4", 20)) as film:
        with pytest.raises(StudioError, match=f"no frame {number}"):
            film.frame(number)


SHARED = [
    "media/cuts-testvideo.mp4",
    "media/hevc-10bit-vfr.mp4",
    "media/odd-161x121.webm",
    "media/rotated.mp4",
    "media/two-audio-nasa.mp4",
    "media/vfr-traffic.mp4",
    "media/vp9-10bit.webm",
    "legacy/his-girl-friday-1940.mp4",
]


@pytest.mark.parametrize("name", SHARED)
def test_real_films_read_alike_in_order_and_at_random(name, shared):
    path = shared / "data" / name

    def digest(luma: np.ndarray) -> bytes:
        return hashlib.sha1(luma).digest()

    # Long films are compared over a part; their count is checked against a decode of the whole.
    with open_film(path) as film:
        frames = film.info.frames
        assert decoded_count(path) == frames
        part = range(frames) if frames <= 200 else range(frames - 150, frames)
        in_order = {frame.number: digest(frame.luma) for frame in film.frames(part.start, part.stop)}
        assert list(in_order) == list(part)
        sample = random.Random(1).sample(list(part), 8)
        assert [digest(film.frame(n).luma) for n in sample] == [in_order[n] for n in sample]


def decoded_count(path: Path) -> int:
    """Frames that nothing but FFmpeg's decoder yields."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for _ in container.decode(stream))


def test_bars_can_be_read_back():
    for number in (0, 1, 2, 255, 4660, 65535):
        assert read_bars((draw_bars(number) * 255).astype(np.uint8)) == number
    assert read_bars((draw_bars(77, width=31, height=19) * 1023).astype(np.uint16)) == 77


def with_edits(source: Path, target: Path, edits) -> Path:
    """An MP4 of 24 frames a second with other edits: (first frame, frames), or (None, frames) for a blank."""
    data = source.read_bytes()
    ticks = 512  # a frame, as the muxer scales 1/24 s
    # The first frame lies behind the delay of the B-frames, which the old edit list takes out.
    old = data[data.index(b"elst") :]
    delay = int.from_bytes(old[16:20], "big")
    entries = b""
    for first, count in edits:
        time = -1 if first is None else delay + first * ticks
        entries += (count * 1000 // 24).to_bytes(4, "big") + time.to_bytes(4, "big", signed=True) + b"\0\1\0\0"
    box = _box(b"elst", bytes(4) + len(edits).to_bytes(4, "big") + entries)

    def rebuilt(kind: bytes, body: bytes) -> bytes:
        if kind == b"edts":
            return _box(kind, box)
        return _box(kind, b"".join(rebuilt(*inner) for inner in _boxes(body)) if kind in (b"moov", b"trak") else body)

    target.write_bytes(b"".join(rebuilt(*outer) for outer in _boxes(data)))
    return target


def _boxes(data: bytes):
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body
