"""Weights are verified before use; downloads end whole and verified, or leave nothing behind."""

import errno
import os
import shutil
import time
from pathlib import Path

import pytest

from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.weights import download as download_module
from tcvc_studio.weights.store import Store, user_folder
from tests.unit.weights.conftest import entry, sha

_DATA = bytes(range(256)) * 4096


def _refused(action, *args, **options) -> str:
    with pytest.raises(StudioError) as caught:
        action(*args, **options)
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".")
    return text


def _left(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir()) if store.folder.is_dir() else []


@pytest.fixture
def served(server, make_store) -> Store:
    """A store whose `net` can be had from the server."""
    server.answers["/net.pth"] = _DATA
    return make_store(entry("net", url=f"{server.url}/net.pth", sha256=[sha(_DATA)]))


def test_a_download_arrives_whole_and_is_verified(served, server):
    seen = []
    path = served.get("net", progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == _DATA
    assert served.locate("net") == (path, sha(_DATA))
    assert seen[-1] == (len(_DATA), len(_DATA)) and [s[0] for s in seen] == sorted(s[0] for s in seen)
    assert _left(served) == ["net.pth", "net.pth.sha256"]
    assert (served.folder / "net.pth.sha256").read_text() == f"{sha(_DATA)}  net.pth\n"


def test_what_is_here_is_not_fetched_again_and_what_is_damaged_is(served, server):
    path = served.get("net")
    served.get("net")
    assert server.asked == ["/net.pth"]
    path.write_bytes(_DATA[:-1])
    assert "not the file it should be" in _refused(served.locate, "net")
    served.get("net")
    assert path.read_bytes() == _DATA and len(server.asked) == 2


def test_a_wrong_checksum_leaves_nothing(served, server):
    server.answers["/net.pth"] = _DATA[::-1]
    text = _refused(served.get, "net")
    assert "not the published file" in text and str(len(_DATA)) in text
    assert _left(served) == []


def test_a_wrong_answer_does_not_replace_the_file_that_is_here(make_store, server):
    store = make_store(entry("net", url=f"{server.url}/net.pth", sha256=[sha(_DATA)]))
    store.folder.mkdir(parents=True)
    store.path("net").write_bytes(b"an older release")
    server.answers["/net.pth"] = b"<html>maintenance</html>"
    _refused(store.get, "net")
    assert store.path("net").read_bytes() == b"an older release"


def test_absent_and_refused(served, server):
    del server.answers["/net.pth"]
    assert "404" in _refused(served.get, "net")
    server.answers["/net.pth"] = lambda handler: handler.send_error(503, "busy")
    assert "503" in _refused(served.get, "net")
    assert _left(served) == []


def test_nobody_answers(make_store, server):
    # Port 9 is "discard", which no machine has served for decades.
    store = make_store(entry("net", url="http://127.0.0.1:9/net.pth", sha256=[sha(_DATA)]))
    text = _refused(store.get, "net")
    assert "cannot be reached" in text and "tcvc models import" in text
    assert _left(store) == []


def test_a_name_that_does_not_resolve(make_store, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    store = make_store(entry("net", url="http://nowhere.invalid/net.pth", sha256=[sha(_DATA)]))
    assert "nowhere.invalid cannot be reached" in _refused(store.get, "net")


def test_a_connection_that_breaks_off(served, server):
    def half(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(_DATA)))
        handler.end_headers()
        handler.wfile.write(_DATA[: len(_DATA) // 2])

    server.answers["/net.pth"] = half
    assert "broke off" in _refused(served.get, "net")
    assert _left(served) == []


def test_cancelling_leaves_nothing(served):
    pieces = []

    def check() -> None:
        if pieces:
            raise Cancelled

    with pytest.raises(Cancelled):
        served.get("net", progress=lambda done, _: pieces.append(done), check=check)
    assert len(pieces) == 1 and pieces[0] < len(_DATA)
    assert _left(served) == []


def test_interrupting_leaves_nothing(served):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        served.get("net", progress=interrupt)
    assert _left(served) == []


def test_too_little_room_is_known_beforehand(served, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(download_module.shutil, "disk_usage", lambda _: usage)
    assert "no room" in _refused(served.get, "net")
    assert _left(served) == []


def test_a_disk_that_fills_up_meanwhile(served):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert "is full" in _refused(served.get, "net", progress=full)
    assert _left(served) == []


def test_a_folder_that_cannot_be_made(make_store, server):
    store = make_store(entry("net", url=f"{server.url}/net.pth", sha256=[sha(_DATA)]))
    server.answers["/net.pth"] = _DATA
    store.folder.parent.parent.joinpath("user").write_text("a file where the folder should be")
    assert "cannot be written" in _refused(store.get, "net")


def test_part_files_of_killed_runs_go_and_those_of_living_ones_stay(served):
    served.folder.mkdir(parents=True)
    old, young = served.folder / "net.pth.0123.part", served.folder / "net.pth.4567.part"
    for part in (old, young):
        part.write_bytes(b"x")
    os.utime(old, (time.time() - 1e6, time.time() - 1e6))
    served.get("net")
    assert not old.exists() and young.exists()


def test_a_publishers_short_checksum_is_pinned_by_the_first_download(make_store, server):
    server.answers["/net.pth"] = _DATA
    store = make_store(entry("net", url=f"{server.url}/net.pth", sha256=[sha(_DATA)[:8]]))
    path = store.get("net")
    assert store.locate("net")[1] == sha(_DATA)
    # Even a file that matched the eight digits would not pass for the one that came; here the receipt is what differs.
    receipt = path.with_name("net.pth.sha256")
    receipt.write_text(sha(_DATA)[:8] + "0" * 56 + "  net.pth\n")
    assert "not the file it should be" in _refused(store.locate, "net")
    receipt.unlink()
    assert store.locate("net")[0] == path


def test_a_file_put_into_the_folder_by_hand_is_accepted_by_its_checksum(make_store):
    store = make_store(entry("net", sha256=[sha(_DATA)]), entry("other"))
    store.folder.mkdir(parents=True)
    store.path("net").write_bytes(_DATA)
    assert store.locate("net")[1] == sha(_DATA)
    store.path("other").write_bytes(_DATA)
    assert "not the file it should be" in _refused(store.locate, "other")


def test_taking_a_file(make_store, tmp_path):
    store = make_store(entry("net", sha256=[sha(_DATA)]), entry("free"), entry("own", shipped=True))
    source = tmp_path / "mine.pth"
    source.write_bytes(_DATA)
    assert store.take("net", source).read_bytes() == _DATA
    source.write_bytes(b"something else")
    assert "not the published net" in _refused(store.take, "net", source)
    assert store.path("net").read_bytes() == _DATA
    store.take("net", source, unknown=True)
    assert store.locate("net")[1] == sha(b"something else")
    store.take("free", source)
    assert store.locate("free")[1] == sha(b"something else")
    assert "--weights" in _refused(store.take, "own", source)
    assert "cannot be read" in _refused(store.take, "free", tmp_path / "absent.pth")


def test_shipped_weights(make_store):
    store = make_store(entry("own", shipped=True, sha256=[sha(_DATA)]))
    assert not store.has("own")
    assert "install the program again" in _refused(store.locate, "own")
    store.path("own").write_bytes(_DATA)
    assert store.path("own").parent == store.shipped
    assert store.locate("own") == (store.path("own"), sha(_DATA))
    store.path("own").write_bytes(b"tampered with")
    # A receipt cannot excuse a shipped file.
    store.shipped.joinpath("own.pth.sha256").write_text(f"{sha(b'tampered with')}  own.pth\n")
    assert "install the program again" in _refused(store.locate, "own")
    assert "cannot be downloaded" in _refused(store.get, "own")


def test_weights_without_an_address_are_only_imported(make_store):
    store = make_store(entry("net"))
    for action in (store.locate, store.get):
        assert "tcvc models import FILE --name net" in _refused(action, "net")
    assert "no weights called else; it has net" in _refused(store.locate, "else")


def test_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TCVC_WEIGHTS", str(tmp_path / "shared weights"))
    assert user_folder() == tmp_path / "shared weights"
    monkeypatch.delenv("TCVC_WEIGHTS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert "tcvc-studio" in user_folder().parts
    assert isinstance(user_folder(), Path)
