"""Cut detection for black-and-white films: hard cuts, fades through black and dissolves.

One pass over the frames yields a score for each: how surely a new shot begins there. From the scores the cuts follow
for any threshold without looking at the film again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Event

import numpy as np

from tcvc_studio.analysis.cut_measures import HALVES, Measurer, Measures
from tcvc_studio.analysis.fades import Fade, find_fades
from tcvc_studio.errors import Cancelled, StudioError
from tcvc_studio.media.info import FilmInfo, Frame

#: Scores from here on are cuts.
THRESHOLD = 0.5
#: Shortest shot that detection makes, in frames; cuts set by hand may be closer.
MIN_SHOT = 6

#: Frames on each side whose unrest a cut must stand out from.
_AROUND = 4
#: Mixture at which a dissolve scores one half.
_MIXTURE = 0.42
#: A hard cut beside a fade is believed at this score, so many frames from the black, where little is left to compare.
_SURE, _BLACK = 0.9, 3


@dataclass(frozen=True, slots=True)
class CutReport:
    """What was found in a film.

    cuts: first frame of every shot but the first, ascending.
    fades: (start, stop) of every fade through black: the frames in which one picture sinks and the next rises.
    dissolves: (start, stop) around the middle of every dissolve among the cuts, about as long as it takes.
    scores: float32 [frames], 0..1: how surely a shot begins at each frame; a fade stands at its darkest frame, a
        dissolve at its middle. Feed them to `cuts_at` with another threshold.
    threshold, min_shot: as the cuts were taken.
    """

    cuts: tuple[int, ...]
    fades: tuple[tuple[int, int], ...]
    dissolves: tuple[tuple[int, int], ...]
    scores: np.ndarray
    threshold: float
    min_shot: int


def detect_cuts(
    frames: Iterable[Frame],
    info: FilmInfo,
    *,
    threshold: float = THRESHOLD,
    min_shot: int = MIN_SHOT,
    cancel: Event | None = None,
    progress: Callable[[int], None] | None = None,
) -> CutReport:
    """Find the cuts of a film in one pass over its frames.

    frames: all frames in order from the first; only their luma is used, and only thirty-one small pictures are kept.
    threshold: 0..1, smaller finds more; min_shot: see `cuts_at`.
    cancel: looked at before every frame; Cancelled is raised once it is set.
    progress: called with the number of frames done after each.
    Raises StudioError for a threshold outside 0..1 or a film without frames.
    """
    _check(threshold, min_shot)
    measurer = Measurer()
    done = 0
    for frame in frames:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        measurer.take(frame.luma, info.format)
        done += 1
        if progress is not None:
            progress(done)
    if done == 0:
        raise StudioError(f"{info.path.name} has no frames to find cuts in: check that it is the right file.")
    measures = measurer.measures()
    hard = hard_scores(measures)
    soft, lengths = dissolve_scores(measures, hard)
    fades = tuple(
        _within_its_shots(fade, hard) for fade in find_fades(measures.mean, measures.deviation, measures.spread)
    )
    scores = _with_fades(np.maximum(hard, soft), hard, fades)
    cuts = cuts_at(scores, threshold, min_shot)
    return CutReport(
        cuts=cuts,
        fades=tuple((fade.start, fade.stop) for fade in fades if fade.gradual),
        dissolves=tuple(
            (max(0, cut - lengths[cut]), min(done, cut + lengths[cut]))
            for cut in cuts
            if scores[cut] == soft[cut] and soft[cut] > hard[cut]
        ),
        scores=scores,
        threshold=threshold,
        min_shot=min_shot,
    )


def cuts_at(scores: np.ndarray, threshold: float = THRESHOLD, min_shot: int = MIN_SHOT) -> tuple[int, ...]:
    """The cuts at a threshold: frames that score at least that much, the surest first, none within min_shot of a surer
    one.

    scores: [frames], 0..1. min_shot: frames of the shortest shot between two cuts, at least 1; the first and the last
    shot of a film may be shorter, for a film may begin and end anywhere.
    Returns frame numbers, ascending, never 0. A score of 0 is no cut at any threshold.
    Raises StudioError for a threshold outside 0..1 or min_shot under 1.
    """
    _check(threshold, min_shot)
    free = np.ones(len(scores), bool)
    free[:1] = False
    cuts: list[int] = []
    candidates = np.flatnonzero((scores >= max(threshold, 1e-6)) & free)
    for frame in candidates[np.argsort(-scores[candidates], kind="stable")].tolist():
        if free[frame]:
            cuts.append(frame)
            free[max(0, frame - min_shot + 1) : frame + min_shot] = False
    return tuple(sorted(cuts))


def hard_scores(measures: Measures) -> np.ndarray:
    """How surely a hard cut is at each frame, float32 [frames], 0..1.

    A logistic regression on five measures, fitted to films joined of known shots and aged in known ways
    (tests/perf/bench_cuts.py measures it on others). What a frame and its neighbours share, such as a fast pan, counts
    against a cut.
    """
    motion, across = measures.motion, np.clip(measures.across, 0, 2)
    both = motion * np.sqrt(across)
    unrest = _around(both)
    edges = np.log1p(measures.edges / (_around(measures.edges) + 5))
    histogram = np.maximum(measures.histogram, 0)
    histogram = np.log1p(histogram / (_around(histogram) + 0.01))
    evidence = 8.4 * motion + 8.5 * across - 9.9 * unrest + 2.5 * edges + 0.65 * histogram - 12.4
    # Whatever the neighbours say: where frames before and after are alike, only something passing lay between them.
    evidence = np.minimum(evidence, 40 * (across - 0.22))
    scores = 1 / (1 + np.exp(-evidence))
    scores[:1] = 0
    return scores.astype(np.float32)


def dissolve_scores(measures: Measures, hard: np.ndarray) -> tuple[np.ndarray, dict[int, int]]:
    """How surely a dissolve has its middle at each frame, and half its length where that is more than nothing.

    A dissolve is seen by many frames: all but its middle are set to 0, and so are those beside a hard cut as sure.
    """
    mixture = measures.mixture
    frames, reach = len(mixture), max(HALVES)
    padded = np.pad(mixture, 1, mode="edge")
    # A flash or a torn frame stirs a single frame, a dissolve many.
    steady = np.median(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1) if frames else mixture
    scores = np.zeros(frames, np.float32)
    lengths: dict[int, int] = {}
    for frame in np.argsort(-steady, kind="stable").tolist():
        height = float(steady[frame])
        if height < 0.05:
            break
        near = slice(max(0, frame - reach), frame + reach + 1)
        if scores[near].any():
            continue
        # The middle of the frames that are as sure as the surest.
        level = np.flatnonzero(steady[near] >= 0.97 * height) + near.start
        middle = int(np.median(level))
        wide = int(np.count_nonzero(steady[near] >= 0.5 * height))
        score = min(1.0, height / (2 * _MIXTURE))
        if scores[max(0, middle - reach) : middle + reach + 1].any():
            continue
        if float(hard[max(0, middle - reach // 2) : middle + reach // 2 + 1].max()) >= score:
            continue
        scores[middle] = score
        lengths[middle] = max(2, wide // 2)
    return scores, lengths


def _within_its_shots(fade: Fade, hard: np.ndarray) -> Fade:
    """The fade without the frames beyond a sure hard cut: brightness may go on sinking across one."""
    start = next((n for n in range(fade.black_start - _BLACK, fade.start, -1) if hard[n] >= _SURE), fade.start)
    after = range(fade.black_stop + _BLACK, min(fade.stop, len(hard) - 1) + 1)
    return replace(fade, start=start, stop=next((n for n in after if hard[n] >= _SURE), fade.stop))


def _with_fades(scores: np.ndarray, hard: np.ndarray, fades: Iterable[Fade]) -> np.ndarray:
    """Scores in which every fade has one peak at its darkest and nothing beside it but the cuts that bound it."""
    before, scores = scores, scores.copy()
    for fade in fades:
        # The frame after is the one that differs from the last dark one.
        scores[fade.start : fade.stop + 1] = 0
        for bound in (fade.start, fade.stop):
            outside = bound <= fade.black_start - _BLACK or bound >= fade.black_stop + _BLACK
            if outside and bound < len(scores) and hard[bound] >= _SURE:
                scores[bound] = before[bound]
        # A film that merely begins with a few black frames has no shot in them.
        if fade.leads and fade.middle >= MIN_SHOT:
            scores[fade.middle] = 0.5 + 0.5 * fade.depth
    return scores


def _around(values: np.ndarray) -> np.ndarray:
    """Mean of the values up to _AROUND frames before and after, without the frame's own; float64 [frames]."""
    total, count = np.zeros(len(values)), np.zeros(len(values))
    for step in range(1, min(_AROUND, len(values) - 1) + 1):
        total[step:] += values[:-step]
        total[:-step] += values[step:]
        count[step:] += 1
        count[:-step] += 1
    return total / np.maximum(count, 1)


def _check(threshold: float, min_shot: int) -> None:
    if not 0 <= threshold <= 1:
        raise StudioError(f"The threshold {threshold:g} is not between 0 and 1: choose one such as {THRESHOLD:g}.")
    if min_shot < 1:
        raise StudioError(f"A shortest shot of {min_shot} frames is not possible: choose 1 or more.")
