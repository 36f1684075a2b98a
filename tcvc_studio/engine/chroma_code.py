"""How chroma is kept: 1/32 of a Lab unit, horizontal differences, zlib; half of float16's size, finer than 12 bits."""

import zlib

import numpy as np

#: Steps a Lab unit. The error, 1/64, is a quarter of a code of 12-bit Cb.
_STEPS = 32


def encode_chroma(ab: np.ndarray) -> bytes:
    """ab: float32 [2, h, w] in Lab units, clipped to -512..511. Returns the coded frame."""
    codes = np.rint(np.clip(ab, -512.0, 511.0) * _STEPS).astype(np.int16)
    delta = np.diff(codes, axis=-1, prepend=np.int16(0))
    folded = ((delta << 1) ^ (delta >> 15)).astype("<u2")
    # High and low bytes apart: the high ones are nearly all zero.
    planes = np.ascontiguousarray(folded.view(np.uint8).reshape(-1, 2).T)
    return zlib.compress(planes, 1)


def decode_chroma(code: bytes, height: int, width: int) -> np.ndarray:
    """Float32 [2, height, width] in Lab units. Raises ValueError where the code does not fit that size."""
    try:
        planes = np.frombuffer(zlib.decompress(code), np.uint8)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if planes.size != 4 * height * width:
        raise ValueError("coded chroma of another size")
    folded = np.ascontiguousarray(planes.reshape(2, -1).T).view("<u2").reshape(2, height, width)
    delta = (folded >> 1).astype(np.int16) ^ -(folded & 1).astype(np.int16)
    return np.cumsum(delta, axis=-1, dtype=np.int16).astype(np.float32) / _STEPS
