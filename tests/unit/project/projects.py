"""Projects to test with, and random edits of them."""

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from tcvc_studio.project import edits
from tcvc_studio.project.anchors import proposed_anchors
from tcvc_studio.project.model import BY_HAND_ONLY, FilmReference, Project
from tcvc_studio.project.settings import Settings

#: A path that is absolute on every system.
REELS = Path(__file__).resolve().parent / "reels"


def project(frames: int = 300, **changes) -> Project:
    film = FilmReference(
        path=REELS / "reel.mov", fingerprint="f" * 64, frames=frames, rate=Fraction(24000, 1001), width=1920,
        height=1080, timecode="01:00:00:00",
    )  # fmt: skip
    return Project(**{"film": film, **changes})


def by_hand(p: Project) -> tuple[int, ...]:
    return tuple(anchor.frame for anchor in p.anchors)


def cuts(p: Project) -> tuple[int, ...]:
    return tuple(cut.frame for cut in p.cuts)


def random_edit(dice: random.Random, p: Project) -> Callable[[Project], Project]:
    """An edit that a user might make, often one that is refused."""
    last = p.film.frames - 1
    frame, to = dice.randint(-2, last + 2), dice.randint(-2, last + 2)
    a_cut = dice.choice(cuts(p)) if p.cuts else frame
    anchors = by_hand(p)
    an_anchor = dice.choice(anchors) if anchors else frame
    proposals = proposed_anchors(p)
    a_proposal = dice.choice(proposals) if proposals else frame
    some = sorted({dice.choice((frame, to, a_cut, an_anchor, a_proposal)) for _ in range(3)})
    found = sorted(dice.sample(range(1, last), dice.randint(0, 6)))
    return dice.choice((
        lambda p: edits.add_cut(p, frame),
        lambda p: edits.remove_cuts(p, {a_cut}),
        lambda p: edits.move_cut(p, a_cut, to),
        lambda p: edits.move_cut(p, a_cut, a_cut + dice_step),
        lambda p: edits.accept_cuts(p, [a_cut]),
        lambda p: edits.propose_cuts(p, found, ((10, 14),), 0.25),
        lambda p: edits.propose_cuts(p, found),
        lambda p: edits.add_anchor(p, frame),
        lambda p: edits.add_anchors(p, some),
        lambda p: edits.remove_anchors(p, some),
        lambda p: edits.remove_anchors(p, [an_anchor]),
        lambda p: edits.dismiss_anchor(p, a_proposal),
        lambda p: edits.move_anchor(p, an_anchor, to),
        lambda p: edits.move_anchor(p, a_proposal, to),
        lambda p: edits.lock_anchors(p, [an_anchor], True),
        lambda p: edits.lock_anchors(p, [a_proposal], True),
        lambda p: edits.lock_anchors(p, [an_anchor], False),
        lambda p: edits.set_still(p, frame, REELS / "still.png"),
        lambda p: edits.set_still(p, an_anchor, None),
        lambda p: edits.set_interval(p, frame),
        lambda p: edits.set_shot_interval(p, a_cut, 9),
        lambda p: edits.set_shot_interval(p, 0, BY_HAND_ONLY),
        lambda p: edits.set_shot_interval(p, a_cut, None),
        lambda p: edits.set_settings(p, Settings(backbone="idc", lengths=(17, 13))),
        lambda p: edits.set_marks(p, frame, to),
        lambda p: edits.mark_in(p, frame),
        lambda p: edits.mark_out(p, to),
        lambda p: edits.relink_film(p, REELS / f"other{frame}.mov"),
    )) if (dice_step := dice.choice((-1, 1))) else None  # fmt: skip
