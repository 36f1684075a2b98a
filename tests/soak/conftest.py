# One thread here as in the processes that are started: with more, sums come in another order and differ in a last bit.
from tests.e2e.conftest import one_thread  # noqa: F401
from tests.qt import application, qt  # noqa: F401
