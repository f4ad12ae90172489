"""The effect curve itself: every variant's result with its interval, and every seed beside it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
)

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.views.charts.pointing import STEPS, PointingFigure, in_one_line
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.compare.effect_axis import value_scale
from ppo_desktop.views.compare.effect_geometry import LABEL_FONT, EffectGeometry, Target
from ppo_desktop.views.compare.effect_painting import EffectPainting
from ppo_desktop.views.compare.result_tip import seed_tip, variant_tip
from ppo_desktop.views.theme import Theme, smooth_painter

_LEAST_LINES = 6
"""Height in which points and labels can still be read, in lines of text."""
_NOTHING_YET = "Every value's result appears here as the runs learn: one point a seed."


class EffectPlot(PointingFigure):
    """Draws the digest it is given; says what is pointed at, and what is asked for there.

    The range of results only widens, until another comparison or another result is shown.

    Attributes:
        geometry_shown: Where everything stands; None while there is nothing.
    """

    seed_opened = Signal(int, int)
    variant_opened = Signal(int)
    menu_asked = Signal(object, QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "effect_plot", "Result of each value", "effect")
        self._digest: Digest | None = None
        self._highlighted: int | None = None
        self._summary = ""
        self._reached = 0
        self._shown: tuple[object, ...] = ()
        self._scale: ValueScale | None = None
        self._range: Range | None = None
        self.geometry_shown: EffectGeometry | None = None
        theme.changed.connect(self._arrange)

    def minimumSizeHint(self) -> QSize:
        """Return the least in which points and labels can be read."""
        return QSize(200, _LEAST_LINES * self.fontMetrics().lineSpacing())

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

    def set_summary(self, text: str) -> None:
        """Let screen readers say this of the whole picture."""
        self._summary = text
        self._describe()

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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all; what the keyboard has reached only while it is here."""
        painter = smooth_painter(self)
        if self.geometry_shown is None:
            self._write_note(painter, LABEL_FONT, _NOTHING_YET)
            return
        reached = self._reached_variant() if self.hasFocus() else None
        EffectPainting(painter, self._theme, self.geometry_shown, self._highlighted, reached).paint()

    # ---- the keyboard --------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the variant reached last."""
        super().focusInEvent(event)
        self._point_at_reached()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from variant to variant by arrow keys; open the one reached by Return."""
        variant = self._reached_variant()
        if variant is None:
            super().keyPressEvent(event)
        elif event.key() in STEPS:
            self._go(STEPS[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.variant_opened.emit(variant)
        else:
            super().keyPressEvent(event)

    def _go(self, step: int) -> None:
        """Reach the variant that stands so many places further to the right."""
        assert self.geometry_shown is not None
        sequence = self.geometry_shown.axis.sequence
        self._reached = min(max(self._reached + step, 0), len(sequence) - 1)
        self._point_at_reached()

    def _reached_variant(self) -> int | None:
        """Return the variant at the place reached, None while there is none at all."""
        if self.geometry_shown is None:
            return None
        sequence = self.geometry_shown.axis.sequence
        return sequence[min(self._reached, len(sequence) - 1)]

    def _point_at_reached(self) -> None:
        self._describe()
        self.update()
        self.pointed.emit(self._reached_variant())

    def _description(self) -> str:
        """Return the numbers of the variant reached, or else what is said of all."""
        variant = self._reached_variant()
        if not self.hasFocus() or variant is None or self._digest is None:
            return self._summary
        return in_one_line(variant_tip(self._digest, variant, self._digest.question.measure))

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
        self._show_pointer(target is not None)
        self.pointed.emit(None if target is None else target.variant)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the seed that is under the mouse."""
        target = self.target_at(event.position())
        if target is not None and target.seed is not None:
            self.seed_opened.emit(target.variant, target.seed)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for what can be done with what is under the mouse."""
        if event.reason() is not QContextMenuEvent.Reason.Keyboard:
            target, place = self.target_at(QPointF(event.pos())), event.globalPos()
        else:
            target, place = self._target_reached()
        if target is not None:
            self.menu_asked.emit(target, place)

    def _target_reached(self) -> tuple[Target | None, QPoint]:
        """Return what the keyboard has reached, and where it is on the screen."""
        variant = self._reached_variant()
        if variant is None or self.geometry_shown is None:
            return None, QPoint()
        label = QPointF(self.geometry_shown.column(variant), self.geometry_shown.label_top)
        return Target(variant), self.mapToGlobal(label.toPoint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self._arrange()
