"""Only chroma changes: Y planes of film and export, decoded and compared frame by frame."""

import numpy as np
import pytest

from tcvc_studio.color.ycbcr import recode_luma
from tcvc_studio.media.encode import create_encoder
from tcvc_studio.media.film import open_film
from tcvc_studio.media.info import Picture
from tests.e2e.films import chroma_of, luma_of, moving, write_film, write_sequence, write_still

FORMATS = [
    ("yuv420p", False),
    ("yuv420p", True),
    ("yuv422p", False),
    ("yuv422p", True),
    ("yuv420p10le", False),
    ("yuv420p10le", True),
    ("yuv422p10le", False),
    ("yuv422p10le", True),
    ("yuv444p12le", False),
    ("gray", False),
    ("gray16le", True),
]


def extremes(number: int) -> np.ndarray:
    """Luma from black to white in every picture, with noise in its lowest bits."""
    y, x = np.mgrid[0:64, 0:96] / np.array([64, 96])[:, None, None]
    noise = np.random.default_rng(number).random((64, 96))
    return np.clip((x + 0.3 * np.sin(6 * y + number / 5)) * 1.1 - 0.05 + 0.02 * noise, 0, 1)


@pytest.mark.parametrize(("pixels", "full"), FORMATS)
def test_luma_is_untouched_through_ffv1(pixels, full, tmp_path, colorize):
    film = write_film(tmp_path / "film.mkv", 20, picture=extremes, pixel_format=pixels, full=full)
    facts = colorize(film, tmp_path / "out.mkv")
    assert facts["files"][0]["range"] == ("full" if full else "limited")
    before, after = luma_of(film), luma_of(tmp_path / "out.mkv")
    assert before.dtype == after.dtype and before.shape == (20, 64, 96)
    assert len(np.unique(before)) > 200, "the film has all kinds of luma"
    assert np.abs(before.astype(np.int64) - after).max() == 0
    chroma = chroma_of(tmp_path / "out.mkv")
    assert chroma.std() > 4, "and color was put to it"


def test_luma_is_untouched_where_frames_depend_on_each_other(tmp_path, colorize):
    """A film coded with B-frames: what comes out is what its decoder shows."""
    film = write_film(tmp_path / "film.mp4", 30, options={"bf": "3", "crf": "20"})
    colorize(film, tmp_path / "out.mkv")
    assert np.array_equal(luma_of(film), luma_of(tmp_path / "out.mkv"))


def test_luma_of_pictures_is_untouched(tmp_path, colorize):
    write_sequence(tmp_path / "reel", 5)
    colorize(tmp_path / "reel", tmp_path / "out.mkv")
    with open_film(tmp_path / "reel") as film:
        before = np.stack([frame.luma for frame in film.frames()])
    assert np.array_equal(before, luma_of(tmp_path / "out.mkv"))


@pytest.mark.parametrize(
    ("name", "codec", "share"), [("a.mov", "prores-hq", 1), ("a.mov", "prores-422", 1), ("a.mp4", "h264", 1.05)]
)
def test_lossy_codecs_lose_luma_as_they_do_of_a_gray_film(name, codec, share, tmp_path, colorize):
    """The same film without color, same settings, is the measure: color takes nothing from luma in ProRes, and next
    to nothing in H.264."""
    path = write_film(tmp_path / "film.mkv", 24)
    stills = write_still(tmp_path / "stills", 0, moving()(0)).parent
    colorize(path, tmp_path / name, "--codec", codec, "--anchor-stills", stills)
    with open_film(path) as film:
        source = film.info.format
        with create_encoder(tmp_path / f"gray-{name}", codec, film.info, count=24) as encoder:
            target = encoder.format
            given = [recode_luma(frame.luma, source, target) for frame in film.frames()]
            neutral = np.full(target.chroma_size(64, 96), 2 ** (target.depth - 1), given[0].dtype)
            for number, luma in enumerate(given):
                encoder.write(Picture(luma, neutral, neutral), number)
            encoder.finish()
    given = np.stack(given).astype(np.float64)
    colored, gray = (luma_of(tmp_path / n) - given for n in (name, f"gray-{name}"))
    assert abs(colored.mean() - gray.mean()) < 0.05
    assert np.abs(colored).mean() <= share * np.abs(gray).mean() + 0.001
