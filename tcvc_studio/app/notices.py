"""What the user should read, from wherever in the program it comes."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

Level = Literal["info", "warning", "error"]

#: Notices kept to be read again.
KEPT = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence to the user. details: more, to be copied into a report; empty where there is none."""

    text: str
    details: str = ""
    level: Level = "info"


class Notices(QObject):
    """Where notices are posted and read. May be posted to from any thread; `posted` reaches widgets in theirs."""

    posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: deque[Notice] = deque(maxlen=KEPT)

    @property
    def kept(self) -> tuple[Notice, ...]:
        """The latest notices, the oldest of them first."""
        return tuple(self._kept)

    @Slot(object)
    def post(self, notice: Notice) -> None:
        """Tell the user."""
        self._kept.append(notice)
        self.posted.emit(notice)

    @Slot(str)
    @Slot(str, str)
    def info(self, text: str, details: str = "") -> None:
        """Something to know."""
        self.post(Notice(text, details, "info"))

    @Slot(str)
    @Slot(str, str)
    def warning(self, text: str, details: str = "") -> None:
        """Something to mind."""
        self.post(Notice(text, details, "warning"))

    @Slot(str)
    @Slot(str, str)
    def error(self, text: str, details: str = "") -> None:
        """Something that was not done, and what to do."""
        self.post(Notice(text, details, "error"))
