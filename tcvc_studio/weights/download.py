"""Downloads that end whole and verified, or not at all."""

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from tcvc_studio.errors import StudioError
from tcvc_studio.weights.partfile import part_file

#: Called with bytes done and bytes in all, None if the server does not tell.
Progress = Callable[[int, int | None], None]

_PIECE = 1 << 18
_TIMEOUT_S = 30


def download(
    url: str,
    target: Path,
    *,
    accept: Callable[[str], bool],
    progress: Progress | None = None,
    check: Callable[[], None] = lambda: None,
) -> str:
    """Fetch url into target, which appears whole and verified or not at all. Returns its sha256.

    accept: whether a sha256 is a right one. check: called for each piece; what it raises ends the download.
    Raises StudioError: offline, not there, broken off, wrong checksum, no room, no right.
    """
    check()
    with _opened(url) as response, part_file(target) as file:
        total = _announced(response)
        if total is not None and shutil.disk_usage(target.parent).free < total:
            raise StudioError(
                f"{target.parent} has no room for {total / 1e6:.0f} MB; make room, or change TCVC_WEIGHTS."
            )
        digest, done = _copy(url, response, file, total=total, progress=progress, check=check)
        if total is not None and done < total:
            raise StudioError(f"The download from {_host(url)} broke off after {done} of {total} bytes; try again.")
        if not accept(digest):
            raise StudioError(
                f"What {_host(url)} sent is not the published file ({done} bytes, sha256 {digest[:8]}...); "
                f"nothing was kept, try again later."
            )
    return digest


def _opened(url: str):
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "tcvc-studio"})
        return urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise StudioError(
                f"{url} is not there any more ({error.code}); get the file elsewhere and run: tcvc models import FILE."
            ) from error
        raise StudioError(
            f"{_host(url)} refused the download ({error.code} {error.reason}); try again later."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        # URLError is an OSError; so are time-outs and refused connections.
        reason = getattr(error, "reason", None) or error
        raise StudioError(
            f"{_host(url)} cannot be reached ({reason}); check the network, or get {url} on another computer and "
            f"run here: tcvc models import FILE."
        ) from error


def _copy(
    url: str,
    response,
    file: BinaryIO,
    *,
    total: int | None,
    progress: Progress | None,
    check: Callable[[], None],
) -> tuple[str, int]:
    """(sha256, bytes) of what came."""
    digest, done = hashlib.sha256(), 0
    while piece := _read(url, response):
        check()
        file.write(piece)
        digest.update(piece)
        done += len(piece)
        if progress is not None:
            progress(done, total)
    return digest.hexdigest(), done


def _read(url: str, response) -> bytes:
    try:
        return response.read(_PIECE)
    except (OSError, http.client.HTTPException) as error:
        raise StudioError(f"The download from {_host(url)} broke off ({error}); try again.") from error


def _announced(response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
