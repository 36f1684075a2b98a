"""Lists of cuts in files: what is written is read again, what is wrong is told."""

import json
import os
from fractions import Fraction

import pytest

from tcvc_studio.analysis.cuts_file import CutList, read_cut_list, read_cuts, write_cut_list
from tcvc_studio.errors import StudioError

RATE = Fraction(24000, 1001)


def test_json_comes_back_whole(tmp_path):
    found = CutList((30, 76), ((60, 80),), "bikes.mp4", 250, RATE, {"note": {"by": "Anna"}, "scores": {"30": 0.9}})
    write_cut_list(tmp_path / "cuts.json", found)
    assert read_cut_list(tmp_path / "cuts.json") == found
    assert read_cuts(tmp_path / "cuts.json", 250) == (30, 76)


def test_json_has_the_shape_others_read(tmp_path):
    write_cut_list(tmp_path / "cuts.json", CutList((30, 76), frames=250, rate=RATE))
    values = json.loads((tmp_path / "cuts.json").read_text())
    assert values["cuts"] == [30, 76]
    assert values["rate"] == "24000/1001"


def test_keys_of_others_survive_reading_and_writing(tmp_path):
    (tmp_path / "a.json").write_text('{"cuts": [5], "reel": "AA/Müller", "grades": [[1, 2]]}', encoding="utf-8")
    write_cut_list(tmp_path / "b.json", read_cut_list(tmp_path / "a.json"))
    values = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert values["reel"] == "AA/Müller" and values["grades"] == [[1, 2]] and values["cuts"] == [5]


def test_a_bare_list_is_taken(tmp_path):
    (tmp_path / "cuts.json").write_text("[5, 9]")
    assert read_cuts(tmp_path / "cuts.json", 10) == (5, 9)


def test_csv_has_time_codes(tmp_path):
    found = CutList((24, 1800), rate=Fraction(30000, 1001), frames=2000)
    write_cut_list(tmp_path / "cuts.csv", found, timecode="00:59:59;00")
    text = (tmp_path / "cuts.csv").read_bytes().decode()
    assert text == "frame,timecode\n24,00:59:59;24\n1800,01:00:59;00\n"
    assert read_cuts(tmp_path / "cuts.csv", 2000) == (24, 1800)


@pytest.mark.parametrize("timecode", [None, "", "tomorrow", "00:00:10;00", "01:00:00:31"])
def test_csv_counts_from_zero_without_a_time_code_that_can_be(tmp_path, timecode):
    write_cut_list(tmp_path / "cuts.csv", CutList((25,), rate=Fraction(25)), timecode=timecode)
    assert (tmp_path / "cuts.csv").read_text() == "frame,timecode\n25,00:00:01:00\n"


@pytest.mark.parametrize(
    "text",
    [
        "5\n9\n",
        "frame;timecode\r\n5;00:00:00:05\r\n9;00:00:00:09\r\n",
        "\ufeffframe,timecode,remark\n5,,door\n\n9,,\n",
        "# by hand\nframe\n5\n9",
        '"frame"\t"name"\n"5"\t"a"\n"9"\t"b"\n',
    ],
)
def test_csv_of_other_programs(tmp_path, text):
    (tmp_path / "cuts.csv").write_bytes(text.encode())
    assert read_cuts(tmp_path / "cuts.csv", 10) == (5, 9)


def test_an_empty_list_is_a_film_of_one_shot(tmp_path):
    (tmp_path / "cuts.csv").write_text("frame,timecode\n")
    assert read_cuts(tmp_path / "cuts.csv", 10) == ()
    write_cut_list(tmp_path / "cuts.json", CutList(()))
    assert read_cuts(tmp_path / "cuts.json", 10) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"cut": [3]}', "holds no cuts"),
        ('{"cuts": 3}', "holds no cuts"),
        ("3", "holds no cuts"),
        ('{"cuts": ["a"]}', "no frame number"),
        ('{"cuts": [true]}', "no frame number"),
        ('{"cuts": [2.5]}', "no frame number"),
        ('{"cuts": [NaN]}', "no frame number"),
        ('{"cuts": [null]}', "no frame number"),
        ('{"cuts": [9, 5]}', "sort the list"),
        ('{"cuts": [5, 5]}', "stands twice"),
        ('{"cuts": [0]}', "always begins a shot"),
        ('{"cuts": [10]}', "outside the film"),
        ('{"cuts": [5], "frames": 11}', "film of 11 frames and this film has 10"),
        ('{"cuts": [50], "frames": 11}', "outside the film"),
        ('{"cuts": [5], "frames": "many"}', "whole number"),
        ('{"cuts": [5], "film": 3}', "should be text"),
        ('{"cuts": [5], "rate": "fast"}', "rate"),
        ('{"cuts": [5], "rate": "1/0"}', "rate"),
        ('{"cuts": [5], "rate": -24}', "rate"),
        ('{"cuts": [5], "fades": [3]}', "pairs"),
        ('{"cuts": [5], "fades": [[4, 4]]}', "ends before it begins"),
    ],
)
def test_wrong_json_is_told_in_one_sentence(tmp_path, text, says):
    (tmp_path / "cuts.json").write_text(text)
    with pytest.raises(StudioError, match=says) as caught:
        read_cuts(tmp_path / "cuts.json", 10)
    assert "cuts.json" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [("5\nseven\n", "Line 2"), ("00:00:05:00\n", "Line 1"), ("9\n5\n", "sort the list"), ("-4\n", "Line 1")],
)
def test_wrong_csv_is_told_in_one_sentence(tmp_path, text, says):
    (tmp_path / "cuts.csv").write_text(text)
    with pytest.raises(StudioError, match=says):
        read_cuts(tmp_path / "cuts.csv", 10)


def test_what_is_no_text_is_told(tmp_path):
    (tmp_path / "cuts.json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(StudioError, match="not text"):
        read_cuts(tmp_path / "cuts.json", 10)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(StudioError, match="no file"):
        read_cuts(tmp_path / "none.json", 10)
    with pytest.raises(StudioError, match="cannot be read"):
        read_cuts(tmp_path, 10)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(StudioError, match="folder"):
        write_cut_list(tmp_path / "none" / "cuts.json", CutList((3,)))


def test_csv_without_a_rate_is_told(tmp_path):
    with pytest.raises(StudioError, match="write JSON"):
        write_cut_list(tmp_path / "cuts.csv", CutList((3,)))
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_list_and_nothing_else(tmp_path, monkeypatch):
    write_cut_list(tmp_path / "cuts.json", CutList((3,)))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StudioError, match="full"):
        write_cut_list(tmp_path / "cuts.json", CutList((4,)))
    assert os.listdir(tmp_path) == ["cuts.json"]
    assert read_cuts(tmp_path / "cuts.json", 10) == (3,)
