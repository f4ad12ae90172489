"""A page written on the kit: runs on a grid of two hyperparameters, as a heat map and as a table."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.record import Recorder
from ppo_desktop.jobs.job import Ended, Idle, Job
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.engines.choice import make_engine, useful_threads
from ppo_desktop.ppo.events import Event, RunFinished, UpdateFinished
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, values_line
from ppo_desktop.ppo.messages import counted, duration
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.runner import Runner
from ppo_desktop.runs.speeds import MeasuredTrainer
from ppo_desktop.study.dimension import usual_dimension
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.colours import along, image_of
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale
from ppo_desktop.views.charts.shapes import HeatMap, Key, Scatter
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.controls import Card, captioned, laid_out, named, push_button, refresh_at, with_role
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.fields import NumberBox, StepsBox
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.overflow import OverflowArea, WrappingSplitter
from ppo_desktop.views.kit.page import JobPage
from ppo_desktop.views.kit.table import Column, Table, TablePlace, column_over
from ppo_desktop.views.theme import Theme

ENVIRONMENT, SEED = "CartPole-v1", 1
WRITE = partial(FINAL_RETURN.write, environment_id=ENVIRONMENT)
FIELDS = {field: each.label for field, each in DECLARATIONS.items() if each.search is not None}


# ---- what is trained ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """What is set up; runs are numbered from 0, row by row, the lowest values first."""

    across: str = "clip_range"
    up: str = "learning_rate"
    n: int = 3
    total_steps: int = 20_000

    def values(self, field: str) -> list[Value]:
        return replace(usual_dimension(field), points=self.n).grid_values()

    def runs(self) -> list[dict[str, Value]]:
        """Return the values of each run."""
        sides = product(self.values(self.up), self.values(self.across))
        return [{self.across: across, self.up: up} for up, across in sides]

    def settings(self, number: int) -> RunSettings:
        base = presets_for(ENVIRONMENT)[0].hyperparameters.with_budget(self.total_steps)
        return RunSettings(ENVIRONMENT, Algorithm.PPO, base.changed(self.runs()[number]), SEED)


class CellEnded(NamedTuple):
    """A run has ended, with this return at the end of training."""

    number: int
    mean_return: float


class GridJob(Job[CellEnded]):
    """Lets all runs of a grid learn."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(enough=grid.total_steps)
        self._grid = grid
        self._steps = [0] * len(grid.runs())

    @property
    def done(self) -> float:
        return sum(self._steps)

    @property
    def total(self) -> float:
        return len(self._steps) * self._grid.total_steps

    def _work(self) -> Generator[CellEnded | Idle, None, Ended]:
        with Runner(useful_threads(COMPILED)) as self._runner:
            for number in range(len(self._steps)):
                recorder = Recorder(self._grid.total_steps, ENVIRONMENT)
                self._runner.add(partial(self._create, number), partial(self._take, number, recorder))
            self._follow_wishes()
            n_left = len(self._steps)
            while n_left and not self._is_cancelled:
                ended = self._next_progress()
                n_left -= ended is not None
                yield ended or Idle()
        return Ended(self._reason())

    def _create(self, number: int) -> MeasuredTrainer:
        settings = self._grid.settings(number)
        return MeasuredTrainer(settings, make_engine(settings, COMPILED))

    def _take(self, number: int, recorder: Recorder, event: Event) -> None:
        recorder.take(event)
        if isinstance(event, UpdateFinished):
            self._steps[number] = event.steps
        elif isinstance(event, RunFinished):
            self._steps[number] = self._grid.total_steps
            self._progressed.put(
                CellEnded(number, FINAL_RETURN.of(recorder.record, recorder.record.bins_done))
            )


class MapsSession(JobSession):
    """What is set up, and what has come of what is shown."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.draft = self.shown = Grid()
        self.results: dict[int, float] = {}
        for signal in (self.state_changed, self.progress_changed):
            signal.connect(self.changed)

    def set_up(self, **parts: object) -> None:
        self.draft = replace(self.draft, **parts)
        self.changed.emit()

    def start(self) -> None:
        self.shown, self.results, self.progress = self.draft, {}, None
        self._begin_job("maps", GridJob(self.draft), seconds=0.1)

    def _take(self, ended: CellEnded) -> None:
        self.results[ended.number] = ended.mean_return
        self.changed.emit()


# ---- what is seen ------------------------------------------------------------------------------------


class MapsBar(JobBar):
    """Two hyperparameters, how many values of each, steps; Start, Stop."""

    def __init__(self, maps: MapsSession) -> None:
        super().__init__()
        form = DraftForm(self, maps.changed)
        across = ChoiceCombo("across_combo", "Across", "contour_pair")
        form.add(
            across, lambda: maps.draft.across, lambda f: maps.set_up(across=f), lambda: _but(maps.draft.up)
        )
        up = ChoiceCombo("up_combo", "Up", "contour_pair")
        form.add(up, lambda: maps.draft.up, lambda f: maps.set_up(up=f), lambda: _but(maps.draft.across))
        points = named(NumberBox(2, 9, " values each"), "points_box", "Values of each", "grid_points")
        form.add(points, lambda: maps.draft.n, lambda n: maps.set_up(n=n))
        steps = named(StepsBox(maps.notices), "maps_steps", "Steps of each run", "compare_steps")
        form.add(steps, lambda: maps.draft.total_steps, lambda n: maps.set_up(total_steps=n))
        self.start = StartButton("maps_button", "compare", maps.toggle)
        stop = push_button("Stop", "maps_stop_button", "stop_comparison", maps.stop)
        fields = (*captioned("Across", across), *captioned("Up", up), points, steps)
        self.set_groups(fields, (self.start, stop))
        refresh_at(lambda: self.start.show_state(maps.state, "Draw the map"), maps.changed)
        refresh_at(lambda: stop.setEnabled(maps.is_under_way), maps.changed)


def _but(other: str) -> dict[str, str]:
    """Return the hyperparameters that are not on the other axis."""
    return {field: label for field, label in FIELDS.items() if field != other}


class MapChart(Chart):
    """The grid as colours, the better the darker, with a dot for each run."""

    def __init__(self, maps: MapsSession, theme: Theme) -> None:
        self._maps = maps
        super().__init__(theme, "map_figure", "Return over two hyperparameters", "contour")
        refresh_at(self.redraw, maps.changed)
        maps.highlight_changed.connect(lambda: self.set_highlighted(maps.highlighted))
        self.pointed.connect(maps.highlight)

    def picture_in(self, room: QRectF) -> Picture | None:
        maps, theme = self._maps, self._theme
        if not maps.results:
            return None
        across, up = (_axis(maps.shown, field) for field in (maps.shown.across, maps.shown.up))
        numbers = np.array(sorted(maps.results))
        returns = np.array([maps.results[number] for number in numbers])
        rows, columns = np.divmod(numbers, round(across.shown[1]))
        colours, shares = (theme.colour("card"), theme.colour("accent")), returns - returns.min()
        pixels = np.zeros((round(up.shown[1]), round(across.shown[1]), 4))
        pixels[rows, columns] = np.insert(along(shares / (shares.max() or 1.0), colours), 3, 255.0, axis=1)
        legend = f"run, from {WRITE(returns.min())} (pale) to {WRITE(returns.max())} (dark)"
        dot = Dot(4.0, theme.colour("text"), colours[0])
        dots = Scatter(columns + 0.5, rows + 0.5, dot, marked=numbers.tolist(), legend=legend)
        return plotted(theme, room, across, up, [HeatMap(image_of(pixels[::-1])), dots])

    def note(self) -> str:
        return "Every run gets a field here when it has ended."

    def tip(self, key: Key) -> str:
        values = self._maps.shown.runs()[key]
        return f"<qt>{values_line(values)}: {WRITE(self._maps.results[key])}</qt>"


def _axis(grid: Grid, field: str) -> Axis:
    """Return an axis with a place for each value."""
    values = grid.values(field)
    ticks = [(place + 0.5, DECLARATIONS[field].format(value)) for place, value in enumerate(values)]
    return Axis(FixedScale(ticks), (0.0, float(len(values))), DECLARATIONS[field].label)


class MapsPage(JobPage):
    """A heat map left, a table right."""

    def __init__(self, maps: MapsSession, theme: Theme) -> None:
        super().__init__("maps", "Maps", MapsBar(maps), "comparison_table", maps)
        self._maps, self._theme = maps, theme

    @property
    def hint(self) -> str:
        return "Choose two hyperparameters and draw the map of the return over them."

    def fill(self) -> None:
        maps, theme = self._maps, self._theme
        self._table = named(Table(theme), "maps_table", "Return of every run", "comparison_table")
        self._place = TablePlace(self._table, "Every run gets a row here.", "copy_maps_button")
        self._table.pointed.connect(maps.highlight)
        maps.highlight_changed.connect(lambda: self._table.set_highlighted(maps.highlighted))
        refresh_at(self._show_runs, maps.changed)
        chart = _card("Return", MapChart(maps, theme))
        body = WrappingSplitter({chart: 1, _card("Runs", self._place, self._place.copy_button): 1})
        body.setSizes([700, 400])
        key, left = "comparison_progress", self._left
        status = (
            ShareBar("maps_progress", "Progress of all runs", key, lambda: maps.share_done),
            StatusLabel("maps_phase", "Phase", key, self._phase, "64 of 81 runs ", is_bold=True),
            StatusLabel("maps_time_left", "Time left", "time_left", left, "about 10 min left "),
        )
        self.lay_out(OverflowArea(body), Footer(status, (), maps.changed))

    def _show_runs(self) -> None:
        grid, results = self._maps.shown, self._maps.results
        numbers = sorted(results)

        def column(field: str) -> Column:
            names, runs = (DECLARATIONS[field].short_name, DECLARATIONS[field].label), grid.runs()

            def text(number: int) -> str:
                return DECLARATIONS[field].format(runs[number][field])

            return column_over(numbers, *names, number=lambda n: runs[n][field], text=text, name=field)

        result = column_over(
            *(numbers, FINAL_RETURN.header, FINAL_RETURN.label),
            number=results.__getitem__,
            text=lambda number: WRITE(results[number]),
            name=FINAL_RETURN.name,
        )
        self._place.show_whether_there_is_any(bool(results))
        self._table.show_columns([column(grid.across), column(grid.up), result], numbers)

    def _phase(self) -> str:
        return f"{len(self._maps.results)} of {counted(len(self._maps.shown.runs()), 'run')}"

    def _left(self) -> str:
        left = self._maps.seconds_left
        return "" if left is None else f"about {duration(left)} left"


def _card(title: str, body: QWidget, *controls: QWidget) -> Card:
    card = Card()
    header = laid_out(QHBoxLayout(), with_role(QLabel(title), "title"), 1, *controls)
    laid_out(QVBoxLayout(card), header, (body, 1), margins=(10, 7, 10, 8), spacing=2)
    return card
