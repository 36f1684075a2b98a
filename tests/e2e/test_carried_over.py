"""What a film brings along beside its luma: sound, times, time code, orientation, numbering."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tests.e2e.conftest import run_main
from tests.e2e.films import chroma_of, luma_of, moving, names_in, write_film, write_sequence, write_still
from tests.unit.media.writing import sound_of


@pytest.mark.parametrize("name", ["out.mov", "out.mp4", "out.mkv"])
def test_sound_is_copied_bit_by_bit(name, tmp_path, colorize):
    film = write_film(tmp_path / "film.mp4", 24, audio=2)
    facts = colorize(film, tmp_path / name)
    assert facts["files"][0]["audio_streams"] == 2
    assert len(sound_of(film)) == 2 and sound_of(tmp_path / name) == sound_of(film)
    if name == "out.mov":
        assert colorize(film, tmp_path / "silent.mov", "--no-audio")["files"][0]["audio_streams"] == 0


def test_time_code_goes_on_from_the_first_frame_of_a_range(tmp_path, colorize):
    rate = Fraction(30000, 1001)
    film = write_film(tmp_path / "film.mov", 20, rate=rate, timecode="01:00:59;20")
    (file,) = colorize(film, tmp_path / "out.mov")["files"]
    assert (file["timecode"], file["rate"]) == ("01:00:59;20", "30000/1001")
    # Drop frame: minute 1 has no frames 00 and 01.
    assert colorize(film, tmp_path / "part.mp4", "--range", "10:20")["files"][0]["timecode"] == "01:01:00;02"


def test_frames_keep_their_own_times(tmp_path, colorize):
    pts = [0, 1, 2, 5, 6, 10, 11, 12, 13, 20]
    film = write_film(tmp_path / "film.mp4", 10, pts=[512 * p for p in pts], time_base=Fraction(1, 12288), rate=24)
    for name in ("out.mov", "out.mp4"):
        colorize(film, tmp_path / name)
        with av.open(str(tmp_path / name)) as container:
            times = [frame.pts * frame.time_base for frame in container.decode(video=0)]
        assert [24 * (time - times[0]) for time in times] == pts


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_turned_film_stays_turned(rotation, tmp_path, colorize):
    film = write_film(tmp_path / "film.mp4", 8, rotation=rotation)
    (file,) = colorize(film, tmp_path / "out.mov")["files"]
    assert (file["width"], file["height"], file["rotation"] % 360) == (96, 64, rotation % 360)
    colorize(film, tmp_path / "out.mkv")
    assert np.array_equal(luma_of(tmp_path / "out.mkv"), luma_of(film))


def test_the_still_of_a_turned_film_may_lie_either_way(tmp_path, colorize):
    """A still as the film is coded, and the same turned as it is shown, give the same color."""
    film = write_film(tmp_path / "film.mp4", 6, rotation=90)
    luma = luma_of(film)[0] / 255
    write_still(tmp_path / "coded", 0, luma)
    write_still(tmp_path / "shown", 0, np.rot90(luma))
    for name in ("coded", "shown"):
        colorize(film, tmp_path / f"{name}.mkv", "--anchor-stills", tmp_path / name)
    assert np.array_equal(chroma_of(tmp_path / "coded.mkv"), chroma_of(tmp_path / "shown.mkv"))
    assert (chroma_of(tmp_path / "coded.mkv")[:, 1] > 140).mean() > 0.8


@pytest.mark.parametrize("name", ["out.mov", "out.mp4", "out.mkv", "out"])
def test_odd_sizes_are_kept(name, tmp_path, colorize):
    film = write_film(tmp_path / "film.mkv", 6, width=97, height=71)
    (file,) = colorize(film, tmp_path / name, *(["--codec", "png"] if name == "out" else []))["files"]
    assert (file["width"], file["height"]) == (97, 71)
    if name == "out.mkv":
        assert np.array_equal(luma_of(tmp_path / name), luma_of(film))


def test_pixels_that_are_not_square(tmp_path, colorize):
    film = write_film(tmp_path / "film.mp4", 6, sar=Fraction(64, 45))
    for name in ("out.mov", "out.mp4", "out.mkv"):
        assert colorize(film, tmp_path / name)["files"][0]["sar"] == "64/45"


@pytest.mark.parametrize("given", ["folder", "reel.%06d.png", "reel.######.png"])
def test_pictures_keep_their_numbers(given, tmp_path, colorize):
    write_sequence(tmp_path / "reel", 9, first=95)
    source = tmp_path / "reel" if given == "folder" else tmp_path / "reel" / given
    facts = colorize(source, tmp_path / "out", "--codec", "tiff", "--range", "2:7")
    assert facts["frames"] == 5
    assert names_in(tmp_path / "out") == [f"reel.{n:06d}.tif" for n in range(97, 102)]


def test_a_pattern_for_the_output(tmp_path, colorize):
    write_sequence(tmp_path / "reel", 3, pattern="a_%04d.dpx", first=1001)
    colorize(tmp_path / "reel", tmp_path / "b_#####.png")
    assert [name for name in names_in(tmp_path) if name.startswith("b_")] == [f"b_0{n}.png" for n in (1001, 1002, 1003)]


def test_stills_of_a_sequence_are_numbered_as_its_files(tmp_path, colorize):
    write_sequence(tmp_path / "reel", 8, first=51)
    write_still(tmp_path / "stills", 55, moving()(4), digits=4)
    colorize(tmp_path / "reel", tmp_path / "out.mkv", "--anchor-stills", tmp_path / "stills")
    cr = chroma_of(tmp_path / "out.mkv")[:, 1]
    assert np.median(cr[4]) > 140


def test_the_rate_of_pictures(tmp_path, colorize):
    write_sequence(tmp_path / "reel", 4)
    assert colorize(tmp_path / "reel", tmp_path / "a.mov")["files"][0]["rate"] == "24"
    assert colorize(tmp_path / "reel", tmp_path / "b.mov", "--fps", "23.976")["files"][0]["rate"] == "24000/1001"


def test_awkward_films(shared, tmp_path, colorize):
    for name in ("rotated.mp4", "hevc-10bit-vfr.mp4", "odd-161x121.webm", "two-audio-nasa.mp4"):
        film = shared / "data" / "media" / name
        facts = run_main("info", film, "--json").facts
        stop = min(6, facts["frames"])
        audio = [] if name == "two-audio-nasa.mp4" else ["--no-audio"]
        (file,) = colorize(film, tmp_path / f"{name}.mov", "--range", f"0:{stop}", *audio)["files"]
        assert file["frames"] == stop
        assert file["audio_streams"] == (len(facts["audio"]) if not audio else 0)
