import os
import sys
import threading
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from PySide6.QtCore import QCoreApplication

from tcvc_studio.app.rendering import RenderService
from tcvc_studio.errors import StudioError
from tcvc_studio.project.model import Anchor, Cut
from tests.qt import wait_until
from tests.unit.app.studio import MemoryFilm, Studio, lightness_of, mean_a, project_of, tiny


class Ears:
    """What a service said, in order."""

    def __init__(self, service: RenderService) -> None:
        self.ready: list[tuple[str, int, int]] = []
        self.failures, self.notes, self.devices, self.progress = [], [], [], []
        service.span_ready.connect(lambda *span: self.ready.append(span))
        service.failed.connect(self.failures.append)
        service.noted.connect(self.notes.append)
        service.device_changed.connect(self.devices.append)
        service.progress.connect(self.progress.append)

    def of(self, layer: str) -> list[tuple[int, int]]:
        return [(start, stop) for name, start, stop in self.ready if name == layer]


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path / "cache")


@pytest.fixture
def service(qt, studio):
    made = RenderService(room=studio.room)
    yield made
    studio.gate.opened.set()
    made.close()
    made.deleteLater()


def _settled(service, state="done"):
    """Wait until the last edit is planned, all that can be rendered is, and every signal has arrived."""
    desk = service._desk
    wait_until(
        lambda: not service._edit_rests.isActive() and desk._wanted is None and desk.running is None
        and (desk.plan is None or desk.plan.work is desk._work) and service.state().state == state
    )  # fmt: skip
    QCoreApplication.processEvents()


def _done(service):
    _settled(service)


def _fresh(service, layer):
    return [(s.start, s.stop) for s in service.spans() if s.layer == layer and s.state == "fresh"]


def test_a_film_is_rendered_in_both_layers_around_the_playhead_first(service, studio):
    film, ears = MemoryFilm(300), Ears(service)
    project = tiny(project_of(film, cuts=(Cut(100), Cut(200))))
    service.set_playhead(150)
    service.set_work(project, film, "film")
    _done(service)
    wait_until(lambda: ears.progress and ears.progress[-1].state == "done")
    assert _fresh(service, "tcvc") == _fresh(service, "backbone") == [(0, 300)]
    assert ears.of("tcvc")[0] == (136, 154)
    assert {name for name, *_ in ears.ready[:3]} == {"tcvc", "backbone"}
    assert [100 <= start < 200 for start, _ in ears.of("tcvc")][:6] == [True] * 6
    assert ears.progress[-1].done == ears.progress[-1].total == 300
    assert ears.devices == ["cpu, fp32"] and not ears.failures
    assert service.color("backbone", 150).shape == (2, 64, 64)
    for frame in (0, 136, 150, 299):
        assert mean_a(service.color("backbone", frame)) == pytest.approx(lightness_of(film, frame), abs=0.05)
    assert service.color("tcvc", 300) is None and service.color("tcvc", -1) is None


def test_an_edit_renders_its_two_intervals_and_undo_none(service, studio, tmp_path):
    film, ears = MemoryFilm(73), Ears(service)
    project = tiny(project_of(film, anchors=tuple(map(Anchor, (0, 18, 36, 54, 72)))))
    service.set_work(project, film, "film")
    _done(service)
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), np.full((64, 64, 3), (40, 40, 200), np.uint8))
    anchors = tuple(replace(a, still=still) if a.frame == 36 else a for a in project.anchors)
    before = service.color("tcvc", 30)
    ears.ready.clear()
    edited = replace(project, anchors=anchors)
    service.set_work(edited, film, "film")
    _done(service)
    assert sorted(ears.ready) == [("tcvc", 18, 36), ("tcvc", 36, 54)]
    assert mean_a(service.color("tcvc", 36)) > mean_a(before) + 5

    encoded = studio.gate.encoded
    ears.ready.clear()
    service.set_work(project, film, "film")
    wait_until(lambda: ears.ready)
    _done(service)
    assert ears.ready == [("tcvc", 18, 54)]
    assert studio.gate.encoded == encoded
    assert np.array_equal(service.color("tcvc", 30), before)


def test_while_it_is_rendered_anew_a_frame_keeps_its_color_and_is_stale(service, studio):
    film = MemoryFilm(60)
    project = tiny(project_of(film))
    service.set_work(project, film, "film")
    _done(service)
    before = service.color("tcvc", 30)
    studio.gate.opened.clear()
    service.set_work(tiny(project, lengths=(9,)), film, "film")
    wait_until(lambda: any(span.state == "stale" for span in service.spans()))
    wait_until(lambda: any(span.state == "rendering" for span in service.spans()))
    assert {s.state for s in service.spans() if s.layer == "backbone"} == {"fresh"}
    assert np.array_equal(service.color("tcvc", 30), before)
    assert service.color("tcvc", 30, stale=False) is None
    assert service.fresh_key("tcvc", 30) is None and service.fresh_key("backbone", 30)
    studio.gate.opened.set()
    _done(service)
    assert service.color("tcvc", 30, stale=False) is not None
    assert _fresh(service, "tcvc") == [(0, 60)]


def test_edits_in_quick_succession_are_one(service, studio):
    film, ears = MemoryFilm(60), Ears(service)
    project = tiny(project_of(film))
    service.set_work(project, film, "film")
    _done(service)
    ears.ready.clear()
    for frame in range(20, 31):
        service.set_work(replace(project, anchors=(Anchor(frame),)), film, "film")
    _done(service)
    keys = studio.room.cache.keys()
    assert len(ears.of("tcvc")) <= 4
    assert len(keys) <= 4 + 4 + 4


def test_an_edit_elsewhere_does_not_interrupt_what_stays_good(service, studio):
    film, ears = MemoryFilm(120), Ears(service)
    project = tiny(project_of(film, cuts=(Cut(60),)))
    studio.gate.opened.clear()
    service.set_work(project, film, "film")
    assert studio.gate.reached.wait(20)
    control = service._desk.running.control
    service.set_work(replace(project, cuts=(Cut(60), Cut(90))), film, "film")
    wait_until(lambda: len(service._desk.plan.shots) == 3)
    assert not control.cancelled
    service.set_work(tiny(project, lengths=(5,)), film, "film")
    wait_until(lambda: control.cancelled)
    studio.gate.opened.set()
    _done(service)
    assert not ears.failures


def test_a_playhead_at_rest_changes_the_order_at_once(service, studio):
    film, ears = MemoryFilm(600), Ears(service)
    studio.gate.opened.clear()
    service.set_work(tiny(project_of(film, cuts=(Cut(300),))), film, "film")
    assert studio.gate.reached.wait(20)
    first = service._desk.running
    service.set_playhead(450)
    wait_until(lambda: first.control.cancelled)
    studio.gate.opened.set()
    wait_until(lambda: ears.ready)
    assert ears.ready[0][0] == "tcvc" and ears.ready[0][1] <= 450 < ears.ready[0][2]
    service.cancel()


def test_cancel_answers_within_a_frame_and_resume_goes_on(service, studio):
    film = MemoryFilm(400)
    studio.gate.opened.clear()
    service.set_work(tiny(project_of(film)), film, "film")
    assert studio.gate.reached.wait(20)
    service.cancel()
    encoded = studio.gate.encoded
    studio.gate.opened.set()
    wait_until(lambda: service._desk.running is None)
    # What the call at hand colors is finished: the two anchors of an interval, no frame more.
    assert studio.gate.encoded <= encoded + 2
    assert service.state().state == "stopped"
    assert not [t for t in threading.enumerate() if t.name == "stage"]
    kept = len(studio.room.cache.keys())
    service.set_playhead(300)
    wait_until(lambda: not service._playhead_rests.isActive())
    assert len(studio.room.cache.keys()) == kept
    service.resume()
    wait_until(lambda: len(studio.room.cache.keys()) > kept)


def test_pause_holds_and_resume_goes_on_where_it_stood(service, studio):
    film = MemoryFilm(60)
    studio.gate.opened.clear()
    service.set_work(tiny(project_of(film)), film, "film")
    assert studio.gate.reached.wait(20)
    service.pause()
    running = service._desk.running
    studio.gate.opened.set()
    encoded = studio.gate.encoded
    wait_until(lambda: service.state().state == "paused")
    service.resume()
    _done(service)
    assert studio.gate.encoded > encoded and not running.control.cancelled


def test_closing_during_a_render_ends_the_threads(qt, studio):
    film = MemoryFilm(2000)
    service = RenderService(room=studio.room)
    service.set_work(tiny(project_of(film)), film, "film")
    wait_until(lambda: studio.room.cache.keys())
    service.close()
    service.close()
    assert MemoryFilm.opened == 0
    service.set_work(None)
    service.deleteLater()


def test_closing_while_paused_ends_the_threads(qt, studio):
    film = MemoryFilm(2000)
    service = RenderService(room=studio.room)
    service.set_work(tiny(project_of(film)), film, "film")
    wait_until(lambda: studio.room.cache.keys())
    service.pause()
    service.close()
    assert MemoryFilm.opened == 0
    service.deleteLater()


def test_another_film_takes_the_place_of_the_first(service, studio):
    first, second, ears = MemoryFilm(500), MemoryFilm(40), Ears(service)
    service.set_work(tiny(project_of(first)), first, "film")
    wait_until(lambda: ears.ready)
    service.set_work(tiny(project_of(second)), second, "other")
    wait_until(lambda: service.state().total == 40 and service.state().state == "done")
    assert _fresh(service, "tcvc") == [(0, 40)]
    service.set_work(None)
    wait_until(lambda: service.state().state == "idle")
    assert service.spans() == () and service.color("tcvc", 3) is None


def test_results_taken_away_below_the_feet_are_rendered_again(service, studio, tmp_path):
    film, ears = MemoryFilm(60), Ears(service)
    service.set_work(tiny(project_of(film)), film, "film")
    _done(service)
    for path in (tmp_path / "cache").glob("*/*.chroma"):
        path.unlink()
    studio.room.cache._ram.clear()
    ears.ready.clear()
    assert service.color("tcvc", 30) is None
    assert service.missing("tcvc", 0, 60) == 18
    service.set_playhead(30)
    _done(service)
    assert ears.ready == [("tcvc", 18, 36)]
    assert service.color("tcvc", 30) is not None
    service.refresh()
    wait_until(lambda: len(ears.ready) > 1)
    _done(service)
    assert len(studio.room.cache.keys()) == 8


def test_a_cache_too_small_for_the_film_keeps_the_playheads_shot_and_comes_to_rest(qt, tmp_path):
    studio = Studio(tmp_path / "cache", cache_limit=1)
    service = RenderService(room=studio.room)
    film, ears = MemoryFilm(500), Ears(service)
    try:
        service.set_playhead(420)
        service.set_work(tiny(project_of(film, cuts=(Cut(400),))), film, "film")
        wait_until(lambda: service.missing("tcvc", 400, 500) == 0 and service._desk.running is None)
        assert all(service.color("tcvc", frame) is not None for frame in range(400, 500))
        assert not ears.failures
    finally:
        service.close()
        service.deleteLater()


def test_a_still_that_was_deleted_fails_its_two_intervals_until_it_is_back(service, studio, tmp_path):
    film, ears = MemoryFilm(73), Ears(service)
    still = tmp_path / "still.png"
    anchors = tuple(Anchor(f, still if f == 36 else None) for f in (0, 18, 36, 54, 72))
    service.set_work(tiny(project_of(film, anchors=anchors)), film, "film")
    _settled(service, "failed")
    assert [(s.start, s.stop) for s in service.spans() if s.state == "failed"] == [(18, 54)]
    assert service.missing("tcvc", 0, 73) == 36
    assert len(ears.failures) == 1 and "still.png" in ears.failures[0].text
    cv2.imwrite(str(still), np.full((64, 64, 3), (40, 40, 200), np.uint8))
    service.resume()
    _done(service)
    assert service.missing("tcvc", 0, 73) == 0


def test_a_still_that_is_no_picture_fails_its_intervals_alone(service, studio, tmp_path):
    film, ears = MemoryFilm(73), Ears(service)
    still = tmp_path / "still.png"
    still.write_bytes(b"no picture")
    anchors = tuple(Anchor(f, still if f == 36 else None) for f in (0, 18, 36, 54, 72))
    service.set_work(tiny(project_of(film, anchors=anchors)), film, "film")
    _settled(service, "failed")
    assert [(s.start, s.stop) for s in service.spans() if s.state == "failed"] == [(18, 54)]
    assert len(ears.failures) == 1 and "still.png" in ears.failures[0].text


def test_a_frame_that_does_not_decode_fails_its_interval_and_the_rest_goes_on(service, studio):
    film, ears = MemoryFilm(200, bad=100), Ears(service)
    service.set_work(tiny(project_of(film)), film, "film")
    _settled(service, "failed")
    failed = {(s.layer, s.start, s.stop) for s in service.spans() if s.state == "failed"}
    assert failed == {("tcvc", 90, 108), ("backbone", 96, 112)}
    assert ears.failures and "frame 100 is bad" in ears.failures[0].details
    film.bad = None
    service.resume()
    _done(service)


def test_absent_weights_are_told_and_tried_again(service, studio):
    film, ears = MemoryFilm(40), Ears(service)
    studio.load_error = StudioError("There are no weights for idc; get them in Models.")
    service.set_work(tiny(project_of(film)), film, "film")
    wait_until(lambda: ears.failures)
    assert ears.failures[0].text == "There are no weights for idc; get them in Models."
    assert service.state().state == "failed"
    studio.load_error = None
    service.resume()
    _done(service)


def test_an_edit_after_absent_weights_is_planned_by_itself(service, studio):
    film, ears = MemoryFilm(40), Ears(service)
    studio.load_error = StudioError("There are no weights for idc; get them in Models.")
    service.set_work(tiny(project_of(film), backbone="idc"), film, "film")
    wait_until(lambda: ears.failures)
    studio.load_error = None
    service.set_work(tiny(project_of(film)), film, "film")
    _done(service)


def test_a_full_disk_stops_the_work_with_one_sentence(service, studio, monkeypatch):
    film, ears = MemoryFilm(300), Ears(service)
    real = os.replace

    def full(source, target):
        if str(target).endswith(".chroma"):
            raise OSError(28, "No space left on device")
        return real(source, target)

    monkeypatch.setattr(os, "replace", full)
    service.set_work(tiny(project_of(film)), film, "film")
    wait_until(lambda: ears.failures)
    assert "is full" in ears.failures[0].text and len(ears.failures) == 1
    assert service.state().state == "failed"
    assert not list(studio.room.cache.folder.glob("*/*.part-*"))
    monkeypatch.setattr(os, "replace", real)
    service.resume()
    _done(service)


def test_the_ladder_halves_the_working_size_says_so_and_then_offers_the_cpu(service, studio):
    film, ears = MemoryFilm(3, width=512, height=512), Ears(service)
    studio.gate.error = torch.OutOfMemoryError("injected")
    service.set_work(tiny(project_of(film), working_size=512), film, "film")
    wait_until(lambda: ears.failures)
    assert ["at 256" in note or "at 128" in note for note in ears.notes] == [True, True]
    assert service.state().state == "failed"
    assert ears.failures[0].offers == ()  # the fakes run on the CPU: there is nothing else to offer
    studio.gate.error = None
    service.use_cpu()
    _done(service)
    assert studio.loads[-1][1] == "cpu"
    assert service.color("tcvc", 0).shape == (2, 512, 512)


def test_the_cpu_is_offered_where_a_gpu_has_no_memory(service, studio, monkeypatch):
    from tcvc_studio.app import render_workers

    film, ears = MemoryFilm(40), Ears(service)
    monkeypatch.setattr(render_workers, "_on_cpu", lambda plan: False)
    studio.gate.error = torch.OutOfMemoryError("injected")
    service.set_work(tiny(project_of(film)), film, "film")
    wait_until(lambda: ears.failures)
    assert ears.failures[0].offers == ("cpu",)
    assert "\n" not in ears.failures[0].text


def test_what_nobody_foresaw_is_told_and_the_thread_survives(service, studio):
    film, ears = MemoryFilm(40), Ears(service)
    studio.gate.error = ZeroDivisionError("injected")
    service.set_work(tiny(project_of(film)), film, "film")
    _settled(service, "failed")
    assert "ZeroDivisionError" in ears.failures[0].details
    studio.gate.error = None
    service.resume()
    _done(service)


def test_an_ensemble_is_fresh_when_all_its_lengths_are(service, studio):
    film = MemoryFilm(60)
    service.set_work(tiny(project_of(film), lengths=(5, 9)), film, "film")
    _done(service)
    assert _fresh(service, "tcvc") == [(0, 60)]
    color = service.color("tcvc", 31)
    service.set_work(tiny(project_of(film), lengths=(5,)), film, "film")
    wait_until(lambda: not np.array_equal(service.color("tcvc", 31), color))
    _done(service)


def test_the_service_loads_neither_torch_nor_av(qt):
    import subprocess

    code = "import sys, tcvc_studio.app.rendering; print(*(m for m in ('torch', 'av', 'cv2') if m in sys.modules))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == []


def test_color_may_be_asked_for_from_many_threads_while_edits_come(service, studio):
    film = MemoryFilm(120)
    project = tiny(project_of(film))
    service.set_work(project, film, "film")
    _done(service)
    errors, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            for frame in range(0, 120, 7):
                try:
                    for layer in ("tcvc", "backbone"):
                        ab = service.color(layer, frame)
                        assert ab is not None and ab.shape == (2, 64, 64)
                except Exception as error:
                    errors.append(error)
                    return
            time.sleep(0.001)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in (9, 17, 5):
        service.set_work(tiny(project, lengths=(n,)), film, "film")
        wait_until(lambda n=n: service._desk.plan.work.project.settings.lengths == (n,))
        _done(service)
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
