"""The ways in: a command goes to the command line, everything else opens the studio."""

import sys
from collections.abc import Sequence

#: What Qt's wheels need of the system and do not carry.
_LIBRARIES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0"


def main(argv: Sequence[str] | None = None) -> int:
    """argv: without the program's name. Returns the exit code."""
    from tcvc_studio.cli.main import COMMANDS

    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        from tcvc_studio.cli.main import main as run_command

        return run_command(arguments)
    return studio(arguments)


def studio(argv: Sequence[str] | None = None) -> int:
    """The studio alone; one sentence where Qt cannot be loaded. Returns the exit code."""
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        print(
            f"tcvc-studio: Qt cannot be loaded ({error}); on Debian: sudo apt install {_LIBRARIES}.", file=sys.stderr
        )
        return 1
    from tcvc_studio.ui.main import main as open_studio

    return open_studio(argv)
