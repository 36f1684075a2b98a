"""The export dialog: the requests it makes, what it says they will take, and what it refuses."""

from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_studio.app.export_request import estimated_bytes
from tcvc_studio.errors import StudioError
from tcvc_studio.project.shots import Shot
from tcvc_studio.ui.dialogs.export import ExportDialog
from tcvc_studio.ui.dialogs.export_model import (
    CONTENTS,
    PRESETS,
    Estimate,
    ExportSource,
    free_bytes,
    preset_named,
    with_suffix,
)
from tcvc_studio.ui.parts import readable_size
from tcvc_studio.ui.theme import apply_theme
from tests.unit.ui.window_kit import Answers, clipped, make_info, unnamed

ALL = (Shot(0, 100), Shot(100, 247), Shot(247, 900), Shot(900, 1000), Shot(1000, 2500))
SHOTS = (Shot(0, 100), Shot(100, 247), Shot(900, 1000))


@pytest.fixture
def source(tmp_path):
    return ExportSource(info=make_info(), name="reel-03", folder=tmp_path, marked=(100, 247), selected=SHOTS, shots=ALL)


@pytest.fixture
def dialog(qt, source):
    apply_theme(qt)
    made = ExportDialog(source, Answers(), free=lambda _: 10**12, speed=lambda _: 10.0)
    made.show()
    qt.processEvents()
    yield made
    made.close()


def choose(dialog, preset=None, content=None, range_name=None) -> None:
    if preset is not None:
        dialog._preset.setCurrentIndex(dialog._preset.findData(preset))
        dialog._preset.activated.emit(dialog._preset.currentIndex())
    if content is not None:
        dialog._content.setCurrentIndex(dialog._content.findData(content))
        dialog._content.activated.emit(dialog._content.currentIndex())
    if range_name is not None:
        dialog._range_buttons[range_name].setChecked(True)
    dialog.check_now()


@pytest.mark.parametrize(
    ("preset", "codec", "depth", "suffix"),
    [
        ("prores-hq", "prores-hq", None, ".mov"), ("prores-4444", "prores-4444", None, ".mov"),
        ("review", "h264", 8, ".mp4"), ("h265", "h265", 10, ".mp4"), ("ffv1", "ffv1", None, ".mkv"),
        ("tiff", "tiff", None, ""), ("png", "png", 16, ""), ("png-8", "png", 8, ""),
    ],
)  # fmt: skip
def test_each_preset_makes_its_request(dialog, tmp_path, preset, codec, depth, suffix):
    choose(dialog, preset, range_name="film")
    request = dialog.request()
    assert (request.codec, request.depth, request.path) == (codec, depth, tmp_path / f"reel-03-tcvc{suffix}")
    assert request.spans == ((0, 2500),) and request.content == "tcvc"
    # Pictures have no sound; only what has a rate factor is given one.
    assert request.audio == (suffix != "")
    assert (request.quality is not None) == (codec in ("h264", "h265"))
    assert dialog.problem == "" and dialog._go.isEnabled()


@pytest.mark.parametrize(
    ("range_name", "spans"),
    [("film", ((0, 2500),)), ("marks", ((100, 247),)), ("shots", ((0, 247), (900, 1000)))],
)
def test_each_range_makes_its_spans(dialog, range_name, spans):
    choose(dialog, range_name=range_name)
    assert dialog.request().spans == spans


@pytest.mark.parametrize("content", [content for content, _ in CONTENTS])
def test_each_content_has_its_name(dialog, content):
    choose(dialog, content=content)
    request = dialog.request()
    assert request.content == content and request.path.stem.startswith("reel-03-")
    assert len({dialog._source.suggested(dialog.preset, name) for name, _ in CONTENTS}) == len(CONTENTS)


def test_options_belong_to_their_codec(dialog):
    choose(dialog, "prores-hq")
    dialog._fast.setChecked(True)
    assert dialog.request().fast and not dialog.request().hardware
    assert dialog._fast.isVisible() and not dialog._hardware.isVisible() and not dialog._quality.isVisible()
    choose(dialog, "review")
    dialog._hardware.setChecked(True)
    dialog._quality.setValue(22)
    request = dialog.request()
    assert request.hardware and not request.fast and request.quality == 22.0


def test_a_film_without_sound_has_none_to_copy(qt, tmp_path):
    silent = ExportSource(info=make_info(audio=(), timecode=None), name="reel", folder=tmp_path)
    dialog = ExportDialog(silent, Answers(), free=lambda _: None)
    assert not dialog.request().audio and not dialog._audio.isEnabled()
    assert dialog._timecode.text() == "none: the film has none"
    assert not dialog._range_buttons["marks"].isEnabled() and not dialog._range_buttons["shots"].isEnabled()
    assert dialog.request().spans == ((0, 2500),)
    dialog.close()


def test_the_time_code_is_that_of_the_first_frame(dialog):
    choose(dialog, range_name="marks")
    assert dialog._timecode.text() == "begins at 10:00:04:04, as in the film"


def test_the_estimate_is_live(dialog):
    choose(dialog, "prores-hq", range_name="marks")
    size = readable_size(estimated_bytes(dialog.request(), make_info()))
    assert dialog._estimate.text() == f"147 frames  ·  about {size}  ·  about 15 s  ·  1.0 TB free"
    choose(dialog, range_name="film")
    size = readable_size(estimated_bytes(dialog.request(), make_info()))
    assert dialog._estimate.text().startswith(f"2,500 frames  ·  about {size}  ·  about 4 min 10 s")


def test_too_little_room_is_said_and_stops_it(qt, source):
    dialog = ExportDialog(source, Answers(), free=lambda _: 10**6)
    assert "too little room" in dialog.problem and not dialog._go.isEnabled()
    asked = []
    dialog.export_requested.connect(asked.append)
    dialog._export()
    assert asked == []
    dialog.close()


def test_what_the_encoder_refuses_is_said_in_the_dialog(qt, source):
    def refuse(_request) -> None:
        raise StudioError("The folder does not exist: make it, or write somewhere else.")

    dialog = ExportDialog(source, Answers(), check=refuse, free=lambda _: None)
    assert dialog.problem.startswith("The folder does not exist") and not dialog._go.isEnabled()
    dialog.close()


def test_an_export_without_a_name_is_refused(dialog):
    dialog._path.setText("  ")
    dialog.check_now()
    assert "no name" in dialog.problem and not dialog._go.isEnabled()


def test_a_name_of_ones_own_survives_another_format(dialog, tmp_path):
    dialog._path.setText(str(tmp_path / "mine.mov"))
    dialog._path.textEdited.emit(dialog._path.text())
    choose(dialog, "ffv1")
    assert dialog.request().path == tmp_path / "mine.mkv"
    choose(dialog, "tiff")
    assert dialog.request().path == tmp_path / "mine"
    choose(dialog, "review", content="backbone")
    assert dialog.request().path == tmp_path / "mine.mp4"


def test_a_relative_name_lies_beside_the_project(dialog, tmp_path):
    dialog._path.setText("part.mov")
    assert dialog.request().path == tmp_path / "part.mov"


def test_a_file_is_browsed_for_and_a_folder_for_pictures(dialog, tmp_path):
    dialog._ask.path = tmp_path / "chosen"
    dialog._browse.click()
    assert dialog.request().path == tmp_path / "chosen.mov" and dialog._ask.asked[-1][0] == "save"
    choose(dialog, "png")
    dialog._browse.click()
    assert dialog.request().path == tmp_path / "chosen" and dialog._ask.asked[-1][0] == "folder"
    dialog._ask.path = None
    dialog._browse.click()
    assert dialog.request().path == tmp_path / "chosen"


def test_what_will_be_replaced_is_said(dialog, tmp_path):
    (tmp_path / "there.mov").write_bytes(b"x")
    dialog._path.setText(str(tmp_path / "there.mov"))
    choose(dialog, range_name="film")
    assert dialog._message.level == "warning" and "replaced" in dialog._message.text and dialog._go.isEnabled()


def test_several_stretches_become_several_files(dialog, tmp_path):
    choose(dialog, "prores-hq", range_name="shots")
    assert dialog._message.text == "2 files are written, the first is reel-03-tcvc-shot-001.mov."
    (tmp_path / "reel-03-tcvc-shot-004.mov").touch()
    dialog.check_now()
    assert dialog._message.text == "reel-03-tcvc-shot-004.mov will be replaced: it is there already."
    choose(dialog, "tiff")
    assert dialog._message.text == ""


def test_a_suggested_name_is_new(source, tmp_path):
    (tmp_path / "reel-03-tcvc.mov").touch()
    assert source.suggested(preset_named("prores-hq"), "tcvc") == tmp_path / "reel-03-tcvc-2.mov"


def test_export_hands_over_the_request_and_closes(dialog):
    asked = []
    dialog.export_requested.connect(asked.append)
    choose(dialog, "h265", "side-by-side", "marks")
    dialog._go.click()
    assert asked == [dialog.request()] and not dialog.isVisible()


def test_changes_are_looked_at_a_moment_later(qt, dialog):
    from tests.qt import wait_until

    dialog._path.setText("")
    dialog._path.textEdited.emit("")
    wait_until(lambda: dialog.problem != "")


@pytest.mark.parametrize("size", [10, 16])
def test_words_are_whole_controls_named_and_it_fits_the_screen(qt, dialog, size):
    apply_theme(qt, size)
    for preset in PRESETS:
        choose(dialog, preset.id)
        for _ in range(3):
            qt.processEvents()
        assert clipped(dialog) == [], preset.id
        hint = dialog.sizeHint()
        assert hint.width() <= 1280 and hint.height() <= 700
    assert unnamed(dialog) == []
    apply_theme(qt)


def test_paths_take_the_presets_suffix():
    pairs = {
        ("a.mov", "review"): "a.mov", ("a", "ffv1"): "a.mkv", ("a.m4v", "h265"): "a.m4v", ("a.v2", "h265"): "a.v2.mp4",
        ("a.tif", "tiff"): "a", ("a.%06d.png", "png"): "a.%06d.png", ("a.mkv", "prores-hq"): "a.mkv",
    }  # fmt: skip
    for (name, preset), wanted in pairs.items():
        assert with_suffix(Path(name), preset_named(preset)) == Path(wanted)
    assert with_suffix(Path("a.mov"), preset_named("review"), usual=True) == Path("a.mp4")
    with pytest.raises(KeyError):
        preset_named("betacam")


def test_an_estimate_fits_unless_it_is_known_not_to():
    assert Estimate(frames=1, size=10).fits and Estimate(frames=1, size=10, free=11).fits
    assert not Estimate(frames=1, size=10, free=10).fits
    assert Estimate(frames=1, size=10**6).text == "1 frame  ·  about 1.0 MB"


def test_room_is_told_for_what_is_not_there_yet(tmp_path):
    assert free_bytes(tmp_path / "a" / "b" / "c.mov") > 0


def test_a_rate_of_broadcast_counts_dropped_frames(tmp_path):
    info = make_info(rate=Fraction(30000, 1001), timecode="00:00:59;29")
    source = ExportSource(info=info, name="a", folder=tmp_path)
    assert source.timecode(1).startswith("begins at 00:01:00;02")
