"""Checksums of FFV1 slices, version 3 (RFC 9043, section 4.9).

FFmpeg's decoder sees damage by them, writes a line to its log, and hands out the picture with the damaged slices taken
from another frame as if all were well.
"""

import zlib

#: Every byte with its bits in reverse: FFV1's CRC takes the high bit first, zlib's the low bit.
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_SIZE, _CHECKED = 3, 8  # bytes of a slice's footer: its size; and with error status and checksum


def is_checked(packet: bytes) -> bool:
    """Whether a packet is made of slices with good checksums. False for streams without them and for damaged packets:
    a stream that began with checked packets has them to its end."""
    return _slices(packet) is not None and not is_damaged(packet)


def is_damaged(packet: bytes) -> bool:
    """Whether a packet of a stream with checksums disagrees with them."""
    slices = _slices(packet)
    if slices is None:
        return True
    # zlib inverts the register before and after; FFV1 does not, and over a slice with its checksum nothing remains.
    return any(zlib.crc32(part.translate(_REVERSED), 0xFFFFFFFF) != 0xFFFFFFFF for part in slices)


def _slices(packet: bytes) -> list[bytes] | None:
    """The slices of a packet, footers included, from the last to the first; None where sizes do not add up."""
    found = []
    end = len(packet)
    while end > 0:
        if end < _CHECKED:
            return None
        size = int.from_bytes(packet[end - _CHECKED : end - _CHECKED + _SIZE], "big") + _CHECKED
        if size > end:
            return None
        found.append(packet[end - size : end])
        end -= size
    return found
