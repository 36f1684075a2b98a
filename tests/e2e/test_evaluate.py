"""`tcvc evaluate`, from arguments to tables, on networks drawn at random."""

import signal
import subprocess
import time

import cv2
import numpy as np
import pytest

from tests.e2e.conftest import run_main, start
from tests.unit.evaluation.pictures import color_picture, write_color_film, write_picture


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    write_color_film(folder / "left", 14, speed=-1.5, seed=3, width=112, height=80)
    write_color_film(folder / "right", 12, speed=1, ending="jpg", width=112, height=80)
    return folder


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    for seed in range(3):
        write_picture(folder / f"{seed}.png", color_picture(seed, width=80 + seed, height=70))
    return folder


@pytest.fixture
def networks(weights):
    return ["--weights", weights, "--device", "cpu", "--working-size", 64]


def _rows(text: str) -> list[list[str]]:
    """The cells of a markdown table's lines, head and rule left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_stills(photographs, networks):
    asked = ("evaluate", "stills", photographs, *networks, "--saturation", ".5,1")
    table, facts = run_main(*asked), run_main(*asked, "--json").facts
    assert table.code == 0, table.err
    rows = _rows(table.out)
    assert [row[0] for row in rows] == ["gray", "compact, chroma times .50", "compact", "truth"]
    assert facts["pictures"] == 3 and [row["saturation"] for row in facts["rows"]] == [0.5, 1.0]
    half, whole = facts["rows"]
    assert half["colorfulness"]["value"] < whole["colorfulness"]["value"]
    assert half["gray_psnr"] == whole["gray_psnr"]
    assert rows[0][1].startswith(f"{half['gray_psnr']['value']:.2f}")
    assert np.mean([row["psnr"] for row in whole["each"]]) == pytest.approx(whole["psnr"]["value"])


def test_films_way_by_way_and_again_from_the_rows_kept(films, networks, tmp_path):
    asked = ("evaluate", "films", films, *networks, "--interval", 4, "--rows", tmp_path / "rows.jsonl")
    result = run_main(*asked)
    assert result.code == 0, result.err
    rows = _rows(result.out)
    ways = ["truth", "gray", "backbone", "blend", "blend+", "TCVC", "TCVC+"]
    assert [row[:2] for row in rows] == [[film, way] for film in ("left", "right", "mean") for way in ways]
    assert "TCVC: CDC" in result.out and "blend: CDC" in result.out

    kept = (tmp_path / "rows.jsonl").read_text()
    assert len(kept.splitlines()) == 14
    facts = run_main(*asked, "--json").facts
    assert (tmp_path / "rows.jsonl").read_text() == kept, "nothing was measured again"
    scores = {(row["film"], row["way"]): row["score"] for row in facts["rows"]}
    assert scores["left", "truth"]["psnr"] is None and scores["left", "truth"]["l2_lab"] == 0
    assert scores["left", "gray"]["colorfulness"] == 0 < scores["left", "backbone"]["colorfulness"]
    assert facts["means"]["gray"]["psnr"] == pytest.approx(
        (scores["left", "gray"]["psnr"] + scores["right", "gray"]["psnr"]) / 2
    )
    figures = [tuple(scores["left", way].values()) for way in ways]
    assert len(set(figures)) == len(ways), "every way colors otherwise"

    part = run_main(*asked, "--films", "right", "--ways", "gray", "--frames", 5, "--json").facts
    assert [row["score"]["frames"] for row in part["rows"]] == [5]


def test_the_backbone_alone_is_what_colorize_writes(films, networks, tmp_path):
    """The same figures by way of a file and another reader."""
    facts = run_main("evaluate", "films", films, *networks, "--films", "left", "--ways", "backbone", "--json").facts
    out = tmp_path / "out.mkv"
    result = run_main(
        "colorize", films / "left", out, *networks, "--cache", tmp_path / "cache", "--single-image", "--codec", "ffv1"
    )
    assert result.code == 0, result.err
    reader, errors = cv2.VideoCapture(str(out)), []
    for number in range(14):
        shown = reader.read()[1].astype(np.float64)
        truth = cv2.imread(str(films / "left" / f"{number:05d}.png")).astype(np.float64)
        errors.append(10 * np.log10(255**2 / np.mean((shown - truth) ** 2)))
    assert facts["rows"][0]["score"]["psnr"] == pytest.approx(np.mean(errors), abs=0.05)


def test_anchors_are_worth_more_the_nearer_they_stand(films, networks, tmp_path):
    asked = (
        "evaluate", "anchors", films, *networks[:-1], "80,64", "--internal", "9,1", "--rows", tmp_path / "rows.jsonl"
    )  # fmt: skip
    result = run_main(*asked)
    assert result.code == 0, result.err
    assert "| N = 1, working size 64 | all | anchors | internal |" in result.out
    assert "36.0 dB holds up to N = |" in result.out
    facts = run_main(*asked, "--bar", 20, "--json").facts
    assert [(c["working_size"], list(c["means"])) for c in facts["curves"]] == [(64, ["1", "9"]), (80, ["1", "9"])]
    for curve in facts["curves"]:
        near, far = curve["means"]["1"], curve["means"]["9"]
        assert near["longest"] == 1 and far["longest"] == 9
        assert near["given"] == 7 + 1 + 6 + 1 and far["given"] == 3 + 3
        assert near["every"] > far["every"] and far["anchors"] > far["internal"] + 1
        assert curve["holds_up_to"] == 9 and curve["crosses_at"] is None
    small, large = facts["curves"]
    assert large["means"]["1"]["every"] != small["means"]["1"]["every"]
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 8


def test_hints_on_photographs_and_on_the_anchors_of_films(films, photographs, networks):
    asked = ("evaluate", "hints", photographs, *networks, "--counts", "5,0", "--sides", 7)
    result = run_main(*asked)
    assert result.code == 0, result.err
    none, five = _rows(result.out)
    assert none[0] == "0" and none[3:] == ["-"] * 3 and five[0] == "5" and five[5].endswith(" %")
    facts = run_main("evaluate", "hints", films, *networks, "--counts", 1, "--interval", 4, "--json").facts
    (row,) = facts["rows"]
    assert row["pictures"] == 4 + 4 and 0 <= row["met"] <= 1


def test_sheets_show_every_nth_frame(films, networks, tmp_path):
    out = tmp_path / "sheets"
    result = run_main("evaluate", "sheets", films, *networks, "-o", out, "--every", 2, "--cuts", "none", "--json")
    assert result.code == 0, result.err
    assert [sheet["frames"] for sheet in result.facts["sheets"]] == [[0, 2, 4, 6, 8, 10], [12], [0, 2, 4, 6, 8, 10]]
    assert sorted(path.name for path in out.iterdir()) == ["left-001.png", "left-002.png", "right-001.png"]
    sheet = cv2.imread(str(out / "left-001.png")).astype(int)
    assert sheet.shape[1] > 6 * 96 and sheet.shape[0] > 3 * 64
    colored = np.ptp(sheet, axis=-1).max(axis=1) > 20
    assert not colored[: sheet.shape[0] // 3].any() and colored[sheet.shape[0] // 2 :].any(), "gray stands on top"


def test_cost():
    asked = ("evaluate", "cost", "--networks", "compact", "--internal", 1, "--repeats", 1, "--device", "cpu")
    facts = run_main(*asked, "--json").facts
    (row,) = facts["rows"]
    assert row["network"] == "compact" and not row["drawn"] and facts["device"].startswith("cpu")
    assert 1e6 < row["parameters"] < 5e6 and 1e8 < row["macs"] < 1e11 and row["fusion_macs"] > 1e7
    assert all(rate > 0 for rate in row["rates"].values())


@pytest.mark.parametrize(
    "argv",
    [
        ("stills", "none"), ("films", "none"), ("anchors", "none"), ("hints", "none"), ("sheets", "none", "-o", "out"),
        ("stills", "."), ("films", "."), ("hints", "."), ("films", "film", "--films", "other"),
        ("films", "film", "--ways", "sepia"), ("anchors", "film", "--internal", "0"), ("hints", "film", "--sides", "0"),
        ("stills", "film", "--saturation", "no"), ("hints", "film", "--counts", "-1"), ("cost", "--networks", "vgg"),
        ("anchors", "film", "--working-size", "9"), ("stills", "film", "--weights", "none.pth"),
        ("anchors", "film", "--internal", "999"), ("films", "film", "--rows", "film"), ("sheets", "film"),
        ("sheets", "film", "-o", "film/00000.png"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_sentence(argv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "empty"
    folder.mkdir()
    if "film" in argv:
        write_color_film(tmp_path / "film", 2)
    elif "." in argv:
        monkeypatch.chdir(folder)
    assert run_main("evaluate", *argv).failed()


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_run_stopped_leaves_its_rows_and_nothing_else(which, weights, tmp_path, monkeypatch):
    temporary, rows = tmp_path / "temporary", tmp_path / "rows.jsonl"
    temporary.mkdir()
    for number in range(6):
        write_color_film(tmp_path / "films" / str(number), 30, seed=number, width=192, height=128)
    options = ["--weights", weights, "--device", "cpu", "--working-size", 64, "--rows", rows]
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = start("evaluate", "films", tmp_path / "films", *options)
    end = time.monotonic() + 120
    while not rows.exists() or not any(temporary.iterdir()):
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.02)
    process.send_signal(which)
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 130 and err.strip().endswith("tcvc: cancelled."), err
    assert not any(temporary.iterdir())
    kept = len(rows.read_text().splitlines())
    assert 0 < kept < 36 and len(_rows(out)) in (kept, kept - 1)
