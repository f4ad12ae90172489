"""The table of every page: sorted by a click on a header, copied as CSV, its rows pointed at and opened."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPixmap,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from ppo_desktop.views.controls import laid_out, push_button, with_role
from ppo_desktop.views.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_FAINT = 0.8
"""Opacity of rows that are not pointed at, while one is."""
_SELECTED = 0.1
"""Opacity of the accent's colour behind rows that are selected."""
_FONT, _HEADER_FONT = 0.85, 0.75
_PADDING, _FRAME = 4, 3
"""Left and right of a text: of ours, and of the style beside that; pixels."""
_WIDEST = 16
"""A column is no wider than so many base font sizes; its texts are shortened."""
_NARROWEST = 7
"""Likewise a column of words is narrowed to so many, where there is not enough room for all columns."""
_SLACK = 2
"""Pixels by which a text that is painted may be wider than measured."""
_MOST_MEASURED = 5
"""Texts to which a column of words is fitted: the longest."""
_ROLES = frozenset(
    (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.FontRole,
        Qt.ItemDataRole.ForegroundRole,
    )
)
_TO = "\u2009–\u2009"
"""Between the ends of an interval, with thin spaces: there is little room. Beside a minus it is "to"."""
_MOST_SPARE = 26
"""Pixels of spare room that a column of numbers takes."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column; texts are made when they are looked at, numbers when they are sorted by.

    Attributes:
        header: What stands above it.
        meaning: Its tooltip.
        numbers: A number for each row, by which it is sorted, nan last; or what returns them.
        text: Returns what stands in a row, before any sorting.
        widest: Texts that are as wide as any: the column is made to fit them.
        is_words: Whether it holds words, which stand at the left.
        tip: Returns the tooltip of a row, empty if it has none.
        icon: Returns what stands before the text of a row, given whether the row is faint.
        name: What it is known by in the CSV, where that is made of the columns.
    """

    header: str
    meaning: str
    numbers: NDArray[Any] | Callable[[], NDArray[Any]]
    text: Callable[[int], str]
    widest: Sequence[str]
    is_words: bool = False
    tip: Callable[[int], str] | None = None
    icon: Callable[[int, bool], QPixmap] | None = None
    name: str = ""

    @cached_property
    def values(self) -> NDArray[Any]:
        """A number for each row."""
        return self.numbers() if callable(self.numbers) else self.numbers

    @property
    def alignment(self) -> Qt.AlignmentFlag:
        """Where its texts and its header stand."""
        side = Qt.AlignmentFlag.AlignLeft if self.is_words else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter


RecordT = TypeVar("RecordT")


def column_over(
    records: Sequence[RecordT],
    header: str,
    meaning: str,
    *,
    number: Callable[[RecordT], float],
    text: Callable[[RecordT], str],
    widest: Sequence[str] | None = None,
    is_words: bool = False,
    tip: Callable[[RecordT], str] | None = None,
    name: str = "",
) -> Column:
    """Return a column with a row for each record; without `widest` it fits all its texts."""
    return Column(
        header,
        meaning,
        lambda: np.array([*map(number, records)], float),
        lambda row: text(records[row]),
        [*map(text, records)] if widest is None else widest,
        is_words,
        None if tip is None else lambda row: tip(records[row]),
        name=name,
    )


def word_column(
    header: str, meaning: str, texts: Sequence[str], name: str, *, shown: Sequence[str] | None = None
) -> Column:
    """Return a column of words, which is sorted by the alphabet, rows without any last.

    Args:
        header: What stands above it.
        meaning: Its tooltip.
        texts: Those of its rows, by which it is sorted, each its own tooltip.
        name: What it is known by.
        shown: What stands there where that is something else.
    """

    def ranks() -> NDArray[Any]:
        _, places = np.unique([text.casefold() for text in texts], return_inverse=True)
        return np.where([bool(text) for text in texts], places.astype(float), np.nan)

    shown = texts if shown is None else shown
    widest = sorted({*shown}, key=len)[-_MOST_MEASURED:]
    tip = texts.__getitem__
    return Column(header, meaning, ranks, shown.__getitem__, widest, is_words=True, tip=tip, name=name)


def interval_text(low: float, high: float, written: Callable[[float], str]) -> str:
    """Return an interval as a cell has room for it, given how its ends are written; "—" without one."""
    if not math.isfinite(low):
        return "—"
    return (_TO if low >= 0 else " to ").join((written(low), written(high)))


def csv_of(columns: Sequence[Column], order: Sequence[int]) -> str:
    """Return a table as CSV, always with a decimal point, rows in `order`."""
    lines = [",".join(column.name for column in columns)]
    values = [column.values[list(order)].tolist() for column in columns]
    lines += [",".join(map(_plain, row)) for row in zip(*values, strict=True)]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, str):  # an id, in which there is no comma
        return value
    return str(int(value)) if isinstance(value, bool) else repr(value)


class _Model(QAbstractTableModel):
    """Columns in an order; nothing is copied cell by cell.

    Attributes:
        columns: The columns.
        keys: What each of their rows stands for.
        order: Which of their rows stands in each row of the table.
        highlighted: The key of the row that is pointed at, None for none.
        bold: The key of the row that is written bold, None for none.
        warned: The rows of the columns that are written in the colour of the clip.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.columns: Sequence[Column] = ()
        self.keys: Sequence[int] = ()
        self.order = np.empty(0, np.intp)
        self.highlighted: int | None = None
        self.bold: int | None = None
        self.warned: Sequence[bool] | NDArray[np.bool_] = ()
        self._says: Sequence[object] | None = None
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None

    def show(self, columns: Sequence[Column], keys: Sequence[int], says: Sequence[object] | None) -> bool:
        """Show columns; return whether rows there were stay rows, which then stay selected."""
        n = len(self.keys)
        headers = [column.header for column in columns]
        goes_on = bool(headers) and headers == [column.header for column in self.columns]
        goes_on = goes_on and list(keys[:n]) == list(self.keys)
        if not goes_on:
            self.beginResetModel()
            self.columns, self.keys, self._says = columns, keys, says
            self.order = np.arange(len(keys))
            self._sort()
            self.endResetModel()
            return False
        changed = [
            row for row in range(n) if says is None or self._says is None or says[row] != self._says[row]
        ]
        self.columns, self._says = columns, says
        if len(keys) > n:
            self.beginInsertRows(QModelIndex(), n, len(keys) - 1)
            self.keys, self.order = keys, np.concatenate([self.order, np.arange(n, len(keys))])
            self.endInsertRows()
        if self._sorted_by is not None:
            self._sort_in_place()
        elif changed:  # of which only what is seen is painted
            last = self.index(max(changed), len(columns) - 1)
            self.dataChanged.emit(self.index(min(changed), 0), last)
        return True

    def highlight(self, key: int | None) -> None:
        """Let all rows but one be faint; None for none."""
        if key != self.highlighted:
            self.highlighted = key
            self.repaint_all()

    def repaint_all(self) -> None:
        """Let all that is seen be painted anew."""
        if len(self.order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.order) - 1, len(self.columns) - 1))

    def key(self, row: int) -> int:
        """Return what stands in a row of the table."""
        return int(self.keys[self.order[row]])

    def row_of(self, key: int | None) -> int | None:
        """Return in which row something stands; None for nowhere."""
        rows = range(len(self.order) if key is not None else 0)
        return next((row for row in rows if self.key(row) == key), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES:  # of each cell that is painted Qt asks for some more
            return None
        column, row = self.columns[index.column()], int(self.order[index.row()])
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.TextAlignmentRole:
                return column.alignment
            case Qt.ItemDataRole.ToolTipRole if column.tip is not None:
                return column.tip(row) or None
            case Qt.ItemDataRole.DecorationRole if column.icon is not None:
                return column.icon(row, self._is_faint(row))
            case Qt.ItemDataRole.FontRole if self.keys[row] == self.bold:
                return self._theme.font(_FONT, bold=True)
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(row)
            case _:
                return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.header
            case Qt.ItemDataRole.ToolTipRole:
                return column.meaning
            case Qt.ItemDataRole.TextAlignmentRole:
                return column.alignment
            case _:
                return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by = (column, order) if column >= 0 else None
        self._sort_in_place()

    def _is_faint(self, row: int) -> bool:
        return self.highlighted not in (None, self.keys[row])

    def _colour(self, row: int) -> QColor | None:
        if self._is_faint(row):
            colour = self._theme.colour("text")
            colour.setAlphaF(_FAINT)
            return colour
        return self._theme.colour("clip") if len(self.warned) and self.warned[row] else None

    def _sort_in_place(self) -> None:
        """Sort; what is selected or current goes where its row of the columns goes."""
        self.layoutAboutToBeChanged.emit()
        kept, before = self.persistentIndexList(), self.order
        self._sort()
        place_of = np.argsort(self.order)
        moved = [self.index(int(place_of[before[index.row()]]), index.column()) for index in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def _sort(self) -> None:
        if self._sorted_by is None or self._sorted_by[0] >= len(self.columns):
            self.order = np.arange(len(self.order))
            return
        column, direction = self._sorted_by
        values = self.columns[column].values
        order = np.argsort(values, kind="stable")
        if direction is Qt.SortOrder.DescendingOrder:
            order = order[::-1]
        is_unknown = np.isnan(values[order]) if values.dtype.kind == "f" else np.zeros(len(order), bool)
        self.order = np.concatenate([order[~is_unknown], order[is_unknown]])


class Table(QTableView):
    """Shows columns. A third click on a header brings the original order back.

    Rows stand for things, known by a key, that are shown elsewhere too: the mouse or the arrow keys point at
    them, Return or a double click opens them.

    Args:
        theme: Colours and fonts.
        csv: Returns the whole table as CSV, given which rows of the columns stand in its rows; without it
            that is made of the columns' names and numbers.
        selects_several: Whether several rows can be selected, by Shift, Ctrl and Ctrl+A.

    Attributes:
        hidden_columns: Names of those that are not shown, whether there are such or not.
        dispensable: Names of those that are left out, the first one first, where there is no room for all.
    """

    pointed = Signal(object)
    """The key of what is pointed at, None for nothing."""
    chosen = Signal(int)
    """The key of the row reached by a click or with the keyboard."""
    opened = Signal(int)
    menu_asked = Signal(int, QPoint)
    """What can be done with something is asked for, at a place on the screen."""
    selection_changed = Signal()
    """Other rows are selected than before."""

    def __init__(
        self,
        theme: Theme,
        csv: Callable[[Sequence[int]], str] | None = None,
        *,
        selects_several: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._csv = csv or (lambda order: csv_of(self._rows.columns, order))
        self._fitted_to: object = None
        self.hidden_columns: frozenset[str] = frozenset()
        self.dispensable: tuple[str, ...] = ()
        self._rows = _Model(theme)
        self.setModel(self._rows)
        self._set_up()
        if selects_several:
            self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a click leads to what keys do with rows
        copy = QShortcut(QKeySequence.StandardKey.Copy, self, context=Qt.ShortcutContext.WidgetShortcut)
        copy.setWhatsThis("Copy the table that has the focus, as CSV")
        copy.activated.connect(self.copy_as_csv)
        self.entered.connect(self._point_at)
        self.selectionModel().currentRowChanged.connect(self._follow_current)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        theme.changed.connect(self._follow_theme)
        self._follow_theme()

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)  # Tab goes on to the next control, arrow keys from cell to cell
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(
            1
        )  # else a narrow column is wider than it is told, and the table scrolls
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    # ---- what it shows -------------------------------------------------------------------------------

    def show_columns(
        self,
        columns: Sequence[Column],
        keys: Sequence[int],
        *,
        says: Sequence[object] | None = None,
        bold: int | None = None,
        warned: Sequence[bool] | NDArray[np.bool_] = (),
    ) -> None:
        """Show columns in the place of those there were; the row reached stays with its key.

        Args:
            columns: The columns.
            keys: What each of their rows stands for.
            says: What is painted anew if it is not equal to what it was, for each row; None for every row.
            bold: The key of the row that is written bold.
            warned: Which rows are written in the colour of the clip.
        """
        reached, selected = self.current_key(), self.selected_keys()
        self._rows.bold, self._rows.warned = bold, warned
        if not self._rows.show(columns, keys, says):
            self.go_to(reached)
            self.select(selected)
        fitted_to = [(column.header, tuple(column.widest)) for column in columns]
        if fitted_to != self._fitted_to:
            self._fitted_to = fitted_to
            self._fit_columns()

    def set_highlighted(self, key: int | None) -> None:
        """Let all rows but one be faint; None for none."""
        self._rows.highlight(key)

    def repaint_all(self) -> None:
        """Ask for all icons and texts anew."""
        self._rows.repaint_all()

    def current_key(self) -> int | None:
        """Return what stands in the row reached, None if none is."""
        row = self.currentIndex().row()
        return self._rows.key(row) if 0 <= row < self._rows.rowCount() else None

    def key_at(self, index: QModelIndex) -> int:
        """Return what stands in the row of a cell."""
        return self._rows.key(index.row())

    def go_to(self, key: int | None) -> None:
        """Let a row be the one reached, without a signal; None for none."""
        row, selection = self._rows.row_of(key), self.selectionModel()
        blocked = selection.blockSignals(True)
        if row is None:
            selection.clear()
        else:
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(self._rows.index(row, 0), flags.ClearAndSelect | flags.Rows)
        selection.blockSignals(blocked)
        self.viewport().update()

    def selected_keys(self) -> list[int]:
        """Return what stands in the selected rows, from top to bottom."""
        return [
            self._rows.key(row) for row in sorted({i.row() for i in self.selectionModel().selectedRows()})
        ]

    def select(self, keys: Collection[int]) -> None:
        """Let the rows of these be selected, as far as there are such; the row reached stays.

        `selection_changed` is emitted where that are others than before.
        """
        if {*keys} == {*self.selected_keys()}:
            return
        selection, last = QItemSelection(), self._rows.columnCount() - 1
        wanted = np.isin(np.asarray(self._rows.keys, int)[self._rows.order], list(keys))
        edges = np.flatnonzero(np.diff(wanted, prepend=False, append=False))
        for first, end in edges.reshape(-1, 2).tolist():
            selection.select(self._rows.index(first, 0), self._rows.index(end - 1, last))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    # ---- how its columns are arranged ----------------------------------------------------------------

    @property
    def arrangement(self) -> str:
        """Names of hidden columns, and by which one it is sorted, as `arrange` takes them."""
        words = [f"-{name}" for name in sorted(self.hidden_columns)]
        header = self.horizontalHeader()
        place, columns = header.sortIndicatorSection(), self._rows.columns
        if 0 <= place < len(columns):
            is_falling = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            words.append(f"{columns[place].name}:{'falling' if is_falling else 'rising'}")
        return " ".join(words)

    def arrange(self, arrangement: str) -> None:
        """Hide columns and sort as before; what is not known is left out."""
        words = arrangement.split()
        self.hide_columns([word[1:] for word in words if word.startswith("-")])
        name, _, way = next((word for word in words if ":" in word), "").partition(":")
        place = next((place for place, one in enumerate(self._rows.columns) if one.name == name), -1)
        order = Qt.SortOrder.DescendingOrder if way == "falling" else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(place, order)

    def hide_columns(self, names: Collection[str]) -> None:
        """Show all columns but those of these names."""
        self.hidden_columns = frozenset(names)
        self._fit_columns()

    def leave_out(self, names: Sequence[str]) -> None:
        """Do without columns of these names, the first one first, as far as there is no room for all."""
        self.dispensable = tuple(names)
        self._fit_columns()

    def scroll_to(self, key: int | None) -> None:
        """Scroll no farther than needed to see a row; None for nowhere."""
        row = self._rows.row_of(key)
        if row is not None:
            self.scrollTo(self._rows.index(row, 0))

    @property
    def height_needed(self) -> int:
        """Pixels in which all of its rows can be seen."""
        rows = self._rows.rowCount() * self.verticalHeader().defaultSectionSize()
        return self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth()

    def copy_as_csv(self) -> None:
        """Put the whole table on the clipboard, in the order shown."""
        if self._rows.columns:
            QGuiApplication.clipboard().setText(self._csv(self._rows.order.tolist()))

    # ---- how wide, and how it looks ------------------------------------------------------------------

    def _fit_columns(self) -> None:
        """Give every column its width; of what room is left a column of words at the end has the most."""
        hidden = self.hidden_columns | self._left_out()
        for place, column in enumerate(self._rows.columns):
            if self.isColumnHidden(place) is not (is_hidden := column.name in hidden):
                self.setColumnHidden(place, is_hidden)
        places = [place for place in range(len(self._rows.columns)) if not self.isColumnHidden(place)]
        columns = [self._rows.columns[place] for place in places]
        widths = [self._width(column, _WIDEST) for column in columns]
        if not widths:
            return
        least = [self._least_width(column) for column in columns]
        widths = _narrowed(widths, least, sum(widths) - self.viewport().width())
        spare = max(self.viewport().width() - sum(widths), 0)
        share = min(spare // len(widths), _MOST_SPARE)
        widths = [width + share for width in widths]
        if columns[-1].is_words:
            widths[-1] += spare - share * len(widths)
        for place, width in zip(places, widths, strict=True):
            self.setColumnWidth(place, width)

    def _left_out(self) -> frozenset[str]:
        """Return the names of those for which there is no room."""
        if not self.dispensable:
            return frozenset()
        columns = [one for one in self._rows.columns if one.name not in self.hidden_columns]
        widths = {one.name: self._least_width(one) for one in columns if one.name in self.dispensable}
        excess = sum(map(self._least_width, columns)) - self.viewport().width()
        left_out = set()
        for name in self.dispensable:
            if excess > 0 and name in widths:
                left_out.add(name)
                excess -= widths[name]
        return frozenset(left_out)

    def _least_width(self, column: Column) -> int:
        return self._width(column, _NARROWEST if column.is_words else _WIDEST)

    def _width(self, column: Column, widest: int) -> int:
        """Return the width for the header and for all texts, as far as these are no wider."""
        header, bold = (
            QFontMetrics(font)
            for font in (self._theme.font(_HEADER_FONT), self._theme.font(_FONT, bold=True))
        )
        texts = max(map(bold.horizontalAdvance, column.widest), default=0)
        texts = min(texts, round(widest * self._theme.base_size))
        if column.icon is not None and column.widest:
            texts += round(column.icon(0, False).deviceIndependentSize().width()) + 2 * _FRAME
        words = max(map(header.horizontalAdvance, column.header.split("\n")))
        return max(words, texts) + 2 * (_PADDING + _FRAME) + _SLACK

    def _follow_theme(self) -> None:
        self.setStyleSheet(_style_sheet(self._theme))
        self.setFont(self._theme.font(_FONT))
        self.horizontalHeader().setFont(self._theme.font(_HEADER_FONT))
        self.verticalHeader().setDefaultSectionSize(round(1.5 * self.fontMetrics().height()))
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self._fit_columns()

    # ---- what is pointed at --------------------------------------------------------------------------

    def _point_at(self, index: QModelIndex) -> None:
        self.pointed.emit(self._rows.key(index.row()))

    def _follow_current(self, index: QModelIndex) -> None:
        """Say which row was reached; the arrow keys point at it."""
        if index.isValid():
            self.chosen.emit(self._rows.key(index.row()))
            if self.hasFocus():
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
        key = self.current_key()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and key is not None:
            self.opened.emit(key)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what stands in a row."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.opened.emit(self._rows.key(index.row()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for what can be done with what stands in a row."""
        by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_keyboard else self.indexAt(event.pos())
        if index.isValid():
            place = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_asked.emit(self._rows.key(index.row()), place if by_keyboard else event.globalPos())


class TablePlace(QWidget):
    """A table, or in its place a note while it has no rows; with the button that copies it.

    Args:
        table: The table.
        note: What will be in it.
        button_name: Object name of the button.

    Attributes:
        copy_button: Stands where its owner puts it.
    """

    def __init__(self, table: Table, note: str, button_name: str) -> None:
        super().__init__()
        self._table = table
        self._note = with_role(QLabel(note), "muted")
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.copy_button = push_button("Copy as CSV", button_name, "copy_csv", table.copy_as_csv, role="flat")
        self.copy_button.setAccessibleName("Copy the table as CSV")
        laid_out(QVBoxLayout(self), (self._note, 1), (table, 1), 0, margins=(0, 0, 0, 0), spacing=2)

    def set_note(self, note: str) -> None:
        """Say something else in the place of the table."""
        self._note.setText(note)

    def show_whether_there_is_any(self, is_there: bool) -> None:
        """Show the table, or the note."""
        self._note.setVisible(not is_there)
        self._table.setVisible(is_there)
        self.copy_button.setEnabled(is_there)


def _narrowed(widths: Sequence[int], least: Sequence[int], excess: int) -> list[int]:
    """Return widths with so many pixels less together, none below the least; the last are cut first."""
    narrowed = []
    for width, narrowest in zip(reversed(widths), reversed(least), strict=True):
        cut = max(0, min(excess, width - narrowest))
        narrowed.append(width - cut)
        excess -= cut
    return narrowed[::-1]


def _style_sheet(theme: Theme) -> str:
    """Return colours without a frame and fields, for the card around a table is enough of both."""
    border, muted = theme.colour("border").name(), theme.colour("muted").name()
    selected, text = theme.colour("accent", _SELECTED), theme.colour("text").name()
    selected_rgba = f"rgba({selected.red()}, {selected.green()}, {selected.blue()}, {selected.alpha()})"
    padding = f"padding: 1px {_PADDING}px;"
    return f"""
    QTableView {{ background: transparent; border: 1px solid transparent;
        selection-background-color: {selected_rgba}; selection-color: {text}; }}
    QTableView:focus {{ border: 1px solid {theme.colour("accent").name()}; }}
    QTableView::item {{ {padding} }}
    QHeaderView {{ background: transparent; border: none; }}
    QHeaderView::section {{ background: transparent; border: none; border-bottom: 1px solid {border};
        color: {muted}; padding: 1px {_PADDING + _FRAME}px;
        font-size: {theme.font(_HEADER_FONT).pointSizeF()}pt; }}
    QHeaderView::up-arrow, QHeaderView::down-arrow {{ subcontrol-origin: border;
        subcontrol-position: top center; width: 7px; height: 5px; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {border}; border-radius: 4px; min-width: 30px; }}
    QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal {{ width: 0; }}
    """
