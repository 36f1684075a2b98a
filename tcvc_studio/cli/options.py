"""Options that several commands share, and how their text is read."""

import argparse
import json
import re
from fractions import Fraction
from pathlib import Path

from tcvc_studio.errors import StudioError
from tcvc_studio.project.settings import Settings


def add_color_options(p: argparse.ArgumentParser) -> None:
    """Options of every command that colors."""
    p.add_argument(
        "--backbone", default="compact", choices=("compact", "idc", "cic"), help="what colors anchors; compact"
    )
    p.add_argument("--weights", type=Path, metavar="FILE", help="weights of your own: a backbone, a fusion, or both")
    p.add_argument(
        "--flow", default="dis", choices=("dis", "raft-small", "raft-large"), help="what follows movement; dis"
    )
    p.add_argument(
        "--fusion", default="auto", choices=("auto", "learned", "blend"),
        help="how color meets between anchors: by the trained network, by blending, or as fits the anchors; auto",
    )  # fmt: skip
    p.add_argument("--interval", type=int, metavar="N", help="internal frames between two anchors; 17 by default")
    p.add_argument("--ensemble", type=numbers, metavar="N,N", help="average over several interval lengths, as 15,17")
    p.add_argument("--anchors", metavar="LIST|FILE", help="anchor frames, as 0,40,81 or a file that holds them")
    p.add_argument("--anchor-stills", type=Path, metavar="DIR", help="colored stills named by frame: 000018.png")
    p.add_argument("--cuts", default="auto", metavar="auto|none|FILE", help="found, none, or a file of tcvc cuts; auto")
    p.add_argument("--working-size", type=int, default=256, metavar="PX", help="short side the networks see; 256")
    p.add_argument("--device", default="auto", metavar="auto|cpu|cuda[:n]", help="where the networks run; auto")
    p.add_argument(
        "--precision", default="auto", choices=("auto", "fp32", "bf16", "fp16"),
        help="auto is half on a GPU where the networks bear it, else fp32",
    )  # fmt: skip
    p.add_argument("--fps", type=rate, metavar="RATE", help="rate of an image sequence, as 24 or 24000/1001; 24")
    p.add_argument("--cache", type=Path, metavar="DIR", help="where finished color is kept between runs")
    p.add_argument(
        "--cache-limit", type=gigabytes, default=64e9, metavar="GB", help="what may be kept between runs; 64"
    )
    p.add_argument("--allow-interlaced", action="store_true", help="take interlaced material as it is")


def settings_of(args: argparse.Namespace, *, single_image: bool = False) -> Settings:
    """The settings that the options ask for. Raises StudioError for --interval together with --ensemble."""
    if args.interval is not None and args.ensemble is not None:
        raise StudioError("Give --interval for one interval length or --ensemble for several, not both.")
    return Settings(
        backbone=args.backbone,
        weights=args.weights,
        flow=args.flow,
        lengths=args.ensemble or ((args.interval,) if args.interval is not None else (17,)),
        working_size=args.working_size,
        fusion=args.fusion,
        single_image=single_image,
    )


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers between commas or blanks, at least one."""
    try:
        found = tuple(int(part) for part in re.split(r"[\s,]+", text.strip()) if part)
    except ValueError:
        found = ()
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of whole numbers, such as 15,17")
    return found


def rate(text: str) -> Fraction:
    """Frames a second, exact."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame rate, such as 24 or 24000/1001") from None
    if value <= 0:
        raise argparse.ArgumentTypeError("a frame rate is greater than 0")
    return value


def above_zero(text: str) -> int:
    """A whole number of 1 or more."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return value


def gigabytes(text: str) -> float:
    """A size in GB as bytes."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no size in GB, such as 20")
    return value * 1e9


def frame_range(text: str) -> tuple[int, int | None]:
    """A:B, either side may be left out."""
    match = re.fullmatch(r"(\d*):(\d*)", text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no range of frames, such as 100:250")
    return int(match[1] or 0), int(match[2]) if match[2] else None


def listed_anchors(text: str | None) -> tuple[int, ...]:
    """Anchors from the command line or from a file: numbers, a JSON list, or JSON with a list called "anchors"."""
    if text is None:
        return ()
    if not re.fullmatch(r"[\d\s,]+", text):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StudioError(
                f"The anchors {text!r} are neither numbers nor a file that can be read; give frames, as 0,40,81, or "
                "a file that holds them."
            ) from error
        if text.lstrip().startswith(("{", "[")):
            try:
                read = json.loads(text)
                read = read["anchors"] if isinstance(read, dict) else read
                text = ",".join(str(int(frame)) for frame in read)
            except (ValueError, KeyError, TypeError) as error:
                raise StudioError('A JSON file of anchors holds a list, or {"anchors": [...]}; correct it.') from error
    try:
        return tuple(sorted(set(numbers(text))))
    except argparse.ArgumentTypeError as error:
        raise StudioError(f"Anchors are frame numbers between commas: {error}.") from error
