"""A table of columns that is sorted by a click on a header and copied as CSV: what all tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ppo_desktop.views.theme import Theme

Index = QModelIndex | QPersistentModelIndex


class SortableColumn(Protocol):
    """What a column has to have."""

    @property
    def header(self) -> str:
        """What stands above it."""

    @property
    def meaning(self) -> str:
        """Its tooltip."""

    @property
    def values(self) -> NDArray[Any]:
        """A number for each row, by which it is sorted; nan comes last."""

    def text(self, row: int) -> str:
        """Return what stands in a row, before any sorting."""


class ColumnsModel(QAbstractTableModel):
    """Columns in an order; nothing is copied cell by cell.

    Attributes:
        columns: The columns.
        order: Which row of the columns stands in each row of the table.
    """

    def __init__(self) -> None:
        super().__init__()
        self.columns: Sequence[SortableColumn] = ()
        self.order = np.empty(0, np.intp)
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None

    def show(self, columns: Sequence[SortableColumn]) -> None:
        """Show these columns in the place of those there were."""
        self.beginResetModel()
        self.columns = columns
        self.order = np.arange(len(columns[0].values) if columns else 0)
        self._sort()
        self.endResetModel()

    def update(self, columns: Sequence[SortableColumn]) -> None:
        """Show other numbers in the same rows and columns; what is selected stays so."""
        self._sort_in_place(columns)

    def extend(self, columns: Sequence[SortableColumn], changed: Sequence[int]) -> None:
        """Show columns with the same rows and maybe more after them; what is selected stays so.

        Args:
            columns: The columns.
            changed: Which of the rows there were say something else, by their place in the columns.
        """
        n_before, n_now = len(self.order), len(columns[0].values)
        self.columns = columns
        if n_now > n_before:
            self.beginInsertRows(QModelIndex(), n_before, n_now - 1)
            self.order = np.concatenate([self.order, np.arange(n_before, n_now)])
            self.endInsertRows()
        if self._sorted_by is not None:
            self._sort_in_place(columns)
        elif changed:  # of which only what is seen is painted
            last = self.index(max(changed), len(columns) - 1)
            self.dataChanged.emit(self.index(min(changed), 0), last)

    def has_headers_of(self, columns: Sequence[SortableColumn]) -> bool:
        """Whether the table has the headers of these columns."""
        return [column.header for column in columns] == [column.header for column in self.columns]

    def has_shape_of(self, columns: Sequence[SortableColumn]) -> bool:
        """Whether the table has as many rows as these columns, and the same headers."""
        same = self.has_headers_of(columns)
        return same and (not columns or len(columns[0].values) == len(self.order))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.columns[index.column()].text(int(self.order[index.row()]))
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].header
        return self.columns[section].meaning if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by = (column, order) if column >= 0 else None
        self._sort_in_place(self.columns)

    def _sort_in_place(self, columns: Sequence[SortableColumn]) -> None:
        """Sort; what is selected or current goes where its row of the columns goes."""
        self.layoutAboutToBeChanged.emit()
        kept, before = self.persistentIndexList(), self.order
        self.columns = columns
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


class SortableTable(QTableView):
    """Shows a model's columns. A third click on a header brings the original order back."""

    def __init__(self, theme: Theme, model: ColumnsModel) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)  # Tab goes on to the next control, arrow keys from cell to cell
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self, context=Qt.ShortcutContext.WidgetShortcut)
        copy.setWhatsThis("Copy the table that has the focus, as CSV")
        copy.activated.connect(self.copy_as_csv)
        theme.changed.connect(self.follow_theme)

    def copy_as_csv(self) -> None:
        """Put the whole table on the clipboard, in the order shown."""
        raise NotImplementedError

    def fit_columns(self) -> None:
        """Give every column its width."""
        raise NotImplementedError

    def follow_theme(self) -> None:
        """Take the fonts from the theme."""
        self.setFont(self._theme.font(0.85))
        self.horizontalHeader().setFont(self._theme.font(0.8))
        self.verticalHeader().setDefaultSectionSize(round(1.5 * self.fontMetrics().height()))
        self.fit_columns()
