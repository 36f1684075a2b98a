"""The sample aspect ratio of an mkv file, set after the fact: its muxer can only be told by codecs that carry it."""

import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from tcvc_studio.errors import StudioError

#: Element identifiers of RFC 9559 (Matroska) and RFC 8794 (EBML).
_SEGMENT, _TRACKS, _ENTRY, _NAME, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0x536E, 0xE0
_WIDTH, _HEIGHT, _UNIT, _CROP_OR_ASPECT = 0x54B0, 0x54BA, 0x54B2, 0x54B3
_VOID, _CRC = 0xEC, 0xBF
_PIXELS, _RATIO = 0, 3

#: Title to give the video track: it only keeps room in the file for the elements that replace it.
PLACEHOLDER = "aspect".ljust(48, ".")


def state_aspect(path: Path, width: int, height: int, sar: Fraction) -> None:
    """Write a sample aspect ratio into a finished mkv file whose video track is titled PLACEHOLDER.

    width, height: coded size. The display size goes where the title was, so that nothing else in the file moves:
    in pixels where it is whole, else as a ratio (RFC 9559, 5.1.4.1.28.15).
    Raises StudioError where the file is not as expected.
    """
    display = _display(width, height, sar)
    with path.open("r+b") as file:
        begin, size = _find_tracks(file)
        file.seek(begin)
        tracks = file.read(size)
        changed = _rewrite(tracks, display)
        if len(changed) != size:
            raise _unexpected(path)
        file.seek(begin)
        file.write(changed)


def _display(width: int, height: int, sar: Fraction) -> bytes:
    shown = width * sar
    if shown.denominator == 1:
        unit, across, down = _PIXELS, int(shown), height
    else:
        ratio = shown / height
        unit, across, down = _RATIO, ratio.numerator, ratio.denominator
    return _number(_WIDTH, across) + _number(_HEIGHT, down) + _number(_UNIT, unit)


def _find_tracks(file) -> tuple[int, int]:
    """(offset, size) of the content of the Tracks element."""
    head = file.read(2**20)
    for identifier, _, content, _ in _elements(head):
        if identifier == _SEGMENT:
            for child, _, inner, inner_end in _elements(head[content:]):
                if child == _TRACKS:
                    return content + inner, inner_end - inner
    raise _unexpected(Path(file.name))


def _rewrite(tracks: bytes, display: bytes) -> bytes:
    out, checksum_at = b"", None
    for identifier, start, content, end in _elements(tracks):
        body = tracks[content:end]
        if identifier == _CRC:
            checksum_at = len(out) + content - start
            out += tracks[start:end]
        elif identifier == _ENTRY and _titled(body):
            out += tracks[start:content] + _rewrite_entry(body, display)
        else:
            out += tracks[start:end]
    if checksum_at is not None:
        # The checksum covers all that follows it in its parent (RFC 8794, 11.3.1).
        checksum = zlib.crc32(out[checksum_at + 4 :]).to_bytes(4, "little")
        out = out[:checksum_at] + checksum + out[checksum_at + 4 :]
    return out


def _titled(entry: bytes) -> bool:
    return any(
        identifier == _NAME and entry[content:end] == PLACEHOLDER.encode()
        for identifier, _, content, end in _elements(entry)
    )


def _rewrite_entry(entry: bytes, display: bytes) -> bytes:
    out = b""
    for identifier, start, content, end in _elements(entry):
        if identifier == _NAME:
            continue
        if identifier == _VIDEO:
            video = entry[content:end]
            kept = b"".join(
                video[a:c] for i, a, _, c in _elements(video) if i not in (_WIDTH, _HEIGHT, _UNIT, _CROP_OR_ASPECT)
            )
            out += _element(_VIDEO, kept + display)
        else:
            out += entry[start:end]
    room = len(entry) - len(out) - 2
    return out + bytes([_VOID, 0x80 | room]) + bytes(room) if 0 <= room < 127 else out


def _elements(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(identifier, start, content, end) of the elements that follow one another in `data`; ends may lie beyond it."""
    at = 0
    while at < len(data) - 1:
        start = at
        length = 9 - data[at].bit_length()
        identifier = int.from_bytes(data[at : at + length], "big")
        at += length
        if at >= len(data) or not data[at]:
            return
        width = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + width], "big") & (1 << 7 * width) - 1
        at += width
        yield identifier, start, at, at + size
        at += size


def _element(identifier: int, content: bytes) -> bytes:
    head = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    size = len(content)
    return head + (bytes([0x80 | size]) if size < 127 else (0x4000 | size).to_bytes(2, "big")) + content


def _number(identifier: int, value: int) -> bytes:
    return _element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _unexpected(path: Path) -> StudioError:
    return StudioError(f"The aspect ratio could not be noted in {path.name}: write an .mp4 or .mov file.")
