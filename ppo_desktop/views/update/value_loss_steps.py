"""The value loss at every gradient step beside the variance of what is learnt: it need not fall to 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ppo_desktop.ppo.estimates import critic_fit
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.charts.shapes import Key, Level, Lines, Scatter
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.steps_axis import steps_axis, steps_columns
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column, number_text

_FEW = 100
"""Of more gradient steps the line is thin, which is drawn many times faster."""
_SCALE = LinearScale()


class ValueLossSteps(UpdateFigure):
    """mean((R − V)²) of each minibatch just before its step, and Var(R) of the rollout as a level.

    A critic that says the mean of R in every state has a loss of Var(R).
    """

    def __init__(self, moment: Moment) -> None:
        self._minibatch = moment.minibatch
        trace = moment.minibatch.trace
        self.losses = np.array([measured["value_loss"] for measured in trace.measured])
        self.target_variance = critic_fit(
            trace.evaluated.values, trace.evaluated.value_targets
        ).target_variance

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        steps = np.arange(1.0, len(self.losses) + 1)
        colour, has_few = theme.colour("value"), len(steps) <= _FEW
        line = np.stack([steps, self.losses], axis=1)
        shapes = [
            Level(self.target_variance, f"Var(R) {number_text(self.target_variance)}"),
            Lines({None: line}, QPen(colour, 1.6 if has_few else 1.0)),
            Scatter(
                steps,
                self.losses,
                Dot(2.5 if has_few else 1.5, colour),
                range(len(steps)),
                has_drop=True,
                legend="value loss before each step",
            ),
        ]
        highest = max(self.target_variance, *self.losses[np.isfinite(self.losses)].tolist())
        rows = Axis(
            _SCALE, _SCALE.widened((0.0, 0.0), 0.0, 1.05 * highest), "mean (R − V)²", "loss", has_grid=True
        )
        return plotted(theme, room, steps_axis(self._minibatch), rows, shapes)

    def summary(self) -> str:
        loss, variance = number_text(float(self.losses[-1])), number_text(self.target_variance)
        return f"Value loss {loss} beside Var(R) = {variance}, the loss of always saying the mean of R"

    def tip(self, key: Key) -> str:
        if not isinstance(key, int) or key >= len(self.losses):
            return ""
        return f"gradient step {grouped(key + 1)}<br>value loss = {number_text(float(self.losses[key]))}"

    def columns(self) -> Sequence[Column]:
        variances = np.full(len(self.losses), self.target_variance)
        return [
            *steps_columns(self._minibatch),
            number_column("value_loss", self.losses),
            number_column("target_variance", variances),
        ]
