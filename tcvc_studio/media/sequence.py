"""Films kept as numbered pictures: PNG, JPEG, TIFF, DPX or EXR."""

import os
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.media.colors import rgb_of
from tcvc_studio.media.info import FilmInfo, Frame
from tcvc_studio.media.numbering import Listing, Numbering, is_pattern, list_sequence, numbering_of
from tcvc_studio.media.pictures import PictureFile, read_picture
from tcvc_studio.media.planes import layout_of, luma_of
from tcvc_studio.media.probe import survey_notes
from tcvc_studio.media.source import Film
from tcvc_studio.media.survey import survey

if TYPE_CHECKING:
    import av

__all__ = ["SequenceFilm", "is_pattern"]

#: Pictures decoded ahead while a sequence is played, on as many threads; each holds one picture.
_AHEAD = 4
_TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;.]\d\d")


class SequenceFilm(Film):
    """A film of numbered pictures. Pictures may differ in kind (gray, palette, RGB), not in size, depth or range."""

    @classmethod
    def open(cls, path: Path, *, rate: Fraction) -> "SequenceFilm":
        """Open a folder, a pattern, or one picture as a film of one frame. Raises StudioError."""
        if path.is_file():
            return cls(*_single(path, rate))
        listing = list_sequence(path)
        files = _Files(listing.numbering, listing.first)
        info = _info(listing.numbering.pattern, listing, files, rate)
        return cls(info, files)

    def __init__(self, info: FilmInfo, files: "_Files") -> None:
        super().__init__(info)
        self._files = files

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        return self._iterate(self._span(start, stop))

    def _iterate(self, span: range) -> Iterator[Frame]:
        numbers = iter(span)
        waiting: deque[Future[Frame]] = deque()
        pool = ThreadPoolExecutor(min(_AHEAD, os.cpu_count() or 1), thread_name_prefix="pictures")
        try:
            for number in numbers:
                waiting.append(pool.submit(self._frame, number))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def frame(self, number: int) -> Frame:
        return self._frame(self._checked(number))

    def rgb(self, number: int) -> np.ndarray:
        picture = self._picture(self._checked(number))
        return rgb_of(picture.frame, picture.format)

    def reopen(self) -> "SequenceFilm":
        return SequenceFilm(self.info, self._files)

    def close(self) -> None:
        """Nothing stays open between pictures."""

    def _frame(self, number: int) -> Frame:
        picture = self._picture(number)
        return Frame(number, number, luma_of(picture.frame, self.info.format.matrix))

    def _picture(self, number: int) -> PictureFile:
        picture = read_picture(self._files.path(number))
        _refuse_change(self._files.path(number), picture, self.info)
        return picture


class _Files:
    """Paths by frame number."""

    def __init__(self, numbering: Numbering | None, first: int, only: Path | None = None) -> None:
        self._numbering = numbering
        self._first = first
        self._only = only

    def path(self, number: int) -> Path:
        if self._only is not None:
            return self._only
        assert self._numbering is not None
        return self._numbering.file(self._first + number)


def _single(path: Path, rate: Fraction) -> tuple[FilmInfo, _Files]:
    belonging = numbering_of(path)
    numbering, number = belonging if belonging else (Numbering(path.parent, path.stem, 0, path.suffix), 0)
    notes = []
    if belonging and any(numbering.file(number + step).is_file() for step in (-1, 1) if number + step >= 0):
        notes.append(
            f"This is one picture of a sequence: give its folder or {numbering.pattern.name} for the whole of it."
        )
    files = _Files(None, number, only=path)
    return _info(path, Listing(numbering, number, 1, tuple(notes)), files, rate), files


def _info(path: Path, listing: Listing, files: _Files, rate: Fraction) -> FilmInfo:
    first = read_picture(files.path(0))
    frame, layout = first.frame, layout_of(first.frame.format)
    info = FilmInfo(
        path=path,
        kind="sequence",
        codec=first.codec,
        frames=listing.count,
        first_number=listing.first,
        width=frame.width,
        height=frame.height,
        rate=rate,
        time_base=1 / rate,
        pts=np.arange(listing.count, dtype=np.int64),
        vfr=False,
        pixel_format=layout.pixel_format,
        bit_depth=layout.coded_bits,
        format=first.format,
        matrix=first.tags.matrix_name,
        primaries=first.tags.primaries_name,
        transfer=first.tags.transfer_name,
        sar=first.sar,
        rotation=int(frame.rotation),
        timecode=_timecode(frame),
        audio=(),
        interlaced=False,
        has_color=False,
        notes=listing.notes,
    )

    def picture(number: int) -> "av.VideoFrame":
        found = read_picture(files.path(number))
        _refuse_change(files.path(number), found, info)
        return found.frame

    look = survey(picture, listing.count, np.arange(listing.count), pixels=frame.width * frame.height)
    # The last picture is where a change of size or a copy broken off shows most often.
    picture(listing.count - 1)
    return replace(
        info,
        interlaced=look.combed or look.flagged,
        has_color=look.has_color,
        notes=(*info.notes, *survey_notes(look, flagged=look.flagged)),
    )


def _refuse_change(path: Path, picture: PictureFile, info: FilmInfo) -> None:
    """Refuse a picture of other size, depth or range than the first. Kinds may differ: programs that write PNG make a
    gray picture gray and the next one RGB, and both mean the same luma."""
    frame, has, must = picture.frame, picture.format, info.format
    if (frame.width, frame.height) != (info.width, info.height):
        raise StudioError(
            f"{path.name} is {frame.width}x{frame.height}, the sequence began with {info.width}x{info.height}: all its "
            "pictures must have one size."
        )
    same_luma = has.matrix == must.matrix or layout_of(frame.format).kind == "gray"
    if (has.depth, has.range) != (must.depth, must.range) or not same_luma:
        raise StudioError(
            f"{path.name} is {has.depth} bit {frame.format.name}, the sequence began with {must.depth} bit "
            f"{info.pixel_format}: write all its pictures in one format."
        )


def _timecode(frame: "av.VideoFrame") -> str | None:
    """The timecode in a DPX header."""
    value = frame.metadata.get("timecode", "")
    return value if _TIMECODE.fullmatch(value) else None
