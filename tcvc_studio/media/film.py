"""Opening a film, whatever it is kept in: one video file or a sequence of numbered pictures."""

from fractions import Fraction
from pathlib import Path

from tcvc_studio.errors import StudioError
from tcvc_studio.media.progress import Progress, no_progress
from tcvc_studio.media.source import PICTURE_SUFFIXES, Film

__all__ = ["PICTURE_SUFFIXES", "Film", "open_film"]


def open_film(path: str | Path, *, rate: Fraction | None = None, progress: Progress = no_progress) -> Film:
    """Open a video file, a folder of numbered pictures, or a pattern of them (reel.%06d.dpx, reel.####.exr).

    rate: frames a second of a sequence, 24 where it is not given (23.976 is taken for 24000/1001); a video has its own.
    progress: called while a film is indexed; what it raises ends the opening.
    Opening measures: it indexes the film, and looks at some frames for color and combing (`info.notes` tells).
    Raises StudioError where there is no such film, it cannot be read, is cut off, or has no frames.
    """
    # av takes a while to load and is not needed before a film is.
    from tcvc_studio.media.rates import standardized
    from tcvc_studio.media.sequence import SequenceFilm, is_pattern
    from tcvc_studio.media.video import VideoFilm

    path = Path(path)
    if rate is not None and rate <= 0:
        raise StudioError(f"A rate of {rate} frames a second is none: give one above 0.")
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except OSError as error:
        raise StudioError(f"{path} cannot be read ({error.strerror}): check the name and its permissions.") from None
    if is_folder or (is_file and path.suffix.lower() in PICTURE_SUFFIXES) or (not is_file and is_pattern(path)):
        return SequenceFilm.open(path, rate=standardized(rate or Fraction(24)))
    if rate is not None and is_file:
        raise StudioError(f"{path.name} is a video and has its own rate: give one for sequences of pictures only.")
    return VideoFilm.open(path, progress=progress)
