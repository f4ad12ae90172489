"""The sample table: the current minibatch, sortable, with the sample that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.controls import explained
from ppo_desktop.views.sample_columns import Column, columns_of, csv_of
from ppo_desktop.views.sortable_table import ColumnsModel, Index, SortableTable
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.ppo.samples import MinibatchSamples


class _Model(ColumnsModel):
    """Samples whose gradient the clip has removed stand out."""

    columns: list[Column]

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.columns = []

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.colour("clip") if self._is_cut(index.row()) else None
        return super().data(index, role)

    def _is_cut(self, row: int) -> bool:
        return any(column.values[self.order[row]] for column in self.columns if column.name == "gradient_cut")


class SampleTable(SortableTable):
    """Shows a minibatch; a click on a row selects its sample. Ctrl+C copies everything as CSV."""

    sample_clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        model = _Model(theme)
        super().__init__(theme, model)
        self._model: _Model = model
        self._samples: MinibatchSamples | None = None
        self._row: int | None = None
        self.setObjectName("sample_table")
        self.setAccessibleName("Samples of the current minibatch")
        explained(self, "samples")
        self.setAlternatingRowColors(True)
        self._model.layoutChanged.connect(lambda: self.select_row(self._row))
        self.selectionModel().currentRowChanged.connect(self._tell_row)
        self.follow_theme()

    def show_samples(
        self, samples: MinibatchSamples | None, environment_id: str, algorithm: Algorithm
    ) -> None:
        """Show the samples of a minibatch, or none."""
        headers = [column.header for column in self._model.columns]
        self._samples = samples
        self._model.show([] if samples is None else columns_of(samples, environment_id, algorithm))
        if headers != [column.header for column in self._model.columns]:
            self.fit_columns()

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

    def fit_columns(self) -> None:
        """Give every column the width of its header and of the widest number expected."""
        metrics = self.fontMetrics()
        for place, column in enumerate(self._model.columns):
            texts = [column.header + " ▾", "−000" if column.name in ("agent", "time") else "−0.000000"]
            if column.name == "action":
                texts = [column.header, *map(column.write, np.unique(column.values))]
            if column.name == "gradient_cut":
                texts = [column.header + " ▾"]
            self.setColumnWidth(place, max(map(metrics.horizontalAdvance, texts)) + 14)
