"""Keys of the timeline: which does what. One table, so that the sheet of shortcuts can be made from it."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CTRL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A key with modifiers, the method of the timeline it calls with its arguments, and what it does in words.

    own: whether the timeline takes it before the window's shortcuts while it has the focus.
    """

    key: Qt.Key
    modifiers: Qt.KeyboardModifier
    method: str
    arguments: tuple[object, ...]
    words: str
    own: bool = True


BINDINGS: tuple[KeyBinding, ...] = (
    KeyBinding(Qt.Key.Key_Left, _NONE, "step", (-1,), "One frame back"),
    KeyBinding(Qt.Key.Key_Right, _NONE, "step", (1,), "One frame on"),
    KeyBinding(Qt.Key.Key_Left, _SHIFT, "step", (-10,), "Ten frames back"),
    KeyBinding(Qt.Key.Key_Right, _SHIFT, "step", (10,), "Ten frames on"),
    KeyBinding(Qt.Key.Key_Left, _CTRL, "go_to_mark", (-1,), "To the cut or anchor before, and select it"),
    KeyBinding(Qt.Key.Key_Right, _CTRL, "go_to_mark", (1,), "To the next cut or anchor, and select it"),
    KeyBinding(
        Qt.Key.Key_Left, _CTRL | _SHIFT, "go_to_mark", (-1, True), "Extend the selection to the mark before"
    ),
    KeyBinding(Qt.Key.Key_Right, _CTRL | _SHIFT, "go_to_mark", (1, True), "Extend the selection to the next mark"),
    KeyBinding(Qt.Key.Key_Left, _ALT, "nudge", (-1,), "Move what is selected one frame back"),
    KeyBinding(Qt.Key.Key_Right, _ALT, "nudge", (1,), "Move what is selected one frame on"),
    KeyBinding(Qt.Key.Key_Left, _ALT | _SHIFT, "nudge", (-10,), "Move what is selected ten frames back"),
    KeyBinding(Qt.Key.Key_Right, _ALT | _SHIFT, "nudge", (10,), "Move what is selected ten frames on"),
    KeyBinding(Qt.Key.Key_Up, _NONE, "focus_row", (-1,), "To the row of marks above"),
    KeyBinding(Qt.Key.Key_Down, _NONE, "focus_row", (1,), "To the row of marks below"),
    KeyBinding(Qt.Key.Key_Home, _NONE, "go_to", ("first",), "To the first frame"),
    KeyBinding(Qt.Key.Key_End, _NONE, "go_to", ("last",), "To the last frame"),
    KeyBinding(Qt.Key.Key_PageUp, _NONE, "scroll_pages", (-0.8,), "Scroll back"),
    KeyBinding(Qt.Key.Key_PageDown, _NONE, "scroll_pages", (0.8,), "Scroll on"),
    KeyBinding(Qt.Key.Key_Return, _NONE, "accept_or_add", (), "Accept what is selected, or add a mark here"),
    KeyBinding(Qt.Key.Key_Enter, _NONE, "accept_or_add", (), "Accept what is selected, or add a mark here"),
    KeyBinding(Qt.Key.Key_Insert, _NONE, "add_mark", (), "Add a mark at the playhead in the focused row"),
    KeyBinding(Qt.Key.Key_Delete, _NONE, "delete_selected", (), "Delete what is selected"),
    KeyBinding(Qt.Key.Key_Backspace, _NONE, "delete_selected", (), "Delete what is selected"),
    KeyBinding(Qt.Key.Key_A, _CTRL, "select_all", (), "Select all marks of the focused row"),
    KeyBinding(Qt.Key.Key_Escape, _NONE, "escape", (), "Give up a drag, or select nothing"),
    KeyBinding(Qt.Key.Key_Plus, _NONE, "zoom_in", (), "Zoom in at the playhead"),
    KeyBinding(Qt.Key.Key_Equal, _NONE, "zoom_in", (), "Zoom in at the playhead"),
    KeyBinding(Qt.Key.Key_Minus, _NONE, "zoom_out", (), "Zoom out at the playhead"),
    KeyBinding(Qt.Key.Key_0, _NONE, "fit", (), "Show the whole film"),
    KeyBinding(Qt.Key.Key_M, _NONE, "add_anchor", (), "Set an anchor at the playhead", own=False),
    KeyBinding(Qt.Key.Key_C, _NONE, "add_cut", (), "Cut at the playhead", own=False),
    KeyBinding(Qt.Key.Key_I, _NONE, "mark", ("in",), "In mark at the playhead", own=False),
    KeyBinding(Qt.Key.Key_O, _NONE, "mark", ("out",), "Out mark at the playhead", own=False),
)

_IGNORED = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
_BY_KEY = {(binding.key, binding.modifiers): binding for binding in BINDINGS}


def binding_for(event: QKeyEvent) -> KeyBinding | None:
    """What a key event stands for; plus is the same with and without Shift, as keyboards differ."""
    modifiers = event.modifiers() & ~_IGNORED
    key = Qt.Key(event.key())
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
        modifiers &= ~(_SHIFT | _CTRL)
    return _BY_KEY.get((key, modifiers))
