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
from tcvc_studio.cli import bench, colorize, cuts, demo, evaluate, info, models, train
from tcvc_studio.errors import Cancelled, StudioError

FAILED = 1
CANCELLED = 130

_ROOMS = (colorize, cuts, info, models, train, evaluate, demo, bench)
#: Names of the commands.
COMMANDS = tuple(room.__name__.rsplit(".", 1)[1] for room in _ROOMS)

#: Set in the environment, it shows where an unforeseen error came from.
DEBUG_VARIABLE = "TCVC_DEBUG"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.exit(FAILED, f"{self.prog}: {message}; see {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="tcvc", description="Color black-and-white films; only chroma changes.")
    top.add_argument("--version", action="version", version=f"tcvc {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for command in _ROOMS:
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
        except OSError as error:
            # What no room foresaw of disks and rights; the file's name is in most of them.
            where = f"{error.filename}: " if error.filename else ""
            print(f"tcvc: {where}{error.strerror or error}; check the disk and your rights there.", file=sys.stderr)
            return FAILED
        except MemoryError:
            print("tcvc: There is not enough memory; choose a smaller working size or interval.", file=sys.stderr)
            return FAILED
        except Exception as error:
            if os.environ.get(DEBUG_VARIABLE):
                raise
            kind = type(error).__name__
            print(
                f"tcvc: Something nobody foresaw went wrong ({kind}: {' '.join(str(error).split())}); "
                f"please report it, with what {DEBUG_VARIABLE}=1 in the environment adds to this.",
                file=sys.stderr,
            )
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
