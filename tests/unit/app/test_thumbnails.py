"""Thumbnails come coarse over the whole film first, show the frame they say, and end with the film."""

import numpy as np
import pytest

from tcvc_studio.app import thumbnails
from tcvc_studio.app.thumbnails import Thumbnails, passes
from tcvc_studio.media.film import open_film
from tests.films import read_bars, write_bar_film
from tests.qt import wait_until


def number_in(image) -> int:
    array = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return read_bars(array[..., 0])


@pytest.fixture
def service(qt):
    made = Thumbnails()
    yield made
    made.close()


def test_passes_are_ascending_each_twice_as_fine_and_without_repeats():
    found = list(passes(100, 1100, 128))
    assert [len(p) for p in found] == [16, 16, 32, 64]
    assert all(p == sorted(p) for p in found)
    every = [frame for p in found for frame in p]
    assert len(every) == len(set(every)) and all(100 <= frame < 1100 for frame in every)
    assert np.diff(sorted(found[0])).max() <= 1000 // 16 + 1


@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 40])
def test_a_short_span_is_covered_whole(length):
    assert sorted(frame for p in passes(5, 5 + length, 64) for frame in p) == list(range(5, 5 + length))


def test_no_frames_give_no_passes():
    assert list(passes(5, 5, 64)) == []


def test_every_thumbnail_shows_the_frame_it_says(service, tmp_path):
    told = []
    service.progress.connect(lambda done, total: told.append((done, total)))
    with open_film(write_bar_film(tmp_path / "a.mp4", 60, width=384, height=216)) as film:
        service.set_film(film)
        wait_until(lambda: told and told[-1][0] == told[-1][1] == 60)
        for frame in range(60):
            image = service.image(frame)
            assert (image.width(), image.height()) == thumbnails.SIZE
            assert number_in(image) == service.nearest(frame) == frame


def test_a_long_film_is_covered_by_a_bounded_number(service, tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails, "OVERALL", 32)
    monkeypatch.setattr(thumbnails, "AROUND", 16)
    told = []
    service.progress.connect(lambda done, total: told.append((done, total)))
    with open_film(write_bar_film(tmp_path / "a.mp4", 600, gop=10)) as film:
        service.set_film(film)
        wait_until(lambda: told and told[-1][0] == told[-1][1])
        assert len(service._state.images) <= 32
        assert all(abs(service.nearest(n) - n) <= 40 for n in range(600))
        service.set_focus(300, 310)
        wait_until(lambda: service.nearest(303) == 303 and service.nearest(308) == 308)
        assert number_in(service.image(303)) == 303
        for start in range(0, 500, 20):
            service.set_focus(start, start + 8)
            wait_until(lambda at=start: service.nearest(at + 7) == at + 7)
        assert len(service._state.images) <= 32 + 16 and service.nearest(303) != 303


def test_a_pause_makes_nothing_and_another_film_takes_the_place(service, tmp_path, qt):
    with open_film(write_bar_film(tmp_path / "a.mp4", 40)) as film:
        service.pause()
        service.set_film(film)
        for _ in range(20):
            qt.processEvents()
        assert service.image(0) is None
        service.resume()
        wait_until(lambda: service.nearest(39) == 39)
    with open_film(write_bar_film(tmp_path / "b.mp4", range(100, 130))) as film:
        service.set_film(film)
        wait_until(lambda: service.nearest(7) == 7)
        assert number_in(service.image(7)) == 107
    service.set_film(None)
    assert service.image(0) is None


def test_a_damaged_frame_is_left_out(service, tmp_path, monkeypatch):
    from tcvc_studio.errors import StudioError
    from tcvc_studio.media.video import VideoFilm

    real = VideoFilm.frame

    def frame(self, number):
        if number == 5:
            raise StudioError("Frame 5 does not decode: copy the film again.")
        return real(self, number)

    monkeypatch.setattr(VideoFilm, "frame", frame)
    told = []
    service.progress.connect(lambda done, total: told.append((done, total)))
    with open_film(write_bar_film(tmp_path / "a.mp4", 20)) as film:
        service.set_film(film)
        wait_until(lambda: told and told[-1][0] == told[-1][1] == 20)
        assert service.nearest(5) in (4, 6)


def test_closing_amid_the_work_ends_it(qt, tmp_path):
    service = Thumbnails()
    with open_film(write_bar_film(tmp_path / "a.mp4", 200)) as film:
        service.set_film(film)
        wait_until(lambda: service.image(0) is not None)
        service.close()
        assert service._worker._film is None and not service._thread.isRunning()
