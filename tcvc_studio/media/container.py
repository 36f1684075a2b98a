"""Containers: opened with errors a restorer understands, and set up so that damage is never passed over."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tcvc_studio.errors import StudioError

if TYPE_CHECKING:
    import av

#: Codecs whose decoders conceal damage and mark the picture as corrupt.
_MARKING = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4", "h263", "msmpeg4v3", "wmv1", "wmv2", "vc1"})


def open_container(path: Path) -> "av.container.InputContainer":
    """Open a file for reading. Raises StudioError for a missing file and for one that is no film."""
    import av

    try:
        # Names of tracks are often in an older encoding; they must not keep a film from opening.
        return av.open(str(path), metadata_errors="replace")
    except (FileNotFoundError, IsADirectoryError):
        raise StudioError(f"There is no film at {path}: check the name.") from None
    except PermissionError:
        raise StudioError(f"{path} cannot be read: its permissions do not allow it.") from None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise StudioError(
            f"{path.name} is not a film this program can read, or its beginning or table of contents is missing "
            f"({reason(error)}): check the file, or copy it again from its source."
        ) from None


def film_stream(container: "av.container.InputContainer", path: Path) -> "av.VideoStream":
    """The first video stream that is not a cover picture. Raises StudioError where there is none."""
    # FFmpeg would draw the letters of a text file.
    streams = container.streams.video if container.format.name not in ("tty", "bin", "xbin", "adf", "idf") else ()
    for stream in streams:
        if not int(stream.disposition) & 0x400:  # AV_DISPOSITION_ATTACHED_PIC
            if stream.codec_context is None or not stream.codec_context.codec:
                raise StudioError(f"{path.name} is coded in a way this program cannot decode: convert it to ProRes.")
            return stream
    raise StudioError(f"{path.name} has no video stream: choose a file with pictures.")


def marks_damage(stream: "av.VideoStream") -> bool:
    """Whether the codec's decoder marks pictures that it had to conceal damage in."""
    return stream.codec_context.name in _MARKING


def configure(stream: "av.VideoStream", *, threads: Literal["AUTO", "SLICE"], strict: bool) -> None:
    """Prepare a stream for decoding.

    threads: AUTO decodes several frames at once where the codec can; SLICE one after the other.
    strict: fail at damage instead of concealing it.
    """
    stream.thread_type = threads
    if strict:
        stream.codec_context.options = {"err_detect": "crccheck+explode"}


def reason(error: Any) -> str:
    """What went wrong, in the system's words."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def clock(seconds: float) -> str:
    """A time as hours, minutes, seconds and milliseconds: 0:01:02.345."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest / 1000:06.3f}"
