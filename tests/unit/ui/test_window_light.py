"""The window's pieces load nothing heavy, and keep their words whole on a screen of twice the density."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = (
    "tcvc_studio.app.actions", "tcvc_studio.app.film_search", "tcvc_studio.app.model_work", "tcvc_studio.ui.action_set",
    "tcvc_studio.ui.ask", "tcvc_studio.ui.dialogs.about", "tcvc_studio.ui.dialogs.export",
    "tcvc_studio.ui.dialogs.history", "tcvc_studio.ui.dialogs.models", "tcvc_studio.ui.dialogs.preferences",
    "tcvc_studio.ui.dialogs.recovery", "tcvc_studio.ui.dialogs.relink", "tcvc_studio.ui.dialogs.shortcuts",
    "tcvc_studio.ui.notifier", "tcvc_studio.ui.panels.inspector", "tcvc_studio.ui.panels.jobs",
    "tcvc_studio.ui.welcome",
)  # fmt: skip

_LOOK = """
import sys
sys.path.insert(0, {root!r})
from PySide6.QtWidgets import QApplication
app = QApplication([])
from tcvc_studio.ui.theme import apply_theme
from tests.unit.ui.window_kit import Answers, clipped, make_info, make_project
from tcvc_studio.ui.dialogs.export import ExportDialog
from tcvc_studio.ui.dialogs.export_model import ExportSource
from tcvc_studio.ui.dialogs.shortcuts import ShortcutSheet
from tcvc_studio.ui.panels.inspector import Inspector
from tcvc_studio.ui.welcome import Recent, Welcome
from pathlib import Path
apply_theme(app, 10)
inspector = Inspector(Answers())
inspector.set_project(make_project(), make_info())
inspector.set_frame(160)
inspector.resize(320, 600)
welcome = Welcome()
welcome.set_recent([Recent(Path("/p/reel.tcvc"), True)])
welcome.resize(1280, 720)
export = ExportDialog(ExportSource(info=make_info(), name="reel", folder=Path("/tmp")), Answers(), free=lambda _: None)
for widget in (inspector, welcome, export, ShortcutSheet()):
    tabs = ("Anchor", "Shot", "Film") if widget is inspector else ("",)
    for tab in tabs:
        if tab:
            widget.show_tab(tab)
        widget.show()
        for _ in range(4):
            app.processEvents()
        assert widget.devicePixelRatioF() == 2.0
        assert widget.grab().width() == 2 * widget.width()
        print(type(widget).__name__, tab, clipped(widget))
print("torch" in sys.modules, "av" in sys.modules)
"""


def run(code: str, **environment: str) -> list[str]:
    seen = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
    )  # fmt: skip
    assert seen.returncode == 0, seen.stderr
    return seen.stdout.splitlines()


def test_nothing_heavy_is_loaded():
    heavy = ("torch", "av", "cv2", "scenedetect", "qtawesome")
    code = f"import sys\nimport {', '.join(MODULES)}\nprint(*(name for name in {heavy!r} if name in sys.modules))"
    assert run(code) == [""]


@pytest.mark.parametrize("scale", ["2"])
def test_words_are_whole_at_twice_the_density(scale):
    lines = run(_LOOK.format(root=str(ROOT)), QT_SCALE_FACTOR=scale)
    seen = [line.split(" ")[0] for line in lines[:-1]]
    assert seen == ["Inspector"] * 3 + ["Welcome", "ExportDialog", "ShortcutSheet"]
    assert all(line.endswith("[]") for line in lines[:-1]), lines
    assert lines[-1] == "False False"
