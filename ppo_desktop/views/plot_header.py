"""The header of a plot card: title, legend and read-outs in one, and what else belongs there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from ppo_desktop.views.plot_legend import LEVELS, ReadOut
from ppo_desktop.views.theme import Theme

_SPACING = 12


class CardHeader(QWidget):
    """Lays out title, tools and read-outs by hand, and shortens what does not fit.

    Args:
        theme: Fonts and colours.
        titles: The title, from its full wording to its shortest.
        stacked: Read-outs in a row of their own under the title.
    """

    def __init__(self, theme: Theme, titles: Sequence[str], *, stacked: bool) -> None:
        super().__init__()
        self._theme = theme
        self._titles = tuple(titles)
        self._stacked = stacked
        self._title = QLabel(titles[0], self)
        self._title.setProperty("role", "muted" if stacked else "title")
        self._title.setAccessibleName(titles[0])
        self._remark = QLabel(self)
        self._remark.setProperty("role", "muted")
        self._remarks: tuple[str, ...] = ()
        self._read_outs: list[ReadOut] = []
        self._tools: list[QWidget] = []
        self._least_width = 0

    @property
    def title(self) -> str:
        """The title as it is shown."""
        return self._title.text()

    def add_read_out(self, read_out: ReadOut) -> None:
        """Add a legend entry at the right; the first one added is the first to go."""
        read_out.setParent(self)
        self._read_outs.append(read_out)

    @property
    def remark(self) -> str:
        """The remark as it is shown, empty if there is none or no room for it."""
        return self._remark.text()

    def set_remark(self, wordings: Sequence[str]) -> None:
        """Say something after stacked read-outs, in the first of `wordings` that fits."""
        if self._remarks != (remarks := tuple(wordings)):
            self._remarks = remarks
            self.arrange()

    def add_tool(self, tool: QWidget) -> None:
        """Add a control between title and read-outs."""
        tool.setParent(self)
        self._tools.append(tool)

    def arrange(self) -> None:
        """Give everything its place; call it when a font, a text's reserve or a tool has changed."""
        self.setFixedHeight(self._height())
        if self._least_width != (least_width := self._narrowest()):
            self._least_width = least_width
            self.updateGeometry()
        if self._stacked:
            self._arrange_stacked()
        else:
            self._arrange_in_a_row()

    def minimumSizeHint(self) -> QSize:
        """Return what the shortest wording needs."""
        return QSize(self._least_width, self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self.arrange()

    def _narrowest(self) -> int:
        title = self._title_metrics().horizontalAdvance(self._titles[-1])
        if self._stacked:
            return max(title, self._read_outs_width(LEVELS - 1))
        tools = sum(tool.sizeHint().width() + _SPACING for tool in self._visible_tools())
        return title + _SPACING + tools + self._read_outs_width(LEVELS - 1, len(self._read_outs) - 1)

    def _visible_tools(self) -> list[QWidget]:
        return [tool for tool in self._tools if not tool.isHidden()]

    def _title_metrics(self) -> QFontMetrics:
        scale = 0.85 if self._stacked else 1.0
        return QFontMetrics(self._theme.font(scale, bold=not self._stacked))

    def _row_height(self) -> int:
        """Return the height that is enough for hidden tools too, so that showing one moves nothing."""
        heights = [read_out.height_needed() for read_out in self._read_outs]
        return max([*heights, *(tool.sizeHint().height() for tool in self._tools)], default=0)

    def _height(self) -> int:
        title, row = self._title_metrics().height(), self._row_height()
        return title + row if self._stacked else max(title, row)

    def _arrange_stacked(self) -> None:
        height = self._title_metrics().height()
        self._place_title(self.width(), height)
        room = self.width() - min(map(self._remark_width, self._remarks), default=0)
        level = next((n for n in range(LEVELS) if self._read_outs_width(n) <= room), LEVELS - 1)
        left = 0
        for read_out in self._read_outs:
            width = read_out.width_at(level)
            self._place(read_out, left, height, width, self.height() - height, level)
            left += width + _SPACING
        self._place_remark(left, height)

    def _place_remark(self, left: int, top: int) -> None:
        room = self.width() - left
        fitting = (remark for remark in self._remarks if self._remark_width(remark) <= room)
        self._remark.setText(next(fitting, ""))
        self._remark.setGeometry(left, top, max(room, 0), self.height() - top)

    def _remark_width(self, remark: str) -> int:
        return QFontMetrics(self._theme.font(0.85)).horizontalAdvance(remark)

    def _arrange_in_a_row(self) -> None:
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
        metrics = self._title_metrics()
        fitting = [title for title in self._titles if metrics.horizontalAdvance(title) <= room]
        self._title.setText(fitting[0] if fitting else self._titles[-1])
        self._title.setGeometry(0, 0, room, height)

    def _place(self, read_out: ReadOut, left: int, top: int, width: int, height: int, level: int) -> None:
        read_out.set_level(level)
        read_out.setFixedSize(width, height)
        read_out.move(left, top)
        read_out.update()
