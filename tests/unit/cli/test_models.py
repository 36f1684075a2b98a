"""`tcvc models` from its arguments to its exit code."""

import argparse
import io
import json
from pathlib import Path

import pytest
import torch

from tcvc_studio.cli import models
from tcvc_studio.errors import StudioError
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.idc import Idc
from tests.parity_weights import drawn_state


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A weights folder of the test's own."""
    monkeypatch.setenv("TCVC_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def _run(*argv: str | Path) -> int:
    parser = argparse.ArgumentParser()
    models.add_parser(parser.add_subparsers())
    args = parser.parse_args(["models", *map(str, argv)])
    return args.run(args)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_list(capsys, folder):
    assert _run("list") == 0
    text = capsys.readouterr().out
    for word in ("compact", "idc", "BSD-2-Clause", "import only", str(folder)):
        assert word in text
    assert _run("list", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["weights"]}
    assert rows["cic"]["bytes"] == 128_976_165 and rows["cic"]["state"] == "can be had"
    assert rows["tcvc-idc"]["state"] == "import only"


def test_get_shows_the_licence_and_asks_first(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(StudioError, match="add --yes"):
        _run("get", "idc")
    assert "BSD-2-Clause" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", _Terminal("no\n"))
    with pytest.raises(StudioError, match="not accepted"):
        _run("get", "idc")


def test_get_of_an_unknown_name_fetches_nothing(monkeypatch):
    asked = []
    monkeypatch.setattr("tcvc_studio.weights.store.download", lambda *a, **k: asked.append(a))
    with pytest.raises(StudioError, match="no weights called vgg"):
        _run("get", "cic", "vgg", "--yes")
    with pytest.raises(StudioError, match="import FILE --name tcvc-idc"):
        _run("get", "tcvc-idc", "--yes")
    assert asked == []


@pytest.mark.parametrize("json_too", [False, True])
def test_get_downloads_what_was_agreed_to(monkeypatch, capsys, folder, json_too):
    def fetched(url, target, *, accept, progress, check):
        assert accept("01064c6d" + "0" * 56) and not accept("f" * 64)
        assert url.startswith("https://download.pytorch.org/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"raft")
        progress(4, 4)
        return "01064c6d" + "0" * 56

    monkeypatch.setattr("tcvc_studio.weights.store.download", fetched)
    monkeypatch.setattr("sys.stdin", _Terminal("y\n"))
    assert _run("get", "raft-small", *(["--json"] if json_too else [])) == 0
    out, err = capsys.readouterr()
    assert str(folder / "raft-small.pth") in out and "BSD-3-Clause" in err
    if json_too:
        assert json.loads(out)["weights"][0]["name"] == "raft-small"


def test_verify(capsys, folder):
    folder.mkdir()
    (folder / "raft-large.pth").write_bytes(b"damaged")
    assert _run("verify", "raft-large") == 1
    assert "WRONG" in capsys.readouterr().out
    assert _run("verify", "--json", "raft-large") == 1
    row = json.loads(capsys.readouterr().out)["weights"][0]
    assert row["ok"] is False and "tcvc models get raft-large" in row["error"]
    with pytest.raises(StudioError, match="no weights called vgg"):
        _run("verify", "vgg")


def test_import_tells_what_a_file_is(shared, capsys, folder):
    assert _run("import", shared / "data" / "weights" / "raft-small.pth", "--yes") == 0
    assert "raft-small is ready" in capsys.readouterr().out
    assert _run("verify", "raft-small") == 0
    assert (folder / "raft-small.pth").is_file()


def test_import_of_the_authors_checkpoint_without_licence_asks(tmp_path, monkeypatch, capsys, folder):
    whole = {f"fea_key.{name}": value for name, value in drawn_state(Idc(), "fea_key.").items()}
    torch.save(whole | drawn_state(FeatureFusion(128)), tmp_path / "80000_G.pth")
    monkeypatch.setattr("sys.stdin", _Terminal("y\n"))
    assert _run("import", tmp_path / "80000_G.pth") == 0
    assert "unstated" in capsys.readouterr().err
    assert _run("verify", "--json", "tcvc-idc") == 0
    assert (folder / "tcvc-idc.pth").is_file()


def test_import_refuses_what_is_not_the_published_file(tmp_path, folder):
    torch.save(drawn_state(Idc()), tmp_path / "idc.pth")
    with pytest.raises(StudioError, match="not the published idc"):
        _run("import", tmp_path / "idc.pth", "--yes")
    assert not folder.exists()
    with pytest.raises(StudioError, match="holds idc, not cic"):
        _run("import", tmp_path / "idc.pth", "--yes", "--name", "cic")
    assert _run("import", tmp_path / "idc.pth", "--yes", "--unknown", "--json") == 0
    assert _run("verify", "idc") == 0


def test_import_refuses_what_would_not_load(tmp_path, folder):
    torch.save({"model10.1.weight": torch.zeros(1), "model1.0.weight": torch.zeros(1)}, tmp_path / "w.pth")
    with pytest.raises(StudioError, match="do not fit the idc backbone"):
        _run("import", tmp_path / "w.pth", "--yes", "--unknown")
    (tmp_path / "page.pth").write_text("<html>")
    with pytest.raises(StudioError, match="web page"):
        _run("import", tmp_path / "page.pth", "--yes")
    assert not folder.exists()
