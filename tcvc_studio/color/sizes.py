"""The size at which networks and flow work. Free of torch, so that work can be planned without loading it."""

#: No working side is shorter: flow and networks need that much.
LEAST_SIDE = 32
# Films smaller than this may be enlarged to reach LEAST_SIDE and the multiple.
_SMALL_FILM = 64


def working_size(width: int, height: int, short_side: int, *, multiple: int = 16) -> tuple[int, int]:
    """Working (width, height) of a film.

    The shorter side comes near short_side, the other keeps the proportion, both are the nearest multiples of
    `multiple` and at least 32. Not larger than the film, unless the film's side is shorter than 64.
    Raises ValueError for sizes that are not positive.
    """
    if min(width, height, short_side, multiple) < 1:
        raise ValueError(f"no working size for a film {width}x{height} at short side {short_side}")
    scale = min(1.0, short_side / min(width, height))
    return _side(width, scale, multiple), _side(height, scale, multiple)


def _side(length: int, scale: float, multiple: int) -> int:
    wanted = length * scale / multiple
    side = round(wanted) * multiple
    if side > length >= _SMALL_FILM:
        side = length // multiple * multiple
    least = -(-LEAST_SIDE // multiple) * multiple
    return max(side, least)
