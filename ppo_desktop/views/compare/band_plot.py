"""A card with one figure of all variants over environment steps: means, intervals, single seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Signal, Slot
from PySide6.QtGui import QPainter

from ppo_desktop.comparison.summary import Band
from ppo_desktop.views.charts.curve_axes import StepsPlot
from ppo_desktop.views.charts.curve_card import CurveCard, PlotCard
from ppo_desktop.views.charts.curve_legend import NO_VALUE, ReadOut, Series
from ppo_desktop.views.charts.curves import CurveShape
from ppo_desktop.views.compare.band_headers import ColumnHeader, ReturnHeader
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.figure import Below, Drawing, Panel, Part
from ppo_desktop.views.theme import Theme

_BAND_ALPHA, _BANDS_ALPHA = 48, 200
"""Of each band at most, and of all together: of many each is fainter, or they would hide the lines."""


class BandPlot(CurveCard):
    """A header, which others fill but for the legend, and the plot.

    The legend of a small one has the variant that is pointed at, if one is.

    Args:
        theme: Fonts and colours.
        name: The plot's objectName.
        header: What stands above the plot.
        card: What is drawn at first.
    """

    pointed_at = Signal(object)

    def __init__(self, theme: Theme, name: str, header: ReturnHeader | ColumnHeader, card: PlotCard) -> None:
        small = isinstance(header, ColumnHeader)
        plot = StepsPlot(theme, small=small)
        plot.setObjectName(name)
        super().__init__(theme, card, header, header.legend, plot, level_at_right=small)
        self._bands: tuple[Band, ...] = ()
        self._named: Sequence[Series] = ()
        self._pointed: int | None = None
        self._explained: tuple[PlotCard, str] | None = None
        # Kept as a picture, so that a crosshair that moves over it does not paint it again.
        self.curves.setCacheMode(pg.GraphicsObject.CacheMode.DeviceCoordinateCache)
        plot.pointed.connect(self._point_at)
        self.show_card(card)
        self.apply_theme()

    def show_card(self, card: PlotCard) -> None:
        """Draw another figure, or the same in another environment; what was drawn goes."""
        super().show_card(card)
        self.draw((), (), with_seeds=False)
        self.explain("")

    def explain(self, drawing: str) -> None:
        """Say how it is drawn, in sentences, where that is not plain to see."""
        drawing = f"{drawing} {self._card.drawing}".strip()
        if (self._card, drawing) != self._explained:
            self._explained = (self._card, drawing)
            self._describe(drawing)

    def draw(
        self, bands: Sequence[Band], crosses: Sequence[Sequence[tuple[float, float]]], *, with_seeds: bool
    ) -> None:
        """Show a band of each variant, and where its seeds diverged."""
        self._bands = tuple(bands)
        of_variants = enumerate(zip(self._bands, crosses, strict=True))
        self._show_curves([self._curve(n, *variant, with_seeds=with_seeds) for n, variant in of_variants])
        self.write_values()

    def part(self, *words: Part) -> Part:
        """Return it as a part of a figure, below words."""
        size = self.plot.size()
        share, least = size.height() / max(size.width(), 1), self.plot.minimumSizeHint().height()
        drawing = Drawing(self._paint_in, share=share, least=least)
        return Panel(self._theme, Below([*words, drawing]))

    def _paint_in(self, painter: QPainter, room: QRectF) -> None:
        mode = self.curves.cacheMode()
        self.curves.setCacheMode(pg.GraphicsObject.CacheMode.NoCache)  # it is drawn from its numbers
        self.plot.paint_in(painter, room)
        self.curves.setCacheMode(mode)

    def show_legend(self, named: Sequence[Series]) -> None:
        """Name the variants."""
        self._named = named
        self.write_values()

    def set_highlighted(self, variant: int | None) -> None:
        """Put one variant on top, the others being faint."""
        self.curves.set_highlighted(variant)
        self.legend.set_highlighted(variant)
        self.write_values()

    def write_values(self) -> None:
        """Let the legend show the values at the step that is pointed at, or the newest."""
        named, widest = self._named, self._scale.widest
        if self.plot.is_small:
            named = [each for each in named if self._bands and each.key == self.curves.highlighted]
            widest = "".join(self._text(each) for each in named)
        self.legend.set_series(named, widest)
        super().write_values()
        self.legend.setAccessibleDescription(self.legend.text)

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        super().apply_theme()
        self.plot.set_steps_labelled(True)

    # ---- how it is done ------------------------------------------------------------------------

    def _curve(
        self, number: int, band: Band, crosses: Sequence[tuple[float, float]], *, with_seeds: bool
    ) -> CurveShape:
        """Return a variant in plotted units."""
        style, to_plot = variant_style(number, len(self._bands)), self._scale.to_plot
        return CurveShape(
            colour=style.colour,
            line=(band.steps, to_plot(band.mean)),
            band=(band.steps, to_plot(band.low), to_plot(band.high)),
            band_alpha=min(_BAND_ALPHA, _BANDS_ALPHA // len(self._bands)),
            pale=[(band.steps, to_plot(seed)) for seed in (band.seeds if with_seeds else ())],
            paint_marker=style.paint_marker,
            crosses=[(steps, self._cross_value(value)) for steps, value in crosses],
        )

    def _write_value(self, read_out: ReadOut) -> None:
        read_out.show_value(self._text(read_out.series))

    def _text(self, variant: Series) -> str:
        """Return the mean of a variant at the step pointed at, else the newest, as it is written."""
        assert isinstance(variant.key, int)
        if variant.key >= len(self._bands):  # its names come in another turn than its bands
            return NO_VALUE
        value = _value_near(self._bands[variant.key], self.crosshair.steps)
        return self._scale.text(value) if math.isfinite(value) else NO_VALUE

    def _cross_value(self, value: float) -> float:
        """Return where a cross stands; at the foot of the plot if the run has no values."""
        if not math.isfinite(value):
            return self.value_range[0]
        return float(self._scale.to_plot(np.array([value]))[0])

    @Slot(object)
    def _point_at(self, position: QPointF | None) -> None:
        """Emit which variant the mouse is near, when that has changed."""
        variant = None if position is None else self.curves.curve_at(position)
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
