"""The figure of a map: pointed at and gone through cell by cell, one of which is chosen."""

from __future__ import annotations

import html
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

from ppo_desktop.ppo.hyperparameters import value_text
from ppo_desktop.study.map_digest import MapDigest
from ppo_desktop.study.trials import TrialRecord
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.maps.map_colours import Colouring, scaled
from ppo_desktop.views.maps.map_picture import map_picture
from ppo_desktop.views.maps.map_shapes import Cells, paint_frame
from ppo_desktop.views.maps.wording import number_line, result_label, seed_lines, written
from ppo_desktop.views.theme import Theme, smooth_painter

_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (1, 0),
    Qt.Key.Key_Down: (-1, 0),
}
"""Rows and columns by which arrow keys go on."""


class MapChart(Chart):
    """Shows one map; its keys are the cells' numbers.

    Args:
        theme: Fonts and colours.
        place: 0 for the first map of the page, 1 for the second.
        trial_of: Returns the trial of a cell; None where there is none.
    """

    empty = "Every cell gets its colour here when all of its seeds have ended."

    chosen = Signal(object)
    """A cell was clicked, or Return pressed on it."""

    def __init__(self, theme: Theme, place: int, trial_of: Callable[[int], TrialRecord | None]) -> None:
        self._trial_of = trial_of
        self._digest: MapDigest | None = None
        self._best: int | None = None
        self._colouring = Colouring.FIXED
        self._chosen: int | None = None
        name = "Map" if place == 0 else "Second map"
        super().__init__(theme, f"map_figure_{place + 1}", name, "map_of_cells")
        self.opened.connect(self.chosen)

    # ---- what is shown -------------------------------------------------------------------------

    def show_map(self, digest: MapDigest | None, best: int | None, colouring: Colouring) -> None:
        """Show a map; what is drawn already is not drawn again.

        Args:
            digest: What is known; None for nothing.
            best: The cell with the highest objective so far; None for none.
            colouring: How its numbers become colours.
        """
        is_same = (
            digest is not None
            and _shows_the_same(digest, self._digest)
            and (best, colouring) == (self._best, self._colouring)
        )
        self._digest, self._best, self._colouring = digest, best, colouring
        if not is_same:
            self.redraw()

    def show_chosen(self, cell: int | None) -> None:
        """Show which cell is looked at."""
        if cell != self._chosen:
            self._chosen = cell
            self.update()

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the map, also while no cell is measured: where cells will be is seen."""
        digest = self._digest
        if digest is None:
            return None
        return map_picture(self._theme, room, digest, scaled(digest, self._colouring), self._best)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all, and the frame of the cell that is chosen."""
        super().paintEvent(event)
        if self._chosen is None or self.picture is None:
            return
        cells = self.picture.shapes[0]
        assert isinstance(cells, Cells)
        if self._chosen < len(cells.keys):
            painter = smooth_painter(self)
            paint_frame(painter, self.picture.frame, cells.rect(self.picture.frame, self._chosen))
            painter.end()

    def first_key(self) -> Key | None:
        """Return the cell that is chosen, else the best, else the first."""
        return next((cell for cell in (self._chosen, self._best) if cell is not None), 0)

    # ---- what is said --------------------------------------------------------------------------

    def summary(self) -> str:
        """Return how much is measured, and between which numbers."""
        digest = self._digest
        if digest is None:
            return ""
        measured = f"{digest.n_measured} of {digest.values.size} cells are measured"
        known = digest.values[np.isfinite(digest.values)]
        if not known.size:
            return f"{measured}."
        low, high = (written(digest, float(end)) for end in (known.min(), known.max()))
        return f"{result_label(digest.question)}: {measured}, from {low} to {high}."

    def tip(self, key: Key) -> str:
        """Return a cell's values, its number, and that of every seed."""
        digest = self._digest
        if digest is None or not isinstance(key, int):
            return ""
        values = digest.plan.combination_values(key)
        lines = [
            f"<b>{html.escape(number_line(digest, key))}</b>",
            *(
                f"{html.escape(digest.plan.dimension(field).label)}: {html.escape(value_text(field, value))}"
                for field, value in values.items()
            ),
            *map(html.escape, seed_lines(digest, self._trial_of(key))),
        ]
        return f"<qt>{'<br>'.join(lines)}</qt>"

    # ---- mouse and keyboard --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is clicked."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit(self.key_at(event.position()))
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Be two clicks."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to neighbouring cell by arrow keys; Return chooses the one reached."""
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None or self._digest is None or not isinstance(self._reached, int):
            super().keyPressEvent(event)
            return
        n_rows, n_columns = self._digest.values.shape
        row, column = divmod(self._reached, n_columns)
        row, column = row + move[0], column + move[1]
        if 0 <= row < n_rows and 0 <= column < n_columns:
            self._reached = row * n_columns + column
            self._reach(0)


def _shows_the_same(digest: MapDigest, before: MapDigest | None) -> bool:
    """Whether another digest has the same numbers, states and signs: most news of running trials."""
    if before is None or (digest.plan, digest.question) != (before.plan, before.question):
        return False
    arrays = ("values", "states", "solved", "collapsed", "diverged")
    return digest.ends == before.ends and all(
        np.array_equal(getattr(digest, name), getattr(before, name), equal_nan=name == "values")
        for name in arrays
    )
