from pathlib import Path

import pytest

from tcvc_studio.app.export_request import ExportRequest, estimated_bytes, files_of, guessed_writing, written_info
from tcvc_studio.errors import StudioError
from tcvc_studio.project.shots import shots_from_cuts
from tests.unit.engine.fakes import MemoryFilm

_SHOTS = shots_from_cuts((10, 30, 60), 100)


def _request(name="out.mov", codec="prores-hq", spans=((0, 100),), **fields):
    return ExportRequest(path=Path(name), codec=codec, spans=spans, **fields)


def _names(request, shots=_SHOTS):
    return [path.name for path, _, _ in files_of(request, shots)]


def test_one_span_goes_into_the_file_that_was_named():
    assert files_of(_request(spans=((5, 50),)), _SHOTS) == ((Path("out.mov"), 5, 50),)


def test_several_are_numbered_by_their_shots():
    assert _names(_request(spans=((10, 30), (60, 100)))) == ["out-shot-002.mov", "out-shot-004.mov"]
    assert _names(_request(spans=((60, 70), (80, 100)))) == ["out-shot-004.mov", "out-shot-004-2.mov"]
    many = shots_from_cuts(range(1, 2000), 2000)
    assert _names(_request(spans=((1500, 1501), (1999, 2000))), many) == ["out-shot-1501.mov", "out-shot-2000.mov"]


def test_pictures_go_into_one_folder_whatever_the_spans():
    assert _names(_request("frames", "png", spans=((10, 30), (60, 100)))) == ["frames", "frames"]


def test_two_pictures_side_by_side_are_twice_as_wide_and_as_large():
    info = MemoryFilm(100, width=96, height=64).info
    one, two = _request(), _request(content="side-by-side")
    assert (written_info(two, info).width, written_info(one, info).width) == (192, 96)
    assert estimated_bytes(two, info) == pytest.approx(2 * estimated_bytes(one, info), rel=0.01)
    assert guessed_writing(two, info) == pytest.approx(2 * guessed_writing(one, info))


@pytest.mark.parametrize(("rotation", "size"), [(0, (188, 64)), (90, (128, 95)), (180, (188, 64)), (-90, (128, 95))])
def test_side_by_side_is_upright_and_of_even_halves(rotation, size):
    info = MemoryFilm(10, width=95, height=64, rotation=rotation).info
    wide = written_info(_request(content="side-by-side"), info)
    assert (wide.width, wide.height, wide.rotation) == (*size, 0)


def test_a_codec_that_is_none_is_told():
    with pytest.raises(StudioError):
        estimated_bytes(_request(codec="cinepak"), MemoryFilm(10).info)
