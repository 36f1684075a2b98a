"""Timers end with what they tick for."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

#: Timelines that are taken away while their timers tick, among timers of others that come and go.
_COMING_AND_GOING = """
import gc, random, shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from tcvc_studio.ui.timeline.widget import Timeline
application, chance = QApplication([]), random.Random(1)
others, gone = [], []
for _ in range(600):
    timeline = Timeline()
    timeline.set_thumbnails(None)
    shiboken6.delete(timeline)
    gone.append(timeline)
    for _ in range(3):
        others.append(QTimer(interval=2))
        others[-1].start()
    if len(gone) > 5:
        del gone[chance.randrange(len(gone))]
    while len(others) > 10:
        shiboken6.delete(others.pop(chance.randrange(len(others))))
    gc.collect(1)
    application.processEvents()
QTimer.singleShot(200, application.quit)
application.exec()
print("stood")
"""


def test_a_timeline_taken_away_leaves_no_timer_behind(qt):
    seen = subprocess.run(
        [sys.executable, "-c", _COMING_AND_GOING],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert seen.returncode == 0 and "stood" in seen.stdout, seen.stderr


def test_no_timer_outlives_what_it_ticks_for():
    """A QBasicTimer in Python dies after its owner, gives its number back a second time, and Qt crashes later."""
    users = [path for path in (ROOT / "tcvc_studio").rglob("*.py") if "QBasicTimer(" in path.read_text("utf-8")]
    assert not users
