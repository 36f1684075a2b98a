"""The studio's icons by name, drawn in the theme's colors. qtawesome bakes colors in, so they are made here alone."""

import functools
import os
from types import MappingProxyType

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap

from tcvc_studio.ui.theme import COLORS, SIZES

#: Names in Material Design Icons (Apache 2.0), which qtawesome carries.
_NAMES = MappingProxyType(
    {
        "accept": "check", "actual": "numeric-1-box-outline", "anchor": "map-marker-plus-outline",
        "anchor_hand": "rhombus", "anchor_proposed": "rhombus-outline", "anchor_still": "image-outline",
        "cancel": "close-circle-outline", "clear_still": "image-remove", "close": "close", "copy": "content-copy",
        "cut": "box-cutter", "delete": "delete-outline", "detect": "radar", "difference": "plus-minus-variant",
        "done": "check-circle-outline", "download": "download", "error": "close-octagon", "export": "export",
        "failed": "close-octagon-outline", "film": "filmstrip", "first": "page-first", "fit": "fit-to-page-outline",
        "flip": "flip-horizontal", "folder": "folder-outline", "forward": "fast-forward", "fullscreen": "fullscreen",
        "go_to": "target", "gray": "image-filter-black-white", "guide": "book-open-variant", "history": "history",
        "import": "import", "info": "information", "information": "information-outline",
        "inspector": "tune", "jobs": "format-list-checks", "keyboard": "keyboard-outline", "last": "page-last",
        "lock": "lock-outline", "loop": "repeat", "mark_in": "ray-start", "mark_out": "ray-end",
        "missing": "file-question-outline", "models": "cube-outline", "next_anchor": "skip-next-outline",
        "next_cut": "skip-next", "nudge_left": "arrow-left", "nudge_right": "arrow-right",
        "open": "folder-open-outline", "pause": "pause", "play": "play", "preferences": "cog-outline",
        "previous_anchor": "skip-previous-outline", "previous_cut": "skip-previous",
        "project": "file-document-outline", "recover": "file-restore-outline", "redo": "redo", "refresh": "refresh",
        "relink": "file-find-outline", "render": "pause-circle-outline", "resume": "play-circle-outline",
        "rewind": "rewind", "running": "progress-clock", "save": "content-save-outline",
        "save_as": "content-save-edit-outline", "search": "magnify", "sequence": "filmstrip-box-multiple",
        "shipped": "package-variant-closed", "side": "view-split-vertical", "single": "rectangle-outline",
        "step": "step-forward", "step_back": "step-backward", "still": "image-plus", "stop": "stop",
        "suggestion": "lightbulb-on-outline", "swap": "swap-horizontal", "undo": "undo",
        "unlock": "lock-open-variant-outline",
        "waiting": "timer-sand", "warning": "alert", "wipe": "compare", "zoom_in": "magnify-plus-outline",
        "zoom_out": "magnify-minus-outline",
    }
)  # fmt: skip

NAMES: tuple[str, ...] = tuple(_NAMES)


@functools.cache
def icon(name: str, color: str = COLORS.text) -> QIcon:
    """The icon of that name; `color` as #rrggbb where it is on, the theme's gray where it is disabled.

    Call it after the application and its theme are there. Raises KeyError for a name that is not in NAMES.
    """
    return _font().icon(
        f"mdi6.{_NAMES[name]}",
        color=color, color_disabled=COLORS.off, color_active=color, color_selected=COLORS.on_accent,
    )  # fmt: skip


def pixmap(name: str, color: str = COLORS.text, *, size: int = SIZES.icon, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` device-independent pixels a side, for labels. ratio: of the screen."""
    return icon(name, color).pixmap(QSize(size, size), ratio)


@functools.cache
def _font():
    # Only one of qtawesome's thirteen fonts is read: all of them take a quarter of a second.
    os.environ.setdefault("QT_API", "pyside6")
    from qtawesome import iconic_font

    folder = os.path.join(os.path.dirname(iconic_font.__file__), "fonts")
    files = sorted(os.listdir(folder))
    ttf = next(file for file in files if file.startswith("materialdesignicons6") and file.endswith(".ttf"))
    names = next(file for file in files if file.startswith("materialdesignicons6") and file.endswith(".json"))
    return iconic_font.IconicFont(("mdi6", ttf, names))
