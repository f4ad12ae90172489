"""A map as a picture: square cells, what is known of each, both axes with a tick at every cell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.map_digest import CellState, MapDigest
from ppo_desktop.views.charts.frame import TICK_FONT, Axis, PlotFrame, left_of
from ppo_desktop.views.charts.legend import Legend
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import FixedScale
from ppo_desktop.views.charts.shapes import Scatter, Shape
from ppo_desktop.views.charts.symbols import Star
from ppo_desktop.views.maps.map_colours import Scaled, cells_image, colours
from ppo_desktop.views.maps.map_shapes import Cells, ColourBar, Corners, Sign, SignForm
from ppo_desktop.views.theme import Look

_SMALLEST_WITH_GAPS = 9.0
"""Pixels of a cell's side below which nothing stands between cells."""
_LEAST_SIDE = 3.0
Mask = NDArray[np.bool_]


def map_picture(look: Look, room: QRectF, digest: MapDigest, scaled: Scaled, best: int | None) -> Picture:
    """Return the map in a rectangle, its cells as large as they can be and square.

    Args:
        look: Fonts and colours.
        room: The rectangle.
        digest: What is known.
        scaled: Its numbers as shares of the colours.
        best: The cell that is the best so far; None for none.
    """
    across, up = (cell_axis(dimension) for dimension in digest.plan.space)
    bar = ColourBar(colours(look.palette), scaled.ticks)
    left, line = left_of(look, up), QFontMetricsF(look.font(TICK_FONT)).height()
    n_rows, n_columns = digest.values.shape
    # The legend has a place of its own, so that the map does not move when there is more to name.
    above, below = 2 * (line + 2) + line / 2, 2 * line + 6
    width, height = room.width() - left - bar.width(look), room.height() - above - below
    side = max(_LEAST_SIDE, float(int(min(width / n_columns, height / n_rows))))
    area = QRectF(
        room.left() + left + max(0.0, (width - side * n_columns) / 2),
        room.top() + above + max(0.0, (height - side * n_rows) / 2),
        side * n_columns,
        side * n_rows,
    )
    around = room.adjusted(area.left() - left - room.left(), area.top() - above - room.top(), 0.0, 0.0)
    frame = PlotFrame(look, area, across, up, around)
    shapes = [
        _cells(look, digest, scaled, side),
        *_signs(look, digest, side),
        *_best(look, best, digest, side),
    ]
    legend = Legend(look, shapes, room.right() - area.left())
    return Picture(frame, [*shapes, bar], legend=legend)


@lru_cache(maxsize=8)
def cell_axis(dimension: Dimension) -> Axis:
    """Return an axis with a place, and a tick, for each value."""
    values = dimension.grid_values()
    ticks = [(place + 0.5, dimension.format(value)) for place, value in enumerate(values)]
    return Axis(
        FixedScale(ticks), (0.0, float(len(values))), dimension.label, dimension.declaration.short_name
    )


def _cells(look: Look, digest: MapDigest, scaled: Scaled, side: float) -> Cells:
    n_rows, n_columns = digest.values.shape
    is_measured = digest.states == CellState.MEASURED
    n_empty = int((~is_measured).sum())
    return Cells(
        cells_image(look, scaled.shares, is_measured),
        QPen(look.colour("border"), 1.0) if n_empty else None,
        n_rows=n_rows,
        n_columns=n_columns,
        gap=QPen(look.colour("card"), 1.0) if side >= _SMALLEST_WITH_GAPS else None,
        legend=f"not measured ({n_empty})" if n_empty else "",
    )


def _signs(look: Look, digest: MapDigest, side: float) -> Iterator[Shape]:
    """Yield what is known of cells beside their numbers, each as a form of its own."""
    text, card, accent = (look.colour(name) for name in ("text", "card", "accent"))
    n_seeds = digest.plan.n_seeds
    radius = min(max(0.15 * side, 1.8), 5.5)
    some = digest.solved > 0
    every = digest.solved >= n_seeds
    yield from _marked(
        digest.states == CellState.RUNNING, (0.5, 0.5), Corners(0.36 * side, accent, card), "being measured"
    )
    kinds = (
        (some & ~every, (0.3, 0.3), SignForm.CIRCLE, "solved by some seeds"),
        (every, (0.3, 0.3), SignForm.TICK, "solved" if n_seeds == 1 else "solved by all seeds"),
        (digest.collapsed > 0, (0.7, 0.3), SignForm.TRIANGLE, "a seed collapsed"),
        (digest.diverged > 0, (0.7, 0.7), SignForm.CROSS, "a seed diverged"),
    )
    for which, place, form, words in kinds:
        yield from _marked(which, place, Sign(radius, form, text, card), words)


def _marked(
    which: Mask, place: tuple[float, float], symbol: Corners | Sign | Star, words: str
) -> Iterator[Scatter]:
    """Yield the symbols of some cells, at a place within each; nothing where there are none."""
    rows, columns = np.nonzero(which)
    if rows.size:
        yield Scatter(columns + place[0], rows + place[1], symbol, legend=f"{words} ({rows.size})")


def _best(look: Look, best: int | None, digest: MapDigest, side: float) -> Iterator[Shape]:
    if best is None:
        return
    row, column = divmod(best, digest.values.shape[1])
    symbol = Star(min(max(0.2 * side, 2.5), 7.0), look.colour("accent"), look.colour("card"))
    yield Scatter(np.array([column + 0.3]), np.array([row + 0.72]), symbol, legend="highest objective so far")
