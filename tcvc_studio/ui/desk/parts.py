"""What the wiring works with, put together once by the window."""

from dataclasses import dataclass

from PySide6.QtWidgets import QDockWidget, QMainWindow

from tcvc_studio.app.studio import Studio
from tcvc_studio.ui.action_set import ActionSet
from tcvc_studio.ui.ask import Ask
from tcvc_studio.ui.notifier import Notifier
from tcvc_studio.ui.panels.cuts import CutsPanel
from tcvc_studio.ui.panels.inspector import Inspector
from tcvc_studio.ui.panels.jobs import JobsPanel
from tcvc_studio.ui.timeline.widget import Timeline
from tcvc_studio.ui.transport import Transport
from tcvc_studio.ui.viewer.area import ViewerArea
from tcvc_studio.ui.welcome import Welcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The studio, its window and what is in it. docks: by the name their action has, "inspector", "cuts", ..."""

    studio: Studio
    window: QMainWindow
    ask: Ask
    actions: ActionSet
    welcome: Welcome
    viewer: ViewerArea
    transport: Transport
    timeline: Timeline
    inspector: Inspector
    cuts: CutsPanel
    jobs: JobsPanel
    notifier: Notifier
    docks: dict[str, QDockWidget]
