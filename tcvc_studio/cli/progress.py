"""What the command line says while it works: one line on a terminal, nothing into a file or a pipe."""

import shutil
import sys
import time


class Progress:
    """A line with a bar, rewritten in place on a terminal; silent elsewhere and with quiet=True."""

    def __init__(self, total: int, *, unit: str = "frames", quiet: bool = False) -> None:
        self._total = max(1, total)
        self._unit = unit
        self._shown = sys.stderr.isatty() and not quiet
        self._begun = time.monotonic()
        self._last = 0.0
        self._width = 0

    def update(self, done: int, text: str = "") -> None:
        """done: of total; text: what is going on."""
        now = time.monotonic()
        if not self._shown or (now - self._last < 0.1 and done < self._total):
            return
        self._last = now
        seconds = max(now - self._begun, 1e-6)
        rate = done / seconds
        left = _clock((self._total - done) / rate) if done else "--:--"
        said = f" {done}/{self._total} {self._unit}  {rate:.1f}/s  {left} left  {text}".rstrip()
        # A line that reaches the edge would go on below, and stay there.
        room = shutil.get_terminal_size().columns - 1
        line = (_bar(done / self._total, min(24, room - len(said))) + said)[:room]
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def say(self, text: str) -> None:
        """A sentence above the line."""
        self.close()
        print(text, file=sys.stderr)

    def close(self) -> None:
        """Take the line away."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


def _bar(share: float, width: int) -> str:
    full, rest = "█·"
    try:
        (full + rest).encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        full, rest = "#-"
    width = max(0, width)
    filled = min(width, round(width * share))
    return full * filled + rest * (width - filled)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
