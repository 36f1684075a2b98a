"""What a run tells about itself while it goes on."""

from dataclasses import dataclass

from tcvc_studio.engine.plan import Interval


@dataclass(frozen=True, slots=True)
class Planned:
    """The work ahead. intervals: in all; reused: those whose result was kept from before; frames: to be exported."""

    intervals: int
    reused: int
    frames: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """An interval's chroma is in the cache. method: "learned", "blend", "anchor" or "single"."""

    interval: Interval
    method: str


@dataclass(frozen=True, slots=True)
class Exported:
    """So many frames have gone through the sink."""

    frames: int


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence the restorer should read."""

    text: str


Event = Planned | Rendered | Exported | Note
