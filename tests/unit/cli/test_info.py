"""tcvc info: for people and for machines."""

import argparse
import json
from fractions import Fraction

import pytest

from tcvc_studio.cli import info
from tcvc_studio.errors import StudioError
from tests.films import write_bar_film, write_bar_sequence


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    info.add_parser(parser.add_subparsers())
    args = parser.parse_args(["info", *map(str, arguments)])
    return args.run(args)


def test_json_tells_all_that_is_known(tmp_path, capsys):
    path = write_bar_film(
        tmp_path / "a.mov",
        48,
        codec="prores_ks",
        pixel_format="yuv422p10le",
        rate=Fraction(24000, 1001),
        tags=(1, 1, 1),
        timecode="01:00:00:12",
        sar=Fraction(4, 3),
        audio=2,
        audio_codec="pcm_s16le",
    )
    assert run(path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {key: found[key] for key in ("frames", "width", "height", "rate", "pixel_format", "bit_depth")} == {
        "frames": 48,
        "width": 96,
        "height": 64,
        "rate": "24000/1001",
        "pixel_format": "yuv422p10le",
        "bit_depth": 10,
    }
    tags = ("range", "matrix", "primaries", "transfer", "sar", "rotation", "timecode")
    assert [found[key] for key in tags] == ["limited", "bt709", "bt709", "bt709", "4:3", 0, "01:00:00:12"]
    assert [(sound["codec"], sound["channels"]) for sound in found["audio"]] == [("pcm_s16le", 2)] * 2
    assert found["duration"] == pytest.approx(2.002)
    assert (found["subsampling"], found["vfr"], found["interlaced"], found["has_color"]) == (
        "4:2:2",
        False,
        False,
        False,
    )


def test_the_table_is_aligned_and_tells_what_to_mind(tmp_path, capsys):
    path = write_bar_film(tmp_path / "a.mp4", 48, rate=Fraction(30000, 1001), chroma=0.1, rotation=90)
    assert run(path) == 0
    text = capsys.readouterr().out
    table, note = text.split("\n\n", 1)
    rows = dict(line.split("  ", 1) for line in table.splitlines())
    assert len({len(line) - len(line.split("  ", 1)[1].lstrip()) for line in table.splitlines()}) == 1
    assert rows["Rate"].strip() == "29.97 frames/s (30000/1001)"
    assert "turned 90 degrees counterclockwise" in rows["Size"]
    assert "not tagged, read as bt601" in text
    assert rows["Sound"].strip() == "none"
    assert note.startswith("Note: The film has color")


def test_a_sequence_has_the_rate_given(tmp_path, capsys):
    write_bar_sequence(tmp_path, 5, first=101)
    assert run(tmp_path, "--json", "--fps", "24000/1001") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rate"], found["first_number"], found["kind"], found["frames"]) == ("24000/1001", 101, "sequence", 5)
    assert run(tmp_path) == 0
    assert "numbered from 101" in capsys.readouterr().out


@pytest.mark.parametrize("rate", ["0", "-24", "fast", "24/0"])
def test_a_rate_that_is_none_is_refused(rate, tmp_path, capsys):
    write_bar_sequence(tmp_path, 2)
    with pytest.raises(SystemExit):
        run(tmp_path, f"--fps={rate}")
    assert "frame rate" in capsys.readouterr().err


def test_errors_are_left_to_the_program(tmp_path):
    with pytest.raises(StudioError, match="no film at"):
        run(tmp_path / "nothing.mov")
