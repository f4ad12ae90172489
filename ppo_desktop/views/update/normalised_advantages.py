"""Advantages before and after they are normalised: the histogram is shifted, and some change their sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.estimates import flipped_signs, spread_of
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale, LinearScale
from ppo_desktop.views.charts.shapes import Columns, Key, Rules, Shades, Shape
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column, number_text

N_BINS = 60
"""An even number: no bar holds both signs."""
_HEIGHT = 0.82
"""Of the tallest bar of a row; the rest is the gap to the row above."""
_WIDEST = 4.0
"""Standard deviations from 0 to either end of the axis, at most; the last bars hold what is beyond."""
_SCALE = LinearScale()
_ROWS = ("before", "after")
_LEFT = Qt.AlignmentFlag.AlignLeft


class NormalisedAdvantages(UpdateFigure):
    """Two histograms of the minibatch on one axis, in standard deviations of the advantages as estimated.

    Above: before, coloured by the sign they will have; below: after. What changes its sign stands out.
    """

    def __init__(self, moment: Moment) -> None:
        self._samples = moment.minibatch.samples
        self.is_normalised = moment.minibatch.trace.settings.hyperparameters.normalize_advantages
        self.before = self._samples.raw_advantages.astype(float)
        self.after = self._samples.advantages.astype(float)
        self.flipped = flipped_signs(self.before, self.after)
        self.spread = spread_of(self.before)

    @property
    def _unit(self) -> float:
        """One standard deviation, so that both histograms have the same axis; 1 where there is none."""
        return self.spread.deviation if self.is_normalised and self.spread.deviation > 0 else 1.0

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        before = self.before / self._unit
        sizes = np.abs(np.concatenate([before, self.after]))
        widest = _WIDEST * float(np.concatenate([before, self.after]).std()) or 1.0
        reach = _SCALE.widened(None, 0.0, min(max(float(sizes.max()), 1e-6), widest))[1]
        beyond = int((sizes > reach).sum())
        edges = np.linspace(-reach, reach, N_BINS + 1)
        colours = {"rollout": "Â > 0", "value": "Â < 0", "warning": "sign flips"}
        shapes: list[Shape] = []
        for bottom, numbers in ((1.0, before), (0.0, self.after)):
            shapes += self._bars(theme, edges, numbers.clip(-reach, reach), bottom)
        shapes.append(Rules(QPen(theme.colour("border"), 1), rows=[0.0, 1.0]))
        shapes.append(Rules(QPen(theme.colour("text"), 1.2), columns=[0.0]))
        if self.is_normalised:
            mean = self.spread.mean / self._unit
            shapes.append(Rules(QPen(theme.colour("muted"), 1.2, Qt.PenStyle.DashLine), columns=[mean]))
        for name, legend in reversed(colours.items()):
            shapes.append(Shades([theme.colour(name)] * 2, legend=legend))
        rows = Axis(FixedScale([(0.4, "after"), (1.4, "before")]), (0.0, 2.0))
        name = "Â in standard deviations before; dashed: their mean" if self.is_normalised else "Â"
        if beyond:
            name += f"; {grouped(beyond)} beyond are in the last bars"
        shapes.append(RowTexts(("", ""), (1.4, 0.4), (room.left(), room.right()), _LEFT, named=_ROWS))
        columns = Axis(_SCALE, (-reach, reach), name, "Â")
        return plotted(theme, room, columns, rows, shapes)

    def _bars(self, theme: Theme, edges: Numbers, numbers: Numbers, bottom: float) -> list[Shape]:
        """Return a histogram on `bottom`: by the sign afterwards, and in another colour what changes it."""
        ends = (float(edges[0]), float(edges[-1]))  # with these NumPy is much faster than with all edges
        tallest = max(1, int(np.histogram(numbers, N_BINS, ends)[0].max()))
        bottoms, bars = np.full(N_BINS, bottom), []
        for kind, colour in (
            (~self.flipped & (self.after >= 0), "rollout"),
            (~self.flipped & (self.after < 0), "value"),
            (self.flipped, "warning"),
        ):
            heights = np.histogram(numbers[kind], N_BINS, ends)[0] * (_HEIGHT / tallest)
            bars.append(Columns(edges, heights, bottoms, theme.colour(colour)))
            bottoms = bottoms + heights
        return [*bars]

    def summary(self) -> str:
        mean, deviation = number_text(self.spread.mean), number_text(self.spread.deviation)
        before = f"mean {mean}, standard deviation {deviation}"
        if not self.is_normalised:
            return f"Not normalised: {before}, used as estimated"
        if len(self.before) < 2:
            return f"A single advantage, {mean}, is used as estimated"
        flips = counted(int(self.flipped.sum()), "sign")
        share = f"{np.mean(self.flipped):.1%}".replace("%", " %")
        return f"Before: {before}; after: 0 and 1. {flips} of {grouped(len(self.before))} flip ({share})"

    def tip(self, key: Key) -> str:
        if key not in _ROWS:
            return ""
        numbers = self.before if key == "before" else self.after
        spread = spread_of(numbers)
        return "<br>".join(
            [
                f"{key}: {counted(int((numbers > 0).sum()), 'sample')} above 0, "
                f"{grouped(int((numbers < 0).sum()))} below",
                f"mean {number_text(spread.mean)}, standard deviation {number_text(spread.deviation)}",
            ]
        )

    def columns(self) -> Sequence[Column]:
        return [
            number_column("agent", self._samples.agents + 1),
            number_column("time", self._samples.times + 1),
            number_column("advantage_raw", self.before),
            number_column("advantage", self.after),
            number_column("sign_flips", self.flipped),
        ]
