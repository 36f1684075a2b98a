"""Files that end before their own table of contents says they do."""

import io
import os
from pathlib import Path

#: Top-level boxes whose size is taken at its word; anything else at the end may be rubbish somebody appended.
_BOXES = frozenset({b"mdat", b"moov", b"moof"})


def missing_bytes(path: Path) -> int:
    """How many bytes a container promises beyond the end of its file; 0 where it is whole or does not say.

    Reads the top-level boxes of MP4 and QuickTime (ISO 14496-12, 4.2) and the segment size of Matroska and WebM
    (RFC 8794), nothing else. Raises OSError where the file cannot be read.
    """
    length = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == b"\x1a\x45\xdf\xa3":
            return max(0, _matroska_end(file) - length)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
            return max(0, _boxes_end(file, length) - length)
    return 0


def _boxes_end(file: io.BufferedReader, length: int) -> int:
    at = 0
    while at + 8 <= length:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1 and len(head) == 16:
            size = int.from_bytes(head[8:], "big")
        if size < 8:  # 0: up to the end of the file
            return length
        if at + size > length:
            return at + size if head[4:8] in _BOXES else length
        at += size
    return length


def _matroska_end(file: io.BufferedReader) -> int:
    """Where the segment ends; 0 where its size is unknown, as in a recording."""
    for element in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        if file.read(4) != element:
            return 0
        first = file.read(1)
        if not first or not first[0]:
            return 0
        octets = 9 - first[0].bit_length()
        size = int.from_bytes(first + file.read(octets - 1), "big") - (1 << 7 * octets)
        if size == (1 << 7 * octets) - 1:
            return 0
        if element == b"\x18\x53\x80\x67":
            return file.tell() + size
        file.seek(size, os.SEEK_CUR)
    return 0
