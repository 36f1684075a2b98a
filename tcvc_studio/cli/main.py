"""`tcvc`: the engine without a window.

Exit codes: 0 done, 1 failed (one sentence on stderr says what to do), 130 cancelled.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tcvc_studio import __version__
from tcvc_studio.cli import bench, colorize, cuts, demo, info, models, train
from tcvc_studio.errors import Cancelled, StudioError

FAILED = 1
CANCELLED = 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.exit(FAILED, f"{self.prog}: {message}; see {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="tcvc", description="Color black-and-white films; only chroma changes.")
    top.add_argument("--version", action="version", version=f"tcvc {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for command in (colorize, cuts, info, models, train, demo, bench):
        command.add_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. argv: without the program's name; None takes the process's own. Returns the exit code."""
    try:
        args = parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    # A terminated run cleans up like an interrupted one.
    with _terminate_as_interrupt():
        try:
            return args.run(args)
        except StudioError as error:
            print(f"tcvc: {error}", file=sys.stderr)
            return FAILED
        except (Cancelled, KeyboardInterrupt):
            print("tcvc: cancelled.", file=sys.stderr)
            return CANCELLED
        except BrokenPipeError:
            # Whoever read our output has gone; nothing is left to say to them.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Lets SIGTERM end a command as Ctrl-C does, where signals can be handled (the main thread)."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
