"""What is known of a film in a container."""

import contextlib
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_studio.errors import StudioError
from tcvc_studio.media.coding import CodedAs, resolve_format
from tcvc_studio.media.container import film_stream, open_container
from tcvc_studio.media.decode import FrameIndex, FrameReader
from tcvc_studio.media.encode_tags import ColorTags
from tcvc_studio.media.info import AudioInfo, FilmInfo
from tcvc_studio.media.planes import layout_of
from tcvc_studio.media.rates import as_fraction, find_cadence
from tcvc_studio.media.survey import Survey, survey
from tcvc_studio.media.truncation import missing_bytes

if TYPE_CHECKING:
    import av

COLOR_NOTE = "The film has color: it is read for its luma alone, and its own color is not used."
_FLAGGED_NOTE = "The film is flagged as interlaced: deinterlace it first, or its lines will carry mixed colors."
_UNSEEN_NOTE = (
    "The film is flagged as interlaced, but no combing was seen in the frames looked at: if it is really progressive, "
    "allow interlaced material; else deinterlace it first."
)
_COMBED_NOTE = (
    "The film is flagged as progressive but its moving parts are combed, as in interlaced film: deinterlace it, or "
    "remove its pulldown, first."
)


def check_whole(path: Path) -> None:
    """Refuse a file that is missing, empty, or shorter than its own headers say. Raises StudioError."""
    try:
        if path.stat().st_size == 0:
            raise StudioError(f"{path.name} is empty: copy it again from its source.")
        missing = missing_bytes(path)
    except FileNotFoundError:
        raise StudioError(f"There is no film at {path}: check the name.") from None
    except OSError as error:
        raise StudioError(f"{path} cannot be read ({error.strerror}): check its permissions and its disk.") from None
    if missing:
        raise StudioError(
            f"{path.name} is cut off: {missing:,} bytes of it are missing; copy it again from its source, or remux "
            "what is left into a new file."
        )


def probe(path: Path, index: FrameIndex) -> FilmInfo:
    """What is known of a film: its headers, its first picture, and a look at frames spread over it.

    Raises StudioError where the first frame does not decode or its planes have no meaning to this program.
    """
    with contextlib.closing(FrameReader(path, index)) as reader:
        first = reader.picture(0)
        siting = _siting(first)
        look = survey(reader.picture, len(index), index.keys, pixels=first.width * first.height)
    with contextlib.closing(open_container(path)) as container:
        stream = film_stream(container, path)
        context = stream.codec_context
        layout = layout_of(first.format)
        tags = _tags(first, context)
        codec = context.codec.canonical_name
        coded = CodedAs(
            codec=codec,
            pixel_format=layout.pixel_format,
            depth=layout.depth,
            subsampling=layout.subsampling,
            is_rgb=layout.kind == "rgb",
            is_gray=layout.kind == "gray",
            width=first.width,
            height=first.height,
            color_range=tags.range,
            matrix=tags.matrix_name,
            siting=siting,
        )
        declared = [as_fraction(rate) for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate)]
        cadence = find_cadence(index.pts, index.time_base, declared=declared)
        notes = [*index.notes, *_stream_notes(container, stream)]
        flagged = look.flagged or int(context.field_order or 0) > 1
        notes += survey_notes(look, flagged=flagged)
        return FilmInfo(
            path=path,
            kind="video",
            codec=codec,
            frames=len(index),
            first_number=0,
            width=first.width,
            height=first.height,
            rate=cadence.rate,
            time_base=index.time_base,
            pts=index.pts,
            vfr=cadence.vfr,
            pixel_format=layout.pixel_format,
            bit_depth=layout.coded_bits,
            format=resolve_format(coded),
            matrix=tags.matrix_name,
            primaries=tags.primaries_name,
            transfer=tags.transfer_name,
            sar=as_fraction(stream.sample_aspect_ratio) or as_fraction(context.sample_aspect_ratio) or Fraction(1),
            rotation=int(first.rotation),
            timecode=_timecode(container, stream),
            audio=tuple(_audio(sound) for sound in container.streams.audio),
            interlaced=flagged or look.combed,
            has_color=look.has_color,
            notes=tuple(notes),
        )


def survey_notes(look: Survey, *, flagged: bool) -> list[str]:
    """The sentences a survey is worth."""
    notes = []
    if flagged:
        notes.append(_FLAGGED_NOTE if look.combed else _UNSEEN_NOTE)
    elif look.combed:
        notes.append(_COMBED_NOTE)
    if look.has_color:
        notes.append(COLOR_NOTE)
    return [*notes, *look.notes]


def _tags(frame: "av.VideoFrame", context: "av.VideoCodecContext") -> ColorTags:
    """The frame's color tags; what it leaves open, from the container."""
    seen, stated = ColorTags.of(frame), ColorTags.of(context)
    return ColorTags(
        range=seen.range or stated.range,
        matrix=seen.matrix if seen.matrix_name != "unspecified" else stated.matrix,
        primaries=seen.primaries if seen.primaries_name != "unspecified" else stated.primaries,
        transfer=seen.transfer if seen.transfer_name != "unspecified" else stated.transfer,
    )


def _siting(frame: "av.VideoFrame") -> str:
    """Where the chroma samples lie, in FFmpeg's words. PyAV does not hand it out, so FFmpeg's own filter that describes
    a frame is asked."""
    import av
    import av.logging

    if layout_of(frame.format).subsampling == (1, 1):
        return "unspecified"
    graph = av.filter.Graph()
    begin = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000), name="in"
    )
    describe, end = graph.add("showinfo"), graph.add("buffersink")
    begin.link_to(describe)
    describe.link_to(end)
    level = av.logging.get_level()
    try:
        av.logging.set_level(av.logging.INFO)
        with av.logging.Capture() as lines:
            graph.configure()
            graph.push(frame)
            graph.pull()
    except av.FFmpegError:
        return "unspecified"
    finally:
        av.logging.set_level(level)
    found = re.search(r"\bcl:(\w+)", "".join(text for _, name, text in lines if name == "showinfo"))
    return found[1] if found else "unspecified"


def _timecode(container: "av.container.InputContainer", stream: "av.VideoStream") -> str | None:
    """The timecode of the first frame, from the video track, a timecode track, or the file."""
    tracks = [stream, *(other for other in container.streams if other.type == "data")]
    for metadata in [*(track.metadata for track in tracks), container.metadata]:
        # Matroska has its tags in capitals.
        found = next((value for name, value in metadata.items() if name.lower() == "timecode" and value), None)
        if found:
            return found
    return None


def _audio(stream: "av.AudioStream") -> AudioInfo:
    context = stream.codec_context
    language = stream.metadata.get("language")
    return AudioInfo(
        index=stream.index,
        codec=context.codec.canonical_name if context else "unknown",
        rate=int(context.sample_rate or 0) if context else 0,
        channels=int(context.channels or 0) if context else 0,
        layout=context.layout.name if context and context.layout else "",
        language=None if language in (None, "", "und") else language,
    )


def _stream_notes(container: "av.container.InputContainer", stream: "av.VideoStream") -> list[str]:
    others = [other for other in container.streams.video if other.index != stream.index]
    pictures = [other for other in others if not int(other.disposition) & 0x400]
    if not pictures:
        return []
    return [f"The file has {len(pictures) + 1} video streams: the first of them, number {stream.index}, is the film."]
