"""Pictures of the studio for the documentation, made from the demo film: `make screenshots`.

    python tools/screenshots.py [--out docs/pictures] [--size 1440x900] [--all]

Runs the studio without a screen, lets it find the cuts and render the film, and grabs window and dialogs. Nothing of
the user's is touched: preferences, recovery and cache lie in a folder that goes away.
"""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: The pictures that the documentation shows; --all takes every one.
_SHOWN = {"studio", "studio-cuts", "studio-wipe", "dialog-export"}
#: Where the pictures are taken: somebody walks along a canal.
_FRAME = 150


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    p.add_argument("--size", default="1440x900", metavar="WxH")
    p.add_argument("--all", action="store_true", help="every panel and dialog, to be looked at")
    args = p.parse_args()
    width, height = (int(side) for side in args.size.split("x"))
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tcvc-screenshots-") as home:
        for name in ("CONFIG", "STATE", "CACHE", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        _take(args.out, width, height, everything=args.all)


def _take(out: Path, width: int, height: int, *, everything: bool) -> None:
    from tcvc_studio.assets import demo_film
    from tcvc_studio.project.edits import accept_cuts, add_anchor, lock_anchors, set_marks
    from tests.e2e.studio.drive import Answers, drive

    def grab(widget, name: str) -> None:
        if everything or name in _SHOWN:
            widget.grab().save(str(out / f"{name}.png"))
            print(out / f"{name}.png", flush=True)

    def known(curve) -> float:
        return sum(value == value for value in curve.tolist()) / max(1, len(curve))

    def empty(window):
        window.resize(width, height)
        yield 0.5
        grab(window, "studio-welcome")

    def desk(window):
        window.resize(width, height)
        studio, act = window.studio, window.actions_.action
        yield lambda: studio.film is not None and len(studio.project.cuts) > 0
        first = studio.project.cuts[0].frame
        studio.edit("Accept Cut", partial(accept_cuts, frames=(first,)))
        studio.edit("Add Anchor", partial(add_anchor, frame=_FRAME + 5))
        studio.edit("Lock Anchor", partial(lock_anchors, frames=(_FRAME + 5,), locked=True))
        studio.edit("Mark Range", partial(set_marks, in_frame=139, out_frame=188))
        studio.playback.seek(_FRAME)
        yield 3.0
        grab(window, "studio-rendering")
        yield lambda: all(
            (fresh := studio.rendering.fresh_frames(layer)) is not None and fresh.all()
            for layer in ("tcvc", "backbone")
        )
        yield lambda: window.parts.viewer.frame == _FRAME
        yield lambda: min(known(studio.curves.confidence()), known(studio.curves.flicker("tcvc"))) > 0.9
        window.parts.notifier.clear()
        yield 1.0
        grab(window, "studio")
        for mode in ("wipe", "difference"):
            act(f"view.{mode}").trigger()
            yield 1.0
            grab(window, f"studio-{mode}")
        act("view.side").trigger()
        act("view.timeline_shot").trigger()
        for panel in ("cuts", "jobs", "history"):
            act(f"window.{panel}").trigger()
            window.parts.docks[panel].show()
            window.parts.docks[panel].raise_()
            yield 1.0
            grab(window, f"studio-{panel}")
        window.parts.docks["inspector"].raise_()
        for tab in ("Shot", "Film"):
            window.parts.inspector.show_tab(tab)
            yield 0.3
            grab(window.parts.inspector, f"inspector-{tab.lower()}")
        act("file.export").trigger()
        yield 1.0
        grab(window.exporting.dialog, "dialog-export")
        window.exporting.dialog.close()
        for id, name in (
            ("help.shortcuts", "shortcuts"), ("render.models", "models"), ("edit.preferences", "preferences"),
            ("help.about", "about"),
        ):  # fmt: skip
            act(id).trigger()
            yield 1.0
            (dialog,) = [d for d in window.findChildren(_dialog()) if d.isVisible()]
            grab(dialog, f"dialog-{name}")
            dialog.close()
        window.resize(1280, 720)
        window.parts.inspector.show_tab("Anchor")
        act("view.timeline_film").trigger()
        yield 1.0
        grab(window, "studio-1280x720")

    drive([], empty)
    drive([demo_film()], desk, answers=Answers(), seconds=600)


def _dialog() -> type:
    from PySide6.QtWidgets import QDialog

    return QDialog


if __name__ == "__main__":
    main()
