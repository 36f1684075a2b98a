"""Sound goes over packet by packet: the same bytes, at the same distance from the picture."""

from fractions import Fraction
from itertools import pairwise

import av
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.media import audio, audio_trial
from tcvc_studio.media.audio import SoundCopy, digest_sound
from tcvc_studio.media.codecs import target_format
from tcvc_studio.media.encode import check_export, create_encoder
from tcvc_studio.media.verify import verify_export
from tests.unit.media.writing import film_of, film_with_sound, left_over, pictures, sound_of, write


def export(path, info, *, codec="h264", first=0, count=None, **options):
    count = info.frames - first if count is None else count
    few = pictures(target_format(codec, info), info, 2)
    encoder = write(path, codec, info, [few[i % 2] for i in range(count)], first=first, **options)
    assert all("subtitles" in note for note in encoder.notes)
    return verify_export(path, info, codec=codec, first=first, count=count, audio=options.get("audio", True))


def packets_of(path, index):
    """(begin in seconds, bytes) of each packet of a file's sound stream."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[index]
        return [(p.pts * p.time_base, bytes(p)) for p in container.demux(stream) if p.size]


@pytest.fixture
def two(shared):
    """A film with two AAC streams of 8 and 16 kHz among six, each primed by one packet that an edit list takes out."""
    return film_of(shared / "data" / "media" / "two-audio-nasa.mp4", width=64, height=48)


@pytest.mark.parametrize("name", ["out.mov", "out.mp4", "out.mkv"])
def test_two_streams_are_copied_to_the_bit(tmp_path, two, name):
    report = export(tmp_path / name, two)
    assert report.ok, report.differences
    assert sound_of(tmp_path / name) == sound_of(two.path)
    assert [stream.packets for stream in report.sound] == [103, 205]
    with av.open(str(tmp_path / name)) as container:
        assert [stream.metadata["language"] for stream in container.streams.audio] == ["eng", "eng"]
        assert [int(stream.disposition) & 1 for stream in container.streams.audio] == [1, 1]


@pytest.mark.parametrize("name", ["out.mov", "out.mp4"])
def test_priming_and_edit_lists_stay(tmp_path, two, name):
    """Starts, durations and what a player leaves out are those of the source, to the sample."""
    export(tmp_path / name, two)
    with av.open(str(two.path)) as source, av.open(str(tmp_path / name)) as copy:
        for theirs, ours in zip(source.streams.audio, copy.streams.audio, strict=True):
            assert ours.start_time * ours.time_base == theirs.start_time * theirs.time_base == 0
            assert ours.duration * ours.time_base == theirs.duration * theirs.time_base
            first, = [next(iter(c.demux(s))) for c, s in ((copy, ours),)]
            assert first.pts * first.time_base == Fraction(-1024, theirs.rate)
            assert first.is_discard and first.has_sidedata("skip_samples")
            copy.seek(0)
        assert copy.streams.video[0].start_time == 0


@pytest.mark.parametrize("name", ["out.mov", "out.mkv"])
def test_a_range_takes_its_packets_along(tmp_path, two, name):
    report = export(tmp_path / name, two, first=100, count=50)
    assert report.ok, report.differences
    begin, end = 4, 6
    for index in range(2):
        whole = packets_of(two.path, index)
        length = whole[2][0] - whole[1][0]
        reach = length if name.endswith(".mov") else 0
        wanted = [(time, data) for time, data in whole if begin < time + reach and time < end and time + length > begin]
        if not reach:
            wanted = [(time, data) for time, data in wanted if time >= begin]
        copied = packets_of(tmp_path / name, index)
        assert [data for _, data in copied] == [data for _, data in wanted]
        for (ours, _), (theirs, _) in zip(copied, wanted, strict=True):
            assert abs(ours - (theirs - begin)) <= Fraction(1, 1000)
    with av.open(str(tmp_path / name)) as container:
        assert container.streams.video[0].start_time == 0


def test_the_last_range_runs_to_the_end_of_the_sound(tmp_path, two):
    export(tmp_path / "out.mov", two, first=300)
    for index in range(2):
        assert packets_of(tmp_path / "out.mov", index)[-1][1] == packets_of(two.path, index)[-1][1]


@pytest.mark.parametrize(("codec", "suffixes"), [
    ("eac3", (".mov", ".mkv", ".mp4")),
    ("mp2", (".mov", ".mkv", ".mp4")),
    ("pcm_s16le", (".mov", ".mkv", ".mp4")),
    ("pcm_s24be", (".mov", ".mkv", ".mp4")),
    ("flac", (".mkv", ".mp4")),
    ("ac3", (".mov", ".mkv", ".mp4")),
    ("libmp3lame", (".mov", ".mkv", ".mp4")),
    ("libopus", (".mkv", ".mp4")),
    ("alac", (".mov", ".mkv", ".mp4")),
])
def test_other_codecs(tmp_path, codec, suffixes):
    """From mov where it can be, else from mkv, whose times are blurred to milliseconds."""
    source = tmp_path / ("film.mov" if codec.startswith(("pcm", "alac")) else "film.mkv")
    info = film_with_sound(source, [codec, codec])
    for suffix in suffixes:
        report = export(tmp_path / f"out{suffix}", info)
        assert report.ok, (suffix, report.differences)
        assert sound_of(tmp_path / f"out{suffix}") == sound_of(source)


def test_several_codecs_and_languages(tmp_path):
    info = film_with_sound(tmp_path / "film.mkv", ["aac", "pcm_s16le", "ac3"])
    for name, languages in (("out.mov", ["eng", "ger", "fra"]), ("out.mkv", ["eng", "deu", "fra"])):
        assert export(tmp_path / name, info, codec="prores-hq").ok
        assert sound_of(tmp_path / name) == sound_of(info.path)
        with av.open(str(tmp_path / name)) as container:
            assert [s.metadata["language"] for s in container.streams.audio] == languages


def test_times_blurred_by_mkv_are_sharpened(tmp_path):
    info = film_with_sound(tmp_path / "film.mkv", ["libmp3lame"], seconds=3)
    export(tmp_path / "out.mov", info)
    times = [time for time, _ in packets_of(tmp_path / "out.mov", 0)]
    steps = {b - a for a, b in pairwise(times[1:])}
    assert steps == {Fraction(1152, 48000)}


def test_adts_frames_lose_their_headers_and_nothing_else(tmp_path):
    info = film_with_sound(tmp_path / "film.ts", ["aac"])
    report = export(tmp_path / "out.mp4", info)
    assert report.ok, report.differences
    with av.open(str(tmp_path / "out.mp4")) as copy, av.open(str(info.path)) as source:
        decoded = [
            [frame.to_ndarray().tobytes() for frame in container.decode(audio=0)] for container in (copy, source)
        ]
    assert decoded[0] == decoded[1]


@pytest.mark.parametrize(("frames", "seconds"), [(24, 3.0), (72, 1.0)])
@pytest.mark.parametrize("name", ["out.mov", "out.mkv"])
def test_neither_sound_nor_picture_is_cut_to_the_shorter(tmp_path, frames, seconds, name):
    info = film_with_sound(tmp_path / "film.mov", ["pcm_s16le"], frames=frames, seconds=seconds)
    report = export(tmp_path / name, info)
    assert report.ok and report.frames == frames
    assert sound_of(tmp_path / name) == sound_of(info.path)


@pytest.mark.parametrize("name", ["out.mov", "out.mp4", "out.mkv"])
def test_a_picture_that_begins_late_stays_late(tmp_path, name):
    info = film_with_sound(tmp_path / "film.mkv", ["ac3"], delay=5)
    assert int(info.pts[0]) * info.time_base == Fraction(208, 1000)
    report = export(tmp_path / name, info)
    assert report.ok, report.differences
    with av.open(str(tmp_path / name)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        video, sound = (s.start_time * s.time_base for s in (video, sound))
        assert abs(video - sound - Fraction(208, 1000)) <= Fraction(6, 1000)


@pytest.mark.parametrize("codec", ["vorbis", "libopus", "flac"])
def test_a_container_that_cannot_hold_the_sound_is_refused(tmp_path, codec):
    info = film_with_sound(tmp_path / "film.mkv", [codec])
    for attempt in (create_encoder, check_export):
        with pytest.raises(StudioError, match=r"write a \.mkv file, or leave the sound out"):
            attempt(tmp_path / "out.mov", "prores-hq", info, count=info.frames)
    assert left_over(tmp_path) == ["film.mkv"]
    check_export(tmp_path / "out.mkv", "prores-hq", info, count=info.frames)
    check_export(tmp_path / "out.mov", "prores-hq", info, count=info.frames, audio=False)


def test_pcm_from_mkv_goes_into_mp4_with_its_channels_named(tmp_path):
    """mkv does not name the layout of PCM, and mp4 cannot be completed without."""
    info = film_with_sound(tmp_path / "film.mkv", ["pcm_s16le", "aac"])
    assert info.audio[0].layout == "2 channels"
    assert export(tmp_path / "out.mp4", info).ok
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].layout.name == "stereo"


def test_what_only_shows_at_the_end_of_a_file_is_refused_at_its_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr(audio_trial, "copied_stream", lambda container, template: (
        container.add_stream_from_template(template)))
    info = film_with_sound(tmp_path / "film.mkv", ["pcm_s16le"])
    with pytest.raises(StudioError, match=r"A \.mp4 file cannot hold .* write a \.mov file"):
        check_export(tmp_path / "out.mp4", "h264", info, count=2)


def test_sound_can_be_left_out(tmp_path):
    info = film_with_sound(tmp_path / "film.mkv", ["vorbis"])
    report = export(tmp_path / "out.mov", info, codec="prores-hq", audio=False)
    assert report.ok and report.sound == ()


def test_verification_hears_a_missing_or_changed_stream(tmp_path):
    info = film_with_sound(tmp_path / "film.mov", ["pcm_s16le", "alac"])
    other = film_with_sound(tmp_path / "other.mov", ["pcm_s16le", "alac"], seconds=0.5)
    export(tmp_path / "out.mov", other)
    report = verify_export(tmp_path / "out.mov", info, codec="h264", count=info.frames)
    assert len(report.differences) == 2 and "Sound stream 1 differs" in report.differences[0]
    export(tmp_path / "out.mov", info, audio=False)
    report = verify_export(tmp_path / "out.mov", info, codec="h264", count=info.frames)
    assert report.differences == ("The number of sound streams should be 2 and is 0.",)


def test_a_film_that_lost_its_sound_is_told(tmp_path):
    info = film_with_sound(tmp_path / "film.mkv", ["ac3"])
    film_with_sound(tmp_path / "film.mkv", [])
    with pytest.raises(StudioError, match="open the film again"):
        create_encoder(tmp_path / "out.mov", "h264", info, count=2)
    info.path.unlink()
    with pytest.raises(StudioError, match="no film at"):
        create_encoder(tmp_path / "out.mov", "h264", info, count=2)
    assert left_over(tmp_path) == []


def test_sound_is_interleaved_and_not_held(tmp_path, monkeypatch):
    """Packets lie in the file beside the pictures they belong to, and few are ever held back."""
    held = []
    write_one = SoundCopy._write
    monkeypatch.setattr(
        SoundCopy, "_write", lambda self, index, packet: (held.append(self._held), write_one(self, index, packet))
    )
    info = film_with_sound(tmp_path / "film.mkv", ["pcm_s16le", "pcm_s16le"], frames=240, seconds=10)
    export(tmp_path / "out.mov", info, codec="prores-hq")
    assert max(held) < 100_000 < sum(map(len, sound_of(info.path)))
    with av.open(str(tmp_path / "out.mov")) as container:
        order = sorted((p.pos, p.pts * p.time_base) for p in container.demux() if p.size and p.pos is not None)
    times = [time for _, time in order]
    assert max(max(times[: i + 1]) - time for i, time in enumerate(times)) < 1.2


def test_a_stream_far_from_the_others_is_held_no_longer_than_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "_HELD", 20_000)
    info = film_with_sound(tmp_path / "film.mkv", ["pcm_s16le", "pcm_s16le"], frames=48, seconds=2)
    assert export(tmp_path / "out.mov", info).ok
    assert sound_of(tmp_path / "out.mov") == sound_of(info.path)


def test_digest_counts_what_there_is(tmp_path):
    info = film_with_sound(tmp_path / "film.mov", ["pcm_s16le"])
    (digest,) = digest_sound(info.path)
    (data,) = sound_of(info.path)
    assert (digest.bytes, digest.codec, digest.begins) == (len(data), "pcm_s16le", 0)
    assert digest.ends == Fraction(46 * 1024, 48000)
    (part,) = digest_sound(info.path, window=(Fraction(1, 4), Fraction(1, 2)))
    assert 0 < part.bytes < digest.bytes and part.begins <= Fraction(1, 4) < Fraction(1, 2) <= part.ends
