"""The table of contents of a TIFF file (TIFF 6.0, pages 13 to 16): as much of it as reading it safely takes."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_SHORT, _LONG = 3, 4
_COMPRESSION = 259
_DEFLATE = frozenset({8, 32946})
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SAMPLE_FORMAT = 273, 279, 324, 325, 339

#: Tags a decoder needs: sizes, compression and photometric kind, strips and tiles, planes, predictor, palette, extra
#: samples, JPEG tables, YCbCr layout, resolution.
_NEEDED = frozenset(
    {254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 282, 283, 284, 292, 293, 317, 320, 322, 323, 324, 325, 338}
    | {347, 529, 530, 531, 532}
)


@dataclass(frozen=True, slots=True)
class TiffTable:
    """First picture of a TIFF file. order: struct's byte order. entries: tag to its 12 bytes."""

    data: bytes
    order: str
    entries: dict[int, bytes]

    @classmethod
    def of(cls, data: bytes) -> "TiffTable":
        """Raises struct.error where the table lies beyond the end of the data."""
        order = "<" if data[:2] == b"II" else ">"
        (directory,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, directory)
        if directory + 2 + 12 * count > len(data):
            raise struct.error("the directory is cut off")
        lines = [data[at : at + 12] for at in range(directory + 2, directory + 2 + 12 * count, 12)]
        return cls(data, order, {struct.unpack_from(order + "H", line)[0]: line for line in lines})

    @property
    def is_cut_off(self) -> bool:
        """Whether strips or tiles reach beyond the end. Raises struct.error where their table does."""
        return any(place + length > len(self.data) for place, length in self._parts())

    @property
    def is_damaged(self) -> bool:
        """Whether a deflated strip or tile does not agree with its checksum, which FFmpeg does not look at."""
        if not _DEFLATE.intersection(self._values(_COMPRESSION)):
            return False
        view = memoryview(self.data)
        try:
            for place, length in self._parts():
                zlib.decompress(view[place : place + length])
        except zlib.error:
            return True
        return False

    @property
    def is_float(self) -> bool:
        """Whether samples are floating-point numbers, which FFmpeg would take for whole ones."""
        return 3 in self._values(_SAMPLE_FORMAT)

    def plain(self) -> bytes:
        """The file with only the tags that decoding needs. A decoder that is strict about damage is as strict about a
        tag it does not know, and cameras and programs add tags freely."""
        kept = [line for tag, line in sorted(self.entries.items()) if tag in _NEEDED]
        place = len(self.data) + len(self.data) % 2
        head = self.data[:4] + struct.pack(self.order + "I", place)
        table = struct.pack(self.order + "H", len(kept)) + b"".join(kept) + bytes(4)
        return head + self.data[8:].ljust(place - 8, b"\0") + table

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Place and length of each strip or tile."""
        yield from zip(self._values(_STRIPS), self._values(_STRIP_BYTES), strict=False)
        yield from zip(self._values(_TILES), self._values(_TILE_BYTES), strict=False)

    def _values(self, tag: int) -> tuple[int, ...]:
        line = self.entries.get(tag)
        if line is None:
            return ()
        kind, count = struct.unpack_from(self.order + "HI", line, 2)
        if kind not in (_SHORT, _LONG):
            return ()
        letter = "H" if kind == _SHORT else "I"
        if struct.calcsize(letter) * count <= 4:
            return struct.unpack_from(f"{self.order}{count}{letter}", line, 8)
        (place,) = struct.unpack_from(self.order + "I", line, 8)
        return struct.unpack_from(f"{self.order}{count}{letter}", self.data, place)
