"""The film that two pictures side by side make. Free of torch, so that an export can be estimated without it."""

from dataclasses import replace

from tcvc_studio.media.info import FilmInfo


def side_by_side_info(info: FilmInfo) -> FilmInfo:
    """What a film of two pictures side by side is: twice as wide, and upright, whatever way the film is turned.

    A film of an odd width loses its last column, so that both halves have whole chroma samples.
    """
    width, height, sar = info.width, info.height, info.sar
    if info.rotation % 180:
        width, height, sar = height, width, 1 / sar
    return replace(info, width=2 * (width - width % 2), height=height, sar=sar, rotation=0)
