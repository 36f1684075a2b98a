"""`tcvc cuts`: find where one shot ends and the next begins."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_studio.cli.options import rate
from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    from tcvc_studio.analysis.cuts import CutReport
    from tcvc_studio.analysis.cuts_file import CutList
    from tcvc_studio.media.info import FilmInfo


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `cuts FILM [-o FILE] [--threshold T] [--min-shot N] [--json] [--fps RATE]`."""
    parser = subparsers.add_parser(
        "cuts",
        help="find the cuts of a film",
        description="Find hard cuts, fades through black and dissolves, and list or write the first frame of every "
        "shot but the first. Correct the file by hand where it errs and give it to tcvc colorize --cuts.",
    )
    parser.add_argument("film", metavar="FILM", help="a video file, a folder of pictures, or a pattern: reel.%%06d.dpx")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="cuts.json or cuts.csv to write")
    parser.add_argument(
        "--threshold", type=float, metavar="T", help="how sure a cut must be, 0 to 1; smaller finds more; 0.5"
    )
    parser.add_argument("--min-shot", type=int, metavar="N", help="frames of the shortest shot between two cuts; 6")
    parser.add_argument("--json", action="store_true", help="print JSON: the cuts, the fades, each cut's score")
    parser.add_argument("--fps", type=rate, metavar="RATE", help="rate of a sequence, as 24 or 24000/1001; 24")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Find, list and write the cuts; returns 0. Raises StudioError for what the user can act on."""
    # Options are checked before a long film is read.
    if args.threshold is not None and not 0 <= args.threshold <= 1:
        raise StudioError(f"The threshold {args.threshold:g} is not between 0 and 1: choose one such as 0.5.")
    if args.min_shot is not None and args.min_shot < 1:
        raise StudioError(f"A shortest shot of {args.min_shot} frames is not possible: choose 1 or more.")
    output = args.output
    if output is not None and output.suffix.lower() not in (".json", ".csv"):
        raise StudioError(f"{output.name} is neither JSON nor CSV: name the list of cuts cuts.json or cuts.csv.")

    from tcvc_studio.analysis.cuts import MIN_SHOT, THRESHOLD, detect_cuts
    from tcvc_studio.analysis.cuts_file import CutList, as_json, write_cut_list
    from tcvc_studio.cli.progress import Progress
    from tcvc_studio.media.atomic import check_target
    from tcvc_studio.media.film import open_film

    with open_film(args.film, rate=args.fps) as film:
        info = film.info
        if output is not None:
            check_target(output, info.path)
        progress = Progress(info.frames, quiet=args.json)
        try:
            report = detect_cuts(
                film.frames(),
                info,
                threshold=THRESHOLD if args.threshold is None else args.threshold,
                min_shot=MIN_SHOT if args.min_shot is None else args.min_shot,
                progress=lambda done: progress.update(done, "finding cuts"),
            )
        finally:
            progress.close()
    found = CutList(
        cuts=report.cuts,
        fades=report.fades,
        film=info.path.name,
        frames=info.frames,
        rate=info.rate,
        more={
            "dissolves": [list(span) for span in report.dissolves],
            "scores": {str(cut): round(float(report.scores[cut]), 3) for cut in report.cuts},
            "threshold": report.threshold,
        },
    )
    if output is not None:
        write_cut_list(output, found, timecode=info.timecode)
    if args.json:
        sys.stdout.write(as_json(found))
    else:
        print(_listed(found, report, info, output))
    return 0


def _listed(found: "CutList", report: "CutReport", info: "FilmInfo", output: Path | None) -> str:
    """The cuts for people: one a line, with its time code, its kind and how sure it is."""
    from tcvc_studio.analysis.cuts_file import first_timecode

    first = first_timecode(info.timecode, info.rate)
    lines = [f"{_counted(len(found.cuts), 'cut')} in {found.frames} frames of {found.film}"]
    if output is not None:
        lines[0] += f", written to {output}"
    for cut in found.cuts:
        kind = "cut"
        if any(start <= cut < stop for start, stop in report.fades):
            kind = "fade"
        elif any(start <= cut < stop for start, stop in report.dissolves):
            kind = "dissolve"
        lines.append(f"{cut:>8}  {first + cut}  {kind:<8}  {float(report.scores[cut]):.2f}")
    return "\n".join(lines)


def _counted(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
