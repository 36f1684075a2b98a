"""Fixtures every room may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the films, stills and weights that are not part of the repository; skips where it is absent."""
    folder = Path(os.environ.get("TCVC_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the shared films and stills are not here")
    return folder


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Folder with the parity fixtures."""
    return Path(__file__).resolve().parent / "data"
