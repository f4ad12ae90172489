"""How many samples those of the rollout still count as, in each epoch that uses them again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ppo_desktop.ppo.estimates import effective_sample_size
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.charts.shapes import Key, Lines, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot, Ring
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column

_EPOCHS = LinearScale(label=grouped, is_whole=True, most=10)
_PERCENT = LinearScale(unit=" %")


class EffectiveSamples(UpdateFigure):
    """A point for each epoch: (Σr)² / Σr² of all its samples over their number, r just before each step.

    The axis is always from 0 to 100 %; an epoch that is not complete yet is a ring.
    """

    def __init__(self, moment: Moment) -> None:
        minibatch, trace = moment.minibatch, moment.minibatch.trace
        n_minibatches = minibatch.n_minibatches
        by_epoch = [
            trace.log_ratios_of(slice(begin, begin + n_minibatches))
            for begin in range(0, len(trace), n_minibatches)
        ]
        self._n_epochs = minibatch.n_epochs
        self._is_complete = minibatch.minibatch == n_minibatches
        self._sizes = np.array([len(each) for each in by_epoch])
        self.effective = np.array([effective_sample_size(each) for each in by_epoch])

    @property
    def _percents(self) -> Sequence[float]:
        return (100 * self.effective / self._sizes).tolist()

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        epochs, percents = np.arange(1.0, len(self.effective) + 1), np.array(self._percents)
        colour, keys = theme.colour("rollout"), [*range(len(epochs))]
        n = len(epochs) - (not self._is_complete)
        shapes: list[Shape] = [
            Lines({None: np.stack([epochs, percents], axis=1)}, QPen(colour, 1.6)),
            Scatter(
                epochs[:n],
                percents[:n],
                Dot(3.0, colour),
                keys[:n],
                has_drop=True,
                legend="an epoch",
            ),
        ]
        if not self._is_complete:
            ring = Ring(3.5, colour, theme.colour("card"))
            shapes.append(
                Scatter(epochs[n:], percents[n:], ring, keys[n:], has_drop=True, legend="not complete yet")
            )
        columns = Axis(_EPOCHS, (0.5, self._n_epochs + 0.5), "epoch")
        rows = Axis(_PERCENT, (0.0, 100.0), "effective samples", "share", has_grid=True)
        return plotted(theme, room, columns, rows, shapes)

    def summary(self) -> str:
        so_far = "" if self._is_complete else ", not complete yet"
        return f"This update, (Σr)² / Σr²: {self._words(len(self.effective) - 1)}{so_far}"

    def tip(self, key: Key) -> str:
        return self._words(key) if isinstance(key, int) and key < len(self.effective) else ""

    def _words(self, epoch: int) -> str:
        size = counted(int(self._sizes[epoch]), "sample")
        return (
            f"in epoch {epoch + 1} of {self._n_epochs} the {size} count as "
            f"{grouped(self.effective[epoch], 1)} ({self._percents[epoch]:.1f} %)"
        )

    def columns(self) -> Sequence[Column]:
        return [
            number_column("epoch", np.arange(len(self.effective)) + 1),
            number_column("samples", self._sizes),
            number_column("effective_samples", self.effective),
            number_column("effective_share", self.effective / self._sizes),
        ]
