"""The effect curve itself: every variant's result with its interval, and every seed beside it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.compare.effect_axis import value_scale
from ppo_desktop.views.compare.effect_picture import Target, effect_picture
from ppo_desktop.views.compare.result_tip import seed_tip, variant_tip
from ppo_desktop.views.theme import Theme

_LEAST_LINES = 6
"""Height in which points and labels can still be read, in lines of text."""


class EffectPlot(Chart):
    """Draws the digest it is given; its keys are variants and their seeds.

    The range of results only widens, until another comparison or another result is shown.
    """

    empty = "Every value's result appears here as the runs learn: one point a seed."

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "effect_plot", "Result of each value", "effect")
        self._digest: Digest | None = None
        self._summary = ""
        self._shown: tuple[object, ...] = ()
        self._scale: ValueScale | None = None
        self._range: Range | None = None
        self._lit: int | None = None

    def minimumSizeHint(self) -> QSize:
        """Return the least in which points and labels can be read."""
        return QSize(200, _LEAST_LINES * self.fontMetrics().lineSpacing())

    @property
    def value_range(self) -> Range | None:
        """The range of results shown, in plotted units; None before there is any."""
        return self._range

    def show_digest(self, digest: Digest | None, summary: str = "") -> None:
        """Show what a comparison says, None for nothing; `summary` is said of the whole to screen readers."""
        self._digest, self._summary = digest, summary
        if digest is not None:
            self._widen(digest)
        self.redraw()

    def _widen(self, digest: Digest) -> None:
        """Make room for every point and every end of an interval."""
        measure = digest.question.measure
        shown = (digest.comparison.with_seeds(1), measure)
        if shown != self._shown or self._scale is None:
            self._shown, self._scale = shown, value_scale(measure, digest.comparison)
            self._range = self._scale.first_range
        numbers = [
            number
            for result in digest.estimates.get(measure.name, ())
            for number in (result.low, result.high, result.centre, *result.samples.values())
            if math.isfinite(number)
        ]
        if numbers:
            ends = self._scale.to_plot(np.array([min(numbers), max(numbers)]))
            self._range = self._scale.widened(self._range, float(ends[0]), float(ends[1]))

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the results in a rectangle; None before there is any."""
        digest, scale, shown = self._digest, self._scale, self._range
        if digest is None or not digest.estimates or scale is None or shown is None:
            return None
        return effect_picture(self._theme, room, digest, scale, shown, self._lit)

    def set_highlighted(self, key: Key | None) -> None:
        """Let all variants but one be faint, None for none."""
        lit = key.variant if isinstance(key, Target) else None
        if lit != self._lit:
            self._lit = lit
            self.lay_out()

    def first_key(self) -> Key | None:
        """Return the variant that stands at the left."""
        return next(iter(self._keys()), None)

    def summary(self) -> str:
        """Return what is said of all."""
        return self._summary

    def tip(self, key: Key) -> str:
        """Return the numbers of a variant, or of one of its seeds."""
        if self._digest is None or not isinstance(key, Target):
            return ""
        if key.seed is not None:
            return seed_tip(self._digest, key.variant, key.seed)
        return variant_tip(self._digest, key.variant, self._digest.question.measure)
