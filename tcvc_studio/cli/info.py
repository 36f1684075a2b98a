"""tcvc info: what is known of a film, for people and for machines."""

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tcvc_studio.cli.options import rate

if TYPE_CHECKING:
    from tcvc_studio.media.info import FilmInfo


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `info FILM [--json] [--fps RATE]`."""
    parser = subparsers.add_parser(
        "info",
        help="tell what is known of a film",
        description="Index a film and tell its size, rate, coding, sound and what to mind before coloring it.",
    )
    parser.add_argument("film", metavar="FILM", help="a video file, a folder of pictures, or a pattern: reel.%%06d.dpx")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--fps", type=rate, metavar="RATE", help="rate of a sequence, as 24 or 24000/1001; 24")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; returns 0. Raises StudioError for a film that cannot be read."""
    from tcvc_studio.media.film import open_film

    with open_film(args.film, rate=args.fps) as film:
        info = film.info
    print(json.dumps(as_json(info), indent=2, ensure_ascii=False) if args.json else as_table(info))
    return 0


def as_json(info: "FilmInfo") -> dict[str, Any]:
    """The film as plain values: rates and ratios as strings, exact."""
    return {
        "path": str(info.path),
        "kind": info.kind,
        "codec": info.codec,
        "frames": info.frames,
        "first_number": info.first_number,
        "duration": _seconds(info),
        "width": info.width,
        "height": info.height,
        "rate": _ratio(info.rate, "/"),
        "vfr": info.vfr,
        "time_base": _ratio(info.time_base, "/"),
        "pixel_format": info.pixel_format,
        "bit_depth": info.bit_depth,
        "subsampling": _subsampling(info),
        "range": info.format.range,
        "luma_matrix": info.format.matrix,
        "siting": info.format.siting,
        "matrix": info.matrix,
        "primaries": info.primaries,
        "transfer": info.transfer,
        "sar": _ratio(info.sar, ":"),
        "rotation": info.rotation,
        "timecode": info.timecode,
        "interlaced": info.interlaced,
        "has_color": info.has_color,
        "audio": [
            {
                "index": sound.index,
                "codec": sound.codec,
                "rate": sound.rate,
                "channels": sound.channels,
                "layout": sound.layout,
                "language": sound.language,
            }
            for sound in info.audio
        ],
        "notes": list(info.notes),
    }


def as_table(info: "FilmInfo") -> str:
    """The film as aligned lines, and what to mind below them."""
    from tcvc_studio.media.container import clock

    rate = f"{float(info.rate):.3f}".rstrip("0").rstrip(".")
    exact = "" if info.rate.denominator == 1 else f" ({_ratio(info.rate, '/')})"
    rows = [
        ("Film", str(info.path)),
        ("Kind", "sequence of pictures" if info.kind == "sequence" else "video"),
        ("Codec", info.codec),
        ("Frames", f"{info.frames:,}" + (f", numbered from {info.first_number}" if info.kind == "sequence" else "")),
        ("Duration", clock(_seconds(info))),
        ("Rate", f"{rate} frames/s{exact}" + (", varying" if info.vfr else "")),
        ("Timecode", info.timecode or "none"),
        ("Size", _size(info)),
        ("Pixels", f"{info.pixel_format}, {info.bit_depth} bit, {_subsampling(info)}, {info.format.range} range"),
        ("Matrix", _said(info.matrix, f"read as {info.format.matrix}")),
        ("Primaries", _said(info.primaries)),
        ("Transfer", _said(info.transfer)),
        ("Scan", "interlaced" if info.interlaced else "progressive"),
        ("Color", "yes, not used" if info.has_color else "black and white"),
    ]
    for sound in info.audio:
        language = f", {sound.language}" if sound.language else ""
        rows.append((f"Sound {sound.index}", f"{sound.codec}, {sound.rate} Hz, {sound.layout}{language}"))
    if not info.audio:
        rows.append(("Sound", "none"))
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    return "\n".join([*lines, *(f"\nNote: {note}" for note in info.notes)])


def _seconds(info: "FilmInfo") -> float:
    """From the first frame's beginning to the last one's end, at the nominal rate for the last."""
    return float(int(info.pts[-1] - info.pts[0]) * info.time_base + 1 / info.rate)


def _size(info: "FilmInfo") -> str:
    size = f"{info.width} x {info.height}"
    if info.sar != 1:
        size += f", pixel aspect {_ratio(info.sar, ':')}"
    if info.rotation:
        turned = "counterclockwise" if info.rotation > 0 else "clockwise"
        size += f", shown turned {abs(info.rotation)} degrees {turned}"
    return size


def _said(tag: str, otherwise: str = "") -> str:
    return tag if tag != "unspecified" else ", ".join(filter(None, ["not tagged", otherwise]))


def _subsampling(info: "FilmInfo") -> str:
    if info.pixel_format.startswith(("gray", "ya", "mono")):
        return "gray"
    known = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (4, 1): "4:1:1", (1, 2): "4:4:0", (4, 4): "4:1:0"}
    h, v = info.format.subsampling
    return known.get((h, v), f"1/{h} x 1/{v}")


def _ratio(value: Fraction, mark: str) -> str:
    return f"{value.numerator}{mark}{value.denominator}"
