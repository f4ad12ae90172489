"""The same histogram of ratios at gradient steps 1, 2, 4, …: at first all are 1, then they leave it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.views.charts.frame import TICK_FONT, Axis, left_of
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale, Range
from ppo_desktop.views.charts.shapes import Columns, Key, Rules, Shape
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.clipped_objective_view import (
    FIXED_RANGE,
    N_BINS,
    fitted_range,
    ratio_bars,
    ratio_labels,
    ratio_text,
)
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column

_HEIGHT = 0.82
"""Of the tallest bar of a row; the rest is the gap to the row above."""
_BEYOND = "0000 beyond"


def steps_shown(n_steps: int) -> list[int]:
    """Return which of so many gradient steps are shown, from 1: 1, 2, 4, … and the last."""
    powers = [2**power for power in range(n_steps.bit_length())]
    return powers if powers[-1] == n_steps else [*powers, n_steps]


class RatioHistograms(UpdateFigure):
    """A row for each step shown, each as high as its tallest bar, all on one axis, the first step on top.

    Colours are those of the histogram below the objective; at the right is how many lie beyond the axis.
    """

    def __init__(self, moment: Moment) -> None:
        trace = moment.minibatch.trace
        self._n_minibatches = moment.minibatch.n_minibatches
        self.steps = steps_shown(len(trace))
        self._samples: list[MinibatchSamples] = [trace.samples_at(step - 1) for step in self.steps]
        self._epsilon = trace.latest.clip_range
        self.shown: Range = FIXED_RANGE if moment.has_fixed_axis else fitted_range(self._epsilon)

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        edges, n_rows = np.linspace(*self.shown, N_BINS + 1), len(self.steps)
        bottoms = np.arange(n_rows - 1, -1, -1.0)
        shapes: list[Shape] = []
        if self._epsilon is not None:
            band = np.clip([1 - self._epsilon, 1 + self._epsilon], *self.shown)
            shapes.append(
                Columns(band, np.array([float(n_rows)]), np.zeros(1), theme.colour("clip", 0.12), gap=0.0)
            )
            shapes.append(Rules(QPen(theme.colour("clip"), 1.4), columns=band.tolist()))
        shapes.append(Rules(QPen(theme.colour("border"), 1), columns=[1.0], rows=bottoms.tolist()))
        for bottom, samples in zip(bottoms.tolist(), self._samples, strict=True):
            shapes += ratio_bars(theme, edges, samples, bottom=bottom, height=_HEIGHT)
        middles = (bottoms + 0.4).tolist()
        rows = Axis(
            FixedScale(
                [(row, f"step {grouped(step)}") for row, step in zip(middles, self.steps, strict=True)][::-1]
            ),
            (0.0, float(n_rows)),
        )
        right = QFontMetricsF(theme.font(TICK_FONT)).horizontalAdvance(_BEYOND) + 10
        beyond = [self._beyond(samples) for samples in self._samples]
        texts = [f"{grouped(number)} beyond" if number else "" for number in beyond]
        edges_of_texts = (room.left() + left_of(theme, rows), room.right() - 2)
        shapes.append(
            RowTexts(texts, middles, edges_of_texts, Qt.AlignmentFlag.AlignRight, "clip", self.steps)
        )
        shapes.append(ratio_labels(self.shown, self._epsilon))
        return plotted(theme, room, Axis(FixedScale(), self.shown), rows, shapes, right=right)

    def _beyond(self, samples: MinibatchSamples) -> int:
        """Return how many ratios lie beyond the axis."""
        low, high = self.shown
        return int(((samples.ratios < low) | (samples.ratios > high)).sum())

    def summary(self) -> str:
        first, last = self._samples[0].ratios, self._samples[-1].ratios
        if len(self.steps) == 1:
            return f"Before step 1 ratios are {_between(first)}: no step has moved the policy yet"
        return f"Before step 1: {_between(first)}; before step {grouped(self.steps[-1])}: {_between(last)}"

    def tip(self, key: Key) -> str:
        if key not in self.steps or not isinstance(key, int):
            return ""
        samples = self._samples[self.steps.index(key)]
        epoch, minibatch = divmod(key - 1, self._n_minibatches)
        outside = samples.ratios != samples.clipped_ratios
        return "<br>".join(
            [
                f"before step {grouped(key)}: epoch {epoch + 1}, minibatch {minibatch + 1}",
                f"ratios {_between(samples.ratios)}",
                f"outside the band: {int(outside.sum())} of {counted(len(samples), 'sample')}",
                f"gradient dead: {int(samples.gradient_cut.sum())}",
            ]
        )

    def columns(self) -> Sequence[Column]:
        sizes = [len(samples) for samples in self._samples]
        steps = np.repeat(self.steps, sizes)
        agents, times, ratios = (
            np.concatenate([getattr(samples, name) for samples in self._samples])
            for name in ("agents", "times", "ratios")
        )
        return [
            number_column("step", steps),
            number_column("epoch", (steps - 1) // self._n_minibatches + 1),
            number_column("minibatch", (steps - 1) % self._n_minibatches + 1),
            number_column("agent", agents + 1),
            number_column("time", times + 1),
            number_column("ratio", ratios),
        ]


def _between(ratios: np.typing.NDArray[np.float32]) -> str:
    low, high = ratio_text(round(float(ratios.min()), 3)), ratio_text(round(float(ratios.max()), 3))
    return f"all {low}" if low == high else f"from {low} to {high}"
