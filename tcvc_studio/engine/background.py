"""One stage of a pipeline in a thread of its own, joined to the next by a short queue."""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

T = TypeVar("T")

_END = object()
_POLL = 0.1


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


@contextmanager
def in_background(items: Iterable[T], *, ahead: int) -> Iterator[Iterator[T]]:
    """Yield an iterator over items that are made in another thread, at most `ahead` before they are asked for.

    An exception of the maker is raised where the items are taken. On leaving, the maker is stopped at its next item,
    its generator is closed in its own thread, and the thread has ended.
    """
    made: queue.Queue = queue.Queue(maxsize=ahead)
    stopped = threading.Event()

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                made.put(item, timeout=_POLL)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            source = iter(items)
            if hasattr(source, "close"):
                with closing(source):
                    for item in source:
                        if not put(item):
                            return
            else:
                for item in source:
                    if not put(item):
                        return
            put(_END)
        except BaseException as error:
            put(_Failure(error))

    thread = threading.Thread(target=make, name="stage", daemon=True)
    thread.start()

    def take() -> Iterator[T]:
        while True:
            item = made.get()
            if item is _END:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item

    try:
        yield take()
    finally:
        stopped.set()
        thread.join()
