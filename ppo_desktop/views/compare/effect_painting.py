"""Draws an effect curve: axes, levels, every variant with its bar and its seeds."""

from __future__ import annotations

import itertools
import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ppo_desktop.views.charts.curves import FAINT
from ppo_desktop.views.compare.effect_axis import NOT_TO_SCALE
from ppo_desktop.views.compare.effect_geometry import LABEL_FONT, EffectGeometry
from ppo_desktop.views.compare.variant_style import VariantStyle, variant_style
from ppo_desktop.views.theme import Theme

_SEED_OPACITY = 0.6
_NOT_SOLVED = "○ not solved: its number is a lower bound"
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class EffectPainting:
    """One picture.

    Args:
        painter: What draws.
        theme: Fonts and colours.
        geometry: Where everything stands.
        highlighted: The variant that is not faint; None for all.
        reached: The variant that the keyboard has reached; None for none.
    """

    def __init__(
        self,
        painter: QPainter,
        theme: Theme,
        geometry: EffectGeometry,
        highlighted: int | None,
        reached: int | None,
    ) -> None:
        self._painter = painter
        self._theme = theme
        self._geometry = geometry
        self._highlighted = highlighted
        self._reached = reached

    def paint(self) -> None:
        """Draw all, the variants last."""
        self._painter.setFont(self._theme.font(LABEL_FONT))
        self._paint_rows()
        self._paint_labels()
        self._paint_axis()
        self._paint_reference()
        self._paint_line()
        for variant in range(len(self._geometry.results)):
            self._paint_variant(variant)

    # ---- axes ----------------------------------------------------------------------------------

    def _paint_rows(self) -> None:
        """Draw a faint line at each round number, with the number at the left."""
        painter, geometry = self._painter, self._geometry
        area, height = geometry.area, geometry.metrics.height()
        for plotted, label in geometry.ticks():
            row = round(geometry.plotted_row(plotted)) + 0.5
            painter.setPen(self._theme.colour("border"))
            painter.drawLine(QLineF(area.left(), row, area.right(), row))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, row - height / 2, area.left() - 6, height), _RIGHT, label)
        if geometry.has_censored:
            painter.drawText(QRectF(area.left(), 0, area.width(), height), _RIGHT, _NOT_SOLVED)

    def _paint_labels(self) -> None:
        """Write every value under its column; that which the keyboard has reached in a frame."""
        painter, geometry = self._painter, self._geometry
        for variant, label in enumerate(geometry.labels):
            room = geometry.label_room(variant)
            text = geometry.metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
            left, top = geometry.column(variant) - room / 2, geometry.label_top
            painter.setPen(self._theme.colour("text" if self._is_lit(variant) else "muted"))
            below = QRectF(left, top, room, geometry.metrics.height())
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
            if variant == self._reached:
                self._paint_frame(below, geometry.metrics.horizontalAdvance(text))

    def _paint_frame(self, place: QRectF, width: float) -> None:
        """Frame a label."""
        frame = QRectF(0, 0, width + 10, place.height() + 1)
        frame.moveCenter(place.center())
        self._painter.setPen(QPen(self._theme.colour("accent"), 1.5))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRoundedRect(frame, 3, 3)

    def _paint_axis(self) -> None:
        """Write what the values are values of, and draw two strokes where the axis is broken."""
        painter, geometry = self._painter, self._geometry
        area, height = geometry.area, geometry.metrics.height()
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font(0.75))
        if geometry.has_axis_name:
            name = " · ".join(filter(None, (geometry.digest.comparison.field_label, geometry.axis.remark)))
            below = QRectF(area.left(), geometry.label_top + height, area.width(), height)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)
        elif not geometry.axis.is_to_scale:
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, NOT_TO_SCALE)
        painter.setFont(self._theme.font(LABEL_FONT))
        for share, shift in itertools.product(geometry.axis.breaks, (-2, 2)):
            column = geometry.at_share(share) + shift
            painter.drawLine(QLineF(column - 2, area.bottom() + 5, column + 2, area.bottom() - 5))

    # ---- levels --------------------------------------------------------------------------------

    def _paint_reference(self) -> None:
        """Draw the level of the mean that the others are compared with."""
        geometry = self._geometry
        row = geometry.centre_point(geometry.digest.question.reference).y()
        if math.isfinite(row):
            self._painter.setPen(self._dashes(5.0))
            self._painter.drawLine(QLineF(geometry.area.left(), row, geometry.area.right(), row))

    def _paint_line(self) -> None:
        """Connect the means of neighbours, where the axis has an order and no break."""
        geometry = self._geometry
        axis = geometry.axis
        self._painter.setPen(self._dashes(3.0))
        for before, after in itertools.pairwise(axis.sequence if axis.is_ordered else ()):
            ends = geometry.centre_point(before), geometry.centre_point(after)
            is_broken = any(axis.shares[before] < share < axis.shares[after] for share in axis.breaks)
            if not is_broken and all(math.isfinite(end.y()) for end in ends):
                self._painter.drawLine(QLineF(*ends))

    def _dashes(self, length: float) -> QPen:
        pen = QPen(self._theme.colour("muted"), 1.0)
        pen.setDashPattern([length, length])
        return pen

    # ---- variants ------------------------------------------------------------------------------

    def _paint_variant(self, variant: int) -> None:
        style = variant_style(variant, len(self._geometry.results))
        self._painter.setOpacity(1.0 if self._is_lit(variant) else FAINT)
        self._paint_seeds(variant, style.colour(self._theme))
        self._paint_bar(variant, style)
        self._paint_centre(variant, style)
        self._painter.setOpacity(1.0)

    def _paint_seeds(self, variant: int, colour: QColor) -> None:
        painter, geometry = self._painter, self._geometry
        result, radius = geometry.results[variant], geometry.seed_radius
        colour.setAlphaF(_SEED_OPACITY)
        for seed, sample in result.samples.items():
            if not math.isfinite(sample):
                continue
            is_hollow = seed in result.censored
            painter.setPen(QPen(colour, 1.2) if is_hollow else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(Qt.BrushStyle.NoBrush if is_hollow else colour)
            painter.drawEllipse(geometry.seed_point(variant, seed), radius, radius)

    def _paint_bar(self, variant: int, style: VariantStyle) -> None:
        """Draw the 95 % interval."""
        bar = self._geometry.bar(variant)
        if bar is not None:
            pen = QPen(style.colour(self._theme), 2.4)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            self._painter.setPen(pen)
            self._painter.drawLine(bar)

    def _paint_centre(self, variant: int, style: VariantStyle) -> None:
        """Draw the mean, with ≥ before it where it is only a lower bound."""
        painter, geometry = self._painter, self._geometry
        centre, radius = geometry.centre_point(variant), geometry.marker_radius
        if not math.isfinite(centre.y()):
            return
        style.paint_marker(painter, self._theme, centre, radius)
        if geometry.results[variant].censored:
            height = geometry.metrics.height()
            painter.setPen(self._theme.colour("text"))
            before = QRectF(centre.x() - radius - 22, centre.y() - height / 2, 20, height)
            painter.drawText(before, _RIGHT, "≥")

    def _is_lit(self, variant: int) -> bool:
        return self._highlighted in (None, variant)
