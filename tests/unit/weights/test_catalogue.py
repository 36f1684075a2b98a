"""The shipped catalogue is complete and true; sealing writes what lies there."""

import pytest

from tcvc_studio.assets import models_folder
from tcvc_studio.errors import StudioError
from tcvc_studio.weights.catalogue import read_catalogue, seal
from tests.unit.weights.conftest import entry, sha


def test_the_shipped_catalogue():
    catalogue = read_catalogue()
    names = [e.name for e in catalogue.entries]
    assert set(names) >= {"compact", "compact-fusion", "idc", "cic", "tcvc-idc", "raft-small", "raft-large"}
    assert len(set(names)) == len(names)
    assert len({e.file for e in catalogue.entries}) == len(names)
    for e in catalogue.entries:
        assert e.licence and e.notice and e.title
        assert (e.backbone is None) == (e.role != "fusion")
        if e.url is not None:
            assert e.url.startswith("https://") and e.sha256
        if e.backbone is not None:
            assert catalogue[e.backbone].role == "backbone"
    assert catalogue["tcvc-idc"].url is None
    assert catalogue["idc"].knows("df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66")
    assert catalogue["cic"].bytes == 128_976_165


def test_the_shipped_files_are_those_the_catalogue_names():
    for e in read_catalogue().entries:
        path = models_folder() / e.file
        if e.shipped and path.is_file():
            assert e.bytes == path.stat().st_size
            assert e.sha256 == (sha(path),)


def test_the_published_raft_is_known(shared):
    path = shared / "data" / "weights" / "raft-small.pth"
    assert read_catalogue()["raft-small"].knows(sha(path))


def test_roles_and_fusions(make_store):
    catalogue = make_store(
        entry("a"), entry("b"), entry("f", role="fusion", backbone="b"), entry("r", role="flow")
    ).catalogue
    assert [e.name for e in catalogue.of_role("backbone")] == ["a", "b"]
    assert [e.name for e in catalogue.fusions_of("b")] == ["f"]
    assert catalogue.fusions_of("a") == ()


def test_sealing_writes_the_shipped_files_facts_and_nothing_else(make_store):
    store = make_store(
        entry("compact", shipped=True), entry("idc", bytes=5), entry("later", shipped=True), entry("compact2", bytes=7)
    )
    path = store.shipped / "catalogue.toml"
    before = path.read_text()
    store.path("compact").write_bytes(b"trained")
    assert seal(store.shipped) == ["compact"]
    sealed = read_catalogue(path)
    assert sealed["compact"].bytes == 7 and sealed["compact"].sha256 == (sha(b"trained"),)
    lines = zip(before.splitlines(), path.read_text().splitlines(), strict=True)
    assert [old for old, new in lines if old != new] == ["bytes = 0", "sha256 = []"]
    store.path("compact").write_bytes(b"trained for longer")
    seal(store.shipped)
    assert read_catalogue(path)["compact"].bytes == 18


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "other = 1",
        entry("a").replace("title", "titel"),
        entry("a").replace('licence = "BSD-2-Clause"\n', ""),
        entry("a", sha256=["xyz"]),
        entry("a", sha256=["abc123"]),
        entry("a", file="../../etc/passwd"),
    ],
)
def test_a_broken_catalogue_is_one_sentence(tmp_path, text):
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(StudioError, match=r"catalogue\.toml cannot be read"):
        read_catalogue(tmp_path / "catalogue.toml")
