"""`tcvc bench`: frames/s and peak memory of each stage and of the whole, beside the ways not taken."""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from tcvc_studio.cli.meters import readable_bytes
from tcvc_studio.cli.options import above_zero, add_color_options, settings_of


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Register the command."""
    p = commands.add_parser("bench", help="measure speed and memory on this machine", description=__doc__)
    p.add_argument("film", type=Path, nargs="?", metavar="FILM", help="a film to take from decode to ProRes as well")
    p.add_argument("--frames", type=above_zero, default=100, metavar="N", help="of FILM; 100")
    p.add_argument(
        "--sizes", type=_networks, default=("compact", "idc"), metavar="NAME,NAME",
        help="networks to measure, among compact, idc and cic; compact,idc",
    )  # fmt: skip
    p.add_argument(
        "--internal", type=above_zero, metavar="N", help="internal frames measured; 17 for compact, 3 for others"
    )
    p.add_argument("--json", action="store_true", help="print the figures as JSON")
    add_color_options(p)
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure and print tables."""
    from tcvc_studio.engine.benchmark import measure
    from tcvc_studio.engine.session import describe_device, models_for_speed

    size, film_size = (448, 256), (854, 480)
    facts: dict = {"working_size": list(size), "film_size": list(film_size), "networks": {}}
    for name in args.sizes:
        settings = replace(settings_of(args), backbone=name)
        models, drawn = models_for_speed(settings, device=args.device, precision=args.precision)
        facts["device"] = describe_device(models.compute)
        internal = args.internal or (17 if name == "compact" else 3)
        stages, comparison = measure(models, size=size, film_size=film_size, internal=internal)
        facts["networks"][name] = {
            "internal_frames": internal,
            "weights": "random" if drawn else "trained",
            "stages": {
                s.name: {"ms": 1000 * s.seconds, "frames_per_second": s.rate, "peak_bytes": s.peak} for s in stages
            },
            "ours_frames_per_second": 1 / comparison.ours,
            "learned_frames_per_second": 1 / _seconds(stages, "propagation with learned fusion"),
            "blend_frames_per_second": 1 / _seconds(stages, "blend between automatic anchors"),
            "backbone_on_every_frame_over_ours": comparison.ratios[0],
            "published_way_over_ours": comparison.ratios[1],
        }
        if not args.json:
            _print_network(name, facts)
    if args.film:
        facts["film"] = _whole(args)
        if not args.json:
            whole = facts["film"]
            print(
                f"{args.film}, decode to ProRes: {whole['frames']} frames, {whole['frames_per_second']:.1f} frames/s, "
                f"peak memory {readable_bytes(whole['peak_memory_bytes'])}"
            )
    if args.json:
        print(json.dumps(facts, indent=2))
    return 0


def _networks(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if unknown := [name for name in names if name not in ("compact", "idc", "cic")]:
        raise argparse.ArgumentTypeError(f"there is no network called {unknown[0]!r}, but compact, idc and cic")
    return names


def _seconds(stages, between: str) -> float:
    """Flow, anchors and what comes between them, for each frame."""
    return sum(s.seconds for s in stages if s.name in ("flow, both directions", "backbone on anchors", between))


def _print_network(name: str, facts: dict) -> None:
    network = facts["networks"][name]
    width, height = facts["working_size"]
    print(f"{name} at {width}x{height} on {facts['device']}, {network['internal_frames']} internal frames an interval")
    print(f"  {'stage':34}{'ms/frame':>10}{'frames/s':>10}{'peak':>12}")
    for stage, figures in network["stages"].items():
        peak = readable_bytes(figures["peak_bytes"])
        print(f"  {stage:34}{figures['ms']:>10.1f}{figures['frames_per_second']:>10.1f}{peak:>12}")
    print(
        f"  flow, anchors and what lies between: {network['blend_frames_per_second']:.1f} frames/s by the blend, "
        f"{network['learned_frames_per_second']:.1f} by the learned fusion"
    )
    print(
        f"  time of the backbone on every frame over ours {network['backbone_on_every_frame_over_ours']:.2f}, "
        f"of the published way over ours {network['published_way_over_ours']:.2f}\n"
    )


def _whole(args: argparse.Namespace) -> dict:
    """Decode to ProRes of the first frames of the film, nothing kept from before."""
    from tcvc_studio.cli.work import Export, export_film, facts_of, open_checked, prepare

    with tempfile.TemporaryDirectory(prefix="tcvc-bench-") as folder, open_checked(args) as film:
        args.cache = Path(folder) / "color"
        export = Export(path=Path(folder) / "bench.mov", codec="prores-hq", audio=False)
        work = prepare(film, settings_of(args), args, span=(0, min(args.frames, film.info.frames)), exports=[export])
        return facts_of(export_film(work, [export], quiet=args.json))
