"""`tcvc colorize`: a film in, a colored film out."""

import argparse
import json
import sys
from pathlib import Path

from tcvc_studio.cli.options import add_color_options, frame_range, settings_of


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Register the command."""
    p = commands.add_parser("colorize", help="color a film and write it", description="Color a film and write it.")
    p.add_argument("film", type=Path, metavar="FILM", help="a video file, a folder of pictures or a pattern")
    p.add_argument("out", type=Path, metavar="OUT", help="file to write; for png and tiff a folder or a pattern")
    add_color_options(p)
    p.add_argument("--single-image", action="store_true", help="the backbone alone, frame by frame")
    p.add_argument("--range", type=frame_range, metavar="A:B", help="frames A to B - 1 alone, counted from 0")
    p.add_argument(
        "--codec",
        choices=("prores-hq", "prores-422", "prores-4444", "h264", "h265", "ffv1", "png", "tiff"),
        help="by default what OUT's suffix stands for: .mov prores-hq, .mp4 h264, .mkv ffv1, .png png, .tif tiff",
    )
    p.add_argument("--fast", action="store_true", help="the faster ProRes encoder, for larger files")
    p.add_argument("--hardware", action="store_true", help="H.264 and H.265 by an NVIDIA GPU where it works")
    p.add_argument("--depth", type=int, metavar="BITS", help="bits a sample, for codecs that have a choice")
    p.add_argument("--quality", type=float, metavar="CRF", help="of H.264 and H.265; lower is better")
    p.add_argument("--no-audio", action="store_true", help="leave the sound out")
    p.add_argument("--bilinear", action="store_true", help="chroma to film size without regard to the film's edges")
    p.add_argument("--json", action="store_true", help="print the report as JSON")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Color and write; prints a report. Returns the exit code."""
    from tcvc_studio.cli.work import Export, export_film, facts_of, lines_of, open_checked, prepare
    from tcvc_studio.media.codecs import codec_for

    settings = settings_of(args, single_image=args.single_image)
    codec = args.codec or codec_for(args.out).name
    with open_checked(args) as film:
        export = Export(
            path=args.out, codec=codec, audio=not args.no_audio, fast=args.fast, hardware=args.hardware,
            depth=args.depth, quality=args.quality, edge_aware=not args.bilinear,
        )  # fmt: skip
        work = prepare(film, settings, args, span=args.range, exports=[export])
        outcome = export_film(work, [export], quiet=args.json)
    if args.json:
        print(json.dumps(facts_of(outcome), indent=2))
    else:
        for line in lines_of(outcome):
            print(line)
    for note in outcome.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0
