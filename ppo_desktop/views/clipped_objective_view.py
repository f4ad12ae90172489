"""The clipped surrogate objective with the samples of the current minibatch on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QTimeLine, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import explained
from ppo_desktop.views.ratio_axis import FIXED_RANGE, Range, axis_labels, fitted_range
from ppo_desktop.views.theme import Theme

LARGEST_DRAWN = 400
"""Samples drawn as dots; of a larger minibatch every so many-th is drawn, the histogram has all."""
N_BINS = 41
REVEAL_MILLISECONDS = 33
_FONT = 0.85
_SIGNS = ((+1, "rollout"), (-1, "value"))
"""Signs of the advantage, and the colour of what has it."""
_TITLES = ("objective J · lines: |Â| = 1 std", "J · lines: |Â| = 1 std", "objective J", "J")
Numbers = NDArray[np.floating[Any]]
GRIP = 7
"""Pixels on either side of an ε bar at which it can be taken hold of."""


@dataclass(frozen=True)
class _Axes:
    """Where ratios and objectives lie on the screen: r in `ratios`, J in ± `half_height`."""

    curves: QRectF
    histogram: QRectF
    ratios: Range
    half_height: float

    @property
    def pixels_per_ratio(self) -> float:
        return self.curves.width() / (self.ratios[1] - self.ratios[0])

    def x(self, ratio: float) -> float:
        return self.curves.left() + (ratio - self.ratios[0]) * self.pixels_per_ratio

    def y(self, objective: float) -> float:
        return self.curves.center().y() - objective / self.half_height * self.curves.height() / 2

    def points(self, ratios: Numbers, objectives: Numbers) -> list[QPointF]:
        """Return `x` and `y` of many samples at once."""
        xs = self.curves.left() + (ratios - self.ratios[0]) * self.pixels_per_ratio
        ys = self.curves.center().y() - objectives * (self.curves.height() / 2 / self.half_height)
        return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]

    def ratio(self, x: float) -> float:
        return self.ratios[0] + (x - self.curves.left()) / self.pixels_per_ratio

    def sides(self, ratios: Numbers, objectives: Numbers) -> dict[str, NDArray[np.bool_]]:
        """Return {arrow: the samples that lie beyond that edge}; none lies beyond two."""
        left, right = ratios < self.ratios[0], ratios > self.ratios[1]
        inside = ~(left | right)
        high, low = inside & (objectives > self.half_height), inside & (objectives < -self.half_height)
        return {"◂": left, "▸": right, "▴": high, "▾": low}


class ClippedObjectiveView(QWidget):
    """min(r·Â, clip(r)·Â) for advantages of ± one standard deviation, the samples, and their ratios.

    Each dot is a sample at its true ratio and objective; those whose gradient is cut are crosses in
    ε's colour. Below, on the same axis, the histogram of all ratios. How many samples lie beyond the
    view is said between both. The two ε bars can be dragged.
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
        self._has_fixed_axis = False
        self._range_while_dragging: Range | None = None
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

    def fix_axis(self, fixed: bool) -> None:
        """Show ratios from 0 to 2 whatever ε is, or a range in which its band is well seen."""
        self._has_fixed_axis = fixed
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
            self._range_while_dragging = self._axes().ratios
        elif self._minibatch is not None:
            self.sample_clicked.emit(self._sample_at(event.position(), self._minibatch))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._range_while_dragging is not None:
            self.epsilon_dragged.emit(abs(self._axes().ratio(event.position().x()) - 1))
        shape = (
            Qt.CursorShape.SplitHCursor if self._is_on_bar(event.position()) else Qt.CursorShape.ArrowCursor
        )
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._range_while_dragging = None
        self.update()

    def _sample_at(self, point: QPointF, minibatch: MinibatchOptimized) -> int | None:
        """Return the position in the rollout of the sample drawn nearest to `point`, None if none is near."""
        axes, samples = self._axes(), minibatch.samples
        dx = (samples.ratios - axes.ratio(point.x())) * axes.pixels_per_ratio
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
        painter.setFont(self._theme.font(_FONT))
        axes = self._axes()
        # Upright rectangles need no antialiasing, and are thirty times slower with it.
        self._paint_band(painter, axes)
        self._paint_frame(painter, axes)
        if self._minibatch is not None:
            self._paint_histogram(painter, axes, self._minibatch)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(axes.curves)
        for sign, colour in _SIGNS:
            self._paint_curve(painter, axes, sign, colour)
        painter.setClipping(False)
        if self._minibatch is None:
            self._paint_empty(painter, axes)
        else:
            self._paint_samples(painter, axes, self._minibatch)
            self._paint_selected(painter, axes, self._minibatch)
        self._paint_legend(painter, axes)
        self._paint_between(painter, axes)
        self._paint_labels_below(painter, axes)
        painter.end()

    def _axes(self) -> _Axes:
        """Return where everything lies: no text stands where samples are drawn."""
        text = QFontMetricsF(self._theme.font(_FONT)).height()
        inner = QRectF(self.rect()).adjusted(8, text + 3, -8, -text - 4)
        drawn = inner.height() - text - 3
        curves = QRectF(inner.left(), inner.top(), inner.width(), 0.66 * drawn)
        histogram = QRectF(inner.left(), inner.bottom() - 0.34 * drawn, inner.width(), 0.34 * drawn)
        return _Axes(curves, histogram, self._ratios_shown(), 3.2 * self._advantage_scale())

    def _ratios_shown(self) -> Range:
        """Return the range of ratios; it rests while a bar is dragged, or the bar would flee the mouse."""
        if self._range_while_dragging is not None:
            return self._range_while_dragging
        if self._has_fixed_axis or not self._clips:
            return FIXED_RANGE
        known = [epsilon for epsilon in (self._epsilon, self._epsilon_in_force) if epsilon is not None]
        return fitted_range(max(known, default=None))

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
        epsilon = self._bars
        if epsilon is None:
            return
        style = Qt.PenStyle.SolidLine if epsilon == in_force else Qt.PenStyle.DashLine
        painter.setPen(QPen(self._theme.colour("clip"), 2, style))
        for side in (-1, 1):
            x = axes.x(1 + side * epsilon)
            if axes.curves.left() - 1 <= x <= axes.curves.right() + 1:
                self._draw_upright(painter, axes, x)

    @property
    def _bars(self) -> float | None:
        """The slider's ε, None where nothing is clipped."""
        return self._epsilon if self._clips else None

    def _paint_frame(self, painter: QPainter, axes: _Axes) -> None:
        painter.setPen(QPen(self._theme.colour("border"), 1))
        for y in (axes.curves.center().y(), axes.histogram.bottom()):
            painter.drawLine(QPointF(axes.curves.left(), y), QPointF(axes.curves.right(), y))
        self._draw_upright(painter, axes, axes.x(1))

    def _draw_upright(self, painter: QPainter, axes: _Axes, x: float) -> None:
        """Draw a line at one ratio, not through what is written between or instead of the samples."""
        for area in (axes.curves, axes.histogram) if self._minibatch is not None else (axes.curves,):
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_legend(self, painter: QPainter, axes: _Axes) -> None:
        """Say above the curves what is drawn, in the fullest wording that fits."""
        metrics = QFontMetricsF(painter.font())
        entries = [("━ Â > 0", "rollout"), ("━ Â < 0", "value")]
        cuts = ("× gradient cut", "× cut") if self._epsilon_in_force is not None else ("",)
        wordings = [(title, cut) for title in _TITLES for cut in cuts]
        gap = metrics.averageCharWidth()
        title, cut = wordings[-1]
        for title, cut in wordings:
            words = [title, *(text for text, _ in entries), cut]
            if sum(metrics.horizontalAdvance(word) + 2 * gap for word in words) <= axes.curves.width():
                break
        baseline = axes.curves.top() - 4 - metrics.descent()
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(QPointF(axes.curves.left(), baseline), title)
        right = axes.curves.right()
        for text, colour in reversed([*entries, (cut, "clip")]):
            painter.setPen(self._theme.colour(colour))
            painter.drawText(QPointF(right - metrics.horizontalAdvance(text), baseline), text)
            right -= metrics.horizontalAdvance(text) + 2 * gap if text else 0.0

    def _paint_between(self, painter: QPainter, axes: _Axes) -> None:
        """Name the histogram and say how many samples lie beyond the view: none is dropped silently."""
        metrics = QFontMetricsF(painter.font())
        baseline = axes.histogram.top() - 3 - metrics.descent()
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(QPointF(axes.histogram.left(), baseline), "samples")
        room = axes.histogram.width() - metrics.horizontalAdvance("samples  ")
        fitting = (text for text in self.beyond_the_edge() if metrics.horizontalAdvance(text) <= room)
        if text := next(fitting, ""):
            painter.setPen(self._theme.colour("clip"))
            painter.drawText(
                QPointF(axes.histogram.right() - metrics.horizontalAdvance(text), baseline), text
            )

    def _paint_labels_below(self, painter: QPainter, axes: _Axes) -> None:
        metrics = QFontMetricsF(painter.font())
        left, right = axes.curves.left(), axes.curves.right()
        baseline = axes.histogram.bottom() + 3 + metrics.ascent()
        for label in axis_labels(axes.ratios, self._bars, left, right, metrics.horizontalAdvance):
            painter.setPen(self._theme.colour(label.colour))
            painter.drawText(QPointF(label.left, baseline), label.text)

    def beyond_the_edge(self) -> tuple[str, ...]:
        """Return how many samples lie beyond the view, and where, in two wordings; nothing if none does."""
        if self._minibatch is None:
            return ()
        shown, samples = slice(self.samples_shown), self._minibatch.samples
        sides = self._axes().sides(samples.ratios[shown], samples.objectives[shown])
        counts = {arrow: int(beyond.sum()) for arrow, beyond in sides.items() if beyond.any()}
        if not counts:
            return ()
        text = f"{counted(sum(counts.values()), 'sample')} beyond the edge"
        if len(counts) == 1:
            return (f"{text} {next(iter(counts))}", text)
        return (text + ": " + " · ".join(f"{arrow} {count}" for arrow, count in counts.items()), text)

    def _paint_curve(self, painter: QPainter, axes: _Axes, sign: int, colour: str) -> None:
        """Draw min(r·Â, clip(r)·Â) for Â = ± one standard deviation."""
        ratios = np.array(axes.ratios)
        advantage = sign * self._advantage_deviation()
        if self._epsilon_in_force is not None:
            bend = np.clip(1 + sign * self._epsilon_in_force, *axes.ratios)
            ratios = np.sort(np.append(ratios, bend))
        objectives = self._objective(ratios, advantage)
        painter.setPen(QPen(self._theme.colour(colour), 2))
        painter.drawPolyline(axes.points(ratios, objectives))

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
        seen = ~np.any(list(axes.sides(ratios, objectives).values()), axis=0)
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
        ratio = np.clip(minibatch.samples.ratios[self._selected], *axes.ratios)
        objective = np.clip(minibatch.samples.objectives[self._selected], -axes.half_height, axes.half_height)
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
        """Draw how many samples have which ratio; those outside the band stand on those inside it."""
        edges = np.linspace(*axes.ratios, N_BINS + 1)
        samples = minibatch.samples
        # As high as it will be in the end: while samples appear, bars grow and the scale rests.
        tallest = max(1, int(np.histogram(samples.ratios, bins=edges)[0].max()))
        ratios = samples.ratios[: self.samples_shown]
        epsilon = self._epsilon_in_force
        is_outside = np.abs(ratios - 1) > (np.inf if epsilon is None else epsilon)
        bottoms = np.full(N_BINS, axes.histogram.bottom())
        for of_kind, colour_name, alpha in ((~is_outside, "neutral", 0.6), (is_outside, "clip", 0.9)):
            counts, _ = np.histogram(ratios[of_kind], bins=edges)
            colour = self._theme.colour(colour_name)
            colour.setAlphaF(alpha)
            heights = axes.histogram.height() * counts / tallest
            for place in np.flatnonzero(counts).tolist():
                left, width = axes.x(edges[place]) + 0.5, axes.x(edges[place + 1]) - axes.x(edges[place]) - 1
                bar = QRectF(left, bottoms[place] - heights[place], width, heights[place])
                painter.fillRect(bar, colour)
            bottoms -= heights

    def _paint_empty(self, painter: QPainter, axes: _Axes) -> None:
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(
            axes.histogram,
            int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
            "The samples of each minibatch appear here.",
        )
