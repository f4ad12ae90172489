"""The sample table: the current minibatch, sortable, with the sample that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.controls import explained
from ppo_desktop.views.sample_columns import Column, columns_of, csv_of
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.ppo.samples import MinibatchSamples

Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    """Columns of numbers in an order; nothing is copied cell by cell."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.columns: list[Column] = []
        self.order = np.empty(0, np.intp)
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None

    def show(self, columns: list[Column]) -> None:
        self.beginResetModel()
        self.columns = columns
        self.order = np.arange(len(columns[0].values) if columns else 0)
        self._sort()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.write(column.values[self.order[index.row()]])
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ForegroundRole if self._is_cut(index.row()):
                return self._theme.colour("clip")
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
        self.layoutAboutToBeChanged.emit()
        self._sorted_by = (column, order) if column >= 0 else None
        self._sort()
        self.layoutChanged.emit()

    def _sort(self) -> None:
        if self._sorted_by is None or self._sorted_by[0] >= len(self.columns):
            self.order = np.arange(len(self.order))
            return
        column, direction = self._sorted_by
        order = np.argsort(self.columns[column].values, kind="stable")
        self.order = order if direction is Qt.SortOrder.AscendingOrder else order[::-1]

    def _is_cut(self, row: int) -> bool:
        return any(column.values[self.order[row]] for column in self.columns if column.name == "gradient_cut")


class SampleTable(QTableView):
    """Shows a minibatch; a click on a row selects its sample. Ctrl+C copies everything as CSV."""

    sample_clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("sample_table")
        self.setAccessibleName("Samples of the current minibatch")
        explained(self, "samples")
        self._theme = theme
        self._samples: MinibatchSamples | None = None
        self._row: int | None = None
        self._model = _Model(theme)
        self._model.layoutChanged.connect(lambda: self.select_row(self._row))
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.selectionModel().currentRowChanged.connect(self._tell_row)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self, context=Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_as_csv)
        theme.changed.connect(self._follow_theme)
        self._follow_theme()

    def show_samples(
        self, samples: MinibatchSamples | None, environment_id: str, algorithm: Algorithm
    ) -> None:
        """Show the samples of a minibatch, or none."""
        headers = [column.header for column in self._model.columns]
        self._samples = samples
        self._model.show([] if samples is None else columns_of(samples, environment_id, algorithm))
        if headers != [column.header for column in self._model.columns]:
            self._fit_columns()

    def select_row(self, row: int | None) -> None:
        """Mark the sample at `row` of the minibatch, None for none; sorting moves the mark along."""
        self._row = row
        places = np.flatnonzero(self._model.order == (-1 if row is None else row))
        selection = self.selectionModel()
        blocked = selection.blockSignals(True)
        if len(places):
            index = self._model.index(int(places[0]), 0)
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(index)
        else:
            selection.clear()
        selection.blockSignals(blocked)
        self.viewport().update()

    def copy_as_csv(self) -> None:
        """Put the whole table on the clipboard, in the order shown."""
        if self._model.columns:
            QGuiApplication.clipboard().setText(csv_of(self._model.columns, self._model.order))

    def _tell_row(self, current: QModelIndex) -> None:
        if current.isValid() and self._samples is not None:
            self.sample_clicked.emit(int(self._samples.indices[self._model.order[current.row()]]))

    def _follow_theme(self) -> None:
        self.setFont(self._theme.font(0.85))
        self.horizontalHeader().setFont(self._theme.font(0.8))
        self.verticalHeader().setDefaultSectionSize(round(1.5 * self.fontMetrics().height()))
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Give every column the width of its header and of the widest number expected."""
        metrics = self.fontMetrics()
        for place, column in enumerate(self._model.columns):
            texts = [column.header + " ▾", "−000" if column.name in ("agent", "time") else "−0.000000"]
            if column.name == "action":
                texts = [column.header, *map(column.write, np.unique(column.values))]
            if column.name == "gradient_cut":
                texts = [column.header + " ▾"]
            self.setColumnWidth(place, max(map(metrics.horizontalAdvance, texts)) + 14)
