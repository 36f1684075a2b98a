"""What the tests of writing share: films described by hand, pictures, and reading back with nothing but PyAV."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.media.encode import create_encoder
from tcvc_studio.media.info import AudioInfo, FilmInfo, Picture
from tcvc_studio.media.planes import samples


def film(**changes) -> FilmInfo:
    """A film of 8 frames of 64x48 at 24 frames a second, 10 bit 4:2:2 limited, with any field changed."""
    frames = changes.get("frames", 8)
    described = FilmInfo(
        path=Path("film-that-is-not-there.mov"),
        kind="video",
        codec="prores",
        frames=frames,
        first_number=0,
        width=64,
        height=48,
        rate=Fraction(24),
        time_base=Fraction(1, 24),
        pts=np.arange(frames, dtype=np.int64),
        vfr=False,
        pixel_format="yuv422p10le",
        bit_depth=10,
        format=PlaneFormat(10, "limited", "bt709", (2, 1)),
        matrix="bt709",
        primaries="bt709",
        transfer="bt709",
        sar=Fraction(1),
        rotation=0,
        timecode=None,
        audio=(),
        interlaced=False,
        has_color=False,
    )
    return replace(described, **changes)


def film_of(path: Path, **changes) -> FilmInfo:
    """A file described by what PyAV says of its first video stream and of all its sound."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = Fraction(stream.time_base)
        pts = np.array(sorted(packet.pts for packet in container.demux(stream) if packet.size), np.int64)
        audio = tuple(
            AudioInfo(s.index, s.codec_context.name, s.rate, s.channels, s.layout.name, s.language)
            for s in container.streams.audio
        )
        described = {
            "path": path, "codec": stream.codec_context.name, "frames": len(pts), "pts": pts, "time_base": base,
            "rate": Fraction(stream.average_rate or 24), "width": stream.width, "height": stream.height, "audio": audio,
            "pixel_format": stream.pix_fmt, "bit_depth": 8, "format": PlaneFormat(8, "limited", "bt709", (2, 2)),
        }  # fmt: skip
    return film(**(described | changes))


def pictures(target: PlaneFormat, info: FilmInfo, count: int, seed: int = 0) -> list[Picture]:
    """Smooth moving pictures with a little grain, at every code the range allows in Y."""
    random = np.random.default_rng(seed)
    dtype = np.uint8 if target.depth == 8 else np.uint16
    black, span = target.luma_scale
    zero, chroma_span = target.chroma_scale
    top = 2**target.depth - 1
    low, wide = target.chroma_size(info.height, info.width)

    def plane(height, width, shift, base, reach):
        y, x = np.mgrid[0:height, 0:width]
        wave = np.sin(x / width * 5 + shift) * np.cos(y / height * 4 - shift / 2)
        noisy = base + reach * wave + random.normal(0, 2 ** (target.depth - 8), (height, width))
        return np.clip(np.rint(noisy), 0, top).astype(dtype)

    return [
        Picture(
            plane(info.height, info.width, i / 4, black + span / 2, span / 2),
            plane(low, wide, i / 5, zero, chroma_span / 8),
            plane(low, wide, i / 3, zero, chroma_span / 8),
        )
        for i in range(count)
    ]


def write(path: Path, codec: str, info: FilmInfo, given: list[Picture], *, first: int = 0, **options):
    """Encode pictures; returns the encoder, finished."""
    with create_encoder(path, codec, info, first=first, count=len(given), **options) as encoder:
        for number, picture in enumerate(given, first):
            encoder.write(picture, number)
        assert encoder.finish() == path
    return encoder


def decoded(path: Path) -> Iterator[av.VideoFrame]:
    """The pictures of a file's first video stream."""
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def planes_of(path: Path) -> list[tuple[np.ndarray, ...]]:
    """(Y, Cb, Cr) of every picture, values as coded."""
    return [tuple(np.array(plane) for plane in samples(frame)) for frame in decoded(path)]


def left_over(folder: Path) -> list[str]:
    """Names of what lies in a folder, hidden files included."""
    return sorted(path.name for path in folder.iterdir())


def film_with_sound(
    path: Path,
    codecs: list[str],
    *,
    frames: int = 24,
    rate: Fraction = Fraction(24),
    delay: int = 0,
    seconds: float = 1.0,
) -> FilmInfo:
    """Make a small film with a sound stream for each codec. delay: frames by which the picture begins late."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=rate)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sounds = [container.add_stream(codec, rate=48000, options={"strict": "-2"}) for codec in codecs]
        for number, sound in enumerate(sounds):
            sound.metadata["language"] = ("eng", "deu", "fra")[number % 3]
        random = np.random.default_rng(1)
        blocks = 0
        for number in range(max(frames, int(seconds * rate) + 1)):
            if number < frames:
                frame = av.VideoFrame(64, 48, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes([100 + number % 100]) * plane.buffer_size)
                frame.pts, frame.time_base = number + delay, 1 / rate
                container.mux(video.encode(frame))
            while blocks < int(48000 * seconds) // 1024 and blocks * 1024 * rate <= number * 48000:
                for sound in sounds:
                    container.mux(sound.encode(_noise(sound.codec_context.format.name, blocks * 1024, random)))
                blocks += 1
        for stream in (*sounds, video):
            container.mux(stream.encode(None))
    return film_of(path, rate=rate)


def _noise(form: str, pts: int, random: np.random.Generator) -> av.AudioFrame:
    block = av.AudioFrame(format=form, layout="stereo", samples=1024)
    for plane in block.planes:
        wave = random.normal(0, 0.05, plane.buffer_size // 4).astype(np.float32)
        plane.update(wave.tobytes() if form.startswith("flt") else random.bytes(plane.buffer_size))
    block.sample_rate, block.pts, block.time_base = 48000, pts, Fraction(1, 48000)
    return block


def sound_of(path: Path) -> list[bytes]:
    """All bytes of each sound stream's packets."""
    streams: dict[int, bytes] = {}
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.audio):
            if packet.size:
                streams[packet.stream.index] = streams.get(packet.stream.index, b"") + bytes(packet)
    return [streams[index] for index in sorted(streams)]
