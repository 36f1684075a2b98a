import pytest

from tests.e2e.films import shots, write_film
from tests.e2e.studio.drive import isolated
from tests.qt import application, qt  # noqa: F401

#: Frames of the film's three shots.
SHOTS = (30, 40, 26)


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path):
    isolated(monkeypatch, tmp_path / "home")


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """Three shots of moving shapes, 192x128, with sound."""
    folder = tmp_path_factory.mktemp("films")
    picture = shots(*SHOTS, width=192, height=128)
    return write_film(
        folder / "three shots.mkv", sum(SHOTS), width=192, height=128, picture=picture, pixel_format="yuv420p10le",
        audio=1, timecode="10:00:00:00",
    )  # fmt: skip
