"""Finished chroma on disk, one file an interval, under a key of everything that determines it.

A file appears under its name only when it is whole, and carries a checksum, so that neither a killed run nor a failing
disk can lend its color to a film. The folder is bounded in bytes; what was used longest ago goes first.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import struct
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from tcvc_studio.engine.chroma_code import decode_chroma, encode_chroma
from tcvc_studio.errors import StudioError

_MAGIC = b"TCVCab01"
_HEAD = struct.Struct("<8sIII")  # magic, frames, height, width; then offsets (u64 each, frames + 1), codes, sha256
_DIGEST = 32
_SETTLE_EVERY = 64


def result_key(facts: dict) -> str:
    """Key of a result: hash of facts that can be written as JSON, in any order."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class CacheError(StudioError):
    """The disk that keeps finished color refuses: whatever else is rendered would be refused too."""


class ChromaCache:
    """Chroma of intervals by key. Safe to use from several threads and several processes.

    folder: made on first use. limit: bytes the folder may hold; the newest result is always kept.
    ram: bytes of coded results held in memory.
    """

    def __init__(self, folder: Path, *, limit: int = 64 << 30, ram: int = 16 << 20) -> None:
        self._folder = folder
        self._limit = limit
        self._ram_limit = ram
        self._ram: OrderedDict[str, bytes] = OrderedDict()
        self._ram_used = 0
        self._lock = threading.Lock()
        self._stored = 0
        self._protected: dict[object, frozenset[str]] = {}
        self._full = False

    def make_folder(self) -> None:
        """Make the folder, so that one that cannot be made is told before work begins. Raises StudioError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CacheError(_disk_sentence(self._folder, error)) from error

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def full(self) -> bool:
        """Whether, when last looked at, the folder held more than its limit because all of it was protected."""
        return self._full

    def protect(self, keys: Collection[str], *, owner: object = None) -> None:
        """Results that must not be evicted while their owner needs them, even past the limit.

        Each owner has one such set, which a new call replaces; an empty one ends it.
        """
        with self._lock:
            self._protected[owner] = frozenset(keys)
            if not keys:
                del self._protected[owner]

    def keys(self) -> set[str]:
        """Keys of the results that lie in the folder now, their content unread."""
        return {path.stem for path in self._folder.glob("*/*.chroma")}

    def there(self, key: str) -> bool:
        """Whether a result lies under this key, its content unread: for plans, which a reader may find mistaken."""
        return key in self._ram or self._path(key).is_file()

    def has(self, key: str) -> bool:
        """Whether a whole result lies under this key; marks it as used."""
        try:
            os.utime(self._path(key))
        except OSError:
            return False
        try:
            self._load(key)
        except _Damaged:
            return False
        return True

    def put(self, key: str, chroma: Sequence[np.ndarray]) -> None:
        """Store frames of float32 [2, h, w] chroma in Lab units. Raises StudioError where the disk refuses."""
        height, width = chroma[0].shape[1:]
        codes = [encode_chroma(frame) for frame in chroma]
        offsets = np.cumsum([0, *map(len, codes)], dtype="<u8").tobytes()
        body = _HEAD.pack(_MAGIC, len(codes), height, width) + offsets + b"".join(codes)
        data = body + hashlib.sha256(body).digest()
        path = self._path(key)
        part = path.with_name(f"{path.name}.part-{os.getpid()}-{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(data)
            os.replace(part, path)
        except BaseException as error:
            # Whatever ends the write, a cancelled run included, leaves no part behind.
            with contextlib.suppress(OSError):
                part.unlink()
            if isinstance(error, OSError):
                raise CacheError(_disk_sentence(self._folder, error)) from error
            raise
        self._remember(key, data)
        self._stored += 1
        if self._stored % _SETTLE_EVERY == 1:
            self._evict(keep=key)

    def get(self, key: str, index: int) -> np.ndarray:
        """Chroma [2, h, w] of the index-th owned frame. Raises KeyError where there is no whole result."""
        try:
            data = self._load(key)
        except _Damaged as error:
            raise KeyError(key) from error
        _, frames, height, width = _HEAD.unpack_from(data)
        if not 0 <= index < frames:
            raise KeyError(key)
        begin, end = struct.unpack_from("<QQ", data, _HEAD.size + 8 * index)
        base = _HEAD.size + 8 * (frames + 1)
        return decode_chroma(data[base + begin : base + end], height, width)

    def clear_leftovers(self) -> None:
        """Remove part files of processes that are no more."""
        for part in self._folder.glob("*/*.part-*"):
            match = re.search(r"\.part-(\d+)-\d+$", part.name)
            if match and not _alive(int(match[1])):
                with contextlib.suppress(OSError):
                    part.unlink()

    def size(self) -> int:
        """Bytes of the results that lie in the folder now."""
        total = 0
        for path in self._folder.glob("*/*.chroma"):
            with contextlib.suppress(OSError):
                total += path.stat().st_size
        return total

    def clear(self) -> int:
        """Remove every result but those that somebody needs now (`protect`). Returns the bytes that were freed."""
        with self._lock:
            protected = frozenset().union(*self._protected.values())
        freed = 0
        for path in self._folder.glob("*/*.chroma"):
            if path.stem not in protected:
                with contextlib.suppress(OSError):
                    size = path.stat().st_size
                    path.unlink()
                    freed += size
        return freed

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.chroma"

    def _load(self, key: str) -> bytes:
        with self._lock:
            if key in self._ram:
                self._ram.move_to_end(key)
                return self._ram[key]
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _Damaged from error
        if data[:8] != _MAGIC or hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
            with contextlib.suppress(OSError):
                path.unlink()
            raise _Damaged
        self._remember(key, data)
        return data

    def _remember(self, key: str, data: bytes) -> None:
        with self._lock:
            self._ram_used += len(data) - len(self._ram.get(key, b""))
            self._ram[key] = data
            self._ram.move_to_end(key)
            while self._ram_used > self._ram_limit and len(self._ram) > 1:
                self._ram_used -= len(self._ram.popitem(last=False)[1])

    def _evict(self, *, keep: str) -> None:
        found = []
        for path in self._folder.glob("*/*.chroma"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        used = sum(size for _, size, _ in found)
        with self._lock:
            protected = frozenset().union(*self._protected.values())
        for _, size, path in sorted(found):
            if used <= self._limit:
                break
            if path.stem != keep and path.stem not in protected:
                with contextlib.suppress(OSError):
                    path.unlink()
                    used -= size
        self._full = used > self._limit


class _Damaged(Exception):
    """No whole result under that key."""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _disk_sentence(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that keeps finished color ({folder}) is full; free some space or name another cache folder."
    return f"Finished color cannot be kept at {folder} ({error.strerror}); name a cache folder that you may write to."
