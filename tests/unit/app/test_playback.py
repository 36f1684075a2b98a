"""Play keeps time whatever the desk is busy with: frames are dropped and counted, never shown late."""

from fractions import Fraction

import pytest

from tcvc_studio.app.pace import Pace
from tcvc_studio.app.playback import Playback, place_after, shuttled
from tests.qt import wait_until


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def play(qt):
    clock = Clock()
    made = Playback(clock=clock)
    made.clock = clock
    made.set_film(100, Pace(Fraction(25)))
    made.heard = []
    made.frame_changed.connect(made.heard.append)
    yield made
    made.close()


def beats(play, n, *, each=1):
    for _ in range(n):
        play.clock.now += each / 25 + 1e-9
        play.advance()


@pytest.mark.parametrize(
    ("speed", "direction", "becomes"),
    [(0, 1, 1), (1, 1, 2), (2, 1, 4), (4, 1, 8), (8, 1, 8), (8, -1, 4), (2, -1, 1), (1, -1, -1), (-1, -1, -2),
     (-8, -1, -8), (-4, 1, -2), (-1, 1, 1), (0, -1, -1)],
)  # fmt: skip
def test_j_and_l_climb_the_speeds_and_come_down_again(speed, direction, becomes):
    assert shuttled(speed, direction) == becomes


def test_place_after_stops_at_the_ends_and_wraps_in_loops():
    assert place_after(95, 3, speed=1, span=(0, 100), loops=False) == (98, False)
    assert place_after(95, 4, speed=1, span=(0, 100), loops=False) == (99, True)
    assert place_after(5, 2, speed=-4, span=(0, 100), loops=False) == (0, True)
    assert place_after(19, 1, speed=1, span=(10, 20), loops=True) == (10, False)
    assert place_after(10, 1, speed=-1, span=(10, 20), loops=True) == (19, False)
    assert place_after(12, 7, speed=8, span=(10, 20), loops=True)[0] == 10 + (2 + 56) % 10


def test_every_frame_comes_when_it_is_due_and_no_sooner(play):
    play.play()
    play.clock.now += 0.039
    play.advance()
    assert play.heard == []
    play.clock.now += 0.002
    play.advance()
    assert play.heard == [1]
    beats(play, 5)
    assert play.heard == [1, 2, 3, 4, 5, 6] and play.dropped == 0


def test_no_drift_at_rates_that_are_no_decimal_fractions(play):
    play.set_film(200_000, Pace(Fraction(24000, 1001)))
    play.play()
    play.clock.now += 3600
    play.advance()
    assert play.frame == int(3600 * Fraction(24000, 1001))


def test_frames_are_dropped_rather_than_slowed_and_counted(play):
    play.play()
    beats(play, 3)
    beats(play, 1, each=5)
    assert play.heard == [1, 2, 3, 8] and play.dropped == 4
    beats(play, 2)
    assert play.frame == 10 and play.dropped == 4
    play.stop()
    assert play.dropped == 4
    play.play()
    assert play.dropped == 0


def test_frames_the_viewer_never_showed_count_as_dropped(play):
    play.set_watched(True)
    play.frame_changed.connect(lambda n: n % 2 or play.confirm(n))
    play.play()
    beats(play, 10)
    # Of 1..10 the even ones were shown.
    assert play.dropped == 5
    play.confirm(9)
    assert play.dropped == 4
    play.confirm(9)
    play.confirm(77)
    assert play.dropped == 4


def test_the_frame_that_is_due_now_is_not_yet_dropped(play):
    play.set_watched(True)
    play.play()
    beats(play, 1)
    assert play.dropped == 0
    beats(play, 1)
    assert play.dropped == 1


def test_shuttle_shows_every_eighth_frame_at_eight_times(play):
    for _ in range(4):
        play.shuttle(1)
    assert play.speed == 8
    beats(play, 5)
    assert play.heard == [8, 16, 24, 32, 40] and play.dropped == 0
    for _ in range(4):
        play.shuttle(-1)
    assert play.speed == -1
    beats(play, 2)
    assert play.frame == 38
    play.shuttle(0)
    assert not play.playing


def test_play_ends_at_the_last_frame_and_begins_anew_from_there(play):
    play.seek(97)
    play.play()
    beats(play, 1, each=50)
    assert play.frame == 99 and not play.playing and play.dropped == 1
    play.play()
    assert play.playing and play.frame == 0
    play.stop()
    play.shuttle(-1)
    assert play.frame == 99 and play.speed == -1


def test_a_loop_of_the_shot_goes_round_without_a_pause(play):
    play.set_loop("shot", (10, 14))
    play.seek(50)
    play.play()
    assert play.frame == 10
    play.heard.clear()
    beats(play, 6)
    assert play.heard == [11, 12, 13, 10, 11, 12]
    assert play.upcoming(9) == (13, 10, 11)
    play.set_loop("film")
    assert play.span == (0, 100)
    with pytest.raises(ValueError):
        play.set_loop("scene")


def test_a_loop_of_one_frame_drops_nothing(play):
    play.set_watched(True)
    play.set_loop("marks", (7, 8))
    play.play()
    beats(play, 20)
    assert play.frame == 7 and play.dropped == 0 and play.upcoming(4) == ()


def test_a_loop_outside_the_film_is_the_film(play):
    play.set_loop("marks", (400, 500))
    assert play.span == (0, 100)
    play.set_loop("marks", (90, 500))
    assert play.span == (90, 100)


def test_upcoming_follows_speed_direction_and_end(play):
    play.seek(95)
    assert play.upcoming(2) == (96, 94)
    play.play()
    assert play.upcoming(10) == (96, 97, 98, 99)
    play.shuttle(1)
    play.shuttle(1)
    assert play.speed == 4 and play.upcoming(10) == (99,)
    play.seek(9)
    play.stop()
    play.shuttle(-1)
    assert play.upcoming(3) == (8, 7, 6)


def test_seeking_while_playing_goes_on_from_there(play):
    play.play()
    beats(play, 3)
    play.seek(50)
    beats(play, 2)
    assert play.frame == 52 and play.dropped == 0
    play.seek(-4)
    assert play.frame == 0
    play.seek(10_000)
    assert play.frame == 99


def test_a_step_stops_and_stays_in_the_film(play):
    play.play()
    play.step(1)
    assert not play.playing and play.frame == 1
    play.step(-5)
    assert play.frame == 0
    play.step(1000)
    assert play.frame == 99


def test_without_a_film_nothing_moves(qt):
    play = Playback()
    for move in (play.play, play.toggle, lambda: play.shuttle(-1), lambda: play.step(3), lambda: play.seek(9)):
        move()
    assert (play.frame, play.speed, play.upcoming(3)) == (0, 0, ())
    play.close()


def test_the_real_clock_runs(qt):
    play = Playback()
    play.set_film(1000, Pace(Fraction(200)))
    play.play()
    wait_until(lambda: play.frame > 20)
    play.close()
    assert not play.playing
