"""What a film says of itself goes into its export: times, time code, tags, shape."""

import re
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.codecs import target_format
from tcvc_studio.media.encode import check_export, create_encoder
from tcvc_studio.media.encode_matroska import PLACEHOLDER, state_aspect
from tcvc_studio.media.encode_tags import ColorTags
from tcvc_studio.media.encode_times import export_times
from tcvc_studio.media.verify import verify_export
from tests.unit.media.writing import decoded, film, film_of, pictures, write

PAL = {
    "width": 720, "height": 576, "rate": Fraction(25), "time_base": Fraction(1, 25), "sar": Fraction(16, 15),
    "matrix": "bt470bg", "primaries": "bt470bg", "transfer": "smpte170m", "timecode": "10:00:00:00", "rotation": 90,
    "format": PlaneFormat(10, "limited", "bt601", (2, 1)),
}  # fmt: skip
NTSC = {
    "width": 64, "height": 48, "rate": Fraction(30000, 1001), "time_base": Fraction(1001, 30000),
    "sar": Fraction(12, 11), "matrix": "smpte170m", "primaries": "smpte170m", "transfer": "smpte170m",
    "timecode": "00:59:59;28", "format": PlaneFormat(10, "limited", "bt601", (2, 1)),
}  # fmt: skip
FILES = [
    ("out.mov", "prores-hq", {}),
    ("out.mov", "prores-422", {"fast": True}),
    ("out.mkv", "prores-4444", {}),
    ("out.mp4", "h264", {}),
    ("out.mov", "h264", {"depth": 10}),
    ("out.mkv", "h264", {}),
    ("out.mp4", "h265", {}),
    ("out.mkv", "ffv1", {}),
]


def export(path, codec, info, *, first=0, count=None, **options):
    count = info.frames - first if count is None else count
    target = target_format(codec, info, options.get("depth"))
    few = pictures(target, info, min(count, 3))
    encoder = write(path, codec, info, [few[i % len(few)] for i in range(count)], first=first, **options)
    kept = {key: options[key] for key in ("depth", "audio") if key in options}
    return encoder, verify_export(path, info, codec=codec, first=first, count=count, **kept)


@pytest.mark.parametrize(("name", "codec", "options"), FILES)
def test_everything_is_carried_over(tmp_path, name, codec, options):
    info = film(**PAL, frames=3)
    encoder, report = export(tmp_path / name, codec, info, **options)
    assert report.differences == () and report.ok and encoder.notes == ()
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        assert (frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 5, 5, 6)
        assert stream.average_rate == 25
        assert stream.sample_aspect_ratio == Fraction(16, 15)
        assert frame.rotation == 90
        where = container.metadata if name.endswith(".mkv") else stream.metadata
        assert where["TIMECODE" if name.endswith(".mkv") else "timecode"] == "10:00:00:00"


@pytest.mark.parametrize(("name", "codec", "options"), FILES)
def test_a_range_moves_the_drop_frame_time_code(tmp_path, name, codec, options):
    _, report = export(tmp_path / name, codec, film(**NTSC), first=2, count=4, **options)
    assert report.ok, report.differences
    assert report.timecode == "01:00:00;00"
    assert report.rate == Fraction(30000, 1001)
    assert report.sar == Fraction(12, 11)


@pytest.mark.parametrize("rate", ["24000/1001", "24", "60000/1001", "50", "18"])
@pytest.mark.parametrize("name", ["out.mov", "out.mp4"])
def test_rates_are_exact(tmp_path, rate, name):
    rate = Fraction(rate)
    info = film(rate=rate, time_base=1 / rate, frames=50)
    export(tmp_path / name, "h264", info)
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == rate
        times = sorted(packet.pts * stream.time_base for packet in container.demux(stream) if packet.size)
        assert times == [number / rate for number in range(50)]
        assert stream.duration * stream.time_base == 50 / rate


def test_full_range_stays_full(tmp_path):
    info = film(format=PlaneFormat(8, "full", "bt709", (2, 2)))
    for name, codec in (("a.mp4", "h264"), ("a.mp4", "h265"), ("a.mkv", "ffv1")):
        _, report = export(tmp_path / name, codec, info)
        assert report.ok and report.range == "full"
    _, report = export(tmp_path / "a.mov", "prores-hq", info)
    assert report.ok and report.range == "limited"


@pytest.mark.parametrize(("changes", "matrix"), [
    ({"height": 48, "format": PlaneFormat(8, "limited", "bt601", (2, 2))}, "smpte170m"),
    ({"width": 96, "height": 576, "format": PlaneFormat(8, "limited", "bt601", (2, 2))}, "bt470bg"),
    ({"format": PlaneFormat(8, "limited", "bt709", (2, 2))}, "bt709"),
    ({"format": PlaneFormat(8, "limited", "bt2020", (2, 2)), "matrix": "bt2020c"}, "bt2020nc"),
    ({"format": PlaneFormat(8, "full", "bt709", (1, 1)), "matrix": "gbr", "pixel_format": "gbrp"}, "bt709"),
])
def test_the_matrix_used_is_stated_and_the_rest_left_open(tmp_path, changes, matrix):
    info = film(**({"matrix": "unspecified"} | changes), primaries="unspecified", transfer="unspecified")
    for name, codec, fast in (("a.mov", "prores-hq", False), ("b.mov", "prores-hq", True), ("c.mp4", "h264", False)):
        _, report = export(tmp_path / name, codec, info, fast=fast)
        assert (report.matrix, report.primaries, report.transfer) == (matrix, "unspecified", "unspecified")
        assert report.ok


@pytest.mark.parametrize("siting", ["left", "center", "topleft"])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "h264"), ("a.mp4", "h265"), ("a.mkv", "ffv1")])
def test_chroma_siting_is_written(tmp_path, name, codec, siting):
    export(tmp_path / name, codec, film(format=PlaneFormat(8, "limited", "bt709", (2, 2), siting), frames=2))
    graph = av.filter.Graph()
    frame = next(decoded(tmp_path / name))
    source = graph.add_buffer(width=64, height=48, format=frame.format, time_base=Fraction(1, 24))
    show, sink = graph.add("showinfo"), graph.add("buffersink")
    source.link_to(show)
    show.link_to(sink)
    av.logging.set_level(av.logging.INFO)
    try:
        with av.logging.Capture() as lines:
            graph.configure()
            graph.push(frame)
            graph.pull()
    finally:
        av.logging.set_level(None)
    assert re.findall(r"\bcl:(\w+)", "".join(text for _, _, text in lines)) == [siting]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "h264"), ("a.mp4", "h265"), ("a.mov", "prores-hq"), ("a.mkv", "h265")]
)
def test_films_of_a_few_frames(tmp_path, name, codec):
    for count in (1, 2, 3, 4, 5):
        _, report = export(tmp_path / name, codec, film(frames=count))
        assert report.ok, report.differences
        assert len(list(decoded(tmp_path / name))) == count


def uneven(base, frames=40):
    """Times of a film whose frames last one to five ticks of 1/60 s, in a time base."""
    random = np.random.default_rng(5)
    ticks = np.concatenate([[0], np.cumsum(random.integers(1, 6, frames - 1))])
    return (ticks * int(1 / (60 * base))).astype(np.int64)


@pytest.mark.parametrize("span", [(0, 40), (7, 21)])
@pytest.mark.parametrize(("name", "codec", "base"), [
    ("a.mov", "prores-hq", Fraction(1, 90000)),
    ("a.mov", "h264", Fraction(1, 90000)),
    ("a.mp4", "h265", Fraction(1, 600)),
    ("a.mp4", "h264", Fraction(1, 15360)),
    ("a.mkv", "ffv1", Fraction(1, 90000)),
    ("a.mkv", "h264", Fraction(1, 60)),
])
def test_uneven_times_stay(tmp_path, monkeypatch, name, codec, base, span):
    from tcvc_studio.media import encode_container, verify

    for module in (encode_container, verify):
        monkeypatch.setattr(module, "last_duration", lambda info: Fraction(7, 60))
    first, stop = span
    times = uneven(base) + int(Fraction(1, 2) / base)
    info = film(frames=40, pts=times, time_base=base, vfr=True, rate=Fraction(20), timecode="01:00:00:00")
    encoder, report = export(tmp_path / name, codec, info, first=first, count=stop - first)
    assert report.ok, report.differences
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        shown = sorted(packet.pts * stream.time_base for packet in container.demux(stream) if packet.size)
    wanted = [int(time - times[first]) * base for time in times[first:stop]]
    if name.endswith(".mkv"):
        assert max(abs(a - b) for a, b in zip(shown, wanted, strict=True)) <= Fraction(1, 2000)
        assert any("millisecond" in note for note in encoder.notes)
        assert ("keep them" in encoder.notes[0]) == (codec == "h264")
    else:
        assert shown == wanted and encoder.notes == ()
        lasts = Fraction(7, 60) if stop == 40 else int(times[stop] - times[stop - 1]) * base
        assert abs(report.seconds - wanted[-1] - lasts) <= Fraction(1, 90000)
    if first:
        passed = round(int(times[first] - times[0]) * base * 20)
        assert report.timecode == f"01:00:{passed // 20:02d}:{passed % 20:02d}"


def test_real_films_of_uneven_times(tmp_path, shared):
    for name in ("vfr-traffic.mp4", "hevc-10bit-vfr.mp4"):
        info = film_of(shared / "data" / "media" / name, width=64, height=48, vfr=True)
        _, report = export(tmp_path / "out.mov", "h264", info)
        assert report.ok, report.differences
        with av.open(str(tmp_path / "out.mov")) as container:
            stream = container.streams.video[0]
            shown = sorted(packet.pts * stream.time_base for packet in container.demux(stream) if packet.size)
        assert shown == [int(time) * info.time_base for time in info.pts]


def test_a_picture_that_begins_after_the_sound_keeps_its_distance():
    info = film(pts=np.arange(8) * 1001 + 1301, time_base=Fraction(1, 24000), rate=Fraction(24000, 1001))
    late = {"first": 0, "count": 8, "last_duration": Fraction(1001, 24000)}
    times = export_times(info, **late, sound_starts=[Fraction(0), Fraction(3)])
    assert times.pts(0) * times.time_base == Fraction(1301, 24000)
    assert [times.pts(i) - times.pts(0) for i in range(3)] == [0, times.step, 2 * times.step]
    assert times.step * times.time_base == Fraction(1001, 24000)
    assert times.window == (None, None)
    odd = export_times(info, **late, sound_starts=[Fraction(1, 44100)])
    assert abs(odd.pts(0) * odd.time_base - (Fraction(1301, 24000) - Fraction(1, 44100))) < Fraction(1, 500_000)
    assert odd.step * odd.time_base == Fraction(1001, 24000)
    early = export_times(info, **late, sound_starts=[Fraction(1)])
    assert early.pts(0) == 0 and early.origin == Fraction(1301, 24000)
    part = export_times(info, first=2, count=3, sound_starts=[Fraction(0)], last_duration=Fraction(1, 24))
    assert part.pts(0) == 0
    assert part.window == (Fraction(1301 + 2002, 24000), Fraction(1301 + 5005, 24000))


def test_a_time_code_that_is_none_is_left_out_and_told(tmp_path):
    info = film(timecode="00:00:00;00")
    encoder, report = export(tmp_path / "a.mov", "prores-hq", info)
    assert report.ok and report.timecode is None
    assert any("time code was left out" in note and "29.97" in note for note in encoder.notes)


def test_verification_finds_what_differs(tmp_path):
    info = film(timecode="01:00:00:00", sar=Fraction(4, 3), rate=Fraction(25), time_base=Fraction(1, 25))
    path = tmp_path / "a.mov"
    export(path, "prores-hq", info)
    wrong = film(timecode="01:00:00:01", sar=Fraction(1), rate=Fraction(24), rotation=180, primaries="bt2020", frames=9)
    found = " ".join(verify_export(path, wrong, codec="prores-hq", count=9).differences)
    for word in ("frames should be 9 and is 8", "time code", "aspect", "rate", "rotation", "primaries", "duration"):
        assert word in found
    assert verify_export(path, info, codec="prores-hq", count=8).ok
    with pytest.raises(StudioError, match="not a film"):
        (tmp_path / "b.mov").write_bytes(b"nothing like a film")
        verify_export(tmp_path / "b.mov", info, codec="prores-hq", count=8)


def test_tags_have_the_numbers_of_h273():
    tags = ColorTags(1, 9, 9, 16)
    assert (tags.range_name, tags.matrix_name, tags.primaries_name, tags.transfer_name) == (
        "limited", "bt2020nc", "bt2020", "smpte2084")  # fmt: skip
    frame = av.VideoFrame(16, 16, "yuv420p")
    frame.colorspace = frame.color_primaries = frame.color_trc = 3  # reserved
    assert ColorTags.of(frame).matrix_name == "unspecified"


@pytest.mark.parametrize(("name", "codec", "options", "says"), [
    ("a.avi", "prores-hq", {}, "a.mov"),
    ("a.mp4", "prores-hq", {}, "not into .mp4"),
    ("a", "h264", {}, "a.mp4"),
    ("a.mov", "ffv1", {}, ".mkv"),
    ("a.mov", "prores-hq", {"quality": 3}, "no quality"),
    ("a.mp4", "h264", {"quality": 60}, "0, the best"),
    ("a.mp4", "h264", {"depth": 12}, "8 or 10"),
    ("a.mp4", "dnxhd", {}, "no codec"),
    ("a.mp4", "h264", {"first": 6, "count": 4}, "0 to 7"),
    ("a.mp4", "h264", {"count": 0}, "0 to 7"),
    ("no-folder/a.mp4", "h264", {}, "does not exist"),
    (".", "h264", {}, "ending"),
])
def test_what_cannot_be_written_is_refused_at_once(tmp_path, name, codec, options, says):
    for attempt in (create_encoder, check_export):
        with pytest.raises(StudioError, match=re.escape(says)):
            attempt(tmp_path / name, codec, film(), **({"count": 2} | options))
    assert list(tmp_path.iterdir()) == []


def test_quality_is_heeded(tmp_path):
    info = film(width=256, height=192)
    sizes = []
    for quality in (10, 40):
        export(tmp_path / "a.mp4", "h264", info, quality=quality)
        sizes.append((tmp_path / "a.mp4").stat().st_size)
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize(("sar", "shown"), [
    (Fraction(16, 15), (768, 576, 0)),
    (Fraction(64, 45), (1024, 576, 0)),
    (Fraction(12, 11), (15, 11, 3)),
    (Fraction(128, 117), (160, 117, 3)),
])  # fmt: skip
@pytest.mark.parametrize("codec", ["ffv1", "prores-hq"])
def test_mkv_is_told_its_aspect_ratio(tmp_path, codec, sar, shown):
    """The display size of RFC 9559: in pixels where whole, else as a ratio; and the checksum covers it."""
    info = film(width=720, height=576, sar=sar, frames=2)
    _, report = export(tmp_path / "a.mkv", codec, info)
    assert report.ok and report.sar == sar
    data = (tmp_path / "a.mkv").read_bytes()
    assert PLACEHOLDER.encode() not in data
    at = data.index(b"\x16\x54\xae\x6b", data.index(b"\x15\x49\xa9\x66", 200))
    width = 9 - data[at + 4].bit_length()
    size = int.from_bytes(data[at + 4 : at + 4 + width], "big") & (1 << 7 * width) - 1
    tracks = data[at + 4 + width : at + 4 + width + size]
    assert tracks[:2] == b"\xbf\x84" and zlib.crc32(tracks[6:]) == int.from_bytes(tracks[2:6], "little")
    found = []
    for name in (b"\x54\xb0", b"\x54\xba", b"\x54\xb2"):
        (begin,) = [match.end() for match in re.finditer(re.escape(name), tracks)]
        found.append(int.from_bytes(tracks[begin + 1 : begin + 1 + (tracks[begin] & 0x7F)], "big"))
    assert tuple(found) == shown


def test_an_mkv_of_another_making_is_left_alone(tmp_path):
    export(tmp_path / "a.mkv", "ffv1", film())
    before = (tmp_path / "a.mkv").read_bytes()
    for path in (tmp_path / "a.mkv", tmp_path / "b.mkv"):
        (tmp_path / "b.mkv").write_bytes(b"not an mkv at all")
        if path.name == "b.mkv":
            with pytest.raises(StudioError, match="aspect ratio could not"):
                state_aspect(path, 64, 48, Fraction(4, 3))
        else:
            state_aspect(path, 64, 48, Fraction(4, 3))
    assert (tmp_path / "a.mkv").read_bytes() == before
