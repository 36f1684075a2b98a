"""What preview and exports share: the models on their device, the cache, and the right to use them."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_studio.app.torch_loading import load_torch
from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.control import Control
from tcvc_studio.project.settings import Settings

if TYPE_CHECKING:
    from tcvc_studio.engine.render import Models

_MODELS_KEPT = 2
#: Bytes of finished color held in memory.
_RAM = 256 << 20
_POLL = 0.1

#: Models for settings on a device in a precision, and notes on them (`engine.session.load_models`).
Loader = Callable[..., "tuple[Models, tuple[str, ...]]"]


class Lease:
    """The right to color with the models: one holder at a time. The preview gives way, exports wait their turn.

    wanted: called (in the asking thread) when somebody more urgent than the holder waits.
    freed: called (in the giving thread) when nobody holds it and nobody urgent waits.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held = False
        self._waiting = 0
        self.wanted: Callable[[], None] = lambda: None
        self.freed: Callable[[], None] = lambda: None

    def take_if_free(self) -> bool:
        """For the preview: whether it may begin; it may not where an export waits."""
        with self._changed:
            if self._held or self._waiting:
                return False
            self._held = True
            return True

    def take(self, give_up: Callable[[], bool]) -> bool:
        """For exports: wait until it is free. give_up: asked now and then. Returns whether it is held now."""
        with self._changed:
            self._waiting += 1
        held = False
        try:
            self.wanted()
            while not held and not give_up():
                with self._changed:
                    if self._held:
                        self._changed.wait(_POLL)
                    else:
                        held = self._held = True
            return held
        finally:
            with self._changed:
                self._waiting -= 1
                free = not self._held and not self._waiting
            if free:
                self.freed()

    def give(self) -> None:
        """Whoever holds it is done."""
        with self._changed:
            self._held = False
            self._changed.notify_all()
            waiting = self._waiting
        if not waiting:
            self.freed()


class EngineRoom:
    """Models, cache and lease. Safe to use from several threads; nothing in it loads torch before models are asked for.

    cache_folder: None for the user's own. device, precision: as `engine.device.choose_compute` takes them.
    loader: makes models; `engine.session.load_models` where it is None.
    """

    def __init__(
        self,
        *,
        cache_folder: Path | None = None,
        cache_limit: int = 64 << 30,
        device: str = "auto",
        precision: str = "auto",
        loader: Loader | None = None,
    ) -> None:
        self.lease = Lease()
        self._loader = loader
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: OrderedDict[tuple, tuple[Models, tuple[str, ...]]] = OrderedDict()
        self._device, self._precision = device, precision
        self._folder, self._limit = cache_folder, cache_limit
        self._cache: ChromaCache | None = None

    @property
    def cache(self) -> ChromaCache:
        """Where finished color is kept."""
        with self._lock:
            if self._cache is None:
                self._cache = ChromaCache(self._folder or _default_cache_folder(), limit=self._limit, ram=_RAM)
            return self._cache

    @property
    def device(self) -> str:
        """The device asked for: "auto", "cpu", "cuda", "cuda:1"."""
        return self._device

    def configure(self, *, cache_folder: Path | None, cache_limit: int, device: str, precision: str) -> bool:
        """Take other preferences; whoever renders plans anew afterwards. Returns whether anything changed."""
        with self._lock:
            before = (self._folder, self._limit, self._device, self._precision)
            after = (cache_folder, cache_limit, device, precision)
            if before == after:
                return False
            if before[:2] != after[:2]:
                self._cache = None
            self._folder, self._limit, self._device, self._precision = after
            return True

    def use_device(self, device: str) -> None:
        """Color on another device from now on, such as "cpu" where a GPU's memory does not suffice."""
        with self._lock:
            self._device = device

    def models(self, settings: Settings) -> "tuple[Models, tuple[str, ...]]":
        """The models that the settings name, loaded once, and notes on them.

        Raises StudioError where weights are absent or damaged, or the device is. Takes seconds the first time.
        """
        with self._lock:
            device, precision = self._device, self._precision
        wanted = (settings.backbone, settings.weights, settings.flow, settings.fusion, device, precision)
        with self._loading:
            if wanted not in self._loaded:
                loader = self._loader or _load_models
                self._loaded[wanted] = loader(settings, device=device, precision=precision)
            self._loaded.move_to_end(wanted)
            while len(self._loaded) > _MODELS_KEPT:
                self._loaded.popitem(last=False)
            return self._loaded[wanted]

    def forget_models(self) -> None:
        """Load models anew when they are next asked for: weights have been brought, or replaced."""
        with self._loading:
            self._loaded.clear()


class LeasedControl(Control):
    """A control whose holder lends the lease out while it is paused, so that the preview may go on meanwhile.

    Only the thread that took the lease gives it back; threads that read ahead simply wait.
    """

    def __init__(self, lease: Lease) -> None:
        super().__init__()
        self._lease = lease
        self._holder: int | None = None

    def take(self) -> None:
        """Take the lease for this thread, waiting for it, and while paused leaving it to others. Raises Cancelled."""
        while True:
            super().check()
            if self._lease.take(self._put_off):
                break
        self._holder = threading.get_ident()

    def give(self) -> None:
        """Give the lease back where it is held."""
        if self._holder is not None:
            self._holder = None
            self._lease.give()

    def check(self) -> None:
        if self.paused and not self.cancelled and self._holder == threading.get_ident():
            self.give()
            self.take()
        super().check()

    def _put_off(self) -> bool:
        return self.paused or self.cancelled


class Clock:
    """Seconds of work a frame, told apart by what is done; a mean in which the last works count most."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def add(self, name: str, *, frames: int, seconds: float) -> None:
        """So many frames took so long."""
        if frames > 0:
            each = seconds / frames
            self._seconds[name] = each if name not in self._seconds else 0.7 * self._seconds[name] + 0.3 * each

    def seconds(self, name: str) -> float | None:
        """For one frame; None where nothing was measured."""
        return self._seconds.get(name)


def now() -> float:
    """Seconds on a clock that only goes forward."""
    return time.monotonic()


def _default_cache_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("tcvc-studio", appauthor=False)) / "color"


def _load_models(settings: Settings, *, device: str, precision: str) -> "tuple[Models, tuple[str, ...]]":
    # The window goes on while torch, which the engine imports, is loaded.
    load_torch()
    from tcvc_studio.engine.session import load_models

    return load_models(settings, device=device, precision=precision)
