"""The menu of what can be taken out of a comparison: its figure, its table, its runs."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.export import caption, runs_csv, summary_csv
from ppo_desktop.views.export_menu import ExportMenu, write_csv, write_png, write_svg
from ppo_desktop.views.figure import Figure


class ComparisonExportMenu(ExportMenu):
    """The results as one figure, a table of variants, a table of runs.

    Args:
        comparisons: What is shown.
        exported: Returns the results as a figure, given its title and its caption.
        parent: Above what the dialogs stand.
    """

    def __init__(
        self, comparisons: ComparisonSession, exported: Callable[[str, str], Figure], parent: QWidget
    ) -> None:
        super().__init__(comparisons.notices, "comparison", parent)
        self._comparisons = comparisons
        self._exported = exported
        self.setObjectName("export_menu")
        self.add_file("Figure as PNG", ".png", partial(write_png, self.figure), self)
        self.add_file("Figure as SVG", ".svg", partial(write_svg, self.figure), self)
        self.add_file("Table as CSV", ".csv", self.write_table, self)
        self.add_file("Runs as CSV", " runs.csv", self.write_runs, self)
        self.add_copy("Copy figure", self.figure, self)

    @property
    def has_results(self) -> bool:
        """Whether any run has come so far that something can be said."""
        digest = self._comparisons.digest
        return digest is not None and bool(digest.estimates)

    @property
    def subject(self) -> object:
        """The comparison without what may change while it is shown: its name and its seeds."""
        shown = self._comparisons.comparison
        return None if shown is None else shown.titled("").with_seeds(1)

    @property
    def heading(self) -> str:
        """The comparison's."""
        shown = self._comparisons.comparison
        return "" if shown is None else shown.title

    def write_table(self, path: Path) -> None:
        """Write a row for each variant."""
        assert self._comparisons.digest is not None
        write_csv(path, summary_csv(self._comparisons.digest))

    def write_runs(self, path: Path) -> None:
        """Write a row for each run."""
        assert self._comparisons.comparison is not None
        write_csv(path, runs_csv(self._comparisons.comparison, self._comparisons.records))

    def figure(self) -> Figure:
        """Return the results as they are shown, with a line that says what they are."""
        digest, file = self._comparisons.digest, self._comparisons.path
        assert digest is not None
        day = datetime.date.today() if file is None else datetime.date.fromtimestamp(file.stat().st_mtime)
        self._comparisons.highlight(None)  # what the mouse rests on is no part of the result
        line = caption(digest, self._comparisons.engine, day)
        return self._exported(digest.comparison.title, line)
