"""A bare plot over environment steps: axes, fixed ranges, zoom along the steps, hovering."""

from __future__ import annotations

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

from ppo_desktop.views.charts.frame import ROW
from ppo_desktop.views.charts.scales import STEPS, AxisScale, FixedScale, Range, Tick, fitting_ticks
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

_GAP = "0000"
"""As wide as the least room between the labels of two steps."""
_ZOOM = 0.5


class _StepsAxis(pg.AxisItem):
    """Keeps its last label inside the card."""

    def generateDrawSpecs(self, p: QPainter) -> tuple[Any, Any, list[tuple[QRectF, int, str]]] | None:
        """Push the last label inside the card."""
        specs = super().generateDrawSpecs(p)
        if specs is not None:
            overhang = last_label_overhang(QFontMetrics(self.style["tickFont"]))
            right = self.mapRectFromParent(self.geometry()).right() + overhang
            for rect, *_ in specs[2]:
                rect.moveRight(min(rect.right(), right))
        return specs


def last_label_overhang(metrics: QFontMetrics) -> int:
    """Return how far the label of the last step may reach beyond the right edge, in pixels."""
    return metrics.horizontalAdvance(STEPS.widest) // 2 + 1


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
        room_for_tags: With room above the values for the tags of marks.
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
        room_for_tags: bool = False,
    ) -> None:
        self._view = _View(enableMenu=False, defaultPadding=0.0)
        self._view.disableAutoRange()
        self._view.setMouseEnabled(x=True, y=False)
        axes = {"bottom": _StepsAxis("bottom"), "left": pg.AxisItem("left")}
        super().__init__(viewBox=self._view, axisItems=axes)
        self._theme = theme
        self.is_small = small
        self._room_for_tags = room_for_tags
        self._marks = 0
        self._shown: Range = (0.0, 1.0)
        self._scale: AxisScale = FixedScale()
        self.ticks: list[Tick] = []
        # One rectangle to repaint: lines clipped to a many-cornered region take ten times as long.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # an image of a plain ground is no faster
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        self.plotItem.showAxis("bottom", not small)
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

    def set_values(self, shown: Range, scale: AxisScale) -> None:
        """Show the values in `shown`, with a little room above and below."""
        self._shown, self._scale = shown, scale
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
        low, high = self._shown
        above = self.tag_strip if self._room_for_tags else _SMALL_ROOM_ABOVE
        per_pixel = (high - low) / max(self._view.rect().height() - above - _ROOM_BELOW, 1.0)
        self._view.setYRange(low - _ROOM_BELOW * per_pixel, high + above * per_pixel, padding=0)
        line = ROW * self._metrics().height()
        self.ticks = fitting_ticks(
            self._scale, self._shown, self._view.rect().height() - above, lambda _: line
        )
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
        self.plotItem.showAxis("bottom", labelled or not self.is_small)
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
        self._write_steps()
        self._fit_values()

    def paint_in(self, painter: QPainter, room: QRectF) -> None:
        """Paint all as if the plot were as large as a rectangle, with words of their usual size."""
        shown = self.plotItem.geometry()
        self._lay_out(QRectF(shown.topLeft(), room.size()))
        self.scene().prepareForPaint()
        self.scene().render(painter, room, self.plotItem.geometry())
        self._lay_out(shown)

    def _lay_out(self, geometry: QRectF) -> None:
        self.plotItem.setGeometry(geometry)
        self.plotItem.layout.activate()

    def _set_margins(self) -> None:
        """Give the left axis the same width in every plot, so that the steps stand under each other."""
        metrics = self._metrics()
        widest = _SMALL_WIDEST_TICK if self.is_small else _WIDEST_TICK
        axis, is_labelled = self.plotItem.getAxis("left"), self._has_room_for_values
        axis.setStyle(showValues=is_labelled)
        axis.setWidth(metrics.horizontalAdvance(widest) + 6 if is_labelled else 0)
        above = metrics.height() // 3
        has_steps = self.plotItem.getAxis("bottom").isVisible()
        right, below = (last_label_overhang(metrics), 0) if has_steps else (2, above)
        self.plotItem.layout.setContentsMargins(0, above, right, below)

    def _font(self) -> QFont:
        return self._theme.font(0.7 if self.is_small else 0.8)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._font())

    @property
    def _has_room_for_values(self) -> bool:
        """Whether there is room for labels at the left: a small plot may be too narrow."""
        return not self.is_small or self.plotItem.size().width() >= _NARROW * self._metrics().height()

    def _resized(self, *_: object) -> None:
        if self.plotItem.getAxis("left").style["showValues"] != self._has_room_for_values:
            self._set_margins()
        self._write_steps()
        self._fit_values()

    def _emit_range_changed(self, *_: object) -> None:
        self._write_steps()
        self.steps_range_changed.emit(*self._view.viewRange()[0])

    def _write_steps(self) -> None:
        (low, high), width, metrics = self._view.viewRange()[0], self._view.rect().width(), self._metrics()
        ticks = fitting_ticks(STEPS, (low, high), width, lambda text: metrics.horizontalAdvance(text + _GAP))
        self.plotItem.getAxis("bottom").setTicks([ticks])

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
