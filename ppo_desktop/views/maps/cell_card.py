"""The card of the cell that is looked at: its values, every seed, their curves, and ways on from it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.comparison.record import RunRecord, bin_ends, steps_after
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.quantities import RETURN, Per, Quantity
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.scales import STEPS
from ppo_desktop.views.charts.shapes import Key, Level, Lines, Rules, Shape
from ppo_desktop.views.controls import Card, laid_out, named, push_button, with_role
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.maps.wording import number_line, seed_lines, values_words
from ppo_desktop.views.plot_cards import return_scale, scale_of, solved_text
from ppo_desktop.views.theme import Theme

_POINT_AT_ONE = (
    "Click a cell, or go to one with the arrow keys and press Return, to see every seed of it here."
)
_DASHES = (None, [5.0, 2.5], [1.5, 2.0], [7.0, 2.0, 1.5, 2.0])


class SeedCurvesChart(Chart):
    """The curve of every seed of a cell, over the steps of training; its keys are seeds."""

    empty = "The curves of a cell's seeds are kept when it is measured."

    def __init__(self, theme: Theme) -> None:
        self._plan: StudyPlan | None = None
        self._quantity: Quantity = RETURN
        self._runs: tuple[RunRecord, ...] = ()
        self._n_bins = 0
        super().__init__(theme, "seed_curves_figure", "Curve of every seed", "map_cell")
        self.pointed.connect(self.set_highlighted)

    def show_runs(
        self, plan: StudyPlan, quantity: Quantity, runs: tuple[RunRecord, ...], n_bins: int
    ) -> None:
        """Show the curves of a quantity, or returns, and how much of training the map shows."""
        self._quantity = RETURN if quantity.per is Per.RUN else quantity
        self._plan, self._runs, self._n_bins = plan, runs, n_bins
        self.redraw()

    def sizeHint(self) -> QSize:
        return QSize(260, 170)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the curves, if there are any."""
        if self._plan is None or not self._runs:
            return None
        quantity = self._quantity
        is_return = quantity is RETURN
        scale = return_scale(self._plan.environment_id) if is_return else scale_of(quantity)
        ends = bin_ends(self._plan.total_steps)
        curves = [scale.to_plot(run.curve(quantity.name)) for run in self._runs]
        finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
        shown = scale.first_range
        if finite.size:
            shown = scale.widened(shown, float(finite.min()), float(finite.max()))
        shapes: list[Shape] = [*self._moment(), *(self._solved() if is_return else ())]
        for place, curve in reversed([*enumerate(curves)]):  # named in a legend, what is drawn last first
            pen = QPen(self._theme.colour("accent"), 1.6)
            dashes = _DASHES[place % len(_DASHES)]
            if dashes is not None:
                pen.setDashPattern(dashes)
            line = np.stack([ends, curve], axis=-1)
            shapes.append(Lines({place + 1: line}, pen, is_cut=True, legend=f"seed {place + 1}"))
        rows = Axis(scale, shown or (0.0, 1.0), quantity.short_title, has_grid=True)
        columns = Axis(STEPS, (0.0, float(self._plan.total_steps)))
        return plotted(self._theme, room, columns, rows, shapes)

    def tip(self, key: Key) -> str:
        """Return which seed it is."""
        return f"<qt>Seed {key}</qt>"

    def _moment(self) -> list[Shape]:
        """Return where in training the map is, unless it shows all of it."""
        assert self._plan is not None
        steps = steps_after(self._n_bins, self._plan.total_steps)
        pen = QPen(self._theme.colour("muted"), 1.0, Qt.PenStyle.DashLine)
        return [Rules(pen, columns=[steps])] if steps < self._plan.total_steps else []

    def _solved(self) -> list[Shape]:
        assert self._plan is not None
        solved = solved_return(self._plan.environment_id)
        return [] if solved is None else [Level(solved, solved_text(solved))]


class CellCard(Card):
    """Shows the cell that is chosen; without one, how to choose it."""

    def __init__(self, maps: MapSession, theme: Theme) -> None:
        super().__init__("map_cell")
        self._maps = maps
        self._build(theme)
        self.redraw = Redraw(self, self._show)
        maps.digest_changed.connect(self.redraw.request)
        maps.chosen_changed.connect(self.redraw.now)
        maps.study_changed.connect(self.redraw.now)

    def _build(self, theme: Theme) -> None:
        self._title = with_role(named(QLabel(), "cell_values", "Values of the cell", "map_cell"), "title")
        self._numbers = named(QLabel(), "cell_numbers", "Numbers of the cell", "map_cell")
        self._numbers.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._title, self._numbers):
            label.setWordWrap(True)
            label.setMinimumWidth(150)
        self.curves = SeedCurvesChart(theme)
        self._buttons = (
            push_button("Open in Train", "cell_in_train_button", "cell_in_train", self._open_in_train),
            push_button(
                "Row in Compare", "row_in_compare_button", "row_in_compare", lambda: self._compare(0)
            ),
            push_button(
                "Column in Compare", "column_in_compare_button", "row_in_compare", lambda: self._compare(1)
            ),
        )
        bar = WrappingBar()
        bar.set_groups(self._buttons, ())
        self._nothing = QWidget()
        parts = (self._title, self._numbers, (self.curves, 1), (self._nothing, 1), bar)
        laid_out(QVBoxLayout(self), *parts, margins=(10, 7, 10, 8), spacing=4)

    def _open_in_train(self) -> None:
        if self._maps.chosen is not None:
            self._maps.open_cell_in_train(self._maps.chosen)

    def _compare(self, place: int) -> None:
        if self._maps.chosen is not None:
            self._maps.compare_along(self._maps.chosen, place)

    def _show(self) -> None:
        maps, cell, plan = self._maps, self._maps.chosen, self._maps.plan
        digest = None if maps.digest is None else maps.digest[0]
        for button in self._buttons:
            button.setEnabled(cell is not None and plan is not None)
        if cell is None or plan is None or digest is None:
            self._title.setText("A cell")
            self._numbers.setText(_POINT_AT_ONE)
            self._show_curves(False)
            return
        self._title.setText(values_words(plan, cell))
        trial = maps.trial_of(cell)
        self._numbers.setText("\n".join([number_line(digest, cell), *seed_lines(digest, trial)]))
        runs = () if trial is None else trial.runs
        self._show_curves(True)
        self.curves.show_runs(plan, digest.question.quantity, runs, maps.inquiry.n_bins)

    def _show_curves(self, is_shown: bool) -> None:
        """Show the curves, or leave their room empty."""
        self.curves.setVisible(is_shown)
        self._nothing.setVisible(not is_shown)
