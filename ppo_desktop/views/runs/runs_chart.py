"""The card with the curves of the runs that are selected."""

from __future__ import annotations

import html
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.library_items import Kind, RunItem
from ppo_desktop.bridge.library_session import MOST_CURVES, LibrarySession
from ppo_desktop.bridge.run_groups import RunGroup
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.messages import counted, grouped, shortened
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.curves import translucent
from ppo_desktop.views.charts.frame import TICK_FONT, Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.scales import STEPS
from ppo_desktop.views.charts.shapes import Band, Key, Level, Lines, Shape
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.controls import Card, explained, laid_out, with_role
from ppo_desktop.views.figure import Drawing, Figure, Panel
from ppo_desktop.views.plot_cards import return_scale, solved_text
from ppo_desktop.views.runs.group_columns import field_name
from ppo_desktop.views.runs.run_columns import return_text
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import WordingLabel

MOST_COLOURS = 8
"""Of more runs all have the same colour."""
_LONGEST_NAME = 40
"""For which there is room, however many have a name in the legend."""
_SAMPLE_CHARACTERS = 12
"""For how many more the sample of a line has room, and what is left of the plot."""
_BAND_ALPHA = 40
"""Of 255."""
_FLATNESS = 0.4
"""Height of an exported figure, as a share of its width."""


class RunsChart(Chart):
    """Draws mean returns over the steps of each run; a branch begins where it has left another."""

    def __init__(self, library: LibrarySession, theme: Theme) -> None:
        self._library = library
        super().__init__(theme, "runs_figure", "Curves of the selected runs", "runs_curves")

    def note(self) -> str:
        return "Select runs above to see their curves together: several with Ctrl, Shift or Ctrl+A."

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the curves of the selected runs or groups, as far as there are any."""
        library, theme = self._library, self._theme
        if library.kind is not Kind.RUN:
            return None
        drawn = _drawn_groups(library) if library.group_by is not None else _drawn_runs(library)
        if not drawn:
            return None
        environment_id = drawn[0].environment_id if len({one.environment_id for one in drawn}) == 1 else ""
        every = np.concatenate([one.curve for one in drawn])
        scale = return_scale(environment_id)
        values = every[:, 1:][np.isfinite(every[:, 1:])]
        shown = scale.widened(scale.first_range, float(values.min()), float(values.max()))
        rows = Axis(scale, shown, "mean return of the last 100 episodes", "mean return", has_grid=True)
        begin, end = float(every[:, 0].min()), float(every[:, 0].max()) or 1.0
        columns = Axis(STEPS, (begin if end / 2 < begin < end else 0.0, end), "environment steps")
        solved = solved_return(environment_id) if environment_id else None
        shapes: list[Shape] = [] if solved is None else [Level(solved, solved_text(solved), is_at_left=True)]
        longest = _longest_name(theme, room, len(drawn))
        for place, one in reversed([*enumerate(drawn)]):
            shapes += one.shapes(_colour(theme, place, len(drawn)), longest)
        return plotted(theme, room, columns, rows, shapes, keys=[one.key for one in drawn])

    def tip(self, key: Key) -> str:
        assert isinstance(key, int)
        return run_tip(self._library.run(key)) if self._library.group_by is None else ""


@dataclass(frozen=True)
class _Drawn:
    """A curve in the chart.

    Attributes:
        key: What is pointed at.
        name: What it is called.
        environment_id: What is learnt.
        curve: Steps and mean returns, (n, 2), or with both ends of an interval, (n, 4).
        is_branch: Whether it begins where it has left another.
    """

    key: int
    name: str
    environment_id: str
    curve: Doubles
    is_branch: bool = False

    def shapes(self, colour: QColor, longest_name: int) -> list[Shape]:
        """Return the line, on its band if it has one; with 0 for its name that is not in the legend."""
        has_legend = longest_name > 0
        pen = QPen(colour, 2.0 if has_legend else 1.0)  # wider ones take many times longer
        if self.is_branch:
            pen.setDashPattern([4.0, 2.5])
        name = shortened(self.name, longest_name or _LONGEST_NAME)
        legend = name if has_legend else ""
        line = Lines({self.key: self.curve[:, :2]}, pen, names={self.key: name}, legend=legend)
        if self.curve.shape[1] == 2:
            return [line]
        steps, _, lows, highs = self.curve.T
        return [Band(steps, lows, highs, translucent(colour, _BAND_ALPHA)), line]


def _longest_name(theme: Theme, room: QRectF, count: int) -> int:
    """Return how many characters of each name there are in a legend of two lines; 0 for too many names."""
    if count > MOST_COLOURS:
        return 0
    in_a_line = math.ceil(count / 2)
    character = QFontMetricsF(theme.font(TICK_FONT)).averageCharWidth()
    return max(_LONGEST_NAME, int(room.width() / in_a_line / character) - _SAMPLE_CHARACTERS)


def _drawn_runs(library: LibrarySession) -> list[_Drawn]:
    runs = [(number, library.run(number)) for number in library.selected[:MOST_CURVES]]
    names = Counter(item.full_name for _, item in runs)
    return [
        _Drawn(
            number,
            item.full_name if names[item.full_name] == 1 else _told_apart(item),
            item.entry.summary.environment_id,
            library.curve(number),
            item.entry.summary.parent is not None,
        )
        for number, item in runs
        if item.entry.summary.curve
    ]


def _told_apart(item: RunItem) -> str:
    """Return a run's name with what tells it from others of that name, which by itself has the seed."""
    named = bool(item.labels.name)
    return f"{item.full_name}, {f'seed {item.entry.summary.seed}' if named else f'began {item.entry.began}'}"


def _drawn_groups(library: LibrarySession) -> list[_Drawn]:
    assert library.group_by is not None
    groups = [(place, library.groups[place]) for place in library.selected_groups]
    return [
        _Drawn(place, _group_name(group, library.group_by), group.environment_id, group.curve)
        for place, group in groups
        if len(group.curve)
    ]


def _group_name(group: RunGroup, field: str) -> str:
    """Return what a group is called: "PPO, ε = 0.2: mean of 3 seeds"."""
    value = f", {field_name(field)} = {group.value}" if group.value else ""
    return f"{group.algorithm}{value}: mean of {counted(group.n_seeds, 'seed')}"


def _colour(theme: Theme, place: int, count: int) -> QColor:
    """Return the colour of one of several curves; of many it is that of all returns."""
    if count > MOST_COLOURS:
        return theme.colour("episode_return")
    return variant_style(place, count).colour(theme)


def run_colour(library: LibrarySession, theme: Theme, number: int | None) -> QColor:
    """Return the colour of a run's curve if it is drawn alone, else that of all returns."""
    if number is not None and library.group_by is None and number in library.selected:
        return _colour(theme, list(library.selected).index(number), len(library.selected))
    return theme.colour("episode_return")


def run_tip(item: RunItem) -> str:
    """Return what is known of a run, as rich text."""
    summary = item.entry.summary
    best, last = (return_text(value, summary.environment_id) for value in (summary.best, summary.last))
    lines = [
        f"<b>{html.escape(item.full_name)}</b>",
        html.escape(f"{summary.environment_id}, began {item.entry.began}"),
        f"best {best}, last {last}",
        html.escape(item.entry.labels.note),
        "Double click: open in Train",
    ]
    return f"<qt>{'<br>'.join(line for line in lines if line)}</qt>"


class RunsCurvesCard(Card):
    """Shows the curves while the page is seen."""

    def __init__(self, library: LibrarySession, theme: Theme) -> None:
        super().__init__("runs_curves")
        self._library, self._theme = library, theme
        self.figure = RunsChart(library, theme)
        title = with_role(explained(QLabel("Selected runs"), "runs_curves"), "title")
        self._remark = WordingLabel()
        header = laid_out(QHBoxLayout(), title, (self._remark, 1))
        laid_out(QVBoxLayout(self), header, (self.figure, 1), margins=(10, 7, 10, 6), spacing=2)
        redraw = Redraw(self, self._redraw)
        library.changed.connect(redraw.request)
        library.selection_changed.connect(redraw.request)
        library.curves_changed.connect(redraw.request)
        library.highlight_changed.connect(lambda: self.figure.set_highlighted(library.highlighted))
        self.figure.pointed.connect(library.highlight)
        self.figure.opened.connect(self._open)

    def _redraw(self) -> None:
        self.figure.redraw()
        n_selected = len(self._library.selected)
        left_out = self._library.group_by is None and n_selected > MOST_CURVES
        self._remark.set_wordings([f"{MOST_CURVES} of {grouped(n_selected)} are drawn"] if left_out else [])

    def _open(self, key: int) -> None:
        if self._library.group_by is None:
            self._library.open(key)

    def exported(self, title: str, caption: str) -> Figure:
        """Return it as a figure."""
        self.figure.clearFocus()  # what the keyboard has chosen is no part of it
        return Figure(
            self._theme, Panel(self._theme, Drawing(self.figure.paint_in, _FLATNESS)), title, caption
        )
