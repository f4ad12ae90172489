"""The clipped surrogate objective with the samples of the current minibatch on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QTimeLine, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.views.controls import explained
from ppo_desktop.views.theme import Theme

LARGEST_DRAWN = 400
"""Samples drawn as dots; of a larger minibatch every so many-th is drawn, the histogram has all."""
N_BINS = 41
REVEAL_MILLISECONDS = 33
Numbers = NDArray[np.floating[Any]]
GRIP = 7
"""Pixels on either side of an ε bar at which it can be taken hold of."""


@dataclass(frozen=True)
class _Axes:
    """Where ratios and objectives lie on the screen: r in 1 ± `half_width`, J in ± `half_height`."""

    curves: QRectF
    histogram: QRectF
    half_width: float
    half_height: float

    def x(self, ratio: float) -> float:
        return self.curves.center().x() + (ratio - 1) / self.half_width * self.curves.width() / 2

    def y(self, objective: float) -> float:
        return self.curves.center().y() - objective / self.half_height * self.curves.height() / 2

    def points(self, ratios: Numbers, objectives: Numbers) -> list[QPointF]:
        """Return `x` and `y` of many samples at once."""
        centre = self.curves.center()
        xs = centre.x() + (ratios - 1) * (self.curves.width() / 2 / self.half_width)
        ys = centre.y() - objectives * (self.curves.height() / 2 / self.half_height)
        return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]

    def ratio(self, x: float) -> float:
        return 1 + (x - self.curves.center().x()) / (self.curves.width() / 2) * self.half_width


class ClippedObjectiveView(QWidget):
    """min(r·Â, clip(r)·Â) for advantages of ± one standard deviation, the samples, and their ratios.

    Each dot is a sample at its true ratio and objective; those whose gradient is cut are crosses in
    ε's colour. Below, on the same axis, the histogram of all ratios. Samples beyond the view are
    counted at its edge. The two ε bars can be dragged.
    """

    epsilon_dragged = Signal(float)
    sample_clicked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("clipped_objective_view")
        self.setAccessibleName("Clipped surrogate objective")
        explained(
            self,
            "clipped_objective",
            "Each dot is a sample of the minibatch at its ratio r and its objective; crosses are samples "
            "whose gradient the clip has removed. Below: how many samples have which ratio. Drag the ε bars; "
            "click a dot to look at its sample.",
        )
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._epsilon: float | None = None
        self._clips = True
        self._minibatch: MinibatchOptimized | None = None
        self._selected: int | None = None
        self._reveal = QTimeLine(parent=self)
        self._reveal.setUpdateInterval(REVEAL_MILLISECONDS)
        self._reveal.setEasingCurve(QEasingCurve.Type.Linear)
        self._reveal.valueChanged.connect(self.update)
        self._half_width_while_dragging: float | None = None
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(440, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 150)

    def show_epsilon(self, epsilon: float | None, *, clips: bool) -> None:
        """Show the band of `epsilon` (None: off); `clips` is false for A2C."""
        if (epsilon, clips) != (self._epsilon, self._clips):
            self._epsilon, self._clips = epsilon, clips
            self.update()

    def show_minibatch(
        self, minibatch: MinibatchOptimized | None, selected: int | None, reveal_seconds: float = 0.0
    ) -> None:
        """Show the samples of a minibatch, or none.

        Args:
            minibatch: The minibatch.
            selected: Row of the sample that is ringed.
            reveal_seconds: A minibatch not shown before appears sample by sample in this time.
        """
        is_new = minibatch is not self._minibatch
        self._minibatch, self._selected = minibatch, selected
        if is_new:
            self._reveal.stop()
            if minibatch is not None and reveal_seconds > 0:
                self._reveal.setDuration(round(1000 * reveal_seconds))
                self._reveal.start()
        self.update()

    @property
    def samples_shown(self) -> int:
        """How many of the minibatch's samples have appeared so far."""
        if self._minibatch is None:
            return 0
        size = len(self._minibatch.samples)
        if self._reveal.state() is not QTimeLine.State.Running:
            return size
        return max(1, round(self._reveal.currentValue() * size))

    def explanation_at(self, point: QPointF) -> str:
        """Return the key for the histogram of ratios, empty for the objective above it."""
        return "probability_ratio" if point.y() > self._axes().histogram.top() else ""

    # ---- the ε bars --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._is_on_bar(event.position()):
            self._half_width_while_dragging = self._axes().half_width
        elif self._minibatch is not None:
            self.sample_clicked.emit(self._sample_at(event.position(), self._minibatch))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._half_width_while_dragging is not None:
            self.epsilon_dragged.emit(abs(self._axes().ratio(event.position().x()) - 1))
        shape = (
            Qt.CursorShape.SplitHCursor if self._is_on_bar(event.position()) else Qt.CursorShape.ArrowCursor
        )
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._half_width_while_dragging = None
        self.update()

    def _sample_at(self, point: QPointF, minibatch: MinibatchOptimized) -> int | None:
        """Return the position in the rollout of the sample drawn nearest to `point`, None if none is near."""
        axes, samples = self._axes(), minibatch.samples
        dx = axes.curves.width() / 2 * (samples.ratios - axes.ratio(point.x())) / axes.half_width
        dy = axes.curves.height() / 2 * samples.objectives / axes.half_height
        distances = np.hypot(dx, dy - (axes.curves.center().y() - point.y()))
        nearest = int(np.argmin(distances))
        return int(samples.indices[nearest]) if distances[nearest] <= GRIP else None

    def _is_on_bar(self, point: QPointF) -> bool:
        if self._epsilon is None or not self._clips:
            return False
        axes = self._axes()
        return any(abs(axes.x(1 + side * self._epsilon) - point.x()) <= GRIP for side in (-1, 1))

    # ---- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font(0.85))
        axes = self._axes()
        # Upright rectangles need no antialiasing, and are thirty times slower with it.
        self._paint_band(painter, axes)
        self._paint_frame(painter, axes)
        if self._minibatch is not None:
            self._paint_histogram(painter, axes, self._minibatch)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curve(painter, axes, +1, "rollout", "Â > 0")
        self._paint_curve(painter, axes, -1, "value", "Â < 0")
        if self._minibatch is None:
            self._paint_empty(painter, axes)
        else:
            self._paint_samples(painter, axes, self._minibatch)
            self._paint_selected(painter, axes, self._minibatch)
            self._paint_counts_beyond(painter, axes, self._minibatch)
        painter.end()

    def _axes(self) -> _Axes:
        text = self.fontMetrics().height()
        inner = QRectF(self.rect()).adjusted(8, text, -8, -text - 6)
        split = inner.height() * 0.66
        return _Axes(
            curves=QRectF(inner.left(), inner.top(), inner.width(), split),
            histogram=QRectF(
                inner.left(), inner.top() + split + 6, inner.width(), inner.height() - split - 6
            ),
            half_width=self._half_width(),
            half_height=3.2 * self._advantage_scale(),
        )

    def _half_width(self) -> float:
        """Reach of the axis of ratios; it rests while a bar is dragged, or the bar would flee the mouse."""
        if self._half_width_while_dragging is not None:
            return self._half_width_while_dragging
        widest = max(self._epsilon or 0.0, self._epsilon_in_force or 0.0)
        return min(1.15, max(0.1, 2.5 * widest)) if widest else 0.5

    @property
    def _epsilon_in_force(self) -> float | None:
        """ε of the samples shown, which may lag behind the slider or be annealed; None for no clip."""
        if not self._clips:
            return None
        return self._epsilon if self._minibatch is None else self._minibatch.samples.clip_range

    def _advantage_deviation(self) -> float:
        """One standard deviation of the advantages; 1 where there is none."""
        if self._minibatch is None or len(self._minibatch.samples) < 2:
            return 1.0
        deviation = float(np.std(self._minibatch.samples.advantages))
        return deviation if deviation > 1e-9 else 1.0

    def _advantage_scale(self) -> float:
        """The deviation in steps of a factor 2, so that axes do not jitter."""
        return float(2.0 ** np.round(np.log2(self._advantage_deviation())))

    def _paint_band(self, painter: QPainter, axes: _Axes) -> None:
        """Shade the band in which these samples are not clipped, and draw the bars of the slider's ε.

        Bars whose ε is not yet, or not exactly, in force are dashed.
        """
        top, bottom = axes.curves.top(), axes.histogram.bottom()
        in_force = self._epsilon_in_force
        if in_force is not None:
            left = max(axes.curves.left(), axes.x(1 - in_force))
            right = min(axes.curves.right(), axes.x(1 + in_force))
            fill = self._theme.colour("clip")
            fill.setAlphaF(0.12)
            painter.fillRect(QRectF(left, top, right - left, bottom - top), fill)
        if self._epsilon is None or not self._clips:
            return
        style = Qt.PenStyle.SolidLine if self._epsilon == in_force else Qt.PenStyle.DashLine
        for side, label in ((-1, "1−ε"), (1, "1+ε")):
            x = axes.x(1 + side * self._epsilon)
            painter.setPen(QPen(self._theme.colour("clip"), 2, style))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            self._paint_text(painter, x, bottom + 3, label, "clip")

    def _paint_frame(self, painter: QPainter, axes: _Axes) -> None:
        painter.setPen(QPen(self._theme.colour("border"), 1))
        for y in (axes.curves.center().y(), axes.histogram.bottom()):
            painter.drawLine(QPointF(axes.curves.left(), y), QPointF(axes.curves.right(), y))
        middle = axes.x(1)
        painter.drawLine(QPointF(middle, axes.curves.top()), QPointF(middle, axes.histogram.bottom()))
        self._paint_text(painter, middle, axes.histogram.bottom() + 3, "1", "muted")
        painter.setPen(self._theme.colour("muted"))
        above = axes.curves.top() - 3
        painter.drawText(QPointF(axes.curves.left(), above), "objective · lines: |Â| = 1 std")
        painter.drawText(QPointF(axes.histogram.left(), axes.histogram.top() + 10), "samples")
        metrics = painter.fontMetrics()
        for text in ("ratio r = π(a|s) / π_old(a|s)", "ratio r"):
            width = metrics.horizontalAdvance(text)
            if axes.curves.right() - width > self._right_bar(axes) + metrics.horizontalAdvance("1+ε"):
                baseline = axes.histogram.bottom() + 3 + metrics.ascent()
                painter.drawText(QPointF(axes.curves.right() - width, baseline), text)
                break
        if self._epsilon_in_force is not None:
            cut = "× gradient cut"
            painter.setPen(self._theme.colour("clip"))
            painter.drawText(QPointF(axes.curves.right() - metrics.horizontalAdvance(cut), above), cut)

    def _right_bar(self, axes: _Axes) -> float:
        return axes.x(1 if self._epsilon is None or not self._clips else 1 + self._epsilon)

    def _paint_curve(self, painter: QPainter, axes: _Axes, sign: int, colour: str, label: str) -> None:
        """Draw min(r·Â, clip(r)·Â) for Â = ± one standard deviation."""
        ratios = np.array([1 - axes.half_width, 1 + axes.half_width])
        advantage = sign * self._advantage_deviation()
        if self._epsilon_in_force is not None:
            ratios = np.sort(np.append(ratios, 1 + sign * self._epsilon_in_force))
        objectives = self._objective(ratios, advantage)
        painter.setPen(QPen(self._theme.colour(colour), 2))
        painter.drawPolyline(axes.points(ratios, objectives))
        painter.drawText(
            QPointF(axes.curves.left() + 4, axes.y(objectives[0]) + (14 if sign < 0 else -6)), label
        )

    def _objective(self, ratios: Numbers, advantage: float) -> Numbers:
        epsilon = self._epsilon_in_force
        if epsilon is None:
            return ratios * advantage
        clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon)
        return np.minimum(ratios * advantage, clipped * advantage)

    def _paint_samples(self, painter: QPainter, axes: _Axes, minibatch: MinibatchOptimized) -> None:
        samples = minibatch.samples
        every = slice(0, self.samples_shown, -(-len(samples) // LARGEST_DRAWN))
        ratios, objectives = samples.ratios[every], samples.objectives[every]
        advantages, cut = samples.advantages[every], samples.gradient_cut[every]
        seen = (np.abs(ratios - 1) <= axes.half_width) & (np.abs(objectives) <= axes.half_height)
        self._paint_dots(painter, axes, ratios, objectives, seen & ~cut & (advantages >= 0), "rollout")
        self._paint_dots(painter, axes, ratios, objectives, seen & ~cut & (advantages < 0), "value")
        painter.setPen(QPen(self._theme.colour("clip"), 1.6))
        for point in axes.points(ratios[seen & cut], objectives[seen & cut]):
            painter.drawLine(point + QPointF(-3, -3), point + QPointF(3, 3))
            painter.drawLine(point + QPointF(-3, 3), point + QPointF(3, -3))

    def _paint_selected(self, painter: QPainter, axes: _Axes, minibatch: MinibatchOptimized) -> None:
        """Ring the selected sample; beyond the view the ring sits at its edge."""
        if self._selected is None:
            return
        half_width, half_height = axes.half_width, axes.half_height
        ratio = np.clip(minibatch.samples.ratios[self._selected], 1 - half_width, 1 + half_width)
        objective = np.clip(minibatch.samples.objectives[self._selected], -half_height, half_height)
        painter.setPen(QPen(self._theme.colour("text"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(axes.x(float(ratio)), axes.y(float(objective))), 7, 7)

    def _paint_dots(
        self,
        painter: QPainter,
        axes: _Axes,
        ratios: Numbers,
        objectives: Numbers,
        chosen: NDArray[np.bool_],
        colour: str,
    ) -> None:
        dot = self._theme.colour(colour)
        dot.setAlphaF(0.75)
        painter.setPen(QPen(dot, 4.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(axes.points(ratios[chosen], objectives[chosen]))

    def _paint_histogram(self, painter: QPainter, axes: _Axes, minibatch: MinibatchOptimized) -> None:
        edges = np.linspace(1 - axes.half_width, 1 + axes.half_width, N_BINS + 1)
        # As high as it will be in the end: while samples appear, bars grow and the scale rests.
        tallest = max(1, int(np.histogram(minibatch.samples.ratios, bins=edges)[0].max()))
        counts, _ = np.histogram(minibatch.samples.ratios[: self.samples_shown], bins=edges)
        painter.setPen(Qt.PenStyle.NoPen)
        for count, left, right in zip(counts, edges, edges[1:], strict=False):
            if count:
                height = axes.histogram.height() * count / tallest
                bar = QRectF(
                    axes.x(left) + 0.5,
                    axes.histogram.bottom() - height,
                    axes.x(right) - axes.x(left) - 1,
                    height,
                )
                painter.fillRect(bar, self._bar_colour((left + right) / 2))

    def _bar_colour(self, ratio: float) -> QColor:
        outside = self._epsilon_in_force is not None and abs(ratio - 1) > self._epsilon_in_force
        colour = self._theme.colour("clip" if outside else "neutral")
        colour.setAlphaF(0.9 if outside else 0.6)
        return colour

    def _paint_counts_beyond(self, painter: QPainter, axes: _Axes, minibatch: MinibatchOptimized) -> None:
        """Say how many samples lie beyond each edge, so that none is dropped silently."""
        shown = slice(self.samples_shown)
        ratios, objectives = minibatch.samples.ratios[shown], minibatch.samples.objectives[shown]
        left, right = int((ratios < 1 - axes.half_width).sum()), int((ratios > 1 + axes.half_width).sum())
        high = int((objectives > axes.half_height).sum())
        low = int((objectives < -axes.half_height).sum())
        low_down = axes.histogram.bottom() - 3
        painter.setPen(self._theme.colour("clip"))
        metrics = painter.fontMetrics()
        if left:
            painter.drawText(QPointF(axes.curves.left(), low_down), f"◂ {left}")
        if right:
            text = f"{right} ▸"
            painter.drawText(QPointF(axes.curves.right() - metrics.horizontalAdvance(text), low_down), text)
        painter.setPen(self._theme.colour("muted"))
        for count, y, arrow in (
            (high, axes.curves.top() + metrics.ascent(), "▴"),
            (low, axes.curves.bottom(), "▾"),
        ):
            if count:
                text = f"{count} {arrow}"
                painter.drawText(QPointF(axes.curves.right() - metrics.horizontalAdvance(text), y), text)

    def _paint_empty(self, painter: QPainter, axes: _Axes) -> None:
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(
            axes.histogram,
            int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
            "The samples of each minibatch appear here.",
        )

    def _paint_text(self, painter: QPainter, x: float, top: float, text: str, colour: str) -> None:
        metrics = painter.fontMetrics()
        pen = painter.pen()
        painter.setPen(self._theme.colour(colour))
        painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, top + metrics.ascent()), text)
        painter.setPen(pen)
