import gc
import threading
import weakref

import pytest

from tcvc_studio.app.collector import Collector


class _Ring:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def collector(qt):
    made = Collector()
    yield made
    made.close()


def test_no_other_thread_collects(collector):
    ring = weakref.ref(_Ring())

    kept = []
    worker = threading.Thread(target=lambda: kept.extend([i] for i in range(200_000)))
    worker.start()
    worker.join()
    assert ring() is not None
    collector.look()
    assert ring() is None


def test_little_garbage_is_left_alone(collector):
    gc.collect()
    ring = weakref.ref(_Ring())
    collector.look()
    assert ring() is not None


def test_older_garbage_has_its_turn(collector):
    ring = _Ring()
    gone = weakref.ref(ring)
    gc.collect(0)
    gc.collect(1)
    del ring
    for _ in range(200):
        kept = [[i] for i in range(3000)]
        collector.look()
        del kept
    assert gone() is None


def test_what_is_settled_is_not_looked_at_again(collector):
    before = gc.get_freeze_count()
    collector.settle()
    frozen = gc.get_freeze_count()
    assert frozen > before + 1000
    kept = [[i] for i in range(5000)]
    collector.settle()
    assert gc.get_freeze_count() <= frozen and kept


def test_the_interpreter_gets_its_work_back(qt):
    collector = Collector()
    collector.settle()
    assert not gc.isenabled()
    collector.close()
    assert gc.isenabled() and gc.get_freeze_count() == 0
