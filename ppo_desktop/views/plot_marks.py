"""Marks on a plot: a dashed line and a chip wherever a hyperparameter changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ppo_desktop.runs.marks import Mark
from ppo_desktop.views.plot_items import LevelLabel, PixelItem
from ppo_desktop.views.theme import HYPERPARAMETER_COLOURS, Theme

_ONE_MARK_PIXELS = 6.0
"""Marks of one field nearer than this on screen are drawn as one; zooming in parts them."""

_GAP = 4.0
_FAINT = 120


@dataclass(frozen=True)
class _Chip:
    mark: Mark
    rect: QRectF


class MarksItem(PixelItem):
    """Draws the marks of a run.

    Where there is no room for all chips, those of the plot's own concept win, then newer ones.

    Args:
        theme: Fonts and colours.
        view_box: Where the marks stand.
        avoided: What no chip may cover.
        own_colours: Names of the colours of the concepts the plot shows.
        labelled: Draw chips, not only lines.
    """

    def __init__(
        self,
        theme: Theme,
        view_box: pg.ViewBox,
        avoided: LevelLabel,
        own_colours: frozenset[str],
        *,
        labelled: bool,
    ) -> None:
        super().__init__(theme, view_box, z=10)
        self._avoided = avoided
        self._own_colours = own_colours
        self._labelled = labelled
        self._marks: tuple[Mark, ...] = ()
        self._layout: tuple[list[Mark], list[_Chip]] | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of the run."""
        return self._marks

    def shown_labels(self) -> list[str]:
        """Return the labels for which there is room, from left to right."""
        return [chip.mark.label for chip in sorted(self._laid_out()[1], key=_left)]

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show `marks`, oldest first."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self.view_changed()

    def view_changed(self) -> None:
        """Lay the marks out anew."""
        self._layout = None
        super().view_changed()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw lines first, chips over them."""
        lines, chips = self._laid_out()
        self._paint_lines(painter, lines)
        if chips:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.small_font(bold=True))
        for chip in chips:
            self._paint_chip(painter, chip)

    def _paint_lines(self, painter: QPainter, marks: Sequence[Mark]) -> None:
        rect = self.boundingRect()
        lines: dict[int, list[QLineF]] = {}
        for mark in marks:
            column = round(self.x_pixel(mark.steps)) + 0.5
            colour = self._theme.hyperparameter_colour(mark.field)
            lines.setdefault(colour.rgb(), []).append(QLineF(column, rect.top(), column, rect.bottom()))
        for rgb, of_one_colour in lines.items():
            painter.setPen(self._line_pen(QColor(rgb)))
            painter.drawLines(of_one_colour)

    def _line_pen(self, colour: QColor) -> QPen:
        colour.setAlpha(255 if self._labelled else _FAINT)
        return QPen(colour, 1, Qt.PenStyle.DashLine)

    def _paint_chip(self, painter: QPainter, chip: _Chip) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.hyperparameter_colour(chip.mark.field))
        painter.drawRoundedRect(chip.rect, 3, 3)
        painter.setPen(self._theme.colour("on_accent"))
        painter.drawText(chip.rect, Qt.AlignmentFlag.AlignCenter, chip.mark.label)

    def _laid_out(self) -> tuple[list[Mark], list[_Chip]]:
        if self._layout is None:
            low, high = self._view_box.viewRange()[0]
            visible = [mark for mark in self._marks if low <= mark.steps <= high]
            lines = self._joined(visible)
            self._layout = lines, self._place_chips(lines) if self._labelled else []
        return self._layout

    def _joined(self, marks: Sequence[Mark]) -> list[Mark]:
        """Return the marks with those of one field that fall on nearly the same pixel made one."""
        joined: list[Mark] = []
        for mark in marks:
            place = _last_of_field(joined, mark.field)
            near = place is not None and (
                self.x_pixel(mark.steps) - self.x_pixel(joined[place].last_steps) < _ONE_MARK_PIXELS
            )
            if near and place is not None:
                joined[place] = replace(joined[place], new=mark.new, last_steps=mark.last_steps)
            else:
                joined.append(mark)
        return joined

    def _place_chips(self, marks: Sequence[Mark]) -> list[_Chip]:
        chips: list[_Chip] = []
        newest_first = [mark for mark in reversed(marks) if mark.old != mark.new]
        for mark in sorted(newest_first, key=self._is_foreign):
            rect = self._free_place(mark, [self._avoided.area(), *(chip.rect for chip in chips)])
            if rect is not None:
                chips.append(_Chip(mark, rect))
        return chips

    def _is_foreign(self, mark: Mark) -> bool:
        """Whether `mark` is not about a concept this plot shows."""
        return HYPERPARAMETER_COLOURS.get(mark.field) not in self._own_colours

    def _free_place(self, mark: Mark, taken: list[QRectF]) -> QRectF | None:
        """Return where the chip of `mark` fits: right of its line, else left, in the first row or below."""
        metrics = QFontMetricsF(self.small_font(bold=True))
        width, height = metrics.horizontalAdvance(mark.label) + 10, metrics.height() + 2
        bounds, column = self.boundingRect(), self.x_pixel(mark.steps)
        rows = max(1, min(3, int(bounds.height() / (3 * height))))
        for row in range(rows):
            top = bounds.top() + 1 + row * (height + 2)
            for left in (column, column - width):
                rect = QRectF(left, top, width, height)
                crowded = any(rect.adjusted(-_GAP, 0, _GAP, 0).intersects(other) for other in taken)
                if left >= bounds.left() and rect.right() <= bounds.right() and not crowded:
                    return rect
        return None


def _last_of_field(marks: Sequence[Mark], field: str) -> int | None:
    return next((place for place in reversed(range(len(marks))) if marks[place].field == field), None)


def _left(chip: _Chip) -> float:
    return chip.rect.left()
