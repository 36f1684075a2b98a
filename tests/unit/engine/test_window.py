import pytest
import torch

from tcvc_studio.engine.window import Step, Window
from tcvc_studio.errors import Cancelled


def steps(made: list[int]):
    for number in range(100):
        made.append(number)
        yield Step(number, torch.zeros(1, 1, 2, 2))


def test_it_holds_what_intervals_still_need():
    made: list[int] = []
    window = Window(steps(made), lambda: None)
    assert [step.number for step in window.take(0, 4)] == [0, 1, 2, 3, 4]
    window.release(4)
    assert [step.number for step in window.take(4, 6)] == [4, 5, 6]
    assert made == list(range(7))
    with pytest.raises(KeyError):
        window.take(2, 5)


def test_a_wait_for_frames_ends_with_a_cancel():
    made: list[int] = []

    def check() -> None:
        if len(made) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        Window(steps(made), check).take(0, 90)
    assert made == [0, 1, 2]
