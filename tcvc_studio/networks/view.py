"""A way of looking at a picture, as plain data: the catalogue names it without torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A way to look: scale is the share of the working size, above 0 and at most 2."""

    scale: float = 1.0
    mirrored: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 2:
            raise ValueError(f"a view at {self.scale} times the working size")


#: What every backbone does by itself.
PLAIN = (View(),)
