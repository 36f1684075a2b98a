"""Which of FFmpeg's encoders makes a codec, and with what options."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from tcvc_studio.color.formats import PlaneFormat
from tcvc_studio.media.codecs import ExportCodec, pixel_format
from tcvc_studio.media.encode_planes import fill_p010, fill_planar
from tcvc_studio.media.encode_tags import ColorTags
from tcvc_studio.media.info import FilmInfo, Picture

_PRORES_PROFILES = {"prores-422": "2", "prores-hq": "3", "prores-4444": "4"}
_SOFTWARE = {"h264": "libx264", "h265": "libx265"}
_NVENC = {"h264": "h264_nvenc", "h265": "hevc_nvenc"}
#: Constant rate factors at which grain survives on a first look; the masters are the other codecs.
_QUALITY = {"h264": 16.0, "h265": 18.0}


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """encoder, pixel_format: FFmpeg's names. options: of the codec context. tag: four letters in mov and mp4, or None.

    restate_tags: true where the encoder's own headers misstate color tags and must be set right in its packets.
    note: why this is not quite what was asked for, or None.
    """

    encoder: str
    pixel_format: str
    options: dict[str, str]
    tag: str | None = None
    restate_tags: bool = False
    note: str | None = None

    def frame(self, picture: Picture) -> Any:
        """A new frame that holds the picture's planes."""
        height, width = picture.y.shape
        frame = av.VideoFrame(width, height, self.pixel_format)
        (fill_p010 if self.pixel_format == "p010le" else fill_planar)(frame, picture)
        return frame

    def prepare(self, context: Any, info: FilmInfo, tags: ColorTags, time_base: Fraction) -> None:
        """Set up a codec context that is not yet open."""
        context.width, context.height = info.width, info.height
        context.pix_fmt = self.pixel_format
        context.time_base = time_base
        context.framerate = info.rate
        context.sample_aspect_ratio = info.sar
        # The default, threads within a frame only, makes x264 slice pictures and ProRes wait.
        context.thread_type = "AUTO"
        # Without it packets get a mean duration, and the last frame of a film of varying rate a wrong one.
        context.flags |= int(av.codec.context.Flags.frame_duration)
        context.options = dict(self.options)
        if self.tag:
            context.codec_tag = self.tag
        tags.put_on(context)


def settings_for(
    codec: ExportCodec,
    info: FilmInfo,
    target: PlaneFormat,
    *,
    count: int,
    fast: bool,
    hardware: bool,
    quality: float | None,
    tags: ColorTags,
) -> EncoderSettings:
    """The settings for so many frames in a codec. hardware: NVENC, if a trial frame of the film's size comes out of it.
    """
    siting = {"chroma_sample_location": target.siting}
    planar = pixel_format(target)
    if codec.name in _PRORES_PROFILES:
        return _prores(codec, info, planar, fast=fast)
    if codec.name == "ffv1":
        # Every frame by itself, in slices with checksums: what archives ask of FFV1 (RFC 9043, version 3).
        options = {"level": "3", "g": "1", "slicecrc": "1", "context": "1"}
        if info.width % 8 == info.height % 8 == 0:
            # Other sizes do not divide into any number of slices; FFmpeg then finds one that goes.
            options["slices"] = "16" if info.width * info.height >= 500_000 else "4"
        return EncoderSettings("ffv1", planar, options | siting)
    factor = _QUALITY[codec.name] if quality is None else quality
    note = None
    if hardware:
        settings = _nvenc(codec, target, factor)
        if settings is not None and _encodes(settings, info, target, tags):
            return settings
        note = f"No graphics card here encodes this film in {codec.title}; it is encoded in software."
    options = {"preset": "medium", "crf": f"{factor:g}"}
    if codec.name == "h265":
        options["x265-params"] = "log-level=none"
        if count < 4:
            # x265 takes decode times from memory it never set where a film ends before its first B-frames are due.
            options["bf"] = "0"
    tag = "hvc1" if codec.name == "h265" else None
    return EncoderSettings(_SOFTWARE[codec.name], planar, options | siting, tag, note=note)


def _prores(codec: ExportCodec, info: FilmInfo, planar: str, *, fast: bool) -> EncoderSettings:
    options = {"profile": _PRORES_PROFILES[codec.name], "vendor": "apl0"}
    odd = info.width % 2 or info.height % 2
    if fast and not odd:
        return EncoderSettings("prores_aw", planar, options, restate_tags=True)
    # Bits without a bound: every slice gets the profile's finest quantizer, so that color takes none from luma.
    options["bits_per_mb"] = "8192"
    if codec.name == "prores-4444":
        options["alpha_bits"] = "0"
    note = "The fast ProRes encoder takes even sizes only; the thorough one is used." if fast else None
    return EncoderSettings("prores_ks", planar, options, note=note)


def _nvenc(codec: ExportCodec, target: PlaneFormat, factor: float) -> EncoderSettings | None:
    if target.subsampling != (2, 2):
        return None
    options = {"preset": "p5", "rc": "vbr", "cq": f"{factor:g}", "b": "0", "chroma_sample_location": target.siting}
    return EncoderSettings(
        _NVENC[codec.name],
        "yuv420p" if target.depth == 8 else "p010le",
        options,
        "hvc1" if codec.name == "h265" else None,
    )


def _encodes(settings: EncoderSettings, info: FilmInfo, target: PlaneFormat, tags: ColorTags) -> bool:
    """True where the encoder makes packets here. It is listed on machines without its hardware too."""
    dtype = np.uint8 if target.depth == 8 else np.uint16
    gray = np.full((info.height, info.width), 2 ** (target.depth - 1), dtype)
    height, width = target.chroma_size(info.height, info.width)
    try:
        context = av.CodecContext.create(settings.encoder, "w")
        settings.prepare(context, info, tags, 1 / info.rate)
        frame = settings.frame(Picture(gray, gray[:height, :width], gray[:height, :width]))
        frame.pts = 0
        frame.time_base = 1 / info.rate
        return any(packet.size for packet in [*context.encode(frame), *context.encode(None)])
    except (av.error.FFmpegError, ValueError, OSError):
        return False


def restate_tags(packet: Any, tags: ColorTags) -> None:
    """Write color tags into a ProRes frame's header (SMPTE RDD 36, 5.1.1: bytes 14 to 16 of the frame header).

    prores_aw writes zeros for tags it does not know, such as those of standard definition.
    """
    header = np.frombuffer(packet, np.uint8)
    if bytes(header[4:8]) == b"icpf":
        header[22:25] = (tags.primaries, tags.transfer, tags.matrix)
