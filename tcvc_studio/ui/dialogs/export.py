"""The export dialog: what, how, which frames, where to; and what it will take, while one chooses."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from tcvc_studio.app.export_request import ExportRequest, estimated_bytes, files_of
from tcvc_studio.errors import StudioError
from tcvc_studio.media.codecs import codec_named
from tcvc_studio.ui.ask import CONTAINERS, Ask
from tcvc_studio.ui.dialogs.export_model import (
    CONTENTS,
    PRESETS,
    Estimate,
    ExportSource,
    Preset,
    RangeName,
    free_bytes,
    with_suffix,
)
from tcvc_studio.ui.panels.film_words import duration
from tcvc_studio.ui.parts import Message, add_row, button, form, row, rule, spin_box, words
from tcvc_studio.ui.theme import SIZES

#: Raises StudioError for what would fail at once: `ExportJobs.check`.
Check = Callable[[ExportRequest], None]
#: Frames a second that an export is expected to do, None if nobody can tell: `ExportJobs.speed`.
Speed = Callable[[ExportRequest], float | None]
#: Bytes free where a path lies, None if unknown.
Free = Callable[[Path], int | None]

_CHECK_MS = 150


class ExportDialog(QDialog):
    """Chooses one export. Non-modal; what is wrong is said in it, and Export stays off until it is right.

    export_requested: an ExportRequest, for `ExportJobs.add`. source: what there is to export.
    """

    export_requested = Signal(object)

    def __init__(
        self,
        source: ExportSource,
        ask: Ask,
        parent: QWidget | None = None,
        *,
        check: Check | None = None,
        speed: Speed | None = None,
        free: Free = free_bytes,
    ) -> None:
        super().__init__(parent)
        self._source, self._ask = source, ask
        self._check, self._speed, self._free = check, speed, free
        self._own_path = False
        self.setWindowTitle("Export")
        self._preset, self._content = QComboBox(), QComboBox()
        for preset in PRESETS:
            self._preset.addItem(preset.title, preset.id)
        for id, title in CONTENTS:
            self._content.addItem(title, id)
        self._about = words("", "dim")
        self._ranges = QButtonGroup(self)
        self._range_buttons: dict[RangeName, QRadioButton] = {}
        self._quality = spin_box(0, 51, suffix="   (lower is better)")
        self._audio = QCheckBox("Copy the film's sound")
        self._fast = QCheckBox("Faster encoder, larger file")
        self._hardware = QCheckBox("Encode on the graphics card where it can")
        self._timecode = words("", "dim")
        self._path = QLineEdit()
        self._browse = button("Browse…", "folder", tip="Choose the file, or the folder for pictures")
        self._estimate = words("", "title", wrap=True)
        self._message = Message()
        self._go = button("Export", "export", tip="Begin; the studio goes on working meanwhile", primary=True)
        self._cancel = button("Cancel", tip="Export nothing (Esc)")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CHECK_MS)
        self._lay_out()
        self._connect()
        self._choose_preset()
        self.check_now()

    @property
    def preset(self) -> Preset:
        """The chosen preset."""
        return PRESETS[self._preset.currentIndex()]

    @property
    def problem(self) -> str:
        """The sentence that says why nothing can be exported; empty if it can."""
        return self._message.text if self._message.level == "error" else ""

    def request(self) -> ExportRequest:
        """What is chosen. Raises StudioError where something is missing."""
        spans = self._source.spans(self._range())
        if not spans:
            raise StudioError("There is no such range: mark one with I and O, or select shots in the timeline.")
        text = self._path.text().strip()
        if not text:
            raise StudioError("The export has no name: choose a file to write.")
        path = Path(text).expanduser()
        if not path.is_absolute():
            path = self._source.folder / path
        preset, codec = self.preset, codec_named(self.preset.codec)
        return ExportRequest(
            path=with_suffix(path, preset),
            codec=preset.codec,
            depth=preset.depth,
            quality=float(self._quality.value()) if codec.rated else None,
            fast=self._fast.isEnabled() and self._fast.isChecked(),
            hardware=self._hardware.isEnabled() and self._hardware.isChecked(),
            audio=self._audio.isEnabled() and self._audio.isChecked(),
            spans=spans,
            content=self._content.currentData(),
        )

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(SIZES.gap + 2)
        fields = form()
        fields.setVerticalSpacing(SIZES.gap + 2)
        add_row(fields, "Format", self._preset)
        fields.addRow("", self._about)
        add_row(fields, "Picture", self._content)
        self._add_ranges(fields)
        fields.addRow(rule())
        self._quality_label = add_row(
            fields, "Quality", self._quality, tip="Constant rate factor: 0 is best, 16 to 20 keeps grain, 51 is worst"
        )
        fields.addRow(words("Options", "dim"), self._audio)
        fields.addRow("", self._fast)
        fields.addRow("", self._hardware)
        self._form = fields
        add_row(fields, "Time code", self._timecode)
        holder = QWidget()
        line = row()
        line.addWidget(self._path, 1)
        line.addWidget(self._browse)
        holder.setLayout(line)
        label = add_row(fields, "File", holder)
        label.setBuddy(self._path)
        self._path.setAccessibleName("File to write")
        self._browse.setAccessibleName("Browse for the file to write")
        layout.addLayout(fields)
        layout.addWidget(rule())
        layout.addWidget(self._estimate)
        layout.addWidget(self._message)
        layout.addStretch(1)
        layout.addLayout(row(None, self._cancel, self._go))
        self.resize(560, self.sizeHint().height())

    def _add_ranges(self, fields: QFormLayout) -> None:
        source, rate = self._source, self._source.info.rate
        marks, shots = source.spans("marks"), source.spans("shots")
        count = len(source.selected)
        frames = sum(stop - start for start, stop in shots)
        rows: tuple[tuple[RangeName, str, bool], ...] = (
            ("film", f"The whole film ({duration(source.info.frames, rate)})", True),
            ("marks", f"In to out ({marks[0][0]} to {marks[0][1] - 1}, {duration(marks[0][1] - marks[0][0], rate)})"
             if marks else "In to out (nothing is marked: I and O mark)", bool(marks)),
            ("shots", f"{count} selected shot{'' if count == 1 else 's'} ({duration(frames, rate)})"
             if count else "Selected shots (none is selected)", bool(count)),
        )  # fmt: skip
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for i, (name, text, there) in enumerate(rows):
            made = QRadioButton(text)
            made.setEnabled(there)
            made.setAccessibleName(text)
            self._ranges.addButton(made, i)
            self._range_buttons[name] = made
            box.addWidget(made)
        fields.addRow(words("Range", "dim"), holder)
        self._range_buttons["shots" if count else "marks" if marks else "film"].setChecked(True)

    def _connect(self) -> None:
        self._preset.activated.connect(self._choose_preset)
        self._content.activated.connect(self._choose_content)
        self._ranges.idToggled.connect(self._later)
        for box in (self._audio, self._fast, self._hardware):
            box.setAccessibleName(box.text())
            box.toggled.connect(self._later)
        self._quality.valueChanged.connect(self._later)
        self._path.textEdited.connect(self._name_chosen)
        self._browse.clicked.connect(self._browse_path)
        self._go.clicked.connect(self._export)
        self._cancel.clicked.connect(self.reject)
        self._timer.timeout.connect(self.check_now)
        self.finished.connect(self._timer.stop)

    def _range(self) -> RangeName:
        return next(name for name, made in self._range_buttons.items() if made.isChecked())

    @Slot()
    def _choose_preset(self) -> None:
        preset, codec = self.preset, codec_named(self.preset.codec)
        self._about.setText(preset.text)
        self._quality.setValue(round(preset.quality or 18))
        self._form.setRowVisible(self._quality, codec.rated)
        self._form.setRowVisible(self._fast, preset.codec.startswith("prores"))
        self._form.setRowVisible(self._hardware, preset.codec in ("h264", "h265"))
        self._fast.setEnabled(preset.codec.startswith("prores"))
        self._hardware.setEnabled(preset.codec in ("h264", "h265"))
        sound = bool(self._source.info.audio) and not preset.sequence
        self._audio.setEnabled(sound)
        self._audio.setChecked(sound)
        self._audio.setText(
            "Copy the film's sound" if sound
            else "No sound: it does not go into pictures" if preset.sequence else "No sound: the film has none"
        )  # fmt: skip
        self._audio.setAccessibleName(self._audio.text())
        self._choose_content()

    @Slot()
    def _choose_content(self) -> None:
        if self._own_path:
            self._path.setText(str(with_suffix(Path(self._path.text()), self.preset, usual=True)))
        else:
            self._path.setText(str(self._source.suggested(self.preset, self._content.currentData())))
        self._path.setCursorPosition(len(self._path.text()))
        self._later()

    @Slot()
    def _name_chosen(self) -> None:
        self._own_path = True
        self._later()

    @Slot()
    def _browse_path(self) -> None:
        now = Path(self._path.text() or self._source.folder)
        if self.preset.sequence:
            path = self._ask.folder(self, "Folder for the pictures", now.parent)
        else:
            path = self._ask.save_file(self, "Export", CONTAINERS, now)
        if path is not None:
            self._own_path = True
            self._path.setText(str(with_suffix(path, self.preset)))
            self.check_now()

    @Slot()
    def _later(self) -> None:
        self._timer.start()

    @Slot()
    def check_now(self) -> None:
        """Look whether it can be done and what it takes; also done a moment after every change."""
        self._timer.stop()
        try:
            request = self.request()
            self._timecode.setText(self._source.timecode(request.spans[0][0]))
            size = estimated_bytes(request, self._source.info)
            speed = self._speed(request) if self._speed is not None else None
            seconds = request.frames / speed if speed else None
            estimate = Estimate(frames=request.frames, size=size, seconds=seconds, free=self._free(request.path))
            self._estimate.setText(estimate.text)
            if self._check is not None:
                self._check(request)
        except StudioError as error:
            self._message.say(str(error), "error")
            self._go.setEnabled(False)
            return
        if not estimate.fits:
            self._message.say("The disk has too little room for it: make room, or choose another place.", "error")
        else:
            self._message.say(*self._remark(request))
        self._go.setEnabled(estimate.fits)

    def _remark(self, request: ExportRequest) -> tuple[str, str]:
        """What is good to know before it begins, and its level; no text where there is nothing."""
        files = [path for path, _, _ in files_of(request, self._source.shots)]
        there = [path.name for path in dict.fromkeys(files) if path.is_file()]
        if there:
            names = there[0] if len(there) == 1 else f"{there[0]} and {len(there) - 1} more"
            return f"{names} will be replaced: {'it is' if len(there) == 1 else 'they are'} there already.", "warning"
        if len(set(files)) > 1:
            return f"{len(files)} files are written, the first is {files[0].name}.", "info"
        return "", "info"

    @Slot()
    def _export(self) -> None:
        self.check_now()
        if self._go.isEnabled():
            self.export_requested.emit(self.request())
            self.accept()

