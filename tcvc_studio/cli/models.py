"""`tcvc models`: what weights there are, getting them, checking them, bringing them from a file."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_studio.cli.progress import Progress
from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    from tcvc_studio.weights.catalogue import Entry
    from tcvc_studio.weights.store import Store


def add_parser(subparsers: "argparse._SubParsersAction") -> None:
    """Register `models` with its own commands."""
    models = subparsers.add_parser("models", help="list, get, verify and import weights")
    actions = models.add_subparsers(title="commands", metavar="COMMAND", required=True)

    action = actions.add_parser("list", help="what the catalogue has, and what of it is here")
    action.set_defaults(run=run, act=_list)
    action.add_argument("--json", action="store_true", help="for machines")

    action = actions.add_parser("get", help="download weights, after showing their licence")
    action.set_defaults(run=run, act=_get)
    action.add_argument("names", nargs="+", metavar="NAME")
    action.add_argument("--yes", action="store_true", help="the licences are known and accepted; do not ask")
    action.add_argument("--json", action="store_true", help="for machines")

    action = actions.add_parser("verify", help="check the files that are here by their sha256")
    action.set_defaults(run=run, act=_verify)
    action.add_argument("names", nargs="*", metavar="NAME", help="all that are here, if none is named")
    action.add_argument("--json", action="store_true", help="for machines")

    action = actions.add_parser("import", help="take weights from a file that you have")
    action.set_defaults(run=run, act=_import)
    action.add_argument("file", type=Path, metavar="FILE")
    action.add_argument("--name", help="what it is; told by its content otherwise")
    action.add_argument("--unknown", action="store_true", help="take it though its sha256 is not the published one")
    action.add_argument("--yes", action="store_true", help="the licence is known and accepted; do not ask")
    action.add_argument("--json", action="store_true", help="for machines")

    action = actions.add_parser("seal", help="write bytes and sha256 of the shipped files into the catalogue")
    action.set_defaults(run=run, act=_seal)
    action.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 0, or 1 if `verify` found something wrong. Raises StudioError for what the user can act on."""
    # platformdirs, urllib and the catalogue are of no use to the other commands.
    from tcvc_studio.weights.store import Store

    return args.act(args, Store())


def _list(args: argparse.Namespace, store: "Store") -> int:
    rows = [_described(entry, store) for entry in store.catalogue.entries]
    if args.json:
        print(json.dumps({"folder": str(store.folder), "weights": rows}, indent=2))
        return 0
    table = [("NAME", "ROLE", "STATE", "SIZE", "LICENCE")]
    table += [(r["name"], r["role"], r["state"], _megabytes(r["bytes"]), r["licence"]) for r in rows]
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    for row in table:
        print("  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1])))
    print(f"Downloaded and imported weights lie in {store.folder}.")
    return 0


def _get(args: argparse.Namespace, store: "Store") -> int:
    # An unknown name among several stops the command before anything is fetched.
    entries = [store.catalogue[name] for name in args.names]
    got = []
    for entry in entries:
        if entry.url is not None and not _is_sound(entry, store):
            _agree(entry, yes=args.yes, quiet=args.json)
        bar = _Bar(entry.bytes, quiet=args.json)
        try:
            path = store.get(entry.name, progress=bar)
        finally:
            bar.close()
        got.append({"name": entry.name, "file": str(path)})
        if not args.json:
            print(f"{entry.name} is ready: {path}")
    if args.json:
        print(json.dumps({"weights": got}, indent=2))
    return 0


def _verify(args: argparse.Namespace, store: "Store") -> int:
    names = args.names or [entry.name for entry in store.catalogue.entries if store.has(entry.name)]
    rows = []
    for name in names:
        expected = store.path(name)
        try:
            path, digest = store.locate(name)
            rows.append({"name": name, "ok": True, "file": str(path), "sha256": digest})
        except StudioError as error:
            rows.append({"name": name, "ok": False, "file": str(expected), "error": str(error)})
    failed = [row for row in rows if not row["ok"]]
    if args.json:
        print(json.dumps({"weights": rows}, indent=2))
    else:
        for row in rows:
            print(f"{row['name']}: {row['sha256']}" if row["ok"] else f"{row['name']}: WRONG. {row['error']}")
        if not rows:
            print("There are no weights here; run: tcvc models list")
    return 1 if failed else 0


def _import(args: argparse.Namespace, store: "Store") -> int:
    # torch takes a second to import, and only this command looks into a file.
    from tcvc_studio.weights.build import fits
    from tcvc_studio.weights.detect import detect
    from tcvc_studio.weights.load import load_state

    contents = detect(load_state(args.file), args.file)
    fits(contents, args.file)
    entry = _entry_for(contents.kind, contents.architecture, args, store)
    _agree(entry, yes=args.yes, quiet=args.json)
    path = store.take(entry.name, args.file, unknown=args.unknown)
    if args.json:
        print(json.dumps({"name": entry.name, "file": str(path)}, indent=2))
    else:
        print(f"{entry.name} is ready: {path}")
    return 0


def _seal(args: argparse.Namespace, store: "Store") -> int:
    from tcvc_studio.weights.catalogue import seal

    names = seal(store.shipped)
    print(json.dumps({"sealed": names}) if args.json else f"Sealed: {', '.join(names) or 'nothing'}.")
    return 0


def _entry_for(kind: str, architecture: str | None, args: argparse.Namespace, store: "Store") -> "Entry":
    """The catalogue's entry for a file that holds this."""
    if args.name is not None:
        entry = store.catalogue[args.name]
        if entry.architecture != kind or (kind == "tcvc" and entry.backbone != architecture):
            raise StudioError(f"{args.file} holds {kind}, not {args.name}; leave --name away.")
        return entry
    for entry in store.catalogue.entries:
        if entry.architecture == kind and (kind != "tcvc" or entry.backbone == architecture):
            return entry
    raise StudioError(f"{args.file} holds {kind} on {architecture}, which has no place here; give it with --weights.")


def _described(entry: "Entry", store: "Store") -> dict:
    here = store.has(entry.name)
    state = "here" if here else "can be had" if entry.url else "import only" if not entry.shipped else "missing"
    path = store.path(entry.name)
    return {
        "name": entry.name,
        "title": entry.title,
        "role": entry.role,
        "architecture": entry.architecture,
        "backbone": entry.backbone,
        "state": "shipped" if here and entry.shipped else state,
        "file": str(path),
        "url": entry.url,
        "bytes": path.stat().st_size if here else entry.bytes,
        "sha256": list(entry.sha256),
        "licence": entry.licence,
        "notice": entry.notice,
    }


def _is_sound(entry: "Entry", store: "Store") -> bool:
    try:
        store.locate(entry.name)
    except StudioError:
        return False
    return True


def _agree(entry: "Entry", *, yes: bool, quiet: bool) -> None:
    """Show the licence and ask. Raises StudioError if the user does not agree or cannot be asked."""
    if not (quiet and yes):
        print(f"{entry.title}\nLicence: {entry.licence}\n{entry.notice}", file=sys.stderr)
    if yes:
        return
    if not sys.stdin.isatty():
        raise StudioError(f"Nobody is there to accept the licence of {entry.name}; add --yes if you accept it.")
    print("Do you accept it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise StudioError(f"The licence of {entry.name} was not accepted, so nothing was taken.")


class _Bar:
    """Progress of a download in megabytes; the size may be known only when it begins."""

    def __init__(self, size: int, *, quiet: bool) -> None:
        self._size = size
        self._quiet = quiet
        self._line: Progress | None = None

    def __call__(self, done: int, total: int | None) -> None:
        if self._line is None:
            self._line = Progress(round((total or self._size) / 1e6), unit="MB", quiet=self._quiet)
        self._line.update(round(done / 1e6))

    def close(self) -> None:
        if self._line is not None:
            self._line.close()


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size else "-"
