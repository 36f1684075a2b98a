"""Picture files that were cut off or damaged: what their own headers promise, against the bytes that are there.

Decoders fill in what is missing, some without a word, and a film must not get half a picture for a whole one.
"""

import struct
from typing import Literal

from tcvc_studio.media.exr import ExrTable
from tcvc_studio.media.tiff import TiffTable


def fault(data: bytes, codec: str) -> Literal["is cut off", "is damaged"] | None:
    """What is wrong with a JPEG, TIFF or EXR file, as far as its decoder would not tell; None where nothing is seen.

    PNG, DPX and BMP decoders notice by themselves. JPEG, and TIFF and EXR that are not zipped, carry no checksums.
    """
    try:
        if codec == "mjpeg":
            # Some writers append a few bytes behind the end marker.
            return None if b"\xff\xd9" in data[-4096:] else "is cut off"
        table = TiffTable.of(data) if codec == "tiff" else ExrTable.of(data) if codec == "exr" else None
        if table is None:
            return None
        return "is cut off" if table.is_cut_off else "is damaged" if table.is_damaged else None
    except (struct.error, IndexError, KeyError, ValueError):
        # The headers themselves lead beyond the end, or nowhere.
        return "is cut off"
