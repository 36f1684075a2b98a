"""What the options of `tcvc colorize` do to the picture."""

import json

import numpy as np
import pytest

from tests.e2e.conftest import run_main
from tests.e2e.films import chroma_of, luma_of, moving, shots, write_film, write_still


def test_a_range_has_the_colors_it_has_in_the_whole_film(film, tmp_path, colorize):
    colorize(film, tmp_path / "whole.mkv", "--interval", 7)
    facts = colorize(film, tmp_path / "part.mkv", "--interval", 7, "--range", "5:13", "--cache", tmp_path / "other")
    assert facts["frames"] == 8
    assert np.array_equal(chroma_of(tmp_path / "part.mkv"), chroma_of(tmp_path / "whole.mkv")[5:13])
    assert np.array_equal(luma_of(tmp_path / "part.mkv"), luma_of(film)[5:13])
    assert colorize(film, tmp_path / "tail.mkv", "--range", "20:")["frames"] == 4
    assert colorize(film, tmp_path / "head.mkv", "--range", ":3")["frames"] == 3


def test_a_single_image_depends_on_no_other(film, tmp_path, colorize):
    facts = colorize(film, tmp_path / "all.mkv", "--single-image", "--cuts", "auto")
    assert list(facts["intervals_by_method"]) == ["single"]
    colorize(film, tmp_path / "one.mkv", "--single-image", "--range", "9:10", "--cache", tmp_path / "other")
    assert np.abs(chroma_of(tmp_path / "one.mkv")[0] - chroma_of(tmp_path / "all.mkv")[9]).max() <= 1
    colorize(film, tmp_path / "carried.mkv")
    away = np.abs(chroma_of(tmp_path / "carried.mkv") - chroma_of(tmp_path / "all.mkv")).mean(axis=(1, 2, 3))
    assert away[9] > 3 > 2 > max(away[[0, 18, 23]]), "only anchors are much as the backbone colors them"


def test_an_ensemble_is_the_mean_of_its_lengths(film, tmp_path, colorize):
    for name, how in {"5": ("--interval", 5), "9": ("--interval", 9), "both": ("--ensemble", "5,9")}.items():
        facts = colorize(film, tmp_path / f"{name}.mkv", *how, "--fusion", "blend")
    assert facts["intervals_reused"] == facts["intervals"] == 7, "both lengths had been rendered before"
    five, nine, both = (chroma_of(tmp_path / f"{name}.mkv") for name in ("5", "9", "both"))
    assert np.abs(five - nine).mean() > 0.3
    assert np.abs((five + nine) / 2 - both).mean() < 0.5, "but for colors that no screen has"


def test_anchors_as_a_list_as_text_and_as_json(film, tmp_path, colorize):
    (tmp_path / "lines.txt").write_text("3\n11\n 19 \n")
    (tmp_path / "list.json").write_text("[19, 3, 11]")
    (tmp_path / "named.json").write_text(json.dumps({"anchors": [3, 11, 19], "by": "hand"}))
    first = colorize(film, tmp_path / "list.mkv", "--anchors", "3,11,19")
    # With automatic anchors at the film's ends: 0, 3, 11, 19, 23.
    assert (first["intervals"], first["intervals_reused"]) == (4, 0)
    for name in ("lines.txt", "list.json", "named.json"):
        again = colorize(film, tmp_path / "again.mkv", "--anchors", tmp_path / name)
        assert (again["intervals"], again["intervals_reused"]) == (4, 4)
    colorize(film, tmp_path / "alone.mkv", "--single-image")
    colorize(film, tmp_path / "usual.mkv")
    listed, usual = (
        np.abs(chroma_of(tmp_path / name) - chroma_of(tmp_path / "alone.mkv")).mean(axis=(1, 2, 3))
        for name in ("list.mkv", "usual.mkv")
    )
    # An anchor is much as the backbone colors it, settled with its neighbours; what lies between is not.
    assert max(listed[[3, 11, 19]]) < 2 < 3 < min(usual[[3, 11]])


def test_a_still_gives_its_anchor_and_its_shot_their_color(tmp_path, colorize):
    picture = shots(14, 10)
    film = write_film(tmp_path / "film.mkv", 24, picture=picture)
    (tmp_path / "cuts.json").write_text('{"cuts": [14]}')
    write_still(tmp_path / "stills", 4, picture(4))
    how = ("--cuts", tmp_path / "cuts.json", "--interval", 9)
    plain = colorize(film, tmp_path / "plain.mkv", *how)
    facts = colorize(film, tmp_path / "out.mkv", *how, "--anchor-stills", tmp_path / "stills")
    assert facts["cuts"] == [14]
    # Past a still nothing automatic comes in: one interval to each side of it.
    assert plain["intervals"] == 3 and (facts["intervals"], facts["intervals_reused"]) == (3, 1)
    assert facts["intervals_by_method"] == {"blend": 2}
    cr = chroma_of(tmp_path / "out.mkv")[:, 1]
    assert (cr[4] > 128 + 20).mean() > 0.9
    assert (np.median(cr[:14], axis=(1, 2)) > 128 + 15).all()
    # The other shot is as it was.
    assert np.array_equal(chroma_of(tmp_path / "out.mkv")[14:], chroma_of(tmp_path / "plain.mkv")[14:])


def test_another_still_renders_its_own_intervals_only(film, tmp_path, colorize):
    for number in (0, 8, 16, 23):
        write_still(tmp_path / "stills", number, moving()(number))
    colorize(film, tmp_path / "out.mkv", "--anchor-stills", tmp_path / "stills")
    write_still(tmp_path / "stills", 23, 1 - moving()(23))
    facts = colorize(film, tmp_path / "out.mkv", "--anchor-stills", tmp_path / "stills")
    assert (facts["intervals"], facts["intervals_reused"]) == (3, 2)


def test_cuts_are_found_unless_they_are_given(tmp_path, colorize):
    film = write_film(tmp_path / "film.mkv", 40, picture=shots(17, 23))
    assert colorize(film, tmp_path / "a.mkv", "--cuts", "auto", "--interval", 30)["cuts"] == [17]
    assert colorize(film, tmp_path / "b.mkv", "--cuts", "none", "--interval", 30)["cuts"] == []
    listed = run_main("cuts", film, "-o", tmp_path / "cuts.csv")
    assert listed.code == 0 and "1 cut in 40 frames" in listed.out
    facts = colorize(film, tmp_path / "c.mkv", "--cuts", tmp_path / "cuts.csv", "--interval", 30)
    assert facts["cuts"] == [17] and facts["intervals_reused"] == facts["intervals"] == 2


def test_color_does_not_cross_a_cut(tmp_path, colorize):
    """The second shot is colored alike whether the film has a first one or not."""
    draw = shots(12, 12)
    both = write_film(tmp_path / "both.mkv", 24, picture=draw)
    last = write_film(tmp_path / "last.mkv", 12, picture=lambda n: draw(n + 12))
    (tmp_path / "cuts.json").write_text('{"cuts": [12]}')
    colorize(both, tmp_path / "a.mkv", "--cuts", tmp_path / "cuts.json")
    colorize(last, tmp_path / "b.mkv")
    assert np.abs(chroma_of(tmp_path / "a.mkv")[12:] - chroma_of(tmp_path / "b.mkv")).max() <= 1


@pytest.mark.parametrize("frames", [1, 2, 3, 19])
def test_films_of_every_length(frames, tmp_path, colorize):
    film = write_film(tmp_path / "film.mkv", frames)
    assert colorize(film, tmp_path / "out.mkv")["frames"] == frames
    assert np.array_equal(luma_of(tmp_path / "out.mkv"), luma_of(film))


def test_shots_of_one_and_two_frames(tmp_path, colorize):
    film = write_film(tmp_path / "film.mkv", 12, picture=shots(1, 2, 1, 8))
    (tmp_path / "cuts.json").write_text("[1, 3, 4]")
    assert colorize(film, tmp_path / "out.mkv", "--cuts", tmp_path / "cuts.json")["intervals"] == 4
    assert len(chroma_of(tmp_path / "out.mkv")) == 12
