"""Films beside their own color: the figures are those of the measures applied to all pictures at once."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from tcvc_studio.analysis.metrics import cdc, colorfulness, l2_lab, occlusion_mask, psnr, warp_error
from tcvc_studio.color.lab import rgb_to_lab
from tcvc_studio.color.working import working_lightness
from tcvc_studio.evaluation.rows import no_progress
from tcvc_studio.evaluation.ruler import FilmRuler, Movement, PsnrRuler, eight_bit, truth_of, written
from tcvc_studio.flow.dis import DisFlow
from tcvc_studio.media.film import open_film
from tests.unit.evaluation.pictures import color_picture, write_color_film

_FRAMES = 6


@pytest.fixture(params=["png", "jpg"])
def film(request, tmp_path):
    with open_film(write_color_film(tmp_path / "film", _FRAMES, speed=2, ending=request.param)) as film:
        yield film


def _true_ab(rgb8: np.ndarray) -> torch.Tensor:
    return rgb_to_lab(torch.from_numpy(rgb8).permute(2, 0, 1)[None].float() / 255)[:, 1:]


def test_what_is_written_has_the_films_luma_and_the_color_given(film):
    frame = film.frame(2)
    gray = written(frame.luma, torch.zeros(1, 2, 32, 48), film.info.format)
    assert np.ptp(gray, axis=-1).max() == 0 and np.array_equal(gray[..., 0], frame.luma)
    truth = eight_bit(film.rgb(2))
    given = written(frame.luma, _true_ab(truth), film.info.format)
    # A JPEG's chroma lies at half size: its true color comes back but for that.
    assert psnr(truth, given) > 38 > psnr(truth, gray) + 10


def test_the_movement_is_the_films(film, tmp_path):
    told = []
    movement = Movement(film, _FRAMES, tmp_path, lambda done, total, text: told.append((done, total)))
    flow, seen = movement.into(3)
    inside = flow[:, 8:-8, 16:-16]
    assert np.median(inside[0]) == pytest.approx(2, abs=0.2) and np.median(inside[1]) == pytest.approx(0, abs=0.2)
    assert seen.dtype == bool and 0.4 < seen[8:-8, 16:-16].mean() <= 1
    assert told == [(n, _FRAMES) for n in range(1, _FRAMES + 1)]


def test_a_films_figures_are_those_of_the_measures(film, tmp_path):
    shown = [color_picture(seed=1, shift=3 * n) for n in range(_FRAMES)]
    with truth_of(film) as truth:
        ruler = FilmRuler(truth, Movement(film, _FRAMES, tmp_path, no_progress))
        for number, picture in enumerate(shown):
            ruler.add(number, picture)
    score = ruler.score()
    true = [eight_bit(film.rgb(n)) for n in range(_FRAMES)]
    assert score.frames == _FRAMES
    assert score.psnr == pytest.approx(np.mean([psnr(a, b) for a, b in zip(true, shown, strict=True)]))
    assert score.l2_lab == pytest.approx(np.mean([l2_lab(a, b) for a, b in zip(true, shown, strict=True)]))
    assert score.colorfulness == pytest.approx(np.mean([colorfulness(b) for b in shown]))
    assert score.cdc == pytest.approx(cdc(shown))

    l = [working_lightness(film.frame(n).luma, film.info.format, (96, 64)) for n in range(_FRAMES)]  # noqa: E741
    flow = DisFlow()
    there = [flow(a, b)[0].numpy() for a, b in pairwise(l)]
    back = [flow(b, a)[0].numpy() for a, b in pairwise(l)]
    masks = [occlusion_mask(a, b) for a, b in zip(there, back, strict=True)]
    assert score.warp_error == pytest.approx(warp_error(shown, there, masks), rel=1e-6)


def test_the_truth_differs_from_itself_by_nothing(film, tmp_path):
    with truth_of(film) as truth:
        ruler = FilmRuler(truth, Movement(film, _FRAMES, tmp_path, no_progress))
        for number in range(_FRAMES):
            ruler.add_truth(number)
    score = ruler.score()
    assert score.psnr is None and score.l2_lab == 0
    assert score.colorfulness > 15


def test_psnr_frame_by_frame(film):
    with truth_of(film) as truth:
        ruler = PsnrRuler(truth)
        for frame in film.frames(1, 3):
            ruler.write(frame, torch.zeros(1, 2, 64, 96))
    gray = [psnr(eight_bit(film.rgb(n)), np.repeat(film.frame(n).luma[..., None], 3, axis=-1)) for n in (1, 2)]
    assert ruler.values == pytest.approx({1: gray[0], 2: gray[1]})
