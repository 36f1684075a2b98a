"""Films kept in one file with a container: MOV, MP4, MKV, MXF, AVI, TS and whatever else FFmpeg reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.media.colors import rgb_of
from tcvc_studio.media.container import clock
from tcvc_studio.media.decode import FrameIndex, FrameReader
from tcvc_studio.media.index import build_index
from tcvc_studio.media.info import FilmInfo, Frame
from tcvc_studio.media.planes import layout_of, luma_of
from tcvc_studio.media.probe import check_whole, probe
from tcvc_studio.media.progress import Progress, no_progress
from tcvc_studio.media.source import Film

if TYPE_CHECKING:
    import av


class VideoFilm(Film):
    """A film in a container. Opens one decoder for single frames, and one for every running iteration."""

    @classmethod
    def open(cls, path: Path, *, progress: Progress = no_progress) -> "VideoFilm":
        """Probe and open a file. Raises StudioError, and what progress raises."""
        check_whole(path)
        index = build_index(path, progress=progress)
        return cls(probe(path, index), index)

    def __init__(self, info: FilmInfo, index: FrameIndex) -> None:
        super().__init__(info)
        self._index = index
        self._reader = FrameReader(info.path, index)
        self._iterating: WeakSet[FrameReader] = WeakSet()

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        return self._iterate(self._span(start, stop))

    def _iterate(self, span: range) -> Iterator[Frame]:
        reader = FrameReader(self.info.path, self._index)
        self._iterating.add(reader)
        try:
            for number in span:
                yield self._frame(number, reader.picture(number))
        finally:
            reader.close()

    def frame(self, number: int) -> Frame:
        return self._frame(number, self._reader.picture(self._checked(number)))

    def rgb(self, number: int) -> np.ndarray:
        return rgb_of(self._same_kind(number, self._reader.picture(self._checked(number))), self.info.format)

    def near(self, number: int) -> int:
        at = self._index.key_before(self._checked(number))
        return int(self._index.keys[at]) if at >= 0 else 0

    def reopen(self) -> "VideoFilm":
        return VideoFilm(self.info, self._index)

    def close(self) -> None:
        self._reader.close()
        for reader in list(self._iterating):
            reader.close()

    def _frame(self, number: int, picture: "av.VideoFrame") -> Frame:
        luma = luma_of(self._same_kind(number, picture), self.info.format.matrix)
        return Frame(number, int(self.info.pts[number]), luma)

    def _same_kind(self, number: int, picture: "av.VideoFrame") -> "av.VideoFrame":
        """The picture, which must be of the film's size and depth: a stream may change in the middle."""
        info = self.info
        layout = layout_of(picture.format)
        same_coding = (layout.depth, layout.subsampling) == (info.format.depth, info.format.subsampling)
        if (picture.width, picture.height) == (info.width, info.height) and same_coding:
            return picture
        seconds = float((int(info.pts[number]) - int(info.pts[0])) * info.time_base)
        raise StudioError(
            f"Frame {number} of {info.path.name} (at {clock(seconds)}) is {picture.width}x{picture.height} "
            f"{picture.format.name}, the film began as {info.width}x{info.height} {info.pixel_format}: cut it there "
            "and color the parts one by one."
        )
