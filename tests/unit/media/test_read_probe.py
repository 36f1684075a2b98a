"""What is told of a film: tags, rates, times, sound, color and combing."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.coding import CodedAs, resolve_format
from tcvc_studio.media.film import open_film
from tcvc_studio.media.rates import as_fraction, find_cadence
from tcvc_studio.media.survey import combed_share
from tests.films import write_bar_film


def info_of(path):
    with open_film(path) as film:
        return film.info


def coded(**changes) -> CodedAs:
    usual = {
        "codec": "h264",
        "pixel_format": "yuv420p",
        "depth": 8,
        "subsampling": (2, 2),
        "is_rgb": False,
        "is_gray": False,
        "width": 1920,
        "height": 1080,
        "color_range": 0,
        "matrix": "unspecified",
    }
    return CodedAs(**(usual | changes))


GRAY = {"is_gray": True, "pixel_format": "gray", "subsampling": (1, 1)}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, ("limited", "bt709", "left")),
        ({"width": 720, "height": 576}, ("limited", "bt601", "left")),
        ({"width": 720, "height": 480}, ("limited", "bt601", "left")),
        ({"width": 1280, "height": 544}, ("limited", "bt709", "left")),
        ({"width": 960, "height": 720}, ("limited", "bt709", "left")),
        ({"width": 720, "height": 576, "matrix": "bt709"}, ("limited", "bt709", "left")),
        ({"matrix": "smpte170m"}, ("limited", "bt601", "left")),
        ({"matrix": "bt470bg"}, ("limited", "bt601", "left")),
        ({"matrix": "bt2020nc", "siting": "topleft"}, ("limited", "bt2020", "topleft")),
        ({"matrix": "smpte240m"}, ("limited", "smpte240m", "left")),
        ({"matrix": "fcc"}, ("limited", "fcc", "left")),
        ({"color_range": 2}, ("full", "bt709", "left")),
        ({"pixel_format": "yuvj420p"}, ("full", "bt709", "left")),
        ({"codec": "mjpeg", "pixel_format": "yuvj420p"}, ("full", "bt601", "center")),
        ({"codec": "mjpeg", "color_range": 1}, ("limited", "bt601", "center")),
        ({"siting": "center"}, ("limited", "bt709", "center")),
        ({**GRAY, "codec": "png", "matrix": "gbr", "color_range": 2}, ("full", "bt709", "left")),
        ({**GRAY, "codec": "ffv1"}, ("full", "bt709", "left")),
        ({**GRAY, "codec": "ffv1", "color_range": 1}, ("limited", "bt709", "left")),
        ({**GRAY, "codec": "hevc"}, ("limited", "bt709", "left")),
        ({"is_rgb": True, "pixel_format": "gbrp", "color_range": 1, "height": 480}, ("full", "bt709", "left")),
    ],
)
def test_what_a_film_leaves_unsaid_is_filled_in_by_the_usual_rules(said, expected):
    found = resolve_format(coded(**said))
    assert (found.range, found.matrix, found.siting) == expected


@pytest.mark.parametrize("matrix", ["ycgco", "ictcp", "gbr"])
def test_a_matrix_without_an_ordinary_luma_is_refused(matrix):
    with pytest.raises(StudioError, match=matrix):
        resolve_format(coded(matrix=matrix))


@pytest.mark.parametrize(
    ("name", "how", "tags", "range_", "matrix"),
    [
        ("a.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, (1, 1, 1), "limited", "bt709"),
        ("a.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, (6, 6, 6), "limited", "bt601"),
        ("a.mp4", {}, (9, 9, 16), "limited", "bt2020"),
        ("a.mkv", {"codec": "ffv1", "full": True}, (5, 5, 5), "full", "bt601"),
    ],
)
def test_color_tags_are_told_as_the_film_carries_them(name, how, tags, range_, matrix, tmp_path):
    info = info_of(write_bar_film(tmp_path / name, 4, tags=tags, **how))
    names = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 16: "smpte2084"}
    assert info.matrix == {9: "bt2020nc"}.get(tags[0], names[tags[0]])
    assert info.primaries == names[tags[1]]
    assert info.transfer == names[tags[2]]
    assert (info.format.range, info.format.matrix) == (range_, matrix)


def test_tags_that_are_not_there_are_told_as_such(tmp_path):
    info = info_of(write_bar_film(tmp_path / "a.mp4", 4))
    assert (info.matrix, info.primaries, info.transfer) == ("unspecified",) * 3
    assert info.format == PlaneFormat(8, "limited", "bt601", (2, 2), "left")


@pytest.mark.parametrize(
    ("option", "siting"), [("chromaloc=0", "left"), ("chromaloc=1", "center"), ("chromaloc=2", "topleft")]
)
def test_chroma_siting_is_what_the_stream_says(option, siting, tmp_path):
    info = info_of(write_bar_film(tmp_path / "a.mp4", 4, options={"x264-params": option}))
    assert info.format.siting == siting


def test_describing_a_frame_leaves_logging_as_it_was(tmp_path):
    import av.logging

    before = av.logging.get_level()
    info_of(write_bar_film(tmp_path / "a.mp4", 4))
    assert av.logging.get_level() == before


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_rotation_is_told_and_planes_stay_as_coded(rotation, tmp_path):
    path = write_bar_film(tmp_path / "a.mp4", 4, width=96, height=64, rotation=rotation)
    with open_film(path) as film:
        assert abs(film.info.rotation) == abs(rotation)
        assert rotation == 180 or film.info.rotation == rotation
        assert (film.info.width, film.info.height) == (96, 64)
        assert film.frame(0).luma.shape == (64, 96)


def test_pixel_aspect_is_told(tmp_path):
    assert info_of(write_bar_film(tmp_path / "a.mp4", 4, sar=Fraction(16, 15))).sar == Fraction(16, 15)
    assert info_of(write_bar_film(tmp_path / "b.mp4", 4)).sar == 1


@pytest.mark.parametrize("timecode", ["01:00:00;02", "10:11:12:13"])
@pytest.mark.parametrize("name", ["a.mov", "a.mp4"])
def test_timecode_is_told(name, timecode, tmp_path):
    path = write_bar_film(tmp_path / name, 4, rate=Fraction(30000, 1001), timecode=timecode)
    assert info_of(path).timecode == timecode


def test_every_sound_is_told(tmp_path):
    info = info_of(write_bar_film(tmp_path / "a.mov", 12, audio=3, audio_codec="pcm_s24le"))
    assert [sound.index for sound in info.audio] == [1, 2, 3]
    assert {(sound.codec, sound.rate, sound.channels) for sound in info.audio} == {("pcm_s24le", 48000, 2)}


def test_two_sounds_among_six_streams(shared):
    info = info_of(shared / "data/media/two-audio-nasa.mp4")
    assert [(sound.index, sound.rate, sound.language) for sound in info.audio] == [(1, 8000, "eng"), (4, 16000, "eng")]
    assert any("2 video streams" in note for note in info.notes)


RATES = ["24", "24000/1001", "25", "30000/1001", "30", "50", "60000/1001", "18", "16"]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_rates_are_exact(name, rate, tmp_path):
    info = info_of(write_bar_film(tmp_path / name, 50, rate=Fraction(rate)))
    assert (info.rate, info.vfr) == (Fraction(rate), False)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("time_base", ["1/1000", "1/90000", "1/600", "1/1000000"])
@pytest.mark.parametrize("rounding", [np.rint, np.floor])
def test_times_rounded_to_a_time_base_are_a_steady_rate(rate, time_base, rounding):
    ticks = 1 / (Fraction(rate) * Fraction(time_base))
    pts = rounding(np.arange(5000) * float(ticks)).astype(np.int64) + 77
    found = find_cadence(pts, Fraction(time_base), declared=[None])
    assert (found.rate, found.vfr) == (Fraction(rate), False)


@pytest.mark.parametrize("time_base", ["1/1000", "1/24", "1/90000", "1/12288"])
@pytest.mark.parametrize("at", [1, 30, 98])
def test_one_frame_shown_twice_as_long_is_a_varying_rate(time_base, at):
    pts = np.rint(np.arange(100) / 24 / float(Fraction(time_base))).astype(np.int64)
    pts[at:] += round(1 / 24 / Fraction(time_base))
    found = find_cadence(pts, Fraction(time_base), declared=[Fraction(24)])
    assert (found.rate, found.vfr) == (Fraction(24), True)


def test_a_declared_rate_is_believed_only_where_it_holds():
    pts = np.arange(100) * 1001
    base = Fraction(1, 30000)
    assert find_cadence(pts, base, declared=[Fraction(30)]).rate == Fraction(30000, 1001)
    assert find_cadence(pts, base, declared=[Fraction(2997, 100)]).rate == Fraction(30000, 1001)
    odd = Fraction(173, 10)
    pts = np.arange(100) * 10_000
    assert find_cadence(pts, 1 / (odd * 10_000), declared=[odd]).rate == odd


def test_a_single_frame_has_the_declared_rate():
    one = np.zeros(1, np.int64)
    assert find_cadence(one, Fraction(1, 1000), declared=[None, Fraction(25)]).rate == 25
    assert find_cadence(one, Fraction(1, 1000), declared=[]).rate == 24


def test_a_long_film_of_steady_rate_is_measured_exactly():
    """100 minutes at 23.976 in nanoseconds: no rounding of the check itself may add up."""
    pts = np.array([round(n * 1001 * 10**9 / 24000) for n in range(144_000)], np.int64)
    found = find_cadence(pts, Fraction(1, 10**9), declared=[])
    assert (found.rate, found.vfr) == (Fraction(24000, 1001), False)


@pytest.mark.parametrize("value", [None, Fraction(0), Fraction(-5, 3)])
def test_rates_that_are_none_are_none(value):
    assert as_fraction(value) is None


def test_gray_films_have_no_color_and_colored_ones_a_note(tmp_path):
    gray = info_of(write_bar_film(tmp_path / "a.mp4", 8))
    colored = info_of(write_bar_film(tmp_path / "b.mp4", 8, chroma=0.1))
    assert not gray.has_color
    assert gray.notes == ()
    assert colored.has_color
    assert any("luma alone" in note for note in colored.notes)


@pytest.mark.parametrize("name", ["gbrp10le", "yuv422p10le", "yuv444p16le"])
def test_chroma_noise_of_two_codes_is_no_color(name, tmp_path):
    info = info_of(write_bar_film(tmp_path / "a.mkv", 4, codec="ffv1", pixel_format=name, chroma=1.5 / 255))
    assert not info.has_color


class Panned:
    """A texture that moves three pixels a field: each frame's two fields, and what progressive film makes of them."""

    def __init__(self, *, width: int = 352, height: int = 288, noise: float = 0.02) -> None:
        rng = np.random.default_rng(3)
        rough = np.kron(rng.random((height // 8, width // 2)), np.ones((8, 8)))
        self._wall = np.clip(rough * 0.6 + 0.2 + rng.normal(0, noise, rough.shape), 0, 1)
        self._width = width

    def field(self, time: int) -> np.ndarray:
        return self._wall[:, time * 3 : time * 3 + self._width]

    def progressive(self, number: int) -> np.ndarray:
        return self.field(2 * number)

    def interlaced(self, number: int) -> np.ndarray:
        return self._woven(self.field(2 * number), self.field(2 * number + 1))

    def pulled_down(self, number: int) -> np.ndarray:
        """24 frames a second in 60 fields: of five frames two are combed."""
        shown = [0, 0, 1, 1, 1, 2, 2, 3, 3, 3]
        first, second = (self.progressive(f // 10 * 4 + shown[f % 10]) for f in (2 * number, 2 * number + 1))
        return self._woven(first, second)

    @staticmethod
    def _woven(even: np.ndarray, odd: np.ndarray) -> np.ndarray:
        woven = even.copy()
        woven[1::2] = odd[1::2]
        return woven


def panned(path, how: str, *, options: dict[str, str] | None = None, **more):
    pan = Panned(**more)
    quality = {"crf": "20"} | (options or {})
    return write_bar_film(path, 30, width=352, height=288, picture=getattr(pan, how), options=quality)


@pytest.mark.parametrize("how", ["interlaced", "pulled_down"])
def test_combed_film_is_recognised_without_its_flags(how, tmp_path):
    info = info_of(panned(tmp_path / "a.mp4", how))
    assert info.interlaced
    assert any("combed" in note for note in info.notes)


def test_flagged_film_is_interlaced(tmp_path):
    info = info_of(panned(tmp_path / "a.mp4", "interlaced", options={"x264-params": "tff=1"}))
    assert info.interlaced
    assert any("flagged as interlaced: deinterlace" in note for note in info.notes)


def test_progressive_film_with_interlaced_flags_is_told_apart(tmp_path):
    info = info_of(panned(tmp_path / "a.mp4", "progressive", options={"x264-params": "tff=1"}))
    assert info.interlaced
    assert any("no combing was seen" in note for note in info.notes)


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
def test_progressive_film_is_not_taken_for_interlaced(noise, tmp_path):
    assert not info_of(panned(tmp_path / "a.mp4", "progressive", noise=noise)).interlaced


def test_interlaced_pictures_in_a_sequence_are_recognised(tmp_path):
    from tests.films import write_bar_sequence

    write_bar_sequence(tmp_path, 8, picture=Panned().interlaced)
    assert info_of(tmp_path).interlaced


def test_fine_still_lines_and_noise_are_no_combing():
    rng = np.random.default_rng(0)
    lines = np.zeros((128, 160), np.uint8)
    lines[::2] = 200
    assert combed_share(lines, lines, depth=8) is None
    noise, other = rng.integers(0, 256, (2, 128, 160)).astype(np.uint8)
    assert combed_share(noise, other, depth=8) == 0
    assert combed_share(lines, noise, depth=8) > 0.9, "the same lines, when they have just come, do count"


def test_real_films_are_progressive_and_black_and_white_where_they_are(shared):
    girl = info_of(shared / "data/legacy/his-girl-friday-1940.mp4")
    street = info_of(shared / "data/legacy/a_trip_down_market_street_before_the_fire")
    assert not girl.interlaced and not girl.has_color
    assert not street.interlaced and not street.has_color
    assert street.frames == 60


def test_the_shared_films_are_what_their_notes_say(shared):
    media = shared / "data/media"
    hevc = info_of(media / "hevc-10bit-vfr.mp4")
    assert (hevc.vfr, hevc.bit_depth, hevc.matrix, hevc.transfer) == (True, 10, "bt2020nc", "smpte2084")
    odd = info_of(media / "odd-161x121.webm")
    assert (odd.width, odd.height, odd.vfr, odd.frames) == (161, 121, False, 30)
    turned = info_of(media / "rotated.mp4")
    assert (turned.rotation, turned.rate, turned.width) == (-90, Fraction(24000, 1001), 1280)
    assert info_of(media / "vfr-traffic.mp4").vfr


def test_times_are_counted_by_the_decoder_not_the_header(shared):
    """80 packets of VP9 hold 72 pictures."""
    with av.open(str(shared / "data/media/vp9-10bit.webm")) as container:
        packets = sum(1 for packet in container.demux(video=0) if packet.size)
    assert packets == 80
    assert info_of(shared / "data/media/vp9-10bit.webm").frames == 72
