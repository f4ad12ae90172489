"""V(s) against the return that the critic is to learn: explained variance is what this cloud says."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ppo_desktop.ppo.estimates import critic_fit
from ppo_desktop.ppo.messages import grouped, signed
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import LinearScale, Range
from ppo_desktop.views.charts.shapes import Key, Level, Lines, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column, number_text

LARGEST_DRAWN = 2000
"""Samples drawn; of a larger rollout every so many-th is drawn, the numbers are of all."""
_SCALE = LinearScale()
_NARROW = 0.05
"""Share of a number below which an axis around it needs more digits than three."""


class ValueScatter(UpdateFigure):
    """A point for each sample of the rollout, the diagonal R = V and the mean of R.

    V is that of the critic that collected the rollout, R = Â + V.
    """

    def __init__(self, moment: Moment) -> None:
        evaluated = moment.minibatch.trace.evaluated
        self._n_envs = evaluated.rollout.n_envs
        self._values, self._targets = evaluated.values.astype(float), evaluated.value_targets.astype(float)
        self.fit = critic_fit(evaluated.values, evaluated.value_targets)

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        low, high = self._range()
        every = slice(None, None, -(-len(self._values) // LARGEST_DRAWN))
        drawn = np.arange(len(self._values))[every]
        symbol = Dot(2.25, theme.colour("value", 0.6))
        diagonal = QPen(theme.colour("text"), 1.4)
        mean = float(self._targets.mean())
        shapes: list[Shape] = [
            Scatter(self._values[every], self._targets[every], symbol, drawn.tolist(), legend="sample"),
            Lines({None: np.array([[low, low], [high, high]])}, diagonal, legend="R = V(s): foreseen"),
            Level(mean, f"mean of R {_within(mean, high - low)}", is_at_left=True),
        ]
        columns = Axis(_SCALE, (low, high), "V(s) when the rollout was collected", "V(s)")
        return plotted(theme, room, columns, Axis(_SCALE, (low, high), "return R", has_grid=True), shapes)

    def _range(self) -> Range:
        """Return one range for both axes, so that the diagonal is one."""
        both = np.concatenate([self._values, self._targets])
        return _SCALE.widened(None, float(both.min()), float(both.max()))

    def summary(self) -> str:
        total, left = number_text(self.fit.target_variance), number_text(self.fit.error_variance)
        if math.isnan(self.fit.explained_variance):
            return f"All returns are equal: Var(R) = {total}, and explained variance says nothing."
        share = f"{self.fit.explained_variance:.2f}".replace("-", "−")
        return f"Explained variance = 1 − Var(R − V) / Var(R) = 1 − {left} / {total} = {share}"

    def tip(self, key: Key) -> str:
        if not isinstance(key, int) or key >= len(self._values):
            return ""
        time, agent = divmod(key, self._n_envs)
        value, target = self._values[key], self._targets[key]
        numbers = {"V(s)": value, "R": target, "R − V(s) = Â": target - value}
        lines = [f"agent {agent + 1}, t = {grouped(time + 1)}"]
        return "<br>".join(lines + [f"{name} = {number_text(number)}" for name, number in numbers.items()])

    def sample_of(self, key: Key) -> int | None:
        return key if isinstance(key, int) and key < len(self._values) else None

    def columns(self) -> Sequence[Column]:
        times, agents = np.divmod(np.arange(len(self._values)), self._n_envs)
        return [
            number_column("agent", agents + 1),
            number_column("time", times + 1),
            number_column("value", self._values),
            number_column("value_target", self._targets),
        ]


def _within(number: float, span: float) -> str:
    """Return a number with the digits that tell its place on an axis of that span."""
    if not 0 < span < _NARROW * abs(number):
        return number_text(number)
    return signed(f"{number:.{max(0, 2 - math.floor(math.log10(span)))}f}")
