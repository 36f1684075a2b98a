"""Cut detection in the background."""

import threading
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tcvc_studio.app.detection import CutDetection
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import Frame
from tests.qt import wait_until

GRAY = PlaneFormat()


class MadeFilm:
    """A film of noise pictures, another every `shot` frames. gate: a semaphore each frame waits for."""

    def __init__(self, frames=60, shot=20, *, gate=None, broken_at=None):
        self.info = SimpleNamespace(
            frames=frames, format=GRAY, path=Path("made.mov"), rate=Fraction(24), width=64, height=48
        )
        self._shot, self.gate, self._broken_at = shot, gate, broken_at
        self.opened, self.closed, self.read = 0, 0, 0

    def reopen(self):
        self.opened += 1
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed += 1

    def frames(self):
        for number in range(self.info.frames):
            if self.gate is not None:
                assert self.gate.acquire(timeout=20)
            if number == self._broken_at:
                raise StudioError(f"Frame {number} does not decode: copy the film anew.")
            self.read += 1
            random = np.random.default_rng(number // self._shot)
            coarse = random.integers(40, 220, (6, 8), np.uint8)
            yield Frame(number, number, np.kron(coarse, np.ones((16, 16), np.uint8)))


@pytest.fixture
def detection(qt):
    made = CutDetection()
    yield made
    made.close()
    made.deleteLater()


def collect(signal):
    got = []
    signal.connect(lambda *values: got.append(values))
    return got


def test_cuts_are_found_and_scores_kept_for_other_thresholds(detection):
    from tcvc_studio.analysis.cuts import cuts_at

    found, progress = collect(detection.found), collect(detection.progress)
    film = MadeFilm()
    detection.start(film)
    assert detection.running and detection.scores is None and detection.proposals(0.5) == ()
    wait_until(lambda: found)
    report = found[0][0]
    assert report.cuts == (20, 40) == detection.proposals(0.5)
    assert not detection.running and film.closed == film.opened == 1
    assert progress[0] == (0, 60) and progress[-1] == (60, 60)
    assert detection.scores is report.scores and detection.fades == report.fades
    for threshold in (0.0, 0.001, 0.2, 0.5, 0.9, 1.0):
        assert detection.proposals(threshold) == cuts_at(report.scores, threshold, report.min_shot)


def test_proposals_of_any_scores_are_those_of_cuts_at(detection):
    from tcvc_studio.analysis.cuts import CutReport, cuts_at
    from tcvc_studio.app.detection import _Found

    random = np.random.default_rng(5)
    for _ in range(20):
        scores = np.round(random.beta(0.5, 3, 400), 2).astype(np.float32)
        report = CutReport((), (), (), scores, 0.5, 6)
        detection._found = _Found(report, np.array(cuts_at(scores, 0.0, 6), np.int64))
        for threshold in random.random(10).tolist():
            assert detection.proposals(threshold) == cuts_at(scores, threshold, 6)
    with pytest.raises(StudioError, match=r"between 0 and 1"):
        detection.proposals(1.5)


def test_cancel_answers_within_a_frame(detection):
    gate = threading.Semaphore(5)
    film = MadeFilm(frames=1000, gate=gate)
    found, cancelled = collect(detection.found), collect(detection.cancelled)
    detection.start(film)
    wait_until(lambda: film.read == 5)
    detection.cancel()
    assert cancelled == [()] and not detection.running
    gate.release(100)
    wait_until(lambda: film.closed == 1)
    # One that was on its way and one that is looked at before the token is.
    assert film.read <= 7
    assert not found and detection.scores is None
    detection.cancel()
    assert cancelled == [()]


def test_a_new_search_replaces_the_one_before(detection):
    gate = threading.Semaphore(3)
    first, second = MadeFilm(gate=gate), MadeFilm(frames=30, shot=15)
    found = collect(detection.found)
    detection.start(first)
    wait_until(lambda: first.read == 3)
    detection.start(second)
    gate.release(100)
    wait_until(lambda: found)
    assert [report.cuts for (report,) in found] == [(15,)]
    assert first.closed == 1 and first.read < 10


def test_a_frame_that_does_not_decode_is_told_and_the_next_search_works(detection):
    failed, found = collect(detection.failed), collect(detection.found)
    detection.start(MadeFilm(broken_at=10))
    wait_until(lambda: failed)
    assert failed == [("Frame 10 does not decode: copy the film anew.",)]
    assert not detection.running
    detection.start(MadeFilm())
    wait_until(lambda: found)
    detection.forget()
    assert detection.scores is None and detection.proposals(0.5) == () and detection.fades == ()


def test_an_accident_is_a_sentence_too(detection):
    film = MadeFilm()
    film.reopen = lambda: (_ for _ in ()).throw(OSError("disk gone"))
    failed = collect(detection.failed)
    detection.start(film)
    wait_until(lambda: failed)
    assert "made.mov" in failed[0][0] and "disk gone" in failed[0][0]


def test_closing_ends_a_search(qt):
    gate = threading.Semaphore(2)
    film = MadeFilm(frames=1000, gate=gate)
    detection = CutDetection()
    detection.start(film)
    wait_until(lambda: film.read == 2)
    gate.release(1)
    detection.close()
    assert film.closed == 1 and film.read <= 4
    detection.deleteLater()
