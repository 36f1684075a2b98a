"""Rows of tables on stdout as they come, progress on stderr beside them."""

import argparse
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tcvc_studio.cli.progress import Progress


@contextmanager
def progress_of(args: argparse.Namespace, unit: str = "frames") -> Iterator["Bar"]:
    with closing(Bar(unit, quiet=args.json)) as bar:
        yield bar


class Bar:
    """Lines of progress on stderr, one for each piece of work."""

    def __init__(self, unit: str, *, quiet: bool) -> None:
        self._unit, self._quiet = unit, quiet
        self._work: tuple[str, int] | None = None
        self._line: Progress | None = None

    def __call__(self, done: int, total: int, text: str) -> None:
        # Photographs change their text with every one of them; frames keep it, and begin anew with it.
        work = (text if self._unit == "frames" else "", total)
        if work != self._work or self._line is None:
            self.close()
            self._work, self._line = work, Progress(total, unit=self._unit, quiet=self._quiet)
        self._line.update(done, text)

    def close(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.close()


class Table:
    """Lines on stdout as they come, or the facts as JSON at the end."""

    def __init__(self, args: argparse.Namespace, facts: dict, progress: Bar | None = None) -> None:
        self._json, self._facts, self._progress = args.json, facts, progress

    def line(self, text: str) -> None:
        if not self._json:
            if self._progress is not None:
                self._progress.close()
            print(text, flush=True)

    def row(self, cells: list[str]) -> None:
        from tcvc_studio.evaluation.rows import table_row

        self.line(table_row(cells))

    def end(self) -> int:
        if self._json:
            print(json.dumps(_sound(self._facts), indent=2))
        return 0


def _sound(facts: Any) -> Any:
    """Facts without the numbers that JSON does not know."""
    if isinstance(facts, dict):
        return {name: _sound(value) for name, value in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [_sound(value) for value in facts]
    return None if isinstance(facts, float) and facts != facts else facts
