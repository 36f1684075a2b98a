"""Truth-anchored propagation through the whole program: films of true color, stills of every (N + 1)-th frame given.

    python tests/perf/true_anchors_film.py DAVIS [--internal 17] [--working-size 256] [--films goat,libby] [-- OPTIONS]

DAVIS is a folder of films as folders of pictures. Each film is colored by `tcvc colorize --anchor-stills` into FFV1 and
read back; PSNR is that of 8-bit R'G'B' against the film's own pictures, mean over all frames, then over films. Prints a
markdown row for each film. What stands after -- goes to `tcvc colorize`.
"""

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from tcvc_studio.analysis.metrics import psnr
from tcvc_studio.cli.main import main
from tcvc_studio.media.film import open_film


def measured(source: Path, folder: Path, internal: int, options: list[str]) -> tuple[float, float, float]:
    """Mean PSNR in dB of all frames, of the anchors, and of the internal frames."""
    pictures = sorted(source.glob("*.jpg"))
    anchors = sorted({*range(0, len(pictures), internal + 1), len(pictures) - 1})
    stills = folder / "stills"
    stills.mkdir()
    for number in anchors:
        shutil.copy(pictures[number], stills / pictures[number].name)
    out = folder / "out.mkv"
    command = ["colorize", str(source), str(out), "--anchor-stills", str(stills), "--cuts", "none"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = main([*command, "--codec", "ffv1", "--cache", str(folder / "cache"), *options])
    if code:
        sys.exit(said.getvalue())
    with open_film(source) as film, open_film(out) as colored:
        values = [psnr(_bytes(film.rgb(n)), _bytes(colored.rgb(n))) for n in range(len(pictures))]
    inner = [value for n, value in enumerate(values) if n not in anchors]
    return float(np.mean(values)), float(np.mean([values[n] for n in anchors])), float(np.mean(inner))


def _bytes(rgb16: np.ndarray) -> np.ndarray:
    return np.rint(rgb16 / 257.0).astype(np.uint8)


def run() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("folder", type=Path)
    p.add_argument("--internal", type=int, default=17)
    p.add_argument("--working-size", default="256")
    p.add_argument("--films")
    p.add_argument("options", nargs="*")
    args = p.parse_args()
    names = args.films.split(",") if args.films else sorted(f.name for f in args.folder.iterdir() if f.is_dir())
    rows = []
    print(f"| N = {args.internal}, working size {args.working_size} | all | anchors | internal |\n|---|---|---|---|")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            options = ["--working-size", args.working_size, *args.options]
            rows.append(measured(args.folder / name, Path(folder), args.internal, options))
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in rows[-1]) + " |", flush=True)
    print("| mean | " + " | ".join(f"{value:.2f}" for value in np.mean(rows, axis=0)) + " |")


if __name__ == "__main__":
    run()
