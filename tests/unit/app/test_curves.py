import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tcvc_studio.app.curve_desk import CHUNK, CurveDesk
from tcvc_studio.app.curves import Curves
from tcvc_studio.app.rendering import RenderService
from tcvc_studio.project.model import Anchor, Cut
from tests.qt import wait_until
from tests.unit.app.studio import MemoryFilm, Studio, project_of, tiny


class DriftingFilm(MemoryFilm):
    """A texture that drifts by a pixel a frame, and is another from frame 30 on."""

    def luma(self, number):
        if not hasattr(self, "_textures"):
            import cv2

            rng = np.random.default_rng(1)
            self._textures = [
                cv2.normalize(
                    cv2.GaussianBlur(rng.random((300, 300), np.float32), (0, 0), 3), None, 16, 235, cv2.NORM_MINMAX
                ).astype(np.uint8)
                for _ in range(2)
            ]
        at = number % 100
        return np.ascontiguousarray(self._textures[number >= 30][at : at + 64, at : at + 64])


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path / "cache" / "color")


@pytest.fixture
def desk(qt, studio):
    rendering = RenderService(room=studio.room)
    curves = Curves(rendering=rendering)
    yield rendering, curves
    studio.gate.opened.set()
    curves.close()
    rendering.close()
    for service in (curves, rendering):
        service.deleteLater()


def _work(desk, project, film, fingerprint="film"):
    for service in desk:
        service.set_work(project, film, fingerprint)


def _known(curves, frames, breaks=()):
    """Wait until all but the first frames of shots are known in every curve."""
    unknown = sorted({0, *breaks})

    def there():
        return all(
            len(values) == frames and np.flatnonzero(np.isnan(values)).tolist() == unknown
            for values in (curves.flicker("tcvc"), curves.flicker("backbone"), curves.confidence())
        )

    wait_until(there)


def test_curves_grow_with_what_is_rendered_and_never_cross_a_cut(desk):
    _, curves = desk
    film, changes = DriftingFilm(60), []
    curves.changed.connect(lambda: changes.append(True))
    _work(desk, tiny(project_of(film, cuts=(Cut(30),))), film)
    _known(curves, 60, (30,))
    for layer in ("tcvc", "backbone"):
        values = curves.flicker(layer)
        assert values.dtype == np.float32 and np.nanmin(values) >= 0
        assert curves.flicker(layer) is values
    assert np.nanmedian(curves.confidence()) > 0.8
    assert changes


def test_a_cut_that_was_missed_shows_and_suggests_an_anchor(desk):
    _, curves = desk
    film = DriftingFilm(60)
    project = tiny(project_of(film, anchors=(Anchor(0), Anchor(15), Anchor(45), Anchor(59))), lengths=(60,))
    _work(desk, project, film)
    _known(curves, 60)
    assert np.argmin(np.nan_to_num(curves.confidence(), nan=1)) == 30
    assert 30 in curves.suggestions()
    _work(desk, replace(project, cuts=(Cut(30),)), film)
    _known(curves, 60, (30,))
    assert 30 not in curves.suggestions()


def test_an_edit_makes_its_frames_unknown_until_they_are_fresh_and_undo_knows_them_at_once(desk, studio):
    _, curves = desk
    film = DriftingFilm(60)
    project = tiny(project_of(film, cuts=(Cut(30),)))
    _work(desk, project, film)
    _known(curves, 60, (30,))
    before = curves.flicker("tcvc").copy()
    studio.gate.opened.clear()
    _work(desk, replace(project, anchors=(Anchor(8),)), film)
    wait_until(lambda: np.isnan(curves.flicker("tcvc")[1:25]).any())
    assert np.isfinite(curves.flicker("backbone")[1:29]).all()
    studio.gate.opened.set()
    _known(curves, 60, (30,))
    read = len(film.read)
    _work(desk, project, film)
    wait_until(lambda: np.array_equal(curves.flicker("tcvc"), before, equal_nan=True))
    assert len(film.read) == read


def test_confidence_is_kept_with_the_film(qt, studio, tmp_path):
    film = DriftingFilm(40)
    project = tiny(project_of(film))
    for attempt in range(2):
        rendering = RenderService(room=studio.room)
        curves = Curves(rendering=rendering)
        if attempt:
            studio.gate.opened.clear()
            rendering.cancel()
        _work((rendering, curves), project, film)
        wait_until(lambda curves=curves: np.isfinite(curves.confidence()[1:]).sum() == 39)
        curves.close()
        rendering.close()
        for service in (curves, rendering):
            service.deleteLater()
    kept = list((tmp_path / "cache" / "confidence").iterdir())
    assert [path.name for path in kept] == ["film.npy"]


def test_a_damaged_store_is_as_good_as_none(tmp_path):
    desk = CurveDesk()
    desk.reset(10)
    (tmp_path / "film.npy").write_bytes(b"\x93NUMPY nonsense")
    desk.load(tmp_path / "film.npy")
    desk.put_confidence(3, 0.5)
    desk.save()
    again = CurveDesk()
    again.reset(10)
    again.load(tmp_path / "film.npy")
    assert again.values()[1][3] == 0.5 and np.isnan(again.values()[1][4])
    other = CurveDesk()
    other.reset(11)
    other.load(tmp_path / "film.npy")
    assert np.isnan(other.values()[1]).all()
    other.load(tmp_path / "film.npy" / "nowhere")
    other.put_confidence(3, 0.5)
    other.save()


def test_what_is_near_the_playhead_is_measured_first():
    desk = CurveDesk()
    desk.reset(1000)
    desk.touch("tcvc", 0, 200)
    desk.touch("backbone", 500, 900)
    start, stop = desk.next(700)
    assert start <= 700 < stop <= start + 2 * CHUNK
    seen = set()
    while (chunk := desk.next(700)) is not None:
        desk.done(*chunk)
        seen |= set(range(*chunk))
    assert seen == set(range(1, 201)) | set(range(500, 901))


def test_another_film_forgets_the_first_and_none_has_no_curves(desk):
    _, curves = desk
    first, second = DriftingFilm(60), DriftingFilm(20)
    _work(desk, tiny(project_of(first)), first)
    _known(curves, 60)
    _work(desk, tiny(project_of(second)), second, "other")
    assert len(curves.confidence()) == 20 and np.isnan(curves.flicker("tcvc")).all()
    _known(curves, 20)
    _work(desk, None, None)
    assert len(curves.confidence()) == 0 and curves.suggestions() == ()


def test_closing_while_it_measures_ends_the_thread(qt, studio):
    rendering = RenderService(room=studio.room)
    curves = Curves(rendering=rendering)
    film = DriftingFilm(2000)
    _work((rendering, curves), tiny(project_of(film)), film)
    wait_until(lambda: np.isfinite(curves.confidence()).any())
    curves.close()
    curves.close()
    rendering.close()
    for service in (curves, rendering):
        service.deleteLater()


def test_a_frame_that_does_not_decode_is_told_and_the_rest_is_measured(desk):
    rendering, curves = desk
    failures = []
    curves.failed.connect(failures.append)
    film, broken = DriftingFilm(200), DriftingFilm(200, bad=100)
    project = tiny(project_of(film))
    rendering.set_work(project, film, "film")
    curves.set_work(project, broken, "film")
    wait_until(lambda: np.isfinite(curves.confidence()).sum() > 200 - 3 * CHUNK and failures)
    assert "frame 100 is bad" in failures[0].details


def test_curves_load_neither_torch_nor_av(qt):
    code = "import sys, tcvc_studio.app.curves, tcvc_studio.app.export_jobs as e; " \
        "print(*(m for m in ('torch', 'av', 'cv2') if m in sys.modules))"  # fmt: skip
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == []
