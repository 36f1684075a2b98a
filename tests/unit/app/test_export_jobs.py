import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tcvc_studio.app.export_jobs import ExportJobs, ExportRequest
from tcvc_studio.app.rendering import RenderService
from tcvc_studio.errors import StudioError
from tcvc_studio.media.film import open_film
from tcvc_studio.project.model import Anchor, Cut, FilmReference, Project
from tests.films import write_bar_film
from tests.qt import wait_until
from tests.unit.app.studio import Studio, tiny

FRAMES = 40


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path / "cache")


@pytest.fixture
def film(tmp_path):
    with open_film(write_bar_film(tmp_path / "film.mkv", FRAMES, codec="ffv1")) as opened:
        yield opened


@pytest.fixture
def desk(qt, studio):
    rendering = RenderService(room=studio.room)
    jobs = ExportJobs(rendering=rendering)
    yield rendering, jobs
    studio.gate.opened.set()
    jobs.close()
    rendering.close()
    for service in (jobs, rendering):
        service.deleteLater()
    assert not [t for t in threading.enumerate() if t.name in ("stage", "export", "encode")]


def _project(film, **fields) -> Project:
    info = film.info
    return tiny(Project(film=FilmReference(
        path=info.path, fingerprint="film", frames=info.frames, rate=info.rate, width=info.width, height=info.height,
    ), **fields))  # fmt: skip


def _request(path: Path, **fields):
    suffixes = {".mkv": "ffv1", ".mov": "prores-hq", ".mp4": "h264", "": "png"}
    return ExportRequest(path=path, **{"codec": suffixes[path.suffix], "spans": ((0, FRAMES),), **fields})


def _over(jobs, id):
    wait_until(lambda: jobs.item(id).state not in ("waiting", "running"))
    return jobs.item(id)


def _lumas(film):
    return [frame.luma for frame in film.frames()]


def _color(path, number=0):
    with open_film(path) as written:
        rgb = written.rgb(number).astype(int)
    return np.abs(rgb - rgb.mean(-1, keepdims=True)).max()


def _hidden(folder):
    return [path.name for path in folder.iterdir() if ".part-" in path.name]


def test_a_film_is_exported_read_back_and_its_luma_proved(desk, film, tmp_path):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    seen = []
    jobs.changed.connect(lambda id: seen.append((jobs.item(id).state, jobs.item(id).progress)))
    item = _over(jobs, jobs.add(_request(tmp_path / "out.mkv")))
    assert item.state == "done" and not item.error and item.files == (tmp_path / "out.mkv",)
    report = item.report
    assert report.ok and report.frames == FRAMES and report.lossless
    assert (report.max_luma_difference, report.mean_luma_difference, report.luma_frames) == (0, 0, FRAMES)
    assert report.matrix and report.range == "limited"
    with open_film(tmp_path / "out.mkv") as written:
        assert all(np.array_equal(a, b) for a, b in zip(_lumas(film), _lumas(written), strict=True))
    assert _color(tmp_path / "out.mkv") > 1000
    shares = [share for state, share in seen if state == "running"]
    assert shares == sorted(shares) and seen[0] == ("waiting", 0.0) and seen[-1] == ("done", 1.0)
    # What the export rendered is there for the preview.
    wait_until(lambda: rendering.missing("tcvc", 0, FRAMES) == 0)


@pytest.mark.parametrize("name", ["out.mov", "out.mp4"])
def test_a_lossy_export_has_its_luma_error_measured(desk, film, tmp_path, name):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    item = _over(jobs, jobs.add(_request(tmp_path / name)))
    assert item.state == "done", item.error
    assert item.report.ok and not item.report.lossless
    assert 0 <= item.report.mean_luma_difference <= item.report.max_luma_difference < 40
    assert item.report.luma_frames == FRAMES


def test_gray_needs_no_models_and_has_no_color(desk, film, tmp_path, studio):
    rendering, jobs = desk
    studio.load_error = StudioError("no weights")
    still = tmp_path / "gone.png"
    rendering.set_work(_project(film, anchors=(Anchor(3, still),)), film, "film")
    item = _over(jobs, jobs.add(_request(tmp_path / "gray.mkv", content="gray")))
    assert item.state == "done" and item.report.max_luma_difference == 0
    assert _color(tmp_path / "gray.mkv") <= 1


def test_the_backbone_is_exported_frame_by_frame(desk, film, tmp_path):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    item = _over(jobs, jobs.add(_request(tmp_path / "out.mkv", content="backbone", spans=((5, 20),))))
    assert item.state == "done" and item.report.frames == 15
    assert item.report.max_luma_difference == 0


def test_side_by_side_is_twice_as_wide_with_labels(desk, film, tmp_path):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    item = _over(jobs, jobs.add(_request(tmp_path / "compare.mkv", content="side-by-side")))
    assert item.state == "done", item.error + item.details
    assert item.report.ok and item.report.max_luma_difference is None
    with open_film(tmp_path / "compare.mkv") as written:
        info = written.info
        assert (info.width, info.height, info.frames) == (2 * film.info.width, film.info.height, FRAMES)
        wide = written.frame(7).luma
    luma = film.frame(7).luma
    width, height = film.info.width, film.info.height
    for half in (wide[:, :width], wide[:, width:]):
        assert np.array_equal(half[: height // 3], luma[: height // 3])
        assert not np.array_equal(half[height // 3 :], luma[height // 3 :])


def test_selected_shots_make_a_file_each(desk, film, tmp_path):
    rendering, jobs = desk
    rendering.set_work(_project(film, cuts=(Cut(10), Cut(25))), film, "film")
    item = _over(jobs, jobs.add(_request(tmp_path / "out.mkv", spans=((0, 10), (25, 40)))))
    assert item.state == "done"
    assert [path.name for path in item.files] == ["out-shot-001.mkv", "out-shot-003.mkv"]
    assert [report.frames for report in item.report.files] == [10, 15] and item.report.frames == 25
    pictures = _over(jobs, jobs.add(_request(tmp_path / "pictures", spans=((0, 3), (25, 27)))))
    assert pictures.state == "done", pictures.error
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == [
        f"{n:06d}.png" for n in (0, 1, 2, 25, 26)
    ]


def test_an_export_is_of_the_project_as_it_was(desk, film, tmp_path, studio):
    rendering, jobs = desk
    studio.gate.opened.clear()
    rendering.set_work(_project(film), film, "film")
    id = jobs.add(_request(tmp_path / "out.mkv"))
    rendering.set_work(_project(film, anchors=(Anchor(9),)), film, "film")
    snapshot = jobs._tasks[id].work.project
    studio.gate.opened.set()
    assert _over(jobs, id).state == "done"
    assert snapshot.anchors == ()


def test_exports_run_one_after_the_other_in_order(desk, film, tmp_path):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    running = []
    jobs.changed.connect(lambda id: running.append([i.id for i in jobs.items if i.state == "running"]))
    ids = [jobs.add(_request(tmp_path / f"{n}.mkv", content="gray")) for n in range(3)]
    assert jobs.active
    for id in ids:
        assert _over(jobs, id).state == "done"
    assert max(map(len, running)) == 1
    order = [r[0] for r in running if r]
    assert order == sorted(order) and not jobs.active


def test_cancel_leaves_nothing_behind(desk, film, tmp_path, studio):
    rendering, jobs = desk
    folder = tmp_path / "out"
    folder.mkdir()
    rendering.cancel()
    studio.gate.opened.clear()
    rendering.set_work(_project(film), film, "film")
    running, waiting = (jobs.add(_request(folder / name)) for name in ("a.mkv", "b.mkv"))
    assert studio.gate.reached.wait(20)
    jobs.cancel(waiting)
    assert jobs.item(waiting).state == "cancelled"
    jobs.cancel(running)
    studio.gate.opened.set()
    assert _over(jobs, running).state == "cancelled"
    assert list(folder.iterdir()) == []
    jobs.clear(running)
    assert [item.id for item in jobs.items] == [waiting]
    jobs.cancel(99)


def test_closing_in_the_middle_leaves_nothing_behind(qt, film, tmp_path, studio):
    rendering = RenderService(room=studio.room)
    jobs = ExportJobs(rendering=rendering)
    folder = tmp_path / "out"
    folder.mkdir()
    studio.gate.opened.clear()
    rendering.cancel()
    rendering.set_work(_project(film), film, "film")
    jobs.add(_request(folder / "a.mkv"))
    assert studio.gate.reached.wait(20)
    threading.Timer(0.2, studio.gate.opened.set).start()
    jobs.close()
    rendering.close()
    assert list(folder.iterdir()) == []
    for service in (jobs, rendering):
        service.deleteLater()


def test_the_preview_gives_way_and_goes_on_when_only_writing_is_left(desk, film, tmp_path, studio):
    rendering, jobs = desk
    studio.gate.opened.clear()
    rendering.set_work(_project(film), film, "film")
    assert studio.gate.reached.wait(20)
    preview = rendering._desk.running
    id = jobs.add(_request(tmp_path / "out.mkv"))
    wait_until(lambda: preview.control.cancelled)
    studio.gate.opened.set()
    assert _over(jobs, id).state == "done"
    wait_until(lambda: rendering.state().state == "done")


def test_a_paused_export_lends_the_models_to_the_preview(desk, film, tmp_path, studio):
    rendering, jobs = desk
    rendering.cancel()
    rendering.set_work(_project(film), film, "film")
    studio.gate.opened.clear()
    id = jobs.add(_request(tmp_path / "out.mkv"))
    assert studio.gate.reached.wait(20)
    jobs.pause(id)
    assert jobs.item(id).paused
    studio.gate.opened.set()
    rendering.resume()
    wait_until(lambda: rendering.state().state == "done")
    assert jobs.item(id).state == "running" and not (tmp_path / "out.mkv").exists()
    jobs.pause(id)
    assert _over(jobs, id).state == "done" and not jobs.item(id).paused


def test_a_waiting_export_can_be_held_while_others_pass(desk, film, tmp_path):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    first, second, third = (jobs.add(_request(tmp_path / f"{n}.mkv", content="gray")) for n in range(3))
    jobs.pause(second)
    assert _over(jobs, third).state == "done"
    assert jobs.item(second).state == "waiting" and jobs.item(first).state == "done"
    jobs.pause(second)
    assert _over(jobs, second).state == "done"


def test_what_fails_is_one_sentence_and_the_next_one_runs(desk, film, tmp_path, studio):
    rendering, jobs = desk
    failures = []
    jobs.failed.connect(failures.append)
    still = tmp_path / "gone.png"
    rendering.set_work(_project(film, anchors=(Anchor(9, still),)), film, "film")
    nowhere = _over(jobs, jobs.add(_request(tmp_path / "nowhere" / "out.mkv")))
    no_still = _over(jobs, jobs.add(_request(tmp_path / "out.mkv")))
    itself = _over(jobs, jobs.add(_request(film.info.path)))
    for item, words in ((nowhere, "does not exist"), (no_still, r"gone.png"), (itself, "film itself")):
        assert item.state == "failed" and words in item.error and "\n" not in item.error
    assert [failure.text for failure in failures] == [nowhere.error, no_still.error, itself.error]
    studio.gate.error = ZeroDivisionError("injected")
    rendering.set_work(_project(film), film, "film")
    broken = _over(jobs, jobs.add(_request(tmp_path / "out.mkv")))
    assert broken.state == "failed" and "ZeroDivisionError" in broken.details
    assert not (tmp_path / "out.mkv").exists() and not _hidden(tmp_path)
    assert _over(jobs, jobs.add(_request(tmp_path / "g.mkv", content="gray"))).state == "done"


def test_a_disk_without_room_is_refused_before_any_work(desk, film, tmp_path, studio, monkeypatch):
    rendering, jobs = desk
    rendering.cancel()
    rendering.set_work(_project(film), film, "film")
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(StudioError, match="free"):
        jobs.check(_request(tmp_path / "out.mkv"))
    item = _over(jobs, jobs.add(_request(tmp_path / "out.mkv")))
    assert item.state == "failed" and "free" in item.error
    assert studio.gate.encoded == 0


def test_nothing_is_exported_without_a_film_or_frames(desk, film, tmp_path):
    rendering, jobs = desk
    with pytest.raises(StudioError, match="open one"):
        jobs.add(_request(tmp_path / "out.mkv"))
    with pytest.raises(StudioError, match="open one"):
        jobs.check(_request(tmp_path / "out.mkv"))
    rendering.set_work(_project(film), film, "film")
    with pytest.raises(StudioError, match="no frame"):
        jobs.add(_request(tmp_path / "out.mkv", spans=()))


def test_size_and_time_are_estimated(desk, film, tmp_path):
    rendering, jobs = desk
    request = _request(tmp_path / "out.mkv")
    assert jobs.estimate(request).seconds is None
    rendering.set_work(_project(film), film, "film")
    wait_until(lambda: rendering.state().state == "done")
    before = jobs.estimate(request)
    assert before.bytes > 0 and before.seconds > 0 and jobs.speed(request) > 0
    assert jobs.estimate(replace(request, spans=((0, 20),))).bytes == before.bytes // 2
    _over(jobs, jobs.add(request))
    assert jobs.estimate(request).seconds != before.seconds


def test_a_check_that_is_cancelled_leaves_the_whole_file(desk, film, tmp_path, monkeypatch):
    rendering, jobs = desk
    rendering.set_work(_project(film), film, "film")
    from tcvc_studio.engine import exporting

    real = exporting.verify_export

    def cancelling(*args, **options):
        jobs._tasks[1].control.cancel()
        return real(*args, **options)

    monkeypatch.setattr(exporting, "verify_export", cancelling)
    item = _over(jobs, jobs.add(_request(tmp_path / "out.mkv")))
    assert item.state == "done" and item.report is None and "cancelled" in item.notes[0]
    with open_film(tmp_path / "out.mkv") as written:
        assert written.info.frames == FRAMES
