"""Marks on a plot: a dashed line wherever a hyperparameter changed, and a tag on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ppo_desktop.runs.marks import Mark
from ppo_desktop.views.charts.curve_axes import StepsPlot
from ppo_desktop.views.charts.curve_items import LevelItem, PixelItem
from ppo_desktop.views.theme import HYPERPARAMETER_COLOURS, Theme
from ppo_desktop.views.wording_label import first_fitting

_ONE_MARK_PIXELS = 6.0
"""Marks of one field nearer than this on screen are drawn as one; zooming in parts them."""

_GAP = 4.0
_FAINT = 120
_MOST_TAGS = 24
"""Marks for which room is looked for; there is room for fewer."""
_WIDEST_SHARE = 0.45
"""Of the plot's width; what is longer ends with dots."""


@dataclass(frozen=True)
class _Tag:
    """A tag with its line at its left or right edge."""

    mark: Mark
    text: str
    rect: QRectF
    column: float

    def pole(self, bottom: float) -> QRectF:
        """Return where its line comes down from it to `bottom`, with room at both sides."""
        return QRectF(self.column - _GAP, self.rect.top(), 2 * _GAP, bottom - self.rect.top())


class MarksItem(PixelItem):
    """Draws the marks of a run: lines over the values, and tags above them, where no value is.

    A line reaches up to its own tag and no other. Where there is no room for all tags, those of the
    plot's own concept win, then newer ones; each stands in the first of the rows that is free there.

    Args:
        theme: Fonts and colours.
        plot: Where the marks stand.
        avoided: What no tag may cover.
        own_colours: Names of the colours of the concepts the plot shows.
        labelled: Draw tags, not only lines.
    """

    def __init__(
        self,
        theme: Theme,
        plot: StepsPlot,
        avoided: LevelItem,
        own_colours: frozenset[str],
        *,
        labelled: bool,
    ) -> None:
        super().__init__(theme, plot.getViewBox(), z=10)
        self._plot = plot
        self._avoided = avoided
        self._own_colours = own_colours
        self._labelled = labelled
        self.marks: tuple[Mark, ...] = ()
        self._layout: tuple[list[Mark], list[_Tag]] | None = None

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Show `marks`, oldest first."""
        self.marks = marks
        self.view_changed()

    def view_changed(self) -> None:
        """Lay the marks out anew."""
        self._layout = None
        super().view_changed()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw lines first, tags over them."""
        lines, tags = self._laid_out()
        self._paint_lines(painter, lines, tags)
        if tags:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.small_font(bold=True))
        for tag in tags:
            self._paint_tag(painter, tag)

    def _paint_lines(self, painter: QPainter, marks: Sequence[Mark], tags: Sequence[_Tag]) -> None:
        rect = self.boundingRect()
        tops = {id(tag.mark): tag.rect.top() for tag in tags}
        top_of_others = self._strip_bottom() if self._labelled else rect.top()
        lines: dict[int, list[QLineF]] = {}
        for mark in marks:
            column = self._column(mark)
            top = tops.get(id(mark), top_of_others)
            colour = self._theme.hyperparameter_colour(mark.field)
            lines.setdefault(colour.rgb(), []).append(QLineF(column, top, column, rect.bottom()))
        for rgb, of_one_colour in lines.items():
            painter.setPen(self._line_pen(QColor(rgb)))
            painter.drawLines(of_one_colour)

    def _strip_bottom(self) -> float:
        """Return the row of pixels down to which tags stand; the values begin below."""
        return self.boundingRect().top() + self._plot.tag_strip

    def _column(self, mark: Mark) -> float:
        return round(self.x_pixel(mark.steps)) + 0.5

    def _line_pen(self, colour: QColor) -> QPen:
        colour.setAlpha(255 if self._labelled else _FAINT)
        return QPen(colour, 1, Qt.PenStyle.DashLine)

    def _paint_tag(self, painter: QPainter, tag: _Tag) -> None:
        """Paint a flag: square where it is fastened to its line, round at the other side."""
        colour = self._theme.hyperparameter_colour(tag.mark.field)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(tag.rect, 4, 4)
        fastened = QRectF(tag.rect)
        fastened.setWidth(5)
        fastened.moveLeft(tag.column - (0.5 if tag.column < tag.rect.center().x() else 4.5))
        painter.drawRect(fastened)
        painter.setPen(QPen(colour, 1))
        painter.drawLine(QPointF(tag.column, tag.rect.top()), QPointF(tag.column, self._strip_bottom()))
        painter.setPen(self._theme.colour("on_accent"))
        painter.drawText(tag.rect, Qt.AlignmentFlag.AlignCenter, tag.text)

    def _laid_out(self) -> tuple[list[Mark], list[_Tag]]:
        if self._layout is None:
            low, high = self._view_box.viewRange()[0]
            visible = [mark for mark in self.marks if low <= mark.steps <= high]
            lines = self._joined(visible)
            self._layout = lines, self._choose_tags(lines) if self._labelled else []
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

    def _choose_tags(self, marks: Sequence[Mark]) -> list[_Tag]:
        """Return tags for as many marks as there is room for, own concepts first, then newer ones."""
        newest_first = [mark for mark in reversed(marks) if mark.old != mark.new]
        tags: list[_Tag] = []
        for mark in sorted(newest_first, key=self._is_foreign)[:_MOST_TAGS]:
            tag = self._free_place(mark, tags)
            tags += [] if tag is None else [tag]
        return tags

    def _is_foreign(self, mark: Mark) -> bool:
        """Whether `mark` is not about a concept this plot shows."""
        return HYPERPARAMETER_COLOURS.get(mark.field) not in self._own_colours

    def _free_place(self, mark: Mark, taken: Sequence[_Tag]) -> _Tag | None:
        """Return the tag of `mark` right of its line, else left, in the first row that is free there."""
        metrics = QFontMetricsF(self.small_font(bold=True))
        bounds, column = self.boundingRect(), self._column(mark)
        widest = _WIDEST_SHARE * bounds.width()
        text = first_fitting((mark.label, mark.short_label), metrics, widest, is_cut=True)
        width, height = metrics.horizontalAdvance(text) + 10, self._plot.tag_height
        bottom = self._strip_bottom()
        tags = [self._avoided.area(), *(tag.rect for tag in taken)]
        poles = [tag.pole(bottom) for tag in taken]
        for row in range(self._plot.tag_rows):
            top = bounds.top() + 1 + row * (height + 2)
            for left in (column, column - width):
                tag = _Tag(mark, text, QRectF(left, top, width, height), column)
                inside = left >= bounds.left() and tag.rect.right() <= bounds.right()
                crowded = any(tag.rect.intersects(other) for other in tags + poles)
                if inside and not crowded and not any(tag.pole(bottom).intersects(other) for other in tags):
                    return tag
        return None


def _last_of_field(marks: Sequence[Mark], field: str) -> int | None:
    return next((place for place in reversed(range(len(marks))) if marks[place].field == field), None)
