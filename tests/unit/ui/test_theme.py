"""The theme: gray is gray, text can be read, and the style sheet is whole."""

import re
from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette

from tcvc_studio.assets import resources_folder
from tcvc_studio.ui.icons import NAMES, icon, pixmap
from tcvc_studio.ui.theme import COLORS, TEXT_SIZES, Colors, apply_theme, contrast, luminance, palette, style_sheet

NEUTRAL = (
    "surround", "window", "base", "alternate", "raised", "hover", "pressed", "line", "edge", "text", "dim", "off",
    "gray",
)  # fmt: skip
GROUNDS = ("window", "base", "alternate", "raised", "hover", "pressed")


@pytest.mark.parametrize("name", NEUTRAL)
def test_grounds_have_no_tint(name):
    color = QColor(getattr(COLORS, name))
    assert color.red() == color.green() == color.blue()


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("word", ["text", "dim", "accent", "warning", "error", "good"])
def test_words_can_be_read_on_every_ground(word, ground):
    assert contrast(getattr(COLORS, word), getattr(COLORS, ground)) >= 4.5


def test_selected_text_and_outlines_can_be_seen():
    assert contrast(COLORS.on_accent, COLORS.accent) >= 7
    for ground in ("window", "base"):
        assert contrast(COLORS.edge, getattr(COLORS, ground)) >= 3
        assert contrast(COLORS.accent, getattr(COLORS, ground)) >= 3
    assert contrast(COLORS.accent, COLORS.surround) >= 3
    assert contrast(COLORS.text, COLORS.surround) >= 4.5


def test_contrast_is_that_of_the_rule():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1
    assert luminance("#808080") == pytest.approx(0.2159, abs=1e-3)


def test_the_surround_is_as_dim_as_told():
    assert 0.08 <= luminance(COLORS.surround) <= 0.12


def test_the_palette_takes_the_themes_colors(qt):
    made = palette()
    assert made.color(QPalette.ColorRole.Window).name() == COLORS.window
    disabled = made.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled != made.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text)


def test_the_style_sheet_names_only_what_is_there(qt):
    sheet = style_sheet()
    # Only the comment's dollar is left.
    assert sheet.count("$") == 1
    paths = re.findall(r"url\((.*?)\)", sheet)
    assert paths and all(path.startswith(resources_folder().as_posix()) for path in paths)
    from pathlib import Path

    assert all(Path(path).is_file() for path in paths)
    assert {field.name for field in fields(Colors)} >= {"surround", "accent"}
    assert sheet.count("{") == sheet.count("}")


def test_the_style_sheet_is_understood_and_focus_is_framed(qt, capfd):
    from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

    apply_theme(qt)
    window = QWidget()
    layout = QVBoxLayout(window)
    button, field = QPushButton("Export", window), QLineEdit(window)
    layout.addWidget(field)
    layout.addWidget(button)
    window.show()
    window.activateWindow()
    # Fields outline themselves in the accent when they have the focus.
    for widget in (button, field):
        other = field if widget is button else button
        other.setFocus()
        qt.processEvents()
        before = _accented(widget)
        widget.setFocus()
        qt.processEvents()
        assert _accented(widget) > before + 40
    assert "Could not parse" not in capfd.readouterr().err


def _accented(widget) -> int:
    image = widget.grab().toImage()
    accent = QColor(COLORS.accent).rgb()
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(image.pixel(x, y) == accent for x, y in points)


def test_text_size_is_applied_within_bounds(qt):
    apply_theme(qt, 0)
    own = qt.font().pointSizeF()
    for asked, given in ((16, 16), (400, 32), (1, 7), (0, own), (10, 10)):
        apply_theme(qt, asked)
        assert qt.font().pointSizeF() == given
        assert qt.palette().color(QPalette.ColorRole.Window).name() == COLORS.window
    assert TEXT_SIZES[0] == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_draws_something(qt, name):
    assert not icon(name).isNull()
    image = pixmap(name, ratio=2.0).toImage()
    assert image.width() == 32
    assert any(image.pixelColor(x, y).alpha() > 100 for x in range(32) for y in range(32))


def test_an_icon_that_is_not_there_is_named(qt):
    with pytest.raises(KeyError):
        icon("no such icon")
