"""Where pictures lie in the viewer. Pure: boxes are in device pixels, points of a picture in the film's, as shown.

One `View` serves all pictures that are shown, so that the same point of the film is under the same point of each box.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

#: Scales that steps go through, in screen pixels for one of the film's.
SCALES = (0.0625, 0.125, 0.25, 1 / 3, 0.5, 2 / 3, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
LEAST, MOST = SCALES[0], SCALES[-1]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in device pixels."""

    x: int
    y: int
    width: int
    height: int

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class View:
    """How pictures are looked at. scale: device pixels for one of the film's, None to fit. x, y: the point of the
    picture in the middle of the box, as shares of its sides; it does not count where the whole picture fits."""

    scale: float | None = None
    x: float = 0.5
    y: float = 0.5


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture in a box: its upper left corner, in whole device pixels, and its scale."""

    x: int
    y: int
    scale: float

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """A point of the box as one of the picture."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def to_box(self, x: float, y: float) -> tuple[float, float]:
        """A point of the picture as one of the box."""
        return self.x + x * self.scale, self.y + y * self.scale


def fit_scale(size: tuple[int, int], box: Box) -> float:
    """The scale at which a picture of (width, height) just fits."""
    return max(1e-6, min(box.width / size[0], box.height / size[1]))


def placed(view: View, size: tuple[int, int], box: Box) -> Placed:
    """Where a picture comes to lie: in the middle along a side on which it fits, else without a gap at the edges."""
    scale = fit_scale(size, box) if view.scale is None else view.scale
    x = _along(box.x, box.width, size[0] * scale, view.x)
    y = _along(box.y, box.height, size[1] * scale, view.y)
    return Placed(x, y, scale)


def _along(start: int, room: int, length: float, share: float) -> int:
    if length <= room:
        return start + round((room - length) / 2)
    free = min(max(room / 2 - share * length, room - length), 0)
    return start + round(free)


def zoomed(view: View, size: tuple[int, int], box: Box, *, scale: float, at: tuple[float, float] | None = None) -> View:
    """The view at another scale; the picture's point at `at` (the middle of the box without it) stays where it is."""
    scale = min(max(scale, LEAST), MOST)
    at = at or (box.x + box.width / 2, box.y + box.height / 2)
    point = placed(view, size, box).to_image(*at)
    # The point must come to lie at `at`; the middle of the box then lies that much beside it.
    middle = [
        p + (start + room / 2 - a) / scale
        for p, a, start, room in zip(point, at, (box.x, box.y), (box.width, box.height), strict=True)
    ]
    return _held(View(scale, middle[0] / size[0], middle[1] / size[1]), size, box)


def panned(view: View, size: tuple[int, int], box: Box, *, dx: float, dy: float) -> View:
    """The view after the picture was moved by so many device pixels; it stays as it is where the picture fits."""
    if view.scale is None:
        return view
    moved = replace(view, x=view.x - dx / (view.scale * size[0]), y=view.y - dy / (view.scale * size[1]))
    return _held(moved, size, box)


def _held(view: View, size: tuple[int, int], box: Box) -> View:
    """The view with its middle where the picture leaves no gap."""
    shares = []
    for share, length, room in zip((view.x, view.y), size, (box.width, box.height), strict=True):
        half = room / 2 / (view.scale * length)
        shares.append(0.5 if half >= 0.5 else min(max(share, half), 1 - half))
    return View(view.scale, *shares)


def next_scale(scale: float, direction: int) -> float:
    """The next larger (direction 1) or smaller (-1) of SCALES."""
    if direction > 0:
        return next((s for s in SCALES if s > scale * 1.001), MOST)
    return next((s for s in reversed(SCALES) if s < scale * 0.999), LEAST)


def best_divisor(scale: float, divisors: tuple[int, ...]) -> int:
    """By how much smaller than the film a picture may be made and still not be enlarged at this scale."""
    return max((d for d in divisors if scale * d <= 1.0), default=1)


def cells(count: int, size: tuple[int, int], area: Box, *, gap: int, header: int) -> list[Box]:
    """Boxes of one size for `count` pictures, side by side; three of them may stand two above one.

    size: of the picture, which decides how it becomes largest. gap: between boxes. header: height kept above each
    picture for its caption; the boxes are those below it.
    """
    best: list[Box] = []
    best_scale = -1.0
    for columns in (count, 2) if count == 3 else (count,):
        boxes = list(_grid(count, columns, area, gap=gap, header=header))
        scale = fit_scale(size, boxes[0])
        # Side by side wins where it is nearly as large.
        if scale > best_scale * 1.1:
            best, best_scale = boxes, scale
    return best


def _grid(count: int, columns: int, area: Box, *, gap: int, header: int) -> Iterator[Box]:
    rows = -(-count // columns)
    width = max(1, (area.width - gap * (columns - 1)) // columns)
    height = max(1, (area.height - gap * (rows - 1)) // rows - header)
    for number in range(count):
        row, column = divmod(number, columns)
        last_row = min(columns, count - row * columns)
        # A row that is not full stands in the middle.
        start = area.x + (area.width - last_row * width - (last_row - 1) * gap) // 2
        yield Box(start + column * (width + gap), area.y + row * (height + header + gap) + header, width, height)


def wiped(line: float, place: Placed, box: Box) -> int:
    """The device column of a wipe line that stands at `line` in the picture, held within the box."""
    return min(max(round(place.to_box(line, 0)[0]), box.x), box.x + box.width)


def held_line(line: float, width: int) -> float:
    """A wipe line held within a picture of that width."""
    return min(max(line, 0.0), float(width))


def visible_middle(place: Placed, box: Box, width: int) -> float:
    """The column of the picture in the middle of what can be seen of it."""
    left = max(0.0, place.to_image(box.x, 0)[0])
    right = min(float(width), place.to_image(box.x + box.width, 0)[0])
    return (left + right) / 2
