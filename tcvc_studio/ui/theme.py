"""The desk's looks: a dark neutral palette, one accent, sizes in one place. Nothing on it tints what the eye judges."""

from dataclasses import dataclass
from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from tcvc_studio.assets import resources_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Colors:
    """Colors as #rrggbb. All but the last few are grays with R = G = B.

    surround: around the pictures, about a tenth of white's luminance. base: lists and fields. raised: buttons.
    line: hairlines. edge: outlines of controls, 3:1 against what they lie on. text, dim: at least 4.5:1 on every
    ground here. off: text of what is disabled. accent: selection, focus, playhead; on_accent: text upon it.
    warning, error, good: always with a shape or a word beside them.
    backbone, tcvc, gray: the three pictures, as the viewer and the timeline name them; far apart in lightness too.
    """

    surround: str = "#585858"
    window: str = "#292929"
    base: str = "#1d1d1d"
    alternate: str = "#232323"
    raised: str = "#3a3a3a"
    hover: str = "#474747"
    pressed: str = "#161616"
    line: str = "#121212"
    edge: str = "#7c7c7c"
    text: str = "#ececec"
    dim: str = "#bdbdbd"
    off: str = "#858585"
    accent: str = "#9cc3ea"
    on_accent: str = "#101010"
    warning: str = "#efc26a"
    error: str = "#ff9d8c"
    good: str = "#a9d6a0"
    backbone: str = "#e0a458"
    tcvc: str = "#9cc3ea"
    gray: str = "#bdbdbd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Lengths in device-independent pixels.

    gap: between things that belong together. space: between groups, and around a panel. icon, tool_icon: their sides.
    control: least height of what is clicked. focus: width of the focus frame. radius: of corners.
    """

    gap: int = 6
    space: int = 12
    icon: int = 16
    tool_icon: int = 20
    control: int = 26
    focus: int = 2
    radius: int = 3


COLORS = Colors()
SIZES = Sizes()

#: Text sizes offered, in points; 0 is the system's own.
TEXT_SIZES: tuple[int, ...] = (0, 9, 10, 11, 12, 14, 16, 20)
DEFAULT_TEXT_SIZE = 10
_LEAST, _MOST = 7, 32
_SYSTEM_SIZE = "tcvc_system_text_size"


def apply_theme(app: QApplication, text_size: float = DEFAULT_TEXT_SIZE) -> None:
    """Give the application its style, palette, font and style sheet; again at any time, with another text size.

    text_size: in points, 7 to 32; 0 for the system's own.
    """
    # The default style follows the desktop; this one is the same everywhere, and takes its colors from the palette.
    if app.style().name().lower() != "fusion" and not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette())
    app.setFont(_font(app, text_size))
    app.setStyleSheet(style_sheet())


def palette(colors: Colors = COLORS) -> QPalette:
    """The colors as Qt's roles, for widgets that draw themselves."""
    made = QPalette()
    role = QPalette.ColorRole
    for name, color in (
        (role.Window, colors.window), (role.WindowText, colors.text), (role.Base, colors.base),
        (role.AlternateBase, colors.alternate), (role.Text, colors.text), (role.PlaceholderText, colors.dim),
        (role.Button, colors.raised), (role.ButtonText, colors.text), (role.BrightText, colors.text),
        (role.ToolTipBase, colors.text), (role.ToolTipText, colors.base), (role.Highlight, colors.accent),
        (role.HighlightedText, colors.on_accent), (role.Link, colors.accent), (role.LinkVisited, colors.accent),
        (role.Light, colors.hover), (role.Midlight, colors.raised), (role.Mid, colors.edge),
        (role.Dark, colors.line), (role.Shadow, "#000000"), (role.Accent, colors.accent),
    ):  # fmt: skip
        made.setColor(name, QColor(color))
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        made.setColor(disabled, name, QColor(colors.off))
    made.setColor(disabled, role.Highlight, QColor(colors.raised))
    # A list keeps its selection as plain to see when another panel has the focus.
    return made


def style_sheet(colors: Colors = COLORS, sizes: Sizes = SIZES) -> str:
    """`resources/studio.qss` with this theme's colors and sizes put in."""
    folder = resources_folder()
    words: dict[str, object] = {name: getattr(colors, name) for name in Colors.__dataclass_fields__}
    words |= {name: f"{getattr(sizes, name)}px" for name in Sizes.__dataclass_fields__}
    words["icons"] = (folder / "icons").as_posix()
    return Template((folder / "studio.qss").read_text(encoding="utf-8")).substitute(words)


def monospaced(font: QFont) -> QFont:
    """The font with digits of one width, so that time code does not dance; of the same size."""
    made = QFont(font)
    made.setFamilies(["DejaVu Sans Mono", "Consolas", "Menlo", "monospace"])
    made.setStyleHint(QFont.StyleHint.Monospace)
    made.setFixedPitch(True)
    return made


def scaled(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """The font times a factor, for titles."""
    made = QFont(font)
    made.setPointSizeF(max(6.0, font.pointSizeF() * factor))
    made.setBold(bold)
    return made


def luminance(color: str) -> float:
    """Relative luminance 0..1 of #rrggbb, as WCAG 2 defines it."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 of two colors, as WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _font(app: QApplication, text_size: float) -> QFont:
    made = QFont(app.font())
    if app.property(_SYSTEM_SIZE) is None:
        app.setProperty(_SYSTEM_SIZE, made.pointSizeF() if made.pointSizeF() > 0 else DEFAULT_TEXT_SIZE)
    size = text_size or app.property(_SYSTEM_SIZE)
    made.setPointSizeF(float(min(max(size, _LEAST), _MOST)))
    return made
