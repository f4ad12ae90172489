"""The strip over the update: the rollout as an area of T × N samples, then its epochs and minibatches."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.algorithms import UpdatePlan
from ppo_desktop.ppo.events import MinibatchOptimized, StepsTaken
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import explained
from ppo_desktop.views.theme import Theme

Moment = StepsTaken | MinibatchOptimized

_ROLLOUT_SHARE = 0.34
_GAP = 12.0
_NARROWEST_CELL = 2.5
"""Pixels; minibatches narrower than that are drawn as one bar with its progress."""


class UpdateStrip(QWidget):
    """Cells: a column of the rollout for each time step and a row for each agent, then the epochs.

    What is being done is lit; in the rollout the samples of the current minibatch are.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("update_strip")
        self.setAccessibleName("Rollout, epochs and minibatches")
        explained(self, "update_loop")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._moment: Moment | None = None
        self._plan: UpdatePlan | None = None
        self._agents = 1
        theme.changed.connect(self._follow_theme)

    def sizeHint(self) -> QSize:
        return QSize(320, round(4.4 * self._theme.base_size))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def show_moment(self, moment: Moment | None, plan: UpdatePlan, agents: int) -> None:
        """Show where the run is.

        Args:
            moment: The last time step or minibatch, None before the first.
            plan: How the rollout is cut.
            agents: N.
        """
        self._moment, self._plan, self._agents = moment, plan, agents
        self.setAccessibleDescription(self._rollout_text() + "; " + self._epochs_text())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._plan is None:
            return
        painter = QPainter(self)
        painter.setFont(self._theme.font(0.75))
        line = QFontMetricsF(painter.font()).height()
        rollout = QRectF(0.5, 0.5, _ROLLOUT_SHARE * self.width(), self.height() - line - 3)
        epochs = QRectF(
            rollout.right() + _GAP, 0.5, self.width() - rollout.right() - _GAP - 1, rollout.height()
        )
        self._paint_rollout(painter, rollout)
        self._paint_arrow(painter, rollout.right(), epochs.left(), rollout.center().y())
        self._paint_epochs(painter, epochs, self._plan)
        self._paint_text(painter, rollout, line, self._rollout_text())
        self._paint_text(painter, epochs, line, self._epochs_text())

    # ---- the rollout -------------------------------------------------------------------------------

    def _paint_rollout(self, painter: QPainter, rect: QRectF) -> None:
        painter.fillRect(rect, self._theme.colour("field"))
        painter.drawImage(rect, self._cells())
        self._paint_grid(painter, rect)

    def _paint_grid(self, painter: QPainter, rect: QRectF) -> None:
        """Draw a line between agents and between time steps where there is room for it."""
        painter.setPen(QPen(self._theme.colour("card"), 1))
        rows, columns = self._shape
        if rect.height() / rows >= _NARROWEST_CELL:
            for row in range(1, rows):
                y = rect.top() + rect.height() * row / rows
                painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        if rect.width() / columns >= _NARROWEST_CELL:
            for column in range(1, columns):
                x = rect.left() + rect.width() * column / columns
                painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))

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
        image = QImage(cells.shape[1], cells.shape[0], QImage.Format.Format_ARGB32)
        colours = np.array([0, self._shade(0.35), self._shade(1.0)], np.uint32)
        pixels = np.frombuffer(image.bits(), np.uint32).reshape(cells.shape[0], -1)
        pixels[:, : cells.shape[1]] = colours[cells]
        return image

    def _shade(self, alpha: float) -> int:
        colour = self._theme.colour("rollout")
        colour.setAlphaF(alpha)
        return colour.rgba()

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

    def _rollout_text(self) -> str:
        agents, length = self._shape
        return f"{counted(agents, 'agent')} × {counted(length, 'step')}"

    # ---- epochs and minibatches --------------------------------------------------------------------

    def _paint_epochs(self, painter: QPainter, rect: QRectF, plan: UpdatePlan) -> None:
        n_epochs, n_minibatches, done = self._progress(plan)
        width = rect.width() / n_epochs
        gap = min(3.0, 0.2 * width)
        for epoch in range(n_epochs):
            block = QRectF(rect.left() + epoch * width, rect.top(), width - gap, rect.height())
            self._paint_epoch(painter, block, n_minibatches, done - epoch * n_minibatches)

    def _paint_epoch(self, painter: QPainter, block: QRectF, n_minibatches: int, done: int) -> None:
        """Paint an epoch of which `done` minibatches are done, the last of them just now."""
        painter.fillRect(block, self._theme.colour("field"))
        if done <= 0:
            return
        finished = self._theme.colour("accent")
        finished.setAlphaF(0.35)
        cell = block.width() / n_minibatches
        is_running = done <= n_minibatches and isinstance(self._moment, MinibatchOptimized)
        inner = 1.0 if cell >= 2 * _NARROWEST_CELL else 0.0
        if cell < _NARROWEST_CELL:
            part = QRectF(block)
            part.setWidth(cell * min(done, n_minibatches))
            painter.fillRect(part, self._theme.colour("accent") if is_running else finished)
            return
        for number in range(min(done, n_minibatches)):
            lit = is_running and number == done - 1
            colour: QColor = self._theme.colour("accent") if lit else finished
            left = block.left() + number * cell
            painter.fillRect(QRectF(left, block.top(), cell - inner, block.height()), colour)

    def _progress(self, plan: UpdatePlan) -> tuple[int, int, int]:
        """Return epochs, minibatches per epoch, and minibatches done in this update."""
        match self._moment:
            case MinibatchOptimized() as at:
                return at.n_epochs, at.n_minibatches, (at.epoch - 1) * at.n_minibatches + at.minibatch
            case _:
                return plan.n_epochs, plan.n_minibatches, 0

    def _epochs_text(self) -> str:
        assert self._plan is not None
        match self._moment:
            case MinibatchOptimized() as at:
                text = f"epoch {at.epoch} of {at.n_epochs}"
                if at.n_minibatches > 1:
                    text += f", minibatch {at.minibatch} of {at.n_minibatches}"
                return text
            case _:
                epochs = counted(self._plan.n_epochs, "epoch")
                return f"{epochs} × {counted(self._plan.n_minibatches, 'minibatch', 'minibatches')}"

    # ---- shared ------------------------------------------------------------------------------------

    def _paint_arrow(self, painter: QPainter, left: float, right: float, y: float) -> None:
        painter.setPen(QPen(self._theme.colour("muted"), 1.2))
        tip = QPointF(right - 3, y)
        painter.drawLine(QPointF(left + 3, y), tip)
        painter.drawLine(tip, tip + QPointF(-3, -3))
        painter.drawLine(tip, tip + QPointF(-3, 3))

    def _paint_text(self, painter: QPainter, rect: QRectF, line: float, text: str) -> None:
        below = QRectF(rect.left(), rect.bottom() + 2, rect.width(), line)
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _follow_theme(self) -> None:
        self.updateGeometry()
        self.update()
