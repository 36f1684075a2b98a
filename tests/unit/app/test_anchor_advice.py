import numpy as np
import pytest

from tcvc_studio.app.anchor_advice import suggest_anchors


def _curves(frames=200, *, confidence=0.95, tcvc=0.001, backbone=0.004):
    return {
        "confidence": np.full(frames, confidence, np.float32),
        "tcvc": np.full(frames, tcvc, np.float32),
        "backbone": np.full(frames, backbone, np.float32),
    }


def test_a_steady_film_needs_no_more_anchors():
    assert suggest_anchors(**_curves(), anchors=range(0, 200, 18)) == ()


def test_an_anchor_is_suggested_where_the_flow_loses_hold_far_from_others():
    curves = _curves()
    curves["confidence"][[45, 100, 151]] = 0.3
    assert suggest_anchors(**curves, anchors=(0, 36, 54, 102, 199)) == (45, 151)


def test_an_anchor_is_suggested_where_color_flickers_in_spite_of_the_flow():
    curves = _curves()
    curves["tcvc"][[70, 120]] = 0.02
    curves["backbone"][70] = 0.001
    curves["backbone"][120] = 0.1
    assert suggest_anchors(**curves, anchors=(0, 54, 90, 199)) == (70,)


def test_neighbouring_troubles_make_one_suggestion_and_the_worst_come_first():
    curves = _curves()
    curves["confidence"][[60, 62]] = (0.5, 0.3)
    curves["confidence"][150] = 0.4
    assert suggest_anchors(**curves, anchors=()) == (62, 150)
    assert suggest_anchors(**curves, anchors=(), limit=1) == (62,)


def test_unknown_values_and_cuts_suggest_nothing():
    curves = _curves()
    for values in curves.values():
        values[:] = np.nan
    assert suggest_anchors(**curves, anchors=()) == ()
    curves["confidence"][50:60] = 0.9
    assert suggest_anchors(**curves, anchors=()) == ()
    assert suggest_anchors(**_curves(0), anchors=()) == ()


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_short_films(frames):
    assert suggest_anchors(**_curves(frames, confidence=0.1), anchors=(0,)) == ()
