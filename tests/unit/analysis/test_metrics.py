"""The paper's measures, against figures known beforehand."""

import math

import cv2
import numpy as np
import pytest

from tcvc_studio.analysis.metrics import (
    CdcMeter,
    cdc,
    colorfulness,
    l2_lab,
    occlusion_mask,
    psnr,
    warp_error,
)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(1896)


def _flat(rgb, height=20, width=30):
    return np.full((height, width, 3), rgb, np.uint8)


def test_psnr_of_a_known_difference():
    a = _flat((100, 100, 100))
    assert psnr(a, _flat((110, 110, 110))) == pytest.approx(20 * math.log10(255 / 10))
    # One channel of three: a third of the error.
    assert psnr(a, _flat((110, 100, 100))) == pytest.approx(20 * math.log10(255 / 10) + 10 * math.log10(3))
    assert psnr(a, _flat((90, 90, 90))) == psnr(_flat((90, 90, 90)), a)
    assert psnr(a, a) == math.inf


def test_psnr_of_extremes_and_views(generator):
    assert psnr(_flat(0), _flat(255)) == pytest.approx(0)
    picture = generator.integers(0, 256, (40, 50, 3), np.uint8)
    other = generator.integers(0, 256, (40, 50, 3), np.uint8)
    expected = 10 * math.log10(255**2 / np.mean((picture.astype(float) - other) ** 2))
    assert psnr(picture, other) == pytest.approx(expected)
    assert psnr(picture[:, ::-1, ::-1], other[:, ::-1, ::-1]) == pytest.approx(expected)


def test_l2_lab_is_delta_e():
    assert l2_lab(_flat(0), _flat(255)) == pytest.approx(100, abs=1e-3)
    red, green = _flat((255, 0, 0)), _flat((0, 255, 0))
    expected = math.dist((53.24, 80.09, 67.20), (87.73, -86.18, 83.18))
    assert l2_lab(red, green) == pytest.approx(expected, abs=0.02)
    half = red.copy()
    half[:10] = green[:10]
    assert l2_lab(red, half) == pytest.approx(expected / 2, abs=0.02)
    assert l2_lab(red, red) == 0


def test_colorfulness_is_that_of_the_paper(generator):
    assert colorfulness(_flat(77)) == 0
    # One flat color has no spread: 0.3 times the distance of its opponents from gray.
    assert colorfulness(_flat((200, 50, 20))) == pytest.approx(0.3 * math.hypot(150, 0.5 * 250 - 20))
    picture = generator.integers(0, 256, (60, 70, 3), np.uint8)
    r, g, b = (picture[..., c].astype(np.float64) for c in range(3))
    rg, yb = r - g, (r + g) / 2 - b
    expected = math.hypot(rg.std(), yb.std()) + 0.3 * math.hypot(rg.mean(), yb.mean())
    assert colorfulness(picture) == pytest.approx(expected, rel=1e-5)


def test_cdc_of_a_still_film_is_0_and_of_opposites_the_logarithm_of_2():
    assert cdc([_flat((10, 20, 30))] * 6) == 0
    apart = [_flat((0, 0, 0)), _flat((255, 255, 255))]
    assert cdc(apart) == pytest.approx(math.log(2))
    # Alternating: neighbours share nothing, every second frame is the same.
    assert cdc(apart * 4) == pytest.approx(math.log(2) / 3)


def test_cdc_is_equations_7_and_8(generator):
    frames = [generator.integers(0, 60 + 20 * i, (30, 40, 3), np.uint8) for i in range(9)]

    def distribution(frame, channel):
        return np.bincount(frame[..., channel].ravel(), minlength=256) / frame[..., channel].size

    def jensen_shannon(p, q):
        m = (p + q) / 2
        terms = [0.5 * x * math.log(x / y) for side in (p, q) for x, y in zip(side, m, strict=True) if x > 0]
        return sum(terms)

    steps = []
    for t in (1, 2, 4):
        pairs = list(zip(frames, frames[t:], strict=False))
        total = sum(jensen_shannon(distribution(a, c), distribution(b, c)) for a, b in pairs for c in range(3))
        steps.append(total / (3 * len(pairs)))
    assert cdc(frames) == pytest.approx(sum(steps) / 3, rel=1e-9)
    meter = CdcMeter()
    for frame in frames:
        meter.add(frame)
    assert meter.value() == cdc(frames)
    assert meter.steps() == pytest.approx(dict(zip((1, 2, 4), steps, strict=True)))


def test_cdc_of_short_films_counts_the_steps_there_are(generator):
    frames = [generator.integers(0, 256, (10, 10, 3), np.uint8) for _ in range(3)]
    assert cdc([]) == 0 and cdc(frames[:1]) == 0
    meter = CdcMeter()
    for frame in frames:
        meter.add(frame)
    assert list(meter.steps()) == [1, 2]
    assert meter.value() == pytest.approx(sum(meter.steps().values()) / 2)


def test_cdc_of_a_film_colored_frame_by_frame_is_the_known_one(shared):
    folder = shared / "data" / "flicker" / "goat-colored-per-frame"
    meter = CdcMeter()
    for path in sorted(folder.iterdir()):
        meter.add(cv2.imread(str(path))[..., ::-1])
    assert meter.value() == pytest.approx(0.00351, abs=5e-6)


@pytest.mark.parametrize(
    "frame", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_frame_is_refused(frame):
    for measure in (colorfulness, CdcMeter().add, lambda f: psnr(f, f), lambda f: l2_lab(f, f)):
        with pytest.raises(ValueError, match="expected a frame"):
            measure(frame)


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="different sizes"):
        psnr(_flat(0), _flat(0, 21))


def _moving(generator, frames=4, shift=3, size=(40, 60)):
    """A film that moves to the left, and its true flow to the next frame."""
    wide = cv2.GaussianBlur(generator.integers(0, 256, (size[0], size[1] + frames * shift, 3), np.uint8), (0, 0), 2)
    film = [np.ascontiguousarray(wide[:, shift * i : shift * i + size[1]]) for i in range(frames)]
    flow = np.zeros((2, *size), np.float32)
    flow[0] = -shift
    return film, flow


def test_warp_error_of_pure_motion_is_0_where_both_see_it(generator):
    film, flow = _moving(generator)
    seen = occlusion_mask(flow, -flow)
    assert not seen[:, :3].any() and seen[:, 3:].all()
    assert warp_error(film, [flow] * 3, [seen] * 3) == pytest.approx(0, abs=1e-12)
    assert warp_error(film, [flow] * 3, [np.ones_like(seen)] * 3) > 1e-5
    still = np.zeros_like(flow)
    assert warp_error(film, [still] * 3, [seen] * 3) > 1e-4


def test_warp_error_of_a_known_flicker(generator):
    film, flow = _moving(generator)
    film = [np.clip(frame, 30, 200) for frame in film]
    flicker = [frame + np.uint8(10 * (i % 2)) for i, frame in enumerate(film)]
    seen = occlusion_mask(flow, -flow)
    assert warp_error(flicker, [flow] * 3, [seen] * 3) == pytest.approx((10 / 255) ** 2, rel=1e-6)


def test_warp_error_leaves_out_pairs_that_see_nothing(generator):
    film, flow = _moving(generator, frames=3)
    seen, nothing = np.ones((40, 60), bool), np.zeros((40, 60), bool)
    one = warp_error(film[:2], [flow], [seen])
    assert warp_error(film, [flow, flow], [seen, nothing]) == one
    assert warp_error(film, [flow, flow], [nothing, nothing]) == 0
    assert warp_error([], [], []) == 0 and warp_error(film[:1], [], []) == 0


def test_occlusions_are_where_the_flows_disagree_or_break():
    forward = np.zeros((2, 40, 40), np.float32)
    assert occlusion_mask(forward, forward).all()
    backward = forward.copy()
    backward[0, 10:20, 10:20] = 5
    seen = occlusion_mask(forward, backward)
    assert not seen[10:20, 10:20].any() and seen.sum() == 1500
    forward[0, :, 20:] = 8
    edge = occlusion_mask(forward, -forward)
    assert not edge[:, 19:21].any() and edge[:, 4:18].all()


def test_flows_that_do_not_fit_are_refused(generator):
    film, flow = _moving(generator)
    seen = np.ones((40, 60), bool)
    with pytest.raises(ValueError, match="fewer flows"):
        warp_error(film, [flow], [seen])
    with pytest.raises(ValueError, match="does not fit"):
        warp_error(film, [flow[:, 1:]] * 3, [seen] * 3)
    with pytest.raises(ValueError, match="expected"):
        occlusion_mask(flow, flow[:, 1:])
