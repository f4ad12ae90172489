"""A sortable table whose rows stand for things that are shown elsewhere too: pointing at one lights it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent

from ppo_desktop.views.sortable_table import ColumnsModel, Index, SortableTable
from ppo_desktop.views.theme import Theme

HEADER_FONT = 0.75
FAINT = 0.85
"""Opacity of rows that are not pointed at, while one is."""


class PointingModel(ColumnsModel):
    """Rows that are not pointed at are faint.

    Attributes:
        highlighted: What `thing` says of the row that is pointed at, None for none.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.highlighted: int | None = None

    def thing(self, row: int) -> int:
        """Return the number of what stands in a row of the table."""
        return int(self.order[row])

    def highlight(self, thing: int | None) -> None:
        """Let all rows but one be faint; None for none."""
        if thing == self.highlighted:
            return
        self.highlighted = thing
        if len(self.order):
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def is_faint(self, row: int) -> bool:
        """Whether another row of the table is pointed at."""
        return self.highlighted not in (None, self.thing(row))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ForegroundRole and self.is_faint(index.row()):
            colour = self._theme.colour("muted")
            colour.setAlphaF(FAINT)
            return colour
        return super().data(index, role)


class PointingTable(SortableTable):
    """Says what is pointed at, with the mouse or the arrow keys; Return or a double click opens it."""

    pointed = Signal(object)

    def __init__(self, theme: Theme, model: PointingModel) -> None:
        super().__init__(theme, model)
        self._pointing_model = model
        self.horizontalHeader().setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.entered.connect(self._point_at)
        self.selectionModel().currentRowChanged.connect(self._follow_keys)

    def open_thing(self, thing: int) -> None:
        """Open what stands in a row."""
        raise NotImplementedError

    def show_menu(self, thing: int, place: QPoint) -> None:
        """Offer what can be done with what stands in a row, at a place on the screen."""
        raise NotImplementedError

    def follow_theme(self) -> None:
        """Take fonts and colours from the theme; no frame and no fields, for the card is enough of both."""
        self.setStyleSheet(_style_sheet(self._theme))
        super().follow_theme()

    def _point_at(self, index: QModelIndex) -> None:
        self.pointed.emit(self._pointing_model.thing(index.row()))

    def _follow_keys(self, index: QModelIndex) -> None:
        """Point at the row that the arrow keys have reached."""
        if index.isValid() and self.hasFocus():
            self._point_at(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at nothing below the last row."""
        super().mouseMoveEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.pointed.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing."""
        super().focusOutEvent(event)
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open what stands in the row reached by Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.open_thing(self._pointing_model.thing(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what stands in a row."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.open_thing(self._pointing_model.thing(index.row()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with what stands in a row."""
        by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_keyboard else self.indexAt(event.pos())
        if index.isValid():
            place = self.viewport().mapToGlobal(self.visualRect(index).center())
            thing = self._pointing_model.thing(index.row())
            self.show_menu(thing, place if by_keyboard else event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self.fit_columns()


def _style_sheet(theme: Theme) -> str:
    border, muted = theme.colour("border").name(), theme.colour("muted").name()
    field, text = theme.colour("field").name(), theme.colour("text").name()
    return f"""
    QTableView {{ background: transparent; border: 1px solid transparent; selection-background-color: {field};
        selection-color: {text}; }}
    QTableView:focus {{ border: 1px solid {theme.colour("accent").name()}; }}
    QHeaderView {{ background: transparent; border: none; }}
    QHeaderView::section {{ background: transparent; border: none; border-bottom: 1px solid {border};
        color: {muted}; padding: 1px 3px; font-size: {HEADER_FONT * theme.base_size}pt; }}
    QHeaderView::up-arrow, QHeaderView::down-arrow {{ subcontrol-origin: border;
        subcontrol-position: top center; width: 7px; height: 5px; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {border}; border-radius: 4px; min-width: 30px; }}
    QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal {{ width: 0; }}
    """
