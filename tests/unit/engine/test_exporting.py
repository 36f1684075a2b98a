"""A job into files and back: stages in their order, and a luma that was changed is found."""

from dataclasses import replace

import numpy as np
import pytest

from tcvc_studio.engine.cache import ChromaCache
from tcvc_studio.engine.control import Control
from tcvc_studio.engine.events import Exported
from tcvc_studio.engine.exporting import Export, Stage, export_film, export_gray, read_back_luma
from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.film import open_film
from tests.films import write_bar_film
from tests.unit.engine.fakes import job, models


@pytest.fixture
def film(tmp_path):
    with open_film(write_bar_film(tmp_path / "film.mkv", 30, codec="ffv1")) as opened:
        yield opened


def _export(film, tmp_path, exports, **options):
    told = []
    outcome = export_film(
        options.pop("job", job(film)), exports, open_film=film.reopen, models=models(),
        cache=ChromaCache(tmp_path / "cache"), tell=told.append, **options,
    )  # fmt: skip
    return outcome, [event.name for event in told if isinstance(event, Stage)], told


def test_stages_come_in_their_order_and_what_is_kept_is_not_rendered(film, tmp_path):
    export = Export(path=tmp_path / "out.mkv", codec="ffv1")
    first, stages, told = _export(film, tmp_path, [export], measure_luma=True)
    assert stages == ["rendering", "writing", "verifying"]
    assert first.reports[0].ok and first.luma[0].largest == 0 and first.luma[0].frames == 30
    assert [event.frames for event in told if isinstance(event, Exported)][-1] == 30
    second, stages, _ = _export(film, tmp_path, [export])
    assert stages == ["writing", "verifying"]
    assert second.luma == (None,) and second.reused == second.intervals == first.intervals


def test_a_luma_that_is_not_the_films_is_measured(film, tmp_path):
    export = Export(path=tmp_path / "out.mkv", codec="ffv1")
    _export(film, tmp_path, [export])
    write_bar_film(tmp_path / "other.mkv", range(1, 31), codec="ffv1")
    with open_film(tmp_path / "other.mkv") as other:
        seen = read_back_luma(tmp_path / "out.mkv", export, job(other), open_film=other.reopen)
        assert seen.largest > 100 and 0 < seen.mean < seen.largest
        with pytest.raises(StudioError, match="as many frames"):
            read_back_luma(tmp_path / "out.mkv", export, job(other, stop=20), open_film=other.reopen)


@pytest.mark.parametrize(("codec", "name"), [("h264", "a.mp4"), ("prores-4444", "a.mov"), ("prores-hq", "a.mov")])
def test_frames_of_a_lossy_file_are_those_they_are_compared_with(film, tmp_path, codec, name):
    export = Export(path=tmp_path / name, codec=codec)
    part = job(film, start=7, stop=29)
    outcome, _, _ = _export(film, tmp_path, [export], job=part, measure_luma=True)
    assert outcome.luma[0].frames == 22 and outcome.luma[0].mean < 3
    wrong = replace(part, start=8, stop=30)
    assert read_back_luma(tmp_path / name, export, wrong, open_film=film.reopen).mean > outcome.luma[0].mean + 1


def test_side_by_side_needs_the_other_job_and_has_both(film, tmp_path):
    export = Export(path=tmp_path / "out.mkv", codec="ffv1", content="side-by-side")
    with pytest.raises(ValueError, match="both"):
        _export(film, tmp_path, [export])
    assert not list(tmp_path.glob(".out*"))
    outcome, stages, _ = _export(film, tmp_path, [export], beside=job(film, single_image=True))
    assert stages == ["rendering", "rendering", "writing", "verifying"]
    assert outcome.reports[0].ok and outcome.reports[0].width == 2 * film.info.width
    assert set(outcome.methods) >= {"single"}


def test_gray_is_written_without_rendering(film, tmp_path):
    outcome = export_gray(
        job(film), [Export(path=tmp_path / "out.mkv", codec="ffv1")], open_film=film.reopen, measure_luma=True
    )
    assert outcome.luma[0].largest == 0 and outcome.intervals == 0
    with open_film(tmp_path / "out.mkv") as written:
        assert not written.info.has_color
        assert np.array_equal(written.frame(11).luma, film.frame(11).luma)


@pytest.mark.parametrize("gray", [True, False])
def test_a_cancelled_export_leaves_nothing(film, tmp_path, gray):
    control, folder = Control(), tmp_path / "out"
    folder.mkdir()

    def tell(event):
        if isinstance(event, Exported) and event.frames >= 5:
            control.cancel()

    export = Export(path=folder / "out.mkv", codec="ffv1")
    with pytest.raises(Cancelled):
        if gray:
            export_gray(job(film), [export], open_film=film.reopen, control=control, tell=tell)
        else:
            control.cancel()
            export_film(
                job(film), [export], open_film=film.reopen, models=models(), cache=ChromaCache(tmp_path / "cache"),
                control=control,
            )  # fmt: skip
    assert list(folder.iterdir()) == []
