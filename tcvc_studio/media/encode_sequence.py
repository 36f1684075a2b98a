"""A film into numbered pictures: PNG or TIFF."""

import contextlib
import os
import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media import atomic
from tcvc_studio.media.codecs import ExportCodec, bytes_a_frame
from tcvc_studio.media.encode_planes import check_picture, fill_rgb
from tcvc_studio.media.encode_tags import tags_for
from tcvc_studio.media.info import FilmInfo, Picture

_NUMBER = re.compile(r"%0?(\d*)d|(#+)")


@dataclass(frozen=True, slots=True)
class SequenceNames:
    """How the pictures of a sequence are named: folder / (before + number of at least `digits` digits + after)."""

    folder: Path
    before: str
    digits: int
    after: str

    def file(self, number: int) -> Path:
        """The picture of that number."""
        return self.folder / f"{self.before}{number:0{self.digits}d}{self.after}"


def sequence_names(path: Path, codec: ExportCodec, info: FilmInfo) -> SequenceNames:
    """The names of a sequence written to `path`: a folder, or a pattern such as x.%06d.png or x.####.tif.

    Into a folder the pictures of a sequence keep their names but for the suffix; those of a video are named by six
    digits. Raises StudioError for a pattern that is none, or that ends in a suffix the codec does not have.
    """
    suffix = codec.suffixes[0]
    pattern = _split(path.name)
    if pattern is None:
        if path.suffix.lower() in codec.suffixes:
            raise StudioError(
                f"{path.name} names one picture: name a folder, or a pattern such as {path.stem}.%06d{path.suffix}."
            )
        source = _split(info.path.name) if info.kind == "sequence" else None
        before, digits, after = source or ("", 6, "")
        return SequenceNames(path, before, digits, os.path.splitext(f"0{after}")[0][1:] + suffix)
    before, digits, after = pattern
    if Path(path.name).suffix.lower() not in codec.suffixes:
        raise StudioError(f"{path.name} does not end in {' or '.join(codec.suffixes)}, as {codec.title} pictures do.")
    return SequenceNames(path.parent, before, digits, after)


def _split(name: str) -> tuple[str, int, str] | None:
    match = _NUMBER.search(name)
    if match is None:
        return None
    digits = len(match[2]) if match[2] else int(match[1] or 1)
    return name[: match.start()], digits, name[match.end() :]


def check_sequence(
    path: Path, codec: ExportCodec, info: FilmInfo, *, first: int, count: int, target: PlaneFormat
) -> None:
    """Raise StudioError for pictures that could not be written: their names, their folder, or the room on its disk."""
    names = sequence_names(path, codec, info)
    if os.path.exists(names.folder) and not os.path.isdir(names.folder):
        raise StudioError(f"{names.folder} is a file: name a folder for the pictures.")
    if not os.path.isdir(path.parent):
        raise StudioError(f"The folder {path.parent} does not exist: make it, or write somewhere else.")
    source = _split(info.path.name) if info.kind == "sequence" else None
    for index in {first, first + count - 1}:
        number = info.first_number + index
        film = info.path if source is None else SequenceNames(info.path.parent, *source).file(number)
        if atomic.same_file(names.file(number), film):
            raise StudioError(
                f"{names.file(number)} is the film itself: write to another folder, the film is never overwritten."
            )
    atomic.require_space(path.parent, count * bytes_a_frame(codec.name, info, target))


class SequenceEncoder:
    """See `media.encode.Encoder`. Pictures are made in a folder of their own and moved when all are there."""

    def __init__(
        self,
        path: Path,
        codec: ExportCodec,
        info: FilmInfo,
        *,
        first: int,
        count: int,
        target: PlaneFormat,
        audio: bool,
    ) -> None:
        self.path = path
        self.format = target
        self.notes: tuple[str, ...] = ()
        self._info, self._first, self._count = info, first, count
        self._names = sequence_names(path, codec, info)
        self._tags = tags_for(info, target, rgb=True)
        self._waiting: deque[int] = deque()
        self._received = self._written = 0
        atomic.clear_leftovers(path)
        check_sequence(path, codec, info, first=first, count=count, target=target)
        lost = [
            ("sound", audio and info.audio),
            ("times of frames that last differently", info.vfr),
            ("time code", info.timecode),
            ("rotation", info.rotation),
        ]
        if names := [name for name, has in lost if has]:
            listed = " and no ".join(names)
            self.notes = (f"A picture sequence holds no {listed}; export a film beside it to keep what it has.",)
        self._part = atomic.part_path(path)
        try:
            atomic.discard(self._part)
            self._part.mkdir()
        except OSError as error:
            raise atomic.write_error(error, path) from error
        self._context = self._open_context(codec)
        self._open = True

    def __enter__(self) -> "SequenceEncoder":
        return self

    def __exit__(self, *exception: object) -> None:
        self.abort()

    def write(self, picture: Picture, number: int) -> None:
        if not self._open:
            raise ValueError("the encoder is closed")
        due = self._first + self._received
        if number != due or self._received == self._count:
            raise ValueError(f"frame {number} came where {due} of {self._count} frames was due")
        check_picture(picture, self.format, self._info.height, self._info.width)
        frame = av.VideoFrame(self._info.width, self._info.height, self._context.pix_fmt)
        fill_rgb(frame, picture, self.format)
        frame.time_base = self._context.time_base
        frame.pts = self._received
        self._tags.put_on(frame)
        self._waiting.append(self._info.first_number + number)
        self._received += 1
        with self._failing_cleanly():
            self._save(self._context.encode(frame))

    def finish(self) -> Path:
        if not self._open:
            raise ValueError("the encoder is closed")
        with self._failing_cleanly():
            self._save(self._context.encode(None))
            if self._written != self._count:
                raise StudioError(
                    f"{self._written} of {self._count} pictures were made, so {self.path.name} was not written: "
                    "start the export again."
                )
            self._move()
        self._open = False
        return self.path

    def abort(self) -> None:
        if self._open:
            self._open = False
            with contextlib.suppress(OSError):
                atomic.discard(self._part)

    def _open_context(self, codec: ExportCodec) -> Any:
        context = av.CodecContext.create(codec.name, "w")
        context.width, context.height = self._info.width, self._info.height
        context.time_base = 1 / self._info.rate
        context.framerate = self._info.rate
        context.sample_aspect_ratio = self._info.sar
        context.thread_type = "AUTO"
        if codec.name == "png":
            context.pix_fmt = "rgb24" if self.format.depth == 8 else "rgb48be"
            context.options = {"pred": "sub", "compression_level": "3"}
        else:
            context.pix_fmt = "rgb48le"
            context.options = {"compression_algo": "raw"}
        self._tags.put_on(context)
        return context

    def _save(self, packets: list[Any]) -> None:
        for packet in packets:
            name = self._names.file(self._waiting.popleft()).name
            with (self._part / name).open("wb") as file:
                file.write(bytes(packet))
                file.flush()
                os.fsync(file.fileno())
            self._written += 1

    def _move(self) -> None:
        """Put the pictures under their final names: all at once where their folder is new."""
        folder = self._names.folder
        if not folder.exists():
            atomic.publish(self._part, folder)
            return
        for index in range(self._first, self._first + self._count):
            final = self._names.file(self._info.first_number + index)
            os.replace(self._part / final.name, final)
        atomic.discard(self._part)

    @contextlib.contextmanager
    def _failing_cleanly(self):
        """Whatever fails inside leaves no part behind, and says why in one sentence."""
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise atomic.write_error(error, self.path) from error
        except BaseException:
            self.abort()
            raise
