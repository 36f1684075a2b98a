import threading

import pytest

from tcvc_studio.engine.background import in_background


def _stages() -> int:
    return sum(thread.name == "stage" for thread in threading.enumerate())


def test_items_come_in_order_and_the_thread_ends():
    with in_background(iter(range(100)), ahead=3) as items:
        assert list(items) == list(range(100))
    assert _stages() == 0


def test_an_error_of_the_maker_reaches_the_taker_after_what_was_made():
    def make():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"), in_background(make(), ahead=2) as items:
        assert next(items) == 1
        next(items)
    assert _stages() == 0


def test_leaving_early_closes_the_maker_in_its_thread():
    closed = threading.Event()

    def make():
        try:
            yield from range(10**9)
        finally:
            closed.set()

    with in_background(make(), ahead=2) as items:
        next(items)
    assert closed.is_set()
    assert _stages() == 0


def test_stages_can_be_chained_and_left():
    with in_background(iter(range(10**9)), ahead=2) as first:
        with in_background((2 * n for n in first), ahead=2) as second:
            assert [next(second) for _ in range(5)] == [0, 2, 4, 6, 8]
    assert _stages() == 0


def test_no_more_is_made_than_may_lie_ready():
    made = []
    with in_background((made.append(n) for n in range(100)), ahead=4) as items:
        next(items)
        threading.Event().wait(0.3)
        assert len(made) <= 4 + 2
