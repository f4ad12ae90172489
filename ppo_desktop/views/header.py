"""The top bar: the pages' tabs, the bar of the page that is shown, and the menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QSizePolicy,
    QWidget,
)

from ppo_desktop.views.controls import Segments, menu_button
from ppo_desktop.views.kit.page import Page

_ALL_COLUMNS = 3


class Header(QFrame):
    """One row: tabs, the shown page's bar, menu. A bar that does not fit there stands below."""

    page_chosen = Signal(object)
    """A tab was pressed; with its page."""

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self.setObjectName("header")
        self._pages = pages
        self._bar = pages[0].bar
        self._placed: tuple[QWidget, bool] | None = None
        self.menu_button = menu_button("☰", "menu_button", "Menu", "menu")
        self._lay_out()
        self.show_page(pages[0])

    def show_page(self, page: Page) -> None:
        """Mark the page's tab as the chosen one and show its bar instead of the one before."""
        self._tabs.show_value(page)
        self._bar = page.bar
        for other in self._pages:
            other.bar.setVisible(other is page)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the shown bar in a row of its own."""
        wider = max(self._width_of_the_rest(), self._bar.minimumSizeHint().width() + self._margins())
        return QSize(wider, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # something in it has become wider or narrower
            self._arrange()
        return super().event(event)

    def _make_tabs(self) -> QWidget:
        self._tabs = Segments()
        for number, page in enumerate(self._pages, start=1):
            title, note = page.title, f"Ctrl+{number} shows this page."
            self._tabs.add(page, title, page.tab_name, f"{title} page", page.explanation, note)
        self._tabs.chosen.connect(self.page_chosen)
        self._tabs.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return self._tabs

    def _lay_out(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 10, 6)
        self._grid.setSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._make_tabs(), 0, 0, Qt.AlignmentFlag.AlignTop)
        for page in self._pages:
            page.bar.setParent(self)
        self._grid.addWidget(self.menu_button, 0, 2, Qt.AlignmentFlag.AlignTop)

    def _arrange(self) -> None:
        """Put the shown bar beside the tabs if it fits there, else below them."""
        needed = self._width_of_the_rest() + self._grid.spacing() + self._bar.sizeHint().width()
        placed = self._bar, needed <= self.width()
        if placed != self._placed:
            if self._placed is not None:  # a hidden bar in the grid would take the gaps around the shown one
                self._grid.removeWidget(self._placed[0])
            self._placed = placed
            self._place(*placed)

    def _place(self, bar: QWidget, is_beside: bool) -> None:
        if is_beside:
            self._grid.addWidget(bar, 0, 1)
        else:
            self._grid.addWidget(bar, 1, 0, 1, _ALL_COLUMNS)

    def _width_of_the_rest(self) -> int:
        """Width of everything but the bar, with margins and the gaps between."""
        widths = self._tabs.sizeHint().width() + self.menu_button.sizeHint().width()
        return widths + self._grid.spacing() + self._margins()

    def _margins(self) -> int:
        margins = self._grid.contentsMargins()
        return margins.left() + margins.right()
