"""How the variants of a comparison are distinguished everywhere: by a colour, and by a marker besides."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from ppo_desktop.views.charts.curves import FAINT
from ppo_desktop.views.charts.symbols import Dot, Filled, Symbol
from ppo_desktop.views.theme import STAR, Look

_LIGHT = ("#0072b2", "#3a9fd8", "#009e73", "#d08c00", "#d55e00", "#b85c92", "#7d6a55", "#18202b")
_DARK = ("#4a9ff0", "#8fd0ff", "#2fd3a0", "#f0b429", "#ff7a3d", "#f29ac8", "#b9a58c", "#e8edf3")
"""The Okabe–Ito family, darker on white and lighter on black where it needs contrast."""
_CHOSEN = {1: (0,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 2, 3, 4)}
"""Of few variants those that differ most."""
_MARKERS = ("o", "s", "t1", "d", "t", "p", "h", "star")
"""Symbols as pyqtgraph names them."""
_CORNERS = {
    "s": ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "t1": ((0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)),
    "t": ((0.0, 1.0), (1.0, -0.8), (-1.0, -0.8)),
    "d": ((0.0, -1.1), (0.8, 0.0), (0.0, 1.1), (-0.8, 0.0)),
    "p": ((0.0, -1.0), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31)),
    "h": ((-1.0, 0.0), (-0.5, -0.87), (0.5, -0.87), (1.0, 0.0), (0.5, 0.87), (-0.5, 0.87)),
    "star": STAR,
}


@dataclass(frozen=True)
class VariantStyle:
    """Colour and marker of one variant of several.

    Attributes:
        place: Its place in the sequence of colours and markers.
        opacity: Of its colour: less where another one is pointed at.
    """

    place: int
    opacity: float = 1.0

    @property
    def marker(self) -> str:
        """Its symbol, as pyqtgraph names it."""
        return _MARKERS[self.place]

    def colour(self, theme: Look) -> QColor:
        """Return its colour in the appearance in force."""
        colour = QColor((_DARK if theme.palette.is_dark else _LIGHT)[self.place])
        colour.setAlphaF(self.opacity)
        return colour

    def symbol(self, theme: Look, radius: float) -> Symbol:
        """Return its marker."""
        if self.marker in _CORNERS:
            return Filled(radius, self.colour(theme), _CORNERS[self.marker])
        return Dot(radius, self.colour(theme))

    def paint_marker(self, painter: QPainter, theme: Look, centre: QPointF, radius: float) -> None:
        """Paint its marker."""
        self.symbol(theme, radius).paint(painter, centre)


def variant_style(number: int, count: int, *, is_faint: bool = False) -> VariantStyle:
    """Return how variant `number` of `count` is drawn."""
    place = _CHOSEN[count][number] if count in _CHOSEN else number
    return VariantStyle(place, FAINT if is_faint else 1.0)
