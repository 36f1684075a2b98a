"""The viewer: asks the frame service for what is to be seen, and lays it out for the canvas."""

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tcvc_studio.app.frames import DIVISORS, FrameService
from tcvc_studio.ui.theme import COLORS
from tcvc_studio.ui.viewer.bar import GAINS, MODES, CompareBar
from tcvc_studio.ui.viewer.canvas import Canvas
from tcvc_studio.ui.viewer.geometry import best_divisor
from tcvc_studio.ui.viewer.scene import Cell, Layer, Scene
from tcvc_studio.ui.viewer.states import NAMES, Badge, Span, SpanIndex, badge

if TYPE_CHECKING:
    from tcvc_studio.app.playback import Playback

#: Frames made ahead while the film plays; while it stands, its neighbours.
_AHEAD, _NEIGHBOURS = 24, 2
#: Frames that follow each other within so many milliseconds are scrubbed over.
_SCRUBBING_MS = 150
_COLORS = {"backbone": COLORS.backbone, "tcvc": COLORS.tcvc, "gray": COLORS.gray, "difference": COLORS.dim}
_NO_FILM = "No film is open. Open one from the File menu, or drop it here."


class ViewerArea(QWidget):
    """Backbone, TCVC and source, compared in one of MODES, with one zoom and pan.

    shown: a frame's pictures are on screen. mode_changed, layers_changed, third_changed, gain_changed: by whatever
    hand. zoom_changed: device pixels for one of the film's.
    """

    shown = Signal(int)
    mode_changed = Signal(str)
    layers_changed = Signal(str, str)
    third_changed = Signal(bool)
    gain_changed = Signal(float)
    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer")
        self._source: FrameService | None = None
        self._playback: Playback | None = None
        self._mode, self._left, self._right = "side", "backbone", "tcvc"
        self._third, self._gain, self._flipped = False, 4.0, False
        self._spans = SpanIndex()
        self._empty_text = _NO_FILM
        self._wanted = self._on_screen = -1
        self._scrubbing = False
        self._rests = QTimer(self, singleShot=True, interval=_SCRUBBING_MS)
        self._rests.timeout.connect(self._on_rest)
        # Frames that were wanted of late, so that a picture that comes late is shown and one read ahead is not.
        self._asked: deque[int] = deque(maxlen=32)
        self.bar = CompareBar(self)
        self.canvas = Canvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self.bar.mode_chosen.connect(self.set_mode)
        self.bar.layers_chosen.connect(self.set_layers)
        self.bar.third_chosen.connect(self.set_third)
        self.bar.gain_chosen.connect(self.set_gain)
        self.bar.zoom_chosen.connect(self._on_zoom_chosen)
        self.canvas.painted.connect(self.shown)
        self.canvas.view_changed.connect(self._on_view_changed)
        self.canvas.clicked.connect(self._on_clicked)
        self.bar.show_layers(self._left, self._right)
        self.bar.show_gain(self._gain)
        self._refresh()

    @property
    def mode(self) -> str:
        """One of MODES."""
        return self._mode

    @property
    def layers(self) -> tuple[str, str]:
        """Left and right; single shows the right one."""
        return self._left, self._right

    @property
    def third(self) -> bool:
        """Whether the source is shown beside."""
        return self._third

    @property
    def gain(self) -> float:
        """By which the difference is multiplied."""
        return self._gain

    @property
    def frame(self) -> int:
        """The frame whose pictures are on screen, -1 before there are any."""
        return self._on_screen

    @property
    def flipped(self) -> bool:
        """Whether flip shows the left picture."""
        return self._flipped

    def set_source(self, source: FrameService | None) -> None:
        """Where pictures come from. The service stays its owner's."""
        if self._source is not None:
            self._source.ready.disconnect(self._on_ready)
            self._source.failed.disconnect(self._on_failed)
        self._source = source
        if source is not None:
            source.ready.connect(self._on_ready)
            source.failed.connect(self._on_failed)
            source.set_difference(self._left, self._right, gain=self._gain)
        self.film_changed()

    @Slot()
    def film_changed(self) -> None:
        """The service has another film now, or none: its picture is fitted, and `show_frame` is waited for."""
        self._wanted = self._on_screen = -1
        self._asked.clear()
        self.canvas.zoom(None)
        self._refresh()

    def follow(self, playback: "Playback") -> None:
        """Show what play shows, read ahead of it, and tell it what was shown in time."""
        self._playback = playback
        playback.frame_changed.connect(self.show_frame)
        playback.state_changed.connect(self._ask)
        self.shown.connect(playback.confirm)
        playback.set_watched(True)

    def set_spans(self, spans: Iterable[Span]) -> None:
        """What is fresh, stale, being rendered, failed."""
        self._spans = SpanIndex(spans)
        self._refresh()

    def set_empty_text(self, text: str) -> None:
        """What to say where no film is open."""
        self._empty_text = text
        self._refresh()

    @Slot(int)
    def show_frame(self, frame: int) -> None:
        """Show a frame as soon as its pictures are there; until then what is on screen stays."""
        self._wanted = frame
        self._asked.append(frame)
        if self._playback is None or not self._playback.playing:
            self._scrubbing = self._rests.isActive()
            self._rests.start()
        self._ask()
        self._refresh()

    @Slot(str)
    def set_mode(self, mode: str) -> None:
        """One of MODES; "flip" again flips. Raises ValueError for another."""
        if mode not in MODES:
            raise ValueError(f"there is no way {mode!r} to compare")
        if mode == self._mode == "flip":
            self.flip()
            return
        self._mode, self._flipped = mode, False
        self.bar.show_mode(mode)
        self._changed()
        if mode == "wipe" and not self.canvas.is_wipe_seen():
            self.canvas.center_wipe()
        self.mode_changed.emit(mode)

    @Slot(str, str)
    def set_layers(self, left: str, right: str) -> None:
        """Which layers stand left and right: "backbone", "tcvc", "gray". Raises ValueError for others."""
        if not {left, right} <= {"backbone", "tcvc", "gray"}:
            raise ValueError(f"{left!r} and {right!r} are not both layers that can be compared")
        self._left, self._right = left, right
        self.bar.show_layers(left, right)
        self._tell_difference()
        self._changed()
        self.layers_changed.emit(left, right)

    @Slot()
    def swap(self) -> None:
        """Let left and right change places."""
        self.set_layers(self._right, self._left)

    @Slot()
    def flip(self) -> None:
        """Show the other picture in the place of the one."""
        self._flipped = not self._flipped
        self._refresh()

    @Slot(bool)
    def set_third(self, gray: bool) -> None:
        """Show the source beside the others."""
        self._third = gray
        self.bar.show_third(gray)
        self._changed()
        self.third_changed.emit(gray)

    @Slot(float)
    def set_gain(self, gain: float) -> None:
        """Multiply the difference, 1 to 32."""
        gain = float(min(max(gain, GAINS[0]), GAINS[-1]))
        if gain == self._gain:
            return
        self._gain = gain
        self.bar.show_gain(gain)
        self._tell_difference()
        self._changed()
        self.gain_changed.emit(gain)

    @Slot()
    def gain_up(self) -> None:
        """Twice the gain."""
        self.set_gain(self._gain * 2)

    @Slot()
    def gain_down(self) -> None:
        """Half the gain."""
        self.set_gain(self._gain / 2)

    @Slot()
    def fit(self) -> None:
        """Show whole pictures, and go on doing so when the window's size changes."""
        self.canvas.zoom(None)

    @Slot(float)
    def zoom_to(self, scale: float) -> None:
        """So many screen pixels for one of the film's, about the middle; 1.0 shows every pixel on one."""
        self.canvas.zoom(scale)

    @Slot()
    def zoom_in(self) -> None:
        """To the next larger step."""
        self.canvas.step_zoom(1)

    @Slot()
    def zoom_out(self) -> None:
        """To the next smaller step."""
        self.canvas.step_zoom(-1)

    def _needed(self) -> tuple[str, ...]:
        """Layers that are on screen, or one key away."""
        if self._mode == "difference":
            first: tuple[str, ...] = ("difference",)
        elif self._mode == "single":
            first = (self._right,)
        else:
            first = (self._left, self._right)
        return tuple(dict.fromkeys(first + (("gray",) if self._third else ())))

    @Slot()
    def _ask(self) -> None:
        if self._source is None or self._source.info is None or self._wanted < 0:
            return
        # Pictures larger than they are drawn would only cost time and memory.
        self._source.set_detail(best_divisor(self.canvas.scale, DIVISORS))
        ahead: int | tuple[int, ...] = 0
        if self._playback is not None:
            ahead = self._playback.upcoming(_AHEAD if self._playback.playing else _NEIGHBOURS)
        playing = self._playback is not None and self._playback.playing
        # What is passed over need not be exact; where the playhead rests it is.
        self._source.request(self._wanted, self._needed(), ahead=ahead, draft=playing or self._scrubbing)

    @Slot()
    def _on_rest(self) -> None:
        if self._scrubbing:
            self._scrubbing = False
            self._ask()

    def _there(self, frame: int) -> bool:
        return frame >= 0 and all(self._source.picture(frame, layer) is not None for layer in self._needed())

    def _refresh(self) -> None:
        """Lay out what is there."""
        if self._source is None or self._source.info is None:
            self._on_screen = -1
            self.canvas.set_scene(Scene(message=self._empty_text))
            self._describe()
            return
        if self._there(self._wanted):
            self._on_screen = self._wanted
        frame = self._on_screen
        failure = self._source.failure(self._wanted)
        if failure is not None:
            self._on_screen = frame = -1
        self.canvas.set_scene(Scene(
            cells=self._cells(frame), size=self._size(), frame=max(frame, 0), message=failure or "",
        ))  # fmt: skip
        self._describe()

    def _cells(self, frame: int) -> tuple[Cell, ...]:
        left, right = self._layer(self._left, frame), self._layer(self._right, frame)
        match self._mode:
            case "side":
                cells = [Cell(left), Cell(right)]
            case "wipe":
                cells = [Cell(left, wiped_by=right)]
            case "flip":
                cells = [Cell(left if self._flipped else right)]
            case "difference":
                cells = [Cell(self._difference(frame))]
            case _:
                cells = [Cell(right)]
        return (*cells, Cell(self._layer("gray", frame))) if self._third else tuple(cells)

    def _layer(self, layer: str, frame: int) -> Layer:
        image = self._picture(layer, frame)
        said = Badge("none", "")
        if image is not None:
            state = self._spans.state(layer, frame)
            said = badge(layer, state, colored=self._source.is_colored(frame, layer))
        return Layer(NAMES[layer], image, said, self._late(frame), _COLORS[layer])

    def _difference(self, frame: int) -> Layer:
        name = f"Difference × {self._gain:g}"
        note = f"{NAMES[self._left]} and {NAMES[self._right]}"
        image = self._picture("difference", frame)
        said = Badge("none", "")
        if image is not None and not self._source.is_colored(frame, "difference"):
            said = Badge("ring", "not both colored yet")
        return Layer(name, image, said, note, _COLORS["difference"])

    def _picture(self, layer: str, frame: int) -> QImage | None:
        return self._source.picture(frame, layer) if frame >= 0 else None

    def _late(self, frame: int) -> str:
        """Said while a picture is on screen that is not the one that is wanted."""
        playing = self._playback is not None and self._playback.playing
        return f"frame {frame}" if frame >= 0 and frame != self._wanted and not playing else ""

    def _size(self) -> tuple[int, int]:
        info = self._source.info
        width, height = max(1, round(info.width * info.sar)), info.height
        return (height, width) if info.rotation // 90 % 2 else (width, height)

    def _describe(self) -> None:
        """For those who do not see it."""
        scene = self.canvas.scene
        if not scene.cells:
            self.canvas.setAccessibleName("Viewer")
            self.canvas.setAccessibleDescription(scene.message)
            return
        layers = [layer for cell in scene.cells for layer in (cell.layer, cell.wiped_by) if layer is not None]
        self.canvas.setAccessibleName("Viewer: " + ", ".join(layer.name for layer in layers))
        said = "; ".join(f"{layer.name} {layer.badge.text}" for layer in layers if layer.badge.text)
        self.canvas.setAccessibleDescription(f"Frame {self._on_screen}. {said}{scene.message}")

    def _tell_difference(self) -> None:
        if self._source is not None:
            self._source.set_difference(self._left, self._right, gain=self._gain)

    def _changed(self) -> None:
        """Other layers, or another place for them."""
        self._refresh()
        self._ask()
        self._refresh()
        self._on_view_changed()

    @Slot(int)
    def _on_ready(self, frame: int) -> None:
        if frame not in (self._wanted, self._on_screen) and frame in self._asked and self._there(frame):
            # Late, but newer than what is on screen: while one scrubs it shows where one is.
            asked = list(self._asked)
            if self._on_screen not in asked or asked.index(frame) > asked.index(self._on_screen):
                self._on_screen = frame
        if frame in (self._wanted, self._on_screen):
            self._refresh()

    @Slot(int, str)
    def _on_failed(self, frame: int, _text: str) -> None:
        if frame == self._wanted:
            self._refresh()

    @Slot()
    def _on_view_changed(self) -> None:
        self.bar.show_zoom(self.canvas.view.scale, self.canvas.scale if self.canvas.scene.cells else None)
        self.zoom_changed.emit(self.canvas.scale)
        self._ask()

    @Slot(object)
    def _on_zoom_chosen(self, scale: float | None) -> None:
        self.canvas.zoom(scale)
        self._on_view_changed()

    @Slot()
    def _on_clicked(self) -> None:
        if self._mode == "flip":
            self.flip()
