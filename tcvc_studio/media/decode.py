"""Pictures of a film by number, exact to the frame: one open container that decodes forward and seeks when it must."""

import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.media import ffv1
from tcvc_studio.media.container import clock, configure, marks_damage, open_container

if TYPE_CHECKING:
    import av


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The frames of one video stream in the order they are shown.

    stream: the stream's number in its container. time_base: seconds a tick.
    pts: time of each frame, int64 [frames], strictly ascending.
    keys: numbers of the frames at which decoding can begin, int64, ascending.
    key_times: when each key is decoded (its dts), int64, never later than it is shown.
    open_keys: which of the keys are not safe to decode from with a decoder that is strict about damage, bool: those of
        H.264 that have pictures behind them which are shown before them, and refer to what came before.
    timed: false where the container's times cannot be used to find a frame (raw streams, some AVI): then pts are
        made up, one tick a frame, and frames are found by counting from the start.
    checked: true for FFV1 whose packets carry checksums.
    notes: sentences about it for the restorer.
    """

    stream: int
    time_base: Fraction
    pts: np.ndarray
    keys: np.ndarray
    key_times: np.ndarray
    open_keys: np.ndarray
    timed: bool = True
    checked: bool = False
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pts)

    def key_before(self, number: int) -> int:
        """Place in `keys` of the last one not after a frame; -1 where there is none."""
        return int(np.searchsorted(self.keys, number, side="right")) - 1


class UndecodableFrame(StudioError):
    """A frame of the film does not decode. number: which. damaged: its data are there but bad (else they are not)."""

    def __init__(self, text: str, *, number: int, damaged: bool) -> None:
        super().__init__(text)
        self.number = number
        self.damaged = damaged


#: After so many errors that turned out to be none, a reader stays with careful decoding.
_FALSE_ALARMS = 3


class FrameReader:
    """Pictures by number. Going on from one frame to the next costs one decode; a jump costs a seek to the last key
    before the frame and the decoding from there. Used by one thread; `close` frees the container at once.

    There are two ways of decoding. The fast one has several frames in work at once and fails at any damage; but it
    fails late, and takes good pictures along. The careful one takes frame after frame, so that it is known which one is
    bad, and trusts the marks of decoders that mark concealed damage (with frames in work at once a mark may come after
    the picture). Reading begins fast, and what fails is read again carefully before it is said to be bad.
    """

    def __init__(self, path: Path, index: FrameIndex) -> None:
        self._path = path
        self._index = index
        self._container: av.container.InputContainer | None = None
        self._decoded: Iterator[av.VideoFrame] = iter(())
        self._next = 0
        self._last: tuple[int, av.VideoFrame] | None = None
        self._damage: Exception | None = None
        self._careful = False
        self._false_alarms = 0
        # Whether the container finds a key by the time it is shown (as its format should) or is decoded (MPEG-TS).
        self._by_dts = False
        # Keys that turned out to be no place to begin (a gradual refresh, a cut stream).
        self._false_keys: set[int] = set()

    def close(self) -> None:
        """Close the container. The reader can be used again; it then opens the film anew."""
        self._decoded = iter(())
        self._last = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def picture(self, number: int) -> "av.VideoFrame":
        """The picture of frame `number`, 0-based. Raises UndecodableFrame where it, or one needed to reach it, does not
        decode; IndexError outside the film."""
        if not 0 <= number < len(self._index):
            raise IndexError(f"frame {number} of a film of {len(self._index)}")
        if self._last is not None and self._last[0] == number:
            return self._last[1]
        try:
            frame = self._reach(number, careful=self._false_alarms >= _FALSE_ALARMS)
        except _Lost as lost:
            was_careful = self._careful
            self.close()
            if was_careful:
                raise self._failure(lost) from lost.cause
            frame = self._reached_carefully(number)
        self._last = (number, frame)
        return frame

    def at_end(self) -> bool:
        """Whether the decoder has nothing after the last picture read."""
        try:
            return next(self._decoded, None) is None
        except _Lost:
            return False

    def _reached_carefully(self, number: int) -> "av.VideoFrame":
        try:
            frame = self._reach(number, careful=True)
        except _Lost as lost:
            self.close()
            raise self._failure(lost) from lost.cause
        self._false_alarms += 1
        return frame

    def _reach(self, number: int, *, careful: bool) -> "av.VideoFrame":
        key = self._index.key_before(number)
        begin = int(self._index.keys[key]) if key >= 0 else 0
        if self._container is None or number < self._next or begin > self._next:
            frame = self._begin(number, careful=careful)
            if self._next - 1 == number:
                return frame
        while True:
            frame = self._step()
            if self._next - 1 == number:
                return frame

    def _begin(self, number: int, *, careful: bool) -> "av.VideoFrame":
        """Start decoding at a key not after `number`; returns the picture of that key."""
        if self._index.timed:
            back = 1
            at = self._index.key_before(number)
            while at >= 0:
                key = int(self._index.keys[at])
                if key and key not in self._false_keys:
                    frame = self._seek(at, careful=careful)
                    if frame is None:
                        self._by_dts = not self._by_dts
                        frame = self._seek(at, careful=careful)
                    if frame is not None:
                        return frame
                    self._by_dts = False
                    self._false_keys.add(key)
                # Ever further back, so that a film without true keys does not cost a try for each of them.
                at -= back
                back *= 2
        return self._rewind(careful=careful)

    def _seek(self, at: int, *, careful: bool) -> "av.VideoFrame | None":
        """Decode from the key at place `at`; None where container or decoder do not deliver that very frame."""
        import av

        key = int(self._index.keys[at])
        time = int(self._index.key_times[at] if self._by_dts else self._index.pts[key])
        container, stream = self._opened(careful=careful or bool(self._index.open_keys[at]))
        try:
            container.seek(time, stream=stream, backward=True, any_frame=False)
        except (av.FFmpegError, OSError):
            return None
        self._decoded = self._pictures(container, stream, begin=key)
        self._next = key
        try:
            return self._step()
        except _Lost:
            return None

    def _rewind(self, *, careful: bool) -> "av.VideoFrame":
        self.close()
        container, stream = self._opened(careful=careful)
        self._decoded = self._pictures(container, stream, begin=0)
        self._next = 0
        return self._step()

    def _opened(self, *, careful: bool) -> "tuple[av.container.InputContainer, av.VideoStream]":
        if self._container is not None and self._careful != careful:
            self.close()
        if self._container is None:
            self._container = open_container(self._path)
            stream = self._container.streams[self._index.stream]
            configure(stream, threads="SLICE" if careful else "AUTO", strict=not (careful and marks_damage(stream)))
            self._careful = careful
        return self._container, self._container.streams[self._index.stream]

    def _step(self) -> "av.VideoFrame":
        """The picture of frame `_next`, which must be the decoder's next."""
        frame = next(self._decoded, None)
        if frame is None or (self._index.timed and frame.pts != self._index.pts[self._next]):
            raise _Lost(self._next, self._damage, damaged=self._damage is not None)
        if frame.is_corrupt:
            raise _Lost(self._next, None, damaged=True)
        self._next += 1
        return frame

    def _pictures(
        self, container: "av.container.InputContainer", stream: "av.VideoStream", *, begin: int
    ) -> "Iterator[av.VideoFrame]":
        """Decoded pictures from frame `begin` on, those before it dropped.

        An error is passed over only where it can touch nothing that is asked for: ahead of the packet of `begin`, and
        (in careful decoding, where it is known whose error it is) in pictures shown before `begin`, which after a jump
        may lack what they refer to. Otherwise the pictures whose packets came before the bad one are given out still,
        then _Lost is raised.
        """
        import av

        first = int(self._index.pts[begin]) if self._index.timed else None
        self._damage = None
        # The last packets fed, more than a decoder ever holds back.
        fed: deque[int | None] = deque(maxlen=64)
        begun = False
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError) as error:
                raise _Lost(None, error, damaged=True) from error
            if packet is None:
                return
            begun = begun or (first is not None and packet.pts == first)
            error = self._checksum_error(packet)
            try:
                frames = [] if error else packet.decode()
            except av.FFmpegError as refused:
                error = refused
            if error:
                if not begun or self._is_leading(packet, first):
                    continue
                if not self._careful:
                    raise _Lost(None, error, damaged=True) from error
                self._damage = error
                for frame in _drained(stream):
                    if frame.pts in fed and (first is None or frame.pts >= first):
                        yield frame
                raise _Lost(None, error, damaged=True) from error
            fed.append(packet.pts)
            for frame in frames:
                if first is None or (frame.pts is not None and frame.pts >= first):
                    begun = True
                    yield frame

    def _checksum_error(self, packet: "av.Packet") -> Exception | None:
        if self._index.checked and packet.size and ffv1.is_damaged(bytes(packet)):
            return ValueError("a checksum does not agree")
        return None

    def _is_leading(self, packet: "av.Packet", first: int | None) -> bool:
        return self._careful and first is not None and packet.pts is not None and packet.pts < first

    def _failure(self, lost: "_Lost") -> UndecodableFrame:
        number = self._next if lost.number is None else lost.number
        number = min(number, len(self._index) - 1)
        seconds = float((int(self._index.pts[number]) - int(self._index.pts[0])) * self._index.time_base)
        why = "does not decode" if lost.damaged else "is missing, or cannot be decoded"
        return UndecodableFrame(
            f"Frame {number} of {self._path.name} (at {clock(seconds)}) {why}: copy the film again from its source, or "
            f"work on the frames before it.",
            number=number,
            damaged=lost.damaged,
        )


class _Lost(Exception):
    """The decoder does not go on to the wanted frame."""

    def __init__(self, number: int | None, cause: BaseException | None, *, damaged: bool = False) -> None:
        super().__init__(number)
        self.number = number
        self.cause = cause
        self.damaged = damaged


def _drained(stream: "av.VideoStream") -> list["av.VideoFrame"]:
    import av

    with contextlib.suppress(av.FFmpegError):
        return stream.codec_context.decode(None)
    return []
