"""`tcvc evaluate`: the figures of networks and engine, as markdown tables or JSON."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from tcvc_studio.cli import evaluate_runs as runs
from tcvc_studio.cli.options import above_zero, gigabytes, numbers

_ROWS_HELP = "a file that keeps what was measured; given again, a run broken off goes on there"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Registers `evaluate` with its sub-commands."""
    top = subparsers.add_parser("evaluate", help="measure what networks and engine are worth", description=__doc__)
    commands = top.add_subparsers(title="what to measure", metavar="WHAT", required=True)
    _add_stills(commands)
    _add_films(commands)
    _add_anchors(commands)
    _add_hints(commands)
    _add_sheets(commands)
    _add_cost(commands)


def _add_stills(commands: argparse._SubParsersAction) -> None:
    p = _command(commands, "stills", runs.stills, "automatic color of photographs: gray, the backbone, the truth")
    p.add_argument("folder", type=Path, metavar="DIR", help="folder with color photographs")
    p.add_argument("--every", type=above_zero, default=1, metavar="N", help="every N-th photograph; 1")
    p.add_argument(
        "--saturation", type=_shares, default=(1.0,), metavar="X,X", help="times the backbone's chroma, a row each; 1"
    )
    _add_size(p, "photographs whose short side is longer are made smaller to it; 256")


def _add_films(commands: argparse._SubParsersAction) -> None:
    p = _command(commands, "films", runs.films, "automatic color of films of true color, film by film, way by way")
    _add_film_options(p)
    p.add_argument("--interval", type=above_zero, default=17, metavar="N", help="internal frames between anchors; 17")
    p.add_argument("--ensemble", type=_lengths, metavar="N,N", help="interval lengths of the ways with +; N - 2 and N")
    p.add_argument(
        "--ways", type=_names, metavar="NAME,NAME", help="among truth,gray,backbone,blend,blend+,TCVC,TCVC+; all"
    )
    _add_size(p)


def _add_anchors(commands: argparse._SubParsersAction) -> None:
    p = _command(commands, "anchors", runs.anchors, "propagation alone: films of true color, given at anchors")
    _add_film_options(p)
    p.add_argument(
        "--internal", type=_lengths, default=(17,), metavar="N,N", help="internal frames between two anchors; 17"
    )
    p.add_argument(
        "--working-size", type=_lengths, default=(256,), metavar="PX,PX", help="short sides the networks see; 256"
    )
    p.add_argument("--bar", type=float, default=36.0, metavar="DB", help="tell how long intervals hold it; 36 dB")
    _add_fusion(p)


def _add_hints(commands: argparse._SubParsersAction) -> None:
    p = _command(commands, "hints", runs.hints, "what hints at random places are worth, and whether they are met")
    p.add_argument("folder", type=Path, metavar="DIR", help="folder with color photographs, or with color films")
    p.add_argument(
        "--counts", type=_counts, default=(0, 1, 5, 10, 50, 200), metavar="N,N", help="hints; 0,1,5,10,50,200"
    )
    p.add_argument("--sides", type=_sides, default=(1, 9), metavar="A-B", help="sides of hints in pixels; 1-9")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="draw other places; 0")
    p.add_argument("--every", type=above_zero, default=1, metavar="N", help="every N-th picture; 1")
    p.add_argument("--interval", type=above_zero, default=17, metavar="N", help="of films the anchors so far apart; 17")
    _add_size(p, "pictures whose short side is longer are made smaller to it; 256")


def _add_sheets(commands: argparse._SubParsersAction) -> None:
    p = _command(commands, "sheets", runs.sheets, "contact sheets of films: gray, backbone and TCVC, to be looked at")
    _add_film_options(p, rows=False)
    p.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="folder for the sheets (PNG)")
    p.add_argument("--every", type=above_zero, default=30, metavar="N", help="every N-th frame; 30")
    p.add_argument("--interval", type=above_zero, default=17, metavar="N", help="internal frames between anchors; 17")
    p.add_argument("--cuts", default="auto", choices=("auto", "none"), help="found, or taken as one shot; auto")
    _add_fusion(p)
    _add_size(p)


def _add_cost(commands: argparse._SubParsersAction) -> None:
    p = _command(commands, "cost", runs.cost, "parameters, multiplications, frames/s of networks", backbone=False)
    p.add_argument(
        "--networks", type=_names, default=("compact", "idc", "cic"), metavar="NAME,NAME", help="compact,idc,cic"
    )
    p.add_argument("--internal", type=above_zero, metavar="N", help="internal frames; 17 for compact, 3 for others")
    p.add_argument("--repeats", type=above_zero, default=3, metavar="N", help="of each timing; 3")
    p.add_argument("--flow", default="dis", choices=("dis", "raft-small", "raft-large"), help="what follows movement")


def _command(commands, name: str, run: Callable[[argparse.Namespace], int], text: str, *, backbone: bool = True):
    p = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    if backbone:
        p.add_argument("--backbone", default="compact", choices=("compact", "idc", "cic"), help="compact")
        p.add_argument("--weights", type=Path, metavar="FILE", help="weights of your own: a backbone, a fusion or both")
    p.add_argument("--device", default="auto", metavar="auto|cpu|cuda[:n]", help="where the networks run; auto")
    p.add_argument("--precision", default="auto", choices=("auto", "fp32", "bf16", "fp16"), help="auto")
    p.add_argument("--json", action="store_true", help="print the figures as JSON, all of them at the end")
    p.set_defaults(run=run)
    return p


def _add_film_options(p: argparse.ArgumentParser, *, rows: bool = True) -> None:
    p.add_argument("folder", type=Path, metavar="DIR", help="folder of films: video files, or folders of pictures")
    p.add_argument("--films", type=_names, default=(), metavar="NAME,NAME", help="some of them; all")
    p.add_argument("--frames", type=above_zero, metavar="N", help="the first N frames of each; all")
    p.add_argument("--flow", default="dis", choices=("dis", "raft-small", "raft-large"), help="what follows movement")
    p.add_argument("--cache", type=Path, metavar="DIR", help="keep finished color there; by default it is thrown away")
    p.add_argument("--cache-limit", type=gigabytes, default=64e9, metavar="GB", help="what may be kept there; 64")
    if rows:
        p.add_argument("--rows", type=Path, metavar="FILE", help=_ROWS_HELP)


def _add_fusion(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--fusion", default="auto", choices=("auto", "learned", "blend"), help="how color meets between anchors; auto"
    )


def _add_size(p: argparse.ArgumentParser, text: str = "short side the networks see; 256") -> None:
    p.add_argument("--working-size", type=above_zero, default=256, metavar="PX", help=text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("it is empty; give names between commas")
    return names


def _lengths(text: str) -> tuple[int, ...]:
    """Whole numbers above 0, ascending, each once."""
    found = tuple(sorted(set(numbers(text))))
    if found[0] < 1:
        raise argparse.ArgumentTypeError(f"{text!r} holds a number below 1")
    return found


def _counts(text: str) -> tuple[int, ...]:
    """Whole numbers from 0 on, ascending, each once."""
    found = tuple(sorted(set(numbers(text))))
    if found[0] < 0:
        raise argparse.ArgumentTypeError(f"{text!r} holds a number below 0")
    return found


def _sides(text: str) -> tuple[int, int]:
    """A-B, or one side for all."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text.strip())
    sides = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= sides[0] <= sides[1]:
        raise argparse.ArgumentTypeError(f"{text!r} are no sides in pixels, such as 1-9 or 7")
    return sides


def _shares(text: str) -> tuple[float, ...]:
    """Numbers above 0."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < share < 10 for share in found):
        raise argparse.ArgumentTypeError(f"{text!r} are no factors, such as .86,1,1.2")
    return found
