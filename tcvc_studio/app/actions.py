"""Everything the studio can be told to do, in one table: menus, toolbar and shortcuts come from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

#: What must be there before an action makes sense.
Need = Literal["film", "selection", "anchor", "cut", "work"]

#: The menu bar, from left to right; the letter after & is its mnemonic.
MENUS: tuple[str, ...] = ("&File", "&Edit", "&View", "F&ilm", "&Timeline", "&Anchors", "&Render", "&Window", "&Help")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One action.

    id: by which the window connects it, "menu.verb". text: as the menu shows it, without mnemonic; an ellipsis at its
        end says that a dialog asks for more.
    icon: name in `ui.icons`, or None. shortcuts: in Qt's portable form, the first one is shown.
    tip: half a sentence for the tooltip. status: one sentence for the status bar.
    menu: path below the menu bar, "View" or "View/Compare". group: a line is drawn between groups of one menu.
    checkable: it can be on or off. choice: it is one of several of which exactly one is on, and this is their name.
    toolbar: it stands in the toolbar too. needs: it is enabled only while that is there.
    """

    id: str
    text: str
    icon: str | None = None
    shortcuts: tuple[str, ...] = ()
    tip: str
    status: str
    menu: str
    group: str = ""
    checkable: bool = False
    choice: str | None = None
    toolbar: bool = False
    needs: Need | None = None

    @property
    def tooltip(self) -> str:
        """The tip with the first shortcut behind it."""
        return f"{self.tip} ({self.shortcuts[0]})" if self.shortcuts else self.tip


def _spec(id: str, text: str, keys: str, icon: str | None, menu: str, tip: str, status: str, **more) -> ActionSpec:
    """keys: shortcuts with blanks between them."""
    menu, _, group = menu.partition("#")
    return ActionSpec(
        id=id, text=text, icon=icon, shortcuts=tuple(keys.split()), tip=tip, status=status, menu=menu, group=group,
        **more,
    )  # fmt: skip


_FILE = (
    _spec("file.open_film", "Open Film…", "Ctrl+O", "open", "File#open", "Open a film",
          "Open a video file and begin a new project with it.", toolbar=True),
    _spec("file.open_sequence", "Open Image Sequence…", "Ctrl+Alt+O", "sequence", "File#open",
          "Open a folder of numbered pictures", "Open a folder of numbered pictures as a film."),
    _spec("file.open_project", "Open Project…", "Ctrl+Shift+O", "project", "File#open", "Open a saved project",
          "Open a project that was saved before."),
    _spec("file.open_demo", "Open Demo Film", "", "film", "File#open", "Open the demo film",
          "Open the short film that comes with the program's demo package."),
    _spec("file.clear_recent", "Clear List", "", None, "File/Open Recent#clear", "Forget the recent films and projects",
          "Empty the list of recent films and projects; no file is touched."),
    _spec("file.save", "Save Project", "Ctrl+S", "save", "File#save", "Save the project",
          "Save the project; the film itself is never written to.", toolbar=True, needs="film"),
    _spec("file.save_as", "Save Project As…", "Ctrl+Shift+S", "save_as", "File#save",
          "Save the project under another name", "Save the project under another name and go on working in that one.",
          needs="film"),
    _spec("file.export", "Export…", "Ctrl+E", "export", "File#export", "Export the colored film",
          "Write the colored film to a file; the work goes on meanwhile.", toolbar=True, needs="film"),
    _spec("file.relink", "Find Moved Film…", "", "relink", "File#export", "Say where the film is now",
          "Show the project where its film lies now, after it has been moved or renamed.", needs="film"),
    _spec("file.close", "Close Project", "Ctrl+W", "close", "File#close", "Close the project",
          "Close the project; edits that are not saved are asked about.", needs="film"),
    _spec("file.quit", "Quit", "Ctrl+Q", None, "File#close", "Leave the studio",
          "Leave the studio; edits that are not saved are asked about."),
)  # fmt: skip

_EDIT = (
    _spec("edit.undo", "Undo", "Ctrl+Z", "undo", "Edit#undo", "Undo the last edit", "Take the last edit back."),
    _spec("edit.redo", "Redo", "Ctrl+Shift+Z Ctrl+Y", "redo", "Edit#undo", "Redo the edit that was undone",
          "Do the edit again that was taken back."),
    _spec("edit.delete", "Delete", "Del Backspace", "delete", "Edit#select", "Delete the selected cuts and anchors",
          "Delete the selected cuts and anchors; locked anchors stay.", needs="selection"),
    _spec("edit.select_all", "Select All", "Ctrl+A", None, "Edit#select", "Select all cuts or anchors of the lane",
          "Select everything in the lane of the timeline that was used last.", needs="film"),
    _spec("edit.select_none", "Select Nothing", "Ctrl+Shift+A", None, "Edit#select", "Give up the selection",
          "Give up the selection of cuts and anchors.", needs="selection"),
    _spec("edit.nudge_left", "Nudge One Frame Left", "Alt+Left", "nudge_left", "Edit#nudge",
          "Move the selection one frame to the left", "Move the selected cuts and anchors one frame earlier.",
          needs="selection"),
    _spec("edit.nudge_right", "Nudge One Frame Right", "Alt+Right", "nudge_right", "Edit#nudge",
          "Move the selection one frame to the right", "Move the selected cuts and anchors one frame later.",
          needs="selection"),
    _spec("edit.preferences", "Preferences…", "Ctrl+,", "preferences", "Edit#preferences", "Set up the studio",
          "Cache, device, precision, text size and autosave."),
)  # fmt: skip

_COMPARE = "View/Compare#mode"
_VIEW = (
    _spec("view.side", "Side by Side", "1", "side", _COMPARE, "Show backbone and TCVC side by side",
          "Show the backbone's frame beside TCVC's, with one zoom for both.", choice="compare"),
    _spec("view.wipe", "Wipe", "2", "wipe", _COMPARE, "Show backbone and TCVC with a wipe between them",
          "Show one picture left of a line and the other right of it; drag the line.", choice="compare"),
    _spec("view.flip", "Flip", "3", "flip", _COMPARE, "Flip between backbone and TCVC",
          "Show one picture in the place of the other; the same key again flips.", choice="compare"),
    _spec("view.difference", "Difference", "4", "difference", _COMPARE, "Show where backbone and TCVC differ",
          "Show the difference of the two pictures, times a gain.", choice="compare"),
    _spec("view.single", "Single", "5", "single", _COMPARE, "Show one picture alone",
          "Show TCVC's picture alone, as large as it goes.", choice="compare"),
    _spec("view.gray", "Gray Film as Third", "G", "gray", "View/Compare#gray", "Show the gray film beside the others",
          "Show the film as it was, gray, as a third picture.", checkable=True),
    _spec("view.swap", "Swap Left and Right", "X", "swap", "View/Compare#gray", "Swap the two pictures",
          "Let the two pictures change places."),
    _spec("view.gain_up", "More Gain", "]", None, "View/Compare#gain", "Double the gain of the difference",
          "Double the number by which differences are multiplied."),
    _spec("view.gain_down", "Less Gain", "[", None, "View/Compare#gain", "Halve the gain of the difference",
          "Halve the number by which differences are multiplied."),
    _spec("view.fit", "Fit Picture", "F Ctrl+0", "fit", "View#zoom", "Show the whole picture",
          "Zoom so that the whole picture can be seen.", needs="film"),
    _spec("view.actual", "Actual Size", "Ctrl+1", "actual", "View#zoom",
          "Show one pixel of the film as one of the screen",
          "Show one pixel of the film as one pixel of the screen.", needs="film"),
    _spec("view.zoom_in", "Zoom In", "Ctrl++ Ctrl+=", "zoom_in", "View#zoom", "Enlarge the picture",
          "Enlarge the picture around its middle.", needs="film"),
    _spec("view.zoom_out", "Zoom Out", "Ctrl+-", "zoom_out", "View#zoom", "Make the picture smaller",
          "Make the picture smaller.", needs="film"),
    _spec("view.timeline_in", "Timeline: Zoom In", "= +", None, "View#timeline",
          "Show less of the film, in larger frames",
          "Spread the timeline out around the playhead.", needs="film"),
    _spec("view.timeline_out", "Timeline: Zoom Out", "-", None, "View#timeline", "Show more of the film",
          "Draw the timeline together around the playhead.", needs="film"),
    _spec("view.timeline_film", "Timeline: Whole Film", "Shift+Z", None, "View#timeline",
          "Show the whole film in the timeline",
          "Draw the timeline together until the whole film can be seen.", needs="film"),
    _spec("view.timeline_shot", "Timeline: This Shot", "Z", None, "View#timeline",
          "Show the shot at the playhead in the timeline",
          "Spread the timeline out until the shot at the playhead fills it.", needs="film"),
    _spec("view.fullscreen", "Full Screen", "F11", "fullscreen", "View#screen", "Use the whole screen",
          "Give the studio the whole screen, or take it back.", checkable=True),
)  # fmt: skip

_FILM = (
    _spec("film.detect_cuts", "Find Cuts", "Ctrl+D", "detect", "Film#cuts", "Search the film for cuts",
          "Search the film for cuts and fades in the background; cuts set by hand stay.", toolbar=True, needs="film"),
    _spec("film.add_cut", "Add Cut", "C", "cut", "Film#cuts", "Begin a new shot at the playhead",
          "Begin a new shot at the frame under the playhead.", toolbar=True, needs="film"),
    _spec("film.remove_cut", "Remove Cut", "Shift+C", None, "Film#cuts",
          "Join the shot at the playhead to the one before",
          "Remove the cut that begins the shot at the playhead; anchors set by hand stay.", needs="film"),
    _spec("film.accept_cuts", "Accept Cut", "Return", "accept", "Film#accept",
          "Accept the selected cuts, or the one that begins this shot",
          "Accept proposed cuts, so that a new search leaves them alone.", needs="film"),
    _spec("film.accept_all_cuts", "Accept All Cuts", "Ctrl+Return", None, "Film#accept", "Accept every proposed cut",
          "Accept all cuts that the search proposed.", needs="film"),
    _spec("film.previous_cut", "Previous Cut", "Up", "previous_cut", "Film#go", "Go to the cut before",
          "Go to the first frame of this shot, or of the one before.", needs="film"),
    _spec("film.next_cut", "Next Cut", "Down", "next_cut", "Film#go", "Go to the next cut",
          "Go to the first frame of the next shot.", needs="film"),
    _spec("film.information", "Film Information", "Ctrl+I", "information", "Film#facts",
          "Show what is known of the film",
          "Show size, rate, color tags, time code and notes of the film in the inspector.", needs="film"),
)  # fmt: skip

_LOOP = "Timeline/Loop#loop"
_TIMELINE = (
    _spec("play.toggle", "Play or Stop", "Space", "play", "Timeline#play", "Play, or stop",
          "Play the film, or stop it.",
          needs="film"),
    _spec("play.back", "Shuttle Backward", "J", "rewind", "Timeline#play", "Play backward; again for faster",
          "Play backward; each further press doubles the speed.", needs="film"),
    _spec("play.stop", "Stop", "K", "pause", "Timeline#play", "Stop", "Stop at the frame that is shown.", needs="film"),
    _spec("play.forward", "Shuttle Forward", "L", "forward", "Timeline#play", "Play forward; again for faster",
          "Play forward; each further press doubles the speed.", needs="film"),
    _spec("loop.off", "Off", "", None, _LOOP, "Play to the end and stop", "Play to the film's end and stop there.",
          choice="loop"),
    _spec("loop.shot", "This Shot", "", None, _LOOP, "Play the shot again and again",
          "Play the shot at the playhead again and again.", choice="loop"),
    _spec("loop.marks", "In to Out", "", None, _LOOP, "Play the marked range again and again",
          "Play the marked range again and again.", choice="loop"),
    _spec("loop.film", "Whole Film", "", None, _LOOP, "Play the film again and again",
          "Play the whole film again and again.", choice="loop"),
    _spec("loop.next", "Next Loop Mode", "Ctrl+L", "loop", "Timeline/Loop#next",
          "Change what is played again and again",
          "Change from no loop to the shot, the marked range, the whole film, and back."),
    _spec("play.step_back", "One Frame Back", "Left", "step_back", "Timeline#step", "Go one frame back",
          "Go one frame back.", needs="film"),
    _spec("play.step", "One Frame Forward", "Right", "step", "Timeline#step", "Go one frame forward",
          "Go one frame forward.", needs="film"),
    _spec("play.jump_back", "Ten Frames Back", "Shift+Left", None, "Timeline#step", "Go ten frames back",
          "Go ten frames back.", needs="film"),
    _spec("play.jump", "Ten Frames Forward", "Shift+Right", None, "Timeline#step", "Go ten frames forward",
          "Go ten frames forward.", needs="film"),
    _spec("play.first", "First Frame", "Home", "first", "Timeline#step", "Go to the film's first frame",
          "Go to the film's first frame.", needs="film"),
    _spec("play.last", "Last Frame", "End", "last", "Timeline#step", "Go to the film's last frame",
          "Go to the film's last frame.", needs="film"),
    _spec("play.go_to", "Go to Frame…", "Ctrl+G", "go_to", "Timeline#step", "Go to a frame number or time code",
          "Type a frame number or a time code to go there.", needs="film"),
    _spec("marks.in", "Mark In", "I", "mark_in", "Timeline#marks", "Begin the marked range at the playhead",
          "Let the marked range begin at the frame under the playhead.", needs="film"),
    _spec("marks.out", "Mark Out", "O", "mark_out", "Timeline#marks", "End the marked range at the playhead",
          "Let the marked range end with the frame under the playhead.", needs="film"),
    _spec("marks.shot", "Mark This Shot", "Shift+X", None, "Timeline#marks", "Mark the shot at the playhead",
          "Let the marked range be the shot at the playhead.", needs="film"),
    _spec("marks.clear", "Clear Marks", "Alt+X", None, "Timeline#marks", "Remove the marks",
          "Remove the in and out marks.", needs="film"),
    _spec("marks.go_in", "Go to In", "Shift+I", None, "Timeline#marks", "Go to the in mark",
          "Go to the first frame of the marked range.", needs="film"),
    _spec("marks.go_out", "Go to Out", "Shift+O", None, "Timeline#marks", "Go to the out mark",
          "Go to the last frame of the marked range.", needs="film"),
)  # fmt: skip

_ANCHORS = (
    _spec("anchors.add", "Add Anchor", "M", "anchor", "Anchors#edit", "Set an anchor at the playhead",
          "Set an anchor by hand at the frame under the playhead.", toolbar=True, needs="film"),
    _spec("anchors.remove", "Remove Anchor", "Shift+M", None, "Anchors#edit", "Remove the anchor at the playhead",
          "Remove the anchor set by hand at the playhead.", needs="anchor"),
    _spec("anchors.lock", "Lock Anchor", "Ctrl+Shift+L", "lock", "Anchors#edit",
          "Lock or unlock the anchor at the playhead",
          "A locked anchor is neither moved nor deleted.", checkable=True, needs="anchor"),
    _spec("anchors.choose_still", "Choose Still…", "Ctrl+M", "still", "Anchors#still",
          "Give the anchor the color of a picture",
          "Let a picture painted elsewhere give the anchor its color; an anchor is set if need be.", needs="film"),
    _spec("anchors.clear_still", "Take Still Away", "", "clear_still", "Anchors#still",
          "Let the backbone color the anchor again",
          "Let the backbone color the anchor again; the picture itself is not touched.", needs="anchor"),
    _spec("anchors.previous", "Previous Anchor", "Ctrl+Up", "previous_anchor", "Anchors#go", "Go to the anchor before",
          "Go to the anchor before the playhead, proposed ones too.", needs="film"),
    _spec("anchors.next", "Next Anchor", "Ctrl+Down", "next_anchor", "Anchors#go", "Go to the next anchor",
          "Go to the anchor after the playhead, proposed ones too.", needs="film"),
    _spec("anchors.next_suggestion", "Next Suggested Place", "N", "suggestion", "Anchors#go",
          "Go where another anchor would help most", "Go to the next place where color was carried least surely.",
          needs="film"),
    _spec("anchors.shot_as_film", "Shot: Interval as the Film", "", None, "Anchors#shot",
          "Give the shot the film's interval length",
          "Give the shot at the playhead the interval length of the film.", needs="film"),
    _spec("anchors.shot_by_hand", "Shot: Only My Anchors", "", None, "Anchors#shot", "Propose no anchors in this shot",
          "Let the shot at the playhead have the anchors set by hand and no others.", needs="film"),
)  # fmt: skip

_RENDER = (
    _spec("render.pause", "Pause Rendering", "P", "render", "Render#work", "Pause the rendering, or go on",
          "Pause the rendering after the frame it is at, or go on.", checkable=True, toolbar=True, needs="film"),
    _spec("render.cancel", "Stop Rendering", "", "stop", "Render#work", "Stop the rendering until the next edit",
          "Stop the rendering; what is done is kept.", needs="work"),
    _spec("render.models", "Models…", "", "models", "Render#models", "See, download and import weights",
          "See which weights there are, read their licences, download or import them."),
)  # fmt: skip

_WINDOW = (
    _spec("window.inspector", "Inspector", "F5", None, "Window#panels", "Show or hide the inspector",
          "Show or hide the inspector of anchor, shot and film.", checkable=True),
    _spec("window.cuts", "Cuts", "F6", None, "Window#panels", "Show or hide the panel of cuts",
          "Show or hide the panel with the frames around each cut.", checkable=True),
    _spec("window.jobs", "Jobs", "F7", None, "Window#panels", "Show or hide the list of exports",
          "Show or hide the list of exports.", checkable=True),
    _spec("window.history", "History", "F8", None, "Window#panels", "Show or hide the list of edits",
          "Show or hide the list of edits; a click goes back to any of them.", checkable=True),
    _spec("window.reset", "Reset Layout", "", None, "Window#layout", "Put every panel back in its place",
          "Put every panel back in its place."),
)  # fmt: skip

_HELP = (
    _spec("help.shortcuts", "Shortcuts", "F1", "keyboard", "Help#read", "Show all shortcuts",
          "Show every action with its shortcut."),
    _spec("help.guide", "User Guide", "Shift+F1", "guide", "Help#read", "Open the user guide",
          "Open the user guide in the browser."),
    _spec("help.log", "Show Log Folder", "", None, "Help#log", "Open the folder with the crash log",
          "Open the folder that holds the log of this program."),
    _spec("help.about", "About TCVC Studio", "", "information", "Help#about", "Version and licences",
          "Show the version, and the licences of the program and of the weights."),
)  # fmt: skip

#: All actions, in the order of the menus.
ACTIONS: tuple[ActionSpec, ...] = (
    *_FILE, *_EDIT, *_VIEW, *_FILM, *_TIMELINE, *_ANCHORS, *_RENDER, *_WINDOW, *_HELP,
)  # fmt: skip


def find(id: str, specs: Iterable[ActionSpec] = ACTIONS) -> ActionSpec:
    """The action of that id. Raises KeyError if there is none."""
    for spec in specs:
        if spec.id == id:
            return spec
    raise KeyError(id)


def conflicts(specs: Iterable[ActionSpec] = ACTIONS) -> tuple[str, ...]:
    """Shortcuts that more than one action claims, as they are written; none in a sound table."""
    seen: set[str] = set()
    twice: list[str] = []
    for spec in specs:
        for key in spec.shortcuts:
            if key.lower() in seen:
                twice.append(key)
            seen.add(key.lower())
    return tuple(twice)
