"""The layout of an OpenEXR file of one part (OpenEXR file layout, version 2): where its blocks of pixels lie."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_TILED, _DEEP_OR_MULTIPART = 0x200, 0x1800
#: Lines in a block, for each compression that is zlib behind a predictor: ZIPS and ZIP.
_ZIP_LINES = {2: 1, 3: 16}
#: Bytes of a pixel in a channel of type uint, half, float.
_PIXEL_BYTES = {0: 4, 1: 2, 2: 4}


@dataclass(frozen=True, slots=True)
class ExrTable:
    """attributes: name to value of the header. blocks: place of each block; head: bytes in one before its size."""

    data: bytes
    attributes: dict[str, bytes]
    blocks: tuple[int, ...]
    head: int

    @classmethod
    def of(cls, data: bytes) -> "ExrTable | None":
        """None for deep files and those of several parts, which are laid out otherwise.
        Raises struct.error, IndexError or ValueError where the header leads beyond the end."""
        (version,) = struct.unpack_from("<I", data, 4)
        if version & _DEEP_OR_MULTIPART:
            return None
        at = 8
        attributes: dict[str, bytes] = {}
        while data[at] != 0:
            name_end = data.index(b"\0", at)
            kind_end = data.index(b"\0", name_end + 1)
            (size,) = struct.unpack_from("<i", data, kind_end + 1)
            begin = kind_end + 5
            attributes[data[at:name_end].decode("latin-1")] = data[begin : begin + size]
            at = begin + size
        at += 1
        (first,) = struct.unpack_from("<Q", data, at)
        blocks = struct.unpack_from(f"<{(first - at) // 8}Q", data, at)
        return cls(data, attributes, blocks, 16 if version & _TILED else 4)

    @property
    def is_cut_off(self) -> bool:
        """Whether a block was never written or reaches beyond the end."""
        return any(place == 0 or begin + size > len(self.data) for place, begin, size in self._parts())

    @property
    def is_damaged(self) -> bool:
        """Whether a zipped block does not agree with its checksum; FFmpeg leaves such lines black without a word."""
        lines = _ZIP_LINES.get(self.attributes.get("compression", b"\0")[0])
        if lines is None or self.head != 4:
            return False
        left, _, right, bottom = struct.unpack("<4i", self.attributes["dataWindow"])
        row = (right - left + 1) * self._bytes_per_pixel()
        view = memoryview(self.data)
        for place, begin, size in self._parts():
            (line,) = struct.unpack_from("<i", self.data, place)
            if size == row * min(lines, bottom - line + 1):
                continue  # stored as it is, because zipping would not have made it smaller
            try:
                zlib.decompress(view[begin : begin + size])
            except zlib.error:
                return True
        return False

    def _bytes_per_pixel(self) -> int:
        channels, at, total = self.attributes["channels"], 0, 0
        while channels[at] != 0:
            at = channels.index(b"\0", at) + 1
            total += _PIXEL_BYTES[struct.unpack_from("<i", channels, at)[0]]
            at += 16
        return total

    def _parts(self) -> Iterator[tuple[int, int, int]]:
        """Place, first byte of the pixels and their bytes, of each block."""
        for place in self.blocks:
            (size,) = struct.unpack_from("<i", self.data, place + self.head)
            yield place, place + self.head + 4, size
