"""The rows of the timeline, one a file; `default_rows` puts them in order."""

from tcvc_studio.ui.timeline.rows.anchors import AnchorsRow
from tcvc_studio.ui.timeline.rows.confidence import ConfidenceRow
from tcvc_studio.ui.timeline.rows.flicker import FlickerRow
from tcvc_studio.ui.timeline.rows.row import Row
from tcvc_studio.ui.timeline.rows.ruler import RulerRow
from tcvc_studio.ui.timeline.rows.scores import ScoresRow
from tcvc_studio.ui.timeline.rows.shots import ShotsRow
from tcvc_studio.ui.timeline.rows.states import StatesRow
from tcvc_studio.ui.timeline.rows.thumbnails import ThumbnailsRow


def default_rows() -> tuple[Row, ...]:
    """New rows, from top to bottom; the first is pinned when the others scroll."""
    return (
        RulerRow(),
        ThumbnailsRow(),
        ShotsRow(),
        ScoresRow(),
        AnchorsRow(),
        StatesRow("backbone", "Backbone"),
        StatesRow("tcvc", "TCVC"),
        FlickerRow(),
        ConfidenceRow(),
    )
