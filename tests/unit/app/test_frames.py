"""The right picture of the right frame, whatever was asked for meanwhile; color when it comes; memory bounded."""

import gc
import random
import threading
import weakref
from itertools import pairwise

import numpy as np
import pytest
import torch  # noqa: F401  Color is there at once; one test says what happens while it is being loaded.

from tcvc_studio.app.frames import FrameService
from tcvc_studio.media.film import open_film
from tests.films import draw_bars, read_bars, write_bar_film, write_bar_sequence
from tests.qt import wait_until

BOTH = ("backbone", "tcvc")


def pixels(image) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def number_in(image) -> int:
    return read_bars(pixels(image)[..., 1])


def red(layer, frame):
    """Both layers have a color everywhere, TCVC's the stronger."""
    return np.full((2, 16, 24), 20.0 if layer == "backbone" else 40.0, np.float32)


@pytest.fixture
def service(qt):
    made = FrameService()
    yield made
    made.close()


@pytest.fixture(scope="module")
def film_path(tmp_path_factory):
    return write_bar_film(tmp_path_factory.mktemp("frames") / "a.mp4", 300, gop=40, options={"bf": "2"})


@pytest.fixture
def film(film_path):
    with open_film(film_path) as opened:
        yield opened


def shown(service, frame, layer="gray", **ahead):
    if not service.request(frame, (layer,), **ahead):
        wait_until(lambda: service.picture(frame, layer) is not None)
    return service.picture(frame, layer)


def test_two_hundred_random_frames_are_the_right_ones(service, film):
    service.set_film(film)
    drawn = random.Random(4)
    for frame in (drawn.randrange(300) for _ in range(200)):
        assert number_in(shown(service, frame)) == frame


def test_scrubbing_ends_at_the_frame_asked_for_last(service, film, qt):
    service.set_film(film)
    heard = []
    service.ready.connect(heard.append)
    asked = list(range(0, 280, 7))
    for frame in asked:
        service.request(frame, BOTH)
        qt.processEvents()
    wait_until(lambda: asked[-1] in heard)
    assert number_in(service.picture(asked[-1], "tcvc")) == asked[-1]
    # Whatever was shown on the way was what it said.
    assert all(number_in(service.picture(frame, "backbone")) == frame for frame in heard)


def test_what_was_overtaken_is_not_made(service, film, qt):
    entered, go_on, asked = threading.Event(), threading.Event(), []

    def colors(layer, frame):
        asked.append(frame)
        entered.set()
        go_on.wait(10)

    service.set_film(film)
    service.set_colors(colors)
    service.request(5, ("tcvc",))
    assert entered.wait(10)
    for frame in (50, 100, 150):
        service.request(frame, ("tcvc",))
    go_on.set()
    wait_until(lambda: service.picture(150, "tcvc") is not None)
    assert asked == [5, 150]


def test_a_sequence_is_read_ahead_and_every_picture_is_the_right_one(service, tmp_path):
    with open_film(write_bar_sequence(tmp_path / "reel", 30)) as film:
        service.set_film(film)
        for frame in (*range(3, 20), 2, 28, *range(7, 12)):
            assert number_in(shown(service, frame, ahead=3)) == frame


def test_frames_ahead_are_made_without_being_asked_for(service, film):
    service.set_film(film)
    service.request(10, ("gray",), ahead=8)
    wait_until(lambda: all(service.picture(n, "gray") is not None for n in range(10, 19)))
    assert service.picture(19, "gray") is None and service.picture(9, "gray") is None
    assert service.request(14, ("gray",))


def test_frames_ahead_may_be_named_backward_and_round_a_loop(service, film):
    service.set_film(film)
    upcoming = (19, 18, 17, 40, 39, 38, -3, 9999)
    service.request(20, ("gray",), ahead=upcoming)
    wait_until(lambda: all(service.picture(n, "gray") is not None for n in (20, *upcoming[:-2])))
    assert [number_in(service.picture(n, "gray")) for n in upcoming[:-2]] == list(upcoming[:-2])


def test_a_layer_without_color_is_gray_until_color_comes(service, film):
    there = {}
    service.set_film(film)
    service.set_colors(lambda layer, frame: there.get((layer, frame)))
    shown(service, 30, "tcvc")
    assert not service.is_colored(30, "tcvc")
    gray = pixels(service.picture(30, "tcvc")).copy()
    assert (gray[..., 0] == gray[..., 2]).all()
    there["tcvc", 30] = red("tcvc", 30)
    service.invalidate("tcvc", 20, 40)
    # Never is there nothing to show.
    assert service.picture(30, "tcvc") is not None
    wait_until(lambda: service.is_colored(30, "tcvc"))
    colored = pixels(service.picture(30, "tcvc"))
    assert colored[..., 2].mean() > colored[..., 0].mean() + 20
    assert number_in(service.picture(30, "tcvc")) == 30


def test_color_that_comes_while_its_frame_is_drawn_is_not_missed(service, film):
    entered, go_on, there = threading.Event(), threading.Event(), {}

    def colors(layer, frame):
        found = there.get(frame)
        entered.set()
        go_on.wait(10)
        return found

    service.set_film(film)
    service.set_colors(colors)
    service.request(8, ("tcvc",))
    assert entered.wait(10)
    there[8] = red("tcvc", 8)
    service.invalidate("tcvc", 0, 20)
    go_on.set()
    wait_until(lambda: service.is_colored(8, "tcvc"))


def test_gray_is_shown_while_what_color_needs_is_being_loaded(service, film, monkeypatch):
    from tcvc_studio.app import frame_worker

    entered, go_on, loaded = threading.Event(), threading.Event(), []

    def load():
        entered.set()
        go_on.wait(10)
        loaded.append(True)

    monkeypatch.setattr(frame_worker, "is_torch_loaded", lambda: bool(loaded))
    monkeypatch.setattr(frame_worker, "load_torch", load)
    service.set_film(film)
    service.set_colors(red)
    assert number_in(shown(service, 12, "tcvc")) == 12 and not service.is_colored(12, "tcvc")
    assert entered.wait(10)
    assert number_in(shown(service, 90, "tcvc")) == 90
    go_on.set()
    wait_until(lambda: service.is_colored(90, "tcvc"))


def test_drafts_made_at_play_are_made_properly_when_it_stands(service, film):
    fine = np.kron(np.indices((90, 160)).sum(0) % 2, np.ones((2, 2))) * 80.0 - 40.0
    service.set_film(film)
    service.set_colors(lambda layer, frame: np.stack([fine, fine]).astype(np.float32))
    service.request(3, ("tcvc",), ahead=3, draft=True)
    wait_until(lambda: all(service.is_colored(n, "tcvc") for n in range(3, 7)))
    draft = pixels(service.picture(5, "tcvc")).copy()
    service.request(5, ("tcvc",), ahead=1)
    wait_until(lambda: not np.array_equal(pixels(service.picture(5, "tcvc")), draft))
    # What is made properly is not made worse again at play.
    proper = pixels(service.picture(5, "tcvc")).copy()
    service.request(5, ("tcvc",), ahead=6, draft=True)
    wait_until(lambda: service.is_colored(11, "tcvc"))
    assert np.array_equal(pixels(service.picture(5, "tcvc")), proper)


def test_ready_comes_when_all_layers_of_a_frame_are_there(service, film):
    seen = []
    service.set_film(film)
    service.set_colors(red)
    service.ready.connect(lambda n: seen.append([service.is_colored(n, layer) for layer in BOTH]))
    service.request(3, BOTH, ahead=5)
    wait_until(lambda: len(seen) >= 6)
    assert all(all(pair) for pair in seen)


def test_the_difference_of_two_layers_is_black_where_they_agree(service, film):
    service.set_film(film)
    service.set_colors(lambda layer, frame: red("tcvc", frame) if frame < 100 else red(layer, frame))
    assert not pixels(shown(service, 5, "difference"))[..., :3].any()
    service.set_difference("backbone", "tcvc", gain=2)
    low = pixels(shown(service, 105, "difference"))[..., :3].astype(int)
    assert low.any()
    service.set_difference("backbone", "tcvc", gain=4)
    service.request(105, ("difference",))
    wait_until(lambda: np.array_equal(
        pixels(service.picture(105, "difference"))[..., :3], np.minimum(255, 2 * low)
    ))  # fmt: skip


def test_an_invalidated_layer_makes_the_difference_anew(service, film):
    strength = [20.0]
    service.set_film(film)
    service.set_colors(lambda layer, frame: np.full((2, 8, 12), 20.0 if layer == "backbone" else strength[0], "f4"))
    assert not pixels(shown(service, 5, "difference"))[..., :3].any()
    strength[0] = 45.0
    service.invalidate("tcvc", 0, 10)
    wait_until(lambda: pixels(service.picture(5, "difference"))[..., :3].any())


def test_smaller_pictures_are_made_where_they_are_enough(service, film):
    service.set_film(film)
    assert shown(service, 4).width() == 96
    service.set_detail(2)
    service.request(4, ("gray",))
    wait_until(lambda: service.picture(4, "gray").width() == 48)
    # Until the fine one is made again, the coarse one is better than nothing.
    assert service.picture(4, "gray") is not None
    with pytest.raises(ValueError):
        service.set_detail(3)


def test_memory_is_bounded_whatever_is_asked_for(qt, film):
    limit = 20 * 96 * 64 * 5
    service = FrameService(limit=limit)
    service.set_film(film)
    for frame in range(0, 200, 2):
        shown(service, frame, ahead=500)
        assert service.bytes_kept <= limit
    service.close()
    assert service.bytes_kept == 0


def test_a_picture_outlives_the_service_that_made_it(qt, film):
    service = FrameService()
    service.set_film(film)
    image = shown(service, 77)
    service.close()
    del service
    gc.collect()
    [np.random.default_rng(0).random(10_000) for _ in range(50)]
    assert number_in(image) == 77


def test_a_damaged_frame_fails_with_a_sentence_and_its_neighbours_are_shown(service, film, monkeypatch):
    from tcvc_studio.errors import StudioError
    from tcvc_studio.media.video import VideoFilm

    real = VideoFilm.frame

    def frame(self, number):
        if number == 6:
            raise StudioError("Frame 6 of a.mp4 does not decode: copy the film again.")
        return real(self, number)

    monkeypatch.setattr(VideoFilm, "frame", frame)
    failures = []
    service.failed.connect(lambda n, text: failures.append((n, text)))
    service.set_film(film)
    service.request(5, ("gray",), ahead=3)
    wait_until(lambda: failures and service.picture(8, "gray") is not None)
    assert failures == [(6, "Frame 6 of a.mp4 does not decode: copy the film again.")]
    assert service.failure(6) == failures[0][1] and service.picture(6, "gray") is None


def test_color_that_cannot_be_read_leaves_the_picture_gray_and_says_so(service, film):
    failures = []
    service.failed.connect(lambda n, text: failures.append((n, text)))
    service.set_film(film)
    service.set_colors(lambda layer, frame: 1 / 0)
    assert number_in(shown(service, 9, "tcvc")) == 9
    wait_until(lambda: failures)
    assert failures[0][0] == 9 and "ZeroDivisionError" in failures[0][1]


def test_frames_outside_the_film_and_no_film_are_nothing(service, film):
    assert not service.request(0, ("gray",))
    service.set_film(film)
    assert not service.request(300, ("gray",)) and not service.request(-1, ("gray",))
    assert service.picture(300, "gray") is None


def test_another_film_takes_the_place_of_the_first(service, film, tmp_path):
    service.set_film(film)
    shown(service, 200)
    with open_film(write_bar_film(tmp_path / "b.mp4", range(50, 70))) as other:
        service.set_film(other)
        assert service.picture(10, "gray") is None
        assert number_in(shown(service, 10)) == 60
        service.set_film(None)
        assert service.picture(10, "gray") is None and service.info is None


def test_the_films_own_copy_is_closed_at_the_end(qt, film, monkeypatch):
    copies, closed = [], []
    real = type(film).reopen

    def reopen(self):
        copy = real(self)
        copies.append(weakref.ref(copy))
        close = copy.close
        copy.close = lambda: (closed.append(id(copy)), close())
        return copy

    monkeypatch.setattr(type(film), "reopen", reopen)
    service = FrameService()
    service.set_film(film)
    shown(service, 3)
    service.close()
    assert len(copies) == len(closed) == 1
    gc.collect()
    assert copies[0]() is None or copies[0]()._reader._container is None


def test_a_turned_film_is_upright(service, tmp_path):
    path = write_bar_film(tmp_path / "r.mov", 3, rotation=90, picture=lambda n: draw_bars(n))
    with open_film(path) as film:
        service.set_film(film)
        image = shown(service, 2)
        assert (image.width(), image.height()) == (64, 96)
        assert read_bars(np.rot90(pixels(image)[..., 1], -1)) == 2


def test_going_backward_reads_forward_in_stretches(service, film, monkeypatch):
    from tcvc_studio.app.luma_reader import LumaReader

    read = []
    real = LumaReader.luma
    monkeypatch.setattr(LumaReader, "luma", lambda self, n: (read.append(n), real(self, n))[1])
    service.set_film(film)
    for frame in range(150, 100, -1):
        upcoming = tuple(range(frame - 1, frame - 25, -1))
        assert number_in(shown(service, frame, ahead=upcoming)) == frame
    wait_until(lambda: service.picture(77, "gray") is not None)
    jumps_back = sum(b < a for a, b in pairwise(read))
    assert len(read) == len(set(read)) and jumps_back <= 8
