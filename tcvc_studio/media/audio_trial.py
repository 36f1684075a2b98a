"""Which containers hold a film's sound: found out by writing a little of it, for muxers promise more than they do."""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import av

from tcvc_studio.errors import StudioError
from tcvc_studio.media.codecs import MUXERS
from tcvc_studio.media.info import AudioInfo

#: Packets of a stream that are tried; some formats' headers are only known after a few.
_TRIED = 8
#: Packets read in search of them: streams that begin late go untried but for their header.
_READ = 2000


def copied_stream(container: Any, template: Any) -> Any:
    """Add a stream to an output container that takes the packets of `template` as they are.

    A mono or stereo stream whose file does not say so (PCM in mkv) is given its usual layout, without which mp4 cannot
    be completed. Raises ValueError where the container does not know the codec.
    """
    output = container.add_stream_from_template(template)
    context = output.codec_context
    if context is not None and context.layout.name.endswith("channels") and context.channels in (1, 2):
        context.layout = "mono" if context.channels == 1 else "stereo"
    return output


def require_fit(source: Any, streams: Sequence[Any], infos: Sequence[AudioInfo], suffix: str, others: Sequence[str]):
    """Raise StudioError where a file of that suffix cannot hold one of the streams; it names one that can.

    source: the opened film; it is read from where it stands. others: suffixes that the video codec could go into.
    """
    packets = _some_packets(source, streams)
    for stream, info in zip(streams, infos, strict=True):
        if _holds(suffix, stream, packets[stream.index]):
            continue
        able = [
            other for other in (*others, ".mkv") if all(_holds(other, each, packets[each.index]) for each in streams)
        ]
        advice = "leave the sound out"
        if able:
            into = f"write a {able[0]} file" if able[0] in others else f"choose a codec that goes into {able[0]}"
            advice = f"{into}, or {advice}"
        raise StudioError(f"A {suffix} file cannot hold the film's {info.codec} sound: {advice}.")


def _some_packets(source: Any, streams: Sequence[Any]) -> dict[int, list[Any]]:
    """The first few packets of each stream."""
    packets: dict[int, list[Any]] = {stream.index: [] for stream in streams}
    with contextlib.suppress(av.error.FFmpegError):
        for number, packet in enumerate(source.demux(list(streams))):
            kept = packets[packet.stream.index]
            if packet.size and len(kept) < _TRIED:
                kept.append(packet)
            if number == _READ or all(len(kept) == _TRIED for kept in packets.values()):
                break
    return packets


def _holds(suffix: str, stream: Any, packets: Sequence[Any]) -> bool:
    trial = av.open(io.BytesIO(), "w", format=MUXERS[suffix])
    try:
        output = copied_stream(trial, stream)
        clock = 0
        for packet in packets:
            copy = av.Packet(bytes(packet))
            copy.stream, copy.time_base, copy.is_keyframe = output, packet.time_base, True
            copy.pts = copy.dts = clock
            copy.duration = packet.duration
            clock += packet.duration or 1
            trial.mux(copy)
        trial.start_encoding()
        trial.close()
    except (ValueError, av.error.FFmpegError):
        return False
    finally:
        with contextlib.suppress(ValueError, av.error.FFmpegError):
            trial.close()
    return True
