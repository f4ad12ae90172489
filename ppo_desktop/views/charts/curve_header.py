"""The header of a plot card: title, legend and read-outs in one, and what else belongs there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from ppo_desktop.views.charts.curve_legend import LEVELS, ReadOut, Series
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting

_SPACING = 12


class PlotHeader(QWidget):
    """Title and read-outs of a plot, laid out by hand, so that a changing number moves nothing.

    Args:
        theme: Fonts and colours.
        titles: The title, from its full wording to its shortest.
    """

    def __init__(self, theme: Theme, titles: Sequence[str]) -> None:
        super().__init__()
        self._theme = theme
        self._titles = tuple(titles)

    def add_read_out(self, series: Series, widest: str) -> ReadOut:
        """Add a legend entry with room for `widest`, and return it."""
        raise NotImplementedError

    def arrange(self) -> None:
        """Give everything its place; call it when a font, a text's reserve or a tool has changed."""
        raise NotImplementedError

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self.arrange()


class CardHeader(PlotHeader):
    """Shows title, tools and read-outs in one row, and shortens what does not fit."""

    def __init__(self, theme: Theme, titles: Sequence[str]) -> None:
        super().__init__(theme, titles)
        self._title = QLabel(titles[0], self)
        self._title.setProperty("role", "title")
        self._title.setAccessibleName(titles[0])
        self._read_outs: list[ReadOut] = []
        self._tools: list[QWidget] = []
        self._least_width = 0

    @property
    def title(self) -> str:
        """The title as it is shown."""
        return self._title.text()

    def add_read_out(self, series: Series, widest: str) -> ReadOut:
        """Add a legend entry at the right and return it; the first one added is the first to go."""
        read_out = ReadOut(self._theme, series, widest, self)
        self._read_outs.append(read_out)
        return read_out

    def add_tool(self, tool: QWidget) -> None:
        """Add a control between title and read-outs."""
        tool.setParent(self)
        self._tools.append(tool)

    def arrange(self) -> None:
        """Give everything its place."""
        self.setFixedHeight(self._height())
        if self._least_width != (least_width := self._narrowest()):
            self._least_width = least_width
            self.updateGeometry()
        self._place_all()

    def minimumSizeHint(self) -> QSize:
        """Return what the shortest wording needs."""
        return QSize(self._least_width, self._height())

    def _narrowest(self) -> int:
        title = self._title_metrics().horizontalAdvance(self._titles[-1])
        tools = sum(tool.sizeHint().width() + _SPACING for tool in self._visible_tools())
        return title + _SPACING + tools + self._read_outs_width(LEVELS - 1, len(self._read_outs) - 1)

    def _visible_tools(self) -> list[QWidget]:
        return [tool for tool in self._tools if not tool.isHidden()]

    def _title_metrics(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font(bold=True))

    def _row_height(self) -> int:
        """Return the height that is enough for hidden tools too, so that showing one moves nothing."""
        heights = [read_out.height_needed() for read_out in self._read_outs]
        return max([*heights, *(tool.sizeHint().height() for tool in self._tools)], default=0)

    def _height(self) -> int:
        return max(self._title_metrics().height(), self._row_height())

    def _place_all(self) -> None:
        tools = sum(tool.sizeHint().width() + _SPACING for tool in self._visible_tools())
        title, level, first = self._choose(self.width() - tools)
        right = self.width()
        for position, read_out in reversed(list(enumerate(self._read_outs))):
            read_out.setVisible(position >= first)
            if position >= first:
                width = read_out.width_at(level)
                self._place(read_out, right - width, 0, width, self.height(), level)
                right -= width + _SPACING
        for tool in reversed(self._visible_tools()):
            size = tool.sizeHint()
            tool.setGeometry(right - size.width(), (self.height() - size.height()) // 2, *size.toTuple())
            right -= size.width() + _SPACING
        self._place_title(max(right, title), self.height())

    def _choose(self, room: int) -> tuple[int, int, int]:
        """Return the title's width, the brevity of names and the first read-out shown, so that all fit."""
        widths = [self._title_metrics().horizontalAdvance(title) + _SPACING for title in self._titles]
        for first in range(len(self._read_outs)):
            for level in range(LEVELS):
                for title in widths:
                    if title + self._read_outs_width(level, first) <= room:
                        return title, level, first
        return widths[-1], LEVELS - 1, max(len(self._read_outs) - 1, 0)

    def _read_outs_width(self, level: int, first: int = 0) -> int:
        shown = self._read_outs[first:]
        return sum(read_out.width_at(level) for read_out in shown) + _SPACING * max(len(shown) - 1, 0)

    def _place_title(self, room: int, height: int) -> None:
        self._title.setText(
            first_fitting(self._titles, self._title_metrics(), room, otherwise=self._titles[-1])
        )
        self._title.setGeometry(0, 0, room, height)

    def _place(self, read_out: ReadOut, left: int, top: int, width: int, height: int, level: int) -> None:
        read_out.set_level(level)
        read_out.setFixedSize(width, height)
        read_out.move(left, top)
        read_out.update()
