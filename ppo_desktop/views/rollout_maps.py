"""Maps of the rollout that is learnt from: where it has been and ended, and where the critic errs."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPen

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.catalogue.state_plane import Cell, StateAxis
from ppo_desktop.ppo.messages import counted, grouped, signed
from ppo_desktop.ppo.plane_visits import visits_on
from ppo_desktop.views.charts.colours import along, image_of, mixed
from ppo_desktop.views.charts.frame import TICK_FONT, PlotFrame, left_of
from ppo_desktop.views.charts.legend import Legend
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import HeatMap, Key, Scatter, Shape
from ppo_desktop.views.charts.symbols import Cross
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.map_colours import MEANS
from ppo_desktop.views.map_shapes import (
    CELL_NAMES,
    Cells,
    CellTexts,
    ColourScale,
    PointedCells,
    axes_of,
    between_cells,
    cell_names,
    columns_below,
    landmarks,
    shaped,
)
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import (
    Moment,
    UpdateFigure,
    UpdatePicture,
    number_column,
    number_text,
)

_PALEST = 0.3
"""How much of the rollout's colour has a cell that was visited once."""
_LINES_WITH_NUMBERS = 1.8
"""Height of a cell of a grid from which there is room for numbers."""


class RolloutMap(UpdateFigure):
    """A cell of the plane has a colour where it was visited, and a hatching where it was not.

    What is beyond an edge of the plane counts in the cell at that edge.
    """

    def __init__(self, moment: Moment) -> None:
        assert moment.plane is not None
        trace = moment.minibatch.trace
        self.plane = moment.plane
        self.visits = visits_on(moment.plane, trace.evaluated)
        self._n_states = int(self.visits.visits.sum())
        self._is_visited = self.visits.visits > 0
        self._unit = ", scaled" if trace.settings.hyperparameters.normalize_rewards else ""

    @abstractmethod
    def shares(self) -> Doubles:
        """Return where on the scale of colours each cell is, 0 to 1; nan where it was not visited."""

    @abstractmethod
    def colours(self, theme: Theme) -> Sequence[QColor]:
        """Return the scale of colours from its lowest to its highest number."""

    @abstractmethod
    def scale(self) -> tuple[str, str, str]:
        """Return what the colours mean, and the numbers at both ends of their scale."""

    @abstractmethod
    def cell_texts(self) -> Mapping[int, Sequence[str]]:
        """Return what is written into cells of a grid, in several wordings."""

    def signs(self, theme: Theme) -> Sequence[Shape]:
        """Return what stands on the colours."""
        del theme
        return ()

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        plane, colours, (name, *ends) = self.plane, self.colours(theme), self.scale()
        keys = np.flatnonzero(self._is_visited | (self.visits.terminations > 0)).tolist()
        line = QFontMetricsF(theme.font(TICK_FONT)).height()
        # In a grid, where nearly all is visited, numbers say what a legend would.
        hatched = HeatMap(
            self._image(colours),
            QPen(theme.colour("border"), 1.0),
            legend="" if plane.cells else "not visited",
        )
        named = [hatched, *self.signs(theme)]
        columns, rows = axes_of(plane)
        left = left_of(theme, rows)
        legend = Legend(theme, named, room.width() - left)  # it begins where the area does
        top = legend.height + 1.4 * line
        area = shaped(room.adjusted(left, top, -1.0, -1.5 * line), plane)
        scale_line = QRectF(room.left(), room.top() + legend.height, room.width() - 2, line)
        shapes: list[Shape] = [
            hatched,
            Cells(plane),
            between_cells(theme, plane),
            landmarks(theme, plane),
            *named[1:],
            self._texts(area.height() / plane.rows >= _LINES_WITH_NUMBERS * line),
            PointedCells(plane, keys),
            columns_below(plane),
            ColourScale(name, "muted", ends, colours, scale_line),
        ]
        around = QRectF(area.left() - left, room.top(), area.width() + left, room.height())
        return Picture(PlotFrame(theme, area, columns, rows, around), shapes, keys=keys, legend=legend)

    def _texts(self, has_room: bool) -> CellTexts:
        """Return what is written into the cells of a grid: their numbers, where colours are seen beside."""
        names = cell_names(self.plane)
        return CellTexts(self.plane, {**names.wordings, **self.cell_texts()}) if has_room else names

    def _image(self, colours: Sequence[QColor]) -> QImage:
        """Return a pixel for each cell, clear where it was not visited."""
        shares = self.shares().reshape(self.plane.rows, self.plane.columns)
        is_known = np.isfinite(shares)
        pixels = along(np.where(is_known, shares, 0.0), colours)
        return image_of(np.concatenate([pixels, 255.0 * is_known[..., np.newaxis]], axis=-1))

    def tip(self, key: Key) -> str:
        if not isinstance(key, int):
            return ""
        visits = self.visits
        lines = [self._place_of(key), counted(int(visits.visits[key]), "visit")]
        if self._is_visited[key]:
            value, learnt, error = (
                number_text(float(numbers[key])) for numbers in (visits.values, visits.returns, visits.errors)
            )
            lines.append(f"means{self._unit}: V(s) = {value}, R = {learnt}, V − R = {error}")
        if visits.terminations[key]:
            lines.append(f"terminated: {counted(int(visits.terminations[key]), 'episode')}")
        return "<br>".join(lines)

    def _place_of(self, cell: int) -> str:
        """Return which states are in a cell."""
        row, column = divmod(cell, self.plane.columns)
        if self.plane.cells:
            return f"{self.plane.x.label} {column + 1}, {self.plane.y.label} {row + 1}"
        across = _interval(self.plane.x, column, self.plane.columns)
        return f"{across}, {_interval(self.plane.y, self.plane.rows - 1 - row, self.plane.rows)}"

    def summary(self) -> str:
        visits = self.visits
        n_cells, n_ended = int(self._is_visited.sum()), int(visits.terminations.sum())
        name, low, high = self.scale()
        parts = [
            f"{counted(self._n_states, 'state')} of the rollout in {counted(n_cells, 'cell')}",
            f"{name} from {low} to {high}",
            f"{counted(n_ended, 'episode')} terminated, {grouped(visits.n_cut_off)} at a time limit",
        ]
        if visits.n_beyond:
            parts.append(f"{grouped(visits.n_beyond)} beyond an edge, counted at it")
        return "; ".join(parts)

    def columns(self) -> Sequence[Column]:
        visits, plane = self.visits, self.plane
        cells = np.flatnonzero(self._is_visited | (visits.terminations > 0))
        middles = plane.grid()[cells]
        return [
            number_column("column", cells % plane.columns + 1),
            number_column("row_from_top", cells // plane.columns + 1),
            number_column("x", middles[:, 0]),
            number_column("y", middles[:, 1]),
            number_column("visits", visits.visits[cells]),
            number_column("terminations", visits.terminations[cells]),
            number_column("mean_value", visits.values[cells]),
            number_column("mean_return", visits.returns[cells]),
            number_column("mean_error", visits.errors[cells]),
        ]


class VisitsMap(RolloutMap):
    """How often each cell was visited, on a logarithmic scale, and a cross where episodes terminated."""

    def shares(self) -> Doubles:
        visits, most = self.visits.visits, int(self.visits.visits.max())
        with np.errstate(divide="ignore"):
            logs = np.where(self._is_visited, np.log(visits), np.nan)
        return logs / math.log(most) if most > 1 else 0 * logs

    def colours(self, theme: Theme) -> Sequence[QColor]:
        strongest = theme.colour("rollout")
        return mixed(theme.colour("scene"), strongest, _PALEST), strongest

    def scale(self) -> tuple[str, str, str]:
        return "visits (log scale)", "1", grouped(int(self.visits.visits.max()))

    def signs(self, theme: Theme) -> Sequence[Shape]:
        if self.plane.cells:
            return ()  # there the number stands beside its sign
        n_ended = int(self.visits.terminations.sum())
        x, y = self.plane.grid()[self.visits.terminations > 0].T
        rim, cross = (
            Cross(radius, QPen(theme.colour(colour), width))
            for radius, colour, width in ((4.2, "scene", 4.0), (3.6, "text", 1.7))
        )
        return Scatter(x, y, rim), Scatter(x, y, cross, legend=f"terminated: {grouped(n_ended)}")

    def cell_texts(self) -> Mapping[int, Sequence[str]]:
        texts: dict[int, Sequence[str]] = {}
        for cell, kind in enumerate(self.plane.cells):
            n_ended, name = int(self.visits.terminations[cell]), CELL_NAMES.get(kind, "")
            if n_ended:
                sign = f"✕ {grouped(n_ended)}"
                texts[cell] = (f"{name} {sign}", f"{name[:1].upper()} {sign}", sign)
            elif kind is Cell.FREE:
                texts[cell] = (grouped(int(self.visits.visits[cell])),)
        return texts


class CriticErrorMap(RolloutMap):
    """How far V(s) is above the return R that the critic is to learn, the mean over each cell's visits."""

    @property
    def largest(self) -> float:
        """The largest size of a mean error: both ends of the scale of colours."""
        return float(np.nanmax(np.abs(self.visits.errors)))

    def shares(self) -> Doubles:
        errors = self.visits.errors
        return 0.5 + errors / (2 * self.largest) if self.largest > 0 else 0.5 + errors

    def colours(self, theme: Theme) -> Sequence[QColor]:
        return [theme.colour(name) for name in MEANS]

    def scale(self) -> tuple[str, str, str]:
        end = number_text(self.largest)
        return f"mean of V(s) − R{self._unit}", f"−{end}", f"+{end}"

    def cell_texts(self) -> Mapping[int, Sequence[str]]:
        errors = self.visits.errors
        return {
            cell: [signed(f"{errors[cell]:+.{decimals}f}") for decimals in (2, 1)]
            for cell in np.flatnonzero(self._is_visited).tolist()
        }


ROLLOUT_MAPS = (
    UpdatePicture("visits_map", "Visits", "visits_map", VisitsMap),
    UpdatePicture("critic_error_map", "V(s) − R", "critic_error_map", CriticErrorMap),
)
"""What can be shown on the plane instead of what the networks say, in the order in which it is offered."""


def _interval(axis: StateAxis, place: int, n_places: int) -> str:
    """Return from where to where one of so many equal parts of an axis reaches."""
    ends = [axis.low + (place + side) / n_places * (axis.high - axis.low) for side in (0, 1)]
    low, high = (number_text(end) for end in ends)
    return f"{axis.label} {low} to {high} {axis.unit}".rstrip()
