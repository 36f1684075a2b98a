"""What is known of a film, a shot or an anchor, in words: pure functions that the panels share."""

from fractions import Fraction

from tcvc_studio.media.info import FilmInfo
from tcvc_studio.project.model import FilmReference, Project
from tcvc_studio.project.shots import Shot
from tcvc_studio.project.timecode import Timecode, count_rate


def timecode_of(film: FilmReference, frame: int) -> str:
    """Time code of a frame; counted from zero where the film has none."""
    if film.timecode is None:
        return str(Timecode(frame, film.rate))
    first = Timecode.parse(film.timecode, film.rate)
    return str(Timecode(first.frames + frame, film.rate, first.drop))


def duration(frames: int, rate: Fraction) -> str:
    """A number of frames with the time they take: "147 frames, 5.9 s", "1,204 frames, 48.2 s", ..., "1:31:07"."""
    seconds = float(frames / rate)
    counted = f"{frames:,} frame{'' if frames == 1 else 's'}"
    if seconds < 60:
        return f"{counted}, {seconds:.1f} s"
    whole = round(seconds)
    clock = f"{whole // 60}:{whole % 60:02d}"
    if whole >= 3600:
        clock = f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{counted}, {clock}"


def rate_text(rate: Fraction) -> str:
    """Frames a second: "24 fps", "23.976 fps"."""
    if rate.denominator == 1:
        return f"{rate} fps"
    return f"{float(rate):.3f}".rstrip("0").rstrip(".") + " fps"


def shot_title(project: Project, shot: Shot) -> str:
    """ "Shot 3 of 12"."""
    shots = project.shots
    return f"Shot {shots.index(shot) + 1} of {len(shots)}"


def film_facts(info: FilmInfo) -> tuple[tuple[str, str], ...]:
    """Name and value of what a restorer asks first of a film."""
    size = f"{info.width} × {info.height}"
    if info.sar != 1:
        size += f", pixels {info.sar.numerator}:{info.sar.denominator}"
    depth = "float" if info.bit_depth >= 32 else f"{info.bit_depth} bit"
    tags = (info.matrix, info.primaries, info.transfer)
    color = tags[0] if len(set(tags)) == 1 else " / ".join(tags)
    sound = ", ".join(f"{a.codec} {a.channels} ch {a.rate / 1000:g} kHz" for a in info.audio) or "none"
    kind = info.codec if info.kind == "video" else f"{info.codec} pictures from number {info.first_number}"
    facts = [
        ("Coded as", f"{kind}, {info.pixel_format}"),
        ("Size", size),
        ("Rate", rate_text(info.rate) + (", varying" if info.vfr else "")),
        ("Length", duration(info.frames, info.rate)),
        ("Depth", f"{depth}, {info.format.range} range"),
        ("Color tags", color),
        ("Time code", info.timecode or f"none, counted at {count_rate(info.rate)}"),
        ("Sound", sound),
    ]
    if info.rotation:
        facts.append(("Turned", f"{info.rotation}°"))
    return tuple(facts)
