"""A film into one file: mov, mp4 or mkv, with its sound, times, time code and tags."""

import contextlib
import math
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media import atomic
from tcvc_studio.media.audio import SoundCopy, require_sound_fits
from tcvc_studio.media.codecs import MUXERS, ExportCodec, bytes_a_frame
from tcvc_studio.media.encode_matroska import PLACEHOLDER, state_aspect
from tcvc_studio.media.encode_planes import check_picture
from tcvc_studio.media.encode_settings import restate_tags, settings_for
from tcvc_studio.media.encode_tags import tags_for
from tcvc_studio.media.encode_times import ExportTimes, export_timecode, export_times, last_duration
from tcvc_studio.media.info import FilmInfo, Picture
from tcvc_studio.media.verify import check_whole

#: Largest movie time scale worth having: finer ones overflow 32 bits within the hour in readers that know no more.
_FINEST_MOVIE = 1_000_000


def check_file(path: Path, codec: ExportCodec, info: FilmInfo, *, count: int, target: PlaneFormat) -> None:
    """Raise StudioError for a file that could not be written: its name, its folder, or the room on its disk."""
    _suffix_for(path, codec)
    atomic.check_target(path, info.path)
    atomic.require_space(path.parent, count * bytes_a_frame(codec.name, info, target))


def check_sound(path: Path, codec: ExportCodec, info: FilmInfo) -> None:
    """Raise StudioError where the file cannot hold the film's sound."""
    if info.audio:
        require_sound_fits(info, path.suffix.lower(), codec.suffixes)


class ContainerEncoder:
    """See `media.encode.Encoder`."""

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
        fast: bool,
        hardware: bool,
        quality: float | None,
    ) -> None:
        self.path = path
        self.format = target
        self.notes: tuple[str, ...] = ()
        self._codec, self._info, self._first, self._count = codec, info, first, count
        self._written = 0
        self._first_dts: int | None = None
        self._open = False
        self._container: Any = None
        self._sound: SoundCopy | None = None
        self._suffix = _suffix_for(path, codec)
        self._part = atomic.part_path(path)
        atomic.clear_leftovers(path)
        check_file(path, codec, info, count=count, target=target)
        self._tags = tags_for(info, target)
        self._settings = settings_for(
            codec, info, target, count=count, fast=fast, hardware=hardware, quality=quality, tags=self._tags
        )
        self._note(self._settings.note)
        try:
            if audio and info.audio:
                check_sound(path, codec, info)
                self._sound = SoundCopy(info)
                if self._sound.has_subtitles:
                    self._note("The film's subtitles are not carried over.")
            self._times = self._plan_times()
            self._start()
        except BaseException as error:
            self._open = True
            self.abort()
            if isinstance(error, av.error.FFmpegError | OSError):
                raise atomic.write_error(error, path) from error
            raise

    def __enter__(self) -> "ContainerEncoder":
        return self

    def __exit__(self, *exception: object) -> None:
        self.abort()

    def write(self, picture: Picture, number: int) -> None:
        index = self._written
        if not self._open:
            raise ValueError("the encoder is closed")
        if number != self._first + index or index == self._count:
            raise ValueError(f"frame {number} came where {self._first + index} of {self._count} frames was due")
        check_picture(picture, self.format, self._info.height, self._info.width)
        frame = self._settings.frame(picture)
        frame.time_base = self._times.time_base
        frame.pts = self._times.pts(index)
        frame.duration = self._times.duration(index)
        self._tags.put_on(frame)
        with self._failing_cleanly():
            self._mux(self._stream.encode(frame))
        self._written += 1

    def finish(self) -> Path:
        if not self._open:
            raise ValueError("the encoder is closed")
        with self._failing_cleanly():
            if self._written != self._count:
                raise StudioError(
                    f"{self._written} of {self._count} frames were made, so {self.path.name} was not written: "
                    "start the export again."
                )
            rest = self._stream.encode(None)
            if rest and self._suffix != ".mkv":
                rest[-1].duration = self._closing_duration(rest)
            self._mux(rest)
            if self._sound:
                self._sound.pump()
            self._container.close()
            if self._suffix == ".mkv" and self._info.sar != 1:
                state_aspect(self._part, self._info.width, self._info.height, self._info.sar)
            check_whole(self._part, self._count)
            atomic.publish(self._part, self.path)
        self._open = False
        self._release()
        return self.path

    def abort(self) -> None:
        if not self._open:
            return
        self._open = False
        # Gone first, where the system allows that of an open file: closing may otherwise rewrite the whole of it.
        with contextlib.suppress(OSError):
            atomic.discard(self._part)
        self._release()
        with contextlib.suppress(OSError):
            atomic.discard(self._part)

    def _plan_times(self) -> ExportTimes:
        starts: Iterable[Fraction] = self._sound.starts if self._sound else ()
        ends = last_duration(self._info)
        times = export_times(
            self._info, first=self._first, count=self._count, sound_starts=starts, last_duration=ends
        )
        if self._info.vfr and self._suffix == ".mkv" and 1000 * times.time_base % 1:
            better = " and ".join(suffix for suffix in (".mov", ".mp4") if suffix in self._codec.suffixes)
            exact = f"; {better} files keep them exactly" if better else ""
            self._note(f"An .mkv file rounds the film's frame times to a millisecond{exact}.")
        return times

    def _start(self) -> None:
        """Open the part file and write its header."""
        container = av.open(
            str(self._part), "w", format=MUXERS[self._suffix], container_options=self._container_options()
        )
        self._container, self._open = container, True
        stream = container.add_stream(self._settings.encoder, rate=self._info.rate)
        self._settings.prepare(stream.codec_context, self._info, self._tags, self._times.time_base)
        stream.time_base = self._times.time_base
        self._stream = stream
        if self._suffix == ".mkv" and self._info.sar != 1:
            stream.metadata["title"] = PLACEHOLDER
        if self._info.rotation:
            if hasattr(stream, "set_display_rotation"):
                stream.set_display_rotation(self._info.rotation)
            else:
                self._note("The film's rotation could not be noted in the file; turn it in the player.")
        self._state_timecode(container)
        if self._sound:
            partial = self._suffix != ".mkv"
            self._sound.add_to(container, origin=self._times.origin, window=self._times.window, partial=partial)
        container.start_encoding()

    def _container_options(self) -> dict[str, str]:
        # Packets arrive in order; where one stream has ended the muxer need not wait for more of it.
        options = {"max_interleave_delta": "500000"}
        if self._suffix != ".mkv":
            options["movie_timescale"] = str(self._movie_timescale())
        if self._suffix in (".mp4", ".m4v"):
            options["movflags"] = "+faststart"
        return options

    def _movie_timescale(self) -> int:
        """Ticks a second of edit lists and durations, such that they hold whole frames and samples where possible."""
        frames = self._times.time_base.denominator
        while frames < 10_000:
            frames *= 2
        both = math.lcm(frames, *(self._sound.rates if self._sound else ()))
        return both if both <= _FINEST_MOVIE else min(frames, 2**31 - 1)

    def _state_timecode(self, container: Any) -> None:
        try:
            timecode = export_timecode(self._info, self._first)
        except StudioError as error:
            self._note(f"The film's time code was left out. {error}")
            return
        if timecode is not None:
            container.metadata["timecode"] = str(timecode)

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            if self._settings.restate_tags:
                restate_tags(packet, self._tags)
            if self._sound and packet.dts is not None:
                self._sound.pump(packet.dts * Fraction(packet.time_base))
            if self._first_dts is None:
                self._first_dts = packet.dts
            self._container.mux(packet)

    def _closing_duration(self, rest: list[Any]) -> int:
        """Ticks for the packet stored last, so that all of them last together as long as the frames are shown.

        mov and mp4 add up decode times; where frames last differently, the last packet stored is not the last shown.
        """
        end = self._times.pts(self._count - 1) + self._times.duration(self._count - 1)
        first_dts = rest[0].dts if self._first_dts is None else self._first_dts
        return max(rest[-1].duration or 1, end - self._times.start - (rest[-1].dts - first_dts))

    @contextlib.contextmanager
    def _failing_cleanly(self):
        """Whatever fails inside leaves nothing behind, and says why in one sentence."""
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise atomic.write_error(error, self.path) from error
        except BaseException:
            self.abort()
            raise

    def _release(self) -> None:
        if self._container is not None:
            with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
                self._container.close()
        if self._sound is not None:
            self._sound.close()
        self._container = self._stream = self._sound = None

    def _note(self, note: str | None) -> None:
        if note:
            self.notes += (note,)


def _suffix_for(path: Path, codec: ExportCodec) -> str:
    suffix = path.suffix.lower()
    if suffix not in codec.suffixes:
        named = f"not into {suffix} files" if suffix else "and the name has no ending"
        raise StudioError(
            f"{codec.title} goes into {' or '.join(codec.suffixes)} files, {named}: write "
            f"{path.stem}{codec.suffixes[0]}, or choose another codec."
        )
    return suffix
