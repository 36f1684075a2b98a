"""What the viewer says of a picture is told by a shape and a word, never by color alone."""

from dataclasses import dataclass

import pytest

from tcvc_studio.ui.viewer.states import SpanIndex, badge


@dataclass
class Span:
    start: int
    stop: int
    layer: str
    state: str


def test_the_state_of_a_frame_is_that_of_the_span_that_holds_it():
    index = SpanIndex([
        Span(30, 40, "tcvc", "rendering"), Span(0, 18, "tcvc", "fresh"), Span(18, 30, "tcvc", "stale"),
        Span(5, 6, "backbone", "failed"),
    ])  # fmt: skip
    seen = [index.state("tcvc", n) for n in (0, 17, 18, 29, 30, 39, 40)]
    assert seen == ["fresh", "fresh", "stale", "stale", "rendering", "rendering", None]
    assert [index.state("backbone", n) for n in (4, 5, 6)] == [None, "failed", None]
    assert index.state("gray", 3) is None and SpanIndex().state("tcvc", 0) is None


@pytest.mark.parametrize("layer", ["backbone", "tcvc"])
def test_every_state_has_a_shape_of_its_own(layer):
    told = {
        badge(layer, "fresh", colored=True), badge(layer, "stale", colored=True),
        badge(layer, "rendering", colored=True), badge(layer, "failed", colored=True),
        badge(layer, None, colored=False),
    }  # fmt: skip
    assert len({b.shape for b in told}) == len({b.text for b in told}) == 5


def test_a_picture_without_color_says_that_it_is_gray_whatever_the_state():
    for state in (None, "fresh", "stale", "rendering", "failed"):
        assert "gray" in badge("tcvc", state, colored=False).text


def test_the_source_and_the_difference_have_no_state():
    assert badge("gray", "stale", colored=True).shape == "none"
    assert badge("difference", None, colored=False).text == ""
