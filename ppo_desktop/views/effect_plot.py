"""The effect curve itself: every variant's result with its interval, and every seed beside it."""

from __future__ import annotations

import itertools
import math

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.views.controls import explained
from ppo_desktop.views.effect_axis import NOT_TO_SCALE, value_scale
from ppo_desktop.views.effect_geometry import LABEL_FONT, EffectGeometry, Target
from ppo_desktop.views.plot_scales import Range, ValueScale
from ppo_desktop.views.result_tip import seed_tip, variant_tip
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.variant_style import VariantStyle, paint_marker, variant_style

FAINT = 0.22
"""Opacity of the variants that are not pointed at."""
_SEED_OPACITY = 0.6
_NOTHING_YET = "Every value's result appears here as the runs learn: one point a seed."
_NOT_SOLVED = "○ not solved: its number is a lower bound"
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class EffectPlot(QWidget):
    """Draws the digest it is given; says what is pointed at, and what is asked for there.

    The range of results only widens, until another comparison or another result is shown.

    Attributes:
        geometry_shown: Where everything stands; None while there is nothing.
    """

    pointed = Signal(object)
    seed_opened = Signal(int, int)
    menu_asked = Signal(object, QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("effect_plot")
        self.setAccessibleName("Result of each value")
        explained(self, "effect")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._digest: Digest | None = None
        self._highlighted: int | None = None
        self._shown: tuple[object, ...] = ()
        self._scale: ValueScale | None = None
        self._range: Range | None = None
        self.geometry_shown: EffectGeometry | None = None
        theme.changed.connect(self._arrange)

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(200, 90)

    def sizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(440, 240)

    @property
    def value_range(self) -> Range | None:
        """The range of results shown, in plotted units; None before there is any."""
        return self._range

    def show_digest(self, digest: Digest | None) -> None:
        """Show what a comparison says; None for nothing."""
        self._digest = digest
        if digest is not None:
            self._widen(digest)
        self._arrange()

    def set_highlighted(self, variant: int | None) -> None:
        """Let all variants but one be faint; None for none."""
        self._highlighted = variant
        self.update()

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

    def _arrange(self) -> None:
        """Give everything its place."""
        digest, scale, shown = self._digest, self._scale, self._range
        self.geometry_shown = None
        if digest is not None and digest.estimates and scale is not None and shown is not None:
            self.geometry_shown = EffectGeometry(self._theme, QRectF(self.rect()), digest, scale, shown)
        self.update()

    # ---- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(LABEL_FONT))
        geometry = self.geometry_shown
        if geometry is None:
            self._paint_note(painter)
            return
        self._paint_rows(painter, geometry)
        self._paint_labels(painter, geometry)
        self._paint_axis(painter, geometry)
        self._paint_reference(painter, geometry)
        self._paint_line(painter, geometry)
        for variant in range(len(geometry.results)):
            self._paint_variant(painter, geometry, variant)

    def _paint_note(self, painter: QPainter) -> None:
        painter.setPen(self._theme.colour("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(16, 4, -16, -4), flags, _NOTHING_YET)

    def _paint_rows(self, painter: QPainter, geometry: EffectGeometry) -> None:
        """Draw a faint line at each round number, with the number at the left."""
        area, height = geometry.area, geometry.metrics.height()
        for plotted, label in geometry.ticks():
            row = round(geometry.plotted_row(plotted)) + 0.5
            painter.setPen(self._theme.colour("border"))
            painter.drawLine(QLineF(area.left(), row, area.right(), row))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, row - height / 2, area.left() - 6, height), _RIGHT, label)
        if geometry.has_censored:
            painter.drawText(QRectF(area.left(), 0, area.width(), height), _RIGHT, _NOT_SOLVED)

    def _paint_labels(self, painter: QPainter, geometry: EffectGeometry) -> None:
        """Write every value under its column."""
        for variant, label in enumerate(geometry.labels):
            room = geometry.label_room(variant)
            text = geometry.metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
            left, top = geometry.column(variant) - room / 2, geometry.label_top
            painter.setPen(self._theme.colour("text" if self._is_lit(variant) else "muted"))
            below = QRectF(left, top, room, geometry.metrics.height())
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_axis(self, painter: QPainter, geometry: EffectGeometry) -> None:
        """Write what the values are values of, and draw two strokes where the axis is broken."""
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

    def _paint_reference(self, painter: QPainter, geometry: EffectGeometry) -> None:
        """Draw the level of the mean that the others are compared with."""
        row = geometry.row(geometry.results[geometry.digest.question.reference].centre)
        if math.isfinite(row):
            painter.setPen(self._dashes(5.0))
            painter.drawLine(QLineF(geometry.area.left(), row, geometry.area.right(), row))

    def _paint_line(self, painter: QPainter, geometry: EffectGeometry) -> None:
        """Connect the means of neighbours, where the axis has an order and no break."""
        axis = geometry.axis
        painter.setPen(self._dashes(3.0))
        for before, after in itertools.pairwise(axis.sequence if axis.is_ordered else ()):
            ends = geometry.centre_point(before), geometry.centre_point(after)
            is_broken = any(axis.shares[before] < share < axis.shares[after] for share in axis.breaks)
            if not is_broken and all(math.isfinite(end.y()) for end in ends):
                painter.drawLine(QLineF(*ends))

    def _dashes(self, length: float) -> QPen:
        pen = QPen(self._theme.colour("muted"), 1.0)
        pen.setDashPattern([length, length])
        return pen

    def _paint_variant(self, painter: QPainter, geometry: EffectGeometry, variant: int) -> None:
        style = variant_style(variant, len(geometry.results))
        painter.setOpacity(1.0 if self._is_lit(variant) else FAINT)
        self._paint_seeds(painter, geometry, variant, style.colour(self._theme))
        self._paint_bar(painter, geometry, variant, style)
        self._paint_centre(painter, geometry, variant, style)
        painter.setOpacity(1.0)

    def _paint_seeds(self, painter: QPainter, geometry: EffectGeometry, variant: int, colour: QColor) -> None:
        result, radius = geometry.results[variant], geometry.seed_radius
        colour.setAlphaF(_SEED_OPACITY)
        for seed, sample in result.samples.items():
            if not math.isfinite(sample):
                continue
            is_hollow = seed in result.censored
            painter.setPen(QPen(colour, 1.2) if is_hollow else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(Qt.BrushStyle.NoBrush if is_hollow else colour)
            painter.drawEllipse(geometry.seed_point(variant, seed), radius, radius)

    def _paint_bar(
        self, painter: QPainter, geometry: EffectGeometry, variant: int, style: VariantStyle
    ) -> None:
        """Draw the 95 % interval."""
        result, column = geometry.results[variant], geometry.column(variant)
        if math.isfinite(result.low):
            pen = QPen(style.colour(self._theme), 2.4)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QLineF(column, geometry.row(result.low), column, geometry.row(result.high)))

    def _paint_centre(
        self, painter: QPainter, geometry: EffectGeometry, variant: int, style: VariantStyle
    ) -> None:
        """Draw the mean, with ≥ before it where it is only a lower bound."""
        centre, radius = geometry.centre_point(variant), geometry.marker_radius
        if not math.isfinite(centre.y()):
            return
        paint_marker(painter, style, self._theme, centre, radius)
        if geometry.results[variant].censored:
            height = geometry.metrics.height()
            painter.setPen(self._theme.colour("text"))
            painter.drawText(
                QRectF(centre.x() - radius - 22, centre.y() - height / 2, 20, height), _RIGHT, "≥"
            )

    def _is_lit(self, variant: int) -> bool:
        return self._highlighted in (None, variant)

    # ---- the mouse -----------------------------------------------------------------------------

    def target_at(self, position: QPointF) -> Target | None:
        """Return what is at a position: a seed's point, or a variant with its marker, bar and label."""
        return None if self.geometry_shown is None else self.geometry_shown.target_at(position)

    def tip_at(self, position: QPointF) -> str:
        """Return the numbers of what is at a position, empty where nothing is."""
        target = self.target_at(position)
        if target is None or self._digest is None:
            return ""
        if target.seed is not None:
            return seed_tip(self._digest, target.variant, target.seed)
        return variant_tip(self._digest, target.variant, self._digest.question.measure)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what is under the mouse."""
        target = self.target_at(event.position())
        shape = Qt.CursorShape.ArrowCursor if target is None else Qt.CursorShape.PointingHandCursor
        self.setCursor(shape)
        self.pointed.emit(None if target is None else target.variant)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the seed that is under the mouse."""
        target = self.target_at(event.position())
        if target is not None and target.seed is not None:
            self.seed_opened.emit(target.variant, target.seed)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for what can be done with what is under the mouse."""
        target = self.target_at(QPointF(event.pos()))
        if target is not None:
            self.menu_asked.emit(target, event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Say the numbers of what is under the mouse; elsewhere what the picture shows."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tip_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
                return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self._arrange()
