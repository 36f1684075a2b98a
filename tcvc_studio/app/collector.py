"""Python's garbage is collected in the GUI's thread, in small helpings.

Left to itself the interpreter collects in whatever thread happens to allocate, and what it finds there may be a Qt
object that only the GUI's thread may destroy. And a whole collection, once torch is loaded, stops every thread for a
tenth of a second, most of which it spends on modules that never go.
"""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_EVERY_MS = 100
#: New containers that make a look worth while; collections of a generation after which the next older one has its turn.
_NEW, _TURNS = 2000, 10


class Collector(QObject):
    """Takes collection over from the interpreter until `close`. Lives in the GUI's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settled = False
        gc.disable()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect the youngest garbage if there may be much of it, older garbage at times."""
        new, young, old = gc.get_count()
        if new > _NEW:
            gc.collect(0 if young < _TURNS else 1 if old < _TURNS else 2)

    @Slot()
    def settle(self) -> None:
        """Look no more at what there is now: all libraries are loaded. Only the first call counts."""
        if not self._settled:
            self._settled = True
            gc.freeze()

    def close(self) -> None:
        """Leave it to the interpreter again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
