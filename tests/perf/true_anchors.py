"""What true anchors are worth, step by step of the blend: films of true color, every (N + 1)-th frame's chroma given.

    python tests/perf/true_anchors.py DAVIS [--internal 17,65] [--working-size 256] [--flow dis] [--films goat,libby]

DAVIS is a folder of films as folders of JPEG pictures. A frame keeps its own Y'; its chroma is the blend's, carried at
working size from frames 0, N + 1, 2 (N + 1), ... and the last. PSNR is that of 8-bit R'G'B' over all frames, anchors
too, mean over the frames of a film, then over films. Prints a markdown table; the rows add one step at a time.
Chroma is carried as Cb and Cr and enlarged bilinearly but where a row says ab: there a and b are carried, as the engine
does, Cb and Cr solved for at working size and enlarged bilinearly or with the film's own luma as guide.
Milliseconds are processor time of all threads, for an internal frame, without the flow between neighbours.
"""

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tcvc_studio.analysis.metrics import psnr
from tcvc_studio.color.chroma import chroma_for_luma, limit_to_gamut
from tcvc_studio.color.lab import luma_to_lightness, rgb_to_lab
from tcvc_studio.color.resize import enlarge, shrink
from tcvc_studio.color.upsample import upsample_chroma
from tcvc_studio.color.working import working_size
from tcvc_studio.color.ycbcr import rgb_to_ycbcr, ycbcr_to_rgb
from tcvc_studio.engine.blend import BlendOptions, blend
from tcvc_studio.flow.protocol import Flow
from tcvc_studio.weights.build import build_flow

#: JPEG's matrix.
_MATRIX = "bt601"
#: Cb and Cr times this are about as large as a and b: the blend's constants are in Lab units.
_AS_LAB = 200.0

_TIME = BlendOptions(direct=0, matched=0, settle=0, tolerance=float("inf"), agreement=0)
_CHAIN = BlendOptions(direct=0, matched=0, settle=0, agreement=0)

ROWS = (
    ("nearness in time", "CbCr", _TIME),
    ("... times consistency of the flows", "CbCr", _CHAIN),
    ("... times agreement of lightness", "CbCr", BlendOptions(direct=0, matched=0, settle=0)),
    ("... and settled (fast)", "CbCr", BlendOptions.fast()),
    ("... with flow straight to the anchors, not settled", "CbCr", BlendOptions(matched=0, settle=0)),
    ("... and likeness", "CbCr", BlendOptions(settle=0)),
    ("... and settled (default)", "CbCr", BlendOptions()),
    ("default, ab carried", "ab", BlendOptions()),
    ("default, ab carried, enlarged along the film's luma", "ab edge-aware", BlendOptions()),
)


@dataclass(frozen=True, slots=True)
class Film:
    """truth: uint8 [H, W, 3] each; luma: Y' [1, 1, H, W] each.

    At working size: y [n, 1, h, w], cbcr and ab [n, 2, h, w], to_next and to_prev [n - 1, 2, h, w].
    """

    truth: list[np.ndarray]
    luma: list[Tensor]
    y: Tensor
    cbcr: Tensor
    ab: Tensor
    to_next: Tensor
    to_prev: Tensor


def read(folder: Path, short_side: int, flow: Flow) -> Film:
    truth, luma, small = [], [], []
    for path in sorted(folder.glob("*.jpg")):
        picture = cv2.imread(str(path))[..., ::-1].copy()
        rgb = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        width, height = working_size(rgb.shape[3], rgb.shape[2], short_side)
        truth.append(picture)
        luma.append(rgb_to_ycbcr(rgb, _MATRIX)[:, :1])
        small.append(shrink(rgb, height, width))
    rgb = torch.cat(small)
    ycbcr = rgb_to_ycbcr(rgb, _MATRIX)
    l = luma_to_lightness(ycbcr[:, :1])  # noqa: E741
    return Film(
        truth, luma, ycbcr[:, :1], ycbcr[:, 1:], rgb_to_lab(rgb)[:, 1:], flow(l[:-1], l[1:]), flow(l[1:], l[:-1])
    )


def carried(film: Film, planes: Tensor, internal: int, flow: Flow, options: BlendOptions) -> Tensor:
    """Planes [n, 2, h, w] of all frames from those of the anchors."""
    n = len(film.truth)
    l = luma_to_lightness(film.y)  # noqa: E741
    result = planes.clone()
    for a, b in pairwise(sorted({*range(0, n, internal + 1), n - 1})):
        result[a : b + 1] = blend(
            l[a : b + 1], planes[a : a + 1], planes[b : b + 1],
            to_next=film.to_next[a:b], to_prev=film.to_prev[a:b], flow=flow, options=options,
        )  # fmt: skip
    return result


def score(film: Film, cbcr: Tensor, *, edge_aware: bool = False) -> float:
    """Mean PSNR in dB of a film with this chroma, [n, 2, h, w] at working size."""
    values = []
    for i, (truth, luma) in enumerate(zip(film.truth, film.luma, strict=True)):
        small = cbcr[i : i + 1]
        if edge_aware:
            large = limit_to_gamut(luma, upsample_chroma(small, film.y[i : i + 1], luma), matrix=_MATRIX)
        else:
            large = enlarge(small, *luma.shape[2:], cubic=False)
        rgb = ycbcr_to_rgb(torch.cat((luma, large), 1), _MATRIX)[0].permute(1, 2, 0)
        values.append(psnr(rgb.mul(255).round().clamp(0, 255).to(torch.uint8).numpy(), truth))
    return float(np.mean(values))


def rows(film: Film, internal: int, flow: Flow) -> dict[str, tuple[float, float]]:
    """Of every row: dB, and milliseconds an internal frame."""
    found = {
        "gray": (score(film, torch.zeros_like(film.cbcr)), 0.0),
        "true chroma at working size, enlarged": (score(film, film.cbcr), 0.0),
    }
    inner = sum(i % (internal + 1) > 0 for i in range(len(film.truth) - 1))
    for name, kind, options in ROWS:
        begun = time.process_time()
        if kind == "CbCr":
            cbcr = carried(film, film.cbcr * _AS_LAB, internal, flow, options) / _AS_LAB
        else:
            ab = carried(film, film.ab, internal, flow, options)
        spent = (time.process_time() - begun) / inner
        if kind != "CbCr":
            cbcr = torch.cat(chroma_for_luma(film.y, ab, matrix=_MATRIX), dim=1)
        found[name] = score(film, cbcr, edge_aware=kind == "ab edge-aware"), 1000 * spent
    return found


@torch.inference_mode()
def run() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("folder", type=Path)
    p.add_argument("--internal", default="17,65")
    p.add_argument("--working-size", type=int, default=256)
    p.add_argument("--flow", default="dis", choices=("dis", "raft-small", "raft-large"))
    p.add_argument("--films")
    args = p.parse_args()
    names = args.films.split(",") if args.films else sorted(f.name for f in args.folder.iterdir() if f.is_dir())
    lengths = [int(length) for length in args.internal.split(",")]
    flow = build_flow(args.flow)
    table: dict[str, dict[int, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for name in names:
        film = read(args.folder / name, args.working_size, flow)
        for internal in lengths:
            for row, value in rows(film, internal, flow).items():
                table[row][internal].append(value)
        print(f"{name}: {', '.join(f'{table[ROWS[-3][0]][internal][-1][0]:.2f}' for internal in lengths)}", flush=True)
    print(f"\n| working size {args.working_size} | " + " | ".join(f"{n} internal | ms" for n in lengths) + " |")
    print("|---" * (1 + 2 * len(lengths)) + "|")
    for row, columns in table.items():
        cells = [f"{np.mean([dB for dB, _ in v]):.2f} | {np.mean([ms for _, ms in v]):.0f}" for v in columns.values()]
        print(f"| {row} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    run()
