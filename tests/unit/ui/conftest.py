from tests.qt import application, qt  # noqa: F401
