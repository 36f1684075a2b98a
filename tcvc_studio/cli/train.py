"""`tcvc train backbone|fusion`: train the compact backbone and the fusion that belongs to it."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tcvc_studio.errors import StudioError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Registers `train` with its sub-commands."""
    top = subparsers.add_parser("train", help="train the compact backbone or its fusion")
    commands = top.add_subparsers(title="what to train", metavar="WHAT", required=True)
    _add_backbone(commands)
    _add_fusion(commands)


def _add_backbone(commands: argparse._SubParsersAction) -> None:
    p = commands.add_parser("backbone", help="the compact backbone, on color stills and films")
    _add_common(p, data="folder with color stills (loose or in tars) and films")
    p.add_argument("--encoder", type=Path, metavar="FILE", help="MobileNetV2 weights, to begin and to see with")
    p.add_argument("--begin", type=Path, metavar="FILE", help="weights of a compact backbone to begin from instead")
    p.add_argument(
        "--encoder-share", type=float, default=0.3, metavar="X", help="the encoder's learning rate as a share; .3"
    )
    p.add_argument("--batch", type=_positive, default=24, metavar="N", help="crops a step at the first size; 24")
    p.add_argument(
        "--size", type=_sizes, default=(128, 160, 192), metavar="PX,PX", help="crop sides over the run; 128,160,192"
    )
    p.add_argument("--vividness", type=float, default=1.0, metavar="X", help="how much colorful pixels count; 1")
    p.add_argument("--classes", type=float, default=0.1, metavar="X", help="weight of the colors as classes; .1")
    p.add_argument("--perceptual", type=float, default=0.0, metavar="X", help="weight of the perceptual loss; 0")
    p.add_argument("--by-picture", type=float, default=0.0, metavar="X", help="share of loss picture by picture; 0")
    p.add_argument("--part", type=_part, default=(0.5, 1.0), metavar="A,B", help="how much crops show; .5,1")
    p.add_argument("--filmed", type=float, default=0.6, metavar="X", help="share of crops made film-like; .6")
    p.add_argument("--film-every", type=_positive, default=8, metavar="N", help="take every N-th frame of films; 8")
    p.add_argument(
        "--repeat", type=_repeats, default={}, metavar="NAME=N,...", help="pictures called NAME... count N times"
    )
    p.set_defaults(run=_backbone, rate=1e-3)


def _add_fusion(commands: argparse._SubParsersAction) -> None:
    p = commands.add_parser("fusion", help="the fusion of a backbone, on films, by default without their color")
    _add_common(p, data="folder with films")
    p.add_argument("--backbone", default="compact", choices=("compact", "idc", "cic"))
    p.add_argument("--weights", type=Path, metavar="FILE", help="the backbone's weights; the catalogue's by default")
    p.add_argument("--batch", type=_positive, default=2, metavar="N", help="intervals a step; 2")
    p.add_argument("--size", type=_side, default=96, metavar="PX", help="side of the crops, a multiple of 32; 96")
    p.add_argument(
        "--internal", type=_lengths, default=(17, 17), metavar="N|A,B",
        help="internal frames of an interval, always N or A to B at random; 17",
    )  # fmt: skip
    p.add_argument(
        "--loss", default="steadiness", choices=("steadiness", "truth", "both", "vivid"),
        help="what counts: that color is steady (without its truth), that it is true, both, or steady for how vivid; "
        "steadiness",
    )  # fmt: skip
    p.add_argument("--truth", type=float, default=1.0, metavar="X", help="weight of true color in --loss both; 1")
    p.add_argument(
        "--fuse", default="ffm", choices=("ffm", "published", "plain", "forward"),
        help="what fuses: the module correcting the blend, the published one, plain convolutions, or one way; ffm",
    )  # fmt: skip
    p.set_defaults(run=_fusion, rate=1e-3)


def _add_common(p: argparse.ArgumentParser, *, data: str) -> None:
    p.add_argument("--data", type=Path, required=True, metavar="DIR", help=data)
    p.add_argument("--out", type=Path, required=True, metavar="DIR", help="checkpoint, log, samples and weights")
    p.add_argument("--steps", type=_positive, default=20_000, metavar="N", help="the run's length; 20000")
    p.add_argument("--minutes", type=float, metavar="M", help="end after so long at the latest; the rate falls in time")
    p.add_argument("--lr", dest="rate", type=float, metavar="X", help="highest learning rate")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    p.add_argument("--device", default="auto", metavar="auto|cpu|cuda[:n]")
    p.add_argument("--precision", default="auto", choices=("auto", "fp32", "bf16"))
    p.add_argument("--shards", type=_positive, default=2, metavar="N", help="gradients taken side by side; 2")
    p.add_argument("--json", action="store_true", help="the result as JSON")


def _backbone(args: argparse.Namespace) -> int:
    from tcvc_studio.training.backbone import BackboneRecipe, train_backbone
    from tcvc_studio.training.pictures import check_folder, load_pictures, repeated, split_held_out
    from tcvc_studio.training.run import Reports
    from tcvc_studio.training.ship import ship
    from tcvc_studio.weights.load import load_state

    started = time.monotonic()
    check_folder(args.data)
    compute = _prepare(args)
    encoder = load_state(args.encoder) if args.encoder else None
    begin = load_state(args.begin) if args.begin else None
    pictures, held_out = split_held_out(load_pictures(args.data, every=args.film_every), count=48)
    recipe = BackboneRecipe(
        steps=args.steps,
        minutes=args.minutes,
        batch=args.batch,
        sizes=args.size,
        rate=args.rate,
        encoder_share=args.encoder_share,
        vividness=args.vividness,
        classes=args.classes,
        perceptual=args.perceptual,
        by_picture=args.by_picture,
        part=args.part,
        filmed=args.filmed,
        shards=args.shards,
        seed=args.seed,
    )
    network = train_backbone(
        repeated(pictures, args.repeat),
        [picture.rgb for picture in held_out],
        args.out,
        recipe=recipe,
        compute=compute,
        encoder=encoder,
        begin=begin,
        resume=args.resume,
        reports=Reports(say=_say(args)),
    )
    path = args.out / "compact.safetensors"
    widths = ",".join(map(str, network.widths))
    drawn = {"recipe": json.dumps(asdict(recipe)), "repeat": json.dumps(args.repeat)}
    ship(network, path, facts={"architecture": "compact", "widths": widths, **drawn})
    return _report(args, path, time.monotonic() - started)


def _fusion(args: argparse.Namespace) -> int:
    from tcvc_studio.flow.dis import DisFlow
    from tcvc_studio.training.fusion import FusionRecipe, fusion_for, train_fusion
    from tcvc_studio.training.pictures import find_films
    from tcvc_studio.training.run import Reports
    from tcvc_studio.training.ship import ship
    from tcvc_studio.weights.build import build_backbone

    started = time.monotonic()
    films = find_films(args.data)
    compute = _prepare(args)
    backbone = build_backbone(args.backbone, weights=args.weights)
    recipe = FusionRecipe(
        steps=args.steps,
        minutes=args.minutes,
        batch=args.batch,
        size=args.size,
        internal=args.internal,
        fuse=args.fuse,
        loss=args.loss,
        truth=args.truth,
        rate=args.rate,
        shards=args.shards,
        seed=args.seed,
    )
    network = train_fusion(
        films,
        args.out,
        backbone=backbone,
        fusion=fusion_for(backbone, args.fuse),
        flow=DisFlow(),
        recipe=recipe,
        compute=compute,
        resume=args.resume,
        reports=Reports(log_every=25, save_every=100, say=_say(args)),
    )
    path = args.out / f"{args.backbone}-fusion.safetensors"
    facts = {"architecture": "fusion", "backbone": args.backbone, "recipe": json.dumps(asdict(recipe))}
    ship(network, path, facts=facts)
    return _report(args, path, time.monotonic() - started)


def _prepare(args: argparse.Namespace) -> Any:
    """The device and precision. Each shard's convolutions take one thread, so that the shards do not wait on them."""
    import torch

    from tcvc_studio.engine.device import choose_compute

    compute = choose_compute(args.device, args.precision, half_safe=True)
    if compute.device.type == "cpu":
        torch.set_num_threads(1)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError(f"The folder {args.out} cannot be made ({error.strerror}); name another.") from error
    return compute


def _say(args: argparse.Namespace) -> Callable[[str], None]:
    """Lines of progress: to stderr where stdout is for a machine."""
    return lambda line: print(line, file=sys.stderr if args.json else sys.stdout, flush=True)


def _report(args: argparse.Namespace, path: Path, seconds: float) -> int:
    if args.json:
        print(json.dumps({"weights": str(path), "bytes": path.stat().st_size, "seconds": round(seconds, 1)}))
    else:
        print(f"{path} is trained ({path.stat().st_size / 1e6:.1f} MB, {seconds / 60:.1f} minutes).")
    return 0


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return value


def _side(text: str) -> int:
    value = _positive(text)
    if value % 32:
        raise argparse.ArgumentTypeError(f"{text} is no multiple of 32")
    return value


def _lengths(text: str) -> tuple[int, int]:
    lengths = tuple(_positive(part) for part in text.split(","))
    if len(lengths) > 2 or lengths[0] > lengths[-1]:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a length nor two, the shorter first, such as 5,97")
    return lengths[0], lengths[-1]


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(_side(part) for part in text.split(","))


def _repeats(text: str) -> dict[str, int]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name and separator for name, separator, _ in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} does not say what counts how often, such as sea=3,hut=2")
    return {name: _positive(count) for name, _, count in pairs}


def _part(text: str) -> tuple[float, float]:
    try:
        least, most = (float(number) for number in text.split(","))
    except ValueError:
        least, most = 0.0, 0.0
    if not 0 < least <= most <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} are no two shares, the smaller first, such as .5,1")
    return least, most
