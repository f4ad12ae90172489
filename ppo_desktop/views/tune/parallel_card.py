"""The card with parallel coordinates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.digest import StudyDigest
from ppo_desktop.views.plot_scales import Range
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import LEAST_MILLISECONDS, FigureCard
from ppo_desktop.views.tune.layer import Part
from ppo_desktop.views.tune.parallel_drawing import ParallelDrawing
from ppo_desktop.views.tune.parallel_geometry import Axis
from ppo_desktop.views.tune.trial_arrays import trial_arrays
from ppo_desktop.views.tune.trial_figure import Drawing, TrialFigure
from ppo_desktop.views.turns import Turns

_NOTHING_YET = "Every trial appears here when it has ended: a line through its values to its objective."
_SHORTEST_BRUSH = 0.02
"""Of an axis; what is shorter is a click."""


class ParallelFigure(TrialFigure):
    """Draws a line for each trial; a range of an axis is brushed by dragging along it.

    Attributes:
        brushes: {axis: range of positions} that trials have to pass through to be seen.
    """

    drawing: ParallelDrawing | None
    brushed = Signal()

    def __init__(self, theme: Theme) -> None:
        self.brushes: dict[str, Range] = {}
        self._plan: object = None
        self._dragged: tuple[Axis, float] | None = None
        super().__init__(theme, "parallel_figure", "Parallel coordinates", "parallel_coordinates")

    def show_digest(self, digest: StudyDigest | None) -> None:
        """Show what a study says; of another study nothing is brushed yet."""
        plan = None if digest is None else digest.plan
        if plan != self._plan:
            self._plan, self.brushes, self._dragged = plan, {}, None
        super().show_digest(digest)

    def _drawing(self, room: QRectF) -> ParallelDrawing | None:
        if self._digest is None:
            return None
        arrays = trial_arrays(self._digest)
        if not arrays.has_value.any():
            return None
        return ParallelDrawing(self._theme, room, arrays, self.brushes)

    def _parts(self, drawing: Drawing) -> Sequence[Part]:
        assert isinstance(drawing, ParallelDrawing)
        return drawing.parts()

    def _note(self) -> str:
        return _NOTHING_YET

    # ---- brushing ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to brush the axis that is under the mouse."""
        axis = self._axis_at(event.position())
        if axis is not None and self.drawing is not None and event.button() is Qt.MouseButton.LeftButton:
            self._dragged = axis, self.drawing.geometry.position(event.position().y())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Brush up to here, or point at what is under the mouse."""
        if self._dragged is not None and self.drawing is not None:
            self._brush_to(self.drawing.geometry.position(event.position().y()))
            return
        super().mouseMoveEvent(event)
        if self._axis_at(event.position()) is not None:
            self.setCursor(Qt.CursorShape.SplitVCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep the range brushed; a click takes it away."""
        if self._dragged is None or self.drawing is None:
            super().mouseReleaseEvent(event)
            return
        axis, begun = self._dragged
        self._dragged = None
        if abs(self.drawing.geometry.position(event.position().y()) - begun) < _SHORTEST_BRUSH:
            self.brushes.pop(axis.name, None)
            self.lay_out()
            self.brushed.emit()

    def _brush_to(self, position: float) -> None:
        assert self._dragged is not None
        axis, begun = self._dragged
        if abs(position - begun) >= _SHORTEST_BRUSH:
            self.brushes[axis.name] = (min(begun, position), max(begun, position))
            self.lay_out()
            self.brushed.emit()

    def _axis_at(self, point: QPointF) -> Axis | None:
        return None if self.drawing is None else self.drawing.geometry.axis_at(point)


class ParallelCard(FigureCard):
    """Shows every trial as a line through its values to its objective."""

    figure: ParallelFigure

    def __init__(self, tune: TuneSession, theme: Theme, turns: Turns) -> None:
        super().__init__(tune, turns, ParallelFigure(theme), "Parallel coordinates", "parallel_coordinates")
        for signal in (self.figure.brushed, self.figure.redrawn):
            signal.connect(self._show_extent)

    @property
    def _pause(self) -> int:
        """Least milliseconds from one redraw to the next: more where there are many lines."""
        drawing = self.figure.drawing
        return LEAST_MILLISECONDS if drawing is None else max(LEAST_MILLISECONDS, len(drawing.numbers) // 2)

    def _show(self) -> None:
        super()._show()
        self._show_extent()

    def _show_extent(self) -> None:
        """Say how many trials are seen, where not all are; else how to see fewer."""
        drawing = self.figure.drawing
        if drawing is None:
            self.remark.set_wordings(())
        elif self.figure.brushes:
            n, total = int(drawing.seen.sum()), int(drawing.geometry.has_line.sum())
            seen = f"{grouped(n)} of {grouped(total)} trials"
            self.remark.set_wordings((f"{seen}; click an axis to see all", seen))
        else:
            self.remark.set_wordings(
                ("dotted: pruned; drag along an axis to see fewer", "drag along an axis to see fewer")
            )
