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


def write_csv(file: IO[str], rows: Iterable[Mapping[str, CsvCell]]) -> None:
    """Write rows of the same columns under their names, empty where undefined; of no rows nothing at all."""
    rows = iter(rows)
    if (first := next(rows, None)) is None:
        return
    writer = csv.DictWriter(file, list(first), lineterminator="\n")
    writer.writerow({name: _written_cell(name) for name in first})
    for row in chain([first], rows):
        writer.writerow({name: _written_cell(cell) for name, cell in row.items()})


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
