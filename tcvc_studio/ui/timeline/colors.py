"""Colors of the timeline: neutral grays, and hues only beside another sign (shape, hatch, place)."""

from dataclasses import dataclass

from tcvc_studio.ui.theme import COLORS


@dataclass(frozen=True, slots=True)
class TimelineColors:
    """Each as "#rrggbb"."""

    back: str = "#1b1b1b"
    row: str = "#242424"
    row_other: str = "#2a2a2a"
    header: str = "#303030"
    line: str = "#3d3d3d"
    past_end: str = "#161616"
    text: str = COLORS.text
    dim: str = COLORS.dim
    tick: str = "#6a6a6a"
    playhead: str = "#ff7a4d"
    accent: str = COLORS.accent
    shot: str = "#3b3b3b"
    shot_other: str = "#474747"
    cut: str = "#f2f2f2"
    rejected: str = "#8a8a8a"
    fade: str = "#0c0c0c"
    anchor: str = "#f0c14b"
    proposed: str = "#bdbdbd"
    fresh: str = "#5c9a78"
    stale: str = "#cfa050"
    rendering: str = "#62a8de"
    failed: str = "#e2675d"
    backbone: str = COLORS.backbone
    tcvc: str = COLORS.tcvc
    confidence: str = "#9a9a9a"
    marked: str = "#9a9a9a"
    score: str = "#c8c8c8"
    threshold: str = "#ffd27a"
