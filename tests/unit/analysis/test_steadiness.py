import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.analysis.metrics import CdcMeter
from tcvc_studio.analysis.steadiness import flicker_between, flow_confidence, histograms_of
from tcvc_studio.color.lab import lab_to_rgb
from tcvc_studio.flow.dis import DisFlow


def _frame(seed, shift=0.0):
    rng = np.random.default_rng(seed)
    l = torch.from_numpy(rng.uniform(20, 80, (1, 1, 48, 64)).astype(np.float32))  # noqa: E741
    return l, np.full((2, 48, 64), 10 + shift, np.float32)


def test_flicker_is_the_first_step_of_cdc():
    meter = CdcMeter()
    frames = [_frame(1), _frame(1, 7.0)]
    for l, ab in frames:  # noqa: E741
        lab = torch.cat((l[0], torch.from_numpy(ab)))
        meter.add((lab_to_rgb(lab) * 255).round().byte().permute(1, 2, 0).numpy().copy())
    before, after = (histograms_of(*frame) for frame in frames)
    assert flicker_between(before, after) == pytest.approx(meter.steps()[1])
    assert flicker_between(before, before) == 0


def test_a_picture_that_drifts_is_trusted_and_one_that_is_another_is_not():
    rng = np.random.default_rng(2)
    texture = cv2.GaussianBlur(rng.uniform(0, 100, (120, 160)).astype(np.float32), (0, 0), 3)
    texture = cv2.normalize(texture, None, 0, 100, cv2.NORM_MINMAX)
    other = cv2.normalize(rng.uniform(0, 100, (96, 128)).astype(np.float32), None, 0, 100, cv2.NORM_MINMAX)
    here, there, alien = (
        torch.from_numpy(np.ascontiguousarray(p))[None, None] for p in (texture[4:100, 4:132], texture[5:101, 6:134],
                                                                        other)
    )  # fmt: skip
    flow = DisFlow("fast", workers=1)
    assert flow_confidence(here, there, flow) > 0.9
    assert flow_confidence(here, alien, flow) < 0.5
