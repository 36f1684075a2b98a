"""A day of scrubbing, playing and editing in a few minutes: memory does not grow with it."""

import random
import time
import tracemalloc
from functools import partial

import pytest

from tcvc_studio.app.frames import FrameService
from tcvc_studio.app.memory_use import resident_bytes
from tcvc_studio.project.edits import add_anchors, add_cut, remove_anchors, remove_cuts, set_interval, set_marks
from tests.e2e.films import shots, write_film
from tests.e2e.studio.drive import drive, isolated

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

SECONDS = 240
FRAMES = 400


def test_memory_stays_flat_under_scrubbing_and_edits(tmp_path, monkeypatch, qt, record_property):
    isolated(monkeypatch, tmp_path / "home")
    # Bounds that are reached in the first minute, so that what grows afterwards is a leak.
    monkeypatch.setattr("tcvc_studio.app.engine_room._RAM", 8 << 20)
    monkeypatch.setitem(FrameService.__init__.__kwdefaults__, "limit", 24 << 20)
    monkeypatch.setattr("tcvc_studio.app.document.HISTORY", 100)
    film = write_film(
        tmp_path / "film.mkv", FRAMES, width=192, height=128, picture=shots(100, 100, 100, 100, width=192, height=128),
        pixel_format="yuv420p",
    )
    samples = []

    def journey(window):
        studio, act = window.studio, window.actions_.action
        yield lambda: studio.film is not None and len(studio.project.cuts) == 3
        yield lambda: (fresh := studio.rendering.fresh_frames("tcvc")) is not None and bool(fresh.all())
        window.resize(1280, 720)
        chosen = random.Random(3)
        tracemalloc.start()
        end, sampled, turns = time.monotonic() + SECONDS, 0.0, 0
        while time.monotonic() < end:
            turns += 1
            frame = chosen.randrange(1, FRAMES)
            studio.playback.seek(frame)
            match chosen.randrange(8):
                case 0:
                    studio.edit("Add", partial(add_anchors, frames=(frame,)))
                case 1 if studio.project.anchors:
                    studio.edit("Remove", partial(remove_anchors, frames=(studio.project.anchors[0].frame,)))
                case 2:
                    studio.edit("Mark", partial(set_marks, in_frame=frame, out_frame=None), "marks")
                case 3 if frame not in {cut.frame for cut in studio.project.cuts}:
                    studio.edit("Cut", partial(add_cut, frame=frame))
                    studio.edit("Uncut", partial(remove_cuts, frames=(frame,)))
                case 4:
                    studio.edit("N", partial(set_interval, n=chosen.choice((9, 17, 25))))
                case 5:
                    act("edit.undo").trigger()
                case 6:
                    window.parts.timeline.zoom(chosen.choice((0.5, 2.0)))
                case 7:
                    act(chosen.choice(("view.wipe", "view.side", "view.difference", "view.single"))).trigger()
            yield chosen.choice((0.0, 0.02, 0.05))
            if turns % 40 == 0:
                studio.playback.play()
                yield 0.5
                studio.playback.stop()
            if time.monotonic() - sampled > SECONDS / 24:
                sampled = time.monotonic()
                samples.append((tracemalloc.get_traced_memory()[0], resident_bytes()))
        tracemalloc.stop()
        print("turns", turns)

    drive([film], journey, seconds=SECONDS + 300)
    traced, resident = (list(column) for column in zip(*samples, strict=True))
    print("traced MB", [round(value / 1e6, 1) for value in traced])
    print("resident MB", [round(value / 1e6) for value in resident])
    record_property("traced", traced)
    record_property("resident", resident)
    # The first third fills caches up to their bounds; after it nothing grows but noise.
    third = len(samples) // 3
    assert max(traced[2 * third :]) < 1.15 * max(traced[third : 2 * third]) + 4e6
    assert max(resident[2 * third :]) < 1.1 * max(resident[third : 2 * third])
