from fractions import Fraction

import numpy as np
import pytest

from tcvc_studio.app.pace import Pace
from tcvc_studio.app.playback import Playback, place_after
from tcvc_studio.media.film import open_film
from tests.e2e.films import write_film

STEADY = Pace(Fraction(25))
#: Frames that last .1, .2, .3, .1, .2, .3, ... seconds.
LASTS = np.array([0.1, 0.2, 0.3] * 10)
UNEVEN = Pace(Fraction(5), np.concatenate([[0.0], np.cumsum(LASTS)]))


def test_a_steady_film_goes_by_its_rate():
    assert [STEADY.beats(t, frame=3, speed=1, span=(0, 100)) for t in (0, 0.039, 0.041, 4.001)] == [0, 0, 1, 100]
    assert STEADY.beats(0.081, frame=3, speed=-8, span=(0, 100)) == 2


@pytest.mark.parametrize("speed", [1, -1])
@pytest.mark.parametrize("span", [(0, 30), (4, 11)])
@pytest.mark.parametrize("frame", [4, 7, 10])
def test_each_frame_of_an_uneven_film_stands_as_long_as_it_lasts(speed, span, frame):
    at, now = frame, 0.0
    for beat in range(40):
        now += LASTS[at]
        early, late = (UNEVEN.beats(now + d, frame=frame, speed=speed, span=span) for d in (-1e-6, 1e-6))
        assert (early, late) == (beat, beat + 1)
        at, _ = place_after(at, 1, speed=speed, span=span, loops=True)


def test_at_twice_the_speed_two_frames_pass_a_beat():
    # 0 and 1 last .3 s together, 2 and 3 last .4.
    assert [UNEVEN.beats(t, frame=0, speed=2, span=(0, 30)) for t in (0.149, 0.151, 0.349, 0.351)] == [0, 1, 1, 2]


def test_play_shows_frames_when_they_are_due(qt):
    now = [0.0]
    play = Playback(clock=lambda: now[0])
    play.set_film(30, UNEVEN)
    heard = []
    play.frame_changed.connect(heard.append)
    play.play()
    for now[0] in (0.09, 0.11, 0.29, 0.31, 0.59, 0.61):
        play.advance()
    assert heard == [1, 2, 3] and play.dropped == 0
    now[0] = 100.0
    play.advance()
    assert heard[-1] == 29 and not play.playing
    play.close()


def test_a_film_of_varying_rate_goes_by_its_own_times(tmp_path):
    times = [0, 1, 2, 6, 7, 12, 13, 14]
    path = write_film(tmp_path / "uneven.mkv", len(times), pts=times, time_base=Fraction(1, 24))
    with open_film(path) as film:
        pace = Pace.of(film.info)
        assert film.info.vfr and pace.rate == film.info.rate
    # Matroska counts milliseconds.
    assert np.allclose(pace.times[:-1], np.array(times) / 24, atol=0.001) and pace.times[-1] > pace.times[-2]
