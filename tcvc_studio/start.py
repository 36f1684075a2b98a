"""One way in: a command goes to the command line, everything else opens the studio."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """argv: without the program's name. Returns the exit code."""
    from tcvc_studio.cli.main import COMMANDS

    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        from tcvc_studio.cli.main import main as run_command

        return run_command(arguments)
    from tcvc_studio.ui.main import main as open_studio

    return open_studio(arguments)
