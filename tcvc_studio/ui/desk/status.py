"""What the toolbar's right end and the status bar say: opening, finding cuts, rendering, device and memory."""

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QLabel, QProgressBar

from tcvc_studio.app.memory_use import memory_text
from tcvc_studio.app.rendering import Failure, RenderProgress
from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.parts import readable_time

_MEMORY_MS = 2000
_WORDS = {
    "idle": "", "loading": "loading the networks", "rendering": "rendering", "paused": "paused", "stopped": "stopped",
    "waiting": "an export goes first", "failed": "stopped by an error", "done": "all rendered",
}  # fmt: skip


class Status(QObject):
    """Shows progress and device, and enables actions as film, selection, anchor and work come and go."""

    def __init__(self, parts: Parts, *, device: QLabel, work: QLabel, bar: QProgressBar) -> None:
        super().__init__(parts.window)
        self._parts, self._studio = parts, parts.studio
        self._device_label, self._work_label, self._bar = device, work, bar
        self._device = ""
        self._rate = 0.0
        self._state = "idle"
        self._opening = ""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._enable)
        self._memory = QTimer(self)
        self._memory.setInterval(_MEMORY_MS)
        self._memory.timeout.connect(self._show_device)
        self._memory.start()
        studio, timeline = self._studio, parts.timeline
        studio.opening.connect(self._on_opening)
        studio.detection.progress.connect(self._on_detection)
        studio.thumbnails.progress.connect(self._on_thumbnails)
        studio.rendering.progress.connect(self._on_progress)
        studio.rendering.device_changed.connect(self._on_device)
        studio.rendering.failed.connect(self._on_failed)
        studio.notices.posted.connect(parts.notifier.show_notice)
        parts.notifier.offer_chosen.connect(self._take_offer)
        parts.transport.failed.connect(studio.notices.warning)
        for signal in (studio.film_changed, studio.document.replaced, studio.document.changed,
                       studio.playback.frame_changed, timeline.cuts_selected, timeline.anchors_selected):  # fmt: skip
            signal.connect(self._enable_soon)
        studio.document.dirty_changed.connect(self._show_title)
        studio.document.path_changed.connect(self._show_title)
        studio.document.replaced.connect(self._show_title)
        self._bar.hide()
        self._show_title()
        self._enable()

    def close(self) -> None:
        """Show nothing more."""
        self._soon.stop()
        self._memory.stop()

    @Slot()
    def _show_title(self) -> None:
        document, window = self._studio.document, self._parts.window
        window.setWindowTitle(f"{document.title}[*] — TCVC Studio" if document.title else "TCVC Studio")
        window.setWindowModified(document.dirty)

    # --- progress -----------------------------------------------------------------------------------------------

    @Slot(str, object, object)
    def _on_opening(self, name: str, done: int, total: int) -> None:
        self._opening = name
        if not name:
            self._bar.hide()
            self._work_label.clear()
            return
        self._work_label.setText(f"opening {name}")
        self._show_share(done, total)

    @Slot(int, int)
    def _on_detection(self, done: int, total: int) -> None:
        if not self._opening:
            self._work_label.setText("finding cuts" if done < total else "")
            self._show_share(done, total)
            self._bar.setVisible(done < total)

    @Slot(int, int)
    def _on_thumbnails(self, done: int, total: int) -> None:
        # What takes longer is told in its stead.
        if not self._opening and not self._studio.detection.running and self._state in ("idle", "done", "stopped"):
            self._work_label.setText("making thumbnails" if done < total else _WORDS[self._state])
            self._show_share(done, total)
            self._bar.setVisible(done < total)

    @Slot(object)
    def _on_progress(self, progress: RenderProgress) -> None:
        self._state, self._rate = progress.state, progress.frames_per_second
        self._parts.actions.set_checked("render.pause", progress.state == "paused")
        self._show_device()
        self._enable_soon()
        if self._opening or self._studio.detection.running:
            return
        text = _WORDS.get(progress.state, progress.state)
        if progress.total and progress.state not in ("idle", "done"):
            text += f"  {progress.done:,} of {progress.total:,} frames"
            if progress.eta_seconds is not None and progress.state == "rendering":
                text += f", {readable_time(progress.eta_seconds)} left"
        self._work_label.setText(text)
        self._show_share(progress.done, progress.total)
        self._bar.setVisible(progress.state in ("loading", "rendering", "paused", "waiting"))

    def _show_share(self, done: int, total: int) -> None:
        # Numbers of bytes do not fit Qt's int.
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(round(1000 * done / total) if total else 0)
        self._bar.show()

    @Slot(str)
    def _on_device(self, device: str) -> None:
        self._device = device
        self._show_device()

    @Slot()
    def _show_device(self) -> None:
        rate = f"{self._rate:.1f} frames/s" if self._rate else ""
        parts = [part for part in (self._device, rate, memory_text()) if part]
        self._device_label.setText("   ·   ".join(parts))

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        offers = (("cpu", "Go On with the CPU"),) if "cpu" in failure.offers else ()
        self._parts.notifier.post(failure.text, failure.details, "error", offers=(*offers, ("retry", "Try Again")))

    @Slot(str)
    def _take_offer(self, id: str) -> None:
        if id == "cpu":
            self._studio.rendering.use_cpu()
        elif id == "retry":
            self._studio.rendering.resume()

    # --- what can be done ---------------------------------------------------------------------------------------

    @Slot()
    def _enable_soon(self) -> None:
        self._soon.start()

    @Slot()
    def _enable(self) -> None:
        studio, project = self._studio, self._studio.project
        there = set()
        anchor = None
        if project is not None and studio.film is not None:
            there.add("film")
            frame = min(studio.playback.frame, project.film.frames - 1)
            anchor = project.anchor_at(frame)
            if anchor is not None:
                there.add("anchor")
            if self._parts.timeline.selection.cuts or self._parts.timeline.selection.anchors:
                there.add("selection")
            if self._state in ("loading", "rendering", "paused", "waiting"):
                there.add("work")
        actions = self._parts.actions
        actions.set_available(there)
        if "anchor" in there:
            actions.set_checked("anchors.lock", anchor.locked)
            actions.set_enabled("anchors.clear_still", anchor.still is not None)
