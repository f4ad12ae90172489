"""An effect curve: axes, levels, every variant with its bar and its seeds."""

from __future__ import annotations

import itertools
import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ppo_desktop.views.charts.curves import FAINT
from ppo_desktop.views.charts.frame import TICK_FONT
from ppo_desktop.views.charts.layer import Part
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.compare.effect_axis import NOT_TO_SCALE
from ppo_desktop.views.compare.effect_geometry import LABEL_FONT, EffectGeometry, Target, bar_pen, dashes
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.theme import Theme

_SEED_OPACITY = 0.6
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class EffectPicture(Picture):
    """One digest in one rectangle; its keys are variants and their seeds.

    Args:
        theme: Fonts and colours.
        geometry: Where everything stands.
        highlighted: The variant that is not faint; None for all.
    """

    def __init__(self, theme: Theme, geometry: EffectGeometry, highlighted: int | None) -> None:
        super().__init__(geometry.frame, (), keys=[Target(variant) for variant in geometry.axis.sequence])
        self.geometry = geometry
        self._theme = theme
        self._highlighted = highlighted

    def key_at(self, position: QPointF) -> Key | None:
        """Return what is at a position: a seed's point, or a variant with its marker, bar and label."""
        return self.geometry.target_at(position)

    def place_of(self, key: Key) -> QPointF | None:
        """Return where the label of a variant is."""
        if not isinstance(key, Target):
            return None
        return QPointF(self.geometry.column(key.variant), self.geometry.label_top)

    def parts(self) -> list[Part]:
        """Return that all is drawn at once, the variants last."""
        return [self._paint_all]

    def paint_reached(self, painter: QPainter, variant: int) -> None:
        """Frame the label of the variant that the keyboard has reached."""
        geometry = self.geometry
        text, room = geometry.label(variant)
        frame = QRectF(0, 0, geometry.metrics.horizontalAdvance(text) + 10, room.height() + 1)
        frame.moveCenter(room.center())
        painter.setPen(QPen(self._theme.colour("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 3, 3)

    def _paint_all(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font(LABEL_FONT))
        self._paint_rows(painter)
        self._paint_labels(painter)
        self._paint_axis(painter)
        self._paint_levels(painter)
        for variant in range(len(self.geometry.results)):
            painter.setOpacity(1.0 if self._is_lit(variant) else FAINT)
            self._paint_variant(painter, variant)
        painter.setOpacity(1.0)
        self.geometry.legend.paint(painter, self.geometry.area.left(), 0.0)

    # ---- axes ----------------------------------------------------------------------------------

    def _paint_rows(self, painter: QPainter) -> None:
        """Draw a faint line at each round number, with the number at the left."""
        geometry = self.geometry
        area, height = geometry.area, geometry.metrics.height()
        for plotted, label in geometry.ticks():
            row = round(geometry.frame.row(plotted)) + 0.5
            painter.setPen(self._theme.colour("border"))
            painter.drawLine(QLineF(area.left(), row, area.right(), row))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, row - height / 2, area.left() - 6, height), _RIGHT, label)

    def _paint_labels(self, painter: QPainter) -> None:
        """Write every value under its column."""
        for variant in range(len(self.geometry.labels)):
            text, room = self.geometry.label(variant)
            painter.setPen(self._theme.colour("text" if self._is_lit(variant) else "muted"))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_axis(self, painter: QPainter) -> None:
        """Write what the values are values of, and draw two strokes where the axis is broken."""
        geometry = self.geometry
        area, height = geometry.area, geometry.metrics.height()
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font(TICK_FONT))
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

    def _paint_levels(self, painter: QPainter) -> None:
        """Draw the level that the others are compared with, and connect the means of neighbours.

        They are connected where the axis has an order and no break.
        """
        geometry, axis = self.geometry, self.geometry.axis
        row = geometry.centre_point(geometry.digest.question.reference).y()
        if math.isfinite(row):
            painter.setPen(dashes(self._theme, 5.0))
            painter.drawLine(QLineF(geometry.area.left(), row, geometry.area.right(), row))
        painter.setPen(dashes(self._theme, 3.0))
        for before, after in itertools.pairwise(axis.sequence if axis.is_ordered else ()):
            ends = geometry.centre_point(before), geometry.centre_point(after)
            is_broken = any(axis.shares[before] < share < axis.shares[after] for share in axis.breaks)
            if not is_broken and all(math.isfinite(end.y()) for end in ends):
                painter.drawLine(QLineF(*ends))

    # ---- variants ------------------------------------------------------------------------------

    def _paint_variant(self, painter: QPainter, variant: int) -> None:
        """Draw the seeds of a variant, its interval, and its mean; ≥ before it where it is a lower bound."""
        geometry, result = self.geometry, self.geometry.results[variant]
        style = variant_style(variant, len(geometry.results))
        self._paint_seeds(painter, variant, style.colour(self._theme))
        bar = geometry.bar(variant)
        if bar is not None:
            painter.setPen(bar_pen(style.colour(self._theme)))
            painter.drawLine(bar)
        centre, radius = geometry.centre_point(variant), geometry.marker_radius
        if not math.isfinite(centre.y()):
            return
        style.paint_marker(painter, self._theme, centre, radius)
        if result.censored:
            height = geometry.metrics.height()
            painter.setPen(self._theme.colour("text"))
            before = QRectF(centre.x() - radius - 22, centre.y() - height / 2, 20, height)
            painter.drawText(before, _RIGHT, "≥")

    def _paint_seeds(self, painter: QPainter, variant: int, colour: QColor) -> None:
        geometry, result = self.geometry, self.geometry.results[variant]
        radius = geometry.seed_radius
        colour.setAlphaF(_SEED_OPACITY)
        for seed, sample in result.samples.items():
            if not math.isfinite(sample):
                continue
            is_hollow = seed in result.censored
            painter.setPen(QPen(colour, 1.2) if is_hollow else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(Qt.BrushStyle.NoBrush if is_hollow else colour)
            painter.drawEllipse(geometry.seed_point(variant, seed), radius, radius)

    def _is_lit(self, variant: int) -> bool:
        return self._highlighted in (None, variant)
