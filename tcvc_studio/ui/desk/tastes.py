"""Preferences that the window itself obeys: text size, rows of the timeline, snapping."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

from tcvc_studio.ui.desk.parts import Parts
from tcvc_studio.ui.theme import DEFAULT_TEXT_SIZE, apply_theme


class Tastes(QObject):
    """Follows the preferences."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._text_size = parts.studio.preferences.value.text_size
        parts.studio.preferences.changed.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        value = self._parts.studio.preferences.value
        timeline = self._parts.timeline
        timeline.snapping = value.snapping
        timeline.hide_rows({
            key for key, shown in (
                ("thumbnails", value.show_thumbnails), ("flicker", value.show_flicker),
                ("confidence", value.show_confidence),
            ) if not shown
        })  # fmt: skip
        if value.text_size != self._text_size:
            self._text_size = value.text_size
            apply_theme(QApplication.instance(), value.text_size or DEFAULT_TEXT_SIZE)
