"""The card with parallel coordinates."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.controls import with_role
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import LEAST_MILLISECONDS, FigureCard
from ppo_desktop.views.tune.parallel_picture import ParallelAxis, ParallelPicture
from ppo_desktop.views.tune.trial_arrays import trial_arrays
from ppo_desktop.views.tune.trial_chart import TrialChart

_AXIS_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_THIRD_STEPS = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}
_THIRDS: tuple[Range, ...] = ((0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0))
"""Ranges that are brushed by keyboard, from the bottom."""
_SHORTEST_BRUSH = 0.02
"""Of an axis; what is shorter is a click."""


class ParallelChart(TrialChart):
    """Draws a line for each trial; a range of an axis is brushed by dragging along it.

    Attributes:
        brushes: {axis: range of positions} that trials have to pass through to be seen.
    """

    empty = "Every trial appears here when it has ended: a line through its values to its objective."

    picture: ParallelPicture | None
    brushed = Signal()

    def __init__(self, theme: Theme) -> None:
        self.brushes: dict[str, Range] = {}
        self._dragged: tuple[ParallelAxis, float] | None = None
        self._chosen: str | None = None
        super().__init__(theme, "parallel_figure", "Parallel coordinates", "parallel_coordinates")

    def forget_brushes(self) -> None:
        """Brush nothing: what comes is of another study."""
        self._dragged = self._chosen = None
        if self.brushes:
            self.brushes = {}
            self._emit_brushed()

    def picture_in(self, room: QRectF) -> ParallelPicture | None:
        """Return all lines, once there is one."""
        if self._digest is None:
            return None
        arrays = trial_arrays(self._digest)
        if not arrays.has_value.any():
            return None
        return ParallelPicture(self._theme, room, arrays, self.brushes, self._chosen)

    # ---- brushing ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to brush the axis that is under the mouse."""
        axis = self._axis_at(event.position())
        if axis is not None and self.picture is not None and event.button() is Qt.MouseButton.LeftButton:
            self._dragged = axis, self.picture.position(event.position().y())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Brush up to here, or point at what is under the mouse."""
        if self._dragged is not None and self.picture is not None:
            self._brush_to(self.picture.position(event.position().y()))
            return
        super().mouseMoveEvent(event)
        if self._axis_at(event.position()) is not None:
            self.setCursor(Qt.CursorShape.SplitVCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep the range brushed; a click takes it away."""
        if self._dragged is None or self.picture is None:
            super().mouseReleaseEvent(event)
            return
        axis, begun = self._dragged
        self._dragged = None
        if abs(self.picture.position(event.position().y()) - begun) < _SHORTEST_BRUSH:
            self.brushes.pop(axis.name, None)
            self._emit_brushed()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the trial under the mouse; on an axis two clicks are no more than one."""
        if self._axis_at(event.position()) is None:
            super().mouseDoubleClickEvent(event)

    def tip_at(self, position: QPointF) -> str:
        """Return what is known of the trial at a position, or the name of the axis that ends below it."""
        axis = self._axis_at(position)
        if axis is not None and self.picture is not None and position.y() < self.picture.frame.area.top():
            return axis.title
        return super().tip_at(position)

    def _brush_to(self, position: float) -> None:
        assert self._dragged is not None
        axis, begun = self._dragged
        if abs(position - begun) >= _SHORTEST_BRUSH:
            self.brushes[axis.name] = (min(begun, position), max(begun, position))
            self._emit_brushed()

    def _emit_brushed(self) -> None:
        self.lay_out()
        self.brushed.emit()

    def _axis_at(self, point: QPointF) -> ParallelAxis | None:
        return None if self.picture is None else self.picture.axis_at(point)

    # ---- brushing by keyboard ------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose an axis and one of its thirds by Shift and arrow keys, all of it by Delete."""
        is_shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if self.picture is None:
            super().keyPressEvent(event)
        elif is_shifted and event.key() in _AXIS_STEPS:
            self._choose_axis(_AXIS_STEPS[Qt.Key(event.key())])
        elif is_shifted and event.key() in _THIRD_STEPS:
            self._choose_third(_THIRD_STEPS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Delete and self._chosen in self.brushes:
            del self.brushes[self._chosen]
            self._emit_brushed()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let no axis be chosen."""
        super().focusOutEvent(event)
        if self._chosen is not None and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._chosen = None
            self.lay_out()

    def _choose_axis(self, step: int) -> None:
        """Choose the next axis; at first the leftmost, or the objective."""
        assert self.picture is not None
        axes = self.picture.axes
        places = {axis.name: place for place, axis in enumerate(axes)}
        before = places[self._chosen] if self._chosen in places else (-1 if step > 0 else len(axes))
        axis = axes[min(max(before + step, 0), len(axes) - 1)]
        self._chosen = axis.name
        self.lay_out()
        self.setAccessibleDescription(axis.title)

    def _choose_third(self, step: int) -> None:
        """Brush the next third of the chosen axis; at first the uppermost or the lowest."""
        if self._chosen is None:
            self._choose_axis(-1)
        assert self._chosen is not None
        place = _THIRDS.index(brush) if (brush := self.brushes.get(self._chosen)) in _THIRDS else None
        first = len(_THIRDS) - 1 if step > 0 else 0
        place = first if place is None else min(max(place + step, 0), len(_THIRDS) - 1)
        self.brushes[self._chosen] = _THIRDS[place]
        self._emit_brushed()


class ParallelCard(FigureCard):
    """Shows every trial as a line through its values to its objective."""

    figure: ParallelChart

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__(tune, theme, ParallelChart(theme), "Parallel coordinates", "parallel_coordinates")
        self._hint = with_role(QLabel(), "muted")
        self._hint.setContentsMargins(12, 0, 0, 0)
        self.header.addWidget(self._hint)
        tune.study_changed.connect(self.figure.forget_brushes)
        for signal in (self.figure.brushed, self.figure.redrawn):
            signal.connect(self._show_n_drawn)

    def _pause(self) -> int:
        """Return the least milliseconds from one redraw to the next: more where there are many lines."""
        picture = self.figure.picture
        return LEAST_MILLISECONDS if picture is None else max(LEAST_MILLISECONDS, len(picture.keys) // 2)

    def _show(self) -> None:
        super()._show()
        self._show_n_drawn()

    def _show_n_drawn(self) -> None:
        """Say how many trials are seen, where not all are, and how to see fewer, or all again."""
        picture = self.figure.picture
        self._hint.setVisible(picture is not None)
        is_brushed = bool(self.figure.brushes)
        self._hint.setText("click an axis to see all" if is_brushed else "drag along an axis to see fewer")
        if picture is None or not is_brushed:
            self.remark.set_wordings(())
            return
        n, total = int(picture.seen.sum()), int(picture.has_line.sum())
        self.remark.set_wordings((f"{grouped(n)} of {grouped(total)} trials",))
