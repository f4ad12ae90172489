"""Where everything of the effect curve stands, in pixels, and what is at a position."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.views.effect_axis import places
from ppo_desktop.views.plot_scales import Range, Tick, ValueScale
from ppo_desktop.views.theme import Theme

LABEL_FONT = 0.85
"""Size of labels, as a share of the base size."""
_SEED_COLUMNS = 3
"""Seeds stand in so many columns, so that equal results do not hide each other."""
_FLAT = 8.0
"""Height in lines up to which there is no room for the name of the axis."""
_WIDEST_TICK = "−1.25k"


@dataclass(frozen=True)
class Target:
    """What the mouse points at: a variant, or one of its seeds."""

    variant: int
    seed: int | None = None


class EffectGeometry:
    """The layout of one digest in one rectangle.

    Attributes:
        digest: What is drawn.
        results: The result of each variant.
        labels: What is written under each variant.
        metrics: Measures of the labels' font.
        marker_radius: Of a mean, pixels.
        seed_radius: Of a seed's point, pixels.
        area: Where results are drawn, without labels.
        inner: Where means are drawn: labels and seeds must not leave the area at its ends.
        has_axis_name: Whether there is room for what the values are values of.
        axis: Where the variants stand along `inner`.
    """

    def __init__(self, theme: Theme, rect: QRectF, digest: Digest, scale: ValueScale, shown: Range) -> None:
        self.digest = digest
        self.results = digest.estimates.get(digest.question.measure.name, ())
        self.labels = [variant.short_label for variant in digest.comparison.variants]
        self.metrics = QFontMetricsF(theme.font(LABEL_FONT))
        self.marker_radius = 0.6 * theme.base_size
        self.seed_radius = 0.28 * theme.base_size
        self._scale, self._shown = scale, shown
        self.has_axis_name = rect.height() > _FLAT * self.metrics.height()
        self.area = self._area(rect)
        self.inner = self._inner()
        width = max(self.inner.width(), 1.0)
        bars = self.marker_radius + self._seeds_width
        needs = [max(self.metrics.horizontalAdvance(label) + 10, bars) / width for label in self.labels]
        self.axis = places(digest.comparison, needs)

    @property
    def has_censored(self) -> bool:
        """Whether some seed still waits for what is measured."""
        return any(result.censored for result in self.results)

    def column(self, variant: int) -> float:
        """Return the pixel column of a variant."""
        return self.at_share(self.axis.shares[variant])

    def at_share(self, share: float) -> float:
        """Return the pixel column of a place along the axis."""
        return self.inner.left() + share * self.inner.width()

    def row(self, value: float) -> float:
        """Return the pixel row of a result; nan if it is not defined."""
        if not math.isfinite(value):
            return math.nan
        return self.plotted_row(float(self._scale.to_plot(np.array([value]))[0]))

    def plotted_row(self, plotted: float) -> float:
        """Return the pixel row of a result in plotted units."""
        low, high = self._shown
        return self.area.bottom() - (plotted - low) / (high - low) * self.area.height()

    def ticks(self) -> list[Tick]:
        """Return round numbers, in plotted units, with as many labels as there is room for."""
        most = max(1, min(5, int(self.area.height() / (1.9 * self.metrics.height()))))
        return self._scale.ticks(self._shown, most)

    def centre_point(self, variant: int) -> QPointF:
        """Return where a variant's mean is."""
        return QPointF(self.column(variant), self.row(self.results[variant].centre))

    def seed_point(self, variant: int, seed: int) -> QPointF:
        """Return where a seed is: to the right of the mean, which it never hides."""
        samples = self.results[variant].samples
        step = list(samples).index(seed) % _SEED_COLUMNS
        shift = self.marker_radius + (2 + 1.6 * step) * self.seed_radius
        return QPointF(self.column(variant) + shift, self.row(samples[seed]))

    @property
    def label_top(self) -> float:
        """Where the line with the values begins."""
        return self.area.bottom() + self.marker_radius + 1

    def label_room(self, variant: int) -> float:
        """Return how wide a label may be: up to the middle between it and its nearest neighbour."""
        share = self.axis.shares[variant]
        gaps = [abs(other - share) for number, other in enumerate(self.axis.shares) if number != variant]
        return min(gaps) * self.inner.width() - 4 if gaps else self.area.width()

    def target_at(self, position: QPointF) -> Target | None:
        """Return what is at a position: a seed's point, or a variant with its marker, bar and label."""
        for variant, result in enumerate(self.results):
            for seed in result.samples:
                if _is_near(self.seed_point(variant, seed), position, self.seed_radius + 3):
                    return Target(variant, seed)
        near = [variant for variant in range(len(self.results)) if self._is_over(variant, position)]
        return Target(near[0]) if near else None

    @property
    def _seeds_width(self) -> float:
        """How far seeds reach to the right of a mean."""
        return self.marker_radius + (2 + 1.6 * _SEED_COLUMNS) * self.seed_radius

    def _area(self, rect: QRectF) -> QRectF:
        line = self.metrics.height()
        left = self.metrics.horizontalAdvance(_WIDEST_TICK) + 8
        beyond = self.marker_radius + 3  # a marker at the very end of the range stays clear of the labels
        above = beyond + (line if self.has_censored else 0)
        return rect.adjusted(left, above, -4, -beyond - (2 if self.has_axis_name else 1) * line)

    def _inner(self) -> QRectF:
        widths = [self.metrics.horizontalAdvance(label) / 2 for label in self.labels]
        most = self.area.width() / (2 * max(len(widths), 1))
        side = max(2.5 * self.marker_radius, min(max(widths), most))
        return self.area.adjusted(side, 0, -max(side, self._seeds_width), 0)

    def _is_over(self, variant: int, position: QPointF) -> bool:
        """Whether a position is on a variant's marker, bar or label."""
        distance = abs(position.x() - self.column(variant))
        if position.y() > self.area.bottom():
            return distance <= self.label_room(variant) / 2
        result = self.results[variant]
        rows = [self.row(number) for number in (result.low, result.high, result.centre)]
        known = [row for row in rows if math.isfinite(row)]
        reach = self.marker_radius + 3
        return bool(known) and distance <= reach and min(known) - reach <= position.y() <= max(known) + reach


def _is_near(point: QPointF, position: QPointF, reach: float) -> bool:
    return math.hypot(point.x() - position.x(), point.y() - position.y()) <= reach
