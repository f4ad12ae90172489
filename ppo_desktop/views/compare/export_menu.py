"""The menu of what can be taken out of a comparison: its figure, its table, its runs."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.caption import caption
from ppo_desktop.comparison.csv_export import runs_csv, summary_csv
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import figure_image, save_png, save_svg
from ppo_desktop.views.file_dialog import ask_where_to_save

_KINDS = {".png": "PNG image", ".svg": "SVG image", ".csv": "Table"}


class ExportMenu(QMenu):
    """Each item asks for a file and writes it; what goes wrong is one line in the window.

    Args:
        comparisons: What is shown.
        results: Returns the widget that is the figure.
        parent: Above what the dialogs stand.
    """

    def __init__(
        self, comparisons: ComparisonSession, results: Callable[[], QWidget], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._comparisons = comparisons
        self._results = results
        self._parent = parent
        self.setObjectName("export_menu")
        for text, suffix, write in (
            ("Figure as PNG…", ".png", self.write_png),
            ("Figure as SVG…", ".svg", self.write_svg),
            ("Table as CSV…", ".csv", self.write_table),
            ("Runs as CSV…", " runs.csv", self.write_runs),
        ):
            self.addAction(text, partial(self._ask, text.rstrip("…"), suffix, write))
        self.addAction("Copy figure", self._copy)
        self.aboutToShow.connect(self._enable)

    def write_png(self, path: Path) -> None:
        """Write the figure as an image of twice the window's resolution."""
        save_png(self._figure(), path)

    def write_svg(self, path: Path) -> None:
        """Write the figure as lines and text."""
        save_svg(self._figure(), path)

    def write_table(self, path: Path) -> None:
        """Write a row for each variant."""
        assert self._comparisons.digest is not None
        _write_csv(path, summary_csv(self._comparisons.digest))

    def write_runs(self, path: Path) -> None:
        """Write a row for each run."""
        assert self._comparisons.comparison is not None
        _write_csv(path, runs_csv(self._comparisons.comparison, self._comparisons.records))

    def _enable(self) -> None:
        for action in self.actions():
            action.setEnabled(self._has_results)

    @property
    def _has_results(self) -> bool:
        digest = self._comparisons.digest
        return digest is not None and bool(digest.estimates)

    def _figure(self) -> Figure:
        digest, file = self._comparisons.digest, self._comparisons.path
        assert digest is not None
        day = datetime.date.today() if file is None else datetime.date.fromtimestamp(file.stat().st_mtime)
        self._comparisons.highlight(None)  # what the mouse rests on is no part of the result
        line = caption(digest, self._comparisons.engine, day)
        return Figure(self._results(), digest.comparison.title, line)

    def _ask(self, what: str, suffix: str, write: Callable[[Path], None]) -> None:
        comparison = self._comparisons.comparison
        assert comparison is not None
        suggested = _documents() / (_file_name(comparison.title) + suffix)
        kind = _KINDS[Path(suffix).suffix or suffix]
        take = partial(self._save, write, _what_is_compared(comparison))
        ask_where_to_save(self._parent, what, suggested, kind, take)

    def _save(self, write: Callable[[Path], None], asked_for: Comparison, path: Path) -> None:
        """Write what was asked for, unless another comparison is shown by now."""
        shown = self._comparisons.comparison
        if shown is None or not self._has_results or _what_is_compared(shown) != asked_for:
            self._refuse(path, "the comparison it was asked for is not shown any more")
            return
        try:
            write(path)
        except OSError as error:
            self._refuse(path, error.strerror or what_went_wrong(error))
        except UnicodeError as error:
            self._refuse(path, what_went_wrong(error))
        else:
            self._comparisons.session.say(f"{path} is written.")

    def _refuse(self, path: Path, reason: str) -> None:
        reason = reason.rstrip(".")
        self._comparisons.session.say(f"{path.name} could not be written: {reason}.", is_warning=True)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setImage(figure_image(self._figure()))
        self._comparisons.session.say("The figure is on the clipboard.")


def _what_is_compared(comparison: Comparison) -> Comparison:
    """Return a comparison without what may change while it is shown: its name and its seeds."""
    return comparison.titled("").with_seeds(1)


def _write_csv(path: Path, text: str) -> None:
    """Write with a mark by which spreadsheets know that it is UTF-8."""
    path.write_text(text, encoding="utf-8-sig", newline="")


def _documents() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))


def _file_name(title: str) -> str:
    """Return a title as every file system takes it."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title).strip(" .") or "comparison"
