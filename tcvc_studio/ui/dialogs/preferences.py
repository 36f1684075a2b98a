"""Preferences: what is the user's and not the project's. Every change counts at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QTabWidget, QWidget

from tcvc_studio.app.preferences import DEVICES, PRECISIONS, PreferenceStore
from tcvc_studio.errors import StudioError
from tcvc_studio.ui.ask import Ask
from tcvc_studio.ui.dialogs.frame import Dialog
from tcvc_studio.ui.parts import (
    CalmWheel,
    ElidedLabel,
    Message,
    add_row,
    button,
    column,
    form,
    readable_size,
    row,
    spin_box,
    words,
)
from tcvc_studio.ui.theme import SIZES, TEXT_SIZES

_DEVICE_NAMES = {"auto": "Graphics card where there is one", "cpu": "Processor", "cuda": "Graphics card (CUDA)"}
_PRECISION_NAMES = {
    "auto": "Half where that is safe", "fp32": "Single (32 bit)", "bf16": "bfloat16", "fp16": "Half (16 bit)",
}  # fmt: skip
_GIGABYTE = 1 << 30
_SHOWN = (
    ("show_thumbnails", "Thumbnails"), ("show_flicker", "Flicker curves"), ("show_confidence", "Flow confidence"),
    ("snapping", "Snapping while one drags"),
)  # fmt: skip


class PreferencesDialog(Dialog):
    """Edits a PreferenceStore. clear_cache_requested: throw away all finished color that is kept."""

    clear_cache_requested = Signal()

    def __init__(
        self, store: PreferenceStore, ask: Ask, parent: QWidget | None = None, *, default_cache: Path | None = None
    ) -> None:
        super().__init__("Preferences", parent, width=560)
        self._store, self._ask, self._default_cache = store, ask, default_cache
        self._filling = False
        self._message = Message()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName("Preferences")
        self._checks: dict[str, QCheckBox] = {}
        self._device, self._precision, self._text_size = QComboBox(), QComboBox(), QComboBox()
        self._autosave = spin_box(5, 3600, suffix=" s")
        self._limit = spin_box(1, 1 << 20, suffix=" GB")
        self._folder = ElidedLabel()
        self._used = words("", "dim")
        self._tabs.addTab(self._desk_page(), "Desk")
        self._tabs.addTab(self._work_page(), "Rendering")
        self._tabs.addTab(self._cache_page(), "Cache")
        self.body.addWidget(self._tabs)
        self.body.addWidget(self._message)
        self.body.addStretch(1)
        self.add_close()
        self._wheel = CalmWheel(self)
        self._wheel.calm(self._device, self._precision, self._text_size, self._autosave, self._limit)
        self._fill()
        self._connect()

    def set_cache_size(self, used: int | None) -> None:
        """Bytes that are kept, as somebody counted them in the background."""
        self._used.setText("not counted yet" if used is None else readable_size(used))

    def _desk_page(self) -> QWidget:
        fields = form()
        for size in TEXT_SIZES:
            self._text_size.addItem(f"{size} points" if size else "As the system has it", size)
        add_row(fields, "Text size", self._text_size, tip="Size of all text in the studio")
        tip = "Longest time between two saves to the recovery folder"
        add_row(fields, "Save for recovery every", self._autosave, tip=tip)
        first = True
        for name, title in _SHOWN:
            box = self._checks[name] = QCheckBox(title)
            box.setObjectName(name)
            box.setAccessibleName(title)
            fields.addRow(words("Timeline" if first else "", "dim"), box)
            first = False
        return _page(fields)

    def _work_page(self) -> QWidget:
        fields = form()
        add_row(fields, "Device", self._device, tip="What the networks run on")
        add_row(fields, "Precision", self._precision, tip="Half precision is faster on a graphics card")
        page = _page(fields)
        note = words(
            "Where a graphics card runs out of memory fewer frames are taken at once, then the working size is made "
            "smaller, and a notice says so.", "dim", wrap=True,
        )  # fmt: skip
        page.layout().insertWidget(1, note)
        return page

    def _cache_page(self) -> QWidget:
        fields = form()
        add_row(fields, "Folder", self._folder, tip="Where finished color is kept")
        change = button("Change…", "folder", tip="Keep finished color in another folder", name="Change cache folder")
        standard = button("Standard", tip="Keep finished color in the standard folder", name="Standard cache folder")
        change.clicked.connect(self._change_folder)
        standard.clicked.connect(self._standard_folder)
        fields.addRow("", row(change, standard, None))
        add_row(fields, "Limit", self._limit, tip="What was used longest ago is thrown away beyond it")
        add_row(fields, "In use", self._used)
        clear = button("Empty Cache", "delete", tip="Throw away all finished color; it is rendered again when needed")
        clear.clicked.connect(self.clear_cache_requested)
        fields.addRow("", row(clear, None))
        self.set_cache_size(None)
        return _page(fields)

    def _fill(self) -> None:
        value = self._store.value
        self._filling = True
        _fill_box(self._device, DEVICES, _DEVICE_NAMES, value.device)
        _fill_box(self._precision, PRECISIONS, _PRECISION_NAMES, value.precision)
        if self._text_size.findData(value.text_size) < 0:
            self._text_size.addItem(f"{value.text_size} points", value.text_size)
        self._text_size.setCurrentIndex(self._text_size.findData(value.text_size))
        self._autosave.setValue(value.autosave_seconds)
        self._limit.setValue(max(1, round(value.cache_limit / _GIGABYTE)))
        folder = value.cache_folder or self._default_cache
        self._folder.set_text(folder if folder is not None else "the standard folder")
        for name, box in self._checks.items():
            box.setChecked(getattr(value, name))
        self._filling = False

    def _connect(self) -> None:
        for box in (self._device, self._precision, self._text_size):
            box.activated.connect(self._box_chosen)
        self._autosave.valueChanged.connect(self._autosave_changed)
        self._limit.valueChanged.connect(self._limit_changed)
        for check in self._checks.values():
            check.toggled.connect(self._check_toggled)
        self._store.changed.connect(self._changed_elsewhere)

    def _update(self, **changes: Any) -> None:
        if self._filling:
            return
        self._attempt(lambda: self._store.update(**changes))

    def _attempt(self, change: Callable[[], None]) -> None:
        try:
            change()
            self._message.say("")
        except StudioError as error:
            self._message.say(str(error), "error")
            self._fill()

    @Slot(int)
    def _box_chosen(self, index: int) -> None:
        box = self.sender()
        names = {self._device: "device", self._precision: "precision", self._text_size: "text_size"}
        self._update(**{names[box]: box.itemData(index)})

    @Slot(int)
    def _autosave_changed(self, seconds: int) -> None:
        self._update(autosave_seconds=seconds)

    @Slot(int)
    def _limit_changed(self, gigabytes: int) -> None:
        self._update(cache_limit=gigabytes * _GIGABYTE)

    @Slot(bool)
    def _check_toggled(self, on: bool) -> None:
        self._update(**{self.sender().objectName(): on})

    @Slot()
    def _changed_elsewhere(self) -> None:
        self._fill()

    @Slot()
    def _change_folder(self) -> None:
        now = self._store.value.cache_folder or self._default_cache
        folder = self._ask.folder(self, "Folder for finished color", now)
        if folder is not None:
            self._update(cache_folder=folder)
            self._fill()

    @Slot()
    def _standard_folder(self) -> None:
        self._update(cache_folder=None)
        self._fill()


def _page(fields: QFormLayout) -> QWidget:
    holder = QWidget()
    holder.setLayout(fields)
    return column(holder, margin=SIZES.space)


def _fill_box(box: QComboBox, values: tuple[str, ...], names: dict[str, str], current: str) -> None:
    box.clear()
    for value in values if current in values else (*values, current):
        box.addItem(names.get(value, value), value)
    box.setCurrentIndex(box.findData(current))
