"""The figure of luck or fate: how far apart branches go that only differ in their random numbers."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ppo_desktop.bridge.luck_session import MOST_FANS, LuckSession
from ppo_desktop.jobs.fan import Branch, Fan, Outcome, change_words, result_words
from ppo_desktop.jobs.moment import USUAL_BRANCHES
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.hyperparameters import values_line
from ppo_desktop.ppo.messages import counted
from ppo_desktop.runs.curve import CAPACITY, Points
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.curves import translucent
from ppo_desktop.views.charts.frame import Axis, PlotFrame
from ppo_desktop.views.charts.picture import AT_ONCE, Picture, plotted
from ppo_desktop.views.charts.scales import STEPS
from ppo_desktop.views.charts.shapes import REACH, Band, Key, Level, Lines, Shape
from ppo_desktop.views.charts.symbols import Circle, Cross, Diamond, Dot, Ring, Symbol
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.plot_cards import return_scale, solved_text
from ppo_desktop.views.theme import Theme

_BAND_ALPHA, _LINE_ALPHA = 36, 190
"""Of 255: where several lines lie on each other they are darker than one."""
_RADIUS = 0.27
"""Of a symbol, in base font sizes."""
_MOST_OF_WIDTH = 0.2
"""Share of the figure that the symbols of branches with equal ends may take."""


class LuckChart(Chart):
    """The mean return of every branch, and of the run itself, from the moment on.

    Each fan has a band from its lowest to its highest branch, and beside the end of each branch a symbol for
    what has become of it. Lines of branches that do the same lie on each other, their symbols side by side.
    """

    empty = "Choose after which update, and press Start: the branches grow here."

    def __init__(self, luck: LuckSession, theme: Theme) -> None:
        self._luck = luck
        super().__init__(theme, "luck_figure", "Mean return of the branches", "luck_or_fate")
        self.pointed.connect(self.set_highlighted)
        self.opened.connect(self._open)

    def picture_in(self, room: QRectF) -> Picture | None:
        fans, theme = self._luck.fans, self._theme
        if not fans:
            return None
        settings, begin = fans[0].settings, fans[0].begins_at
        n_branches = sum(len(fan.branches) for fan in fans)
        pitch = min(2 * _RADIUS * theme.base_size + 2, _MOST_OF_WIDTH * room.width() / max(1, n_branches))
        shapes: list[Shape] = []
        if (solved := solved_return(settings.environment_id)) is not None:
            shapes.append(Level(solved, solved_text(solved), is_at_left=True))
        shapes += self._ends(pitch)
        if len(fans[0].itself[0]) > 1:  # below the branches, which may all do the same
            itself: dict[Key, Numbers] = {None: _line(fans[0].itself)}
            pen = QPen(theme.colour("text"), 3.5)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([2.0, 1.0])  # a branch that is pointed at is of the same colour
            shapes.append(Lines(itself, pen, legend="the run itself"))
        for number, fan in enumerate(fans):
            shapes += self._branches(number, fan)
        columns = Axis(STEPS, (begin, begin + max(fan.steps for fan in fans)), "environment steps")
        room_for_symbols = QMarginsF(0.0, 0.0, (n_branches + 1) * pitch, 0.0)
        return plotted(theme, room, columns, _return_axis(fans), shapes, inset=room_for_symbols)

    def _branches(self, number: int, fan: Fan) -> Iterator[Shape]:
        """Yield the band and the lines of a fan."""
        colour = self._colour(number)
        if (band := _band(fan)) is not None:
            yield Band(*band, translucent(colour, _BAND_ALPHA))
        end = fan.begins_at + fan.steps
        lines: dict[Key, Numbers] = {(number, one.seed): _line(one.mean_return, end) for one in fan.branches}
        pen = QPen(translucent(colour, _LINE_ALPHA), 1.4)
        yield _Branches(lines, pen, is_cut=True, legend=change_words(fan))

    def _ends(self, pitch: float) -> Iterator[Shape]:
        """Yield for each outcome the symbols of the branches that came to it."""
        over = [
            (number, fan, branch)
            for number, fan in enumerate(self._luck.fans)
            for branch in fan.ended
            if len(branch.mean_return[0])
        ]
        ends: dict[Key, tuple[float, float]] = {
            (number, branch.seed): _end(branch, fan.begins_at + fan.steps) for number, fan, branch in over
        }
        for outcome in reversed(Outcome):
            symbols: dict[Key, Symbol] = {
                (number, branch.seed): self._symbol(outcome, self._colour(number))
                for number, _, branch in over
                if branch.outcome is outcome
            }
            if symbols:
                yield BranchEnds(ends, symbols, pitch, legend=outcome.label)

    def _colour(self, number: int) -> QColor:
        return variant_style(number, MOST_FANS).colour(self._theme)

    def _symbol(self, outcome: Outcome, colour: QColor) -> Symbol:
        radius = _RADIUS * self._theme.base_size
        match outcome:
            case Outcome.HELD:
                return Dot(radius, colour)
            case Outcome.FALLEN_BACK:
                return Ring(radius, colour, self._theme.colour("card"))
            case Outcome.COLLAPSED:
                return Cross(radius, QPen(colour, 2.2))
            case _:
                return Diamond(radius, colour)

    def tip(self, key: Key) -> str:
        return "".join(f"<qt>{html.escape(branch_words(*found))}</qt>" for found in self._found(key))

    def _open(self, key: Key) -> None:
        for fan, branch in self._found(key):
            self._luck.open_in_train(fan, branch.seed)

    def _found(self, key: Key) -> list[tuple[Fan, Branch]]:
        """Return the branch that a key stands for; what was reached before may be there no more."""
        return [
            (fan, branch)
            for number, fan in enumerate(self._luck.fans)
            for branch in fan.branches
            if (number, branch.seed) == key
        ]

    def summary(self) -> str:
        return " ".join(results(self._luck))


@dataclass(frozen=True, eq=False)
class _Branches(Lines):
    """Long lines: the usual number of them is painted at a time."""

    @property
    def cost(self) -> int:
        return AT_ONCE * len(self.lines) // USUAL_BRANCHES


@dataclass(frozen=True, eq=False)
class BranchEnds(Shape):
    """Symbols beside the ends of lines; what would cover each other stands side by side.

    Attributes:
        ends: {key: where a line ends, in plotted units}, of all lines.
        symbols: {key: what stands beside it}, of some of them.
        pitch: Pixels from one to the next.
    """

    ends: Mapping[Key, tuple[float, float]]
    symbols: Mapping[Key, Symbol]
    pitch: float

    def places(self, frame: PlotFrame) -> dict[Key, QPointF]:
        """Return where each symbol stands."""
        points = {key: frame.point(*end) for key, end in self.ends.items()}
        in_order = sorted(points, key=lambda key: round(points[key].y() / self.pitch))
        aside = side_by_side([points[key].y() for key in in_order], self.pitch)
        return {
            key: points[key] + QPointF((1 + place) * self.pitch, 0.0)
            for key, place in zip(in_order, aside, strict=True)
            if key in self.symbols
        }

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        for key, place in self.places(frame).items():
            self.symbols[key].paint(painter, place)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        next(iter(self.symbols.values())).paint_sample(painter, place, radius)

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        away = [(_distance(place, position), key) for key, place in self.places(frame).items()]
        distance, key = min(away, key=lambda one: one[0])
        return (distance, key) if distance <= REACH else None

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        return self.places(frame).get(key)

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        if (place := self.place(frame, key)) is not None:
            Circle(self.symbols[key].radius + 2.5, QPen(frame.theme.colour("text"), 1.6)).paint(
                painter, place
            )


def side_by_side(rows: Sequence[float], pitch: float) -> list[int]:
    """Return how many places aside each of some heights stands, so that none covers another.

    Args:
        rows: The heights, each at most a pitch less than the one before.
        pitch: Least distance between two that stand in the same place.
    """
    latest: list[float] = []
    """In each place the height that was taken last."""
    aside = []
    for row in rows:
        place = next((n for n, taken in enumerate(latest) if row - taken >= pitch), len(latest))
        latest[place : place + 1] = [row]
        aside.append(place)
    return aside


# ---- words -------------------------------------------------------------------------------------------


def results(luck: LuckSession) -> list[str]:
    """Return for every fan how many of its branches came to which end."""
    return [result_words(fan, is_growing=luck.is_growing(fan)) for fan in luck.fans]


def branch_words(fan: Fan, branch: Branch) -> str:
    """Return what has become of one branch."""
    values = branch.mean_return[1]
    write = return_scale(fan.settings.environment_id).write
    now = f", mean return {write(float(values[-1]))}" if len(values) else ""
    end = f": {branch.outcome.label}" if branch.outcome is not None else ""
    message = f". {branch.message}" if branch.message else ""
    changes = values_line(fan.changes) or "nothing changed"
    return f"Seed {branch.seed}, {changes}, {counted(branch.steps, 'step')}{now}{end}{message}"


# ---- numbers -----------------------------------------------------------------------------------------


def _line(points: Points, end: float = np.inf) -> Numbers:
    """Return points as (n, 2), what lies beyond an end at it: a branch ends with a whole rollout."""
    steps, values = points
    return np.stack([np.minimum(steps, end), values], axis=1)


def _end(branch: Branch, end: float) -> tuple[float, float]:
    column, row = _line(branch.mean_return, end)[-1].tolist()
    return column, row


def _band(fan: Fan) -> tuple[Numbers, Numbers, Numbers] | None:
    """Return steps, and the lowest and highest mean return there of the branches that have come so far."""
    lines = [branch.mean_return for branch in fan.branches if len(branch.mean_return[0])]
    if len(lines) < 2:
        return None
    end = min(max(float(steps[-1]) for steps, _ in lines), fan.begins_at + fan.steps)
    steps = np.linspace(fan.begins_at, end, CAPACITY)
    values = np.stack([np.interp(steps, *line, right=np.nan) for line in lines])
    return steps, np.nanmin(values, axis=0), np.nanmax(values, axis=0)


def _distance(one: QPointF, other: QPointF) -> float:
    return float(np.hypot(one.x() - other.x(), one.y() - other.y()))


def _return_axis(fans: Sequence[Fan]) -> Axis:
    """Return a round range with all returns in it, and what the environment allows, where that is known."""
    scale = return_scale(fans[0].settings.environment_id)
    values = np.concatenate(
        [fan.itself[1] for fan in fans] + [b.mean_return[1] for f in fans for b in f.branches]
    )
    shown = scale.first_range or (0.0, 1.0)
    if len(values):
        shown = scale.widened(scale.first_range, float(values.min()), float(values.max()))
    return Axis(scale, shown, "mean return of the last 100 episodes", "mean return", has_grid=True)
