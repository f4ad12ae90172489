"""Rows as CSV: decimal points, every digit.

Names and messages may come from files of others: none is a formula to the spreadsheet that reads them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import IO

from ppo_desktop.ppo.declaration import Value

CsvCell = str | int | float | None
Row = dict[str, CsvCell]

_FORMULA = ("=", "+", "-", "@")
"""What begins with one of these is calculated by spreadsheets."""


def csv_text(rows: Iterable[Mapping[str, CsvCell]]) -> str:
    """Return rows as `write_csv` writes them."""
    text = io.StringIO()
    write_csv(text, rows)
    return text.getvalue()


def write_csv(
    file: IO[str], rows: Iterable[Mapping[str, CsvCell]], columns: Iterable[str] | None = None
) -> None:
    """Write rows of the same columns under their names, empty where undefined.

    Args:
        file: Into which they are written.
        rows: Each a cell for every column.
        columns: Names of the columns; None for those of the first row, and nothing at all without one.
    """
    rows = iter(rows)
    if columns is None:
        if (first := next(rows, None)) is None:
            return
        columns, rows = list(first), chain([first], rows)
    writer = csv.writer(file, lineterminator="\n")
    columns = list(columns)
    writer.writerow(map(_written_cell, columns))
    for row in rows:
        writer.writerow([_written_cell(row.get(name)) for name in columns])


def plain(value: Value) -> CsvCell:
    """Return the value of a hyperparameter as it is typed: "off", "true"."""
    if value is None:
        return "off"
    return str(value).lower() if isinstance(value, bool) else value


def _written_cell(cell: CsvCell) -> CsvCell:
    """Leave empty what is not defined, and let text be text: no formula, and nothing UTF-8 cannot write."""
    if isinstance(cell, str):
        text = " ".join(cell.encode("utf-8", "replace").decode("utf-8").split())
        return f"'{text}" if text.startswith(_FORMULA) else text
    return "" if cell is None or (isinstance(cell, float) and not math.isfinite(cell)) else cell
