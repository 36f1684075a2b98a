"""Films with known cuts: pieces of real films joined by cuts, fades and dissolves, and aged in known ways.

Every film is a list of 8-bit luma planes [180, 320] and a `Truth`. The same seed gives the same film.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

HEIGHT, WIDTH = 180, 320
Join = Literal["cut", "fade", "dissolve"]
AGES = ("clean", "dark", "flashes", "flicker", "grain", "damage", "old")

#: Films that have cuts, or jumps that nobody could tell from one, within: not to be used as one shot.
UNEVEN = frozenset({69, 74, 101, 126, 128})
#: Films of one place or one picture: a join between two of them may be no visible cut.
ALIKE = (
    range(31, 38), (39, 40), range(42, 62), (65, 66), (67, 68), (72, 74), (76, 78), (79, 80), (81, 82), (83, 84),
    (87, 88), (94, 95), (0, 96), (15, 64),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """A join: the frames start .. stop - 1 in which one shot gives way to the next (a hard cut: stop = start + 1)."""

    kind: Join
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Truth:
    """A film made here: luma uint8 [frames, 180, 320] and its joins in order."""

    luma: np.ndarray
    events: tuple[Event, ...]


def framed(luma: np.ndarray) -> np.ndarray:
    """A luma plane cropped to 16:9 around its middle and reduced to [180, 320]."""
    height, width = luma.shape
    tall, wide = min(height, round(width * 9 / 16)), min(width, round(height * 16 / 9))
    top, left = (height - tall) // 2, (width - wide) // 2
    return cv2.resize(luma[top : top + tall, left : left + wide], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def family(number: int) -> int:
    """A number that alike films share."""
    return next((min(group) for group in ALIKE if number in group), number)


def panned(still: np.ndarray, frames: int, draw: np.random.Generator) -> np.ndarray:
    """A fast pan over a still, 8 to 40 pixels a frame and back, with the blur that goes with it: one shot."""
    speed = draw.uniform(8, 40)
    wide = cv2.resize(still, (WIDTH * 4, HEIGHT * 4), interpolation=cv2.INTER_CUBIC)
    top = int(draw.integers(0, HEIGHT * 3))
    blur = max(1, round(speed / 2))
    wide = cv2.blur(wide, (blur, 1))
    phase = draw.uniform(0, WIDTH * 6)
    pictures = []
    for frame in range(frames):
        place = (phase + speed * frame) % (WIDTH * 6)
        left = int(place if place < WIDTH * 3 else WIDTH * 6 - place)
        pictures.append(wide[top : top + HEIGHT, left : left + WIDTH])
    return np.stack(pictures)


def joined(pieces: list[np.ndarray], kinds: list[Join], draw: np.random.Generator) -> Truth:
    """Pieces [n, 180, 320] one after the other; kinds[i] joins piece i and i + 1.

    A fade takes 6 to 24 frames down to black and as many up, with 0 to 6 black frames between; a dissolve takes 6 to
    30 frames, for which both pieces are running.
    """
    film = pieces[0].astype(np.float32)
    events: list[Event] = []
    for piece, kind in zip(pieces[1:], kinds, strict=True):
        piece = piece.astype(np.float32)
        room = min(len(film) - (events[-1].stop if events else 0), len(piece)) - 2
        if kind == "dissolve" and room > 6:
            length = int(draw.integers(6, min(30, room) + 1))
            rise = (np.arange(1, length + 1, dtype=np.float32) / (length + 1))[:, None, None]
            mixed = film[-length:] * (1 - rise) + piece[:length] * rise
            start = len(film) - length
            film = np.concatenate([film[:-length], mixed, piece[length:]])
            events.append(Event(kind, start, start + length))
        elif kind == "fade" and room > 6:
            length = int(draw.integers(6, min(24, room) + 1))
            fall = (np.arange(length, 0, -1, dtype=np.float32) / (length + 1))[:, None, None]
            black = np.zeros((int(draw.integers(0, 7)), HEIGHT, WIDTH), np.float32)
            start = len(film) - length
            down, up = film[-length:] * fall, piece[:length] * fall[::-1]
            film = np.concatenate([film[:-length], down, black, up, piece[length:]])
            events.append(Event(kind, start, start + 2 * length + len(black)))
        else:
            events.append(Event("cut", len(film), len(film) + 1))
            film = np.concatenate([film, piece])
    return Truth(np.clip(np.round(film), 0, 255).astype(np.uint8), tuple(events))


def aged(luma: np.ndarray, age: str, draw: np.random.Generator) -> np.ndarray:
    """The film as an old, dark or ill-lit one; uint8 in, uint8 out, same shape. age: one of AGES."""
    film = luma.astype(np.float32)
    if age == "dark":
        film *= draw.uniform(0.1, 0.25)
    if age in ("flashes", "old"):
        film = _flashes(film, draw)
    if age in ("flicker", "old"):
        film = _flicker(film, draw)
    if age in ("damage", "old"):
        film = _damage(film, draw)
    if age in ("grain", "old", "dark"):
        film = _grain(film, draw, 1.5 if age == "dark" else draw.uniform(6, 16))
    if age == "old":
        film = 12 + film * 0.85
    return np.clip(np.round(film), 0, 255).astype(np.uint8)


def _flashes(film: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """About one camera flash in 25 frames, one to three frames long, sudden, fading."""
    film = film.copy()
    for start in draw.integers(0, len(film), max(1, len(film) // 25)):
        light = draw.uniform(60, 220) * _cloud(draw, 0.3, 1.0)
        for later in range(int(draw.integers(1, 4))):
            if start + later < len(film):
                film[start + later] = np.minimum(film[start + later] * 1.2 + light * 0.6**later, 255)
    return film


def _flicker(film: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Exposure that changes by some tenths from frame to frame, unevenly over the picture."""
    depth = draw.uniform(0.05, 0.2)
    gains = 1 + depth * draw.standard_normal(len(film)).clip(-2.5, 2.5).astype(np.float32)
    return np.stack(
        [picture * gain * _cloud(draw, 1 - depth, 1 + depth) for picture, gain in zip(film, gains, strict=True)]
    )


def _damage(film: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Gate weave, dust, scratches, now and then a large blotch or a torn frame."""
    scratches = [(draw.integers(0, WIDTH), draw.choice([20, 240])) for _ in range(int(draw.integers(0, 4)))]
    out = []
    for picture in film:
        weave = np.float32([[1, 0, draw.normal(0, 1.2)], [0, 1, draw.normal(0, 1.2)]])
        picture = cv2.warpAffine(picture, weave, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        for _ in range(int(draw.poisson(6))):
            place = (int(draw.integers(0, WIDTH)), int(draw.integers(0, HEIGHT)))
            axes = (int(draw.integers(1, 6)), int(draw.integers(1, 6)))
            cv2.ellipse(picture, place, axes, float(draw.uniform(0, 180)), 0, 360, float(draw.choice([10, 245])), -1)
        for place, shade in scratches:
            x = int(place + draw.normal(0, 1))
            cv2.line(picture, (x, 0), (x, HEIGHT), float(shade), 1)
        if draw.random() < 0.02:
            place = (int(draw.integers(0, WIDTH)), int(draw.integers(0, HEIGHT)))
            axes = (int(draw.integers(20, 90)), int(draw.integers(15, 60)))
            cv2.ellipse(picture, place, axes, 20.0, 0, 360, float(draw.choice([5, 250])), -1)
        if draw.random() < 0.005:
            picture[int(draw.integers(20, HEIGHT - 20)) :] = 235
        out.append(picture)
    return np.stack(out)


def _grain(film: np.ndarray, draw: np.random.Generator, sigma: float) -> np.ndarray:
    noise = draw.standard_normal(film.shape, dtype=np.float32)
    return film + sigma * 1.6 * np.stack([cv2.GaussianBlur(plane, (0, 0), 0.7) for plane in noise])


def _cloud(draw: np.random.Generator, low: float, high: float) -> np.ndarray:
    coarse = draw.uniform(low, high, (3, 4)).astype(np.float32)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def drawn(
    films: dict[int, np.ndarray], stills: list[np.ndarray], *, age: str, kinds: tuple[Join, ...], shots: int, seed: int
) -> Truth:
    """A film of so many shots, joined by kinds drawn at random, then aged. films: luma [n, 180, 320] by number."""
    draw = np.random.default_rng([seed, AGES.index(age)])
    numbers = sorted(number for number in films if number not in UNEVEN)
    pieces: list[np.ndarray] = []
    before = -1
    while len(pieces) < shots:
        if stills and draw.random() < 0.12:
            pieces.append(panned(stills[int(draw.integers(len(stills)))], int(draw.integers(12, 50)), draw))
            before = -1
            continue
        number = int(draw.choice(numbers))
        if family(number) == before:
            continue
        before = family(number)
        film = films[number]
        length = min(len(film), int(draw.integers(10, 90)))
        start = int(draw.integers(0, len(film) - length + 1))
        pieces.append(film[start : start + length])
    truth = joined(pieces, [kinds[int(draw.integers(len(kinds)))] for _ in pieces[1:]], draw)
    return Truth(aged(truth.luma, age, draw), truth.events)
