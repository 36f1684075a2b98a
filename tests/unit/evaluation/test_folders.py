"""Films and photographs found in folders."""

import numpy as np
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.evaluation.folders import at_most, film_name, films_in, read_stills, stills_in, stills_there
from tests.unit.evaluation.pictures import color_picture, write_color_film, write_picture


def test_films_are_files_and_folders_of_pictures(tmp_path):
    (tmp_path / "b.mkv").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("none")
    (tmp_path / "empty").mkdir()
    write_color_film(tmp_path / "a", 2)
    assert [film_name(path) for path in films_in(tmp_path)] == ["a", "b"]
    assert films_in(tmp_path, ["b"]) == [tmp_path / "b.mkv"]
    assert films_in(tmp_path / "a") == [tmp_path / "a"]
    assert films_in(tmp_path / "b.mkv") == [tmp_path / "b.mkv"]


def test_folders_that_hold_none(tmp_path):
    for folder, sentence in ((tmp_path / "none", "no folder"), (tmp_path, "no film")):
        with pytest.raises(StudioError, match=sentence):
            films_in(folder)
    for folder, sentence in ((tmp_path / "none", "no folder"), (tmp_path, "no pictures")):
        with pytest.raises(StudioError, match=sentence):
            stills_in(folder)
    write_color_film(tmp_path / "a", 2)
    with pytest.raises(StudioError, match=r"no film c in .* has a"):
        films_in(tmp_path, ["c"])


def test_photographs_large_and_damaged(tmp_path):
    for number in range(4):
        write_picture(tmp_path / f"{number}.png", color_picture(number))
    assert stills_there(tmp_path) and not stills_there(tmp_path / "none")
    (first, third) = read_stills(stills_in(tmp_path, every=2), short_side=32)
    assert (first[0], third[0]) == ("0", "2") and first[1].shape == (32, 48, 3)
    assert np.array_equal(next(read_stills(stills_in(tmp_path), short_side=64))[1], color_picture(0))
    (tmp_path / "1.png").write_bytes(b"")
    with pytest.raises(StudioError, match=r"1\.png is damaged"):
        list(read_stills(stills_in(tmp_path), short_side=32))


def test_smaller_keeps_proportion():
    assert at_most(np.zeros((100, 250, 3), np.uint8), 40).shape == (40, 100, 3)
    assert at_most(np.zeros((30, 250, 3), np.uint8), 40).shape == (30, 250, 3)
