"""Films are opened in the background; failures are sentences; a cancelled opening leaves nothing behind."""

import threading
from fractions import Fraction

import pytest

from tcvc_studio.app.opener import FilmOpener, OpenedFilm
from tests.films import write_bar_film, write_bar_sequence
from tests.qt import wait_until


@pytest.fixture
def opener(qt):
    made = FilmOpener()
    heard = {"opened": [], "failed": [], "progress": []}
    made.opened.connect(heard["opened"].append)
    made.failed.connect(heard["failed"].append)
    made.progress.connect(lambda done, total: heard["progress"].append((done, total)))
    yield made, heard
    made.close()
    for opened in heard["opened"]:
        opened.film.close()


def test_a_film_is_opened_with_its_fingerprint(opener, tmp_path):
    made, heard = opener
    made.open(write_bar_film(tmp_path / "a.mp4", 40))
    assert made.busy
    wait_until(lambda: heard["opened"])
    (opened,) = heard["opened"]
    assert isinstance(opened, OpenedFilm)
    assert opened.film.info.frames == 40 and len(opened.fingerprint) == 64
    assert not made.busy and not heard["failed"]
    assert heard["progress"][0] == (0, 0)


def test_a_sequence_takes_its_rate_and_tells_of_every_picture(opener, tmp_path):
    made, heard = opener
    made.open(write_bar_sequence(tmp_path / "reel", 12).parent, Fraction(18))
    wait_until(lambda: heard["opened"])
    assert heard["opened"][0].film.info.rate == 18
    assert heard["progress"][-1] == (11, 12)


@pytest.mark.parametrize("content", [None, b"", b"no film at all" * 50])
def test_what_is_no_film_fails_with_a_sentence(opener, tmp_path, content):
    made, heard = opener
    path = tmp_path / "bad.mp4"
    if content is not None:
        path.write_bytes(content)
    made.open(path)
    wait_until(lambda: heard["failed"])
    assert "Traceback" not in heard["failed"][0] and ":" in heard["failed"][0]
    assert not heard["opened"] and not made.busy


def test_an_interlaced_film_is_opened_and_says_so(opener, tmp_path):
    made, heard = opener
    made.open(write_bar_film(tmp_path / "i.mp4", 30, options={"x264-params": "interlaced=1:tff=1"}))
    wait_until(lambda: heard["opened"])
    info = heard["opened"][0].film.info
    assert info.interlaced and any("interlaced" in note for note in info.notes)


def test_asking_for_another_film_gives_the_first_up(opener, tmp_path):
    made, heard = opener
    first, second = write_bar_film(tmp_path / "a.mp4", 40), write_bar_film(tmp_path / "b.mp4", 50)
    made.open(first)
    made.open(second)
    wait_until(lambda: heard["opened"])
    assert [opened.film.info.frames for opened in heard["opened"]] == [50]


def test_a_cancelled_opening_tells_nothing_more(opener, tmp_path, monkeypatch):
    made, heard = opener
    reached, go_on = threading.Event(), threading.Event()
    from tcvc_studio.engine import fingerprint

    real = fingerprint.film_fingerprint
    films = []

    def slow(film, *, progress):
        films.append(film)
        reached.set()
        go_on.wait(10)
        progress(0, 0)
        return real(film, progress=progress)

    monkeypatch.setattr(fingerprint, "film_fingerprint", slow)
    made.open(write_bar_film(tmp_path / "a.mp4", 40))
    wait_until(reached.is_set)
    closed = []
    monkeypatch.setattr(type(films[0]), "close", lambda film: closed.append(film))
    made.cancel()
    go_on.set()
    wait_until(lambda: closed)
    assert closed == films and not heard["opened"] and not heard["failed"]


def test_a_film_nobody_took_is_closed_at_the_end(qt, tmp_path, monkeypatch):
    made = FilmOpener()
    made.open(write_bar_film(tmp_path / "a.mp4", 20))
    # The event loop never runs, so that the opened film is never handed over.
    made._thread.msleep(1)
    for _ in range(2000):
        if made._worker._waiting:
            break
        threading.Event().wait(0.005)
    (waiting,) = made._worker._waiting
    closed = []
    monkeypatch.setattr(type(waiting.film), "close", lambda film: closed.append(film))
    made.close()
    assert closed == [waiting.film]


def test_indexing_a_long_film_can_be_ended_at_any_packet(tmp_path):
    from tcvc_studio.errors import Cancelled
    from tcvc_studio.media.film import open_film

    path = write_bar_film(tmp_path / "a.mkv", 120)
    told = []

    def progress(done, total):
        told.append((done, total))
        if len(told) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        open_film(path, progress=progress)
    assert len(told) == 3 and all(0 <= done <= total == path.stat().st_size for done, total in told)
