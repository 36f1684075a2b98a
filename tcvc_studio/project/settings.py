"""How a film is to be colored: everything but the machine it happens on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcvc_studio.errors import StudioError

FusionChoice = Literal["auto", "learned", "blend"]

#: Longest interval a render holds in memory; longer gaps between anchors are divided (see engine.plan).
MAX_INTERNAL_FRAMES = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings that change the picture, so that they are part of a result's key.

    backbone: name in the catalogue ("compact", "idc", "cic"); weights: a file that replaces the catalogue's.
    flow: "dis", "raft-small" or "raft-large".
    lengths: internal frames between two anchors (the paper's N); more than one makes the ensemble TCVC+ (3.3).
    working_size: short side in pixels of the picture the networks see.
    fusion: "learned" (section 3.1), "blend" (weighted candidates, no training), or "auto": learned where the
        backbone has one that measures better than the blend and both anchors are automatic, else blend.
    single_image: the backbone alone, frame by frame, with no propagation.
    """

    backbone: str = "compact"
    weights: Path | None = None
    flow: str = "dis"
    lengths: tuple[int, ...] = (17,)
    working_size: int = 256
    fusion: FusionChoice = "auto"
    single_image: bool = False

    def __post_init__(self) -> None:
        if not self.lengths or any(not 1 <= n <= MAX_INTERNAL_FRAMES for n in self.lengths):
            raise StudioError(f"An interval holds 1 to {MAX_INTERNAL_FRAMES} internal frames; choose such lengths.")
        if not 64 <= self.working_size <= 2160:
            raise StudioError("The working size is the short side in pixels, 64 to 2160; choose one in that range.")
