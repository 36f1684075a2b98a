"""The Timeline menu: play, step, loop, marks."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from tcvc_studio.project.edits import mark_in, mark_out, set_marks
from tcvc_studio.ui.desk.parts import Parts

_LOOPS = ("off", "shot", "marks", "film")


class Playing(QObject):
    """Connects what moves the playhead."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts, self._studio, self._playback = parts, parts.studio, parts.studio.playback
        parts.actions.connect_all({
            "play.toggle": self._playback.toggle, "play.back": self.back, "play.stop": self._playback.stop,
            "play.forward": self.forward, "play.step_back": self.step_back, "play.step": self.step,
            "play.jump_back": self.jump_back, "play.jump": self.jump, "play.first": self.first, "play.last": self.last,
            "play.go_to": self.go_to, "loop.off": self.loop_off, "loop.shot": self.loop_shot,
            "loop.marks": self.loop_marks, "loop.film": self.loop_film, "loop.next": self.loop_next,
            "marks.in": self.mark_in, "marks.out": self.mark_out, "marks.shot": self.mark_shot,
            "marks.clear": self.clear_marks, "marks.go_in": self.go_in, "marks.go_out": self.go_out,
        })  # fmt: skip
        self._playback.state_changed.connect(self._show_loop)
        self._playback.frame_changed.connect(self._on_frame)
        self._studio.document.changed.connect(self._on_changed)
        self._show_loop()

    @property
    def _frame(self) -> int:
        return self._playback.frame

    @Slot()
    def back(self) -> None:
        self._playback.shuttle(-1)

    @Slot()
    def forward(self) -> None:
        self._playback.shuttle(1)

    @Slot()
    def step_back(self) -> None:
        self._playback.step(-1)

    @Slot()
    def step(self) -> None:
        self._playback.step(1)

    @Slot()
    def jump_back(self) -> None:
        self._playback.step(-10)

    @Slot()
    def jump(self) -> None:
        self._playback.step(10)

    @Slot()
    def first(self) -> None:
        self._playback.seek(0)

    @Slot()
    def last(self) -> None:
        self._playback.seek(self._playback.frames - 1)

    @Slot()
    def go_to(self) -> None:
        """Let the frame be typed in the transport's own field."""
        self._parts.transport.edit_position()

    @Slot()
    def loop_off(self) -> None:
        self._set_loop("off")

    @Slot()
    def loop_shot(self) -> None:
        self._set_loop("shot")

    @Slot()
    def loop_marks(self) -> None:
        self._set_loop("marks")

    @Slot()
    def loop_film(self) -> None:
        self._set_loop("film")

    @Slot()
    def loop_next(self) -> None:
        self._set_loop(_LOOPS[(_LOOPS.index(self._playback.loop) + 1) % len(_LOOPS)])

    @Slot()
    def mark_in(self) -> None:
        self._studio.edit("Mark In", partial(mark_in, frame=self._frame))

    @Slot()
    def mark_out(self) -> None:
        self._studio.edit("Mark Out", partial(mark_out, frame=self._frame))

    @Slot()
    def mark_shot(self) -> None:
        shot = self._studio.project.shot_at(self._frame)
        self._studio.edit("Mark Shot", partial(set_marks, in_frame=shot.start, out_frame=shot.last))

    @Slot()
    def clear_marks(self) -> None:
        self._studio.edit("Clear Marks", partial(set_marks, in_frame=None, out_frame=None))

    @Slot()
    def go_in(self) -> None:
        project = self._studio.project
        if project.in_frame is not None:
            self._playback.seek(project.in_frame)

    @Slot()
    def go_out(self) -> None:
        project = self._studio.project
        if project.out_frame is not None:
            self._playback.seek(project.out_frame)

    def _set_loop(self, mode: str) -> None:
        project = self._studio.project
        span = None
        if project is not None and mode == "shot":
            shot = project.shot_at(self._frame)
            span = (shot.start, shot.stop)
        elif project is not None and mode == "marks":
            span = project.marked
        self._playback.set_loop(mode, span)

    @Slot()
    def _show_loop(self) -> None:
        self._parts.actions.set_checked(f"loop.{self._playback.loop}", True)

    @Slot(int)
    def _on_frame(self, frame: int) -> None:
        # Whoever goes to another shot by hand loops that one.
        if self._playback.loop == "shot" and not self._playback.playing:
            start, stop = self._playback.span
            if not start <= frame < stop:
                self._set_loop("shot")

    @Slot(object)
    def _on_changed(self, parts: frozenset) -> None:
        if (self._playback.loop, True) in (("shot", "cuts" in parts), ("marks", "marks" in parts)):
            self._set_loop(self._playback.loop)
