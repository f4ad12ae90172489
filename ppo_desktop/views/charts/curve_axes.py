"""A bare plot over environment steps: axes, fixed ranges, zoom along the steps, hovering."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import QGraphicsView

from ppo_desktop.views.charts.scales import Range, Tick, shorten, ticks_between
from ppo_desktop.views.theme import Theme

_LEAST_LINES = 3.5
"""Height in which a curve can still be read, in lines of text."""
_LIKED_LINES = 7
POINT_RADIUS = 4
"""Of the largest points of a curve, with what is around them, pixels."""
_LABEL_OVERHANG = 200
_FEWEST_STEPS_SHOWN = 16.0
_ROOM_BELOW = 3
_SMALL_ROOM_ABOVE = 4
_HEIGHT_FOR_TWO_ROWS, _NARROW = 10, 8
"""Lines of text."""
_WIDEST_TICK = "−1.25k"
_SMALL_WIDEST_TICK = "0.001"
_WIDEST_LAST_STEP = "0000k"
"""Half of it hangs over the right edge."""

_ZOOM = 0.5


class _StepsAxis(pg.AxisItem):
    """Environment steps as "16k": round numbers with room for each between the numbers at both ends."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return one level of ticks: the ends, and round numbers whose labels keep clear of theirs."""
        metrics = self._metrics()
        gap = metrics.horizontalAdvance("00")
        most = max(2, int(size / (1.6 * metrics.horizontalAdvance("0000.0k"))))
        ends = (minVal, maxVal) if maxVal > minVal else (minVal,)
        per_pixel = (maxVal - minVal) / max(size, 1.0)
        width = {tick: metrics.horizontalAdvance(self._label(tick)) for tick in ends}

        def is_clear(tick: float) -> bool:
            own = metrics.horizontalAdvance(self._label(tick)) / 2 + gap
            return all(abs(tick - end) > (own + width[end] / 2) * per_pixel for end in ends)

        inner = filter(is_clear, ticks_between(minVal, maxVal, most))
        return [(1.0, sorted({*ends, *inner}))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels."""
        return [self._label(value) for value in values]

    def generateDrawSpecs(self, p: QPainter) -> tuple[Any, Any, list[tuple[QRectF, int, str]]] | None:
        """Push the last label inside the card."""
        specs = super().generateDrawSpecs(p)
        if specs is not None:
            right = self.mapRectFromParent(self.geometry()).right() + last_label_overhang(self._metrics())
            for rect, *_ in specs[2]:
                rect.moveRight(min(rect.right(), right))
        return specs

    def _label(self, steps: float) -> str:
        """Return a step to a thousandth of those shown."""
        unit = max(1.0, 10.0 ** math.floor(math.log10(max(self.range[1] - self.range[0], 1.0) / 1000)))
        return shorten(round(steps / unit) * unit)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self.style["tickFont"] or QFont())


def last_label_overhang(metrics: QFontMetrics) -> int:
    """Return how far the label of the last step may reach beyond the right edge, in pixels."""
    return metrics.horizontalAdvance(_WIDEST_LAST_STEP) // 2 + 1


class _View(pg.ViewBox):
    """Clips its curves a little outside its border, so that points on the border are whole."""

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.rect().adjusted(-POINT_RADIUS, -POINT_RADIUS, POINT_RADIUS, POINT_RADIUS))
        return path


class StepsPlot(pg.PlotWidget):
    """A plot whose ranges are set from outside and never follow the data by themselves.

    Wheel and drag zoom and move along the steps only; a double click asks for the whole run.
    Keys when focused: Page Up and Page Down zoom, Home asks for the whole run. `hovered` emits the step
    under the mouse, `pointed` the place in pixels of the view box; None when it leaves.

    Args:
        theme: Fonts and colours.
        small: With small labels.
        steps_below: With a step axis; None: unless small.
        room_for_tags: With room above the values for the tags of marks; None: unless small.
    """

    steps_range_changed = Signal(float, float)
    hovered = Signal(object)
    pointed = Signal(object)
    whole_run_asked = Signal()
    view_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        *,
        small: bool,
        steps_below: bool | None = None,
        room_for_tags: bool | None = None,
    ) -> None:
        self._view = _View(enableMenu=False, defaultPadding=0.0)
        self._view.disableAutoRange()
        self._view.setMouseEnabled(x=True, y=False)
        axes = {"bottom": _StepsAxis("bottom"), "left": pg.AxisItem("left")}
        super().__init__(viewBox=self._view, axisItems=axes)
        self._theme = theme
        self._small = small
        self._steps_below = not small if steps_below is None else steps_below
        self._room_for_tags = not small if room_for_tags is None else room_for_tags
        self._marks = 0
        self._shown: Range = (0.0, 1.0)
        self._make_ticks: Callable[[Range, int], list[Tick]] | None = None
        self.ticks: list[Tick] = []
        # One rectangle to repaint: lines clipped to a many-cornered region take ten times as long.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # an image of a plain ground is no faster
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        self.plotItem.showAxis("bottom", self._steps_below)
        self._prepare_axes()
        self._connect()

    def _prepare_axes(self) -> None:
        for name in ("left", "bottom"):
            axis = self.plotItem.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(
                tickLength=0, tickAlpha=0, hideOverlappingLabels=_LABEL_OVERHANG, autoExpandTextSpace=False
            )

    def _connect(self) -> None:
        self._view.sigXRangeChanged.connect(self._emit_range_changed)
        self._view.sigRangeChanged.connect(self._emit_view_changed)
        self._view.sigResized.connect(self._resized)
        self.scene().sigMouseMoved.connect(self._mouse_moved)

    def minimumSizeHint(self) -> QSize:
        """Return the least in which a curve can be read; where there is less, the page scrolls."""
        return QSize(40, round(_LEAST_LINES * self.fontMetrics().lineSpacing()))

    def sizeHint(self) -> QSize:
        """Return the size of a plot in a page that scrolls."""
        return QSize(120, _LIKED_LINES * self.fontMetrics().lineSpacing())

    @property
    def value_range(self) -> Range:
        """The range of values asked for, without the room above and below."""
        return self._shown

    def set_values(self, shown: Range, make_ticks: Callable[[Range, int], list[Tick]]) -> None:
        """Show the values in `shown`, with a little room above and below."""
        self._shown, self._make_ticks = shown, make_ticks
        self._fit_values()

    def set_marks(self, count: int) -> None:
        """Leave room for the tags of so many marks."""
        if count != self._marks:
            rows, self._marks = self.tag_rows, count
            if self.tag_rows != rows:
                self._fit_values()

    @property
    def tag_height(self) -> int:
        """Height of a tag, in pixels."""
        return self._metrics().height() + 2

    @property
    def tag_rows(self) -> int:
        """Rows in which tags stand: a second one where there are several marks and height enough."""
        is_high = self._view.rect().height() >= _HEIGHT_FOR_TWO_ROWS * self._metrics().height()
        return 2 if self._marks > 1 and is_high else 1

    @property
    def tag_strip(self) -> int:
        """Room for tags above the values, in pixels."""
        return self.tag_rows * (self.tag_height + 2) + 2

    def _fit_values(self) -> None:
        """Leave room for a line's width below, and above for tags, which must not hide high values."""
        if self._make_ticks is None:
            return
        low, high = self._shown
        above = self.tag_strip if self._room_for_tags else _SMALL_ROOM_ABOVE
        per_pixel = (high - low) / max(self._view.rect().height() - above - _ROOM_BELOW, 1.0)
        self._view.setYRange(low - _ROOM_BELOW * per_pixel, high + above * per_pixel, padding=0)
        most = max(1, min(5, int(self._view.rect().height() / (1.9 * self._metrics().height()))))
        self.ticks = self._make_ticks(self._shown, most)
        self.plotItem.getAxis("left").setTicks([self.ticks])
        self.view_changed.emit()

    def set_last_step(self, end: float) -> None:
        """Let the steps be zoomed and moved between 0 and `end`."""
        self._view.setLimits(xMin=0.0, xMax=end, minXRange=min(_FEWEST_STEPS_SHOWN, end), maxXRange=end)

    def set_steps_range(self, low: float, high: float) -> None:
        """Show the steps from `low` to `high`."""
        self._view.setXRange(low, high, padding=0)

    def set_steps_labelled(self, labelled: bool) -> None:
        """Show or hide the labels below; linked plots need them only once, small ones only when alone."""
        axis = self.plotItem.getAxis("bottom")
        axis.setStyle(showValues=labelled)
        axis.setHeight(self._metrics().height() + 4 if labelled else 4)
        self.plotItem.showAxis("bottom", labelled or self._steps_below)
        self._set_margins()

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        self.setBackground(self._theme.colour("card"))
        for name in ("left", "bottom"):
            axis = self.plotItem.getAxis(name)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(self._theme.colour("muted"))
            axis.setTickFont(self._font())
        self._set_margins()
        self._show_focus()
        self._fit_values()

    def _set_margins(self) -> None:
        """Give the left axis the same width in every plot, so that the steps stand under each other."""
        metrics = self._metrics()
        widest = _SMALL_WIDEST_TICK if self._small else _WIDEST_TICK
        axis, is_labelled = self.plotItem.getAxis("left"), self._has_room_for_values
        axis.setStyle(showValues=is_labelled)
        axis.setWidth(metrics.horizontalAdvance(widest) + 6 if is_labelled else 0)
        above = metrics.height() // 3
        has_steps = self.plotItem.getAxis("bottom").isVisible()
        right, below = (last_label_overhang(metrics), 0) if has_steps else (2, above)
        self.plotItem.layout.setContentsMargins(0, above, right, below)

    def _font(self) -> QFont:
        return self._theme.font(0.7 if self._small else 0.8)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._font())

    @property
    def _has_room_for_values(self) -> bool:
        """Whether there is room for labels at the left: a small plot may be too narrow."""
        return not self._small or self.width() >= _NARROW * self._metrics().height()

    def _resized(self, *_: object) -> None:
        if self.plotItem.getAxis("left").style["showValues"] != self._has_room_for_values:
            self._set_margins()
        self._fit_values()

    def _emit_range_changed(self, *_: object) -> None:
        self.steps_range_changed.emit(*self._view.viewRange()[0])

    def _emit_view_changed(self, *_: object) -> None:
        self.view_changed.emit()

    def _mouse_moved(self, position: QPointF) -> None:
        inside = self._view.sceneBoundingRect().contains(position)
        self.hovered.emit(self._view.mapSceneToView(position).x() if inside else None)
        self.pointed.emit(self._view.mapFromScene(position) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Stop pointing at a step."""
        super().leaveEvent(event)
        self.hovered.emit(None)
        self.pointed.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the whole run."""
        self.whole_run_asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, or show the whole run; leave every other key to the window."""
        match event.key():
            case Qt.Key.Key_Home:
                self.whole_run_asked.emit()
            case Qt.Key.Key_PageUp:
                self._view.scaleBy(x=_ZOOM)
            case Qt.Key.Key_PageDown:
                self._view.scaleBy(x=1 / _ZOOM)
            case _:
                event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stop showing the focus."""
        super().focusOutEvent(event)
        self._show_focus()

    def _show_focus(self) -> None:
        self._view.setBorder(self._theme.colour("accent") if self.hasFocus() else None)
