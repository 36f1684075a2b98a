"""What `tcvc evaluate` does: each command measures, prints rows as they come, and ends with its figures."""

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tcvc_studio.cli.evaluate_table import Bar, Table, progress_of
from tcvc_studio.cli.progress import Progress
from tcvc_studio.errors import StudioError
from tcvc_studio.project.settings import Settings


def stills(args: argparse.Namespace) -> int:
    """Run `tcvc evaluate stills`."""
    from tcvc_studio.evaluation.folders import read_stills, stills_in
    from tcvc_studio.evaluation.rows import figure, table_head, with_error
    from tcvc_studio.evaluation.stills import colorizer, still_rows, stills_score

    paths = stills_in(args.folder, every=args.every)
    models, device, _ = _models(args, _settings(args, single_image=True))
    facts: dict = {"device": device, "pictures": len(paths), "rows": []}
    table = Table(args, facts)
    table.line(table_head([f"{len(paths)} pictures", "PSNR, dB", "over gray, dB", "L2 in Lab", "colorfulness"]))
    for place, saturation in enumerate(args.saturation):
        rows = []
        colorize = colorizer(models.backbone, models.compute, saturation=saturation)
        with progress_of(args, "pictures") as progress:
            for row in still_rows(read_stills(paths, short_side=args.working_size), colorize):
                rows.append(row)
                progress(len(rows), len(paths), row.name)
        score = stills_score(rows)
        if place == 0:
            table.row(["gray", with_error(score.gray_psnr), "-", with_error(score.gray_l2_lab), "0"])
        name = args.backbone + (f", chroma times {figure(saturation)}" if saturation != 1 else "")
        figures = (score.psnr, score.gain, score.l2_lab, score.colorfulness)
        table.row([name, *map(with_error, figures)])
        facts["rows"].append({"saturation": saturation, **asdict(score), "each": [asdict(row) for row in rows]})
    table.row(["truth", "-", "-", "0", with_error(score.true_colorfulness)])
    return table.end()


def films(args: argparse.Namespace) -> int:
    """Run `tcvc evaluate films`."""
    from tcvc_studio.evaluation.films import LEARNED, WAYS, film_rows, mean_score
    from tcvc_studio.evaluation.folders import films_in
    from tcvc_studio.evaluation.rows import Rows, figure, table_head

    films = films_in(args.folder, args.films)
    ways = args.ways or WAYS
    if unknown := [way for way in ways if way not in WAYS]:
        raise StudioError(f"There is no way called {unknown[0]}; choose among {', '.join(WAYS)}.")
    args.fusion = "learned"
    settings = _settings(args)
    ensemble = args.ensemble or (max(1, args.interval - 2), args.interval)
    with ExitStack() as stack:
        models, device, say = _models(args, settings)
        if models.fusion is None and set(ways) & set(LEARNED):
            say(f"There is no trained fusion for {args.backbone}; its rows are left out.")
            ways = [way for way in ways if way not in LEARNED]
        cache, rows = stack.enter_context(_cache(args)), Rows(args.rows)
        progress = stack.enter_context(progress_of(args))
        facts: dict = {"device": device, "interval": args.interval, "ensemble": list(ensemble), "rows": []}
        table = Table(args, facts, progress)
        table.line(table_head(["film", "way", "PSNR, dB", "L2 in Lab", "colorfulness", "warp error", "CDC"]))
        found = []
        for path in films:
            for row in film_rows(
                path, ways, settings, models=models, ensemble=ensemble, cache=cache, rows=rows, progress=progress,
                frames=args.frames,
            ):  # fmt: skip
                found.append(row)
                facts["rows"].append(asdict(row))
                table.row([row.film, row.way, *_film_figures(row.score)])
        means = {way: mean_score([row.score for row in found if row.way == way]) for way in ways}
        for way, mean in means.items():
            table.row(["mean", way, *_film_figures(mean)])
        facts["means"] = {way: asdict(mean) for way, mean in means.items()}
        for way in (*LEARNED, "blend"):
            if way in means and "backbone" in means and means["backbone"].cdc > 0:
                share, gain = means[way].cdc / means["backbone"].cdc, means[way].psnr - means["backbone"].psnr
                table.line(f"\n{way}: CDC {figure(share, 3)} of the backbone's, PSNR {figure(gain, 3)} dB above its.")
        return table.end()


def _film_figures(score: Any) -> list[str]:
    from tcvc_studio.evaluation.rows import figure

    return [
        figure(score.psnr), figure(score.l2_lab), figure(score.colorfulness), figure(score.warp_error, 6),
        figure(score.cdc, 6),
    ]  # fmt: skip


def anchors(args: argparse.Namespace) -> int:
    """Run `tcvc evaluate anchors`."""
    from tcvc_studio.evaluation.anchors import anchor_rows, length_that_holds, mean_score
    from tcvc_studio.evaluation.folders import films_in
    from tcvc_studio.evaluation.rows import Rows, figure, table_head

    films = films_in(args.folder, args.films)
    lengths = args.internal
    choices = [_settings(args, working_size=size, lengths=lengths) for size in args.working_size]
    with ExitStack() as stack:
        models, device, _ = _models(args, choices[0])
        cache, rows = stack.enter_context(_cache(args)), Rows(args.rows)
        progress = stack.enter_context(progress_of(args))
        facts: dict = {"device": device, "bar": args.bar, "rows": [], "curves": []}
        table = Table(args, facts, progress)
        for settings in choices:
            means = {}
            for internal in lengths:
                title = f"N = {internal}, working size {settings.working_size}"
                table.line(table_head([title, "all", "anchors", "internal"]))
                scores = []
                for path in films:
                    (row,) = anchor_rows(
                        path, [internal], settings, models=models, cache=cache, rows=rows, progress=progress,
                        frames=args.frames,
                    )  # fmt: skip
                    scores.append(row.score)
                    facts["rows"].append(asdict(row))
                    table.row([row.film, *_anchor_figures(row.score)])
                means[internal] = mean_score(scores)
                table.row(["mean", *_anchor_figures(means[internal])])
                table.line("")
            holds, crossing = length_that_holds({n: mean.every for n, mean in means.items()}, args.bar)
            facts["curves"].append({
                "working_size": settings.working_size, "means": {n: asdict(mean) for n, mean in means.items()},
                "holds_up_to": holds, "crosses_at": crossing,
            })  # fmt: skip
        bar = figure(args.bar, 1)
        table.line(table_head(["all frames, dB", *(f"N = {n}" for n in lengths), f"{bar} dB holds up to N ="]))
        for curve in facts["curves"]:
            crossing = f", crossed about {curve['crosses_at']:.0f}" if curve["crosses_at"] else ""
            table.row([
                f"working size {curve['working_size']}",
                *(figure(mean["every"]) for mean in curve["means"].values()),
                f"{curve['holds_up_to'] or 'none of these'}{crossing}",
            ])  # fmt: skip
        # A film shorter than an interval has less between its ends.
        real = [figure(mean["longest"], 1) for mean in facts["curves"][0]["means"].values()]
        table.row(["longest interval there was, mean over films", *real, "-"])
        return table.end()


def _anchor_figures(score: Any) -> list[str]:
    from tcvc_studio.evaluation.rows import figure

    return [figure(score.every), figure(score.anchors), figure(score.internal)]


def hints(args: argparse.Namespace) -> int:
    """Run `tcvc evaluate hints`."""
    from tcvc_studio.evaluation.folders import film_name, films_in, read_stills, stills_in, stills_there
    from tcvc_studio.evaluation.hints import MET, anchor_pictures, hints_score
    from tcvc_studio.evaluation.rows import figure, table_head, with_error
    from tcvc_studio.media.film import open_film

    paths, films = [], []
    if stills_there(args.folder):
        paths = stills_in(args.folder, every=args.every)
    else:
        films = films_in(args.folder)

    def pictures() -> Iterator:
        if paths:
            yield from read_stills(paths, short_side=args.working_size)
        for path in films:
            with open_film(path) as film:
                yield from anchor_pictures(
                    film, args.interval, name=film_name(path), short_side=args.working_size, every=args.every
                )

    models, device, _ = _models(args, _settings(args, single_image=True))
    if not models.backbone.takes_hints:
        raise StudioError(f"The backbone {args.backbone} takes no hints; choose compact or idc.")
    facts: dict = {"device": device, "sides": list(args.sides), "seed": args.seed, "rows": []}
    table = Table(args, facts)
    sides = "-".join(map(str, dict.fromkeys(args.sides)))
    heads = ["PSNR, dB", "colorfulness", "dE2000 at the hint: median", "95 of 100 below", f"within {MET:.0f}"]
    table.line(table_head([f"hints, {sides} px", *heads]))
    for count in args.counts:
        with progress_of(args, "pictures") as progress:
            score = hints_score(
                _counted(pictures(), progress, len(paths) or 1, f"{count} hints"), count, backbone=models.backbone,
                compute=models.compute, sides=args.sides, seed=args.seed,
            )  # fmt: skip
        facts["rows"].append(asdict(score))
        met = "-" if score.met is None else f"{100 * score.met:.0f} %"
        table.row([str(count), with_error(score.psnr), with_error(score.colorfulness),
                   figure(score.median), figure(score.high), met])  # fmt: skip
    return table.end()


def _counted(pictures: Iterable, progress: Bar, total: int, text: str) -> Iterator:
    for done, picture in enumerate(pictures, start=1):
        yield picture
        progress(done, max(done, total), text)


def sheets(args: argparse.Namespace) -> int:
    """Run `tcvc evaluate sheets`."""
    from tcvc_studio.evaluation.folders import films_in
    from tcvc_studio.evaluation.sheets import film_sheets

    films = films_in(args.folder, args.films)
    settings = _settings(args)
    with ExitStack() as stack:
        models, device, _ = _models(args, settings)
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"The folder {args.out} cannot be made ({error.strerror}); name another.") from error
        cache = stack.enter_context(_cache(args))
        progress = stack.enter_context(progress_of(args))
        facts: dict = {"device": device, "sheets": []}
        table = Table(args, facts, progress)
        for path in films:
            for sheet, frames in film_sheets(
                path, args.out, settings, models=models, cache=cache, progress=progress, every=args.every,
                frames=args.frames, find_cuts=args.cuts == "auto",
            ):  # fmt: skip
                facts["sheets"].append({"path": str(sheet), "frames": frames})
                table.line(f"{sheet}  frames {', '.join(map(str, frames))}")
        return table.end()


def cost(args: argparse.Namespace) -> int:
    """Run `tcvc evaluate cost`."""
    from tcvc_studio.engine.session import describe_device, models_for_speed
    from tcvc_studio.evaluation.cost import SIZE, network_cost, processor
    from tcvc_studio.evaluation.rows import figure, table_head

    if unknown := [name for name in args.networks if name not in ("compact", "idc", "cic")]:
        raise StudioError(f"There is no network called {unknown[0]}; choose among compact, idc and cic.")
    facts: dict = {"processor": processor(), "size": list(SIZE), "rows": []}
    table = Table(args, facts)
    for name in args.networks:
        models, drawn = models_for_speed(
            Settings(backbone=name, flow=args.flow), device=args.device, precision=args.precision
        )
        if not facts["rows"]:
            facts["device"] = describe_device(models.compute)
            where = facts["processor"] + (f", {facts['device']}" if models.compute.device.type == "cuda" else "")
            table.line(table_head([
                f"{SIZE[0]}x{SIZE[1]}, {where}", "parameters", "of the fusion", "GMAC a frame", "of the fusion",
                "backbone, frames/s", "learned fusion, frames/s", "blend, frames/s", "weights",
            ]))  # fmt: skip
        internal = args.internal or (17 if name == "compact" else 3)
        cost = network_cost(name, models, drawn=drawn, internal=internal, repeats=args.repeats)
        rates = cost.rates
        facts["rows"].append(asdict(cost))
        table.row([
            name, f"{figure(cost.parameters / 1e6)} M", f"{figure(cost.fusion_parameters / 1e6)} M",
            figure(cost.macs / 1e9, 1), figure(cost.fusion_macs / 1e9, 1), figure(rates["backbone"], 1),
            figure(rates["propagation with learned fusion"], 1), figure(rates["blend between automatic anchors"], 1),
            "drawn" if drawn else "trained",
        ])  # fmt: skip
    return table.end()


def _settings(args: argparse.Namespace, **changes: Any) -> Settings:
    """The settings that the options ask for; StudioError where one is out of range."""
    asked = {
        "lengths": (getattr(args, "interval", 17),), "working_size": args.working_size,
        "flow": getattr(args, "flow", "dis"), "fusion": getattr(args, "fusion", "auto"),
    } | {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}  # fmt: skip
    return Settings(backbone=args.backbone, weights=args.weights, **asked)


def _models(args: argparse.Namespace, settings: Settings) -> tuple:
    """Models, the device in words, and how to say a sentence on stderr."""
    from tcvc_studio.engine.session import describe_device, load_models

    models, notes = load_models(settings, device=args.device, precision=args.precision)
    say = Progress(1, quiet=args.json).say
    for note in notes:
        say(f"note: {note}")
    return models, describe_device(models.compute), say


@contextmanager
def _cache(args: argparse.Namespace) -> Iterator:
    from tcvc_studio.engine.cache import ChromaCache

    with ExitStack() as stack:
        folder = args.cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tcvc-evaluate-")))
        cache = ChromaCache(folder, limit=round(args.cache_limit))
        cache.make_folder()
        yield cache


