"""Writing a film: one front for containers and picture sequences."""

from pathlib import Path
from typing import Protocol

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.errors import StudioError
from tcvc_studio.media.codecs import ExportCodec, codec_named, target_format
from tcvc_studio.media.info import FilmInfo, Picture


class Encoder(Protocol):
    """Takes the pictures of a film one by one and makes a file, or a numbered sequence, that appears when whole.

    As a context manager it aborts on leaving by an exception, or without `finish`.
    """

    #: Where the result will be: the file, or the folder or pattern of a sequence.
    path: Path
    #: The planes `write` takes.
    format: PlaneFormat
    #: What the result cannot carry over from the film, one sentence each.
    notes: tuple[str, ...]

    def write(self, picture: Picture, number: int) -> None:
        """Encode one picture, Y, Cb and Cr in `format`, as they are.

        number: its frame number in the film; frames come in order from the first on.
        Raises ValueError for a picture of another size or type or out of order, StudioError where it cannot be
        written (disk full, ...); then nothing is left behind.
        """
        ...

    def finish(self) -> Path:
        """Complete the file, check that it holds every frame, and put it under its final name. Returns that name.

        Raises StudioError where frames are missing or the file cannot be completed; then nothing is left behind.
        """
        ...

    def abort(self) -> None:
        """Give up and remove what was written; does nothing after `finish` or another `abort`."""
        ...

    def __enter__(self) -> "Encoder": ...

    def __exit__(self, *exception: object) -> None: ...


def create_encoder(
    path: Path,
    codec: str,
    info: FilmInfo,
    *,
    first: int = 0,
    count: int,
    audio: bool = True,
    fast: bool = False,
    hardware: bool = False,
    depth: int | None = None,
    quality: float | None = None,
) -> Encoder:
    """An encoder for the frames first..first + count - 1 of a film.

    path: the file to write, in a folder that exists; for png and tiff a folder (made if missing, in one that exists)
        or a pattern such as x.%06d.png or x.####.tif. It may not be the film itself.
    codec: a name of `media.codecs.CODECS`.  audio: copy the film's sound streams (not into picture sequences).
    fast: ProRes by FFmpeg's faster, less thrifty encoder.  hardware: H.264 and H.265 by NVENC where it works, which
        a trial frame finds out; else in software, which `notes` then says.
    depth: bits a sample, see `target_format`.  quality: constant rate factor of H.264 and H.265, lower is better.

    Carried over: exact rate or each frame's own time, time code (moved on to `first`), sample aspect ratio, rotation,
    color tags, chroma siting, languages of the sound streams.
    Raises StudioError, before anything is written, for what cannot be done; leftovers of killed runs are cleared.
    """
    path, chosen, target = _choose(path, codec, info, first=first, count=count, depth=depth, quality=quality)
    if chosen.sequence:
        from tcvc_studio.media.encode_sequence import SequenceEncoder

        return SequenceEncoder(path, chosen, info, first=first, count=count, target=target, audio=audio)

    from tcvc_studio.media.encode_container import ContainerEncoder

    return ContainerEncoder(
        path, chosen, info, first=first, count=count, target=target, audio=audio, fast=fast, hardware=hardware,
        quality=quality,
    )  # fmt: skip


def check_export(
    path: Path,
    codec: str,
    info: FilmInfo,
    *,
    first: int = 0,
    count: int,
    audio: bool = True,
    depth: int | None = None,
    quality: float | None = None,
) -> None:
    """Raise, before any work is done, the StudioError that `create_encoder` would raise of the same arguments.

    Writes nothing; rights to write into the folder only show when the encoder is made.
    """
    path, chosen, target = _choose(path, codec, info, first=first, count=count, depth=depth, quality=quality)
    if chosen.sequence:
        from tcvc_studio.media.encode_sequence import check_sequence

        check_sequence(path, chosen, info, first=first, count=count, target=target)
        return

    from tcvc_studio.media.encode_container import check_file, check_sound

    check_file(path, chosen, info, count=count, target=target)
    if audio:
        check_sound(path, chosen, info)


def _choose(
    path: Path, codec: str, info: FilmInfo, *, first: int, count: int, depth: int | None, quality: float | None
) -> tuple[Path, ExportCodec, PlaneFormat]:
    chosen = codec_named(codec)
    target = target_format(codec, info, depth)
    if not 0 <= first < first + count <= info.frames:
        raise StudioError(
            f"Frames {first} to {first + count - 1} do not lie in the film, which has frames 0 to {info.frames - 1}."
        )
    if quality is not None and not chosen.rated:
        raise StudioError(f"{chosen.title} has no quality setting: leave it out, or choose h264 or h265.")
    if quality is not None and not 0 <= quality <= 51:
        raise StudioError(f"A quality of {quality:g} is none: give one from 0, the best, to 51.")
    return Path(path).absolute(), chosen, target
