"""How far a long reading of a film has come."""

from collections.abc import Callable

#: Called with what is done and the whole, in whatever unit the work has. What it raises ends the work.
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """For those who do not want to know."""
