"""Colours, fonts and the style sheet: one colour per concept, light and dark; what painters share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPaintDevice, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.resource_files import resource_path


class Appearance(Labelled):
    """What the user chose in the menu."""

    SYSTEM = "system", "System"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class _Colour:
    """A colour that is another one in the dark."""

    def __init__(self, dark: str, light: str) -> None:
        self._dark, self._light = dark, light

    def __get__(self, palette: Palette, _owner: type[Palette]) -> str:
        return self._dark if palette.is_dark else self._light


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance, as #rrggbb; concepts follow the Okabe–Ito family."""

    is_dark: bool

    window = _Colour("#12161c", "#f3f5f8")
    card = _Colour("#1b2129", "#ffffff")
    field = _Colour("#242b35", "#eef1f5")
    border = _Colour("#303945", "#d9dfe7")
    text = _Colour("#e8edf3", "#18202b")
    muted = _Colour("#98a3b1", "#5c6775")
    accent = _Colour("#589cff", "#1769e0")
    on_accent = _Colour("#06101f", "#ffffff")
    warning = _Colour("#f0c040", "#8a5a00")
    clip = _Colour("#ff9140", "#c95400")
    entropy = _Colour("#2fd3a0", "#00805c")
    rollout = _Colour("#56b4f0", "#0068b0")
    episode_return = _Colour("#a29bff", "#3b3aa8")
    value = _Colour("#f29ac8", "#b04a88")
    neutral = _Colour("#8a94a1", "#7d8794")
    scene = _Colour("#232a33", "#eaeef3")
    scene_line = _Colour("#9aa5b3", "#6b7684")
    scene_body = _Colour("#e8edf3", "#18202b")
    scene_wood = _Colour("#c8905a", "#b97f45")
    scene_wall = _Colour("#59636f", "#b4bcc7")
    scene_pit = _Colour("#07090c", "#747f8d")
    map_left = _Colour("#56b4e9", "#2a86c8")
    map_right = _Colour("#e69f00", "#e69f00")
    map_up = _Colour("#22b58c", "#1fa27b")
    map_down = _Colour("#d58abf", "#c06aa2")
    map_neither = _Colour("#98a3b1", "#7d8794")
    map_value_low = _Colour("#33202c", "#fbeaf4")
    map_value_high = _Colour("#ffe6f3", "#5a1440")


DARK, LIGHT = Palette(is_dark=True), Palette(is_dark=False)

HYPERPARAMETER_COLOURS = {
    "clip_range": "clip",
    "entropy_coef": "entropy",
    "rollout_length": "rollout",
    "value_coef": "value",
}
"""Names of the palette's colours for hyperparameters that stand for a concept of their own."""


_LEAST_ON_PROJECTOR = 14.0
"""Points."""


class Look:
    """Colours and fonts with which something is painted; one for each thread that paints.

    Attributes:
        palette: The colours.
    """

    def __init__(self, palette: Palette = LIGHT) -> None:
        self.palette = palette
        self._fonts: dict[tuple[float, bool], QFont] = {}

    @property
    def base_size(self) -> float:
        """Base font size in points, at which everything can be read."""
        return max(10.0, QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF())

    @property
    def least_size(self) -> float:
        """Size in points below which no text is."""
        return 1.0

    def colour(self, name: str, opacity: float = 1.0) -> QColor:
        """Return a colour of the palette by its field name."""
        colour = QColor(getattr(self.palette, name))
        if opacity < 1.0:
            colour.setAlphaF(opacity)
        return colour

    def hyperparameter_colour(self, field: str) -> QColor:
        """Return the colour of a hyperparameter's slider, marks and numbers."""
        return self.colour(HYPERPARAMETER_COLOURS.get(field, "accent"))

    def font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        """Return the interface font, `scale` times the base size, and no smaller than the least size."""
        if (scale, bold) not in self._fonts:  # asked for many times in every redraw
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
            font.setPointSizeF(max(self.least_size, self.base_size * scale))
            font.setBold(bold)
            self._fonts[scale, bold] = font
        return QFont(self._fonts[scale, bold])


class Theme(QObject, Look):
    """The palette and font size in force; every panel repaints on `changed`."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._appearance = Appearance.SYSTEM
        self._projector = False
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._apply()

    @property
    def appearance(self) -> Appearance:
        """What the user chose."""
        return self._appearance

    @property
    def projector(self) -> bool:
        """Whether fonts are large enough for the last row."""
        return self._projector

    def set_appearance(self, appearance: Appearance) -> None:
        """Follow the system, or be light or dark."""
        self._appearance = appearance
        self._apply()

    def set_projector(self, on: bool) -> None:
        """Use fonts of at least 14 pt."""
        self._projector = on
        self._apply()

    @contextmanager
    def style_sheet_put_on_last(self) -> Iterator[None]:
        """Let widgets be put together without the style sheet, which is applied to all of them at the end.

        Else Qt polishes a widget with all that is in it whenever it is put into another.
        """
        self._application.setStyleSheet("")
        yield
        self._put_style_sheet_on()

    @property
    def least_size(self) -> float:
        """Size in points below which no text is: on a projector one that is read from the last row."""
        return _LEAST_ON_PROJECTOR if self._projector else 1.0

    @property
    def base_size(self) -> float:
        """Base font size in points."""
        return 1.4 * super().base_size if self._projector else super().base_size

    def _system_is_dark(self) -> bool:
        return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _follow_system(self) -> None:
        if self._appearance is Appearance.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        dark = self._appearance is Appearance.DARK or (
            self._appearance is Appearance.SYSTEM and self._system_is_dark()
        )
        self.palette = DARK if dark else LIGHT
        self._fonts.clear()
        if self._application.styleSheet() != _style_sheet(self.palette, self.base_size, self.least_size):
            # In place of another style sheet, Qt takes four times as long to apply one as in place of none.
            self._application.setStyleSheet("")
            self._application.setFont(self.font())
            self._application.setPalette(_qt_palette(self.palette))
            self._put_style_sheet_on()
        self.changed.emit()

    def _put_style_sheet_on(self) -> None:
        QDir.setSearchPaths("icons", [str(resource_path("icons"))])
        self._application.setStyleSheet(_style_sheet(self.palette, self.base_size, self.least_size))


def _qt_palette(colours: Palette) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.field,
        QPalette.ColorRole.AlternateBase: colours.card,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.field,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.ToolTipBase: colours.card,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Link: colours.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(disabled, role, QColor(colours.muted))
    return palette


def _icon(name: str, colours: Palette) -> str:
    """Return the name of an icon for the style sheet, which would not bear every folder's name."""
    return f"icons:{name}-{'dark' if colours.is_dark else 'light'}.svg"


def _style_sheet(colours: Palette, base_size: float, least_size: float) -> str:
    c = colours
    small, smaller = (max(least_size, base_size * scale) for scale in (0.85, 0.8))
    start = 'QPushButton[role="start"]'
    return f"""
    QWidget {{ color: {c.text}; }}
    QMainWindow, QWidget#page {{ background: {c.window}; }}
    QToolTip {{ background: {c.card}; color: {c.text}; border: 1px solid {c.border}; padding: 4px; }}
    QFrame#card, QFrame#header, QFrame#footer {{ background: {c.card}; border: 1px solid {c.border};
        border-radius: 8px; }}
    QFrame#card[role="lit"] {{ border: 2px solid {c.accent}; }}
    QFrame#explanation_panel {{ background: {c.card}; border: 1px solid {c.accent}; border-radius: 8px; }}
    QFrame#header, QFrame#footer {{ border-radius: 0; border-left: none; border-right: none; }}
    QFrame#header {{ border-top: none; }}
    QLabel#changes_label {{ border-top: 1px solid {c.border}; padding: 5px 12px 2px 12px; }}
    QFrame#footer {{ border-bottom: none; }}
    QDialog {{ background: {c.window}; }}
    QTextBrowser {{ background: {c.card}; border: 1px solid {c.border}; border-radius: 8px; padding: 8px; }}
    QTextBrowser:focus {{ border-color: {c.accent}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QLabel[role="title"] {{ font-weight: 600; }}
    QLabel[role="note"] {{ font-size: {small}pt; }}
    QLabel[role="formula"] {{ background: {c.field}; border-radius: 5px; padding: 5px 8px;
        font-family: Georgia, "DejaVu Serif", "Times New Roman", serif; }}
    QLabel[role="muted"] {{ color: {c.muted}; font-size: {small}pt; }}
    QLabel[role="correction"] {{ color: {c.warning}; }}
    QLabel[role="warning"] {{ color: {c.warning}; font-size: {small}pt; }}
    QPushButton, QToolButton, QComboBox {{ background: {c.field}; border: 1px solid {c.border};
        border-radius: 6px; padding: 4px 10px; }}
    QPushButton:hover, QToolButton:hover, QComboBox:hover {{ border-color: {c.muted}; }}
    QPushButton:focus, QToolButton:focus, QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus
        {{ border: 1px solid {c.accent}; }}
    QPushButton:disabled, QToolButton:disabled, QComboBox:disabled {{ color: {c.muted};
        background: {c.card}; }}
    {start} {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
        font-weight: 600; min-width: 5em; }}
    {start}:disabled {{ background: {c.field}; color: {c.muted}; border-color: {c.border}; }}
    {start}:focus {{ border: 1px solid {c.text}; }}
    QFrame[role="segments"] {{ background: {c.field}; border: 1px solid {c.border}; border-radius: 7px; }}
    QPushButton[role="segment"] {{ color: {c.muted}; background: transparent; border-color: transparent;
        padding: 2px 5px; }}
    QPushButton[role="segment"]:checked {{ color: {c.text}; background: {c.card};
        border-color: {c.muted}; }}
    QPushButton[role="segment"]:focus {{ border-color: {c.accent}; }}
    QPushButton[role="action"] {{ padding: 1px 10px; font-size: {small}pt; border-color: {c.accent}; }}
    QPushButton[role="flat"], QToolButton[role="flat"] {{ background: transparent; color: {c.muted};
        border: 1px solid transparent; padding: 2px 6px; font-size: {small}pt; }}
    QPushButton[role="entry"] {{ background: transparent; border-color: transparent; text-align: left;
        padding: 3px 8px; }}
    QPushButton[role="entry"]:hover, QPushButton[role="entry"]:focus {{ border-color: {c.accent}; }}
    QPushButton[role="flat"]:hover, QToolButton[role="flat"]:hover {{ color: {c.text}; }}
    QPushButton[role="flat"]:checked {{ color: {c.text}; text-decoration: underline; }}
    QPushButton[role="flat"]:focus, QToolButton[role="flat"]:focus {{ border-color: {c.accent}; }}
    QPushButton[role="plot_title"] {{ background: transparent; color: {c.muted}; border: none; padding: 0;
        text-align: left; font-size: {smaller}pt; }}
    QPushButton[role="plot_title"]:hover, QPushButton[role="plot_title"]:focus {{ color: {c.accent}; }}
    QComboBox[role="flat"] {{ background: transparent; border: 1px solid transparent; color: {c.muted};
        padding: 1px 4px; font-size: {small}pt; }}
    QComboBox[role="flat"]:focus {{ border: 1px solid {c.accent}; }}
    QComboBox {{ padding-right: 3px; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url({_icon("chevron", c)}); width: 10px; height: 6px; }}
    QCheckBox::indicator {{ width: 15px; height: 15px; border: 1px solid {c.muted}; border-radius: 4px;
        background: {c.field}; }}
    QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent};
        image: url({_icon("check", c)}); }}
    QCheckBox::indicator:focus {{ border-color: {c.text}; }}
    QCheckBox::indicator:disabled {{ border-color: {c.border}; }}
    QCheckBox::indicator:checked:disabled {{ background: {c.neutral}; border-color: {c.neutral}; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {c.muted}; border-radius: 8px;
        background: {c.field}; }}
    QRadioButton::indicator:checked {{ width: 8px; height: 8px; border: 4px solid {c.accent}; }}
    QRadioButton::indicator:focus {{ border-color: {c.text}; }}
    QRadioButton::indicator:disabled {{ border-color: {c.border}; }}
    QToolButton[role="flat"]:disabled {{ color: {c.border}; }}
    QToolButton#undo_button, QToolButton#redo_button {{ font-size: {base_size * 1.3}pt; padding: 0 6px; }}
    QFileDialog QToolButton {{ padding: 2px; }}
    QToolButton::menu-indicator {{ image: none; }}
    QComboBox QAbstractItemView {{ background: {c.card}; border: 1px solid {c.border};
        selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QAbstractSpinBox, QLineEdit {{ background: {c.field}; border: 1px solid {c.border}; border-radius: 5px;
        padding: 2px 6px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QLineEdit[role="warning"] {{ color: {c.warning}; border-color: {c.warning}; }}
    QAbstractSpinBox:disabled, QLineEdit:disabled {{ color: {c.muted}; background: {c.card}; }}
    QMenu {{ background: {c.card}; border: 1px solid {c.border}; padding: 4px; }}
    QMenu::item {{ padding: 5px 22px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
    QMenu::item:disabled {{ background: transparent; color: {c.muted}; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 8px; }}
    QProgressBar {{ background: {c.field}; border: none; border-radius: 3px; max-height: 6px;
        min-height: 6px; }}
    QProgressBar::chunk {{ background: {c.rollout}; border-radius: 3px; }}
    QToolButton[role="section"] {{ background: transparent; border: 1px solid transparent; color: {c.muted};
        padding: 2px 4px; }}
    QToolButton[role="section"]:hover {{ color: {c.text}; }}
    QToolButton[role="section"]:focus {{ color: {c.text}; border-color: {c.accent}; }}
    QSplitter::handle {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {c.border}; border-radius: 4px; min-height: 30px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


STAR = (
    (0.0, -1.1),
    (0.27, -0.37),
    (1.05, -0.34),
    (0.43, 0.14),
    (0.65, 0.89),
    (0.0, 0.45),
    (-0.65, 0.89),
    (-0.43, 0.14),
    (-1.05, -0.34),
    (-0.27, -0.37),
)
"""Corners of a star around its centre, as shares of its radius."""


def smooth_painter(device: QPaintDevice) -> QPainter:
    """Return a painter whose lines have no steps."""
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter
