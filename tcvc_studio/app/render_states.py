"""What the preview tells about itself: small frozen values that go through signals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderSpan:
    """Frames start..stop - 1 of a layer and what is known of their color.

    state: "fresh"; "stale": there is color, of before an edit; "rendering"; "failed". Frames that were never rendered
    are in no span.
    """

    start: int
    stop: int
    layer: str
    state: str


@dataclass(frozen=True, slots=True)
class RenderProgress:
    """How far the TCVC layer is; the backbone keeps step.

    done, total: frames. frames_per_second: both layers of a frame together; 0 where nothing was measured.
    eta_seconds: None where it cannot be told.
    state: "idle", "loading", "rendering", "paused", "stopped" (cancelled), "waiting" (an export has the models),
    "failed", "done".
    """

    done: int
    total: int
    frames_per_second: float
    eta_seconds: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in one sentence, more for whoever wants to know, and what can be chosen instead ("cpu")."""

    text: str
    details: str = ""
    offers: tuple[str, ...] = ()
