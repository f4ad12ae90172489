"""How trials are drawn in every figure: a shape for each state, besides its colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QColor

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.views.charts.shapes import Scatter
from ppo_desktop.views.charts.symbols import Diamond, Star, Symbol
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.trial_arrays import Mask, TrialArrays

_STAR_RADIUS = 0.65
"""Of the best trial's star, in base font sizes."""


class TrialPlaces:
    """Where the trials of a study stand, in plotted units.

    Args:
        theme: Colours and sizes.
        arrays: The trials.
        columns: Where each stands, (n,); nan for one that is not drawn.
        rows: Likewise.
        has_drop: Whether a line goes down to the axis from the one that is pointed at.

    Attributes:
        radius: Of a trial's dot, pixels: smaller where there are many.
    """

    def __init__(
        self, theme: Theme, arrays: TrialArrays, columns: Numbers, rows: Numbers, *, has_drop: bool = False
    ) -> None:
        n = len(arrays.numbers)
        self._theme, self._arrays, self._has_drop = theme, arrays, has_drop
        self._columns, self._rows = columns, rows
        self.is_there: Mask = ~np.isnan(columns + rows)
        self.radius = theme.base_size * (0.34 if n <= 150 else 0.27 if n <= 500 else 0.22)

    @property
    def numbers(self) -> list[int]:
        """Numbers of the trials that are drawn, in order."""
        numbers: list[int] = self._arrays.numbers[self.is_there].tolist()
        return numbers

    def marks(self, which: Mask, symbol: Symbol, legend: str = "") -> Sequence[Scatter]:
        """Return some of the trials as symbols; nothing where there are none."""
        which = which & self.is_there
        if not which.any():
            return ()
        numbers = self._arrays.numbers[which].tolist()
        columns, rows = self._columns[which], self._rows[which]
        return (Scatter(columns, rows, symbol, numbers, self._has_drop, legend=legend),)

    def pruned(self, rim: QColor | None = None) -> Sequence[Scatter]:
        """Return those that were ended early."""
        diamond = Diamond(self.radius, self._theme.colour("muted"), rim)
        return self.marks(self._arrays.is_pruned, diamond, "pruned")

    def best(self) -> Sequence[Scatter]:
        """Return the star of the best; the trial below it is what can be pointed at."""
        place = self._arrays.best_place
        if place is None or not self.is_there[place]:
            return ()
        which = slice(place, place + 1)
        return (Scatter(self._columns[which], self._rows[which], star(self._theme), legend="best"),)


def star(theme: Theme) -> Star:
    """Return what stands for the best trial."""
    return Star(_STAR_RADIUS * theme.base_size, theme.colour("text"), theme.colour("card"))
