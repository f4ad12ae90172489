"""An effect curve: every variant's result with its interval, and every seed beside it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QLineF, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.plan import Variant
from ppo_desktop.comparison.summary import Estimate
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.views.charts.frame import Axis, PlotFrame, left_of, room_below
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale, Range, ValueScale
from ppo_desktop.views.charts.shapes import Key, Lines, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot, Ring, Symbol, Upright
from ppo_desktop.views.compare.effect_axis import NOT_TO_SCALE, Places, places
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.theme import Look
from ppo_desktop.views.wording_label import cut

MARKER, SEED = 0.6, 0.28
"""Radius of a mean's marker and of a seed's point, in base font sizes."""
_FONT = 0.85
_SEED_OPACITY = 0.6
_SEED_COLUMNS = 3
"""Seeds stand in so many columns, so that equal results do not hide each other."""
_FLAT = 8.0
"""Height in lines up to which only what has to be said is."""
_RIGHT = 4.0
"""Pixels at the right of the area."""
_AT_LEAST = "≥"
_NONE = np.empty(0)


@dataclass(frozen=True)
class Target:
    """What the mouse points at: a variant, or one of its seeds."""

    variant: int
    seed: int | None = None


def effect_picture(
    theme: Look, room: QRectF, digest: Digest, scale: ValueScale, shown: Range, lit: int | None = None
) -> Picture:
    """Return what a digest says, in a rectangle; arrow keys go from variant to variant as they stand.

    Args:
        theme: Fonts and colours.
        room: The rectangle.
        digest: What is drawn.
        scale: How its results are scaled.
        shown: Results at both ends of the axis, in plotted units.
        lit: The variant that is not faint; None for all.
    """
    metrics, rows = QFontMetricsF(theme.font(_FONT)), Axis(scale, shown, has_grid=True)
    names = [variant.short_label for variant in digest.comparison.variants]
    radius, seeds_width = MARKER * theme.base_size, (2 + 1.6 * _SEED_COLUMNS) * SEED * theme.base_size
    # Markers, seeds and names at the ends stay within the area.
    width = room.width() - left_of(theme, rows, _FONT) - _RIGHT
    side = max(2.5 * radius, min(max(map(metrics.horizontalAdvance, names)), width / len(names)) / 2)
    inset = QMarginsF(side, radius + 3, max(side, radius + seeds_width), radius + 3)
    width = max(width - inset.left() - inset.right(), 1.0)
    least = [max(room_below(metrics, name), 2 * radius + seeds_width) / width for name in names]
    axis = places(digest.comparison, least)
    rooms = [width * axis.room(number) - room_below(metrics) for number in range(len(names))]
    texts = [cut(*one) for one in zip(names, itertools.repeat(metrics), rooms)]
    is_flat = room.height() <= _FLAT * metrics.height()
    said = () if is_flat else (digest.comparison.field_label, axis.remark)
    labels = FixedScale(list(zip(axis.shares, texts, strict=True)))
    columns = Axis(labels, (0.0, 1.0), " · ".join(filter(None, said)), colour="text")
    effect = _Effect(theme, digest, scale, axis, width, lit, is_flat)
    ends = -inset.left() / width, 1 + inset.right() / width
    variants = itertools.chain(*map(effect.variant, range(len(effect.results))))
    shapes = [*effect.levels(ends), *effect.named(), *variants, _Values(axis, texts, lit)]
    keys = [Target(number) for number in axis.sequence]
    return plotted(theme, room, columns, rows, shapes, keys=keys, right=_RIGHT, font_size=_FONT, inset=inset)


@dataclass(frozen=True)
class _Effect:
    """What stands in the area.

    Attributes:
        theme: Fonts and colours.
        digest: What is drawn.
        scale: How its results are scaled.
        axis: Where variants stand.
        width: Pixels from one end of that to the other.
        lit: The variant that is not faint; None for all.
        is_flat: Whether nothing is named but what has to be.
    """

    theme: Look
    digest: Digest
    scale: ValueScale
    axis: Places
    width: float
    lit: int | None
    is_flat: bool

    @property
    def results(self) -> Sequence[Estimate]:
        """The result of each variant."""
        return self.digest.estimates.get(self.digest.question.measure.name, ())

    def levels(self, ends: Range) -> Iterator[Shape]:
        """Yield the level that the others are compared with, and what connects the means of neighbours.

        They are connected, by lines without dashes, where the axis has an order and no break.
        """
        centres, shares = self._plotted(result.centre for result in self.results), self.axis.shares
        reference = self.digest.question.reference
        if len(centres) and math.isfinite(centres[reference]):
            name = "" if self.is_flat else f"level of {self._variants[reference].short_label}"
            level = np.array([(end, centres[reference]) for end in ends])
            pen = QPen(self.theme.colour("muted"), 1.0)
            pen.setDashPattern([5.0, 5.0])
            yield Lines({None: level}, pen, legend=name)
        remark = "joins neighbours"
        if self.is_flat:
            remark = NOT_TO_SCALE if NOT_TO_SCALE in self.axis.remark else ""
        pen = QPen(self.theme.colour("muted"), 1.0)
        for pair in itertools.pairwise(self.axis.sequence if self.axis.is_ordered and len(centres) else ()):
            line = np.array([(shares[number], centres[number]) for number in pair])
            is_broken = any(line[0, 0] < share < line[1, 0] for share in self.axis.breaks)
            if not is_broken and np.isfinite(line).all():
                yield Lines({None: line}, pen, legend=remark)
                remark = ""

    def named(self) -> Iterator[Shape]:
        """Yield samples for the legend of what has another colour for each variant."""
        muted, radius = self.theme.colour("muted"), SEED * self.theme.base_size
        samples: list[tuple[Symbol, str]] = []
        if any(result.censored for result in self.results):
            ring = Ring(radius, muted, self.theme.colour("card"))
            samples.append((ring, "not solved: its number is a lower bound"))
        if not self.is_flat and any(math.isfinite(result.low) for result in self.results):
            bar = Upright(radius, 1.4 * MARKER * self.theme.base_size, _bar_pen(muted))
            samples.append((bar, "95 % interval" if self.digest.is_final else "interval so far"))
        if not self.is_flat and any(result.samples for result in self.results):
            samples.append((Dot(radius, muted), "a seed"))
        return (Scatter(_NONE, _NONE, symbol, legend=text) for symbol, text in samples)

    def variant(self, number: int) -> Iterator[Shape]:
        """Yield the seeds of a variant, its interval, and its mean; ≥ before it where it is a lower bound.

        Seeds stand to the right of the mean, which they never hide.
        """
        theme, result, share = self.theme, self.results[number], self.axis.shares[number]
        is_faint = self.lit not in (None, number)
        style = variant_style(number, len(self._variants), is_faint=is_faint)
        radius, seed_radius = MARKER * theme.base_size, SEED * theme.base_size
        pale = replace(style, opacity=_SEED_OPACITY * style.opacity).colour(theme)
        places = np.arange(len(result.samples)) % _SEED_COLUMNS
        columns = share + (radius + (2 + 1.6 * places) * seed_radius) / self.width
        rows, keys = self._plotted(result.samples.values()), [Target(number, seed) for seed in result.samples]
        is_open = np.isin(list(result.samples), list(result.censored))
        ring = Ring(seed_radius, pale, theme.colour("card"))
        for which, symbol in ((~is_open, Dot(seed_radius, pale)), (is_open, ring)):
            yield Scatter(columns[which], rows[which], symbol, list(itertools.compress(keys, which)))
        low, high, centre = self._plotted((result.low, result.high, result.centre))
        interval = np.array([(share, low), (share, high)])
        yield Lines({Target(number): interval}, _bar_pen(style.colour(theme)))
        mean = np.array([share]), np.array([centre])
        yield Scatter(*mean, style.symbol(theme, radius), [Target(number)])
        if result.censored:
            yield Scatter(*mean, AtLeast(radius, theme.font(_FONT), theme.colour("text", style.opacity)))

    @property
    def _variants(self) -> Sequence[Variant]:
        return self.digest.comparison.variants

    def _plotted(self, values: Iterable[float]) -> Numbers:
        """Return results in plotted units; nan where one is not defined."""
        known = [value if math.isfinite(value) else math.nan for value in values]
        return self.scale.to_plot(np.array(known))


def _bar_pen(colour: QColor) -> QPen:
    return QPen(colour, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


@dataclass(frozen=True)
class AtLeast(Symbol):
    """A ≥ at the left of a mean."""

    font: QFont
    colour: QColor

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        painter.setFont(self.font)
        painter.setPen(self.colour)
        metrics = QFontMetricsF(self.font)
        width, height = metrics.horizontalAdvance(_AT_LEAST), metrics.height()
        left = centre.x() - self.radius - 2 - width
        painter.drawText(QRectF(left, centre.y() - height / 2, width, height), _AT_LEAST)


@dataclass(frozen=True, eq=False)
class _Values(Shape):
    """What belongs to the values below the area: their places, a frame around one, and breaks of the axis.

    Attributes:
        axis: Where they stand.
        texts: What is written.
        lit: The one that is framed; None for none.
    """

    axis: Places
    texts: Sequence[str]
    lit: int | None

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        bottom, end, shares = frame.area.bottom(), frame.inner.bottom(), self.axis.shares
        painter.setPen(frame.theme.colour("muted"))
        for share, shift in itertools.product(self.axis.breaks, (-2, 2)):
            column = frame.column(share) + shift
            painter.drawLine(QLineF(column - 2, end + 5, column + 2, end - 5))
        if self.lit is not None and self.lit < len(shares):
            width, height = frame.metrics.horizontalAdvance(self.texts[self.lit]) + 10, frame.metrics.height()
            painter.setPen(QPen(frame.theme.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            left = frame.column(shares[self.lit]) - width / 2
            painter.drawRoundedRect(QRectF(left, bottom + 3.5, width, height + 1), 3, 3)

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        if position.y() <= frame.area.bottom():
            return None
        share = (position.x() - frame.inner.left()) / frame.inner.width()
        distances = [abs(share - other) for other in self.axis.shares]
        number = distances.index(min(distances))
        return (0.0, Target(number)) if distances[number] <= self.axis.room(number) / 2 else None
