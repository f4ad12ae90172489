"""How far the policy has moved: three estimates from the samples beside the exact divergence."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.ppo.estimates import Spread, kl_estimates, spread_of
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.frame import TICK_FONT, Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale, LinearScale
from ppo_desktop.views.charts.shapes import Intervals, Key, Rules, Scatter, Shape
from ppo_desktop.views.charts.symbols import Diamond, Upright
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import (
    Moment,
    UpdateFigure,
    number_column,
    number_text,
    step_text,
)

LARGEST_DRAWN = 400
"""Samples drawn as strokes; of a larger minibatch every so many-th is drawn."""
_FORMULAS = {"k1": "k1 = −x", "k2": "k2 = x²/2", "k3": "k3 = eˣ − 1 − x", "exact": "exact KL"}
_LEGEND = ("mean", "± standard error of the mean", "standard deviation of samples (sd)", "a sample")
_LINES_WITH_LEGEND = 11
"""Height from which there is room for it above four rows."""
_WIDE = "k3 = eˣ − 1 − x" + 2 * "0.0000, sd 0.0000, 1 beyond"
"""Text as wide as a picture with formulas and deviations: a narrower one has means and names alone."""
_REACH = 2.5
"""Standard deviations of the widest estimate that are shown on either side."""
_LEAST = 1e-3
"""Nats that are shown at least: before the first gradient step all estimates are 0."""
_SCALE = LinearScale()


class KLEstimatesFigure(UpdateFigure):
    """A row for each estimate: every sample a stroke, their mean, and how far they are spread.

    Lines reach one standard deviation, thick ones a standard error of the mean, to either side; ± is always
    that error. The dashed line is the mean of the exact divergences in the states of the same samples.
    """

    def __init__(self, moment: Moment) -> None:
        samples, networks = moment.minibatch.samples, moment.minibatch.networks
        assert networks is not None
        self._step = step_text(moment.minibatch)
        estimates = kl_estimates(samples.log_probs, samples.log_probs_old)
        self._samples = samples
        self._numbers = {**estimates._asdict(), "exact": networks.divergences.astype(float)}
        self.spreads = {name: spread_of(numbers) for name, numbers in self._numbers.items()}

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        reaches = (abs(one.mean) + _REACH * one.deviation for one in self.spreads.values())
        reach = max((reach for reach in reaches if math.isfinite(reach)), default=0.0)
        reach = _SCALE.widened(None, -max(reach, _LEAST), max(reach, _LEAST))[1]
        colour, text = theme.colour("rollout"), theme.colour("text")
        faint = QPen(theme.colour("rollout", 0.35), 1.0)
        every = slice(None, None, -(-len(self._samples) // LARGEST_DRAWN))
        shapes: list[Shape] = [
            Rules(QPen(theme.colour("border"), 1), columns=[0.0]),
            Rules(QPen(text, 1.2, Qt.PenStyle.DashLine), columns=[self.spreads["exact"].mean]),
        ]
        rows = np.arange(len(self._numbers), 0.0, -1.0)
        stroke = 0.16 * room.height() / len(rows)
        metrics = QFontMetricsF(theme.font(TICK_FONT))
        has_legend = room.height() >= _LINES_WITH_LEGEND * metrics.height()
        of_mean, of_error, of_deviation, of_sample = _LEGEND if has_legend else [""] * len(_LEGEND)
        beyond: list[int] = []
        for row, numbers in zip(rows.tolist(), self._numbers.values(), strict=True):
            drawn = numbers[every]
            drawn = drawn[np.abs(drawn) <= reach]
            beyond.append(int((np.abs(numbers) > reach).sum()))
            strokes = Scatter(
                drawn,
                np.full(len(drawn), row - 0.3),
                Upright(2.0, stroke, faint),
                legend=of_sample if row == rows[0] else "",
            )
            shapes.append(strokes)
        means, deviations, errors = (np.array(each) for each in zip(*self.spreads.values(), strict=True))
        shapes += [
            Intervals(
                means - deviations,
                means + deviations,
                rows,
                QPen(colour, 1.4),
                cap=4.0,
                legend=of_deviation,
            ),
            Intervals(means - errors, means + errors, rows, QPen(colour, 4.0), legend=of_error),
            Scatter(
                np.where(np.isfinite(means), means, np.nan),
                rows,
                Diamond(5.0, text, theme.colour("card")),
                [*self._numbers],
                legend=of_mean,
            ),
        ]
        is_narrow = room.width() < metrics.horizontalAdvance(_WIDE)
        texts = [
            number_text(one.mean)
            + ("" if is_narrow else f", sd {number_text(one.deviation)}")
            + (f", {grouped(number)} beyond" if number else "")
            for one, number in zip(self.spreads.values(), beyond, strict=True)
        ]
        usual = "0.0000" if is_narrow else "0.0000, sd 0.0000"
        right = max(map(metrics.horizontalAdvance, (usual, *texts))) + 12
        names = [name if is_narrow else formula for name, formula in _FORMULAS.items()]
        rows_axis = Axis(FixedScale([*zip(rows.tolist(), names, strict=True)]), (0.4, len(rows) + 0.6))
        edges = (room.right() - right + 6, room.right() - 2)
        shapes.append(RowTexts(texts, rows.tolist(), edges, Qt.AlignmentFlag.AlignRight))
        columns = Axis(_SCALE, (-reach, reach), "nats, x = log π − log π_old", "nats")
        return plotted(theme, room, columns, rows_axis, shapes, right=right)

    def summary(self) -> str:
        written = [f"{name} {_mean(one)}" for name, one in self.spreads.items()]
        return f"{self._step}: mean ± standard error, nats: {', '.join(written)}"

    def tip(self, key: Key) -> str:
        if not isinstance(key, str) or key not in self.spreads:
            return ""
        one, numbers = self.spreads[key], self._numbers[key]
        negative = int((numbers < 0).sum())
        return "<br>".join(
            [
                _FORMULAS[key],
                f"mean {_mean(one)} nats",
                f"standard deviation {number_text(one.deviation)}",
                f"below 0: {negative} of {len(numbers)}",
            ]
        )

    def columns(self) -> Sequence[Column]:
        samples = self._samples
        columns = [number_column("agent", samples.agents + 1), number_column("time", samples.times + 1)]
        names = {name: name if name != "exact" else "exact_kl" for name in self._numbers}
        return [*columns, *(number_column(names[name], each) for name, each in self._numbers.items())]


def _mean(spread: Spread) -> str:
    return f"{number_text(spread.mean)} ± {number_text(spread.error)}"
