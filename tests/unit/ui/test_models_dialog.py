"""The models dialog: licence before download, progress and cancel, import from a file."""

import threading

import pytest
from PySide6.QtWidgets import QPushButton

from tcvc_studio.app.model_work import ModelWork
from tcvc_studio.ui.dialogs.models import ModelsDialog, licence_text, state_of
from tcvc_studio.ui.theme import apply_theme
from tests.qt import wait_until
from tests.unit.ui.window_kit import Answers, clipped, unnamed
from tests.unit.weights.conftest import entry, files, make_store, server, sha  # noqa: F401

PAYLOAD = b"weights" * 60_000


@pytest.fixture
def desk(server, qt, make_store):  # noqa: F811
    """A dialog over three entries: one to download, one to import, one shipped and there."""
    apply_theme(qt)
    server.answers["/a.pth"] = PAYLOAD
    store = make_store(
        entry("alpha", url=f"{server.url}/a.pth", sha256=[sha(PAYLOAD)], bytes=len(PAYLOAD)),
        entry("compact", file="c.pth"),
        entry("gamma", shipped=True, sha256=[sha(b"shipped")]),
    )
    (store.shipped / "gamma.pth").write_bytes(b"shipped")
    work = ModelWork(store)
    dialog = ModelsDialog(store, work, Answers())
    dialog.show()
    qt.processEvents()
    yield dialog, work, store
    dialog.close()
    work.close()


def press(dialog, text) -> None:
    next(b for b in dialog.findChildren(QPushButton) if b.text() == text and b.isVisible()).click()


def test_the_list_tells_what_is_here(desk):
    dialog, _, store = desk
    states = [state_of(entry, store) for entry in store.catalogue.entries]
    assert states == ["can be had", "import only", "shipped"]
    assert "can be downloaded" in dialog._list.item(0).text() and "comes with" in dialog._list.item(2).text()
    (store.shipped / "gamma.pth").unlink()
    assert state_of(store.catalogue["gamma"], store) == "missing"


def test_nothing_is_downloaded_before_the_licence_is_accepted(desk, server):  # noqa: F811
    dialog, _, store = desk
    assert "Copyright somebody." in dialog._licence.toPlainText()
    assert licence_text(store.catalogue["alpha"]).startswith("Licence: BSD-2-Clause")
    assert not dialog._download.isEnabled()
    dialog._download.click()
    assert server.asked == []
    dialog._accept.setChecked(True)
    assert dialog._download.isEnabled()


def test_weights_are_downloaded_and_verified(desk):
    dialog, work, store = desk
    changed, seen = [], []
    dialog.changed.connect(lambda: changed.append(True))
    work.progress.connect(lambda name, done, total: seen.append((name, done, total)))
    dialog._accept.setChecked(True)
    press(dialog, "Download")
    assert dialog._bar.isVisible() and not dialog._list.isEnabled()
    wait_until(lambda: not work.busy)
    assert store.path("alpha").read_bytes() == PAYLOAD and changed == [True]
    assert seen[-1] == ("alpha", len(PAYLOAD), len(PAYLOAD))
    assert dialog._message.level == "good" and "on this computer" in dialog._list.item(0).text()
    assert not dialog._download.isVisible() and not dialog._bar.isVisible()
    press(dialog, "Verify")
    wait_until(lambda: not work.busy)
    assert "what it should be" in dialog._message.text
    store.path("alpha").write_bytes(b"bad")
    press(dialog, "Verify")
    wait_until(lambda: not work.busy)
    assert dialog._message.level == "error" and "is not the file it should be" in dialog._message.text


def test_a_download_is_cancelled_and_leaves_nothing(desk, server):  # noqa: F811
    dialog, work, store = desk
    half_sent, go_on = threading.Event(), threading.Event()

    def slow(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(PAYLOAD)))
        handler.end_headers()
        handler.wfile.write(PAYLOAD[: 1 << 18])
        handler.wfile.flush()
        half_sent.set()
        go_on.wait(10)
        handler.wfile.write(PAYLOAD[1 << 18 :])

    server.answers["/a.pth"] = slow
    dialog._accept.setChecked(True)
    press(dialog, "Download")
    wait_until(half_sent.is_set)
    press(dialog, "Cancel Download")
    go_on.set()
    wait_until(lambda: not work.busy)
    assert dialog._message.text.startswith("Cancelled") and dialog._message.level == "info"
    assert list(store.folder.iterdir()) == []


def test_what_was_sent_wrong_is_not_kept(desk, server):  # noqa: F811
    dialog, work, store = desk
    server.answers["/a.pth"] = b"something else"
    dialog._accept.setChecked(True)
    press(dialog, "Download")
    wait_until(lambda: not work.busy)
    assert dialog._message.level == "error" and "not the published file" in dialog._message.text
    assert not store.has("alpha") and dialog._download.isEnabled()


def test_a_file_is_looked_into_and_imported_after_its_licence(desk, files):  # noqa: F811
    dialog, work, store = desk
    dialog._ask.path = files.compact
    press(dialog, "Import from File…")
    wait_until(lambda: not work.busy)
    assert dialog.chosen.name == "compact" and "Read its licence" in dialog._message.text
    assert not store.has("compact") and not dialog._download.isEnabled()
    dialog._accept.setChecked(True)
    press(dialog, "Import")
    wait_until(lambda: not work.busy)
    assert store.has("compact") and dialog._message.level == "good"


def test_a_file_that_is_not_the_published_one_is_taken_only_knowingly(server, qt, make_store, files):  # noqa: F811
    store = make_store(entry("compact", file="c.pth", url=f"{server.url}/c", sha256=["0" * 64]))
    work = ModelWork(store)
    dialog = ModelsDialog(store, work, Answers(files.compact))
    dialog.show()
    press(dialog, "Import from File…")
    wait_until(lambda: not work.busy)
    assert dialog._message.level == "warning" and "not the published file" in dialog._message.text
    dialog._accept.setChecked(True)
    press(dialog, "Import")
    wait_until(lambda: not work.busy)
    assert store.has("compact")
    work.close()


def test_a_file_that_holds_no_weights_is_refused(desk, tmp_path):
    dialog, work, _ = desk
    for name, content in (("a.pth", b"nothing"), ("missing.pth", None)):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        dialog._ask.path = path
        press(dialog, "Import from File…")
        wait_until(lambda: not work.busy)
        assert dialog._message.level == "error" and dialog._message.text
    dialog._ask.path = None
    press(dialog, "Import from File…")
    assert not work.busy


def test_one_thing_at_a_time(desk):
    _, work, _ = desk
    states = []
    work.busy_changed.connect(states.append)
    work.verify("gamma")
    work.verify("gamma")
    wait_until(lambda: not work.busy)
    assert states == [True, False]


def test_weights_can_be_asked_for_by_name(desk):
    dialog, _, _ = desk
    dialog.choose("gamma")
    assert dialog.chosen.name == "gamma" and dialog._verify.isVisible()
    dialog.choose("no such weights")
    assert dialog.chosen.name == "gamma"


def test_the_dialog_looks_right(qt, desk):
    dialog, _, _ = desk
    for name in ("alpha", "compact", "gamma"):
        dialog.choose(name)
        for _ in range(3):
            qt.processEvents()
        assert clipped(dialog) == [] and unnamed(dialog) == []
    assert dialog.minimumSizeHint().width() <= 1280 and dialog.minimumSizeHint().height() <= 680
