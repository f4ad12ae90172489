"""A card with one figure of all variants over environment steps: means, intervals, single seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, Signal, Slot
from PySide6.QtWidgets import QWidget

from ppo_desktop.comparison.summary import Band
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.quantities import BITS, COMPARED, RETURN
from ppo_desktop.views.charts.scales import ValueScale
from ppo_desktop.views.compare.bands_item import BandsItem, VariantCurve
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.plot_cards import (
    drawing_of,
    entropy_ceiling,
    entropy_ceiling_name,
    entropy_scale,
    return_scale,
    scale_of,
    solved_text,
)
from ppo_desktop.views.plot_items import LevelLabel
from ppo_desktop.views.plot_legend import NO_VALUE
from ppo_desktop.views.steps_card import StepsCard
from ppo_desktop.views.steps_plot import StepsPlot
from ppo_desktop.views.theme import Theme

Cross = tuple[float, float]
"""Step and value, in the record's unit, at which a seed diverged."""


@dataclass(frozen=True)
class ColumnCard:
    """How one figure is drawn.

    Attributes:
        title: What it is called.
        short_title: The same where there is little room.
        explanation: The key of its explanation in the glossary.
        scale: The vertical axis.
        level: Where a dashed line stands, in plotted units; None for none.
        level_name: What the line is.
        drawing: What is particular about the axis, in a sentence.
    """

    title: str
    short_title: str
    explanation: str
    scale: ValueScale
    level: float | None = None
    level_name: str = ""
    drawing: str = ""


def column_card(column: str, environment_id: str) -> ColumnCard:
    """Return how a column of a run's record is drawn in an environment."""
    quantity = COMPARED[column]
    card = ColumnCard(
        quantity.with_unit(quantity.title),
        quantity.with_unit(quantity.short_title),
        column,
        scale_of(quantity),
        drawing=drawing_of(quantity),
    )
    if quantity is RETURN:
        return _of_returns(card, environment_id)
    return _of_entropies(card, environment_id) if column == "policy_entropy" else card


def _of_returns(card: ColumnCard, environment_id: str) -> ColumnCard:
    solved = solved_return(environment_id)
    name = "" if solved is None else solved_text(solved)
    return replace(card, scale=return_scale(environment_id), level=solved, level_name=name)


def _of_entropies(card: ColumnCard, environment_id: str) -> ColumnCard:
    n_actions = _n_discrete_actions(environment_id)
    scale = replace(entropy_scale(BITS, n_actions), write=card.scale.write, widest="−0.000")
    if n_actions is None:
        return replace(card, scale=scale)
    level, name = entropy_ceiling(BITS, n_actions), entropy_ceiling_name(BITS)
    return replace(card, scale=scale, level=level, level_name=name)


def _n_discrete_actions(environment_id: str) -> int | None:
    """Return |A| where it is known before any run has begun; None too for continuous actions."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return len(known.actions) if known is not None and known.is_discrete else None


class BandPlot(StepsCard):
    """A header, which others fill, and the plot.

    Args:
        theme: Fonts and colours.
        name: The plot's objectName.
        header: What stands above the plot.
        card: What is drawn at first.
        small: With small labels, and without the step on a chip at the crosshair.
    """

    pointed_at = Signal(object)

    def __init__(self, theme: Theme, name: str, header: QWidget, card: ColumnCard, *, small: bool) -> None:
        plot = StepsPlot(theme, small=small, steps_below=True, room_for_tags=False)
        plot.setObjectName(name)
        label = LevelLabel(theme, plot.getViewBox(), above=False, at_right=small)
        super().__init__(theme, header, plot, label, card.scale, small=small)
        self._card = card
        self._bands: tuple[Band, ...] = ()
        self._pointed: int | None = None
        self._explained: tuple[ColumnCard, str] | None = None
        self.curves = BandsItem(theme, plot.getViewBox(), small=small)
        self._items.append(self.curves)
        plot.pointed.connect(self._point_at)
        self.show_column(card)
        self.apply_theme()

    @property
    def card(self) -> ColumnCard:
        """What is drawn."""
        return self._card

    def show_column(self, card: ColumnCard) -> None:
        """Draw another figure, or the same in another environment; what was drawn goes."""
        self._card = card
        self._begin_scale(card.scale)
        self.set_level(card.level, card.level_name)
        self.draw((), (), with_seeds=False)
        self._show_values()
        self.explain("")

    def explain(self, drawing: str) -> None:
        """Say how it is drawn, in sentences, where that is not plain to see."""
        drawing = f"{drawing} {self._card.drawing}".strip()
        if (self._card, drawing) == self._explained:
            return
        self._explained = (self._card, drawing)
        self._describe(self._card.title, self._card.explanation, drawing)

    def draw(self, bands: Sequence[Band], crosses: Sequence[Sequence[Cross]], *, with_seeds: bool) -> None:
        """Show a band of each variant, and where its seeds diverged."""
        self._bands = tuple(bands)
        curves = [
            self._curve(number, crosses[number], with_seeds=with_seeds) for number in range(len(self._bands))
        ]
        self._make_room(curves)
        self.curves.set_curves(curves)
        self.values_changed.emit()

    def set_note(self, text: str) -> None:
        """Say `text` in the middle of the plot; empty for nothing."""
        self.note.set_text(text)

    def set_highlighted(self, variant: int | None) -> None:
        """Put one variant on top, the others being faint."""
        self.curves.set_highlighted(variant)

    def value_texts(self) -> list[str]:
        """Return the mean of each variant at the step pointed at, else the newest, as it is written."""
        values = [_value_near(band, self.crosshair.steps) for band in self._bands]
        return [self._card.scale.text(value) if math.isfinite(value) else NO_VALUE for value in values]

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        super().apply_theme()
        self.plot.set_steps_labelled(True)

    # ---- how it is done ------------------------------------------------------------------------

    def _curve(
        self, number: int, crosses: Sequence[tuple[float, float]], *, with_seeds: bool
    ) -> VariantCurve:
        """Return a variant in plotted units."""
        band, to_plot = self._bands[number], self._card.scale.to_plot
        return VariantCurve(
            variant_style(number, len(self._bands)),
            band.steps,
            to_plot(band.mean),
            to_plot(band.low),
            to_plot(band.high),
            to_plot(band.seeds if with_seeds else band.seeds[:0]),
            tuple((steps, self._cross_value(value)) for steps, value in crosses),
        )

    def _cross_value(self, value: float) -> float:
        """Return where a cross stands; at the foot of the plot if the run has no values."""
        if not math.isfinite(value):
            return self.value_range[0]
        return float(self._card.scale.to_plot(np.array([value]))[0])

    def _make_room(self, curves: Sequence[VariantCurve]) -> None:
        """Widen the range of values if a curve leaves it."""
        parts = [part.ravel() for c in curves for part in (c.mean, c.low, c.high, c.seeds)]
        values = np.concatenate([np.empty(0), *parts])
        values = values[np.isfinite(values)]
        if len(values) > 0:
            self._include(float(values.min()), float(values.max()))

    @Slot(object)
    def _point_at(self, position: QPointF | None) -> None:
        """Emit which variant the mouse is near, when that has changed."""
        variant = None if position is None else self.curves.variant_at(position)
        if variant != self._pointed:
            self._pointed = variant
            self.pointed_at.emit(variant)


def _value_near(band: Band, steps: float | None) -> float:
    """Return the mean at the point nearest to `steps`, the newest for None; nan if there is none.

    Beyond the newest point by more than one bin there is none either.
    """
    if len(band.steps) == 0:
        return math.nan
    if steps is None:
        return float(band.mean[-1])
    if steps > band.steps[-1] + band.steps[0]:
        return math.nan
    return float(band.mean[np.abs(band.steps - steps).argmin()])
