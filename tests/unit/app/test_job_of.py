from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from tcvc_studio.app.job_of import job_of
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project import edits
from tcvc_studio.project.anchors import all_anchors
from tcvc_studio.project.model import BY_HAND_ONLY
from tcvc_studio.project.settings import Settings
from tests.unit.project.projects import REELS, project

STILL = REELS / "still.png"


def info(frames: int = 300) -> FilmInfo:
    return FilmInfo(
        path=REELS / "reel.mov", kind="video", codec="prores", frames=frames, first_number=0, width=1920, height=1080,
        rate=Fraction(24000, 1001), time_base=Fraction(1, 24000), pts=np.arange(frames) * 1001, vfr=False,
        pixel_format="gray", bit_depth=8, format=PlaneFormat(), matrix="bt709", primaries="bt709", transfer="bt709",
        sar=Fraction(1), rotation=0,
        timecode=None, audio=(), interlaced=False, has_color=False,
    )  # fmt: skip


def edited():
    p = edits.set_shot_interval(edits.add_cut(edits.add_cut(project(), 100), 200), 200, BY_HAND_ONLY)
    p = edits.set_still(edits.add_anchors(p, (33, 250)), 150, STILL)
    return edits.set_interval(p, 9)


def test_the_job_is_the_project_as_it_is():
    p = edited()
    job = job_of(p, info(), "fresh")
    assert (job.listed, dict(job.stills)) == ((33, 250), {150: STILL})
    assert (job.start, job.stop, job.fingerprint, job.settings) == (0, 300, "fresh", p.settings)
    assert job.shots == p.shots and job.lengths == {200: BY_HAND_ONLY}
    (plan,) = job.intervals()
    assert tuple(sorted({frame for interval in plan for frame in interval.anchors})) == all_anchors(p)
    # It is a snapshot: what the project's tables become later does not reach it.
    assert job.lengths is not p.shot_lengths


def test_the_backbone_s_job_knows_nothing_of_anchors():
    p = edited()
    job = job_of(p, info(), "f", layer="backbone", start=90, stop=110)
    assert (job.listed, dict(job.stills), job.settings.single_image) == ((), {}, True)
    moved = edits.move_anchor(p, 33, 44)
    assert job_of(moved, info(), "f", layer="backbone", start=90, stop=110) == job
    assert job_of(moved, info(), "f", start=90, stop=110) != job_of(p, info(), "f", start=90, stop=110)
    assert replace(p.settings, single_image=True) == job.settings


def test_a_part_of_an_ensemble():
    p = edits.set_settings(edited(), Settings(lengths=(17, 13)))
    job = job_of(p, info(), "f", start=18, stop=30)
    plans = job.intervals()
    assert len(plans) == 2
    for plan in plans:
        assert plan[0].first <= 18 and plan[-1].stop >= 30
        assert all(a.last == b.first for a, b in pairwise(plan))


def test_what_does_not_fit_is_refused():
    with pytest.raises(StudioError, match="299 frames"):
        job_of(project(), info(299), "f")
    for start, stop in ((0, 301), (5, 5), (-1, 4)):
        with pytest.raises(StudioError, match="do not lie in the film"):
            job_of(project(), info(), "f", start=start, stop=stop)
