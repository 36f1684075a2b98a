"""Getting weights in the background: download, verify, look into a file and take it. One thing at a time."""

import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.weights.store import Store


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file turned out to hold. name: of the catalogue's entry. published: whether its sha256 is a known one."""

    path: Path
    name: str
    published: bool


class ModelWork(QObject):
    """Works on a Store in a thread of its own; `close` ends it.

    progress: name, bytes done, bytes in all (0 if unknown). finished: name, and a sentence for the user.
    failed: name, and the sentence that says why. inspected: an Inspected. busy_changed: whether it is at work.
    """

    progress = Signal(str, object, object)
    finished = Signal(str, str)
    failed = Signal(str, str)
    inspected = Signal(object)
    busy_changed = Signal(bool)

    _start = Signal(str, object)

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._thread = QThread(self)
        self._thread.setObjectName("weights")
        self._worker = _Worker(store)
        self._worker.moveToThread(self._thread)
        self._start.connect(self._worker.work)
        self._worker.progress.connect(self.progress)
        self._worker.inspected.connect(self.inspected)
        self._worker.done.connect(self._on_done)
        self._worker.failed.connect(self._on_failed)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether something is going on."""
        return self._busy

    def download(self, name: str) -> None:
        """Get weights whose licence was accepted."""
        self._begin("download", name)

    def verify(self, name: str) -> None:
        """Check a file that is here by its sha256."""
        self._begin("verify", name)

    def inspect(self, path: Path) -> None:
        """Look what a file holds; `inspected` tells."""
        self._begin("inspect", path)

    def take(self, found: Inspected) -> None:
        """Take a file that was inspected and whose licence was accepted."""
        self._begin("take", found)

    def cancel(self) -> None:
        """End what goes on; nothing half-written is left."""
        self._worker.stop.set()

    def close(self) -> None:
        """End the thread. Waits until a piece of a download that is under way has come, or the network gives up."""
        self._worker.stop.set()
        self._thread.quit()
        self._thread.wait(2000)

    def _begin(self, what: str, with_what: object) -> None:
        if self._busy:
            return
        self._busy = True
        self._worker.stop.clear()
        self.busy_changed.emit(True)
        self._start.emit(what, with_what)

    def _end(self) -> None:
        self._busy = False
        self.busy_changed.emit(False)

    @Slot(str, str)
    def _on_done(self, name: str, text: str) -> None:
        self._end()
        if text:
            self.finished.emit(name, text)

    @Slot(str, str)
    def _on_failed(self, name: str, text: str) -> None:
        self._end()
        self.failed.emit(name, text)


class _Worker(QObject):
    progress = Signal(str, object, object)
    inspected = Signal(object)
    done = Signal(str, str)
    failed = Signal(str, str)

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.stop = threading.Event()
        self._store = store
        self._told = -1

    @Slot(str, object)
    def work(self, what: str, with_what: object) -> None:
        name = with_what if isinstance(with_what, str) else getattr(with_what, "name", "")
        try:
            text = getattr(self, f"_{what}")(with_what)
        except Cancelled:
            self.failed.emit(name, "Cancelled; nothing half-written is left.")
        except StudioError as error:
            self.failed.emit(name, str(error))
        except OSError as error:
            self.failed.emit(name, f"The file cannot be read or written ({error.strerror or error}); check its rights.")
        else:
            self.done.emit(name, text)

    def _download(self, name: str) -> str:
        self._told = -1

        def tell(done: int, total: int | None) -> None:
            # Every hundredth is enough for a bar.
            step = done * 100 // total if total else done >> 20
            if step != self._told:
                self._told = step
                self.progress.emit(name, done, total or 0)

        path = self._store.get(name, progress=tell, check=self._check)
        return f"{name} is here and its sha256 is right: {path}"

    def _verify(self, name: str) -> str:
        path, digest = self._store.locate(name)
        return f"{path.name} is what it should be (sha256 {digest[:16]}…)."

    def _inspect(self, path: Path) -> str:
        # torch takes a second to import, and only this looks into a file.
        from tcvc_studio.weights.build import fits
        from tcvc_studio.weights.detect import detect
        from tcvc_studio.weights.digest import file_sha256
        from tcvc_studio.weights.load import load_state

        contents = detect(load_state(path), path)
        fits(contents, path)
        for entry in self._store.catalogue.entries:
            if entry.architecture == contents.kind and entry.backbone == (
                contents.architecture if contents.kind == "tcvc" else entry.backbone
            ):
                self._check()
                known = not entry.sha256 or entry.knows(file_sha256(path))
                self.inspected.emit(Inspected(path, entry.name, known))
                return ""
        raise StudioError(f"{path.name} holds {contents.kind}, which the catalogue does not know: choose others.")

    def _take(self, found: Inspected) -> str:
        path = self._store.take(found.name, found.path, unknown=not found.published)
        return f"{found.name} is ready: {path}"

    def _check(self) -> None:
        if self.stop.is_set():
            raise Cancelled
