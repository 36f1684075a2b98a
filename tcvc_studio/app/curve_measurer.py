"""The worker behind the curves."""

import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from tcvc_studio.app.anchor_advice import suggest_anchors
from tcvc_studio.app.curve_desk import CurveDesk
from tcvc_studio.app.engine_room import now
from tcvc_studio.app.render_plan import LAYERS, Work
from tcvc_studio.app.rendering import Failure, RenderService
from tcvc_studio.engine.job import project_anchors
from tcvc_studio.errors import Cancelled, StudioError

if TYPE_CHECKING:
    from torch import Tensor

    from tcvc_studio.media.info import Frame

#: Stretches after which the confidence found is kept on disk.
_SAVE_EVERY = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """The curves at one moment; see `Curves`. fingerprint: of the film they belong to."""

    fingerprint: str | None
    flicker: Mapping[str, np.ndarray]
    confidence: np.ndarray
    suggestions: tuple[int, ...]

    @classmethod
    def nothing(cls, frames: int) -> "Measured":
        """Nothing is known of so many frames."""
        unknown = np.full(frames, np.nan, np.float32)
        return cls(None, dict.fromkeys(LAYERS, unknown), unknown, ())

    def same(self, other: "Measured") -> bool:
        return (
            self.fingerprint == other.fingerprint
            and self.suggestions == other.suggestions
            and _same(self.confidence, other.confidence)
            and all(_same(values, other.flicker[layer]) for layer, values in self.flicker.items())
        )


class Measurer(QObject):
    """Measures, in its own thread, whatever has been touched."""

    measured = Signal(object)
    failed = Signal(object)

    def __init__(self, rendering: RenderService) -> None:
        super().__init__()
        self._desk = CurveDesk()
        self._rendering = rendering
        self._lock = threading.Lock()
        self._wanted: Work | None = None
        self._touched: list[tuple[str, int, int]] = []
        self._work: Work | None = None
        self._told = Measured.nothing(0)
        self._stopped = threading.Event()
        self._changed_film = threading.Event()

    def set_work(self, work: Work | None) -> None:
        """Measure this project from now on. May be called from any thread, as `touch` and `stop`."""
        with self._lock:
            if _other_film(self._wanted, work):
                self._touched = []
                self._changed_film.set()
            self._wanted = work

    def touch(self, layer: str, start: int, stop: int) -> None:
        with self._lock:
            self._touched.append((layer, start, stop))

    def stop(self) -> None:
        self._stopped.set()

    @Slot()
    def work(self) -> None:
        """Measure until nothing is left, or another film or the end comes."""
        chunks = 0
        while not self._stopped.is_set():
            self._take_news()
            self._tell()
            chunk = None if self._work is None else self._desk.next(self._rendering.playhead)
            if chunk is None:
                break
            try:
                self._measure(self._work, *chunk)
            except Cancelled:
                continue
            except StudioError as error:
                self.failed.emit(Failure(str(error)))
            except Exception:
                self.failed.emit(Failure("A stretch of the film could not be measured.", traceback.format_exc()))
            self._desk.done(*chunk)
            chunks += 1
            if chunks % _SAVE_EVERY == 0:
                self._desk.save()
        self._desk.save()

    def _take_news(self) -> None:
        with self._lock:
            before, self._work = self._work, self._wanted
            touched, self._touched = self._touched, []
            self._changed_film.clear()
        if _other_film(before, self._work):
            self._desk.save()
            self._desk.reset(self._work.film.info.frames if self._work else 0)
            if self._work is not None:
                folder = self._rendering.room.cache.folder.parent / "confidence"
                self._desk.load(folder / f"{self._work.fingerprint}.npy")
        for layer, start, stop in touched:
            self._desk.touch(layer, start, stop)

    def _tell(self) -> None:
        """Emit the curves as they can be shown now, where they are others than before."""
        if self._work is None:
            return
        project = self._work.project
        flicker, confidence = self._desk.values()
        for layer, values in flicker.items():
            fresh = self._rendering.fresh_frames(layer)
            if fresh is None or len(fresh) != len(values):
                values[:] = np.nan
            else:
                values[~fresh] = np.nan
                values[1:][~fresh[:-1]] = np.nan
        cuts = [shot.start for shot in project.shots]
        for values in (*flicker.values(), confidence):
            values[cuts] = np.nan
        measured = Measured(self._work.fingerprint, flicker, confidence, suggest_anchors(
            confidence=confidence, backbone=flicker["backbone"], tcvc=flicker["tcvc"],
            anchors=project_anchors(project),
        ))  # fmt: skip
        if not measured.same(self._told):
            self._told = measured
            self.measured.emit(measured)

    def _measure(self, work: Work, start: int, stop: int) -> None:
        """Frames start..stop - 1, each against the one before."""
        from tcvc_studio.analysis.steadiness import flicker_between, flow_confidence
        from tcvc_studio.flow.dis import DisFlow

        pairs = self._unknown_pairs(start, stop)
        # Whose colors are looked at: both frames of every pair.
        looked_at = {(layer, number) for layer, last in pairs for number in (last - 1, last)}
        trusted = {n for n in range(max(1, start), stop) if not self._desk.confidence_known(n)}
        seen = {number for _, number in looked_at} | trusted | {number - 1 for number in trusted}
        if not seen:
            return
        flow = DisFlow("fast", workers=1)
        before: dict[str, np.ndarray] = {}
        small_before: Tensor | None = None
        with work.film.reopen() as film:
            begun = now()
            for frame in film.frames(min(seen), max(seen) + 1):
                self._give_way(now() - begun)
                begun = now()
                if self._stopped.is_set() or self._changed_film.is_set():
                    raise Cancelled
                number = frame.number
                here: dict[str, np.ndarray] = {}
                for layer in LAYERS:
                    if (layer, number) not in looked_at:
                        continue
                    histograms = self._histograms(work, frame, layer)
                    if histograms is None:
                        continue
                    here[layer] = histograms
                    pair = pairs.get((layer, number))
                    # An edit meanwhile has made it another pair, which is measured in its turn.
                    if pair is not None and layer in before and pair == self._pair(layer, number):
                        self._desk.put(layer, number, pair, flicker_between(before[layer], histograms))
                small = _small_lightness(work, frame) if {number, number + 1} & trusted else None
                if number in trusted and small is not None and small_before is not None:
                    self._desk.put_confidence(number, flow_confidence(small_before, small, flow))
                before, small_before = here, small

    def _unknown_pairs(self, start: int, stop: int) -> dict[tuple[str, int], int]:
        """Pairs of fresh frames to be measured, by layer and last frame; what is known from before is taken."""
        unknown = {}
        for layer in LAYERS:
            for number in range(max(1, start), stop):
                if self._desk.needs(layer, number):
                    pair = self._pair(layer, number)
                    if pair is not None and not self._desk.recall(layer, number, pair):
                        unknown[layer, number] = pair
        return unknown

    def _pair(self, layer: str, number: int) -> int | None:
        """What tells a pair's colors from all others; None where one of them is not fresh."""
        keys = [self._rendering.fresh_key(layer, n) for n in (number - 1, number)]
        return None if None in keys else hash(tuple(keys))

    def _give_way(self, seconds: float) -> None:
        """While something is rendered, rest as long as was worked: a thread's niceness would not do, since one that is
        held back while it holds the interpreter holds back the window."""
        if self._rendering.rendering:
            self._stopped.wait(min(seconds, 1.0))

    def _histograms(self, work: Work, frame: "Frame", layer: str) -> np.ndarray | None:
        from tcvc_studio.analysis.steadiness import histograms_of
        from tcvc_studio.color.working import working_lightness

        ab = self._rendering.color(layer, frame.number, stale=False)
        if ab is None:
            return None
        height, width = ab.shape[1:]
        return histograms_of(working_lightness(frame.luma, work.film.info.format, (width, height)), ab)


def _small_lightness(work: Work, frame: "Frame") -> "Tensor":
    from tcvc_studio.analysis.steadiness import CONFIDENCE_SIZE
    from tcvc_studio.color.working import working_lightness, working_size

    info = work.film.info
    size = working_size(round(info.width * info.sar), info.height, CONFIDENCE_SIZE)
    return working_lightness(frame.luma, info.format, size)


def _other_film(before: Work | None, now: Work | None) -> bool:
    return (before and before.fingerprint) != (now and now.fingerprint)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
