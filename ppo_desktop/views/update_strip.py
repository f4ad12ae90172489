"""The strip over the update: the rollout as an area of T × N samples, then its epochs and minibatches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPen
from PySide6.QtWidgets import QSizePolicy

from ppo_desktop.ppo.algorithms import UpdatePlan
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.events import MinibatchOptimized, StepsTaken
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.charts.colours import image_of, mixed, rgb
from ppo_desktop.views.charts.frame import TICK_FONT, PlotFrame, bare_frame
from ppo_desktop.views.charts.live import LiveFigure
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Columns, HeatMap, Lines, Rules, Shape
from ppo_desktop.views.charts.words import Label, LabelsBelow
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting

_ROLLOUT_SHARE = 0.34
_GAP = 12.0
_DONE = 0.35
"""How strong the colour is of what was done before."""
_NARROWEST_CELL = 2.5
"""Pixels; minibatches narrower than that are drawn as one bar with its progress."""


class UpdateStrip(LiveFigure):
    """Cells: a column of the rollout for each time step and a row for each agent, then the epochs.

    What is being done is lit; in the rollout the samples of the current minibatch are.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "update_strip", "Rollout, epochs and minibatches", "update_loop")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._moment: StepsTaken | MinibatchOptimized | None = None
        self._plan: UpdatePlan | None = None
        self._agents = 1
        self._is_over = False
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(320, round(4.4 * self._theme.base_size))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def show_moment(
        self,
        moment: StepsTaken | MinibatchOptimized | None,
        plan: UpdatePlan,
        agents: int,
        *,
        is_over: bool = False,
    ) -> None:
        """Show where the run is.

        Args:
            moment: The last time step or minibatch, None before the first.
            plan: How the rollout is cut.
            agents: N.
            is_over: Whether the moment was the last of its update, before all its epochs or after.
        """
        self._moment, self._plan, self._agents, self._is_over = moment, plan, agents, is_over
        self.setAccessibleDescription(f"{self._rollout_texts()[0]}; {self._epochs_texts()[0]}")
        self.update()

    def pictures_in(self, room: QRectF) -> Iterable[Picture]:
        """Return the rollout, an arrow, and the epochs."""
        if self._plan is None:
            return
        rows, columns = self._shape
        n_epochs, n_minibatches, done = self._progress(self._plan)
        height = float(round(room.height() - QFontMetricsF(self._theme.font(TICK_FONT)).height() - 3))
        width = float(round(_ROLLOUT_SHARE * room.width()))
        rest = QRectF(width + _GAP, 0, room.width() - width - _GAP - 1, height)
        rollout = bare_frame(self._theme, QRectF(0, 0, width, height), (0, columns), (0, rows))
        epochs = bare_frame(self._theme, rest, (0, n_epochs), (0, 1))
        pixels = bare_frame(
            self._theme, QRectF(room.topLeft(), rest.bottomRight()), (0, rest.right()), (0, height)
        )
        for frame, shapes in (
            (rollout, self._rollout_shapes(rollout)),
            (pixels, [self._arrow(rollout)]),
            (epochs, self._epoch_shapes(epochs, n_epochs, n_minibatches, done)),
        ):
            yield Picture(frame, shapes, has_axes=False)

    def _arrow(self, rollout: PlotFrame) -> Shape:
        tip, middle = rollout.area.right() + _GAP - 3, rollout.area.height() / 2
        corners = [(-6, 0), (0, 0), (-3, 3), (0, 0), (-3, -3)]
        line = np.array([(tip + across, middle + up) for across, up in corners])
        return Lines({None: line}, QPen(self._theme.colour("muted"), 1.2))

    # ---- the rollout -------------------------------------------------------------------------------

    def _rollout_shapes(self, frame: PlotFrame) -> list[Shape]:
        """Return the samples, with lines between agents and between steps where there is room for them."""
        rows, columns = self._shape
        lines = (
            range(1, columns) if frame.area.width() / columns >= _NARROWEST_CELL else (),
            range(1, rows) if frame.area.height() / rows >= _NARROWEST_CELL else (),
        )
        words = _below(frame, self._rollout_texts())
        return [HeatMap(self._cells()), Rules(QPen(self._theme.colour("card"), 1), *lines), words]

    def _cells(self) -> QImage:
        """Return a pixel for each sample: to be collected, collected, in the minibatch, just collected."""
        cells = np.zeros(self._shape, np.uint8)
        match self._moment:
            case StepsTaken(time=time):
                cells[:, :time] = 1
                cells[:, time - 1] = 2
            case MinibatchOptimized(samples=samples):
                cells[:] = 1
                cells[samples.agents, samples.times] = 2
        field, rollout = self._theme.colour("field"), self._theme.colour("rollout")
        colours = np.array([rgb(field), rgb(mixed(field, rollout, _DONE)), rgb(rollout)], np.uint8)
        return image_of(colours[cells])

    @property
    def _shape(self) -> tuple[int, int]:
        """Agents and time steps of the rollout."""
        assert self._plan is not None
        match self._moment:
            case StepsTaken(rollout_length=length):
                return self._agents, length
            case MinibatchOptimized(samples=samples):
                return samples.rollout.n_envs, len(samples.rollout.rewards)
            case None:
                return self._agents, max(1, self._plan.samples // self._agents)

    def _rollout_texts(self) -> tuple[str, ...]:
        """Return how large the rollout is, from the full wording to the shortest."""
        agents, length = self._shape
        steps = counted(length, "step")
        return (
            f"{counted(agents, 'agent')} × {steps}",
            f"{grouped(agents)} × {steps}",
            f"{grouped(agents)} × {grouped(length)}",
        )

    # ---- epochs and minibatches --------------------------------------------------------------------

    def _epoch_shapes(self, frame: PlotFrame, n_epochs: int, n_minibatches: int, done: int) -> list[Shape]:
        """Return the epochs with what is done of them, the last minibatch just now."""
        width = frame.area.width() / n_epochs
        share = 1 - min(3.0, 0.2 * width) / width
        cell = share * width / n_minibatches
        starts = np.arange(n_epochs, dtype=float)[:, None]
        order = starts * n_minibatches + np.arange(n_minibatches)
        is_lit = (order == done - 1) & isinstance(self._moment, MinibatchOptimized)
        is_done = order < done
        edges = starts + share * np.arange(n_minibatches + 1) / n_minibatches
        if cell < _NARROWEST_CELL:  # one bar with its progress
            parts = is_done.mean(axis=1, keepdims=True)
            is_lit, is_done = is_lit.any(axis=1, keepdims=True), parts > 0
            edges = np.hstack([starts, starts + share * parts])
        gap = 1.0 if cell >= 2 * _NARROWEST_CELL else 0.0
        whole = np.hstack([starts, starts + share])
        accent = self._theme.colour("accent")
        return [
            _bars(whole, np.full((n_epochs, 1), True), self._theme.colour("field"), 0.0),
            _bars(edges, is_done & ~is_lit, self._theme.colour("accent", _DONE), gap),
            _bars(edges, is_lit, accent, gap),
            _below(frame, self._epochs_texts()),
        ]

    def _progress(self, plan: UpdatePlan) -> tuple[int, int, int]:
        """Return epochs, minibatches per epoch, and minibatches done in this update."""
        match self._moment:
            case MinibatchOptimized() as at:
                return at.n_epochs, at.n_minibatches, (at.epoch - 1) * at.n_minibatches + at.minibatch
            case _:
                return plan.n_epochs, plan.n_minibatches, 0

    def _epochs_texts(self) -> tuple[str, ...]:
        """Return how far the update is, or how it is cut, from the full wording to the shortest."""
        assert self._plan is not None
        match self._moment:
            case MinibatchOptimized() as at:
                epoch = f"epoch {at.epoch} of {at.n_epochs}"
                if self._is_over and at.epoch < at.n_epochs:
                    taken, planned = at.epoch * at.n_minibatches, at.n_epochs * at.n_minibatches
                    why = f"ended by target KL after {epoch}"
                    return f"{why}: {grouped(taken)} of {grouped(planned)} gradient steps", why, epoch
                if at.n_minibatches == 1:
                    return (epoch,)
                short = f"epoch {at.epoch}/{at.n_epochs}, minibatch {at.minibatch}/{at.n_minibatches}"
                return f"{epoch}, minibatch {at.minibatch} of {at.n_minibatches}", short, epoch
            case _:
                n_epochs, n_minibatches = self._plan.n_epochs, self._plan.n_minibatches
                minibatches = counted(n_minibatches, "minibatch", "minibatches")
                return (
                    f"{counted(n_epochs, 'epoch')} × {minibatches}",
                    f"{grouped(n_epochs)} × {minibatches}",
                    f"{grouped(n_epochs)} × {grouped(n_minibatches)}",
                )


def _below(frame: PlotFrame, wordings: Sequence[str]) -> LabelsBelow:
    """Return the first of several wordings that fits below a frame."""
    text = first_fitting(wordings, frame.metrics, frame.area.width(), is_cut=True)
    return LabelsBelow([[Label(0.0, text)]])


def _bars(edges: Numbers, chosen: NDArray[np.bool_], colour: QColor, gap: float) -> Columns:
    """Return those bars of each epoch that are chosen, (n_epochs, n); nothing stands between epochs."""
    heights = np.hstack([chosen, np.zeros((len(chosen), 1))]).ravel()[:-1]
    return Columns(edges.ravel(), heights, np.zeros(len(heights)), colour, gap)
