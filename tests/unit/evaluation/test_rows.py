"""Rows kept over runs, means, and how figures are written."""

import math

import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.evaluation.rows import Mean, Rows, figure, mean_of, table_head, table_row, with_error


def test_what_was_measured_is_not_measured_again(tmp_path):
    path = tmp_path / "rows.jsonl"
    assert Rows(path).row({"film": "a"}, lambda: {"psnr": 1.5}) == {"psnr": 1.5}
    again = Rows(path)
    assert again.row({"film": "a"}, lambda: pytest.fail("it was kept")) == {"psnr": 1.5}
    assert again.row({"film": "b"}, lambda: {"psnr": None}) == {"psnr": None}
    assert Rows(path).row({"film": "b"}, lambda: pytest.fail("it was kept")) == {"psnr": None}


def test_without_a_file_rows_last_as_long_as_the_run():
    rows = Rows(None)
    assert rows.row({}, lambda: {"a": 1}) == rows.row({}, lambda: pytest.fail("it was kept"))
    assert Rows(None).row({}, lambda: {"a": 2}) == {"a": 2}


def test_a_line_broken_off_spoils_neither_itself_nor_the_next(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = Rows(path)
    rows.row({"n": 1}, lambda: {"v": 1})
    rows.row({"n": 2}, lambda: {"v": 2})
    path.write_text(path.read_text()[:-9])
    rows = Rows(path)
    assert rows.row({"n": 1}, lambda: pytest.fail("it was kept")) == {"v": 1}
    assert rows.row({"n": 2}, lambda: {"v": 22}) == {"v": 22}
    assert Rows(path).row({"n": 2}, lambda: pytest.fail("it was kept")) == {"v": 22}


def test_a_file_of_something_else(tmp_path):
    path = tmp_path / "rows"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudioError, match="cannot be read"):
        Rows(path)
    with pytest.raises(StudioError, match="cannot be kept"):
        Rows(tmp_path / "none" / "rows").row({}, dict)


def test_mean_and_standard_error():
    mean = mean_of([1, 2, 3, 4])
    assert mean.value == 2.5
    assert mean.error == pytest.approx(math.sqrt(5 / 3) / 2)
    assert math.isnan(mean_of([7]).error)
    with pytest.raises(ValueError):
        mean_of([])


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(39.467, 2, "39.47"), (0.001496, 6, ".001496"), (-0.02, 2, "-.02"), (100.04, 2, "100.04"), (0, 2, ".00"),
     (None, 2, "-"), (math.inf, 2, "-"), (10.0, 1, "10.0")],
)  # fmt: skip
def test_figures(value, digits, text):
    assert figure(value, digits) == text


def test_tables_are_markdown():
    assert table_head(["a", "b"]) == "| a | b |\n|---|---|"
    assert table_row(["1", with_error(Mean(23.512, 0.169))]) == "| 1 | 23.51 ± .17 |"
    assert with_error(Mean(1, math.nan)) == "1.00"
